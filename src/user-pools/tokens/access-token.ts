/** What an access token opens: its user, while its session lives. The door of every operation that takes one. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import type { User } from '../users/user.ts'
import { liveSession } from './find-session.ts'
import type { Ended, Session } from './session.ts'
import { type Claims, verifyToken } from './verify.ts'

/** The scope of the user pools API itself; tokens from other flows may lack it. */
export const selfService = 'aws.cognito.signin.user.admin'

export type AccessToken = {
  readonly pool: Pool
  readonly user: User
  readonly claims: Claims
  readonly session: Session
}

/** The thumbprint of the key that a token is bound to. RFC 9449 6.1. */
export const boundTo = ({ cnf }: Readonly<Record<string, unknown>>): unknown =>
  typeof cnf === 'object' && cnf !== null ? ((cnf as { jkt?: unknown }).jkt ?? cnf) : cnf

/**
 * Verifies signature, issuer, use and time, then that the session lives and the scope is there. A token that is bound to
 * a key is nothing without that key, whose thumbprint `jkt` was proved. Refuses with NotAuthorizedException in AWS's words. AWS: "Ending user sessions with token revocation".
 */
export async function readAccessToken(
  world: World,
  token: string,
  scope = selfService,
  jkt?: string,
): Promise<AccessToken> {
  const read = await verifyToken(world, token, 'access')
  if ('refused' in read) {
    const message = read.refused === 'expired' ? 'Access Token has expired' : 'Invalid Access Token'
    return fail('NotAuthorizedException', message, { detail: read.refused })
  }
  if (boundTo(read.claims) !== jkt) fail('NotAuthorizedException', 'Invalid Access Token', { detail: 'key' })
  const live = await liveSession(world, read.pool, read.claims)
  if ('ended' in live) return refuseEnded(live.ended)
  const { scope: granted } = read.claims
  if (typeof granted !== 'string' || !granted.split(' ').includes(scope)) {
    fail('NotAuthorizedException', 'Access Token does not have required scopes')
  }
  return { ...read, ...live }
}

/** The first and last sentences are those AWS's own clients look for to end a local session. */
const endings: Readonly<Record<Ended, readonly [code: string, message: string]>> = {
  revoked: ['NotAuthorizedException', 'Access Token has been revoked'],
  disabled: ['NotAuthorizedException', 'User is disabled.'],
  deleted: ['UserNotFoundException', 'User does not exist.'],
}

export const refuseEnded = (ended: Ended): never => fail(...endings[ended])
