import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { eachEngine } from '../../test/support/databases.ts'
import { until } from '../../test/support/until.ts'
import { type TestWorld, testWorld } from '../../test/support/world.ts'
import { sql } from '../store/db.ts'
import { literal } from '../store/guard.ts'
import { migrate, readMigrations } from '../store/migrate.ts'
import { insertJob, type Job, type Kind, startJobs, tryDue, type Verdict } from './queue.ts'

type Gate = { readonly opened: Promise<void>; open(): void }
function gate(): Gate {
  let open = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

/** A kind that notes whom it was given. */
const noting = (seen: string[], verdict: (job: Job) => Verdict | Promise<Verdict> = () => 'done'): Kind => ({
  ...{ name: 'test', what: 'A test', atOnce: 10, atOnceOfTarget: 3, longestTry: 60_000 },
  async attempt(_, job) {
    seen.push(job.id)
    return verdict(job)
  },
})

const add = (world: TestWorld, id: string, target = 't') =>
  insertJob(world.db, { id, kind: 'test', target, body: '{}', made: world.now() })

const count = async ({ db }: TestWorld) => (await db.get<{ n: number }>(sql`select count(*) as n from jobs`))?.n

eachEngine(({ open }) => {
  /** Several nodes on one database, each with a clock of its own. */
  async function nodes(t: TestContext, number: number): Promise<[TestWorld, ...TestWorld[]]> {
    const database = await open()
    const shared = { ...database, close: async () => {} }
    const worlds = await Promise.all(Array.from({ length: number }, () => testWorld({ database: shared })))
    t.after(() => Promise.all(worlds.map((world) => world.close())))
    return worlds as [TestWorld, ...TestWorld[]]
  }

  test('of nodes that look at once, each job is given to one', async (t) => {
    const [one, ...others] = await nodes(t, 4)
    const ids = Array.from({ length: 30 }, (_, index) => `j${index}`)
    for (const id of ids) await add(one, id)
    const seen: string[] = []
    for (let round = 0; round < 6; round++)
      await Promise.all([one, ...others].map((world) => tryDue(world, noting(seen))))
    assert.deepEqual(seen.sort(), ids.sort())
    assert.equal(await count(one), 0)
  })

  test('a job that is due later is tried then, and not before', async (t) => {
    const [world] = await nodes(t, 1)
    const made = world.now()
    await insertJob(world.db, { id: 'later', kind: 'test', target: 't', body: '{}', made, due: made + 7_200_000 })
    const seen: string[] = []
    world.clock.advance(3_600_000)
    assert.equal(await tryDue(world, noting(seen)), 0)
    world.clock.advance(3_600_000)
    assert.equal(await tryDue(world, noting(seen)), 1)
    assert.deepEqual(seen, ['later'])
  })

  test('a dead node’s job is another’s when its lease is over, not before; what the dead one says then is nothing', async (t) => {
    const [dead, other] = (await nodes(t, 2)) as [TestWorld, TestWorld]
    await add(dead, 'j')
    const revived = gate()
    const late = tryDue(
      dead,
      noting([], async () => {
        await revived.opened
        return { again: 0, failed: true, reason: 'late' }
      }),
    )
    const seen: string[] = []
    const running = gate()
    const slow = noting(seen, async () => {
      await running.opened
      return { again: other.now() + 1_000, failed: true, reason: 'no' }
    })
    await until(async () => (await dead.db.get<{ tries: number }>(sql`select tries from jobs`))?.tries === 1)
    other.clock.advance(60_000)
    assert.equal(await tryDue(other, slow), 0)
    other.clock.advance(16_000)
    const second = tryDue(other, slow)
    await until(() => seen.length === 1)
    revived.open()
    await late
    assert.equal(await tryDue(other, slow), 0, 'it was given away while somebody had it')
    running.open()
    await second
    assert.deepEqual(await dead.db.get(sql`select tries, failures, lease from jobs`), {
      ...{ tries: 2, failures: 1, lease: null },
    })
  })

  test('a node that stood still after it took a job does not begin with it', async (t) => {
    const [still, other] = (await nodes(t, 2)) as [TestWorld, TestWorld]
    await add(still, 'j')
    const seen: string[] = []
    const paused = { ...still, now: () => still.now() }
    let looks = 0
    // The clock jumps between taking and beginning.
    paused.now = () => still.now() + (looks++ === 0 ? 0 : 20_000)
    assert.equal(await tryDue(paused, noting(seen)), 1)
    assert.deepEqual(seen, [])
    other.clock.advance(76_000)
    assert.equal(await tryDue(other, noting(seen)), 1)
    assert.deepEqual(seen, ['j'])
  })

  test('a node tries so many at once and so many of a target: one that hangs holds up nobody else', async (t) => {
    const [world] = await nodes(t, 1)
    for (let index = 0; index < 20; index++) await add(world, `hangs${index}`, 'hanging')
    for (let index = 0; index < 20; index++) await add(world, `goes${index}`, 'going')
    const seen: string[] = []
    const held = gate()
    const kind = noting(seen, async ({ target }): Promise<Verdict> => {
      if (target === 'hanging') await held.opened
      return 'done'
    })
    const work = startJobs(world, kind, { look: 5 })
    t.after(() => work.stop())
    await until(() => seen.filter((id) => id.startsWith('goes')).length === 20)
    const hanging = seen.filter((id) => id.startsWith('hangs')).length
    assert.ok(hanging >= 3 && hanging < 6, `${hanging} of one target at once`)
    held.open()
    await until(() => seen.length === 40)
    await work.stop()
    assert.equal(await count(world), 0)
  })

  test('a try that an orderly stop cannot wait for has not failed, and is another’s when its lease is over', async (t) => {
    const [world, other] = (await nodes(t, 2)) as [TestWorld, TestWorld]
    await add(world, 'j')
    const seen: string[] = []
    const ended = gate()
    // As a function whose process ends with the program.
    const killed = () => ended.opened.then((): Verdict => ({ again: 0, failed: true, reason: 'killed' }))
    const work = startJobs(world, noting(seen, killed), { look: 5 })
    await until(() => seen.length === 1)
    await work.stop()
    ended.open()
    assert.equal(await tryDue(other, noting(seen)), 0)
    other.clock.advance(76_000)
    assert.deepEqual(await other.db.get(sql`select tries, failures from jobs`), { tries: 1, failures: 0 })
    assert.equal(await tryDue(other, noting(seen)), 1)
    assert.deepEqual(seen, ['j', 'j'])
  })

  test('an error of ours and an unreachable database end neither the queue nor the job', async (t) => {
    const [world] = await nodes(t, 1)
    await add(world, 'j')
    const seen: string[] = []
    let broken = true
    const db = {
      ...world.db,
      get: ((statement) =>
        broken ? Promise.reject(new Error('gone')) : world.db.get(statement)) as typeof world.db.get,
    }
    const work = startJobs(
      { ...world, db },
      noting(seen, () => {
        if (seen.length === 1) throw new Error('a bug')
        return 'done'
      }),
      { look: 5 },
    )
    await pause(30)
    broken = false
    await until(() => seen.length === 1)
    world.clock.advance(1_100)
    await until(() => seen.length === 2)
    await work.stop()
    assert.equal(await count(world), 0)
  })

  test('a job that fails by an error of ours a thousand times, or that no try outlives, is given up', async (t) => {
    const [world] = await nodes(t, 1)
    await add(world, 'poison')
    await world.db.run(sql`update jobs set tries = 999`)
    const seen: string[] = []
    const bug = noting(seen, () => {
      throw new Error('a bug')
    })
    assert.equal(await tryDue(world, bug), 1)
    assert.deepEqual([seen, await count(world)], [['poison'], 1])
    world.clock.advance(301_000)
    assert.equal(await tryDue(world, bug), 1)
    assert.deepEqual([seen, await count(world)], [['poison'], 0])
  })

  test('what waited in the tables of notifications and notices waits in the queue after the upgrade', async () => {
    const db = await open()
    await db.run(literal('drop table jobs'))
    const all = await readMigrations()
    await db.run(sql`delete from migrations where name = ${'0320-jobs'}`)
    const former = [
      'create table s3_events (id text primary key, target text, payload text, due bigint, made bigint, failures integer)',
      'create table logout_notices (pool_id text, id text, client_id text, sub text, sid text, attempts integer, next_at bigint, expires_at bigint)',
      `insert into s3_events values ('e', 'arn', '{"Records":[]}', 7, 5, 1)`,
      `insert into logout_notices values ('p', 'n', 'c', 's', 'b', 2, 9, 86400003), ('p', 'm', 'c', 's', null, 0, 9, 86400003)`,
    ]
    for (const statement of former) await db.run(literal(statement))
    await migrate(db, all)
    const rows = await db.all<Job & { due: number; kind: string }>(sql`
      select id, kind, target, body, made, due, tries, failures from jobs order by id`)
    assert.deepEqual(
      rows.map(({ body, ...row }) => ({ ...row, body: JSON.parse(body) })),
      [
        {
          id: 'e',
          kind: 's3-notification',
          target: 'arn',
          made: 5,
          due: 7,
          tries: 1,
          failures: 1,
          body: { Records: [] },
        },
        {
          ...{ id: 'm', kind: 'sign-out', target: 'c', made: 3, due: 9, tries: 0, failures: 0 },
          body: { poolId: 'p', clientId: 'c', sub: 's' },
        },
        {
          ...{ id: 'n', kind: 'sign-out', target: 'c', made: 3, due: 9, tries: 2, failures: 0 },
          body: { poolId: 'p', clientId: 'c', sub: 's', sid: 'b' },
        },
      ],
    )
  })
})
