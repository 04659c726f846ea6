import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import * as store from './store.ts'

async function prepare(db: Db) {
  for (const id of ['p', 'q']) {
    await insertPool(db, { id, region: 'us-east-1', name: id, settings: completeSettings({}), own: [], createdAt: 1 })
  }
  await db.run(sql`
    insert into users (pool_id, sub, username, status, enabled, attributes, created_at, modified_at)
    values ('p', 'ann', 'ann', 'CONFIRMED', 1, '{}', 1, 1)`)
}

const code = { hash: 'h', clientId: 'c', sub: 'ann', sessionId: 's', state: '{}', expiresAt: 100 }

eachEngine((engine) => {
  test('of many takers of a code one gets it, and whoever comes later is noted', async () => {
    const db = await engine.open()
    await prepare(db)
    await store.insertCode(db, 'p', code)
    assert.equal(await store.markReplayed(db, 'p', 'h', 'c', 10), undefined, 'not used yet')
    const taken = await Promise.all(Array.from({ length: 5 }, () => store.takeCode(db, 'p', 'h', 'c', 10)))
    assert.deepEqual(taken.filter(Boolean), [{ sub: 'ann', sessionId: 's', state: '{}' }])
    assert.equal(await store.wasReplayed(db, 'p', 'h'), false)
    assert.equal(await store.markReplayed(db, 'p', 'h', 'd', 10), undefined, 'another client')
    assert.equal(await store.markReplayed(db, 'p', 'h', 'c', 10), 's')
    assert.equal(await store.wasReplayed(db, 'p', 'h'), true)
  })

  test('a code is nothing to another client or pool, nor after its time', async () => {
    const db = await engine.open()
    await prepare(db)
    await store.insertCode(db, 'p', code)
    assert.equal(await store.takeCode(db, 'p', 'h', 'd', 10), undefined)
    assert.equal(await store.takeCode(db, 'q', 'h', 'c', 10), undefined)
    assert.equal(await store.takeCode(db, 'p', 'h', 'c', 100), undefined)
    assert.ok(await store.takeCode(db, 'p', 'h', 'c', 99))
  })

  test('codes and sessions of browsers go with their user', async () => {
    const db = await engine.open()
    await prepare(db)
    const authentication = { acr: 'urn:cognito:loa:3', amr: ['pwd', 'sms', 'mfa'] }
    const begun = { id: 'sso1', sub: 'ann', domain: 'd', authTime: 1, startedAt: 1, signOuts: 0, expiresAt: 100 }
    const session = { ...begun, provider: 'Corp', authentication }
    await store.insertCode(db, 'p', code)
    await store.insertBrowserSession(db, 'p', 'b', session)
    await store.insertBrowserSession(db, 'p', 'b2', session)
    assert.deepEqual(await store.readBrowserSession(db, 'p', 'b'), session)
    assert.deepEqual(await store.deleteBrowserSession(db, 'p', 'b2'), { sub: 'ann', id: 'sso1' })
    assert.equal(await store.deleteBrowserSession(db, 'p', 'b2'), undefined)
    assert.equal(await store.readBrowserSession(db, 'p', 'b2'), undefined)
    await db.run(sql`delete from users where pool_id = 'p' and sub = 'ann'`)
    assert.equal(await store.readBrowserSession(db, 'p', 'b'), undefined)
    assert.equal(await store.takeCode(db, 'p', 'h', 'c', 10), undefined)
  })
  test('sessions of browsers are listed and ended by their ids, those of their user that live only', async () => {
    const db = await engine.open()
    await prepare(db)
    const activity = { at: 5, address: '192.0.2.1', deviceType: 'desktop' }
    const session = {
      sub: 'ann',
      domain: 'd',
      provider: 'COGNITO',
      authTime: 1,
      expiresAt: 100,
      clientId: 'c',
      activity,
    }
    await store.insertBrowserSession(db, 'p', 'b1', { ...session, id: 'one', startedAt: 2, signOuts: 0 })
    await store.insertBrowserSession(db, 'p', 'b2', { ...session, id: 'two', startedAt: 1, signOuts: 1 })
    await store.insertBrowserSession(db, 'p', 'b3', { ...session, startedAt: 3, signOuts: 0 })
    const of = (signOuts: number, sub = 'ann') => ({ sub, signOuts })
    const ids = async (...at: Parameters<typeof of>) =>
      (await store.readBrowserSessions(db, 'p', of(...at), 99)).map(({ id }) => id)
    assert.deepEqual(await ids(0), ['one'])
    assert.deepEqual(await ids(1), ['two'])
    assert.deepEqual(await ids(0, 'bob'), [])
    assert.deepEqual(await store.readBrowserSessions(db, 'p', of(0), 100), [])
    assert.equal(await store.deleteBrowserById(db, 'p', of(0, 'bob'), 'one', 99), false)
    assert.equal(await store.deleteBrowserById(db, 'p', of(1), 'one', 99), false)
    assert.equal(await store.deleteBrowserById(db, 'p', of(0), 'one', 99), true)
    assert.equal(await store.deleteBrowserById(db, 'p', of(0), 'one', 99), false)
  })
})
