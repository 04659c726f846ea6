/** PostgreSQL, for more than one machine: a pool of connections, serializable transactions that are retried. */
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { Logger } from 'pino'
import type { Database, Sql, Value } from './db.ts'
import { StoreError } from './errors.ts'
import { guard, type Statements } from './guard.ts'

/** One connection's answer to one statement. */
export type Answer = { rows: unknown[]; changed: number; command: string }

/** Asks one connection. */
export type Ask = (text: string, values: Value[]) => Promise<Answer>

const connections = 16
const connectTimeout = 5_000
/** A statement that takes longer is ended by the server. */
const statementTimeout = 15_000
/** For a server that does not even end it: it hangs, or the network lost the connection without a word. */
const patience = statementTimeout + 5_000
/** A transaction that asks nothing for so long is ended by the server: its node is stuck or gone. */
const idleTransactionTimeout = 30_000
const readyTimeout = 3_000
const attempts = 20
const longestPause = 250

/** Opens the database at a `postgres://` URL; refuses one that cannot be reached or does not hold UTF-8. */
export async function openPostgres(url: string, log?: Logger): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    application_name: 'poolhouse',
    max: connections,
    connectionTimeoutMillis: connectTimeout,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    statement_timeout: statementTimeout,
    idle_in_transaction_session_timeout: idleTransactionTimeout,
    types: { getTypeParser },
  })
  // An idle connection that breaks leaves the pool by itself; without a listener it would end the process.
  pool.on('error', (error) => log?.debug({ err: toStoreError(error) }, 'An idle connection to PostgreSQL was lost.'))
  const named = createNames()

  /** Lends a connection; one on which the connection itself failed is not used again. */
  async function lend<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
    const client = await pool.connect().catch((error: unknown) => {
      // Whatever the server has against us now, it is no fault of a request.
      throw unavailable(toStoreError(error))
    })
    let broken = false
    let patient = false
    const lost = () => {
      broken = true
    }
    client.on('error', lost)
    // One statement at a time: pg wants them queued by its caller.
    let last: Promise<unknown> = Promise.resolve()
    const ask: Ask = (text, values) => {
      // Who lifts the server's limit for a transaction, as migrations do, lifts ours.
      if (text === liftedLimit) patient = true
      const limit = patient ? {} : { query_timeout: patience }
      const answer = last
        .then(() => client.query({ text, values, name: named(text), ...limit }))
        .then(
          ({ rows, rowCount, command }) => ({ rows, changed: rowCount ?? 0, command }),
          (error: unknown) => {
            const refusal = toStoreError(error, text)
            if (refusal.kind === 'unavailable' || refusal.code === stalePlan.code) broken = true
            throw refusal
          },
        )
      last = answer.catch(() => {})
      return answer
    }
    try {
      return await work(ask)
    } finally {
      await last
      client.off('error', lost)
      client.release(broken)
    }
  }

  const begun = new Set<Promise<unknown>>()
  let closed = false
  /** Work that `close` waits for. */
  function begin<T>(work: () => Promise<T>): Promise<T> {
    if (closed) return Promise.reject(new StoreError('unavailable', 'The database is closed.'))
    const running = work().finally(() => begun.delete(running))
    begun.add(running)
    return running
  }

  const db = guard(
    statementsOver((text, values) => begin(() => retried(() => lend((ask) => ask(text, values))))),
    (work) => begin(() => retried(() => lend((ask) => transact(ask, work)))),
  )

  const database: Database = {
    ...db,
    engine: 'postgres',
    async ready() {
      const late = AbortSignal.timeout(readyTimeout)
      await Promise.race([begin(() => lend((ask) => ask('select 1', []))), rejectOn(late)])
    },
    async close() {
      if (closed) return
      closed = true
      await Promise.allSettled(begun)
      await pool.end()
    },
  }
  try {
    const [row] = (await lend((ask) => ask('show server_encoding', []))).rows as { server_encoding: string }[]
    if (row?.server_encoding !== 'UTF8') {
      throw new StoreError(
        'unavailable',
        `The PostgreSQL database must be encoded in UTF8, not ${row?.server_encoding}.`,
      )
    }
  } catch (error) {
    await pool.end()
    throw error
  }
  return database
}

/** The statements of the port over a connection that speaks PostgreSQL. */
export function statementsOver(ask: Ask): Statements {
  const asked = async (statement: Sql) => ask(print(statement), statement.values as Value[])
  return {
    all: async <Row>(statement: Sql) => (await asked(statement)).rows as Row[],
    get: async <Row>(statement: Sql) => (await asked(statement)).rows[0] as Row | undefined,
    run: async (statement) => (await asked(statement)).changed,
  }
}

