import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { PublicKey } from './public-key.ts'
import { insertKey, readKeys, readOwners, removeKey, updateKey } from './store.ts'

const account = '000000000000'
const key = (id: string, more: Partial<PublicKey> = {}): PublicKey => ({
  ...{ id, kind: 'ssh', userId: 'AIDAU', fingerprint: 'f', body: 'b', active: true, uploadedAt: 1_700_000_000_123 },
  ...more,
})

eachEngine((engine) => {
  test('keys come back as they were written: those of a user, and of a kind', async () => {
    const db = await engine.open()
    const [one, two] = [key('A'), key('B', { active: false })]
    for (const each of [two, one, key('C', { kind: 'certificate' }), key('D', { userId: 'AIDAV' })]) {
      await insertKey(db, account, each)
    }
    assert.deepEqual(await readKeys(db, account, 'AIDAU', 'ssh'), [one, two])
    assert.deepEqual(await readKeys(db, '111111111111', 'AIDAU', 'ssh'), [])
    assert.deepEqual((await readOwners(db, account, 'ssh', 'f')).sort(), ['AIDAU', 'AIDAU', 'AIDAV'])
    assert.deepEqual(await readOwners(db, account, 'ssh', 'g'), [])
  })

  test('a key is changed and removed as its owner’s and of its kind only', async () => {
    const db = await engine.open()
    await insertKey(db, account, key('A'))
    const right = { kind: 'ssh', userId: 'AIDAU', id: 'A' } as const
    for (const wrong of [{ ...right, userId: 'AIDAV' }, { ...right, kind: 'certificate' } as const]) {
      assert.equal(await updateKey(db, account, wrong, false), false)
      assert.equal(await removeKey(db, account, wrong), false)
    }
    assert.equal(await updateKey(db, account, right, false), true)
    assert.deepEqual(await readKeys(db, account, 'AIDAU', 'ssh'), [key('A', { active: false })])
    assert.equal(await removeKey(db, account, right), true)
    assert.equal(await removeKey(db, account, right), false)
  })
})
