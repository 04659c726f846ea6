/** Signing a user out everywhere: a number rises, and what began under another one is over. */
import type { Db } from '../../store/db.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { signOut } from './store.ts'

export { staysSignedIn } from './store.ts'

export const signOutEverywhere = (world: World, pool: Pool, sub: string): Promise<void> =>
  signOut(world.db, pool.id, [sub])

/** The same for many at once: a few hundred at a time. */
export const signOutAll = (db: Db, poolId: string, subs: readonly string[]): Promise<void> => signOut(db, poolId, subs)
