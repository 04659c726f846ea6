/** SQL on one SQLite connection: prepared statements, values in and out, and what SQLite refuses. Synchronous, as node:sqlite is. */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Sql, Value } from './db.ts'
import { StoreError } from './errors.ts'

/** Prepared statements kept; beyond, the one unused for longest is let go. */
const keptStatements = 500

type Prepared = { readonly statement: StatementSync; readonly reads: boolean }
export type SqliteStatements = ReturnType<typeof createStatements>

/** Statements over a cache of prepared ones. */
export function createStatements(connection: DatabaseSync) {
  const cache = new Map<string, Prepared>()

  function prepare(text: string): Prepared {
    let prepared = cache.get(text)
    if (prepared) cache.delete(text)
    else {
      prepared = { statement: connection.prepare(text), reads: /^\s*select\b/i.test(text) }
      const oldest = cache.keys().next()
      if (cache.size >= keptStatements && !oldest.done) cache.delete(oldest.value)
    }
    cache.set(text, prepared)
    return prepared
  }

  function asked<T>({ pieces, values }: Sql, ask: (prepared: Prepared, values: (Value | bigint)[]) => T): T {
    const text = pieces.length === 1 ? pieces[0]! : pieces.join('?')
    try {
      return ask(prepare(text), values.map(bindable))
    } catch (error) {
      throw toStoreError(error, text)
    }
  }

  const all = <Row>(statement: Sql): Row[] =>
    asked(statement, (prepared, values) => prepared.statement.all(...values).map((row) => plainRow<Row>(row)))

  return {
    all,
    get: <Row>(statement: Sql): Row | undefined =>
      asked(statement, (prepared, values) => {
        // Only `all` runs a writing statement to its end; a reading one may stop at the first row.
        const row = prepared.reads ? prepared.statement.get(...values) : prepared.statement.all(...values)[0]
        return row && plainRow<Row>(row)
      }),
    run: (statement: Sql): number =>
      asked(statement, (prepared, values) => Number(prepared.statement.run(...values).changes)),
  }
}

/** node:sqlite binds every number as a float: an integer goes as bigint, so that `1` does not become `1.0` in a text. */
function bindable(value: Value): Value | bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  if (typeof value === 'string') refuseNul(value)
  return value
}

/** PostgreSQL cannot hold U+0000 in a text, so no engine does. */
function refuseNul(value: string) {
  if (value.includes('\0')) throw new StoreError('statement', 'A text holding U+0000 cannot be stored.')
}

function plainRow<Row>(row: Record<string, unknown>): Row {
  const plain: Record<string, unknown> = {}
  for (const column in row) {
    const value = row[column]
    plain[column] = value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
  }
  return plain as Row
}

/** https://www.sqlite.org/rescode.html: the low byte is the primary code. */
const failures: Readonly<Record<number, StoreError['kind']>> = {
  5: 'unavailable', // busy: another program holds the file
  6: 'unavailable', // locked
  7: 'unavailable', // out of memory
  8: 'unavailable', // read-only
  10: 'unavailable', // input or output failed
  11: 'unavailable', // corrupt
  13: 'unavailable', // full
  14: 'unavailable', // cannot open
  19: 'constraint',
}

/** Whether another program holds the file. */
export const isBusy = (error: unknown) => error instanceof StoreError && (Number(error.code) & 0xff) === 5

function toStoreError(error: unknown, text: string): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error
  const code = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode : undefined
  const kind = (code !== undefined && failures[code & 0xff]) || 'statement'
  // SQLite's sentences name tables and columns, never values.
  return new StoreError(kind, `SQLite: ${error.message} (${text.trim()})`, code?.toString())
}
