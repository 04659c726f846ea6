/** Signing a user out everywhere: one moment is kept, and every session that began at or before it is over. */
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { signOutMany, updateUser } from './store.ts'

export async function signOutEverywhere(world: World, pool: Pool, sub: string): Promise<void> {
  await updateUser(world.db, pool.id, sub, { signedOutAt: world.now() })
}

/** The same for many at once: a few hundred at a time. */
export const signOutAll = (world: World, pool: Pool, subs: readonly string[]): Promise<void> =>
  signOutMany(world.db, pool.id, subs, world.now())
