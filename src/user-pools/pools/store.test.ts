import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { createSeal } from '../../protocols/seal.ts'
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import { printDdl } from '../../store/dialect.ts'
import { literal } from '../../store/guard.ts'
import { completeClient } from '../clients/settings.ts'
import * as clients from '../clients/store.ts'
import * as groups from '../groups/store.ts'
import { estimateUsers } from './estimate.ts'
import { removeDeletedPools, startRemoval } from './removal.ts'
import { newSchema } from './schema-rules.ts'
import { completeSettings } from './settings.ts'
import * as store from './store.ts'

const seal = createSeal(randomBytes(32))

const makePool = (db: Db, id: string, region = 'us-east-1') =>
  store.insertPool(db, {
    id,
    region,
    name: id,
    settings: completeSettings({}),
    own: newSchema([{ Name: 'tenant', AttributeDataType: 'String' }]),
    createdAt: 1000,
  })

const makeUser = (db: Db, poolId: string, sub: string) =>
  db.run(sql`
    insert into users (pool_id, sub, username, status, enabled, attributes, created_at, modified_at)
    values (${poolId}, ${sub}, ${sub}, 'CONFIRMED', 1, '{}', 1, 1)`)

const makeClient = (db: Db, poolId: string, id: string, secrets: string[] = []) =>
  clients.insertClient(db, seal, {
    poolId,
    id,
    name: id,
    settings: completeClient({ ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] }),
    secrets,
    createdAt: 1,
    modifiedAt: 1,
  })

const makeGroup = (db: Db, poolId: string, name: string, precedence?: number) =>
  groups.insertGroup(db, {
    poolId,
    name,
    precedence,
    description: undefined,
    roleArn: undefined,
    createdAt: 1,
    modifiedAt: 1,
  })

