/** The store port: the four things the product asks of a database, whichever engine answers. */

/** A statement whose text and values travel apart; each engine prints its own placeholders between the pieces. */
export type Sql = { readonly pieces: readonly string[]; readonly values: readonly Value[] }

/** What may be stored: engines hand back the same types, integers as number, binary as Buffer. */
export type Value = string | number | Uint8Array | null

export type Db = {
  /** Every row the statement returns. */
  all<Row>(statement: Sql): Promise<Row[]>
  /** The first row, or undefined. */
  get<Row>(statement: Sql): Promise<Row | undefined>
  /** How many rows the statement changed. */
  run(statement: Sql): Promise<number>
  /**
   * All of `work` or nothing. No network inside; `work` may run twice (serialization retries), so it changes nothing but
   * the database. Inside, use only the database handed over.
   */
  transaction<T>(work: (db: Db) => Promise<T>): Promise<T>
}

const isSql = (value: unknown): value is Sql =>
  typeof value === 'object' && value !== null && 'pieces' in value && 'values' in value

/** Builds a statement: values become placeholders, nested statements are spliced in as they are. */
export function sql(strings: TemplateStringsArray, ...inserts: (Value | boolean | undefined | Sql)[]): Sql {
  const pieces: string[] = [strings[0] ?? '']
  const values: Value[] = []
  inserts.forEach((insert, index) => {
    const after = strings[index + 1] ?? ''
    if (isSql(insert)) {
      extend(pieces, insert.pieces)
      values.push(...insert.values)
      extend(pieces, [after])
    } else {
      values.push(insert === undefined ? null : typeof insert === 'boolean' ? Number(insert) : insert)
      pieces.push(after)
    }
  })
  return { pieces, values }
}

/** The first of the added pieces continues the last one there is. */
function extend(pieces: string[], [first = '', ...rest]: readonly string[]) {
  pieces.push((pieces.pop() ?? '') + first, ...rest)
}

/** Joins statements with a separator: `join(conditions, ' and ')`. An empty list joins to nothing. */
export function join(statements: readonly Sql[], separator = ', '): Sql {
  const pieces = ['']
  const values: Value[] = []
  statements.forEach((statement, index) => {
    if (index > 0) extend(pieces, [separator])
    extend(pieces, statement.pieces)
    values.push(...statement.values)
  })
  return { pieces, values }
}

/** A value list for `in (…)`: `sql\`… where id in (${list(ids)})\``. */
export const list = (items: readonly Value[]): Sql => join(items.map((item) => sql`${item}`))

/** An opened database: the port, and what only its owner (the start and the stop of the program) may ask. */
export type Database = Db & {
  readonly engine: 'sqlite' | 'postgres' | 'pglite'
  /** Resolves if the database answers; for the readiness probe. */
  ready(): Promise<void>
  /** Lets what was begun finish, then lets go. Asking more afterwards is refused. */
  close(): Promise<void>
}
