/** Store: point reads and committed writes per second, alone and with many callers at once. `node bench/store.ts [postgres url]` */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Database } from '../src/store/db.ts'
import { sql } from '../src/store/db.ts'
import { printDdl } from '../src/store/dialect.ts'
import { literal } from '../src/store/guard.ts'
import { openPostgres } from '../src/store/postgres.ts'
import { openSqlite } from '../src/store/sqlite.ts'
import { rate as meter, type Rate } from './meter.ts'

const seconds = 2
const rows = 10_000
const table = 'create table bench_rows (pool text, name text, document text not null, primary key (pool, name))'
const document = JSON.stringify({ filler: 'x'.repeat(400) })

const insert = (name: string) =>
  sql`insert into bench_rows (pool, name, document) values (${'bench'}, ${name}, ${document})`

/** How often per second the work is done by so many callers, each beginning anew when it is done. */
async function rate(callers: number, work: (turn: number) => Promise<unknown>): Promise<number> {
  let done = 0
  const started = performance.now()
  const until = started + seconds * 1_000
  const call = async () => {
    while (performance.now() < until) {
      await work(done)
      done += 1
    }
  }
  await Promise.all(Array.from({ length: callers }, call))
  return Math.round(done / ((performance.now() - started) / 1_000))
}

/** Committed inserts by sixteen callers at once: the ceiling of everything that must be on disk before it is answered. */
export async function commits(database: Database, ms: number): Promise<Rate> {
  await database.run(literal('drop table if exists bench_rows'))
  await database.run(literal(printDdl(database.engine, table)))
  const result = await meter(ms, 16, (turn) => database.run(insert(`m${turn}`)))
  await database.run(literal('drop table bench_rows'))
  await database.close()
  return result
}

async function measure(database: Database) {
  await database.run(literal('drop table if exists bench_rows'))
  await database.run(literal(printDdl(database.engine, table)))
  await database.transaction(async (db) => {
    for (let index = 0; index < rows; index += 1) await db.run(insert(`n${index}`))
  })
  let made = 0
  const read = (turn: number) =>
    database.get(sql`select * from bench_rows where pool = ${'bench'} and name = ${`n${(turn * 7_919) % rows}`}`)
  const write = () => database.run(insert(`m${made++}`))
  const transact = () =>
    database.transaction(async (db) => {
      const name = `m${made++}`
      await db.run(insert(name))
      await db.run(sql`update bench_rows set document = ${'{}'} where pool = ${'bench'} and name = ${name}`)
    })
  for (const callers of [1, 8, 64]) {
    console.table({
      [`${database.engine}, ${callers} at once`]: {
        'point reads /s': await rate(callers, read),
        'committed inserts /s': await rate(callers, write),
        'transactions of two writes /s': await rate(callers, transact),
      },
    })
  }
  await database.run(literal('drop table bench_rows'))
  await database.close()
}

if (import.meta.main) {
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-bench-'))
  try {
    await measure(await openSqlite(join(folder, 'bench.db')))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  const url = process.argv[2]
  if (url) await measure(await openPostgres(url))
}
