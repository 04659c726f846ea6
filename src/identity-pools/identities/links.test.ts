import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Linked, Login } from './identity.ts'
import { planDeveloperLinks, planDeveloperMerge, planLinks } from './links.ts'

const login = (provider: string, userId = 'ann'): Login => ({ provider, userId })
const identity = (id: string, logins: Login[], more: Partial<Linked> = {}): Linked => ({
  poolId: 'p',
  id,
  kind: logins.length > 0 ? 'user' : 'guest',
  mergedInto: undefined,
  createdAt: 1,
  modifiedAt: 1,
  logins,
  ...more,
})
const [a, b] = [login('a'), login('b')]

test('logins that nobody has make a new identity that holds all of them', () => {
  assert.deepEqual(planLinks([a, b], []), { keep: undefined, link: [a, b], merge: [] })
})

test('a login that is known leads to its identity, and the unknown ones are linked to that', () => {
  assert.deepEqual(planLinks([a, b], [identity('one', [a])]), { keep: 'one', link: [b], merge: [] })
})

test('a guest with a first login stays who they are', () => {
  assert.deepEqual(planLinks([a], [], identity('guest', [])), { keep: 'guest', link: [a], merge: [] })
})

test('a guest whose login has an identity is merged into that', () => {
  const plan = planLinks([a, b], [identity('one', [a], { createdAt: 9 })], identity('guest', []))
  assert.deepEqual(plan, { keep: 'one', link: [b], merge: ['guest'] })
})

test('of two identities of the same person the older stays, whichever was named', () => {
  const [old, young] = [identity('old', [a]), identity('young', [b], { createdAt: 2 })]
  for (const named of [old, young, undefined]) {
    assert.deepEqual(planLinks([b, a], [young, old], named), { keep: 'old', link: [], merge: ['young'] })
  }
})

test('a user is not reached by a login of somebody else, nor once the last login is gone', () => {
  const refused = {
    code: 'NotAuthorizedException',
    message: "Logins don't match. Please include at least one valid login for this identity or identity pool.",
  }
  assert.throws(() => planLinks([b], [], identity('one', [a])), refused)
  assert.throws(() => planLinks([b], [identity('two', [b])], identity('one', [a])), refused)
  assert.throws(() => planLinks([b], [], identity('one', [], { kind: 'user' })), refused)
})

test('an identity has one user of a provider', () => {
  const conflict = { code: 'ResourceConflictException' }
  const other = login('a', 'bob')
  assert.throws(() => planLinks([a, other], []), conflict)
  assert.throws(() => planLinks([b, other], [identity('one', [a, b])]), conflict)
  assert.throws(() => planLinks([a, b], [identity('one', [a]), identity('two', [b, other])]), conflict)
})

test('an identity has twenty logins at most', () => {
  const many = Array.from({ length: 19 }, (_, index) => login(`p${index}`))
  assert.equal(planLinks([a, many[0]!], [identity('one', many)]).keep, 'one')
  assert.throws(() => planLinks([a, b, many[0]!], [identity('one', many)]), { code: 'LimitExceededException' })
})

const user = (userId: string): Login => ({ provider: 'dev', userId, developer: true })

test("a developer's user goes to the named identity, alone or with a proved login of it", () => {
  assert.deepEqual(planDeveloperLinks(user('u'), [], [], identity('guest', [])), {
    keep: 'guest',
    link: [user('u')],
    merge: [],
  })
  const one = identity('one', [a])
  assert.deepEqual(planDeveloperLinks(user('u'), [a], [one], one), { keep: 'one', link: [user('u')], merge: [] })
  const own = identity('own', [user('v')])
  assert.deepEqual(planDeveloperLinks(user('u'), [], [], own), { keep: 'own', link: [user('u')], merge: [] })
})

test('a developer takes no identity whose public logins were not proved, and no user of another identity', () => {
  const refused = { code: 'NotAuthorizedException' }
  assert.throws(() => planDeveloperLinks(user('u'), [], [], identity('one', [a])), refused)
  assert.throws(() => planDeveloperLinks(user('u'), [], [], identity('one', [a, user('v')])), refused)
  assert.throws(() => planDeveloperLinks(user('u'), [], [], identity('one', [], { kind: 'user' })), refused)
  assert.throws(() => planDeveloperLinks(user('u'), [], [identity('two', [user('u')])], identity('guest', [])), {
    code: 'DeveloperUserAlreadyRegisteredException',
  })
})

test("a developer's users merge into the destination, whichever is older", () => {
  const [young, old] = [identity('young', [user('d')], { createdAt: 9 }), identity('old', [user('s'), a])]
  assert.deepEqual(planDeveloperMerge(user('s'), user('d'), [old, young]), { keep: 'young', link: [], merge: ['old'] })
  const both = identity('both', [user('s'), user('d')])
  assert.deepEqual(planDeveloperMerge(user('s'), user('d'), [both]), { keep: 'both', link: [], merge: [] })
  assert.throws(() => planDeveloperMerge(user('s'), user('d'), [young]), { code: 'ResourceNotFoundException' })
  const rival = identity('rival', [user('d'), login('a', 'bob')])
  assert.throws(() => planDeveloperMerge(user('s'), user('d'), [old, rival]), { code: 'ResourceConflictException' })
})
