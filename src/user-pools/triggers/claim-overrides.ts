/** What a pre token generation function may change in a token's claims. AWS: "Pre token generation Lambda trigger". Pure. */
import type { Json } from './shape.ts'

export type Claims = Readonly<Record<string, unknown>>

export type ClaimChange = {
  readonly add: Readonly<Record<string, Json>>
  readonly suppress: readonly string[]
}

export type GroupChange = {
  readonly groups: readonly string[]
  readonly roles: readonly string[]
  readonly preferredRole: string | undefined
}

export type Overrides = {
  readonly id: ClaimChange
  readonly access: ClaimChange & {
    readonly scopesToAdd: readonly string[]
    readonly scopesToSuppress: readonly string[]
  }
  /** In place of the user's groups; undefined leaves them. */
  readonly groups: GroupChange | undefined
}

/** unproved: that what may not be changed is left as it is, rather than refused. `scope` has members of its own. */
const fixed: ReadonlySet<string> = new Set([
  'acr',
  'amr',
  'at_hash',
  'aud',
  'auth_time',
  'azp',
  'client_id',
  'device_key',
  'event_id',
  'exp',
  'iat',
  'identities',
  'iss',
  'jti',
  'nbf',
  'nonce',
  'origin_jti',
  'scope',
  'sub',
  'token_use',
  'username',
  'version',
])

const groupClaims: readonly string[] = ['cognito:groups', 'cognito:roles', 'cognito:preferred_role']

/** Claims of the ID token whose form is set by OpenID Connect: no object in their place. */
const plainOnly: ReadonlySet<string> = new Set(['phone_number_verified', 'email_verified', 'updated_at', 'address'])

const mayAdd = (name: string): boolean => !fixed.has(name) && !/^(cognito|dev):/.test(name)

/** Suppressing the groups takes the roles along. */
const suppressed = (names: readonly string[]): ReadonlySet<string> =>
  new Set(
    names
      .filter((name) => !fixed.has(name) && (!name.startsWith('cognito:') || name === 'cognito:groups'))
      .flatMap((name) => (name === 'cognito:groups' ? groupClaims : [name])),
  )

const isObject = (value: Json): boolean => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Suppressing beats adding. Own properties only: a claim may be called anything. */
function change(claims: Claims, { add, suppress }: ClaimChange, may: (name: string, value: Json) => boolean): Claims {
  const gone = suppressed(suppress)
  const added = Object.entries(add).filter(([name, value]) => may(name, value))
  return Object.fromEntries([...Object.entries(claims), ...added].filter(([name]) => !gone.has(name)))
}

/** The groups of the function's choice; none where it chose none. */
function changeGroups(claims: Claims, chosen: GroupChange | undefined, withRoles: boolean): Claims {
  if (!chosen) return claims
  const rest = Object.fromEntries(Object.entries(claims).filter(([name]) => !groupClaims.includes(name)))
  return {
    ...rest,
    ...(chosen.groups.length > 0 && { 'cognito:groups': chosen.groups }),
    ...(withRoles && chosen.roles.length > 0 && { 'cognito:roles': chosen.roles }),
    ...(withRoles && chosen.preferredRole !== undefined && { 'cognito:preferred_role': chosen.preferredRole }),
  }
}

export const overrideIdClaims = (claims: Claims, { id, groups }: Overrides): Claims =>
  change(
    changeGroups(claims, groups, true),
    id,
    (name, value) => mayAdd(name) && !(plainOnly.has(name) && isObject(value)),
  )

/** `aud` may be added where it says what is true anyway. A scope with a space would be two. */
export function overrideAccessClaims(claims: Claims, { access, groups }: Overrides): Claims {
  const changed = change(
    changeGroups(claims, groups, false),
    access,
    (name, value) => mayAdd(name) || (name === 'aud' && value === claims['client_id']),
  )
  const had = String(claims['scope'] ?? '').split(' ')
  const added = access.scopesToAdd.filter((scope) => /^\S+$/.test(scope))
  const scopes = [...new Set([...had, ...added])].filter((one) => one !== '' && !access.scopesToSuppress.includes(one))
  const { scope: _, ...rest } = changed
  return scopes.length > 0 ? { ...rest, scope: scopes.join(' ') } : rest
}
