/** Deletes expired rows in the background, a few at a time; several nodes may do it at once. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { Database } from './db.ts'
import { isOutage } from './errors.ts'

/** A table of rows that expire, and its column of epoch milliseconds; where that is null the row stays. */
export type Expiring = {
  readonly table: string
  readonly column: string
  /** Milliseconds that a row is kept beyond its time. */
  readonly kept?: number
}

const batch = 500
const pauseBetweenBatches = 50
const pauseBetweenRounds = 60_000

/** Sweeps for as long as the program runs. `stop` lets the batch under way finish. */
export function startSweeper(
  database: Database,
  now: () => number,
  log: Logger,
  rules: readonly Expiring[],
): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const wait = (milliseconds: number) => pause(milliseconds, undefined, { signal: stopping.signal, ref: false })

  const failed = ({ table }: Expiring, error: unknown) => {
    if (stopping.signal.aborted || isOutage(error)) throw error
    log.warn({ err: error, table }, 'Deleting expired rows failed; trying again later.')
  }

  async function rounds() {
    while (!stopping.signal.aborted) {
      // Spread, so that nodes started together do not sweep together. No secret hangs on this randomness.
      await wait(pauseBetweenRounds * (0.5 + Math.random() / 2))
      try {
        const swept = await sweep(database, now(), rules, () => wait(pauseBetweenBatches), failed)
        if (swept > 0) log.debug({ swept }, 'Expired rows were deleted.')
      } catch (error) {
        // An outage of the database has a line of its own.
        if (!stopping.signal.aborted && !isOutage(error)) throw error
      }
    }
  }
  const running = rounds().catch((error: unknown) => {
    if (!stopping.signal.aborted) throw error
  })
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}

/**
 * Deletes every row expired at the given time, pausing between batches; answers how many. `failed` is told of a table that
 * could not be swept, and the others are: unless it throws.
 */
export async function sweep(
  database: Database,
  at: number,
  rules: readonly Expiring[],
  between: () => Promise<unknown> = async () => {},
  failed: (rule: Expiring, error: unknown) => void = (_, error) => {
    throw error
  },
): Promise<number> {
  let swept = 0
  for (const rule of rules) {
    try {
      for (;;) {
        const deleted = await database.run(deleteBatch(database.engine, rule, at - (rule.kept ?? 0)))
        swept += deleted
        if (deleted < batch) break
        await between()
      }
    } catch (error) {
      failed(rule, error)
    }
  }
  return swept
}

/** Neither engine knows `delete … limit`; both know where a row lies. Rows another node is deleting are passed over. */
function deleteBatch(engine: Database['engine'], { table, column }: Expiring, at: number) {
  for (const name of [table, column]) {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new TypeError(`${name} is no name of a table or column.`)
  }
  const [place, passOver] = engine === 'sqlite' ? ['rowid', ''] : ['ctid', ' for update skip locked']
  const pieces = [
    `delete from ${table} where ${column} <= `,
    ` and ${place} in (select ${place} from ${table} where ${column} <= `,
    ` limit ${batch}${passOver})`,
  ]
  return { pieces, values: [at, at] }
}
