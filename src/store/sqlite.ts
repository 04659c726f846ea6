/** SQLite, for one machine: one connection, and commits grouped so that many waiting writers share one flush to disk. */
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Database, Sql } from './db.ts'
import { StoreError } from './errors.ts'
import { guard, literal, type Statements } from './guard.ts'
import { createStatements, isBusy, type SqliteStatements } from './sqlite-statements.ts'
import { noLog, openLog } from './write-ahead-log.ts'

/** How long a group waits where another program holds the file, in milliseconds, and how often it asks meanwhile. */
const longestWait = 5_000
const askAgain = 20
/** Work committed with one flush at most: bounds how long the event loop is held. */
const largestGroup = 128

// With synchronous=normal a commit leaves the log to the operating system; it is flushed here before anybody is told of
// it (docs/decisions/0057), so an acknowledged write survives a loss of power. https://www.sqlite.org/pragma.html
// Eight megabytes of pages: the operating system keeps the others at hand, and 32 made neither reads nor imports faster.
// While it opens it waits for others as SQLite does; afterwards it waits in its own way.
const settings = `
  pragma busy_timeout = 5000;
  pragma journal_mode = wal;
  pragma synchronous = normal;
  pragma checkpoint_fullfsync = on;
  pragma foreign_keys = on;
  pragma trusted_schema = off;
  pragma temp_store = memory;
  pragma cache_size = -8000;
  pragma journal_size_limit = 67108864;
  pragma busy_timeout = 0;
`

const memory = ':memory:'
const logOf = (file: string) => (file === memory ? noLog : openLog(file))

/** Work that waits for its group: `attempt` does it, `settle` tells its caller once the group is on disk. */
type Job = { readonly alone: boolean; attempt(): unknown; settle(outcome: Outcome): void }
type Outcome = { readonly value: unknown } | { readonly error: unknown }

function connect(file: string): DatabaseSync {
  try {
    if (file !== memory) closeSync(openSync(file, 'a', 0o600))
    const connection = new DatabaseSync(file, { defensive: true })
    connection.exec(settings)
    return connection
  } catch (error) {
    throw new StoreError(
      'unavailable',
      `The database ${file} cannot be opened (${(error as Error).message}). Let this user write it, or put a backup in its place.`,
    )
  }
}

