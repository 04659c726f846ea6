import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { type TestWorld, testWorld } from '../../../test/support/world.ts'
import type { Database } from '../../store/db.ts'
import { sweep } from '../../store/sweep.ts'
import type { Pool } from '../pools/pool.ts'
import { insertPool } from '../pools/store.ts'
import { unused } from '../users/new-user.ts'
import { deleteUser, insertUser } from '../users/store.ts'
import {
  advanceCounter,
  deletePasskey,
  expiring,
  insertPasskey,
  listPasskeys,
  type Passkey,
  readPasskey,
  takeRegistration,
  writeRegistration,
} from './store.ts'

const poolId = 'us-east-1_passkeys'
const pool = { id: poolId, region: 'us-east-1', name: 'passkeys', settings: {} } as Pool

eachEngine(({ open }) => {
  let world: TestWorld
  let database: Database
  let users = 0

  before(async () => {
    database = await open()
    world = await testWorld({ database })
    await insertPool(world.db, { ...pool, own: [], createdAt: 1 })
  })
  after(() => world.close())

  const add = async () => {
    users += 1
    const sub = `sub-${users}`
    await insertUser(world.db, {
      ...{ poolId, sub, username: sub, status: 'CONFIRMED', enabled: true, attributes: { sub } },
      ...unused(1),
    })
    return sub
  }
  const passkey = (sub: string, id: string, more: Partial<Passkey> = {}): Passkey => ({
    ...{ id, sub, publicKey: 'key', counter: 0, rpId: 'localhost', name: 'Passkey', transports: ['usb'] },
    ...{ attachment: undefined, createdAt: 1, ...more },
  })

  describe('a passkey', () => {
    test('is kept as it is, and is only its user’s', async () => {
      const [one, two] = [await add(), await add()]
      const kept = passkey(one, 'a', { counter: 4_000_000_000, attachment: 'platform', transports: ['usb', 'nfc'] })
      assert.equal(await insertPasskey(world.db, poolId, kept), true)
      assert.deepEqual(await readPasskey(world.db, poolId, one, 'a'), kept)
      assert.equal(await readPasskey(world.db, poolId, two, 'a'), undefined)
      assert.equal(await insertPasskey(world.db, poolId, passkey(two, 'a')), false)
      assert.equal(await deletePasskey(world.db, poolId, two, 'a'), false)
      assert.equal(await deletePasskey(world.db, poolId, one, 'a'), true)
      assert.deepEqual(await listPasskeys(world.db, poolId, one, 20), [])
    })

    test('is listed in the order of registration, page by page', async () => {
      const sub = await add()
      for (const [id, createdAt] of [
        ['p3', 2],
        ['p1', 3],
        ['p2', 2],
      ] as const)
        await insertPasskey(world.db, poolId, passkey(sub, id, { createdAt }))
      const ids = (page: Passkey[]) => page.map(({ id }) => id)
      assert.deepEqual(ids(await listPasskeys(world.db, poolId, sub, 2)), ['p2', 'p3'])
      assert.deepEqual(ids(await listPasskeys(world.db, poolId, sub, 2, { createdAt: 2, id: 'p3' })), ['p1'])
    })

    test('counts on, each number once; one that never counts stays at zero', async () => {
      const sub = await add()
      await insertPasskey(world.db, poolId, passkey(sub, 'counts', { counter: 5 }))
      const advance = (id: string, to: number) => advanceCounter(world.db, poolId, sub, id, to)
      assert.equal(await advance('counts', 5), false)
      const outcomes = await Promise.all(Array.from({ length: 10 }, () => advance('counts', 6)))
      assert.equal(outcomes.filter(Boolean).length, 1)
      assert.deepEqual([await advance('counts', 0), await advance('nothing', 9)], [false, false])
      await insertPasskey(world.db, poolId, passkey(sub, 'zero'))
      assert.deepEqual([await advance('zero', 0), await advance('zero', 0)], [true, true])
      assert.deepEqual([await advance('zero', 1), await advance('zero', 0)], [true, false])
    })
  })

  test('a registration is taken once, by its user, with its challenge, in its time; a new one replaces it', async () => {
    const [one, two] = [await add(), await add()]
    const begun = { challenge: 'c', clientId: 'app', rpId: 'localhost', expiresAt: 100 }
    const take = (sub: string, challenge: string, now = 50) => takeRegistration(world.db, poolId, sub, challenge, now)
    await writeRegistration(world.db, poolId, one, begun)
    assert.equal(await take(two, 'c'), undefined)
    assert.equal(await take(one, 'd'), undefined)
    assert.equal(await take(one, 'c', 100), undefined)
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => take(one, 'c')))
    assert.deepEqual(
      outcomes.filter((taken) => taken !== undefined),
      [{ clientId: 'app', rpId: 'localhost' }],
    )
    await writeRegistration(world.db, poolId, one, begun)
    await writeRegistration(world.db, poolId, one, { ...begun, challenge: 'e' })
    assert.equal(await take(one, 'c'), undefined)
    assert.ok(await take(one, 'e'))
  })

  test('the sweeper takes registrations that nobody completed; a deleted user takes all', async () => {
    const sub = await add()
    await writeRegistration(world.db, poolId, sub, { challenge: 'c', clientId: 'a', rpId: 'x', expiresAt: 100 })
    assert.equal(await sweep(database, 99, expiring), 0)
    assert.equal(await sweep(database, 100, expiring), 1)
    await insertPasskey(world.db, poolId, passkey(sub, 'last'))
    await deleteUser(world.db, poolId, sub)
    assert.deepEqual(await listPasskeys(world.db, poolId, sub, 20), [])
  })
})
