import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { sql } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import * as store from './store.ts'

eachEngine((engine) => {
  test('a notice that is due is one taker’s until its lease ends, is postponed, and goes with its client', async () => {
    const db = await engine.open()
    const settings = completeSettings({})
    await insertPool(db, { id: 'p', region: 'us-east-1', name: 'p', settings, own: [], createdAt: 1 })
    await db.run(sql`
      insert into clients (pool_id, id, name, settings, secrets, srp, created_at, modified_at)
      values ('p', 'c', 'c', '{}', '[]', 0, 1, 1)`)
    const notice = { poolId: 'p', id: 'n', clientId: 'c', sub: 'ann', sid: undefined }
    await store.insertNotice(db, { ...notice, at: 10, until: 100 })
    assert.equal(await store.takeDue(db, 9, 20), undefined)
    const taken = await Promise.all(Array.from({ length: 4 }, () => store.takeDue(db, 10, 20)))
    assert.deepEqual(taken.filter(Boolean), [{ ...notice, attempts: 0 }])
    assert.equal((await store.takeDue(db, 20, 30))?.attempts, 1)
    await store.postpone(db, notice, 50)
    assert.equal(await store.takeDue(db, 49, 60), undefined)
    await db.run(sql`delete from clients where pool_id = 'p' and id = 'c'`)
    assert.equal(await store.takeDue(db, 99, 100), undefined)
  })
})
