/** What must hold for every policy: the laws of the decision, and agreement with a second evaluator that is slow and plain. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { contextOf } from './context.ts'
import { evaluate, type NamedPolicy, type PolicySet } from './evaluate.ts'
import { explain } from './explain.ts'
import { deniedMessage, explainSentence } from './message.ts'
import { parsePolicy } from './parse.ts'
import { compilePattern, matchesPattern } from './pattern.ts'
import type { Principal } from './principal.ts'
import type { AccessRequest, PolicyKind } from './statement.ts'

type Source = {
  Effect: 'Allow' | 'Deny'
  Action?: string[]
  NotAction?: string[]
  Resource?: string[]
  NotResource?: string[]
  Principal?: '*' | { AWS: string[] }
  Condition?: Record<string, Record<string, string[]>>
}
type Entries = Record<string, string | string[] | undefined>
type Case = {
  principal: Principal
  action: string
  resource: string
  resourceAccount: string
  entries: Entries
  identity: Source[][]
  resourcePolicy: Source[] | undefined
  boundary: Source[] | undefined
  session: Source[][] | undefined
}

// ---- section: small worlds, so that statements often match

const account = '111111111111'
const foreign = '222222222222'
const role: Principal = {
  kind: 'role',
  account,
  arn: `arn:aws:sts::${account}:assumed-role/R/s`,
  roleArn: `arn:aws:iam::${account}:role/R`,
  userId: 'AROAX:s',
}
const user: Principal = { kind: 'user', account, arn: `arn:aws:iam::${account}:user/u`, userId: 'AIDAX' }
const root: Principal = { kind: 'root', account, arn: `arn:aws:iam::${account}:root`, userId: account }
const federated: Principal = {
  kind: 'federated',
  account,
  arn: `arn:aws:sts::${account}:federated-user/f`,
  userId: `${account}:f`,
  federatedBy: user.arn,
}
const anonymous: Principal = { kind: 'anonymous', account: '', arn: '', userId: 'anonymous' }
const named = [role.arn, role.roleArn!, user.arn, federated.arn, account, foreign, root.arn, 'AROAX', 'AIDAX', '*']

const actions = fc.subarray(['*', 's3:*', 's3:Get*', 'S3:getobject', 's3:Put?bject', '*:*Object', 'sqs:SendMessage'], {
  minLength: 1,
  maxLength: 2,
})
const resources = fc.subarray(
  [
    '*',
    'arn:aws:s3:::b/*',
    'arn:aws:s3:::b/${a:who}/*',
    'arn:*:s3:*:*:b/x/?',
    'arn:aws:s3:*',
    'arn:a?s:s3:u*::b/x/y',
    'arn:aws:s3:*:${a:who}:b/x/y',
    "arn:aws:s3:::b/${a:tag, 'x'}*",
    'arn:aws:s3:::*/y',
    'arn:aws:s3:::b',
    'arn:aws:s3:::b/${*}',
  ],
  { minLength: 1, maxLength: 3 },
)
const operator = fc
  .tuple(
    fc.constantFrom('', 'ForAllValues:', 'ForAnyValue:'),
    fc.constantFrom(
      'StringEquals',
      'StringNotEquals',
      'StringLike',
      'StringNotLike',
      'StringEqualsIgnoreCase',
      'NumericLessThan',
      'NumericNotEquals',
    ),
    fc.constantFrom('', 'IfExists'),
  )
  .map((parts) => parts.join(''))
const conditions = fc.dictionary(
  fc.oneof({ weight: 5, arbitrary: operator }, { weight: 1, arbitrary: fc.constant('Null') }),
  fc.dictionary(
    fc.constantFrom('a:who', 'A:Tag', 'a:list', 'a:none'),
    fc.subarray(['x', 'X', '*', '5', '${a:who}', '?', '${a:none}', '${a:list}'], { minLength: 1, maxLength: 3 }),
    { maxKeys: 2 },
  ),
  { maxKeys: 2 },
)
const typedValues = (condition: Record<string, Record<string, string[]>>) =>
  Object.fromEntries(
    Object.entries(condition).map(([name, keys]) => {
      const fixed = name === 'Null' ? ['true'] : name.includes('Numeric') ? ['5', '7'] : undefined
      return [name, fixed ? Object.fromEntries(Object.keys(keys).map((key) => [key, fixed])) : keys]
    }),
  )
