/**
 * Password hashes brought from elsewhere. They may be weak, so they are sealed, each to its user's row, until the first
 * right password replaces them with our own kind. AWS: Developer Guide, "Importing users with password hashes".
 */
import type { Db } from '../../store/db.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { insertPasswords } from './store.ts'

const purpose = 'imported-hash'
const mark = 'imported:'
const boundTo = (pool: Pick<Pool, 'id'>, sub: string) => `${pool.id}/${sub}`

/** Whether what is stored as a hash was made elsewhere. */
export const isImported = (stored: string): boolean => stored.startsWith(mark)

/** A hash made elsewhere as it is stored. */
export const sealHash = (world: Pick<World, 'seal'>, pool: Pick<Pool, 'id'>, sub: string, hash: string): string =>
  mark + world.seal.seal(purpose, hash, boundTo(pool, sub))

/** The hash that `Slow.verifyPassword` takes. One that cannot be opened becomes a text that fits no password. */
export const openHash = (world: Pick<World, 'seal'>, pool: Pick<Pool, 'id'>, sub: string, stored: string): string =>
  isImported(stored)
    ? (world.seal.open(purpose, stored.slice(mark.length), boundTo(pool, sub))?.toString() ?? '')
    : stored

/** Gives new users the sealed hashes they came with; inside the transaction that adds them. */
export const addImportedHashes = (
  db: Db,
  pool: Pick<Pool, 'id'>,
  hashes: readonly { readonly sub: string; readonly hash: string }[],
  now: number,
): Promise<void> => insertPasswords(db, pool.id, hashes, now)
