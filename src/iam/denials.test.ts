import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../test/support/databases.ts'
import { testWorld } from '../../test/support/world.ts'
import { decide } from './authorize.ts'
import { denialsOf } from './denials.ts'
import { insertDenial, readDenials, trimDenials } from './denials-store.ts'

const account = '000000000000'
const caller = {
  kind: 'user',
  account,
  arn: `arn:aws:iam::${account}:user/U`,
  userId: 'AIDAU',
  accessKeyId: 'AKIAU',
  context: {},
} as const
const facts = { region: 'us-east-1', address: '192.0.2.1', userAgent: '', secure: true }

test('a flood of denials does not fill the database: so many in a second are kept, the rest is in the log', async () => {
  const real = await testWorld()
  const world = { ...real, now: () => 1_000_000 }
  for (let index = 0; index < 50; index += 1) {
    await decide(world, caller, { ...facts, requestId: `r${index}` }, { action: 's3:GetObject', resource: '*' })
  }
  const known = await Promise.all(Array.from({ length: 50 }, (_, index) => denialsOf(world, `r${index}`)))
  assert.equal(known.filter((denials) => denials.length === 1).length, 20)
  await real.close()
})

test('a trace that cannot be kept changes nothing of the denial', async () => {
  const real = await testWorld()
  await real.close()
  const verdict = await decide(real, caller, { ...facts, requestId: 'r' }, { action: 's3:GetObject', resource: '*' })
  assert.equal(verdict.allowed, false)
})

eachEngine((engine) => {
  const denial = (requestId: string, at: number) => ({ requestId, trace: `"${at}"`, at, expiresAt: at + 10 })

  test('the denials of a request are kept in their order, eight at most, until they expire', async () => {
    const db = await engine.open()
    for (let at = 1; at <= 10; at += 1) await insertDenial(db, account, denial('a', at))
    await insertDenial(db, account, denial('b', 5))
    assert.deepEqual(await readDenials(db, account, 'a', 5), ['"1"', '"2"', '"3"', '"4"', '"5"', '"6"', '"7"', '"8"'])
    assert.deepEqual(await readDenials(db, account, 'a', 17), ['"8"'])
    assert.deepEqual(await readDenials(db, account, 'c', 5), [])
  })

  test('only the newest are kept', async () => {
    const db = await engine.open()
    for (let at = 1; at <= 10; at += 1) await insertDenial(db, account, denial(`r${at}`, at))
    assert.equal(await trimDenials(db, account, 3), 6)
    assert.deepEqual(await readDenials(db, account, 'r3', 5), [])
    assert.deepEqual(await readDenials(db, account, 'r10', 5), ['"10"'])
  })
})
