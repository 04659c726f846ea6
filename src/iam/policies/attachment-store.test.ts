import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import {
  countUses,
  insertAttachment,
  readAttachedIds,
  readBoundary,
  readInlinePolicies,
  readInlinePolicy,
  readInlinePolicyNames,
  readUsers,
  removeAttachment,
  removeBoundary,
  removeInlinePolicy,
  writeBoundary,
  writeInlinePolicy,
} from './attachment-store.ts'

const account = '000000000000'
const all = { after: undefined, limit: 10 }

eachEngine((engine) => {
  test('inline policies are replaced silently, listed by name page by page, and removed once', async () => {
    const db = await engine.open()
    for (const name of ['b', 'a', 'C']) await writeInlinePolicy(db, account, 'AIDAU', { name, document: 'old' })
    await writeInlinePolicy(db, account, 'AIDAU', { name: 'a', document: 'new' })
    await writeInlinePolicy(db, account, 'AIDAOTHER', { name: 'x', document: 'x' })
    assert.deepEqual(await readInlinePolicyNames(db, account, 'AIDAU', { after: undefined, limit: 2 }), ['C', 'a'])
    assert.deepEqual(await readInlinePolicyNames(db, account, 'AIDAU', { after: 'a', limit: 2 }), ['b'])
    assert.equal((await readInlinePolicies(db, account, 'AIDAU')).length, 3)
    assert.deepEqual(await readInlinePolicy(db, account, 'AIDAU', 'a'), { name: 'a', document: 'new' })
    assert.equal(await removeInlinePolicy(db, account, 'AIDAU', 'a'), true)
    assert.equal(await removeInlinePolicy(db, account, 'AIDAU', 'a'), false)
    assert.equal(await readInlinePolicy(db, account, 'AIDAU', 'a'), undefined)
  })

  test('attaching twice attaches once; uses are found from both ends and counted', async () => {
    const db = await engine.open()
    for (const [principal, policy] of [
      ['AROAR', 'ANPAP'],
      ['AROAR', 'ANPAP'],
      ['AROAR', 'ANPAQ'],
      ['AIDAU', 'ANPAP'],
    ] as const)
      await insertAttachment(db, account, principal, policy)
    await writeBoundary(db, account, 'AIDAU', 'ANPAQ')
    assert.deepEqual((await readAttachedIds(db, account, 'AROAR')).sort(), ['ANPAP', 'ANPAQ'])
    assert.deepEqual(await readUsers(db, account, 'ANPAP', { ...all, as: 'policy' }), ['AIDAU', 'AROAR'])
    assert.deepEqual(await readUsers(db, account, 'ANPAP', { as: 'policy', after: 'AIDAU', limit: 1 }), ['AROAR'])
    assert.deepEqual(await readUsers(db, account, 'ANPAQ', { ...all, as: 'boundary' }), ['AIDAU'])
    const uses = await countUses(db, account)
    assert.deepEqual(
      uses.sort((a, b) => (a.id < b.id ? -1 : 1)),
      [
        { id: 'ANPAP', attachments: 2, boundaries: 0 },
        { id: 'ANPAQ', attachments: 1, boundaries: 1 },
      ],
    )
    assert.equal(await removeAttachment(db, account, 'AIDAU', 'ANPAP'), true)
    assert.equal(await removeAttachment(db, account, 'AIDAU', 'ANPAP'), false)
  })

  test('a principal has one boundary', async () => {
    const db = await engine.open()
    await writeBoundary(db, account, 'AIDAU', 'ANPAP')
    await writeBoundary(db, account, 'AIDAU', 'ANPAQ')
    assert.equal(await readBoundary(db, account, 'AIDAU'), 'ANPAQ')
    assert.equal(await removeBoundary(db, account, 'AIDAU'), 1)
    assert.equal(await readBoundary(db, account, 'AIDAU'), undefined)
  })
})
