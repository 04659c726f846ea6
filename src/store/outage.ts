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

  const watched = async <T>(doing: Doing, asked: Promise<T>): Promise<T> => {
    try {
      const answer = await asked
      succeeded(doing)
      return answer
    } catch (error) {
      failed(error, doing)
      throw error
    }
  }

  return {
    ...database,
    all: (statement) => watched(doingOf(statement), database.all(statement)),
    get: (statement) => watched(doingOf(statement), database.get(statement)),
    run: (statement) => watched('writes', database.run(statement)),
    transaction: (work) => watched('writes', database.transaction(work)),
    ready: () => (outage?.writesOnly ? watched('writes', touch(database, now())) : watched('reads', database.ready())),
  }
}
