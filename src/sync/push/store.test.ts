import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { deleteIdentity, insertIdentity } from '../../identity-pools/identities/store.ts'
import { insertPool } from '../../identity-pools/pools/store.ts'
import { countDevices, insertDevice, readSubscribers, subscribe, unsubscribe } from './store.ts'

const poolId = 'us-east-1:1'
const device = (id: string) => ({ poolId, identityId: 'a', id, platform: 'GCM', target: `sealed ${id}` })

eachEngine((engine) => {
  test('devices hear of the datasets they subscribed to, until they unsubscribe or the identity goes', async () => {
    const db = await engine.open()
    const empty = { settings: { AllowUnauthenticatedIdentities: true }, roles: {}, tagMaps: {} }
    await insertPool(db, { id: poolId, region: 'us-east-1', name: 'app', ...empty, createdAt: 1, modifiedAt: 1 })
    await insertIdentity(db, { poolId, id: 'a', kind: 'guest', mergedInto: undefined, createdAt: 1, modifiedAt: 1 })
    await insertDevice(db, device('phone'), 1)
    await insertDevice(db, device('tablet'), 1)
    assert.equal(await countDevices(db, poolId, 'a'), 2)
    assert.equal(await subscribe(db, device('phone'), 'd'), true)
    assert.equal(await subscribe(db, device('phone'), 'd'), true)
    assert.equal(await subscribe(db, device('tablet'), 'd'), true)
    assert.equal(await subscribe(db, device('tablet'), 'e'), true)
    assert.equal(await subscribe(db, device('unknown'), 'd'), false)
    assert.deepEqual(await readSubscribers(db, poolId, 'a', 'd'), [device('phone'), device('tablet')])
    assert.equal(await unsubscribe(db, device('phone'), 'd'), true)
    assert.equal(await unsubscribe(db, device('phone'), 'd'), false)
    assert.deepEqual(await readSubscribers(db, poolId, 'a', 'd'), [device('tablet')])
    await deleteIdentity(db, poolId, 'a')
    assert.equal(await countDevices(db, poolId, 'a'), 0)
  })
})
