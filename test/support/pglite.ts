/** PGlite, which is PostgreSQL compiled to run in this process, as an engine of the store port. */
import { PGlite } from '@electric-sql/pglite'
import type { Database } from '../../src/store/db.ts'
import { StoreError } from '../../src/store/errors.ts'
import { guard } from '../../src/store/guard.ts'
import { type Ask, retried, statementsOver, toNumber, toStoreError, transact } from '../../src/store/postgres.ts'

/** Emptied databases: making one takes seconds, emptying one takes milliseconds. */
const spare: PGlite[] = []

/** Opens an empty database in memory. */
export async function openPglite(): Promise<Database> {
  const lite = spare.pop() ?? (await PGlite.create({ parsers: { 20: toNumber, 1700: toNumber } }))
  let closed = false

  const askOn =
    (connection: Pick<PGlite, 'query'>): Ask =>
    async (text, values) => {
      if (closed) throw new StoreError('unavailable', 'The database is closed.')
      try {
        const { rows, affectedRows } = await connection.query<Record<string, unknown>>(text, values)
        return { rows: rows.map(withBuffers), changed: affectedRows ?? 0, command: text.toUpperCase() }
      } catch (error) {
        throw toStoreError(error, text)
      }
    }

  const ask = askOn(lite)
  // One connection: transactions and lone statements take turns. (PGlite's own lock would also keep out the work inside.)
  let last: Promise<unknown> = Promise.resolve()
  const exclusively = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }
  const db = guard(
    statementsOver((text, values) => exclusively(() => ask(text, values))),
    (work) => retried(() => exclusively(() => transact(ask, work))),
  )
  return {
    ...db,
    engine: 'pglite',
    ready: async () => void (await ask('select 1', [])),
    async close() {
      if (closed) return
      await exclusively(async () => {
        closed = true
        await lite.exec('drop schema public cascade; create schema public')
        await lite.exec('discard all')
      })
      spare.push(lite)
    },
  }
}

function withBuffers(row: Record<string, unknown>): Record<string, unknown> {
  for (const column in row) {
    const value = row[column]
    if (value instanceof Uint8Array) row[column] = Buffer.from(value)
  }
  return row
}

/** Lets go of the emptied databases. */
export async function closePglites(): Promise<void> {
  await Promise.all(spare.splice(0).map((lite) => lite.close()))
}
