/** Refreshing: whether a refresh token is good, what it gives, and what happens when a replaced one comes back. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Client } from '../clients/client.ts'
import { deviceTracking } from '../devices/device.ts'
import { findDevice } from '../devices/find.ts'
import type { Pool } from '../pools/pool.ts'
import { stillDefined } from '../resource-servers/scopes.ts'
import { userBySub } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { issueTokens, type Tokens } from './issue.ts'
import { keysOfRefreshToken, makeRefreshToken } from './refresh-token.ts'
import { scopesOf } from './scopes.ts'
import { type Ended, endOf, type Origin, type Session } from './session.ts'
import { readRefresh, revokeSession, rotateRefresh, sessionLives, touchSession } from './store.ts'
import { activityFrom } from './tracked.ts'

type Holder = {
  readonly pool: Pool
  readonly client: Client
  /** What the caller sent along for the pool's function. */
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined
  readonly from?: Origin | undefined
  /** The key that the caller proved to have. RFC 9449. */
  readonly jkt?: string | undefined
  /** The device the caller says it is. */
  readonly deviceKey?: string | undefined
}

export type Refresh = { readonly session: Session; readonly user: User; readonly token: string; readonly hash: string }

export const rotates = (client: Client): boolean => client.settings.RefreshTokenRotation?.Feature === 'ENABLED'

/** The longest period in which a replaced token is still taken, in milliseconds. */
const graceOf = (client: Client) => (client.settings.RefreshTokenRotation?.RetryGracePeriodSeconds ?? 0) * 1000

/**
 * The session and user of a refresh token. Refuses unknown tokens and other clients', then replaced, expired and revoked
 * ones, in AWS's words. A token that was replaced longer ago than the grace period ends the session for all who hold a
 * token of it (RFC 9700 4.14); unproved: AWS does not say that it does so.
 */
export async function readRefreshToken(world: World, holder: Holder, token: string): Promise<Refresh> {
  const { pool, client } = holder
  const keys = keysOfRefreshToken(world, token)
  const found = await readRefresh(world.db, pool.id, keys)
  if (!found || found.session.clientId !== client.id) return fail('NotAuthorizedException', 'Invalid Refresh Token')
  const { session, usedAt } = found
  if (session.dpopJkt !== undefined && session.dpopJkt !== holder.jkt) {
    fail('NotAuthorizedException', 'Invalid Refresh Token', { detail: 'it is bound to another key' })
  }
  const user = await userBySub(world, pool, session.sub)
  const ended = endOf(user, session)
  if (!user || ended) return refuseEnded(ended ?? 'deleted')
  if (session.expiresAt <= world.now()) fail('NotAuthorizedException', 'Refresh Token has expired')
  if (usedAt !== undefined && usedAt + graceOf(client) <= world.now()) return refuseReuse(world, pool, session)
  await checkDevice(world, holder, session)
  return { session, user, token, hash: keys.hash }
}

/**
 * A session that began on a device goes on there only, and while the device is confirmed. AWS: "Working with user
 * devices"; the sentence is the one reported for a missing or unconfirmed device.
 */
async function checkDevice(world: World, { pool, deviceKey }: Holder, session: Session): Promise<void> {
  if (session.deviceKey === undefined || !deviceTracking(pool)) return
  const same = deviceKey === session.deviceKey
  const device = same && (await findDevice(world, pool, session.sub, session.deviceKey))
  if (!device) fail('NotAuthorizedException', 'Invalid Refresh Token')
}

/** New ID and access tokens of the session that goes on; `keep` finds out whether it still does. */
async function renewTokens(
  world: World,
  holder: Holder,
  { session, user }: Refresh,
  keep: () => Promise<unknown>,
): Promise<Tokens> {
  const { pool, client, clientMetadata, from } = holder
  const scope =
    session.scope === undefined ? undefined : (await stillDefined(world, pool.id, scopesOf(session.scope))).join(' ')
  const source = 'TokenGeneration_RefreshTokens'
  const grant = { pool, client, clientMetadata, user, session: { ...session, scope }, jkt: holder.jkt, source } as const
  const tokens = await issueTokens(world, grant, keep)
  if (session.trackedId !== undefined) {
    await touchSession(world.db, holder.pool.id, session.id, activityFrom(from, world.now()))
  }
  return tokens
}

/** New ID and access tokens of the session, if it did not end while the pool's function spoke. */
export const refreshTokens = (world: World, holder: Holder, refresh: Refresh): Promise<Tokens> =>
  renewTokens(world, holder, refresh, () => refuseOver(world, holder, refresh))

async function refuseOver(world: World, { pool }: Holder, { session, user }: Refresh): Promise<void> {
  if (await sessionLives(world.db, pool.id, session.id)) return
  const now = await userBySub(world, pool, user.sub)
  refuseEnded(endOf(now, session) ?? 'revoked')
}

const endings: Readonly<Record<Ended, string>> = {
  deleted: 'Invalid Refresh Token',
  disabled: 'User is disabled.',
  revoked: 'Refresh Token has been revoked',
}

const refuseEnded = (ended: Ended): never => fail('NotAuthorizedException', endings[ended])

/**
 * The same, and a new refresh token in the place of the one given, for what is left of the first one's life. The pool's
 * function speaks before the one given is used up: its failure must not cost the session.
 */
export async function rotateTokens(world: World, holder: Holder, refresh: Refresh): Promise<Tokens> {
  const RefreshToken = makeRefreshToken(world, refresh.token)
  const next = keysOfRefreshToken(world, RefreshToken)
  const tokens = await renewTokens(world, holder, refresh, async () => {
    const rotation = { hash: refresh.hash, next, now: world.now(), grace: graceOf(holder.client) }
    if (await rotateRefresh(world.db, holder.pool.id, rotation)) return
    // Lost against the end of the session, or against another rotation, which makes this a reuse.
    await refuseOver(world, holder, refresh)
    await refuseReuse(world, holder.pool, refresh.session)
  })
  return { ...tokens, RefreshToken }
}

/** The revocation is committed before the refusal. unproved: the sentence; AWS's is not recorded. */
async function refuseReuse(world: World, pool: Pool, session: Session): Promise<never> {
  await revokeSession(world.db, pool.id, session.id, world.now())
  return fail('RefreshTokenReuseException', 'Refresh Token has already been used')
}
