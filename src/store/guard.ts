/** Makes a port out of an engine, and turns its misuse into clear errors: above all, the outer database inside a transaction. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Db, Sql } from './db.ts'
import { StoreError } from './errors.ts'

/** The three kinds of statement, as an engine offers them outside or inside a transaction. */
export type Statements = Pick<Db, 'all' | 'get' | 'run'>

/** Runs work so that all of it is committed or nothing, perhaps more than once. */
export type Atomically = <T>(work: (inside: Statements) => Promise<T>) => Promise<T>

type Scope = { open: boolean; depth: number; failure: { error: unknown } | undefined }

const outsideUsed =
  'The outer database was used inside a transaction: use the one the transaction was handed, or the statement would not be part of it.'
const endedUsed = 'A transaction was used after it had ended: await every statement inside it.'

/** The port over an engine's statements and transactions. */
export function guard(outer: Statements, atomically: Atomically): Db {
  const current = new AsyncLocalStorage<Scope>()
  // Work started inside a transaction may outlive it and then use the outer database rightly: hence `open`.
  const refused = () => (current.getStore()?.open ? Promise.reject(new StoreError('misuse', outsideUsed)) : undefined)

  return {
    all: <Row>(statement: Sql) => refused() ?? outer.all<Row>(statement),
    get: <Row>(statement: Sql) => refused() ?? outer.get<Row>(statement),
    run: (statement) => refused() ?? outer.run(statement),
    transaction<T>(work: (db: Db) => Promise<T>): Promise<T> {
      const refusal = refused()
      if (refusal) return refusal
      // An engine may run the work later and from elsewhere; the caller's context (request, trace) comes along.
      const inCallersContext = AsyncLocalStorage.snapshot()
      return atomically((inside) =>
        inCallersContext(() => {
          const scope: Scope = { open: true, depth: 0, failure: undefined }
          return current.run(scope, () => runScope(inside, scope, work))
        }),
      )
    },
  }
}

async function runScope<T>(inside: Statements, scope: Scope, work: (db: Db) => Promise<T>): Promise<T> {
  try {
    const result = await work(handle(inside, scope))
    throwSwallowed(scope)
    return result
  } finally {
    scope.open = false
  }
}

/** PostgreSQL turns the commit after a failed statement into a silent rollback: so no engine commits after one. */
function throwSwallowed(scope: Scope) {
  if (scope.failure) throw scope.failure.error
}

/** The database a transaction is handed. */
function handle(inside: Statements, scope: Scope): Db {
  const watched = <T>(ask: () => Promise<T>): Promise<T> => {
    if (!scope.open) return Promise.reject(new StoreError('misuse', endedUsed))
    return ask().catch((error: unknown) => {
      scope.failure ??= { error }
      throw error
    })
  }
  const db: Db = {
    all: <Row>(statement: Sql) => watched(() => inside.all<Row>(statement)),
    get: <Row>(statement: Sql) => watched(() => inside.get<Row>(statement)),
    run: (statement) => watched(() => inside.run(statement)),
    transaction: (work) => nest(inside, scope, db, work),
  }
  return db
}

/** A transaction inside a transaction is a savepoint: it may fail alone, and is committed with the outer one. */
async function nest<T>(inside: Statements, scope: Scope, db: Db, work: (db: Db) => Promise<T>): Promise<T> {
  if (!scope.open) throw new StoreError('misuse', endedUsed)
  throwSwallowed(scope)
  scope.depth += 1
  const point = `nested_${scope.depth}`
  try {
    await inside.run(literal(`savepoint ${point}`))
    const result = await work(db)
    throwSwallowed(scope)
    await inside.run(literal(`release savepoint ${point}`))
    return result
  } catch (error) {
    await inside.run(literal(`rollback to savepoint ${point}`))
    await inside.run(literal(`release savepoint ${point}`))
    scope.failure = undefined
    throw error
  } finally {
    scope.depth -= 1
  }
}

/** A statement without values, from text of our own making. */
export const literal = (text: string): Sql => ({ pieces: [text], values: [] })
