import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { createSeal } from '../../protocols/seal.ts'
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import type { Device } from './device.ts'
import * as store from './store.ts'

const seal = createSeal(randomBytes(32))

async function prepare(db: Db) {
  await insertPool(db, {
    ...{ id: 'p', region: 'us-east-1', name: 'p', createdAt: 1 },
    settings: completeSettings({}),
    own: [],
  })
  for (const sub of ['ann', 'ben']) {
    await db.run(sql`
      insert into users (pool_id, sub, username, status, enabled, attributes, created_at, modified_at)
      values ('p', ${sub}, ${sub}, 'CONFIRMED', 1, '{}', 1, 1)`)
  }
}

const device = (sub: string, key: string): Device => ({
  ...{ poolId: 'p', sub, key, groupKey: '-g', name: 'phone', remembered: true, address: undefined },
  verifier: { saltHex: 'ab', verifierHex: 'cdef' },
  ...{ createdAt: 1, modifiedAt: 1, authenticatedAt: 1 },
})
const at = (sub: string, key: string) => ({ poolId: 'p', sub, key })

eachEngine((engine) => {
  test('a device is its user’s, once', async () => {
    const db = await engine.open()
    await prepare(db)
    assert.equal(await store.insertDevice(db, seal, device('ann', 'a')), true)
    assert.equal(await store.insertDevice(db, seal, device('ann', 'a')), false)
    assert.deepEqual(await store.readDevice(db, seal, at('ann', 'a')), device('ann', 'a'))
    assert.equal(await store.readDevice(db, seal, at('ben', 'a')), undefined)
    assert.equal(await store.writeRemembered(db, at('ben', 'a'), false, 2), false)
    assert.equal(await store.deleteDevice(db, at('ben', 'a')), false)
  })

  test('a verifier is sealed, and opens for its own device only', async () => {
    const db = await engine.open()
    await prepare(db)
    await store.insertDevice(db, seal, device('ann', 'a'))
    await store.insertDevice(db, seal, { ...device('ben', 'a'), verifier: undefined })
    assert.equal((await store.readDevice(db, seal, at('ben', 'a')))?.verifier, undefined)
    const row = await db.get<{ sealed_verifier: string }>(sql`select sealed_verifier from devices where sub = 'ann'`)
    assert.ok(!row?.sealed_verifier.includes('cdef'))
    await db.run(sql`update devices set salt = 'ab', sealed_verifier = ${row?.sealed_verifier} where sub = 'ben'`)
    assert.equal((await store.readDevice(db, seal, at('ben', 'a')))?.verifier, undefined)
  })

  test('devices come in the order of their keys, change, and go with their user', async () => {
    const db = await engine.open()
    await prepare(db)
    for (const key of ['c', 'a', 'b']) await store.insertDevice(db, seal, device('ann', key))
    await store.insertDevice(db, seal, device('ben', 'a'))
    const keys = async (after: string, limit: number) =>
      (await store.readDevices(db, seal, 'p', 'ann', after, limit)).map(({ key }) => key)
    assert.deepEqual([await keys('', 2), await keys('b', 2)], [['a', 'b'], ['c']])
    assert.equal(await store.writeRemembered(db, at('ann', 'a'), false, 5), true)
    await store.touchDevice(db, at('ann', 'a'), '192.0.2.1', 7)
    await store.touchDevice(db, at('ann', 'a'), undefined, 8)
    const changed = await store.readDevice(db, seal, at('ann', 'a'))
    assert.deepEqual(
      [changed?.remembered, changed?.modifiedAt, changed?.authenticatedAt, changed?.address],
      [false, 5, 8, '192.0.2.1'],
    )
    await db.run(sql`delete from users where pool_id = 'p' and sub = 'ann'`)
    assert.deepEqual(await keys('', 9), [])
  })
})