const statement = fc
  .record({
    Effect: fc.constantFrom('Allow' as const, 'Allow' as const, 'Deny' as const),
    actions,
    notAction: fc.nat(5),
    resources,
    notResource: fc.nat(5),
    Condition: fc.option(conditions.map(typedValues), { nil: undefined }),
  })
  .map(
    ({ Effect, actions, notAction, resources, notResource, Condition }): Source => ({
      Effect,
      ...(notAction === 0 ? { NotAction: actions } : { Action: actions }),
      ...(notResource === 0 ? { NotResource: resources } : { Resource: resources }),
      ...(Condition && { Condition }),
    }),
  )
const statements = fc.array(statement, { minLength: 1, maxLength: 4 })
const resourceStatements = fc.array(
  fc
    .tuple(
      statement,
      fc.oneof(
        fc.constant('*' as const),
        fc.subarray(named, { minLength: 1, maxLength: 3 }).map((AWS) => ({ AWS })),
      ),
    )
    .map(([source, Principal]) => ({ ...source, Principal })),
  { minLength: 1, maxLength: 3 },
)
const cases: fc.Arbitrary<Case> = fc.record({
  principal: fc.constantFrom(role, role, user, federated, root, anonymous),
  action: fc.constantFrom('s3:GetObject', 's3:PutObject', 'sqs:SendMessage'),
  resource: fc.constantFrom(
    '*',
    'arn:aws:s3:::b',
    'arn:aws:s3:::b/x/y',
    'arn:aws:s3:::b/*',
    'arn:aws:s3:::b/x',
    'arn:aws:s3:::c/y',
    'arn:aws:s3:::b/*/x',
    'arn:aws:s3:us:x:b/x/y',
  ),
  resourceAccount: fc.constantFrom(account, account, account, foreign),
  entries: fc.record({
    'A:who': fc.constantFrom(undefined, 'x', '*', 'X', '5', ''),
    'a:tag': fc.constantFrom(undefined, 'x', 'X', '6'),
    'a:list': fc.constantFrom(undefined, [], [''], ['x', ''], ['x'], ['x', '5'], ['y', 'X', '7']),
  }),
  identity: fc.array(statements, { maxLength: 2 }),
  resourcePolicy: fc.option(resourceStatements, { nil: undefined }),
  boundary: fc.option(statements, { nil: undefined, freq: 2 }),
  session: fc.option(fc.array(statements, { maxLength: 2 }), { nil: undefined, freq: 2 }),
})

const name =
  (kind: PolicyKind) =>
  (Statement: Source[], index: number): NamedPolicy => ({
    id: `${kind}${index}`,
    label: `${kind} policy`,
    policy: parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement }), kind),
  })
const setOf = ({ identity, resourcePolicy, boundary, session }: Case): PolicySet => ({
  identity: identity.map(name('identity')),
  resource: resourcePolicy && name('resource')(resourcePolicy, 0),
  boundary: boundary && name('boundary')(boundary, 0),
  session: session?.map(name('session')),
})
const requestOf = ({ principal, action, resource, resourceAccount, entries }: Case): AccessRequest => ({
  principal,
  action,
  resource,
  resourceAccount,
  context: contextOf(entries),
})
const decide = (one: Case) => evaluate(requestOf(one), setOf(one))

// ---- section: the second evaluator. It works on the documents as written, by recursion and by expansion, and knows no decision but yes or no.

/** Wildcard match by recursion; variables are put in beforehand as characters that a pattern cannot contain otherwise. */
function like(pattern: string, text: string): boolean {
  if (pattern === '') return text === ''
  const [first, rest] = [pattern[0]!, pattern.slice(1)]
  if (first === '*') return like(rest, text) || (text !== '' && like(pattern, text.slice(1)))
  if (text === '') return false
  return (first === '?' || unshield(first) === text[0]) && like(rest, text.slice(1))
}
const shield = (text: string) => text.replaceAll('*', '\u0001').replaceAll('?', '\u0002')
const unshield = (text: string) => text.replaceAll('\u0001', '*').replaceAll('\u0002', '?')

