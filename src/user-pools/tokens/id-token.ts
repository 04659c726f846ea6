/** What an ID token says, for those who trust this server's pools: identity pools above all. */
import type { World } from '../../world.ts'
import type { User } from '../users/user.ts'
import { liveSession } from './find-session.ts'
import type { Ended, Session } from './session.ts'
import { type Claims, type Refused, type Verified, verifyToken } from './verify.ts'

export type IdToken = Verified & {
  /** Only where revocation was checked. */
  readonly user?: User
  readonly session?: Session
}

/** `claims` are there when only the time is wrong, so that the refusal can name it. */
export type RefusedIdToken = { readonly refused: Refused | Ended | 'audience'; readonly claims?: Claims }

/**
 * Verifies signature, issuer, use and time. With `audience`, one of these client ids must be meant. With
 * `checkRevocation` the session must live and the user be there and enabled (an identity pool's ServerSideTokenCheck).
 * Answers why not instead of throwing: every service has its own words for it.
 */
export async function readIdToken(
  world: World,
  token: string,
  wanted: { readonly audience?: readonly string[]; readonly checkRevocation?: boolean } = {},
): Promise<IdToken | RefusedIdToken> {
  const read = await verifyToken(world, token, 'id')
  if ('refused' in read) return read
  if (wanted.audience && !wanted.audience.some((client) => client === read.claims['aud'])) {
    return { refused: 'audience', claims: read.claims }
  }
  if (!wanted.checkRevocation) return read
  const live = await liveSession(world, read.pool, read.claims)
  return 'ended' in live ? { refused: live.ended, claims: read.claims } : { ...read, ...live }
}
