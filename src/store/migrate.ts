/** Brings a database to the shape this code expects: each file of `migrations/`, once, in the order of their names. */
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import type { Database, Db } from './db.ts'
import { sql } from './db.ts'
import { printDdl } from './dialect.ts'
import { literal } from './guard.ts'

export type Migration = { readonly name: string; readonly statements: readonly string[] }

const folder = new URL('./migrations/', import.meta.url)

/** The migrations of this code, in order. */
export async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((file) => /^\d{4}-[a-z0-9-]+\.ts$/.test(file)).sort()
  return Promise.all(
    names.map(async (file) => {
      const { statements }: { statements: readonly string[] } = await import(new URL(file, folder).href)
      return { name: file.slice(0, -'.ts'.length), statements }
    }),
  )
}

/** Applies what is missing; refuses a database whose migrations are not this code's. Several nodes may do it at once. */
export async function migrate(database: Database, migrations?: readonly Migration[]): Promise<void> {
  const wanted = migrations ?? (await readMigrations())
  await database.transaction(async (db) => {
    await takeTurn(database, db)
    await db.run(literal(printDdl(database.engine, migrationsTable)))
    refuseForeign(await readApplied(db), wanted)
  })
  for (const migration of wanted) {
    await database.transaction(async (db) => {
      await takeTurn(database, db)
      const applied = await readApplied(db)
      refuseForeign(applied, wanted)
      if (applied.some(({ name }) => name === migration.name)) return
      for (const statement of migration.statements) await db.run(literal(printDdl(database.engine, statement)))
      await db.run(sql`insert into migrations (name, checksum) values (${migration.name}, ${checksum(migration)})`)
    })
  }
}

const migrationsTable = 'create table if not exists migrations (name text primary key, checksum text not null)'

type Applied = { name: string; checksum: string }

const readApplied = (db: Db) => db.all<Applied>(sql`select name, checksum from migrations order by name`)

/** Any number, the same for every node: the key of the advisory lock under which they take turns. */
const turn = 7_264_011_843

/** On PostgreSQL nodes may start together. Read committed, so that after the wait we see what the other has done. */
async function takeTurn(database: Database, db: Db) {
  if (database.engine === 'sqlite') return
  await db.run(sql`set transaction isolation level read committed`)
  await db.run(sql`set local statement_timeout = 0`)
  await db.get(literal(`select pg_advisory_xact_lock(${turn})`))
}

function refuseForeign(applied: readonly Applied[], wanted: readonly Migration[]) {
  const known = new Map(wanted.map((migration) => [migration.name, migration]))
  const newest = wanted.at(-1)?.name ?? ''
  for (const { name, checksum: recorded } of applied) {
    const migration = known.get(name)
    if (!migration && name > newest) {
      throw new Error(`The database is newer than this program: it has the migration ${name}. Start a newer version.`)
    }
    if (!migration) throw new Error(`The database has the migration ${name}, which this program lacks.`)
    if (checksum(migration) !== recorded) {
      throw new Error(`The migration ${name} was changed after it had been applied to this database.`)
    }
  }
}

const checksum = ({ statements }: Migration) => createHash('sha256').update(JSON.stringify(statements)).digest('hex')
