/** Issuing tokens: after a sign-in, which begins a session, and after a refresh, which goes on with one. */
import { createHash } from 'node:crypto'
import { signJwt } from '../../protocols/jwt.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { type Client, lifetimes } from '../clients/client.ts'
import { deviceTracking } from '../devices/device.ts'
import { noteSignIn } from '../devices/find.ts'
import { type NewDeviceMetadata, newDevice } from '../devices/keys.ts'
import { groupsOf, roleClaims } from '../groups/groups-of.ts'
import { extensionsOf } from '../oauth-extensions/extensions.ts'
import type { Pool } from '../pools/pool.ts'
import { trackingOf } from '../sessions/configuration.ts'
import { triggerAttributes } from '../triggers/attributes.ts'
import { type Claims, overrideAccessClaims, overrideIdClaims } from '../triggers/claim-overrides.ts'
import { askForOverrides, type TokenSource } from '../triggers/pre-token.ts'
import { userBySub } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { refuseEnded, selfService } from './access-token.ts'
import { accessClaims, idClaims, type Subject } from './claims.ts'
import { issuerOf } from './issuer.ts'
import { signingKey } from './keys.ts'
import type { Authentication } from './levels.ts'
import { keysOfRefreshToken, makeRefreshToken } from './refresh-token.ts'
import { scopesOf } from './scopes.ts'
import type { Origin, Session } from './session.ts'
import type { Purpose } from './store.ts'
import { insertSession } from './store.ts'
import { activityFrom, makeTrackedId } from './tracked.ts'
import { makeUuid } from './uuid.ts'

/** AWS's AuthenticationResult; a refresh without rotation has no RefreshToken. */
export type Tokens = {
  readonly AccessToken: string
  /** Left out where the session began at the OAuth endpoints without the scope `openid`. */
  readonly IdToken?: string
  readonly ExpiresIn: number
  readonly TokenType: 'Bearer'
  readonly RefreshToken?: string
  /** For a sign-in from a device nobody knew, where the pool tracks devices. */
  readonly NewDeviceMetadata?: NewDeviceMetadata
}

export type Grant = {
  readonly pool: Pool
  readonly client: Client
  readonly user: User
  /** OpenID Connect Core 3.1.2.1: goes into the ID token as it came. */
  readonly nonce?: string | undefined
  /** The thumbprint of the key that the access token is bound to. RFC 9449 6.1. */
  readonly jkt?: string | undefined
  /** What the tokens are for, as the pool's function is told; a sign-in through the API if absent. */
  readonly source?: TokenSource
  /** What the caller sent along for that function. */
  readonly clientMetadata?: Readonly<Record<string, string>> | undefined
  /** Where the request came from, for sessions and devices that are shown to people. */
  readonly from?: Origin | undefined
  /** A device of the user's that the sign-in came from. */
  readonly deviceKey?: string | undefined
  /** How the user proved who they are. */
  readonly authentication?: Authentication | undefined
  /** No place where somebody signed in, and no token that leaves: listed nowhere, and no reason to end another session. */
  readonly aside?: boolean
}

/** What a sign-in at the OAuth endpoints adds. */
export type HostedGrant = {
  /** Space-separated; sign-in through the API grants the scope of the API itself and nothing else. */
  readonly scope: string
  readonly resource?: string | undefined
  /** The `event_id` that its authorization code was made for. */
  readonly sessionId: string
  /** The browser's session. */
  readonly browserId?: string | undefined
  /** Whether the ID token names it: for clients that are told of its end. OpenID Connect Back-Channel Logout 2.1. */
  readonly tellsSession?: boolean | undefined
  /** The key that the refresh token is bound to, too: those of public clients. RFC 9449 5. */
  readonly bindsRefresh?: boolean | undefined
}

/** OpenID Connect Core 3.1.3.6: the left half of the access token's hash. */
const hashOf = (accessToken: string) =>
  createHash('sha256').update(accessToken, 'ascii').digest().subarray(0, 16).toString('base64url')

/**
 * An ID and an access token of a session, signed side by side; where one names the other, one after the other. `keep`
 * makes them good, or refuses: beside the signatures, once the pool's function, which may take its time, has spoken.
 */
