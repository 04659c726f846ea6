import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { Db } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { deletePool, insertPool, markDeleted } from '../pools/store.ts'
import { insertSamlKey, readSamlKey } from './store.ts'

const makePool = (db: Db, id: string) =>
  insertPool(db, { id, region: 'us-east-1', name: id, settings: completeSettings({}), own: [], createdAt: 1 })
const key = (name: string) => ({ sealedPrivate: `sealed ${name}`, certificate: name })

eachEngine((engine) => {
  test('of several first keys made at once one stays, and every pool has its own', async () => {
    const db = await engine.open()
    for (const id of ['p', 'q']) await makePool(db, id)
    assert.equal(await readSamlKey(db, 'p'), undefined)
    await Promise.all(['a', 'b', 'c'].map((name) => insertSamlKey(db, 'p', key(name), 1)))
    const kept = await readSamlKey(db, 'p')
    await insertSamlKey(db, 'p', key('late'), 2)
    assert.deepEqual(await readSamlKey(db, 'p'), kept)
    assert.deepEqual(kept, key(kept?.certificate ?? ''))
    assert.equal(await readSamlKey(db, 'q'), undefined)
  })

  test('a key goes with its pool', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await insertSamlKey(db, 'p', key('a'), 1)
    await markDeleted(db, 'p', 2, () => {})
    await deletePool(db, 'p')
    assert.equal(await readSamlKey(db, 'p'), undefined)
  })
})
