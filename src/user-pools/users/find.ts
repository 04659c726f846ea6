/** Finding a user by any name they go by: username, sub or active alias. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { readUser, readUserByName, readUsers } from './store.ts'
import type { User } from './user.ts'
import { canonicalName } from './username.ts'

/** The user of that name, by one point read. */
export const findUser = (world: World, pool: Pool, name: string): Promise<User | undefined> =>
  readUserByName(world.db, pool.id, canonicalName(pool, name))

/** The user of that name; refuses unknown ones as administrators' operations do. */
export const requireUser = async (world: World, pool: Pool, name: string): Promise<User> =>
  (await findUser(world, pool, name)) ?? fail('UserNotFoundException', 'User does not exist.')

/** The user with that sub. */
export const userBySub = (
  world: World,
  pool: { readonly id: string } | string,
  sub: string,
): Promise<User | undefined> => readUser(world.db, typeof pool === 'string' ? pool : pool.id, sub)

/** The users with those subs, in their order; those that are gone are left out. */
export const usersBySubs = (world: World, pool: Pool, subs: readonly string[]): Promise<User[]> =>
  readUsers(world.db, pool.id, subs)
