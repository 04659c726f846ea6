/** The engines a store must run on, each test with a fresh, migrated database of its own. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, beforeEach, describe } from 'node:test'
import pg from 'pg'
import type { Database } from '../../src/store/db.ts'
import { migrate, readMigrations } from '../../src/store/migrate.ts'
import { openPostgres } from '../../src/store/postgres.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { closePglites, openPglite } from './pglite.ts'
import { startPostgres } from './postgres.ts'

export type Engine = {
  readonly name: 'SQLite' | 'PGlite' | 'PostgreSQL'
  /** A migrated database that nobody else uses. Opened in a test it is closed after it; opened in a hook, after the file. */
  open(): Promise<Database>
}

/** PGlite is the PostgreSQL that everybody has; beside the real one it proves little and takes minutes. */
const engines = process.env['POOLHOUSE_TEST_PGLITE']
  ? (['SQLite', 'PGlite', 'PostgreSQL'] as const)
  : (['SQLite', 'PostgreSQL'] as const)

/** Runs the body, which defines tests, once for each engine: SQLite and a real PostgreSQL, PGlite where it is asked for. */
export function eachEngine(body: (engine: Engine) => void): void {
  for (const name of engines) {
    describe(`on ${name}`, () => {
      let ofThisTest: Database[] | undefined
      beforeEach(() => {
        ofThisTest = []
      })
      afterEach(async () => {
        for (const database of ofThisTest ?? []) await database.close()
        ofThisTest = undefined
      })
      const open = async () => {
        const database = remember(await openers[name]())
        ofThisTest?.push(database)
        return database
      }
      body({ name, open })
    })
  }
}

const openers = { SQLite: openFreshSqlite, PGlite: openFreshPglite, PostgreSQL: openFreshPostgres }

const opened = new Set<Database>()
let ownServer: ReturnType<typeof startPostgres> | undefined

after(async () => {
  await Promise.all([...opened].map((database) => database.close()))
  await closePglites()
  await (await ownServer)?.stop()
})

function remember(database: Database): Database {
  const remembered: Database = {
    ...database,
    async close() {
      if (opened.delete(remembered)) await database.close()
    },
  }
  opened.add(remembered)
  return remembered
}

async function openFreshSqlite(): Promise<Database> {
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-sqlite-'))
  const database = await openSqlite(join(folder, 'poolhouse.db'))
  await migrate(database)
  return {
    ...database,
    async close() {
      await database.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function openFreshPglite(): Promise<Database> {
  const database = await openPglite()
  await migrate(database)
  return database
}

/** On the run's server; a file run alone starts its own. */
async function serverUrl(): Promise<string> {
  const shared = process.env['POOLHOUSE_TEST_POSTGRES']
  if (shared) return shared
  ownServer ??= startPostgres()
  return (await ownServer).url
}

/** A copy of a migrated template, which takes some milliseconds; the first to come makes the template. */
async function openFreshPostgres(): Promise<Database> {
  const url = await serverUrl()
  const template = await makeTemplate(url)
  const name = `test_${randomBytes(8).toString('hex')}`
  await asAdministrator(url, (client) => client.query(`create database ${name} template ${template}`))
  const database = await openPostgres(databaseUrl(url, name))
  return {
    ...database,
    async close() {
      await database.close()
      await asAdministrator(url, (client) => client.query(`drop database ${name} with (force)`))
    },
  }
}

async function makeTemplate(url: string): Promise<string> {
  const fingerprint = createHash('sha256')
    .update(JSON.stringify(await readMigrations()))
    .digest('hex')
  const name = `template_${fingerprint.slice(0, 16)}`
  await asAdministrator(url, async (client) => {
    await client.query('select pg_advisory_lock(1)')
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name])
    if (rowCount) return
    // Under another name until it is whole, so that a failure leaves no half template.
    const draft = `draft_${randomBytes(8).toString('hex')}`
    await client.query(`create database ${draft} template template0 encoding 'UTF8' locale 'C'`)
    const database = await openPostgres(databaseUrl(url, draft))
    await migrate(database).finally(() => database.close())
    await client.query(`alter database ${draft} rename to ${name}`)
  })
  return name
}

async function asAdministrator(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

function databaseUrl(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}