function expand(template: string, entries: Entries): string | undefined {
  let missing = false
  const text = template.replace(/\$\{([^}]*)\}/g, (_, inside: string) => {
    if (inside === '*' || inside === '?') return shield(inside)
    const [key = '', fallback] = inside.split(', ')
    const found = Object.entries(entries).find(([other]) => other.toLowerCase() === key.toLowerCase())?.[1]
    const value = found ?? fallback?.slice(1, -1)
    if (typeof value !== 'string') missing = true
    return shield(String(value))
  })
  return missing ? undefined : text
}

/** Part by part, until a star at the end of the region or the account opens the rest. */
function arnLike(pattern: string, arn: string): boolean {
  if (pattern === '*') return true
  const parts = pattern.split(':')
  const open = [3, 4].find((index) => parts[index]?.endsWith('*')) ?? 5
  const cut = (text: string) => [...text.split(':').slice(0, open), text.split(':').slice(open).join(':')]
  return arn.split(':').length > open && cut(arn).every((part, index) => like(cut(pattern)[index]!, part))
}

function compares(operator: string, wanted: string | undefined, actual: string): boolean {
  if (wanted === undefined) return false
  if (operator === 'NumericLessThan') return /^\d+$/.test(actual) && Number(actual) < Number(wanted)
  if (operator === 'NumericNotEquals') return /^\d+$/.test(actual) && Number(actual) === Number(wanted)
  if (operator.includes('Like')) return like(wanted, actual)
  if (operator.includes('IgnoreCase')) return unshield(wanted).toLowerCase() === actual.toLowerCase()
  return unshield(wanted) === actual
}

function conditionHolds(written: string, key: string, values: string[], entries: Entries, effect: string): boolean {
  const found = Object.entries(entries).find(([other]) => other.toLowerCase() === key.toLowerCase())?.[1]
  const absent = found === undefined || (Array.isArray(found) && found.every((one) => one === ''))
  if (written === 'Null') return absent
  const optional = written.endsWith('IfExists')
  const bare = written.replace(/^.*:/, '').replace(/IfExists$/, '')
  const not = bare.includes('Not')
  if (absent) {
    if (optional || written.startsWith('ForAllValues')) return true
    return !written.startsWith('ForAnyValue') && not
  }
  if (found === '' && written.includes(':')) return written.startsWith('ForAllValues')
  const good = [found].flat().map((actual) => {
    const any = values.some((value) =>
      compares(bare, bare.startsWith('Numeric') ? value : expand(value, entries), actual),
    )
    return any !== not
  })
  const all = !good.includes(false)
  if (written.startsWith('ForAllValues')) return all
  if (written.startsWith('ForAnyValue')) return good.includes(true)
  return effect === 'Allow' ? all : good.includes(true)
}

function naiveApplies(source: Source, { action, resource, entries }: Case): boolean {
  const acts = (list: string[]) => list.some((one) => like(one.toLowerCase(), action.toLowerCase()))
  const covers = (list: string[]) =>
    list.some((one) => {
      const [head, tail] = [one.split(':').slice(0, 5), one.split(':').slice(5).join(':')]
      const text = expand(tail, entries)
      return text !== undefined && arnLike([...head, ...(tail === '' ? [] : [text])].join(':'), resource)
    })
  return (
    (source.Action ? acts(source.Action) : !acts(source.NotAction!)) &&
    (source.Resource ? covers(source.Resource) : !covers(source.NotResource!)) &&
    Object.entries(source.Condition ?? {}).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => conditionHolds(operator, key, values, entries, source.Effect)),
    )
  )
}

/** How a resource policy's statement names the caller. */
function naming({ Principal }: Source, caller: Principal): 'session' | 'role' | 'account' | undefined {
  const list = Principal === '*' ? ['*'] : Principal!.AWS
  const has = (...wanted: (string | undefined)[]) => wanted.some((one) => one !== undefined && list.includes(one))
  if (has('*')) return 'session'
  if (caller.kind === 'anonymous') return undefined
  if (caller.kind !== 'root' && has(caller.arn)) return 'session'
  if (caller.kind === 'user' && has(caller.userId)) return 'session'
  if (caller.kind === 'role' && has(caller.roleArn, 'AROAX')) return 'role'
  if (caller.kind === 'federated' && has(caller.federatedBy)) return 'role'
  return has(caller.account, `arn:aws:iam::${caller.account}:root`) ? 'account' : undefined
}

