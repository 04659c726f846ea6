/** What a database may refuse, in one vocabulary for all engines; never the values of a statement, which may be secrets. */

export type StoreFailure =
  /** Cannot be reached, went away, has no room, or took too long. The outcome of a write is unknown. */
  | 'unavailable'
  /** Others kept changing the same rows; nothing was written. */
  | 'conflict'
  /** A unique, foreign, check or not-null rule of a table. */
  | 'constraint'
  /** The port was used against its rules: a bug of the caller. */
  | 'misuse'
  /** The engine did not understand or could not do what was asked: a bug of the statement. */
  | 'statement'

/** Thrown by every engine. The driver's own error is not attached: its text and details repeat values. */
export class StoreError extends Error {
  readonly kind: StoreFailure
  /** The engine's code: SQLSTATE, or SQLite's extended result code. */
  readonly code: string | undefined

  constructor(kind: StoreFailure, message: string, code?: string) {
    super(message)
    this.name = 'StoreError'
    this.kind = kind
    this.code = code
  }
}

/** Whether the same may succeed a little later: then callers are told to come again, and nobody has made a mistake. */
export const isOutage = (error: unknown): boolean =>
  error instanceof StoreError && (error.kind === 'unavailable' || error.kind === 'conflict')
