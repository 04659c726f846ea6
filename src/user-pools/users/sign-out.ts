/** Signing a user out everywhere: one moment is kept, and every session that began at or before it is over. */
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { updateUser } from './store.ts'

export async function signOutEverywhere(world: World, pool: Pool, sub: string): Promise<void> {
  await updateUser(world.db, pool.id, sub, { signedOutAt: world.now() })
}
