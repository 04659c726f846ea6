/** The sessions of a user that their pool tracks: which live, and how one is ended by its id. */
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { lowerAlphanumeric, randomText } from '../pools/random-text.ts'
import { deviceType } from '../sessions/device-type.ts'
import type { User } from '../users/user.ts'
import type { Activity, Origin, TrackedSession } from './session.ts'
import { readTracked, revokeTracked } from './store.ts'

/** AWS: API_SessionDescriptionType, SessionId. */
export const makeTrackedId = (world: Pick<World, 'random'>): string => `tkn${randomText(world, lowerAlphanumeric, 25)}`

export const activityFrom = (from: Origin | undefined, at: number): Activity => ({
  at,
  address: from?.address,
  deviceType: deviceType(from?.userAgent ?? ''),
})

/** Sessions whose tokens are still good, the newest first. */
export const trackedSessions = (world: World, pool: Pool, user: User): Promise<TrackedSession[]> =>
  readTracked(world.db, pool.id, user, world.now())

/** Revokes all tokens of that session of this user's; false if there is none that lives. */
export const endTracked = (world: World, pool: Pool, user: User, trackedId: string): Promise<boolean> =>
  revokeTracked(world.db, pool.id, user, trackedId, world.now())
