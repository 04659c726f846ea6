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
    id: 'p',
    region: 'us-east-1',
    name: 'p',
    settings: completeSettings({}),
    own: [],
    createdAt: 1,
  })
  await db.run(sql`
    insert into users (pool_id, sub, username, status, enabled, attributes, created_at, modified_at)
    values ('p', 'ann', 'ann', 'CONFIRMED', 1, '{}', 1, 1)`)
  await db.run(sql`
    insert into clients (pool_id, id, name, settings, secrets, srp, created_at, modified_at)
    values ('p', 'c', 'c', '{}', '[]', 1, 1, 1)`)
}

const session: Session = {
  id: 's',
  sub: 'ann',
  clientId: 'c',
  originJti: 'o',
  authTime: 10,
  startedAt: 11,
  signOuts: 0,
  expiresAt: 1_000,
  revokedAt: undefined,
  trackedId: undefined,
  deviceKey: undefined,
  scope: undefined,
  resource: undefined,
  browserId: 'sso1',
  dpopJkt: 'a-thumbprint',
  acr: 'urn:cognito:loa:3',
  amr: ['pwd', 'sms', 'mfa'],
}

const keys = (hash: string) => ({ hash, family: 'f' })
const rotation = (hash: string, next: string, now: number, grace = 0) => ({ hash, next: keys(next), now, grace })

