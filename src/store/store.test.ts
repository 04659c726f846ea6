/** The port's contract, on every engine; and what only one engine promises. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import pino from 'pino'
import { eachEngine } from '../../test/support/databases.ts'
import type { Database, Value } from './db.ts'
import { list, sql } from './db.ts'
import { printDdl } from './dialect.ts'
import { StoreError } from './errors.ts'
import { lockFolder } from './folder-lock.ts'
import { literal } from './guard.ts'
import { migrate, readMigrations } from './migrate.ts'
import { readSetting, writeSettingOnce } from './settings.ts'
import { openSqlite } from './sqlite.ts'
import { startSweeper, sweep } from './sweep.ts'
import { openLog } from './write-ahead-log.ts'

const things = `create table things (
  pool text not null, name text not null, size bigint, body blob, primary key (pool, name)
)`

type Thing = { pool: string; name: string; size: number | null; body: Buffer | null }

async function makeThings(database: Database): Promise<Database> {
  await database.run(literal(printDdl(database.engine, things)))
  return database
}

const insert = (name: string, size: Value = null, body: Value = null) =>
  sql`insert into things (pool, name, size, body) values (${'p'}, ${name}, ${size}, ${body})`

const failsAs = (kind: StoreError['kind']) => (error: unknown) => error instanceof StoreError && error.kind === kind

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-store-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

eachEngine(({ name, open }) => {
  test('values come back as they were given', async () => {
    const db = await makeThings(await open())
    const bytes = Buffer.from([0, 255, 1, 39, 92])
    const values: [string, Value, Value][] = [
      ['naïve 名前 👩‍👩‍👧 \' " \\ $1 ?', 0, bytes],
      ['largest', Number.MAX_SAFE_INTEGER, new Uint8Array()],
      ['smallest', Number.MIN_SAFE_INTEGER, null],
      ['', null, null],
    ]
    for (const [name, size, body] of values) {
      await db.run(insert(name, size, body))
      const row = await db.get<Thing>(sql`select * from things where pool = ${'p'} and name = ${name}`)
      const wanted = body instanceof Uint8Array ? Buffer.from(body) : body
      assert.deepStrictEqual(row, { pool: 'p', name, size, body: wanted })
    }
    assert.equal(await db.get(sql`select * from things where name = ${'absent'}`), undefined)
    assert.deepStrictEqual(await db.get(sql`select count(*) as rows, sum(size) as sum from things`), {
      rows: 4,
      sum: 0,
    })
  })

  test('a number stored as text has no decimals, and a boolean is 0 or 1', async () => {
    const db = await makeThings(await open())
    await db.run(sql`insert into things (pool, name, size) values (${'p'}, ${5}, ${true})`)
    assert.deepStrictEqual(await db.get(sql`select name, size from things`), { name: '5', size: 1 })
  })

  test('a text holding U+0000 is refused', async () => {
    const db = await makeThings(await open())
    await assert.rejects(db.run(insert('a\0b')), failsAs('statement'))
    assert.deepStrictEqual(await db.all(sql`select * from things`), [])
  })

  test('an integer beyond 2^53 is refused rather than rounded', async () => {
    const db = await makeThings(await open())
    await db.run(literal(`insert into things (pool, name, size) values ('p', 'a', 9007199254740993)`))
    await assert.rejects(db.get(sql`select size from things`), failsAs('statement'))
    assert.deepStrictEqual(await db.get(sql`select name from things`), { name: 'a' })
  })

  test('texts are ordered by their bytes', async () => {
    const db = await makeThings(await open())
    const names = ['b', 'a', 'B', 'A', '_', '-', 'ä', 'z', 'é', 'Z', '10', '9', 'a b', 'ab', '😀', '\uffee']
    for (const name of names) await db.run(insert(name))
    const rows = await db.all<Thing>(sql`select name from things order by name`)
    const byBytes = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
    assert.deepStrictEqual(
      rows.map((row) => row.name),
      byBytes,
    )
  })

  test('an insert that meets a conflict returns nothing, and changes nothing', async () => {
    const db = await makeThings(await open())
    const claim = (size: number) => sql`${insert('a', size)} on conflict do nothing returning name, size`
    assert.deepStrictEqual(await db.get(claim(1)), { name: 'a', size: 1 })
    assert.equal(await db.get(claim(2)), undefined)
    assert.deepStrictEqual(await db.all(sql`select size from things`), [{ size: 1 }])
  })

  test('run answers how many rows were changed', async () => {
    const db = await makeThings(await open())
    for (const name of ['a', 'b', 'c']) assert.equal(await db.run(insert(name, 1)), 1)
    assert.equal(await db.run(sql`update things set size = 2 where name in (${list(['a', 'b', 'x'])})`), 2)
    assert.equal(await db.run(sql`delete from things where size = ${3}`), 0)
    assert.equal(await db.run(sql`delete from things`), 3)
  })

  test('pages by row value visit every row once', async () => {
    const db = await makeThings(await open())
    const wanted = times(25, (index) => ({ size: index % 4, name: `n${String(index).padStart(2, '0')}` }))
    for (const { name, size } of wanted) await db.run(insert(name, size))
    const seen: { size: number; name: string }[] = []
    for (let last = { size: -1, name: '' }; ; ) {
      const page = await db.all<typeof last>(
        sql`select size, name from things where (size, name) > (${last.size}, ${last.name}) order by size, name limit ${7}`,
      )
      seen.push(...page)
      if (page.length < 7) break
      last = page.at(-1)!
    }
    assert.deepStrictEqual(
      seen,
      wanted.toSorted((a, b) => a.size - b.size || (a.name < b.name ? -1 : 1)),
    )
  })

  test('a transaction that throws leaves nothing behind, and its error reaches the caller', async () => {
    const db = await makeThings(await open())
    const refusal = new Error('no')
    const attempt = db.transaction(async (inside) => {
      await inside.run(insert('a'))
      assert.equal((await inside.all(sql`select * from things`)).length, 1)
      throw refusal
    })
    await assert.rejects(attempt, (error) => error === refusal)
    assert.deepStrictEqual(await db.all(sql`select * from things`), [])
    assert.equal(await db.transaction(async (inside) => inside.run(insert('a'))), 1)
  })

  test('what a transaction has not committed is not seen outside', async () => {
    const db = await makeThings(await open())
    const written = Promise.withResolvers<void>()
    const mayEnd = Promise.withResolvers<void>()
    const transaction = db.transaction(async (inside) => {
      await inside.run(insert('a', 1))
      written.resolve()
      await mayEnd.promise
      await inside.run(sql`update things set size = 2`)
    })
    await written.promise
    const outside = db.all<Thing>(sql`select size from things`)
    mayEnd.resolve()
    await transaction
    const seen = await outside
    assert.ok(seen.length === 0 || seen[0]?.size === 2)
    assert.deepStrictEqual(await db.all(sql`select size from things`), [{ size: 2 }])
  })

  test('concurrent transactions that count lose no update', async () => {
    const db = await makeThings(await open())
    await db.run(insert('counter', 0))
    const count = () =>
      db.transaction(async (inside) => {
        const row = await inside.get<{ size: number }>(sql`select size from things where name = ${'counter'}`)
        await new Promise(setImmediate)
        await inside.run(sql`update things set size = ${row!.size + 1} where name = ${'counter'}`)
      })
    await Promise.all(times(40, count))
    assert.deepStrictEqual(await db.get(sql`select size from things`), { size: 40 })
  })

  test('of transactions that read what the other writes, one goes first (no write skew)', async () => {
    const db = await makeThings(await open())
    // Each may leave only while the other stays.
    await db.run(insert('a', 1))
    await db.run(insert('b', 1))
    const leave = (name: string) =>
      db.transaction(async (inside) => {
        const row = await inside.get<{ present: number }>(sql`select sum(size) as present from things`)
        await new Promise(setImmediate)
        if (row!.present > 1) await inside.run(sql`update things set size = 0 where name = ${name}`)
      })
    await Promise.all([leave('a'), leave('b')])
    assert.deepStrictEqual(await db.get(sql`select sum(size) as present from things`), { present: 1 })
  })

  test('of fifty parallel takers of a one-time thing exactly one gets it', async () => {
    const db = await makeThings(await open())
    await db.run(insert('code', 0))
    const take = () => db.get(sql`update things set size = 1 where name = ${'code'} and size = 0 returning name`)
    const takers = await Promise.all(times(50, take))
    assert.deepStrictEqual(takers.filter(Boolean), [{ name: 'code' }])
    const remove = () => db.get(sql`delete from things where name = ${'code'} returning name`)
    assert.deepStrictEqual((await Promise.all(times(50, remove))).filter(Boolean), [{ name: 'code' }])
  })

  test('a failed write does not fail those made at the same time', async () => {
    const db = await makeThings(await open())
    const refusal = new Error('no')
    const outcomes = await Promise.allSettled([
      db.run(insert('a')),
      db.run(insert('a')),
      db.transaction(async (inside) => {
        await inside.run(insert('b'))
        throw refusal
      }),
      db.run(literal('insert into nowhere (a) values (1)')),
      db.transaction((inside) => inside.run(insert('c'))),
      db.run(insert('d')),
    ])
    const rows = await db.all<Thing>(sql`select name from things order by name`)
    assert.deepStrictEqual(rows, [{ name: 'a' }, { name: 'c' }, { name: 'd' }])
    const states = outcomes.map(({ status }) => status)
    assert.deepStrictEqual(states.slice(0, 2).toSorted(), ['fulfilled', 'rejected'])
    assert.deepStrictEqual(states.slice(2), ['rejected', 'rejected', 'fulfilled', 'fulfilled'])
  })

  test('a statement fails in the words of the port, without its values', async () => {
    const db = await makeThings(await open())
    await db.run(insert('hidden-value', 1))
    await assert.rejects(db.run(insert('hidden-value', 2)), (error) => {
      assert.ok(error instanceof StoreError)
      assert.equal(error.kind, 'constraint')
      assert.doesNotMatch(`${error.stack} ${JSON.stringify(error)}`, /hidden-value/)
      return true
    })
    await assert.rejects(db.run(literal('insert intox')), failsAs('statement'))
    assert.deepStrictEqual(await db.all(sql`select size from things`), [{ size: 1 }])
  })

  test('a transaction that swallows a failed statement is not committed', async () => {
    const db = await makeThings(await open())
    const attempt = db.transaction(async (inside) => {
      await inside.run(insert('a'))
      await inside.run(insert('a')).catch(() => {})
    })
    await assert.rejects(attempt, failsAs('constraint'))
    assert.deepStrictEqual(await db.all(sql`select * from things`), [])
  })

  test('a transaction inside a transaction may fail alone, and is undone with the outer one', async () => {
    const db = await makeThings(await open())
    await db.transaction(async (outer) => {
      await outer.run(insert('a'))
      const inner = outer.transaction(async (inside) => {
        await inside.run(insert('b'))
        await inside.run(insert('a'))
      })
      await assert.rejects(inner, failsAs('constraint'))
      await outer.transaction((inside) => inside.run(insert('c')))
    })
    const undone = db.transaction(async (outer) => {
      await outer.transaction((inside) => inside.run(insert('d')))
      throw new Error('no')
    })
    await assert.rejects(undone, /no/)
    assert.deepStrictEqual(await db.all(sql`select name from things order by name`), [{ name: 'a' }, { name: 'c' }])
  })

  test('the outer database is refused inside a transaction, and the ended one after it', async () => {
    const db = await makeThings(await open())
    await db.transaction(async (inside) => {
      for (const used of [
        () => db.all(sql`select 1`),
        () => db.get(sql`select 1`),
        () => db.run(insert('a')),
        () => db.transaction(async () => {}),
      ]) {
        await assert.rejects(used(), failsAs('misuse'))
      }
      await inside.run(insert('b'))
    })
    const ended = await db.transaction(async (inside) => ({ inside }))
    await assert.rejects(ended.inside.run(insert('c')), failsAs('misuse'))
    const later = await db.transaction(async () => ({ use: new Promise(setImmediate).then(() => db.run(insert('d'))) }))
    assert.equal(await later.use, 1)
    assert.deepStrictEqual(await db.all(sql`select name from things order by name`), [{ name: 'b' }, { name: 'd' }])
  })

  test('migrations are applied once, and nodes that start together do not collide', async () => {
    const db = await open()
    const extra = { name: '9000-extra', statements: ['create table extra (name text primary key)'] }
    const wanted = [...(await readMigrations()), extra]
    await Promise.all(times(3, () => migrate(db, wanted)))
    await migrate(db, wanted)
    const names = await db.all<{ name: string }>(sql`select name from migrations order by name`)
    assert.deepStrictEqual(
      names.map(({ name }) => name),
      wanted.map(({ name }) => name),
    )
  })

  test('a changed migration, one this program lacks, and a newer database are refused', async () => {
    const db = await open()
    const ground = await readMigrations()
    const one = { name: '9001-one', statements: ['create table one (name text primary key)'] }
    const two = { name: '9002-two', statements: ['create table two (name text primary key)'] }
    await migrate(db, [...ground, one, two])
    await assert.rejects(migrate(db, [...ground, { ...one, statements: [] }, two]), /9001-one was changed/)
    await assert.rejects(migrate(db, [...ground, two]), /has the migration 9001-one, which this program lacks/)
    await assert.rejects(migrate(db, [...ground, one]), /newer than this program.*9002-two/)
  })

  test('a migration that fails leaves nothing of itself', async () => {
    const db = await open()
    const ground = await readMigrations()
    const broken = { name: '9003-broken', statements: ['create table half (name text primary key)', 'create tabel x'] }
    await assert.rejects(migrate(db, [...ground, broken]), failsAs('statement'))
    const repaired = { ...broken, statements: broken.statements.slice(0, 1) }
    await migrate(db, [...ground, repaired])
    assert.equal((await db.all(sql`select * from half`)).length, 0)
  })

  test('a setting is written once, and every writer learns the same value', async () => {
    const db = await open()
    assert.equal(await readSetting(db, 'instance'), undefined)
    const answers = await Promise.all(times(10, (index) => writeSettingOnce(db, 'instance', `i${index}`)))
    assert.equal(new Set(answers).size, 1)
    assert.equal(await readSetting(db, 'instance'), answers[0])
  })

  test('a sweep deletes what has expired in batches, and nothing else', async () => {
    const db = await makeThings(await open())
    await db.transaction(async (inside) => {
      for (let index = 0; index < 1_203; index += 1) await inside.run(insert(`old${index}`, index % 100))
      await inside.run(insert('now', 100))
      await inside.run(insert('later', 101))
      await inside.run(insert('never', null))
    })
    const rules = [{ table: 'things', column: 'size' }]
    let pauses = 0
    const between = async () => (pauses += 1)
    const swept = await Promise.all([sweep(db, 100, rules, between), sweep(db, 100, rules, between)])
    assert.equal(swept[0] + swept[1], 1_204)
    assert.ok(pauses >= 2)
    assert.deepStrictEqual(await db.all(sql`select name from things order by name`), [
      { name: 'later' },
      { name: 'never' },
    ])
    await assert.rejects(sweep(db, 100, [{ table: 'things; drop table things', column: 'size' }]), TypeError)
  })

  test('a table that cannot be swept is told of, and the others are swept', async () => {
    const db = await makeThings(await open())
    await db.run(insert('old', 1))
    const rules = ['absent', 'things'].map((table) => ({ table, column: 'size' }))
    await assert.rejects(sweep(db, 100, rules), failsAs('statement'))
    const failed: string[] = []
    assert.equal(await sweep(db, 100, rules, undefined, ({ table }) => void failed.push(table)), 1)
    assert.deepStrictEqual(failed, ['absent'])
  })

  test('a sweeper that waits stops when told', async () => {
    const db = await makeThings(await open())
    const sweeper = startSweeper(db, () => 0, pino({ enabled: false }), [{ table: 'things', column: 'size' }])
    await sweeper.stop()
  })

  if (name === 'PostgreSQL') {
    test('a lost connection is said clearly, and the next statement gets a new one', async () => {
      const db = await makeThings(await open())
      const lost = db.transaction(async (inside) => {
        await inside.run(insert('a'))
        await inside.get(sql`select pg_terminate_backend(pg_backend_pid())`)
      })
      await assert.rejects(lost, failsAs('unavailable'))
      await Promise.all(times(5, (index) => db.run(insert(`b${index}`))))
      await db.all(sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`)
      const outcomes = await Promise.allSettled(times(10, () => db.all(sql`select name from things`)))
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') assert.ok(failsAs('unavailable')(outcome.reason))
      }
      assert.equal((await db.all(sql`select name from things`)).length, 5)
    })

    test('a statement prepared before a migration is answered after it', async () => {
      const db = await makeThings(await open())
      await db.run(insert('a', 1))
      const ask = () => db.get<Thing>(sql`select * from things where name = ${'a'}`)
      await Promise.all(times(3, ask))
      for (const _ of [1, 2, 3]) await ask()
      await db.run(literal('alter table things add column extra bigint'))
      assert.deepStrictEqual(await ask(), { pool: 'p', name: 'a', size: 1, body: null, extra: null })
      assert.deepStrictEqual(await db.transaction((inside) => inside.get(sql`select extra from things`)), {
        extra: null,
      })
    })
  }

  test('a closed database is refused, and closing lets what was begun finish', async () => {
    const db = await makeThings(await open())
    await db.ready()
    const begun = db.run(insert('a'))
    await db.close()
    assert.equal(await begun, 1)
    await assert.rejects(db.get(sql`select 1`), failsAs('unavailable'))
    await assert.rejects(db.ready(), failsAs('unavailable'))
  })
})

/** Starts a program of ours; `lines` are what it prints. */
function start(t: TestContext, program: string, argument: string) {
  const path = join(import.meta.dirname, '../../test/support', program)
  const child: ChildProcess = spawn(process.execPath, [path, argument], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  return { child, lines: createInterface({ input: child.stdout! }) }
}

async function killed(child: ChildProcess) {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

test('a SQLite database whose process is killed keeps every acknowledged row', async (t) => {
  const file = join(temporaryFolder(t), 'poolhouse.db')
  const { child, lines } = start(t, 'write-loop.ts', file)
  const acknowledged: number[] = []
  for await (const line of lines) {
    acknowledged.push(Number(line))
    if (acknowledged.length === 500) child.kill('SIGKILL')
  }
  assert.ok(acknowledged.length >= 500)
  const db = await openSqlite(file)
  t.after(() => db.close())
  const rows = await db.all<{ number: number }>(sql`select number from acknowledged`)
  const kept = new Set(rows.map(({ number }) => number))
  assert.deepStrictEqual(
    acknowledged.filter((number) => !kept.has(number)),
    [],
  )
  assert.deepStrictEqual(await db.all(literal('pragma integrity_check')), [{ integrity_check: 'ok' }])
})

test('nobody is told of a write to SQLite before its log is on disk, while the next ones commit and share a flush', async (t) => {
  const flushes: PromiseWithResolvers<void>[] = []
  const flush = () => {
    const one = Promise.withResolvers<void>()
    flushes.push(one)
    return one.promise
  }
  const file = join(temporaryFolder(t), 'poolhouse.db')
  const db = await openSqlite(file, undefined, { flush, close: async () => {} })
  t.after(() => db.close())
  const told: string[] = []
  const write = (name: string) =>
    db.run(literal(`create table ${name} (a text)`)).then(
      () => told.push(name),
      () => told.push(`${name} refused`),
    )
  const seen = async (name: string) => {
    while (!(await db.get(sql`select name from sqlite_master where name = ${name}`))) await nextTurn()
  }
  const first = write('first')
  await seen('first')
  const second = write('second')
  await seen('second')
  assert.deepEqual(told, [])
  flushes[0]?.resolve()
  await first
  assert.deepEqual(told, ['first'])
  flushes[1]?.reject(new Error('EIO'))
  await second
  await write('third')
  assert.deepEqual(told, ['first', 'second refused', 'third refused'])
  assert.equal(flushes.length, 2)
  await assert.rejects(db.ready(), failsAs('unavailable'))
})

test('who flushes a log while it is being flushed shares the next flush, which sees all that was written before', async (t) => {
  const file = join(temporaryFolder(t), 'a.db')
  writeFileSync(`${file}-wal`, '')
  const log = openLog(file)
  const [first, second, third] = [log.flush(), log.flush(), log.flush()]
  assert.equal(first, second)
  await nextTurn()
  const [later, last] = [log.flush(), log.flush()]
  assert.notEqual(later, first)
  assert.equal(later, last)
  await Promise.all([first, second, third, later])
  await log.close()
  await assert.rejects(openLog(join(temporaryFolder(t), 'absent.db')).flush(), /ENOENT/)
})

test('a SQLite file is readable by its owner only', async (t) => {
  const file = join(temporaryFolder(t), 'poolhouse.db')
  const db = await openSqlite(file)
  t.after(() => db.close())
  await db.run(literal('create table a (b text)'))
  for (const made of [file, `${file}-wal`, `${file}-shm`]) assert.equal(statSync(made).mode & 0o077, 0)
})

test('a data folder held by a process is refused to others, and free once its holder is killed', async (t) => {
  const folder = temporaryFolder(t)
  const { child, lines } = start(t, 'hold-folder.ts', folder)
  await once(lines, 'line')
  await assert.rejects(lockFolder(folder), (error) => {
    assert.ok(error instanceof Error)
    assert.equal(error.message, `The data folder ${folder} is in use by another process (pid ${child.pid}).`)
    return true
  })
  await killed(child)
  assert.equal(readFileSync(join(folder, 'lock.pid'), 'utf8'), `${child.pid}\n`)
  const release = await lockFolder(folder)
  await assert.rejects(lockFolder(folder), new RegExp(`pid ${process.pid}`))
  release()
  release()
})

test('the pid of a running process in a stale file does not keep a folder locked', async (t) => {
  const folder = temporaryFolder(t)
  const release = await lockFolder(folder)
  release()
  writeFileSync(join(folder, 'lock.pid'), `${process.ppid}\n`)
  const again = await lockFolder(folder)
  again()
})

test('the words for types are printed for PostgreSQL, except inside quotes', () => {
  const ddl = `create table a (b text default 'text', "text" blob, context text)`
  assert.equal(printDdl('sqlite', ddl), ddl)
  assert.equal(
    printDdl('pglite', ddl),
    `create table a (b text collate "C" default 'text', "text" bytea, context text collate "C")`,
  )
})
