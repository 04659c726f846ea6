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

const isSql = (value: unknown): value is Sql => typeof value === 'object' && value !== null && 'pieces' in value && 'values' in value

/** Builds a statement: values become placeholders, nested statements are spliced in as they are. */
export function sql(strings: TemplateStringsArray, ...inserts: (Value | boolean | undefined | Sql)[]): Sql {
  const pieces: string[] = [strings[0] ?? '']
  const values: Value[] = []
  inserts.forEach((insert, index) => {
    const after = strings[index + 1] ?? ''
    if (isSql(insert)) {
      pieces[pieces.length - 1] += insert.pieces[0]
      pieces.push(...insert.pieces.slice(1))
      values.push(...insert.values)
      pieces[pieces.length - 1] += after
    } else {
      values.push(insert === undefined ? null : typeof insert === 'boolean' ? Number(insert) : insert)
      pieces.push(after)
    }
  })
  return { pieces, values }
}

/** Joins statements with a separator: `join(conditions, ' and ')`. An empty list joins to nothing. */
export function join(statements: readonly Sql[], separator = ', '): Sql {
  const pieces = ['']
  const values: Value[] = []
  statements.forEach((statement, index) => {
    if (index > 0) pieces[pieces.length - 1] += separator
    pieces[pieces.length - 1] += statement.pieces[0]
    pieces.push(...statement.pieces.slice(1))
    values.push(...statement.values)
  })
  return { pieces, values }
}

/** A value list for `in (…)`: `sql\`… where id in (${list(ids)})\``. */
export const list = (items: readonly Value[]): Sql => join(items.map((item) => sql`${item}`))