/** Opens a file (made if absent, readable by its owner only) or `:memory:`. */
export async function openSqlite(file: string, log?: Logger, writeAheadLog = logOf(file)): Promise<Database> {
  const connection = connect(file)

  const run = createStatements(connection)
  const now: Statements = {
    all: async <Row>(statement: Sql) => run.all<Row>(statement),
    get: async <Row>(statement: Sql) => run.get<Row>(statement),
    run: async (statement) => run.run(statement),
  }

  const writers: Job[] = []
  const readers: (() => void)[] = []
  let grouping = false
  /** Groups that are committed and wait for the disk. */
  let telling = 0
  let scheduled = false
  let closed = false
  let broken: StoreError | undefined
  let whenIdle: (() => void) | undefined

  function enqueue<T>(alone: boolean, attempt: () => T | Promise<T>): Promise<T> {
    if (closed) return Promise.reject(closedError())
    if (broken) return Promise.reject(broken)
    return new Promise<T>((resolve, reject) => {
      const settle = (outcome: Outcome) => ('error' in outcome ? reject(outcome.error) : resolve(outcome.value as T))
      writers.push({ alone, attempt, settle })
      schedule()
    })
  }

  /** Not at once: whoever writes in the same turn of the event loop joins the group. */
  function schedule() {
    if (scheduled || grouping) return
    scheduled = true
    setImmediate(commitGroup)
  }

  async function commitGroup() {
    // Not by SQLite's own waiting, which would stop the whole program.
    const refusal = await begun(run)
    scheduled = false
    grouping = true
    const group = writers.splice(0, largestGroup)
    const outcomes = refusal ? group.map(() => refusal) : await commit(connection, run, group)
    grouping = false
    telling++
    // What is committed is seen at once, but nobody is told that it is done before it is on disk.
    const onDisk = refusal ? Promise.resolve() : writeAheadLog.flush().catch(breakDown)
    void onDisk.then(() => tell(group, outcomes))
    for (const read of readers.splice(0)) read()
    if (writers.length > 0) schedule()
  }

  function tell(group: readonly Job[], outcomes: readonly Outcome[]) {
    telling--
    for (const [index, job] of group.entries()) job.settle(broken ? { error: broken } : outcomes[index]!)
    if (isIdle()) whenIdle?.()
  }

  const isIdle = () => !grouping && !scheduled && telling === 0

  /** After a failed flush nobody knows what of the log is on disk, and what is written behind a gap is lost with it. */
  function breakDown(error: unknown) {
    broken ??= new StoreError('unavailable', 'The log of the SQLite database could not be flushed to disk.')
    log?.error({ err: error }, 'SQLite writes are refused until a restart: its log could not be flushed to disk')
  }

  /** Reads at once, unless a group is open: its changes are not to be seen before they are committed. */
  function read<T>(ask: () => T): Promise<T> {
    if (closed) return Promise.reject(closedError())
    if (!grouping) return attempted(ask)
    return new Promise<T>((resolve) => readers.push(() => resolve(attempted(ask))))
  }

  const readOrWrite = <T>(statement: Sql, ask: () => T): Promise<T> =>
    /^\s*select\b/i.test(statement.pieces[0] ?? '') ? read(ask) : enqueue(true, ask)

  const db = guard(
    {
      all: <Row>(statement: Sql) => readOrWrite(statement, () => run.all<Row>(statement)),
      get: <Row>(statement: Sql) => readOrWrite(statement, () => run.get<Row>(statement)),
      run: (statement) => enqueue(true, () => run.run(statement)),
    },
    (work) => enqueue(false, () => work(now)),
  )

  return {
    ...db,
    engine: 'sqlite',
    async ready() {
      if (broken) throw broken
      await db.get(literal('select 1'))
    },
    async close() {
      if (closed) return
      closed = true
      if (!isIdle()) await new Promise<void>((resolve) => (whenIdle = resolve))
      await writeAheadLog.close()
      try {
        connection.exec('pragma optimize')
      } catch (error) {
        // A full disk, or a file that another program holds: it was only for speed.
        log?.debug({ err: error }, 'The SQLite database was not optimized.')
      }
      connection.close()
      log?.debug('The SQLite database is closed.')
    },
  }
}

/**
 * Does a group's work in one transaction. What fails is undone alone; outcomes, refusals included, rest on what others
 * of the group did, so they are good only when all of it is committed. (Which is why migrations use no deferred
 * constraints: those would fail everybody at the commit.)
 */
async function commit(connection: DatabaseSync, run: SqliteStatements, group: readonly Job[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  try {
    for (const job of group) outcomes.push(await attempt(connection, run, job))
    run.run(end)
    return outcomes
  } catch (error) {
    undoAll(connection, run)
    return group.map(() => ({ error }))
  }
}

/** Begins a group, as soon as no other program holds the file; or why it cannot. */
async function begun(run: SqliteStatements): Promise<{ error: unknown } | undefined> {
  const end = performance.now() + longestWait
  for (;;) {
    try {
      run.run(begin)
      return undefined
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) return { error }
      await pause(askAgain)
    }
  }
}

/** What the group did goes. Where even that fails, SQLite does it when the next one begins. */
function undoAll(connection: DatabaseSync, run: SqliteStatements): void {
  try {
    if (connection.isTransaction) run.run(undo)
  } catch {
    // Its first failure is what callers are told.
  }
}

async function attempt(connection: DatabaseSync, run: SqliteStatements, job: Job): Promise<Outcome> {
  // A lone statement that fails undoes itself (https://www.sqlite.org/lang_conflict.html, ABORT); more needs a savepoint.
  if (!job.alone) run.run(mark)
  try {
    const value = await job.attempt()
    if (!job.alone) run.run(unmark)
    return { value }
  } catch (error) {
    // A full disk and its like roll everything back: then nobody's work is kept.
    if (!connection.isTransaction) throw error
    if (!job.alone) {
      run.run(undoMark)
      run.run(unmark)
    }
    return { error }
  }
}

const begin = literal('begin immediate')
const end = literal('commit')
const undo = literal('rollback')
const mark = literal('savepoint job')
const unmark = literal('release job')
const undoMark = literal('rollback to job')

const attempted = async <T>(ask: () => T): Promise<T> => ask()

const closedError = () => new StoreError('unavailable', 'The database is closed.')
