/** A token session: what one sign-in began, and whether its tokens are still good. */
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { userBySub } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { readSession, revokeSession } from './store.ts'

/** Times in epoch milliseconds. */
export type Session = {
  /** The `event_id` of all its tokens. */
  readonly id: string
  readonly sub: string
  readonly clientId: string
  readonly originJti: string
  /** When the user proved who they are; a refresh does not change it. */
  readonly authTime: number
  /** What a sign-out everywhere is compared with; see `startOf`. */
  readonly startedAt: number
  /** The end of the refresh token's life. */
  readonly expiresAt: number
  readonly revokedAt: number | undefined
  /** What it is listed by; only where the pool tracks sessions. */
  readonly trackedId?: string | undefined
  /** The device it began on; only where the pool tracks devices. */
  readonly deviceKey?: string | undefined
  /** Space-separated; only where it began at the OAuth endpoints. */
  readonly scope?: string | undefined
  /** The URL that its access tokens are for. RFC 8707. */
  readonly resource?: string | undefined
  /** The session of the browser that it came from. */
  readonly browserId?: string | undefined
  /** The key that its refresh token is bound to: the thumbprint. RFC 9449 5. */
  readonly dpopJkt?: string | undefined
  /** The level that the sign-in reached, and the factors that it proved: AWS keeps both over refreshes. */
  readonly acr?: string | undefined
  readonly amr?: readonly string[] | undefined
}

/** Where a request came from, as far as it is known. */
export type Origin = { readonly address: string; readonly userAgent: string }

/** What a tracked session shows of its latest activity. */
export type Activity = {
  readonly at: number
  readonly address: string | undefined
  readonly deviceType: string
}

/** Revokes all tokens of that session; nothing where there is none. */
export const endSession = (world: World, pool: Pick<Pool, 'id'>, id: string): Promise<void> =>
  revokeSession(world.db, pool.id, id, world.now())

/** Why the tokens of a session are good no more. */
export type Ended = 'revoked' | 'disabled' | 'deleted'

/** A sign-in after a sign-out is after it, even within the same millisecond. */
export const startOf = (user: Pick<User, 'signedOutAt'>, now: number): number => Math.max(now, user.signedOutAt + 1)

/** The rule: deletion outweighs disabling, which outweighs revocation. */
export function endOf(user: User | undefined, session: Session | undefined): Ended | undefined {
  if (!user) return 'deleted'
  if (!user.enabled) return 'disabled'
  if (!session || session.sub !== user.sub || session.revokedAt !== undefined) return 'revoked'
  return session.startedAt <= user.signedOutAt ? 'revoked' : undefined
}

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