function naivelyAllowed(one: Case): boolean {
  const { principal: caller } = one
  const matching = (list: Source[][], effect: string) =>
    list.flat().filter((source) => source.Effect === effect && naiveApplies(source, one))
  const open = one.resourcePolicy ?? []
  const own = [...one.identity, ...(one.boundary ? [one.boundary] : []), ...(one.session ?? [])]
  if (matching(own, 'Deny').length > 0) return false
  if (matching([open], 'Deny').some((source) => naming(source, caller))) return false
  const grants = new Set(matching([open], 'Allow').map((source) => naming(source, caller)))
  const any = grants.has('session') || grants.has('role') || grants.has('account')
  if (caller.kind === 'anonymous') return any
  const home = caller.account === one.resourceAccount
  const bound = !one.boundary || matching([one.boundary], 'Allow').length > 0
  const inSession = one.session ? matching(one.session, 'Allow').length > 0 : caller.kind !== 'federated'
  if (caller.kind === 'root') return (home || any) && inSession
  const ownAllow = matching(one.identity, 'Allow').length > 0
  if (!home) return any && ownAllow && bound && inSession
  return grants.has('session') || (bound && inSession && (grants.has('role') || ownAllow))
}

// ---- section: laws

const check = (property: fc.IProperty<[Case, ...unknown[]]> | fc.IProperty<[Case]>, numRuns = 2000) =>
  fc.assert(property as fc.IProperty<[Case]>, { numRuns })

test('the evaluator agrees with a second one that is slow and plain', () => {
  let allowed = 0
  check(
    fc.property(cases, (one) => {
      const expected = naivelyAllowed(one)
      if (expected) allowed++
      assert.equal(decide(one).allowed, expected)
    }),
    10_000,
  )
  assert.ok(allowed > 1000 && allowed < 9000, `the cases are one-sided: ${allowed} of 10000 allowed`)
})

const everything: Source = { Effect: 'Deny', Action: ['*'], Resource: ['*'] }
test('an explicit deny always wins, wherever it stands', () => {
  const places = ['identity', 'resourcePolicy', 'boundary', 'session'] as const
  check(
    fc.property(cases, fc.constantFrom(...places), (one, place) => {
      const denied: Case = {
        ...one,
        identity: place === 'identity' ? [...one.identity, [everything]] : one.identity,
        resourcePolicy:
          place === 'resourcePolicy'
            ? [...(one.resourcePolicy ?? []), { ...everything, Principal: '*' }]
            : one.resourcePolicy,
        boundary: place === 'boundary' ? [...(one.boundary ?? []), everything] : one.boundary,
        session: place === 'session' ? [...(one.session ?? []), [everything]] : one.session,
      }
      assert.equal(decide(denied).outcome, 'explicitDeny')
    }),
  )
})

test('an Allow statement more never turns an allow into a deny', () => {
  const added = statement.map((source) => ({ ...source, Effect: 'Allow' as const }))
  check(
    fc.property(cases, added, fc.constantFrom(...named), (one, source, who) => {
      if (!decide(one).allowed) return
      const more = [
        { ...one, identity: [...one.identity, [source]] },
        { ...one, resourcePolicy: [...(one.resourcePolicy ?? []), { ...source, Principal: { AWS: [who] } }] },
        { ...one, boundary: one.boundary && [source, ...one.boundary] },
        { ...one, session: one.session && [[source], ...one.session] },
      ]
      for (const larger of more) assert.ok(decide(larger).allowed)
    }),
  )
})

test('a Deny statement more never turns a deny into an allow', () => {
  const added = statement.map((source) => ({ ...source, Effect: 'Deny' as const }))
  check(
    fc.property(cases, added, (one, source) => {
      if (decide(one).allowed) return
      assert.ok(!decide({ ...one, identity: [...one.identity, [source]] }).allowed)
      assert.ok(!decide({ ...one, boundary: [source, ...(one.boundary ?? [])] }).allowed)
    }),
  )
})

test('a boundary or a session policy never adds a right, but to federated users, who have none without one', () => {
  check(
    fc.property(cases, statements, (one, limit) => {
      const without: Case = { ...one, boundary: undefined, session: undefined }
      if (decide(without).allowed) return
      assert.ok(!decide({ ...without, boundary: limit }).allowed)
      if (one.principal.kind === 'federated') return
      assert.ok(!decide({ ...without, session: [limit] }).allowed)
      assert.ok(!decide({ ...without, session: [limit], boundary: limit }).allowed)
    }),
  )
})

