import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { insertAttachment, writeBoundary } from './attachment-store.ts'
import {
  countPolicies,
  insertPolicy,
  insertVersion,
  readDefaultDocuments,
  readPolicies,
  readPoliciesById,
  readPolicy,
  readVersions,
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
const all = { prefix: '/', after: undefined, limit: 10, attached: false, bounding: false }

eachEngine((engine) => {
  test('a policy comes back as it was written, and its name is taken in every case', async () => {
    const db = await engine.open()
    assert.equal(await insertPolicy(db, account, policy('P'), 'one'), true)
    assert.equal(await insertPolicy(db, account, { ...policy('p'), id: 'ANPAOTHER' }, 'x'), false)
    const written = { account, ...policy('P'), attachments: 0, boundaries: 0 }
    assert.deepEqual(await readPolicy(db, account, 'P'), written)
    assert.deepEqual(await readPoliciesById(db, account, ['ANPAP', 'ANPANONE']), [written])
    assert.deepEqual(await readPoliciesById(db, account, []), [])
    assert.deepEqual(await readVersions(db, account, 'ANPAP'), [{ version: 1, document: 'one', createdAt: 1 }])
    await updatePolicyTags(db, account, 'ANPAP', [{ Key: 'a', Value: 'b' }])
    assert.deepEqual((await readPolicy(db, account, 'P'))?.tags, [{ Key: 'a', Value: 'b' }])
    assert.equal(await countPolicies(db, account), 1)
  })

  test('a policy knows how many use it, as policy and as boundary', async () => {
    const db = await engine.open()
    await insertPolicy(db, account, policy('P'), 'one')
    await insertAttachment(db, account, 'AROAR', 'ANPAP')
    await insertAttachment(db, account, 'AIDAU', 'ANPAP')
    await writeBoundary(db, account, 'AIDAU', 'ANPAP')
    const found = await readPolicy(db, account, 'P')
    assert.deepEqual([found?.attachments, found?.boundaries], [2, 1])
  })

  test('policies are listed by folded name, those in use alone when asked', async () => {
    const db = await engine.open()
    for (const name of ['b', 'A', 'c']) await insertPolicy(db, account, policy(name), 'd')
    await insertAttachment(db, account, 'AROAR', 'ANPAB')
    await writeBoundary(db, account, 'AROAR', 'ANPAC')
    const names = async (more: object) => (await readPolicies(db, account, { ...all, ...more })).map(({ name }) => name)
    assert.deepEqual(await names({}), ['A', 'b', 'c'])
    assert.deepEqual(await names({ after: 'a', limit: 1 }), ['b'])
    assert.deepEqual(await names({ attached: true }), ['b'])
    assert.deepEqual(await names({ bounding: true }), ['c'])
  })

  test('the document in force is that of the default version', async () => {
    const db = await engine.open()
    await insertPolicy(db, account, policy('b'), 'old')
    await insertVersion(db, account, 'ANPAB', { version: 2, document: 'new', createdAt: 2 })
    assert.deepEqual(await readDefaultDocuments(db, account, ['ANPAB', 'ANPANONE']), [{ id: 'ANPAB', document: 'old' }])
    await updateVersions(db, account, 'ANPAB', { defaultVersion: 2, newestVersion: 2, updatedAt: 2 })
    assert.deepEqual(await readDefaultDocuments(db, account, ['ANPAB']), [{ id: 'ANPAB', document: 'new' }])
    assert.deepEqual(await readDefaultDocuments(db, account, []), [])
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
