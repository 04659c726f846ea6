/** Says in the log that the database went away and that it is back: a line for each outage, not for each request in it. */
import type { Logger } from 'pino'
import type { Database, Sql } from './db.ts'
import { StoreError } from './errors.ts'
import { touch } from './settings.ts'

/** A success among failures is no end: some connections are taken while others are refused. In milliseconds. */
const quiet = 2_000

type Outage = {
  readonly since: number
  last: number
  failures: number
  /** Whether only writing failed so far, as on a full disk: then reading proves nothing. */
  writesOnly: boolean
}

type Doing = 'reads' | 'writes'

const doingOf = ({ pieces }: Sql): Doing => (/^\s*select\b/i.test(pieces[0] ?? '') ? 'reads' : 'writes')

/** The same database. While it cannot be written to it is not ready, though it can be read. */
export function watchOutages(
  database: Database,
  log: Pick<Logger, 'error' | 'warn'>,
  now: () => number = Date.now,
): Database {
  let outage: Outage | undefined

  function failed(error: unknown, doing: Doing): void {
    if (!(error instanceof StoreError) || error.kind !== 'unavailable') return
    if (!outage) {
      log.error({ err: error }, 'The database is unavailable: what needs it is refused with 503 until it is back.')
      outage = { since: now(), last: now(), failures: 0, writesOnly: true }
    }
    outage.last = now()
    outage.failures += 1
    if (doing === 'reads') outage.writesOnly = false
  }

  function succeeded(doing: Doing): void {
    if (!outage || (doing === 'reads' && outage.writesOnly) || now() - outage.last < quiet) return
    const { since, failures } = outage
    outage = undefined
    log.warn({ seconds: Math.round((now() - since) / 1000), failures }, 'The database is back.')
  }

  /** Looks on from the side: every statement passes here, and waits for nobody while all is well. */
  function watched<T>(asked: Promise<T>, doing: () => Doing): Promise<T> {
    asked.then(outage && (() => succeeded(doing())), (error) => failed(error, doing()))
    return asked
  }
  const reads = () => 'reads' as const
  const writes = () => 'writes' as const

  return {
    ...database,
    all: (statement) => watched(database.all(statement), () => doingOf(statement)),
    get: (statement) => watched(database.get(statement), () => doingOf(statement)),
    run: (statement) => watched(database.run(statement), writes),
    transaction: (work) => watched(database.transaction(work), writes),
    ready: () => (outage?.writesOnly ? watched(touch(database, now()), writes) : watched(database.ready(), reads)),
  }
}
