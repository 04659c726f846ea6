import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { Db } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import * as store from './store.ts'

const makePool = (db: Db, id: string) =>
  insertPool(db, { id, region: 'us-east-1', name: id, settings: completeSettings({}), own: [], createdAt: 1 })

const bound: store.Binding = { clientId: 'c', sub: 's', family: 'public', challenge: 'NEW_PASSWORD_REQUIRED' }
const lock = { failures: 1, triedAt: 10, lockedUntil: 0, pending: 0, pendingUntil: 0 }

eachEngine((engine) => {
  test('a challenge is taken once, by however many at the same time', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await store.insertChallenge(db, 'p', 'h', bound, 'state', 100)
    const taken = await Promise.all(Array.from({ length: 8 }, () => store.takeChallenge(db, 'p', 'h', bound, 50)))
    assert.deepEqual(taken.filter(Boolean), ['state'])
    assert.deepEqual(await store.readChallenge(db, 'p', 'h', bound), {
      ...{ state: 'state', expiresAt: 100, usedAt: 50 },
    })
  })

  test('a challenge is taken in its time and by whom it is bound to only', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await makePool(db, 'q')
    await store.insertChallenge(db, 'p', 'h', bound, 'state', 100)
    const others = [{ clientId: 'x' }, { sub: 'x' }, { family: 'admin' }, { challenge: 'SMS_MFA' }]
    for (const other of others) {
      assert.equal(await store.takeChallenge(db, 'p', 'h', { ...bound, ...other }, 50), undefined)
      assert.equal(await store.readChallenge(db, 'p', 'h', { ...bound, ...other }), undefined)
    }
    assert.equal(await store.takeChallenge(db, 'q', 'h', bound, 50), undefined)
    assert.equal(await store.takeChallenge(db, 'p', 'h', bound, 100), undefined)
    assert.equal(await store.takeChallenge(db, 'p', 'h', bound, 99), 'state')
  })

  test('a challenge that is given back is taken again', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await store.insertChallenge(db, 'p', 'h', bound, 'state', 100)
    await store.takeChallenge(db, 'p', 'h', bound, 50)
    await store.giveBackChallenge(db, 'p', 'h')
    assert.equal(await store.takeChallenge(db, 'p', 'h', bound, 60), 'state')
  })

  test('what carries its own state is burnt once', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    const burns = await Promise.all(Array.from({ length: 8 }, () => store.burnChallenge(db, 'p', 'h', bound, 100, 50)))
    assert.equal(burns.filter(Boolean).length, 1)
    assert.equal(await store.takeChallenge(db, 'p', 'h', bound, 50), undefined)
  })

  test('a lock is swapped only for what it was known to be', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    assert.equal(await store.readLock(db, 'p', 'ann'), undefined)
    const made = await Promise.all(Array.from({ length: 4 }, () => store.swapLock(db, 'p', 'ann', undefined, lock)))
    assert.equal(made.filter(Boolean).length, 1)
    assert.deepEqual(await store.readLock(db, 'p', 'ann'), lock)
    for (const name of ['failures', 'triedAt', 'lockedUntil', 'pending', 'pendingUntil'] as const) {
      assert.equal(await store.swapLock(db, 'p', 'ann', { ...lock, [name]: 99 }, { ...lock, failures: 0 }), false)
    }
    assert.equal(await store.swapLock(db, 'p', 'ann', lock, { ...lock, failures: 2 }), true)
    assert.equal(await store.swapLock(db, 'p', 'ann', lock, undefined), false)
    assert.equal(await store.swapLock(db, 'p', 'ann', { ...lock, failures: 2 }, undefined), true)
    assert.equal(await store.readLock(db, 'p', 'ann'), undefined)
  })
})
