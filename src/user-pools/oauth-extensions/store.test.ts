import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { sql } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import { nothing, readExtensions } from './extensions.ts'
import * as store from './store.ts'

test('a document that leaves members out has them off, and unknown members or values are refused', () => {
  assert.deepEqual(readExtensions({}), nothing)
  assert.equal(readExtensions({ dpop: 'required' }).dpop, 'required')
  assert.equal(readExtensions({ backchannelLogoutUri: null }).backchannelLogoutUri, undefined)
  for (const wrong of [
    null,
    [],
    'text',
    { dpop: true },
    { dpop: 'on' },
    { deviceGrant: 'yes' },
    { unknown: true },
    { __proto__: null, toString: true },
    { backchannelLogoutUri: 'https://a.example/#x' },
    { backchannelLogoutUri: 'file:///etc/passwd' },
    { backchannelLogoutUri: 'https://user:pass@a.example/' },
  ]) {
    assert.throws(() => readExtensions(wrong), { code: 'InvalidParameterException' }, JSON.stringify(wrong))
  }
})

eachEngine((engine) => {
  test('a client’s document is replaced, goes with the client, and is not made for one that is gone', async () => {
    const db = await engine.open()
    const settings = completeSettings({})
    await insertPool(db, { id: 'p', region: 'us-east-1', name: 'p', settings, own: [], createdAt: 1 })
    await db.run(sql`
      insert into clients (pool_id, id, name, settings, secrets, srp, created_at, modified_at)
      values ('p', 'c', 'c', '{}', '[]', 0, 1, 1)`)
    assert.equal(await store.writeExtensions(db, 'p', 'gone', '{}'), false)
    assert.equal(await store.writeExtensions(db, 'p', 'c', '{"a":1}'), true)
    assert.equal(await store.writeExtensions(db, 'p', 'c', '{"a":2}'), true)
    assert.equal(await store.readClientExtensions(db, 'p', 'c'), '{"a":2}')
    assert.deepEqual(await store.readPoolExtensions(db, 'p'), [{ clientId: 'c', settings: '{"a":2}' }])
    await db.run(sql`delete from clients where pool_id = 'p' and id = 'c'`)
    assert.deepEqual(await store.readPoolExtensions(db, 'p'), [])
  })
})
