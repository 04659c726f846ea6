/** The columns of an import file: what a pool asks for, and what a header offers. AWS: API_GetCSVHeader. */
import type { HashAlgorithm } from '../../protocols/password-hashes.ts'
import type { Pool } from '../pools/pool.ts'
import { splitValues } from './csv.ts'
import { messages } from './job.ts'

export const usernameColumn = 'cognito:username'
export const mfaColumn = 'cognito:mfa_enabled'
export const hashColumn = 'password_hash'

/** Attributes that nobody may bring along. */
const neverImported: ReadonlySet<string> = new Set(['sub', 'identities'])

/**
 * The header of the pool's template, in AWS's order. unproved: the place of password_hash, of which AWS says only that
 * the template has it.
 */
export const csvHeader = (pool: Pick<Pool, 'schema'>): string[] => [
  ...pool.schema.map(({ Name }) => Name).filter((name) => !neverImported.has(name)),
  mfaColumn,
  usernameColumn,
  hashColumn,
]

/**
 * The columns that a file must have. AWS: "All columns in the header must be present", but its sample of a file with
 * hashes has only those it uses: so with an algorithm the username and the hash are enough, and what a user needs
 * besides is found out at their row.
 */
const demanded = (pool: Pool, algorithm: HashAlgorithm | undefined): string[] =>
  algorithm ? [usernameColumn, hashColumn] : csvHeader(pool).filter((name) => name !== hashColumn)

/** The columns that a file's first line names, in their order; or why the job cannot go on, as CompletionMessage. */
export function readHeader(
  pool: Pool,
  text: string,
  algorithm: HashAlgorithm | undefined,
): { readonly columns: readonly string[] } | { readonly message: string } {
  if (text.startsWith('\ufeff')) return { message: messages.byteOrderMark }
  const columns = splitValues(text)
  const given = new Set(columns)
  if (algorithm && !given.has(hashColumn)) return { message: messages.noHashColumn }
  const known = new Set(csvHeader(pool))
  const fits =
    given.size === columns.length &&
    columns.every((name) => known.has(name)) &&
    demanded(pool, algorithm).every((name) => given.has(name))
  return fits ? { columns } : { message: messages.wrongHeader }
}