eachEngine((engine) => {
  test('a session and its refresh token are found again', async () => {
    const db = await engine.open()
    await prepare(db)
    await store.insertSession(db, 'p', session, keys('h'))
    assert.deepEqual(await store.readSession(db, 'p', 's'), session)
    assert.deepEqual(await store.readRefresh(db, 'p', keys('h')), { session, usedAt: undefined })
    assert.equal(await store.readRefresh(db, 'q', keys('h')), undefined)
    assert.equal(await store.readSession(db, 'q', 's'), undefined)
  })

  test('of rotations at the same time one wins where there is no grace', async () => {
    const db = await engine.open()
    await prepare(db)
    await store.insertSession(db, 'p', session, keys('h'))
    const won = await Promise.all(
      Array.from({ length: 6 }, (_, i) => store.rotateRefresh(db, 'p', rotation('h', `next-${i}`, 50))),
    )
    assert.equal(won.filter(Boolean).length, 1)
    const successor = `next-${won.indexOf(true)}`
    assert.equal((await store.readRefresh(db, 'p', keys(successor)))?.session.id, 's')
    assert.equal((await store.readRefresh(db, 'p', keys('h')))?.usedAt, 50)
  })

  test('where there is no grace, a taker whose clock is behind loses too', async () => {
    const db = await engine.open()
    await prepare(db)
    await store.insertSession(db, 'p', session, keys('h'))
    assert.equal(await store.rotateRefresh(db, 'p', rotation('h', 'a', 50)), true)
    assert.equal(await store.rotateRefresh(db, 'p', rotation('h', 'b', 49)), false)
    assert.equal((await store.readRefresh(db, 'p', keys('b')))?.usedAt, 0)
  })

  test('a replaced token has more successors in its grace period, which the second use does not lengthen', async () => {
    const db = await engine.open()
    await prepare(db)
    await store.insertSession(db, 'p', session, keys('h'))
    assert.equal(await store.rotateRefresh(db, 'p', rotation('h', 'a', 50, 10)), true)
    assert.equal(await store.rotateRefresh(db, 'p', rotation('h', 'b', 59, 10)), true)
    assert.equal(await store.rotateRefresh(db, 'p', rotation('h', 'c', 60, 10)), false)
    assert.equal((await store.readRefresh(db, 'p', keys('c')))?.usedAt, 0)
  })

  test('replaced tokens do not pile up, and one whose row is gone is known for what it is', async () => {
    const db = await engine.open()
    await prepare(db)
    const count = async () => (await db.get<{ n: number }>(sql`select count(*) as n from refresh_tokens`))?.n
    await store.insertSession(db, 'p', session, keys('t0'))
    for (let turn = 0; turn < 5; turn++) {
      const now = (turn + 1) * 100_000
      assert.equal(await store.rotateRefresh(db, 'p', rotation(`t${turn}`, `t${turn + 1}`, now)), true)
    }
    assert.equal(await count(), 2)
    assert.deepEqual(await store.readRefresh(db, 'p', keys('t0')), { session, usedAt: 0 })
    assert.equal(await store.readRefresh(db, 'p', { hash: 't0', family: 'another' }), undefined)
    for (let more = 0; more < 120; more++)
      await store.rotateRefresh(db, 'p', rotation('t5', `s${more}`, 500_001, 60_000))
    assert.equal(await count(), 100)
    // A node whose clock is far behind keeps what it has just given out.
    assert.equal(await store.rotateRefresh(db, 'p', rotation('s99', 'late', 1, 60_000)), true)
    assert.equal((await store.readRefresh(db, 'p', keys('late')))?.usedAt, undefined)
  })

  test('a revoked session rotates no more, and its first revocation counts', async () => {
    const db = await engine.open()
    await prepare(db)
    await store.insertSession(db, 'p', session, keys('h'))
    await store.revokeSession(db, 'p', 's', 20)
    await store.revokeSession(db, 'p', 's', 30)
    assert.equal((await store.readSession(db, 'p', 's'))?.revokedAt, 20)
    assert.equal(await store.rotateRefresh(db, 'p', rotation('h', 'a', 50)), false)
  })

  test('nobody begins a session, or goes on with one, who was disabled or signed out since they were asked', async () => {
    const db = await engine.open()
    await prepare(db)
    assert.equal(await store.insertSession(db, 'p', { ...session, id: 'known' }, keys('k')), true)
    for (const change of [sql`enabled = 0`, sql`enabled = 1, sign_outs = 1`]) {
      await db.run(sql`update users set ${change} where pool_id = 'p'`)
      assert.equal(await store.insertSession(db, 'p', session, keys('h')), false)
      assert.equal(await store.readSession(db, 'p', 's'), undefined)
      assert.equal(await store.sessionLives(db, 'p', 'known'), false)
      assert.equal(await store.rotateRefresh(db, 'p', rotation('k', 'next', 50)), false)
    }
    assert.equal(await store.insertSession(db, 'p', { ...session, signOuts: 1 }, keys('h')), true)
    assert.equal(await store.sessionLives(db, 'p', 's'), true)
    await db.run(sql`delete from users where pool_id = 'p'`)
    assert.equal(await store.insertSession(db, 'p', { ...session, id: 'later', signOuts: 1 }, keys('l')), false)
  })

  test('a session is nobody’s any more when its client is gone', async () => {
    const db = await engine.open()
    await prepare(db)
    await store.insertSession(db, 'p', session, keys('h'))
    await db.run(sql`delete from clients where pool_id = 'p' and id = 'c'`)
    assert.equal(await store.readSession(db, 'p', 's'), undefined)
    assert.equal(await store.sessionLives(db, 'p', 's'), false)
  })

  test('clients hold tokens of a user while the sessions live', async () => {
    const db = await engine.open()
    await prepare(db)
    await store.insertSession(db, 'p', session, keys('h'))
    const holding = (browserId?: string) => store.readClientsOf(db, 'p', 'ann', browserId, 50)
    assert.deepEqual(await holding(), [{ clientId: 'c', browserId: 'sso1' }])
    assert.deepEqual(await holding('sso2'), [])
    await db.run(sql`update users set sign_outs = 1 where pool_id = 'p'`)
    assert.deepEqual(await holding(), [])
  })

  test('a user takes their sessions and tokens along', async () => {
    const db = await engine.open()
    await prepare(db)
    await store.insertSession(db, 'p', session, keys('h'))
    await db.run(sql`delete from users where pool_id = 'p' and sub = 'ann'`)
    assert.equal(await store.readSession(db, 'p', 's'), undefined)
    assert.equal(await store.readRefresh(db, 'p', keys('h')), undefined)
  })

  test('the first key of a purpose stays', async () => {
    const db = await engine.open()
    await prepare(db)
    const key = (kid: string) => ({ purpose: 'id', kid, publicJwk: '{}', sealedPrivate: 'x' }) as const
    await Promise.all(['one', 'two'].map((kid) => store.insertKey(db, 'p', key(kid), 1)))
    assert.equal((await store.readKeys(db, 'p')).length, 1)
  })
})
