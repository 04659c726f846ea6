/** How SQLite would answer what some work asks: for tests that nothing walks through all rows to find a few. */
import type { Database, Db, Sql } from '../../src/store/db.ts'

const explained = ({ pieces: [first = '', ...rest], values }: Sql): Sql => ({
  pieces: [`explain query plan ${first}`, ...rest],
  values,
})

/** The steps that walk through a table, or through everything that one pool has in it. */
export async function walksOf(db: Database, work: (db: Db) => Promise<unknown>): Promise<string[]> {
  const asked: Sql[] = []
  const noted =
    <T>(ask: (statement: Sql) => T) =>
    (statement: Sql): T => {
      asked.push(statement)
      return ask(statement)
    }
  const noting = (inner: Db): Db => ({
    all: noted((statement) => inner.all(statement)) as Db['all'],
    get: noted((statement) => inner.get(statement)) as Db['get'],
    run: noted((statement) => inner.run(statement)),
    transaction: (some) => inner.transaction((inside) => some(noting(inside))),
  })
  await work(noting(db))
  const steps = await Promise.all(asked.map((statement) => db.all<{ detail: string }>(explained(statement))))
  return steps
    .flat()
    .map(({ detail }) => detail)
    .filter((detail) => /^SCAN (?!CONSTANT|\d+-ROW)|\(pool_id=\?\)$/.test(detail))
}
