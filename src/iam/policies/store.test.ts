import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { insertRole, readSessionRole, removeRole, writeRolePolicy } from '../roles/store.ts'
import {
  countAttachments,
  insertAttachment,
  insertPolicy,
  insertVersion,
  readAttachedPolicies,
  readAttachedRoles,
  readPolicies,
  readPolicy,
  readVersions,
  removeAttachment,
  removePolicy,
  removeVersion,
  updatePolicyTags,
  updateVersions,
} from './store.ts'

const account = '000000000000'
const policy = (name: string, path = '/') => ({
  id: `ANPA${name.toUpperCase()}`,
  name,
  path,
  description: undefined,
  tags: [],
  defaultVersion: 1,
  newestVersion: 1,
  createdAt: 1,
  updatedAt: 1,
})
const role = (name: string) => ({
  id: `AROA${name.toUpperCase()}`,
  name,
  path: '/',
  description: undefined,
  trust: '{}',
  boundTrust: '{}',
  longestSession: 3600,
  tags: [{ Key: 'k', Value: 'v' }],
  createdAt: 1,
})
const all = { prefix: '/', after: undefined, limit: 10 }

eachEngine((engine) => {
  test('a policy comes back as it was written, and its name is taken in every case', async () => {
    const db = await engine.open()
    assert.equal(await insertPolicy(db, account, policy('P'), 'one'), true)
    assert.equal(await insertPolicy(db, account, { ...policy('p'), id: 'ANPAOTHER' }, 'x'), false)
    assert.deepEqual(await readPolicy(db, account, 'P'), { ...policy('P'), attachments: 0 })
    assert.deepEqual(await readVersions(db, account, 'ANPAP'), [{ version: 1, document: 'one', createdAt: 1 }])
    await updatePolicyTags(db, account, 'ANPAP', [{ Key: 'a', Value: 'b' }])
    assert.deepEqual((await readPolicy(db, account, 'P'))?.tags, [{ Key: 'a', Value: 'b' }])
  })

  test("a session's policies are the inline ones and the default versions of the attached ones", async () => {
    const db = await engine.open()
    await insertRole(db, account, role('R'))
    await insertPolicy(db, account, policy('b'), 'old')
    await insertVersion(db, account, 'ANPAB', { version: 2, document: 'new', createdAt: 2 })
    await insertAttachment(db, account, 'AROAR', 'ANPAB')
    await insertAttachment(db, account, 'AROAR', 'ANPAB')
    await writeRolePolicy(db, account, 'AROAR', { name: 'a', document: 'inline' })
    const texts = async () => (await readSessionRole(db, account, 'AROAR'))?.policies.map(({ text }) => text)
    assert.deepEqual(await texts(), ['inline', 'old'])
    await updateVersions(db, account, 'ANPAB', { defaultVersion: 2, newestVersion: 2, updatedAt: 2 })
    assert.deepEqual(await texts(), ['inline', 'new'])
    assert.deepEqual((await readSessionRole(db, account, 'AROAR'))?.tags, [{ Key: 'k', Value: 'v' }])
    assert.equal(await removeAttachment(db, account, 'AROAR', 'ANPAB'), true)
    assert.equal(await removeAttachment(db, account, 'AROAR', 'ANPAB'), false)
    assert.deepEqual(await texts(), ['inline'])
  })

  test('a role with an attached policy is not removed', async () => {
    const db = await engine.open()
    await insertRole(db, account, role('R'))
    await insertPolicy(db, account, policy('P'), 'one')
    await insertAttachment(db, account, 'AROAR', 'ANPAP')
    assert.equal(await countAttachments(db, account, 'AROAR'), 1)
    assert.equal(await removeRole(db, account, 'AROAR'), false)
    await removeAttachment(db, account, 'AROAR', 'ANPAP')
    assert.equal(await removeRole(db, account, 'AROAR'), true)
  })

  test('what is attached is found from both ends, and counted', async () => {
    const db = await engine.open()
    for (const name of ['R', 's']) await insertRole(db, account, role(name))
    for (const [name, path] of [
      ['P', '/x/'],
      ['q', '/'],
    ] as const)
      await insertPolicy(db, account, policy(name, path), 'd')
    for (const [r, p] of [
      ['R', 'P'],
      ['R', 'Q'],
      ['S', 'P'],
    ])
      await insertAttachment(db, account, `AROA${r}`, `ANPA${p}`)
    assert.deepEqual(
      (await readAttachedPolicies(db, account, 'AROAR', all)).map(({ name }) => name),
      ['P', 'q'],
    )
    assert.deepEqual(
      (await readAttachedPolicies(db, account, 'AROAR', { ...all, prefix: '/x/' })).map(({ name }) => name),
      ['P'],
    )
    assert.deepEqual(
      (await readAttachedRoles(db, account, 'ANPAP', { ...all, after: 'r' })).map(({ name }) => name),
      ['s'],
    )
    assert.equal((await readPolicy(db, account, 'P'))?.attachments, 2)
  })

  test('policies are listed by folded name, attached ones alone when asked', async () => {
    const db = await engine.open()
    await insertRole(db, account, role('R'))
    for (const name of ['b', 'A', 'c']) await insertPolicy(db, account, policy(name), 'd')
    await insertAttachment(db, account, 'AROAR', 'ANPAB')
    const names = async (more: object) =>
      (await readPolicies(db, account, { ...all, attached: false, ...more })).map(({ name }) => name)
    assert.deepEqual(await names({}), ['A', 'b', 'c'])
    assert.deepEqual(await names({ after: 'a', limit: 1 }), ['b'])
    assert.deepEqual(await names({ attached: true }), ['b'])
  })

  test('versions go alone, and with their policy', async () => {
    const db = await engine.open()
    await insertPolicy(db, account, policy('P'), 'one')
    await insertVersion(db, account, 'ANPAP', { version: 2, document: 'two', createdAt: 2 })
    assert.deepEqual(
      (await readVersions(db, account, 'ANPAP')).map(({ version }) => version),
      [2, 1],
    )
    assert.equal(await removeVersion(db, account, 'ANPAP', 2), true)
    assert.equal(await removeVersion(db, account, 'ANPAP', 2), false)
    await removePolicy(db, account, 'ANPAP')
    assert.deepEqual(await readVersions(db, account, 'ANPAP'), [])
  })
})
