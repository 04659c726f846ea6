import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { insertPool } from '../../identity-pools/pools/store.ts'
import { sweep } from '../../store/sweep.ts'
import {
  deleteChanges,
  expiring,
  insertChange,
  insertPayload,
  readPayload,
  readPayloads,
  readWaiting,
} from '../outbox/store.ts'
import { claimStream, putSyncPool, readSyncPool, releaseStream, renewLease } from './store.ts'
import { type SyncPool, untouched } from './sync-pool.ts'

const poolId = 'us-east-1:1'
const streaming: SyncPool = {
  ...untouched,
  streams: { StreamName: 's', RoleArn: 'arn', StreamingStatus: 'ENABLED' },
  push: { ApplicationArns: ['app'], RoleArn: 'arn' },
  syncTrigger: 'function',
}
const change = (identityId: string, number: number, changedAt: number) =>
  ({ poolId, identityId, number, payload: `${identityId}${number}`, changedAt }) as const

eachEngine((engine) => {
  const open = async () => {
    const db = await engine.open()
    const empty = { settings: { AllowUnauthenticatedIdentities: true }, roles: {}, tagMaps: {} }
    await insertPool(db, { id: poolId, region: 'us-east-1', name: 'app', ...empty, createdAt: 1, modifiedAt: 1 })
    return db
  }
  const claim = (lease: string, now: number) => ({ lease, now, until: now + 10 })

  test('what a pool is set to comes back as it was put', async () => {
    const db = await open()
    assert.equal(await readSyncPool(db, poolId), undefined)
    await putSyncPool(db, poolId, streaming)
    assert.deepEqual(await readSyncPool(db, poolId), streaming)
    const bulk = { ...untouched.bulk, status: 'IN_PROGRESS' as const, startedAt: 5, after: { owner: 'a', stored: 'd' } }
    await putSyncPool(db, poolId, { ...untouched, bulk })
    assert.deepEqual(await readSyncPool(db, poolId), { ...untouched, bulk })
  })

  test('a stream that has something to get is one worker’s at a time', async () => {
    const db = await open()
    await putSyncPool(db, poolId, streaming)
    assert.equal(await claimStream(db, claim('x', 100)), undefined)
    await insertChange(db, change('a', 1, 1))
    const claims = await Promise.all(['x', 'y', 'z'].map((lease) => claimStream(db, claim(lease, 100))))
    assert.equal(claims.filter((found) => found === poolId).length, 1)
    const [winner = ''] = ['x', 'y', 'z'].filter((_, at) => claims[at] === poolId)
    assert.equal(await renewLease(db, { poolId, lease: winner }, 200), true)
    assert.equal(await claimStream(db, claim('late', 150)), undefined)
    assert.equal(await claimStream(db, claim('late', 200)), poolId)
    assert.equal(await renewLease(db, { poolId, lease: winner }, 999), false)
    await releaseStream(db, { poolId, lease: 'late' }, 1, 300)
    assert.equal(await claimStream(db, claim('again', 299)), undefined)
    assert.equal(await claimStream(db, claim('again', 300)), poolId)
    assert.equal((await readSyncPool(db, poolId))?.failures, 1)
  })

  test('a stream that is switched off is nobody’s', async () => {
    const db = await open()
    await insertChange(db, change('a', 1, 1))
    await putSyncPool(db, poolId, { ...streaming, streams: { ...streaming.streams, StreamingStatus: 'DISABLED' } })
    assert.equal(await claimStream(db, claim('x', 100)), undefined)
  })

  test('changes wait in the order in which they were made, until they are taken', async () => {
    const db = await open()
    for (const one of [change('b', 1, 2), change('a', 2, 2), change('a', 1, 1)]) await insertChange(db, one)
    const waiting = await readWaiting(db, poolId, 10)
    assert.deepEqual(
      waiting.map(({ identityId, number }) => `${identityId}${number}`),
      ['a1', 'a2', 'b1'],
    )
    assert.deepEqual(
      (await readPayloads(db, waiting)).map(({ payload }) => payload),
      ['a1', 'a2', 'b1'],
    )
    assert.equal(await deleteChanges(db, waiting.slice(0, 2)), 2)
    assert.equal((await readWaiting(db, poolId, 10)).length, 1)
  })

  test('a long payload can be read until its time is over', async () => {
    const db = await open()
    await insertPayload(db, { id: 'x', poolId, payload: 'text', expiresAt: 100 })
    assert.equal(await readPayload(db, 'x', 99), 'text')
    assert.equal(await readPayload(db, 'x', 100), undefined)
    assert.equal(await sweep(db, 100, expiring), 1)
  })
})
