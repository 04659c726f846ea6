/** Refreshing: whether a refresh token is good, what it gives, and what happens when a replaced one comes back. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Client } from '../clients/client.ts'
import type { Pool } from '../pools/pool.ts'
import { userBySub } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { issueTokens, type Tokens } from './issue.ts'
import { hashRefreshToken, makeRefreshToken } from './refresh-token.ts'
import { endOf, type Session } from './session.ts'
import { readRefresh, revokeSession, rotateRefresh } from './store.ts'

type Holder = {
  readonly pool: Pool
  readonly client: Client
  /** What the caller sent along for the pool's function. */
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined
}

export type Refresh = { readonly session: Session; readonly user: User; readonly hash: string }

export const rotates = (client: Client): boolean => client.settings.RefreshTokenRotation?.Feature === 'ENABLED'

/** The longest period in which a replaced token is still taken, in milliseconds. */
const graceOf = (client: Client) => (client.settings.RefreshTokenRotation?.RetryGracePeriodSeconds ?? 0) * 1000

/**
 * The session and user of a refresh token. Refuses unknown tokens and other clients', then replaced, expired and revoked
 * ones, in AWS's words. A token that was replaced longer ago than the grace period ends the session for all who hold a
 * token of it (RFC 9700 4.14); unproved: AWS does not say that it does so.
 */
export async function readRefreshToken(world: World, { pool, client }: Holder, token: string): Promise<Refresh> {
  const hash = hashRefreshToken(world, token)
  const found = await readRefresh(world.db, pool.id, hash)
  if (!found || found.session.clientId !== client.id) return fail('NotAuthorizedException', 'Invalid Refresh Token')
  const { session, usedAt } = found
  const user = await userBySub(world, pool, session.sub)
  const ended = endOf(user, session)
  if (!user || ended === 'deleted') return fail('NotAuthorizedException', 'Invalid Refresh Token')
  if (ended === 'disabled') fail('NotAuthorizedException', 'User is disabled.')
  if (ended === 'revoked') fail('NotAuthorizedException', 'Refresh Token has been revoked')
  if (session.expiresAt <= world.now()) fail('NotAuthorizedException', 'Refresh Token has expired')
  if (usedAt !== undefined && usedAt + graceOf(client) <= world.now()) return refuseReuse(world, pool, session)
  return { session, user, hash }
}

/** New ID and access tokens of the session that goes on. */
export const refreshTokens = (
  world: World,
  { pool, client, clientMetadata }: Holder,
  { session, user }: Refresh,
): Promise<Tokens> =>
  issueTokens(world, { pool, client, user, session, source: 'TokenGeneration_RefreshTokens', clientMetadata })

/** The same, and a new refresh token in the place of the one given, for what is left of the first one's life. */
export async function rotateTokens(world: World, holder: Holder, refresh: Refresh): Promise<Tokens> {
  const RefreshToken = makeRefreshToken(world)
  const rotated = await rotateRefresh(world.db, holder.pool.id, {
    hash: refresh.hash,
    next: hashRefreshToken(world, RefreshToken),
    now: world.now(),
    grace: graceOf(holder.client),
  })
  // Lost against another rotation, which makes this a reuse, or against a revocation, which leaves nothing to revoke.
  if (!rotated) return refuseReuse(world, holder.pool, refresh.session)
  return { ...(await refreshTokens(world, holder, refresh)), RefreshToken }
}

/** The revocation is committed before the refusal. unproved: the sentence; AWS's is not recorded. */
async function refuseReuse(world: World, pool: Pool, session: Session): Promise<never> {
  await revokeSession(world.db, pool.id, session.id, world.now())
  return fail('RefreshTokenReuseException', 'Refresh Token has already been used')
}
