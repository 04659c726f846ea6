/** Paging tokens: the last key of a page, sealed, so that they cannot be forged or carried to another list. */
import type { Seal } from '../protocols/seal.ts'
import { AwsError } from './errors.ts'

/** AWS: ListUsers' pagination tokens live for one hour; ours all do. */
const tokenLife = 3_600_000

export type PageKey = (string | number)[]

export type Paging = {
  /** What the token belongs to: operation, pool, filter. A token of another list is refused. */
  readonly list: string
  readonly seal: Seal
  readonly now: number
  /** The code of the refusal; InvalidParameterException unless the service has another. */
  readonly refusal?: string
}

/** The key a token continues after, or undefined at the beginning. */
export function readPage(paging: Paging, token: string | undefined): PageKey | undefined {
  if (token === undefined) return undefined
  const opened = paging.seal.open('paging', token, paging.list)
  const [expires, key] = opened ? (JSON.parse(opened.toString()) as [number, PageKey]) : [0, []]
  if (expires < paging.now)
    throw new AwsError(paging.refusal ?? 'InvalidParameterException', 'Invalid pagination token.')
  return key
}

/** Splits what was read (one row more than the limit) into the page and the token of the next one. */
export function page<Row>(
  paging: Paging,
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => PageKey,
): { rows: Row[]; next: string | undefined } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  if (rows.length <= limit || !last) return { rows: shown, next: undefined }
  const token = JSON.stringify([paging.now + tokenLife, keyOf(last)])
  return { rows: shown, next: paging.seal.seal('paging', token, paging.list) }
}
