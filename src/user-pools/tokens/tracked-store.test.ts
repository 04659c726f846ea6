import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import type { Session } from './session.ts'
import * as store from './store.ts'

async function prepare(db: Db) {
  await insertPool(db, {
    ...{ id: 'p', region: 'us-east-1', name: 'p', createdAt: 1 },
    settings: completeSettings({}),
    own: [],
  })
  await db.run(sql`
    insert into clients (pool_id, id, name, settings, secrets, srp, created_at, modified_at)
    values ('p', 'c', 'c', '{}', '[]', 1, 1, 1)`)
  for (const sub of ['ann', 'ben']) {
    await db.run(sql`
      insert into users (pool_id, sub, username, status, enabled, attributes, created_at, modified_at)
      values ('p', ${sub}, ${sub}, 'CONFIRMED', 1, '{}', 1, 1)`)
  }
}

const session = (id: string, at: number, more: Partial<Session> = {}): Session => ({
  ...{ id, sub: 'ann', clientId: 'c', originJti: id, authTime: at, startedAt: at, signOuts: 0, expiresAt: 1_000 },
  ...{ revokedAt: undefined, trackedId: `tkn${id}` },
  ...more,
})
const begin = (db: Db, one: Session, most = 9) =>
  store.insertSession(
    db,
    'p',
    one,
    { hash: `h${one.id}`, family: one.id },
    {
      most,
      activity: { at: one.startedAt, address: '192.0.2.1', deviceType: 'phone' },
    },
  )
const ann = { sub: 'ann', signOuts: 0 }
const ids = async (db: Db, now: number, user = ann) => (await store.readTracked(db, 'p', user, now)).map(({ id }) => id)

eachEngine((engine) => {
  test('sessions that live are listed, the newest first', async () => {
    const db = await engine.open()
    await prepare(db)
    await begin(db, session('a', 10))
    await begin(db, session('b', 20))
    await begin(db, session('c', 30, { sub: 'ben' }))
    await store.insertSession(db, 'p', session('untracked', 40, { trackedId: undefined }), { hash: 'x', family: 'x' })
    assert.deepEqual(await ids(db, 50), ['b', 'a'])
    assert.deepEqual(await ids(db, 50, { sub: 'ann', signOuts: 1 }), [])
    assert.deepEqual(await ids(db, 1_000), [])
    await store.touchSession(db, 'p', 'a', { at: 45, address: undefined, deviceType: 'unknown' })
    const [, touched] = await store.readTracked(db, 'p', ann, 50)
    assert.deepEqual([touched?.activeAt, touched?.address, touched?.deviceType], [45, undefined, 'unknown'])
  })

  test('where there is no room the least recently used make it, of this user only', async () => {
    const db = await engine.open()
    await prepare(db)
    await begin(db, session('other', 5, { sub: 'ben' }))
    for (const [index, id] of ['a', 'b', 'c'].entries()) await begin(db, session(id, 10 + index))
    await store.touchSession(db, 'p', 'a', { at: 40, address: undefined, deviceType: 'unknown' })
    await begin(db, session('d', 50), 2)
    assert.deepEqual((await ids(db, 60)).sort(), ['a', 'd'])
    assert.deepEqual(await ids(db, 60, { sub: 'ben', signOuts: 0 }), ['other'])
    assert.equal((await store.readSession(db, 'p', 'b'))?.revokedAt, 50)
  })

  test('of parallel sign-ins no more live than may', async () => {
    const db = await engine.open()
    await prepare(db)
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id, index) => begin(db, session(id, 10 + index), 2)))
    assert.equal((await ids(db, 60)).length, 2)
  })

  test('a session is revoked once, by its user and its listed id', async () => {
    const db = await engine.open()
    await prepare(db)
    await begin(db, session('a', 10))
    const revoke = (user: typeof ann, id: string) => store.revokeTracked(db, 'p', user, id, 20)
    assert.equal(await revoke({ sub: 'ben', signOuts: 0 }, 'tkna'), false)
    assert.equal(await revoke(ann, 'a'), false)
    assert.equal(await revoke(ann, 'tkna'), true)
    assert.equal(await revoke(ann, 'tkna'), false)
    assert.deepEqual(await ids(db, 30), [])
  })
})
