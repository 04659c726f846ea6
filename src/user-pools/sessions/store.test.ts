import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { sql } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import * as store from './store.ts'

eachEngine((engine) => {
  test('what a client was told is replaced, and goes with the client', async () => {
    const db = await engine.open()
    await insertPool(db, {
      ...{ id: 'p', region: 'us-east-1', name: 'p', createdAt: 1 },
      settings: completeSettings({}),
      own: [],
    })
    await db.run(sql`
      insert into clients (pool_id, id, name, settings, secrets, srp, created_at, modified_at)
      values ('p', 'c', 'c', '{}', '[]', 0, 1, 1)`)
    assert.equal(await store.readSsoMinutes(db, 'p', 'c'), undefined)
    assert.equal(await store.writeSsoMinutes(db, 'p', 'absent', 5), false)
    for (const minutes of [0, 90]) {
      assert.equal(await store.writeSsoMinutes(db, 'p', 'c', minutes), true)
      assert.equal(await store.readSsoMinutes(db, 'p', 'c'), minutes)
    }
    await db.run(sql`delete from clients where pool_id = 'p' and id = 'c'`)
    assert.equal(await store.readSsoMinutes(db, 'p', 'c'), undefined)
  })
})