test('the order of statements, and of policies, does not matter', () => {
  check(
    fc.property(cases, (one) => {
      const turned: Case = {
        ...one,
        identity: one.identity.toReversed().map((list) => list.toReversed()),
        resourcePolicy: one.resourcePolicy?.toReversed(),
        boundary: one.boundary?.toReversed(),
        session: one.session?.toReversed().map((list) => list.toReversed()),
      }
      const { statement: _, ...straight } = decide(one)
      const { statement: __, ...reversed } = decide(turned)
      assert.deepEqual(reversed, straight)
    }),
  )
})

test('whether a statement comes from a user or from a group, in one policy or in many, does not matter', () => {
  check(
    fc.property(cases, (one) => {
      const { statement: _, ...before } = decide(one)
      const together: Case = { ...one, identity: [one.identity.flat()].filter((list) => list.length > 0) }
      const apart: Case = { ...one, identity: one.identity.flat().map((source) => [source]) }
      for (const other of [together, apart]) {
        const { statement: __, ...after } = decide(other)
        assert.deepEqual(after, before)
      }
    }),
  )
})

test('a boundary that allows what the identity policies allow changes nothing; one that allows nothing leaves only what the resource gives', () => {
  check(
    fc.property(cases, (one) => {
      const without = decide({ ...one, boundary: undefined })
      const same = decide({ ...one, boundary: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }] })
      assert.deepEqual([same.allowed, same.outcome], [without.allowed, without.outcome])
      const nothing = decide({ ...one, boundary: [{ Effect: 'Allow', Action: ['none:None'], Resource: ['*'] }] })
      if (nothing.allowed) assert.ok(['resource', 'root'].includes(nothing.reason), nothing.reason)
    }),
  )
})

test('the explanation agrees with the decision, and both can be put into words', () => {
  check(
    fc.property(cases, (one) => {
      const policies = setOf(one)
      const explanation = explain(requestOf(one), policies)
      const { decision } = explanation
      assert.deepEqual(decision, evaluate(requestOf(one), policies))
      const deciding = explanation.policies.find(
        ({ id, kind }) => kind === decision.reason && id === decision.statement?.policy,
      )
      const told = deciding?.statements.find(({ index }) => index === decision.statement?.index)
      if (decision.statement)
        assert.deepEqual([told?.failure, told?.effect], [undefined, decision.allowed ? 'Allow' : 'Deny'])
      if (decision.outcome !== 'explicitDeny') {
        const applying = explanation.policies.flatMap(({ statements }) => statements).filter(({ failure }) => !failure)
        assert.ok(applying.every(({ effect }) => effect === 'Allow'))
      }
      const sentence = explainSentence(explanation)
      assert.match(sentence, /^[A-Z].*\.$/s)
      assert.doesNotMatch(sentence, /undefined|nothing|\[object/)
      assert.match(deniedMessage('x', one.action, one.resource, decision), /^User: x is not authorized to perform: /)
    }),
  )
})

test('wildcards match as a plain recursive matcher says', () => {
  const text = (...chars: string[]) =>
    fc.array(fc.constantFrom(...chars), { maxLength: 9 }).map((list) => list.join(''))
  const empty = contextOf({})
  fc.assert(
    fc.property(text('a', 'b', '*', '?', '*'), text('a', 'b', '*'), (pattern, subject) => {
      const compiled = compilePattern(pattern, { wildcards: true, variables: true })
      assert.equal(matchesPattern(compiled, subject, 0, empty), like(pattern, subject))
      assert.equal(matchesPattern(compiled, `xy${subject}`, 2, empty), like(pattern, subject))
    }),
    { numRuns: 10_000 },
  )
})

test('variables between wildcards match as their literal values', () => {
  const piece = fc.constantFrom('a', 'b', '*', '?', '${k:v}', "${k:none, 'b*'}")
  const value = fc.constantFrom('', 'a', '*', 'ab', '?')
  const subjects = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 9 }).map((list) => list.join(''))
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), value, subjects, (pieces, inserted, subject) => {
      const template = pieces.join('')
      const entries = { 'k:v': inserted }
      const compiled = compilePattern(template, { wildcards: true, variables: true })
      assert.equal(matchesPattern(compiled, subject, 0, contextOf(entries)), like(expand(template, entries)!, subject))
    }),
    { numRuns: 10_000 },
  )
})
