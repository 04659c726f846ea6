/** Finding users by their e-mail address, whether or not it is a name they go by. */
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { rangeOf } from './search.ts'
import { listByValue } from './store.ts'
import type { User } from './user.ts'

/** At most so many users with that address, letters' case apart. */
export async function usersWithEmail(world: World, pool: Pool, email: string, most: number): Promise<User[]> {
  const range = rangeOf(pool, { name: 'email', value: email, prefix: false })
  const found = await listByValue(world.db, pool.id, 'email', range, undefined, most)
  const wanted = email.toLowerCase()
  return found.map(({ user }) => user).filter(({ attributes }) => attributes['email']?.toLowerCase() === wanted)
}