eachEngine((engine) => {
  test('a pool reads as it was written, with its schema', async () => {
    const db = await engine.open()
    assert.equal(await makePool(db, 'us-east-1_a'), true)
    const pool = await store.readPool(db, 'us-east-1_a')
    assert.equal(pool?.schema.at(-1)?.Name, 'custom:tenant')
    assert.deepEqual(pool?.settings, completeSettings({}))
    assert.deepEqual([pool?.createdAt, pool?.modifiedAt], [1000, 1000])
  })

  test('an id belongs to the pool that had it first', async () => {
    const db = await engine.open()
    await makePool(db, 'us-east-1_a')
    assert.equal(await makePool(db, 'us-east-1_a', 'eu-west-1'), false)
    assert.equal((await store.readPool(db, 'us-east-1_a'))?.region, 'us-east-1')
  })

  test('what everyone shares cannot be changed by anyone', async () => {
    const db = await engine.open()
    await makePool(db, 'us-east-1_a')
    const pool = await store.readPool(db, 'us-east-1_a')
    assert.throws(() => Object.assign(pool?.settings.Policies.PasswordPolicy ?? {}, { MinimumLength: 1 }), TypeError)
    assert.throws(() => Object.assign(pool?.schema.at(-1) ?? {}, { Mutable: false }), TypeError)
  })

  test('pools are listed by region, in the order of their ids, without deleted ones', async () => {
    const db = await engine.open()
    for (const id of ['us-east-1_c', 'us-east-1_B', 'us-east-1_a']) await makePool(db, id)
    await makePool(db, 'eu-west-1_z', 'eu-west-1')
    await store.markDeleted(db, 'us-east-1_a', 2000, () => {})
    const ids = (await store.readPools(db, 'us-east-1', '', 10)).map(({ id }) => id)
    assert.deepEqual(ids, ['us-east-1_B', 'us-east-1_c'])
    assert.deepEqual(
      (await store.readPools(db, 'us-east-1', 'us-east-1_B', 1)).map(({ id }) => id),
      ['us-east-1_c'],
    )
  })

  test('changes made at once are all kept', async () => {
    const db = await engine.open()
    await makePool(db, 'us-east-1_a')
    await Promise.all(
      ['x', 'y', 'z'].map((name, index) =>
        store.changePool(db, 'us-east-1_a', 2000 + index, (_, own) => ({
          own: [...own, ...newSchema([{ Name: name, AttributeDataType: 'String' }])],
        })),
      ),
    )
    const names = (await store.readPool(db, 'us-east-1_a'))?.schema
      .map(({ Name }) => Name)
      .slice(-4)
      .sort()
    assert.deepEqual(names, ['custom:tenant', 'custom:x', 'custom:y', 'custom:z'])
  })

  test('a refused change or deletion changes nothing', async () => {
    const db = await engine.open()
    await makePool(db, 'us-east-1_a')
    const refuse = () => {
      throw new Error('refused')
    }
    await assert.rejects(store.changePool(db, 'us-east-1_a', 2000, refuse), /refused/)
    await assert.rejects(store.markDeleted(db, 'us-east-1_a', 2000, refuse), /refused/)
    assert.equal((await store.readPool(db, 'us-east-1_a'))?.modifiedAt, 1000)
  })

  test('a deleted pool is gone at once, and so are its clients', async () => {
    const db = await engine.open()
    await makePool(db, 'us-east-1_a')
    await makeClient(db, 'us-east-1_a', 'client')
    assert.ok(await clients.readClientAndPool(db, seal, 'client'))
    assert.equal(await store.markDeleted(db, 'us-east-1_a', 2000, () => {}), true)
    assert.equal(await store.readPool(db, 'us-east-1_a'), undefined)
    assert.equal(await clients.readClientAndPool(db, seal, 'client'), undefined)
    assert.equal(await store.markDeleted(db, 'us-east-1_a', 2000, () => {}), false)
    assert.equal(await makeClient(db, 'us-east-1_a', 'late'), undefined)
    assert.equal(await store.changePool(db, 'us-east-1_a', 3000, () => ({})), false)
  })

  test('the rows of a deleted pool are removed in batches, and those of others are not', async () => {
    const db = await engine.open()
    for (const id of ['us-east-1_a', 'us-east-1_b']) {
      await makePool(db, id)
      await makeClient(db, id, `client-${id}`)
      await makeGroup(db, id, 'g')
      for (let user = 0; user < 205; user++) await makeUser(db, id, `${user}`)
      await groups.addMember(db, id, 'g', { sub: '7', now: 1 })
    }
    await store.markDeleted(db, 'us-east-1_a', 2000, () => {})

    // A crash after two batches, then another start.
    let batches = 0
    const crash = async () => {
      if (++batches === 2) throw new Error('crash')
    }
    await assert.rejects(removeDeletedPools(db, crash), /crash/)
    const left = Number(
      (await db.get<{ n: number }>(sql`select count(*) as n from users where pool_id = 'us-east-1_a'`))?.n,
    )
    assert.ok(left > 0 && left < 205, `${left} users are left`)
    assert.equal(await removeDeletedPools(db), 1)

    const counts = []
    for (const table of ['users', 'clients', 'groups', 'memberships']) {
      const rows = await db.all<{ pool_id: string; n: number }>({
        pieces: [`select pool_id, count(*) as n from ${table} group by pool_id`],
        values: [],
      })
      counts.push([table, rows.map((row) => [row.pool_id, Number(row.n)])])
    }
    assert.deepEqual(counts, [
      ['users', [['us-east-1_b', 205]]],
      ['clients', [['us-east-1_b', 1]]],
      ['groups', [['us-east-1_b', 1]]],
      ['memberships', [['us-east-1_b', 1]]],
    ])
    assert.equal(await makePool(db, 'us-east-1_a'), true, 'the id is free again')
    assert.equal(await removeDeletedPools(db), 0)
  })

  test('a pool that cannot be removed is told of, and the others are removed', async () => {
    const db = await engine.open()
    const ids = Array.from({ length: 12 }, (_, index) => `us-east-1_${String.fromCharCode(97 + index)}`)
    for (const [index, id] of ids.entries()) {
      await makePool(db, id)
      await store.markDeleted(db, id, 2000 + index, () => {})
    }
    await db.run(
      literal(
        printDdl(
          engine.name === 'SQLite' ? 'sqlite' : 'postgres',
          'create table holds (id text references pools (id))',
        ),
      ),
    )
    await db.run(sql`insert into holds (id) values ('us-east-1_a'), ('us-east-1_c')`)
    const failed: string[] = []
    assert.equal(await removeDeletedPools(db, undefined, (id) => void failed.push(id)), 10)
    assert.deepEqual(failed, ['us-east-1_a', 'us-east-1_c'])
  })

  test('users are counted pool by pool', async () => {
    const db = await engine.open()
    await makePool(db, 'us-east-1_a')
    await makePool(db, 'us-east-1_b')
    for (const sub of ['1', '2', '3']) await makeUser(db, 'us-east-1_a', sub)
    const world = { db, now: () => 0 }
    assert.deepEqual([await estimateUsers(world, 'us-east-1_a'), await estimateUsers(world, 'us-east-1_b')], [3, 0])
  })

  test('many users are counted once in ten minutes', async () => {
    const db = await engine.open()
    await makePool(db, 'us-east-1_a')
    const addUsers = (from: number, to: number) =>
      db.run(sql`
        with recursive numbers (n) as (
          select cast(${from} as integer) union all select n + 1 from numbers where n < cast(${to} as integer))
        insert into users (pool_id, sub, username, status, enabled, attributes, created_at, modified_at)
        select 'us-east-1_a', cast(n as text), cast(n as text), 'CONFIRMED', 1, '{}', 1, 1 from numbers`)
    let now = 0
    const estimate = () => estimateUsers({ db, now: () => now }, 'us-east-1_a')
    await addUsers(1, 20_001)
    assert.equal(await estimate(), 20_001)
    await addUsers(20_002, 20_010)
    assert.equal(await estimate(), 20_001)
    now += 10 * 60_000
    assert.equal(await estimate(), 20_010)
  })

  test('removal runs beside the server until it is stopped', async () => {
    const db = await engine.open()
    await makePool(db, 'us-east-1_a')
    await makeUser(db, 'us-east-1_a', 'ann')
    await store.markDeleted(db, 'us-east-1_a', 2000, () => {})
    const removed = new Promise<object>((resolve) => {
      const log = { info: resolve, warn: resolve } as unknown as Parameters<typeof startRemoval>[1]
      const removal = startRemoval(db, log)
      after(() => removal.stop())
    })
    assert.deepEqual(await removed, { removed: 1 })
    assert.deepEqual(await store.readDeleted(db, 1), [])
  })
})
