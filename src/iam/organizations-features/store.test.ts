import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { insertFeature, readFeatures, removeFeature } from './store.ts'

eachEngine((engine) => {
  test('each feature is on or off by itself and in its account, however often it is turned', async () => {
    const db = await engine.open()
    assert.deepEqual(await readFeatures(db, 'a'), [])
    for (const now of [1, 2]) await insertFeature(db, 'a', 'RootSessions', now)
    await insertFeature(db, 'a', 'RootCredentialsManagement', 3)
    assert.deepEqual(await readFeatures(db, 'a'), ['RootCredentialsManagement', 'RootSessions'])
    assert.deepEqual(await readFeatures(db, 'b'), [])
    await removeFeature(db, 'b', 'RootSessions')
    for (let times = 0; times < 2; times++) await removeFeature(db, 'a', 'RootSessions')
    assert.deepEqual(await readFeatures(db, 'a'), ['RootCredentialsManagement'])
  })
})
