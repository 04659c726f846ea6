import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { type TestWorld, testWorld } from '../../../test/support/world.ts'
import { sql } from '../../store/db.ts'
import { sweep } from '../../store/sweep.ts'
import type { Pool } from '../pools/pool.ts'
import { insertPool } from '../pools/store.ts'
import { consumeCode, issueCode, issueNothing, payloadOf, tryCode } from './code.ts'
import { expiring } from './expiring.ts'
import { countAttempt } from './limits.ts'

const pool = { id: 'us-east-1_codes', region: 'us-east-1', name: 'codes', settings: {} } as Pool
const mismatch = { name: 'CodeMismatchException', message: 'Invalid verification code provided, please try again.' }
const expired = { name: 'ExpiredCodeException', message: 'Invalid code provided, please request a code again.' }
const hour = 3_600_000

eachEngine(({ open }) => {
  let world: TestWorld
  let subjects = 0
  const nobody = () => ({ sub: `subject-${++subjects}` })
  const consume = (subject: { sub: string }, code: string) => consumeCode(world, pool, subject, 'sign-up', code)
  const issue = (subject: { sub: string }, payload = {}) => issueCode(world, pool, subject, 'sign-up', payload)

  before(async () => {
    const database = await open()
    world = await testWorld({ database })
    await insertPool(world.db, { ...pool, own: [], createdAt: 1 })
  })

  describe('a code', () => {
    test('is taken once and hands its payload out', async () => {
      const one = nobody()
      const code = await issue(one, { address: 'a@b.c' })
      assert.deepEqual(await consume(one, code), { address: 'a@b.c' })
      await assert.rejects(consume(one, code), expired)
    })

    test('is good for its subject and purpose only', async () => {
      const [one, two] = [nobody(), nobody()]
      const code = await issue(one)
      await issue(two)
      const own = await issueCode(world, pool, one, 'forgot-password')
      if (own !== code) await assert.rejects(consumeCode(world, pool, one, 'forgot-password', code), mismatch)
      await assert.rejects(consumeCode(world, pool, one, 'verify-email', code), expired)
      // The same digits for another subject have another hash.
      const rows = await world.db.all<{ mac: string }>(sql`select mac from codes`)
      assert.equal(new Set(rows.map(({ mac }) => mac)).size, rows.length)
    })

    test('is kept as a keyed hash', async () => {
      const one = nobody()
      const code = await issue(one)
      const row = await world.db.get<{ mac: string }>(sql`select * from codes where subject = ${one.sub}`)
      assert.equal(JSON.stringify(row).includes(code), false)
      assert.ok((row?.mac.length ?? 0) > 40)
    })

    test('replaces the former one and begins its tries anew', async () => {
      const one = nobody()
      const former = await issue(one)
      for (let n = 0; n < 5; n += 1) await assert.rejects(consume(one, 'wrong'), mismatch)
      const code = await issue(one)
      if (former !== code) await assert.rejects(consume(one, former), mismatch)
      await consume(one, code)
    })

    test('dies at the end of its life', async () => {
      const one = nobody()
      const code = await issueCode(world, pool, one, 'forgot-password', {})
      world.clock.advance(hour)
      await assert.rejects(consumeCode(world, pool, one, 'forgot-password', code), expired)
      assert.equal(await payloadOf(world, pool, one, 'forgot-password'), undefined)
    })

    test('that was tried five times is refused, even when right', async () => {
      const one = nobody()
      const code = await issue(one)
      for (let n = 0; n < 5; n += 1) await assert.rejects(consume(one, 'wrong'), mismatch)
      await assert.rejects(consume(one, code), expired)
    })

    test('stays when what it was taken for is refused, and the try counts', async () => {
      const one = nobody()
      const code = await issue(one)
      const refuse = () => Promise.reject(new Error('not now'))
      for (let n = 0; n < 4; n += 1)
        await assert.rejects(consumeCode(world, pool, one, 'sign-up', code, refuse), { message: 'not now' })
      await consume(one, code)
    })

    test('that was tried in time is not taken after its end', async () => {
      const one = nobody()
      const take = await tryCode(
        world,
        pool,
        one,
        'forgot-password',
        await issueCode(world, pool, one, 'forgot-password'),
      )
      world.clock.advance(hour)
      await assert.rejects(world.db.transaction(take), expired)
    })

    test('that nobody knows is never right, and is counted as any other', async () => {
      const one = nobody()
      await issueNothing(world, pool, one, 'sign-up')
      for (let n = 0; n < 5; n += 1) await assert.rejects(consume(one, '123456'), mismatch)
      await assert.rejects(consume(one, '123456'), expired)
    })
  })

  test('in development every code may be the same, and then opens nothing for users who do not exist', async () => {
    const dev = { ...world, settings: { ...world.settings, devCode: '123456' } }
    const [one, none] = [nobody(), nobody()]
    assert.equal(await issueCode(dev, pool, one, 'sign-up'), '123456')
    await issueNothing(dev, pool, none, 'sign-up')
    await consumeCode(dev, pool, one, 'sign-up', '123456')
    await assert.rejects(consumeCode(dev, pool, none, 'sign-up', '123456'), mismatch)
  })

  test('case 50: of fifty who take one code at once, one gets it', async () => {
    const one = nobody()
    const code = await issue(one)
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => consume(one, code)))
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    for (const outcome of outcomes)
      if (outcome.status === 'rejected') assert.equal(outcome.reason.name, 'ExpiredCodeException')
  })

  test('case 48: of two hundred parallel guesses, five are compared', async () => {
    const one = nobody()
    await issueNothing(world, pool, one, 'sign-up')
    const outcomes = await Promise.allSettled(Array.from({ length: 200 }, (_, n) => consume(one, String(n))))
    const names = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.name : 'taken'))
    assert.equal(names.filter((name) => name === 'CodeMismatchException').length, 5)
    assert.equal(names.filter((name) => name === 'ExpiredCodeException').length, 195)
  })

  describe('an hourly limit', () => {
    const limit = { name: 'LimitExceededException', message: 'Attempt limit exceeded, please try after some time.' }

    test('refuses from the first attempt too many to the end of the hour', async () => {
      const one = nobody()
      for (let n = 0; n < 5; n += 1) await countAttempt(world, pool, one, 'ChangePassword')
      await assert.rejects(countAttempt(world, pool, one, 'ChangePassword'), limit)
      await countAttempt(world, pool, one, 'ConfirmSignUp')
      await countAttempt(world, pool, nobody(), 'ChangePassword')
      world.clock.advance(hour)
      await countAttempt(world, pool, one, 'ChangePassword')
    })

    test('is not outrun by parallel attempts', async () => {
      const one = nobody()
      const attempts = Array.from({ length: 40 }, () => countAttempt(world, pool, one, 'VerifyUserAttribute'))
      const outcomes = await Promise.allSettled(attempts)
      assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 15)
    })
  })

  test('what has expired is swept and what lives stays', async () => {
    const database = await open()
    const own = await testWorld({ database })
    await insertPool(own.db, { ...pool, own: [], createdAt: 1 })
    await issueCode(own, pool, { sub: 'a' }, 'forgot-password')
    await countAttempt(own, pool, { sub: 'a' }, 'ForgotPassword')
    assert.equal(await sweep(database, own.now(), expiring), 0)
    assert.equal(await sweep(database, own.now() + hour, expiring), 2)
  })
})
