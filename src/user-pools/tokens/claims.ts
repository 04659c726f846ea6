/** What ID and access tokens say. AWS: "Understanding the identity (ID) token", "Understanding the access token". */
import type { Client } from '../clients/client.ts'
import { readable } from '../clients/permissions.ts'
import { type Group, roleClaims } from '../groups/groups-of.ts'
import type { Pool } from '../pools/pool.ts'
import { identityClaims } from '../users/identities.ts'
import type { User } from '../users/user.ts'
import { opensAttribute } from './scopes.ts'
import type { Session } from './session.ts'

/** All that the claims depend on; times in epoch milliseconds. */
export type Subject = {
  readonly pool: Pool
  readonly client: Client
  readonly user: User
  readonly groups: readonly Group[]
  readonly session: Session
  readonly issuer: string
  readonly now: number
  /** A UUID of this one token. */
  readonly jti: string
}

const seconds = (ms: number) => Math.floor(ms / 1000)

/** What both kinds say. Without token revocation the ids it works by are left out, as AWS does. */
function common({ client, user, session, issuer, now, jti }: Subject, lifetime: number) {
  const ids = client.settings.EnableTokenRevocation || client.settings.RefreshTokenRotation?.Feature === 'ENABLED'
  return {
    sub: user.sub,
    iss: issuer,
    ...(ids && { origin_jti: session.originJti, jti }),
    event_id: session.id,
    auth_time: seconds(session.authTime),
    ...(session.acr !== undefined && { acr: session.acr }),
    ...(session.amr && { amr: session.amr }),
    exp: seconds(now) + seconds(lifetime),
    iat: seconds(now),
  }
}

export function accessClaims(subject: Subject, lifetime: number, scope: string): Record<string, unknown> {
  const { groups } = roleClaims([...subject.groups])
  const { scope: hosted, resource } = subject.session
  return {
    ...common(subject, lifetime),
    ...(groups.length > 0 && { 'cognito:groups': groups }),
    client_id: subject.client.id,
    ...(resource !== undefined && { aud: resource }),
    token_use: 'access',
    scope,
    // AWS: tokens of the OAuth endpoints have it, those of the API have not.
    ...(hosted !== undefined && { version: 2 }),
    username: subject.user.username,
    ...(subject.session.deviceKey !== undefined && { device_key: subject.session.deviceKey }),
  }
}

export function idClaims(subject: Subject, lifetime: number, nonce?: string): Record<string, unknown> {
  const { groups, roles, preferredRole } = roleClaims([...subject.groups])
  return {
    ...attributeClaims(subject),
    ...common(subject, lifetime),
    ...(groups.length > 0 && { 'cognito:groups': groups }),
    ...(roles.length > 0 && { 'cognito:roles': roles }),
    ...(preferredRole !== undefined && { 'cognito:preferred_role': preferredRole }),
    'cognito:username': subject.user.username,
    aud: subject.client.id,
    token_use: 'id',
    ...(nonce !== undefined && { nonce }),
  }
}

/** The attributes whose claim is no string. Custom attributes are strings, whatever their type in the schema. */
const forms: Readonly<Record<string, (value: string) => unknown>> = {
  email_verified: (value) => value === 'true',
  phone_number_verified: (value) => value === 'true',
  address: (value) => ({ formatted: value }),
  updated_at: Number,
  identities: identityClaims,
}

/** Only what the client may read and the scopes of the OAuth endpoints open; where the user comes from is always told. */
const attributeClaims = ({ pool, client, user, session: { scope } }: Subject): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(user.attributes)
      .filter(
        ([name, value]) =>
          name === 'identities' ||
          (value !== '' &&
            readable(pool, client, name) &&
            (scope === undefined || opensAttribute(scope, name, 'id-token'))),
      )
      .map(([name, value]) => [name, forms[name]?.(value) ?? value]),
  )
