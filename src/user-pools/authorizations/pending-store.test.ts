import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import * as store from './pending-store.ts'

async function prepare(db: Db) {
  for (const id of ['p', 'q']) {
    await insertPool(db, { id, region: 'us-east-1', name: id, settings: completeSettings({}), own: [], createdAt: 1 })
  }
  await db.run(sql`
    insert into clients (pool_id, id, name, settings, secrets, srp, created_at, modified_at)
    values ('p', 'c', 'c', '{}', '[]', 0, 1, 1)`)
  await db.run(sql`
    insert into users (pool_id, sub, username, status, enabled, attributes, created_at, modified_at)
    values ('p', 'ann', 'ann', 'CONFIRMED', 1, '{}', 1, 1)`)
}
const five = <T>(work: () => Promise<T>) => Promise.all(Array.from({ length: 5 }, work))
const yes = (list: readonly unknown[]) => list.filter(Boolean).length

const grant = {
  ...{ hash: 'h', userCodeHash: 'u', clientId: 'c', scope: 'openid' },
  ...{ askedAt: 0, pause: 5, expiresAt: 100 },
}
const decision = {
  state: 'approved',
  sub: 'ann',
  browserId: 'b',
  authTime: 7,
  signOuts: 2,
  authentication: { acr: 'one', amr: ['pwd'] },
} as const

eachEngine((engine) => {
  test('a pushed request is its client’s alone, in its time, and used up once', async () => {
    const db = await engine.open()
    await prepare(db)
    await store.insertPushed(db, 'p', { hash: 'h', clientId: 'c', query: 'a=b', expiresAt: 100 })
    assert.equal(await store.readPushed(db, 'p', 'h', 'c', 99), 'a=b')
    assert.equal(await store.readPushed(db, 'p', 'h', 'c', 100), undefined)
    assert.equal(await store.readPushed(db, 'p', 'h', 'd', 1), undefined)
    assert.equal(await store.readPushed(db, 'q', 'h', 'c', 1), undefined)
    assert.equal(await store.takePushed(db, 'p', 'h', 100), false)
    assert.equal(yes(await five(() => store.takePushed(db, 'p', 'h', 1))), 1)
  })

  test('a device’s grant is decided once, fetched once, and not after its time', async () => {
    const db = await engine.open()
    await prepare(db)
    assert.equal(await store.insertDevice(db, 'p', grant), true)
    assert.equal(await store.insertDevice(db, 'p', { ...grant, hash: 'other' }), false, 'the user code is taken')
    assert.equal(await store.takeDevice(db, 'p', 'h', 1), undefined)
    assert.equal(await store.decideDevice(db, 'p', 'u', decision, 100), false)
    assert.equal(yes(await five(() => store.decideDevice(db, 'p', 'u', decision, 1))), 1)
    assert.equal(await store.readWaiting(db, 'p', 'u', 1), undefined)
    const taken = await five(() => store.takeDevice(db, 'p', 'h', 1))
    assert.equal(yes(taken), 1)
    assert.deepEqual(taken.find(Boolean), {
      ...{ clientId: 'c', scope: 'openid', state: 'used', sub: 'ann', browserId: 'b', authTime: 7, expiresAt: 100 },
      signOuts: 2,
      authentication: { acr: 'one', amr: ['pwd'] },
    })
    assert.equal((await store.readDevice(db, 'p', 'h', 'c'))?.state, 'used')
    assert.equal(await store.readDevice(db, 'p', 'h', 'd'), undefined)
  })

  test('a device that asks too early waits longer from then on', async () => {
    const db = await engine.open()
    await prepare(db)
    await store.insertDevice(db, 'p', grant)
    assert.equal(await store.noteAsked(db, 'p', 'h', 5, 5), true)
    assert.equal(await store.noteAsked(db, 'p', 'h', 9, 5), false)
    assert.equal(await store.noteAsked(db, 'p', 'h', 18, 5), false)
    assert.equal(await store.noteAsked(db, 'p', 'h', 33, 5), true)
  })

  test('a proof is new once for each pool', async () => {
    const db = await engine.open()
    await prepare(db)
    assert.equal(yes(await five(() => store.noteProof(db, 'p', 'j', 10))), 1)
    assert.equal(await store.noteProof(db, 'q', 'j', 10), true)
  })
})
