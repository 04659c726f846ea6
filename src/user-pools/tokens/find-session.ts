/** Sessions found, and ended. */
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { userBySub } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { type Ended, endOf, type Session } from './session.ts'
import { readSession, revokeSession } from './store.ts'

/** Revokes all tokens of that session; nothing where there is none. */
export const endSession = (world: World, pool: Pick<Pool, 'id'>, id: string): Promise<void> =>
  revokeSession(world.db, pool.id, id, world.now())

/** The session and its user, by two point reads side by side; or why it ended. */
export async function liveSession(
  world: World,
  pool: Pool,
  claims: { readonly sub: string; readonly event_id: string },
): Promise<{ session: Session; user: User } | { ended: Ended }> {
  const [session, user] = await Promise.all([
    readSession(world.db, pool.id, claims.event_id),
    userBySub(world, pool, claims.sub),
  ])
  const ended = endOf(user, session)
  if (ended) return { ended }
  if (!session || !user) throw new Error('A live session has a user and a row.')
  return { session, user }
}
