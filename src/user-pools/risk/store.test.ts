import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import { type AuthEvent, noRisk, unknownOrigin } from './event.ts'
import * as store from './store.ts'

const makePool = (db: Db, id: string) =>
  insertPool(db, { id, region: 'us-east-1', name: id, settings: completeSettings({}), own: [], createdAt: 1 })

const makeUser = (db: Db, poolId: string, sub: string) =>
  db.run(sql`
    insert into users (pool_id, sub, username, status, enabled, attributes, created_at, modified_at)
    values (${poolId}, ${sub}, ${sub}, 'CONFIRMED', 1, '{}', 1, 1)`)

const makeClient = (db: Db, poolId: string, id: string) =>
  db.run(sql`
    insert into clients (pool_id, id, name, settings, secrets, srp, created_at, modified_at)
    values (${poolId}, ${id}, ${id}, '{}', '[]', 0, 1, 1)`)

const event = (sub: string, id: string, at: number, more: Partial<AuthEvent> = {}): AuthEvent => ({
  ...{ id, poolId: 'p', sub, username: sub, clientId: 'c', type: 'SignIn', at, response: 'InProgress' },
  ...{ risk: noRisk, challenges: [], origin: unknownOrigin, feedback: undefined },
  ...more,
})

const forEver = () => 1_000
const ids = (events: readonly AuthEvent[]) => events.map(({ id }) => id)

eachEngine((engine) => {
  test('the answers to risk of a client stand beside those of its pool, and go with the client', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await makeClient(db, 'p', 'c')
    const document = { RiskExceptionConfiguration: { BlockedIPRangeList: ['192.0.2.0/24'] } }
    await store.writePoolRisk(db, 'p', { document: {}, modifiedAt: 1 })
    await store.writePoolRisk(db, 'p', { document, modifiedAt: 2 })
    assert.equal(await store.writeClientRisk(db, 'p', 'c', { document: {}, modifiedAt: 3 }), true)
    assert.equal(await store.writeClientRisk(db, 'p', 'gone', { document, modifiedAt: 3 }), false)
    assert.deepEqual(await store.readRisks(db, 'p', 'c'), {
      pool: { document, modifiedAt: 2 },
      client: { document: {}, modifiedAt: 3 },
    })
    assert.equal((await store.readRisks(db, 'p', undefined)).client, undefined)
    await store.deletePoolRisk(db, 'p')
    await db.run(sql`delete from clients where pool_id = 'p' and id = 'c'`)
    assert.deepEqual(await store.readRisks(db, 'p', 'c'), { pool: undefined, client: undefined })
  })

  test('a batch of events is written at once, without those of users who are gone', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await makeUser(db, 'p', 'ann')
    await store.writeEvents(db, [event('ann', 'e1', 1), event('gone', 'e2', 2), event('ann', 'e3', 3)], forEver)
    assert.deepEqual(ids(await store.readEvents(db, 'p', 'ann', 9, 5)), ['e3', 'e1'])
    assert.deepEqual(await store.readEvents(db, 'p', 'gone', 9, 5), [])
  })

  test('an event that is written again keeps its feedback, and feedback keeps the event', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await makeUser(db, 'p', 'ann')
    await store.writeEvents(db, [event('ann', 'e1', 1)], forEver)
    const feedback = { value: 'Invalid', provider: 'User', at: 4 } as const
    assert.deepEqual((await store.writeFeedback(db, 'p', 'ann', 'e1', feedback))?.feedback, feedback)
    await store.writeEvents(db, [event('ann', 'e1', 1, { response: 'Pass' })], forEver)
    const [read] = await store.readEvents(db, 'p', 'ann', 9, 5)
    assert.deepEqual([read?.response, read?.feedback], ['Pass', feedback])
    assert.equal(await store.writeFeedback(db, 'p', 'bob', 'e1', feedback), undefined)
  })

  test('events come newest first, page by page, those of one moment by id, and expired ones are none', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await makeUser(db, 'p', 'ann')
    const all = [event('ann', 'a', 1), event('ann', 'b', 2), event('ann', 'c', 2), event('ann', 'd', 3)]
    await store.writeEvents(db, all, ({ at }) => at + 100)
    const first = await store.readEvents(db, 'p', 'ann', 2, 50)
    assert.deepEqual(ids(first), ['d', 'c'])
    assert.deepEqual(ids(await store.readEvents(db, 'p', 'ann', 9, 50, first[1])), ['b', 'a'])
    assert.deepEqual(ids(await store.readEvents(db, 'p', 'ann', 9, 102)), ['d'])
  })

  test('events go with their user', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await makeUser(db, 'p', 'ann')
    await store.writeEvents(db, [event('ann', 'e1', 1)], forEver)
    await db.run(sql`delete from users where pool_id = 'p' and sub = 'ann'`)
    assert.deepEqual(await store.readEvents(db, 'p', 'ann', 9, 5), [])
  })
})