export async function issueTokens(
  world: World,
  grant: Grant & { readonly session: Session; readonly sid?: string | undefined },
  keep: () => Promise<unknown>,
): Promise<Tokens> {
  const { pool, client, user, session, nonce } = grant
  const { scope = selfService } = session
  const [groups] = await Promise.all([groupsOf(world, pool.id, user.sub), refuseUnbound(world, grant)])
  const lifetime = lifetimes(client)
  const subject = (): Subject => ({
    ...{ pool, client, user, groups, session },
    issuer: issuerOf(world.settings, pool),
    now: world.now(),
    jti: makeUuid(world),
  })
  const wanted = await askForOverrides(world, pool, grant.source ?? 'TokenGeneration_Authentication', {
    userName: user.username,
    clientId: client.id,
    userAttributes: triggerAttributes(user),
    groups: roleClaims(groups),
    scopes: scope.split(' '),
    clientMetadata: grant.clientMetadata,
  })
  const access = accessClaims(subject(), lifetime.access, scope)
  const id = idClaims(subject(), lifetime.id, nonce)
  // What binds a token, and what a sign-out is told by, is no function's to change.
  const bound = { ...(wanted ? overrideAccessClaims(access, wanted) : access), ...confirmation(grant.jkt) }
  const named = { ...(wanted ? overrideIdClaims(id, wanted) : id), ...(grant.sid !== undefined && { sid: grant.sid }) }
  const signId = (more: Claims) => sign(world, pool, 'id', { ...named, ...more })
  const signBoth = async () => {
    const signedAccess = sign(world, pool, 'access', bound)
    if (session.scope === undefined) {
      const [AccessToken, IdToken] = await Promise.all([signedAccess, signId({})])
      return { AccessToken, IdToken }
    }
    const AccessToken = await signedAccess
    if (!scopesOf(session.scope).includes('openid')) return { AccessToken }
    return { AccessToken, IdToken: await signId({ at_hash: hashOf(AccessToken) }) }
  }
  const [signed] = await Promise.all([signBoth(), keep()])
  return { ...signed, ExpiresIn: Math.floor(lifetime.access / 1000), TokenType: 'Bearer' }
}

/** The API has no place for a proof: clients whose tokens must be bound to a key get none there. docs/decisions/0033. */
async function refuseUnbound(world: World, { client, jkt, aside }: Grant): Promise<void> {
  if (jkt !== undefined || aside) return
  const { dpop } = await extensionsOf(world, client)
  if (dpop === 'required')
    fail('InvalidParameterException', 'Tokens of this client are bound to a key, and given at its domain only.')
}

/** RFC 9449 6.1. */
export const confirmation = (jkt: string | undefined): Claims => (jkt === undefined ? {} : { cnf: { jkt } })

/** Signs claims with the pool’s key of that purpose. */
export async function sign(
  world: World,
  pool: Pick<Pool, 'id'>,
  purpose: Purpose,
  claims: Claims,
  typ?: string,
): Promise<string> {
  const { kid, alg, privatePem } = await signingKey(world, pool.id, purpose)
  return signJwt({ kid, alg, ...(typ !== undefined && { typ }) }, claims, (hash, text) =>
    world.slow.signRsa(hash, privatePem, text),
  )
}

/** Whose session nothing was kept of: they were deleted, disabled or signed out everywhere while their tokens were made. */
export async function refuseEndedMeanwhile(world: World, pool: Pool, sub: string): Promise<never> {
  const user = await userBySub(world, pool, sub)
  if (!user) fail('UserNotFoundException', 'User does not exist.')
  return refuseEnded(user.enabled ? 'revoked' : 'disabled')
}

/** Begins a session for a user who has just proved who they are, and issues its three tokens. */
export async function beginSession(
  world: World,
  grant: Grant & {
    readonly authTime?: number
    readonly hosted?: HostedGrant
    readonly sessionId?: string | undefined
  },
): Promise<Tokens & { readonly RefreshToken: string }> {
  const { pool, client, user, hosted } = grant
  const now = world.now()
  const { enabled, mostPerUser: most } = trackingOf(pool)
  const tracked = enabled && !grant.aside
  // Browsers at the hosted pages are no devices of the API's: nothing there could answer for one.
  const tracksDevices = !hosted && deviceTracking(pool) !== undefined
  const known = tracksDevices ? grant.deviceKey : undefined
  const fresh = tracksDevices && known === undefined ? newDevice(world, pool, user.sub) : undefined
  const session: Session = {
    id: hosted?.sessionId ?? grant.sessionId ?? makeUuid(world),
    sub: user.sub,
    clientId: client.id,
    originJti: makeUuid(world),
    authTime: grant.authTime ?? now,
    startedAt: now,
    signOuts: user.signOuts,
    expiresAt: now + lifetimes(client).refresh,
    revokedAt: undefined,
    trackedId: tracked ? makeTrackedId(world) : undefined,
    deviceKey: fresh?.DeviceKey ?? known,
    scope: hosted?.scope,
    resource: hosted?.resource,
    browserId: hosted?.browserId,
    dpopJkt: hosted?.bindsRefresh ? grant.jkt : undefined,
    acr: grant.authentication?.acr,
    amr: grant.authentication?.amr,
  }
  const RefreshToken = makeRefreshToken(world)
  const keep = async () => {
    const tracking = tracked ? { activity: activityFrom(grant.from, now), most } : undefined
    const kept = await insertSession(world.db, pool.id, session, keysOfRefreshToken(world, RefreshToken), tracking)
    if (!kept) await refuseEndedMeanwhile(world, pool, user.sub)
    if (known !== undefined) await noteSignIn(world, pool, user.sub, known, grant.from?.address)
  }
  const sid = hosted?.tellsSession ? hosted.browserId : undefined
  const tokens = await issueTokens(world, { ...grant, session, sid }, keep)
  return { ...tokens, RefreshToken, ...(fresh && { NewDeviceMetadata: fresh }) }
}
