/** Adding many users in one transaction, as an import does: a taken name turns one user away and not the others. */
import type { Db } from '../../store/db.ts'
import type { Pool } from '../pools/pool.ts'
import { type Added, insertUsers, readTaken } from './bulk-store.ts'
import { identifiersOf, nameAttributes } from './names.ts'
import { indexedOf } from './search.ts'
import type { User } from './user.ts'

/** `exists`: there is such a user already. Otherwise the address or name by which another user goes. */
export type Obstacle = 'exists' | 'email' | 'phone_number' | 'preferred_username'

/**
 * Adds those whose names are free, with names and index, inside a transaction; of two who want one name the first gets
 * it. Answers why the others were not added, by sub. Attributes are the caller's to check. A few hundred at a time.
 */
export async function addUsers(db: Db, pool: Pool, users: readonly User[]): Promise<Map<string, Obstacle>> {
  const wanted: Added[] = users.map((user) => ({
    user,
    names: identifiersOf(pool, user),
    indexed: indexedOf(user.attributes),
  }))
  const taken = await readTaken(
    db,
    pool.id,
    wanted.flatMap(({ names }) => names.map(({ value }) => value)),
  )
  const refused = new Map<string, Obstacle>()
  const added = wanted.filter(({ user, names }) => {
    const obstacle = names.find(({ value }) => taken.has(value))
    if (obstacle) {
      const { kind } = obstacle
      const isUser = kind === 'username' || kind === 'sub' || nameAttributes(pool).some((name) => name === kind)
      refused.set(user.sub, isUser ? 'exists' : kind)
      return false
    }
    for (const { value } of names) taken.add(value)
    return true
  })
  await insertUsers(db, pool.id, added)
  return refused
}
