/** Removes the rows of deleted pools in the background, a few users at a time, and goes on where a crash left off. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type Background, inBackground } from '../../background.ts'
import type { Db } from '../../store/db.ts'
import { isOutage } from '../../store/errors.ts'
import { deletePool, deleteRows, type PoolTable, readDeleted } from './store.ts'

/**
 * Tables that may hold millions of rows of one pool, or whose rows drag many others along. They are emptied before the
 * pool's own row goes; every other row of the pool falls with its user or with the pool (`on delete cascade`).
 */
const emptiedFirst: readonly PoolTable[] = [
  { table: 'users', key: 'sub' },
  { table: 'codes', key: 'subject' },
  { table: 'attempts', key: 'subject' },
  { table: 'groups', key: 'name' },
  { table: 'import_pieces', key: 'number' },
  { table: 'import_faults', key: 'line' },
  { table: 'clients', key: 'id' },
]

const usersAtATime = 100
const poolsAtATime = 10
const pauseBetweenBatches = 50
const pauseBetweenRounds = 30_000

/**
 * Removes every pool that was deleted so far, pausing between batches; answers how many. Several nodes may do it at
 * once: each batch is one statement, and a pool removed twice is removed. `failed` is told of a pool that cannot be
 * removed, and the others are: unless it throws.
 */
export async function removeDeletedPools(
  db: Db,
  between: () => Promise<unknown> = async () => {},
  failed: (id: string, error: unknown) => void = (_, error) => {
    throw error
  },
): Promise<number> {
  let removed = 0
  const kept: string[] = []
  for (;;) {
    const ids = await readDeleted(db, poolsAtATime, kept)
    if (ids.length === 0) return removed
    for (const id of ids) {
      try {
        removed += await removePool(db, id, between)
      } catch (error) {
        failed(id, error)
        kept.push(id)
      }
    }
  }
}

async function removePool(db: Db, id: string, between: () => Promise<unknown>): Promise<number> {
  for (const table of emptiedFirst) {
    while ((await deleteRows(db, table, id, usersAtATime)) > 0) await between()
  }
  return deletePool(db, id)
}

/** Removes deleted pools for as long as the program runs. `stop` lets the batch under way finish. */
export const startRemoval = (db: Db, log: Pick<Logger, 'info' | 'warn'>): Background =>
  inBackground({
    ...{ log, between: pauseBetweenRounds, trouble: 'Removing deleted user pools failed; trying again later.' },
    async round(signal) {
      const removed = await removeDeletedPools(
        db,
        () => pause(pauseBetweenBatches, undefined, { signal, ref: false }),
        (pool, error) => {
          if (signal.aborted || isOutage(error)) throw error
          log.warn({ err: error, pool }, 'A deleted user pool could not be removed; trying again later.')
        },
      )
      if (removed > 0) log.info({ removed }, 'The rows of deleted user pools were removed.')
    },
  })
