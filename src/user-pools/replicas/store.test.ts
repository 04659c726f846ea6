import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { sql } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import { type Replica, regionalSettings } from './replica.ts'
import * as store from './store.ts'

const replica = (poolId: string, region: string): Replica => ({
  ...{ poolId, region, status: 'INACTIVE', settings: regionalSettings({}), createdAt: 1, modifiedAt: 1 },
})

eachEngine((engine) => {
  test('a pool has one replica in a region; an active one stays; all go with the pool', async () => {
    const db = await engine.open()
    for (const id of ['a', 'b'])
      await insertPool(db, { ...{ id, region: 'r', name: id, own: [], createdAt: 1 }, settings: completeSettings({}) })
    const made = await Promise.all([1, 2, 3].map(() => store.insertReplica(db, replica('a', 'x'))))
    assert.equal(made.filter(Boolean).length, 1)
    await store.insertReplica(db, replica('a', 'y'))
    await store.insertReplica(db, replica('b', 'x'))
    assert.deepEqual(await store.readReplica(db, 'a', 'x'), replica('a', 'x'))
    assert.deepEqual(await store.readReplicas(db, 'a', 'x', 9), [replica('a', 'y')])
    assert.deepEqual(await store.readReplicated(db, 'x', 'a', 9), ['b'])
    assert.equal((await store.readRegions(db, 'a', 'b')).length, 3)
    assert.equal(await store.setStatus(db, { poolId: 'a', region: 'x', status: 'ACTIVE', modifiedAt: 2 }), true)
    assert.equal(await store.setStatus(db, { poolId: 'a', region: 'z', status: 'ACTIVE', modifiedAt: 2 }), false)
    assert.equal(await store.deleteInactive(db, 'a', 'x'), false)
    const gone = await Promise.all([1, 2].map(() => store.deleteInactive(db, 'a', 'y')))
    assert.deepEqual(gone.toSorted(), [false, true])
    const place = { poolId: 'a', region: 'x', modifiedAt: 3 }
    await store.changeSettings(db, place, (before) => ({ ...before, UserPoolTags: { team: 'x' } }))
    assert.deepEqual((await store.readReplica(db, 'a', 'x'))?.settings.UserPoolTags, { team: 'x' })
    await db.run(sql`delete from pools where id = 'a'`)
    assert.equal(await store.readReplica(db, 'a', 'x'), undefined)
  })
})