/** One attempt at a transaction on one connection. */
export async function transact<T>(ask: Ask, work: (inside: Statements) => Promise<T>): Promise<T> {
  let conflict: unknown
  const watched: Ask = (text, values) =>
    ask(text, values).catch((error: unknown) => {
      if (isConflict(error)) conflict ??= error
      throw error
    })
  await ask('begin isolation level serializable', [])
  try {
    const result = await work(statementsOver(watched))
    const { command } = await ask('commit', [])
    // PostgreSQL answers ROLLBACK to the commit of a failed transaction, and calls it success.
    if (command !== 'COMMIT') throw new StoreError('statement', 'PostgreSQL rolled the transaction back at its commit.')
    return result
  } catch (error) {
    // A connection that failed is given up, and its transaction with it.
    const isLost = error instanceof StoreError && error.kind === 'unavailable'
    if (!isLost) await ask('rollback', []).catch(() => {})
    // Whatever the work made of a conflict, it is to run again.
    throw conflict ?? error
  }
}

/** Repeats what lost against others, with growing random pauses; gives up after some seconds of losing. */
export async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (!isConflict(error) || attempt === attempts) throw error
      // Jitter, so that the losers do not meet again. No secret hangs on this randomness.
      await pause(Math.random() * Math.min(longestPause, 2 ** attempt))
    }
  }
}

const unavailable = ({ message, code }: StoreError) => new StoreError('unavailable', message, code)

const isConflict = (error: unknown) => error instanceof StoreError && error.kind === 'conflict'

const print = ({ pieces }: Sql) => pieces.reduce((text, piece, index) => `${text}$${index}${piece}`)

/** https://www.postgresql.org/docs/current/errcodes-appendix.html: a code, or its class (the first two characters). */
const failures: Readonly<Record<string, StoreError['kind']>> = {
  '08': 'unavailable', // connection
  '53': 'unavailable', // no room, no memory, too many connections
  '57': 'unavailable', // shut down, or took longer than statement_timeout
  '58': 'unavailable', // input or output failed
  '25P03': 'unavailable', // idle in a transaction for too long
  '25006': 'unavailable', // read-only: no longer the primary
  '23': 'constraint',
  '40': 'unavailable', // such as 40003, whether it was done is unknown
  // https://www.postgresql.org/docs/current/mvcc-serialization-failure-handling.html
  '40001': 'conflict', // serialization failure
  '40P01': 'conflict', // deadlock
}

/** As `migrate.ts` has it. */
const liftedLimit = 'set local statement_timeout = 0'

/** What the server calls the refusal of a statement prepared before a migration changed its table: to be prepared anew. */
const stalePlan = { code: '0A000', routine: 'RevalidateCachedQuery' }

/** The driver's error in the port's words; text and details that may repeat values are left out. */
export function toStoreError(error: unknown, text?: string): StoreError {
  if (error instanceof StoreError) return error
  const { code, constraint, table, routine } = error as Readonly<Record<string, unknown>>
  const sqlState = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
  if (sqlState === undefined) {
    // No SQLSTATE: the network or the driver speaks, and says nothing of values.
    const said = error instanceof Error && error.message ? error.message : String(code)
    return new StoreError('unavailable', `PostgreSQL cannot be reached: ${said}`)
  }
  const stale = sqlState === stalePlan.code && routine === stalePlan.routine
  const kind = stale ? 'conflict' : (failures[sqlState] ?? failures[sqlState.slice(0, 2)] ?? 'statement')
  const about = [table, constraint].filter((word) => typeof word === 'string').join(', ')
  const what = kind === 'statement' || kind === 'unavailable' ? words(error, sqlState) : about
  return new StoreError(kind, `PostgreSQL refused with ${sqlState} ${what} (${text?.trim() ?? 'connecting'})`, sqlState)
}

/** The server's sentence, except in class 22 (data exceptions), whose sentences quote what was sent. */
const words = (error: unknown, sqlState: string) =>
  error instanceof Error && !sqlState.startsWith('22') ? error.message : ''

const int8 = 20
const numeric = 1700

/** int8 (counts, times) and numeric (sums of int8) become numbers, as in SQLite; what a number cannot hold is refused. */
function getTypeParser(type: number, format?: 'text' | 'binary') {
  if (type === int8 || type === numeric) return toNumber
  return pg.types.getTypeParser(type, format as 'text')
}

export function toNumber(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new StoreError('statement', 'An integer beyond 2^53 cannot be read.')
  }
  return value
}

const keptNames = 500

/** Names for statements asked a second time, so that the server prepares them once per connection. */
function createNames() {
  const seen = new Set<string>()
  const names = new Map<string, string>()
  return (text: string): string | undefined => {
    const name = names.get(text)
    if (name || names.size >= keptNames) return name
    if (seen.has(text)) {
      seen.delete(text)
      names.set(text, `poolhouse_${names.size}`)
      return names.get(text)
    }
    // Lists of values make texts without end.
    if (seen.size >= keptNames) seen.clear()
    seen.add(text)
    return undefined
  }
}

const rejectOn = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new StoreError('unavailable', 'PostgreSQL did not answer in time.')))
  })
