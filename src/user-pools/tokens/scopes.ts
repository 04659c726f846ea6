/** What the scopes of a session let its tokens and userInfo tell. AWS: Developer Guide, "Scopes, M2M, and resource servers". */

/** In OpenID Connect's order. An ID token is issued for `openid` only. */
export const profileScopes = ['openid', 'email', 'phone', 'profile'] as const

export const scopesOf = (scope: string | undefined): readonly string[] => scope?.split(' ').filter(Boolean) ?? []

const members: Readonly<Record<string, readonly string[]>> = {
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
}

/** OpenID Connect Core 5.4, as AWS lists them for userInfo; custom attributes come along. */
const profile: ReadonlySet<string> = new Set(
  (
    'name family_name given_name middle_name nickname preferred_username profile picture website gender birthdate ' +
    'zoneinfo locale updated_at'
  ).split(' '),
)

const isProfile = (name: string) => profile.has(name) || name.startsWith('custom:')

/**
 * Whether tokens of these scopes tell of the attribute. `openid` alone opens everything that the client can read, and
 * so does `profile` in an ID token; userInfo is told the narrower list.
 */
export function opensAttribute(scope: string, name: string, where: 'id-token' | 'user-info'): boolean {
  const scopes = scopesOf(scope)
  if (name === 'sub' || !['email', 'phone', 'profile'].some((one) => scopes.includes(one))) return true
  if (scopes.includes('profile') && (where === 'id-token' || isProfile(name))) return true
  return scopes.some((one) => members[one]?.includes(name))
}

/** Attributes that come in pairs: the client must be able to read both. */
export const pairsOf = (scope: string): readonly (readonly string[])[] =>
  scopesOf(scope).flatMap((one) => (members[one] ? [members[one]] : []))
