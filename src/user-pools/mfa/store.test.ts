import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { type TestWorld, testWorld } from '../../../test/support/world.ts'
import type { Pool } from '../pools/pool.ts'
import { insertPool } from '../pools/store.ts'
import { unused } from '../users/new-user.ts'
import { deleteUser, insertUser } from '../users/store.ts'
import {
  activatePending,
  deleteSoftwareToken,
  insertVerified,
  readPreferences,
  readSoftwareToken,
  takeStep,
  writePending,
  writePreferences,
} from './store.ts'

const poolId = 'us-east-1_factors'
const pool = { id: poolId, region: 'us-east-1', name: 'factors', settings: {} } as Pool

eachEngine(({ open }) => {
  let world: TestWorld
  let users = 0

  before(async () => {
    world = await testWorld({ database: await open() })
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
  const verified = (seed: string, step: number) => ({ seed, step, name: undefined })

  describe('a software token', () => {
    test('waits beside the one in force, and takes its place once', async () => {
      const sub = await add()
      assert.equal(await readSoftwareToken(world.db, poolId, sub), undefined)
      assert.equal(await insertVerified(world.db, poolId, sub, { ...verified('old', 5), name: 'phone' }), true)
      await writePending(world.db, poolId, sub, 'new')
      assert.deepEqual(await readSoftwareToken(world.db, poolId, sub), { seed: 'old', pending: 'new', name: 'phone' })
      assert.equal(await activatePending(world.db, poolId, sub, verified('other', 9)), false)
      const outcomes = await Promise.all(
        [1, 2, 3].map(() => activatePending(world.db, poolId, sub, verified('new', 9))),
      )
      assert.equal(outcomes.filter(Boolean).length, 1)
      assert.deepEqual(await readSoftwareToken(world.db, poolId, sub), {
        seed: 'new',
        pending: undefined,
        name: undefined,
      })
    })

    test('of a sign-in is kept for a user without one only', async () => {
      const sub = await add()
      await writePending(world.db, poolId, sub, 'waiting')
      const outcomes = await Promise.all(
        ['a', 'b'].map((seed) => insertVerified(world.db, poolId, sub, verified(seed, 1))),
      )
      assert.equal(outcomes.filter(Boolean).length, 1)
      assert.equal((await readSoftwareToken(world.db, poolId, sub))?.pending, 'waiting')
    })

    test('gives each step once, and none before it', async () => {
      const sub = await add()
      await insertVerified(world.db, poolId, sub, verified('seed', 10))
      const take = (step: number, seed = 'seed') => takeStep(world.db, poolId, sub, seed, step)
      assert.equal(await take(10), false)
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => take(12)))
      assert.equal(outcomes.filter(Boolean).length, 1)
      assert.deepEqual([await take(11), await take(13, 'former'), await take(13)], [false, false, true])
    })

    test('is gone when it is deleted, and when its user is', async () => {
      const [one, two] = [await add(), await add()]
      for (const sub of [one, two]) await insertVerified(world.db, poolId, sub, verified('seed', 1))
      await deleteSoftwareToken(world.db, poolId, one)
      await deleteUser(world.db, poolId, two)
      for (const sub of [one, two]) assert.equal(await readSoftwareToken(world.db, poolId, sub), undefined)
    })
  })

  test('preferences are nothing until they are written, and then the last ones', async () => {
    const sub = await add()
    assert.deepEqual(await readPreferences(world.db, poolId, sub), { enabled: [], preferred: undefined })
    const wanted = { enabled: ['SMS_MFA', 'WEB_AUTHN'], preferred: 'SMS_MFA' } as const
    await writePreferences(world.db, poolId, sub, wanted)
    assert.deepEqual(await readPreferences(world.db, poolId, sub), wanted)
    await writePreferences(world.db, poolId, sub, { enabled: [], preferred: undefined })
    assert.deepEqual(await readPreferences(world.db, poolId, sub), { enabled: [], preferred: undefined })
  })
})
