/** What makes two names the same name: the one function for look-up, uniqueness, lock-out and rate limits. */
import { caseSensitive } from '../pools/identifiers.ts'
import type { Pool } from '../pools/pool.ts'

/**
 * The canonical form of a username, sub or alias. Unicode is composed (NFC: what looks the same and is typed on another
 * keyboard is the same name; compatibility forms stay apart, so that a look-alike never turns into someone's name), and
 * lower-cased unless the pool tells letters' case apart. Idempotent.
 * AWS: Developer Guide, "User pool case sensitivity". unproved: AWS's own normalisation is not documented.
 */
export function canonicalName(pool: Pool, name: string): string {
  const composed = name.toWellFormed().normalize('NFC')
  return caseSensitive(pool) ? composed : composed.toLowerCase().normalize('NFC')
}
