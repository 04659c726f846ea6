/** The JWT authorizer of HTTP APIs. AWS: "Control access to HTTP APIs with JWT authorizers in API Gateway". */
import { type Claims, readJwt } from '../../protocols/jwt.ts'
import type { Answer, Call } from '../../wire/http.ts'
import { readQuery } from '../../wire/sigv4-canonical.ts'
import type { World } from '../../world.ts'
import type { Authorizer } from './authorized.ts'
import { bareToken, flatClaims, scopesIn } from './claims.ts'
import { httpRefusal } from './refusals.ts'
import { createVerifier, type Refusal } from './verify.ts'

/** In AWS's spelling. */
export type JwtSettings = {
  /** One of `$request.header.<name>` and `$request.querystring.<name>`. */
  readonly IdentitySource?: readonly string[]
  readonly JwtConfiguration: { readonly Issuer: string; readonly Audience: readonly string[] }
  readonly AuthorizationScopes?: readonly string[]
  readonly checkRevocation?: boolean
}

/** unproved: all but the first two and the last; in the manner of those that AWS shows. */
const descriptions: Readonly<Record<Refusal | 'audience' | 'segments' | 'issued', string>> = {
  audience: 'the token does not have a valid audience',
  segments: 'token contains an invalid number of segments',
  malformed: 'the token is malformed',
  header: 'the token is malformed',
  algorithm: 'signing method is invalid',
  key: 'unable to find a signing key that matches the kid',
  signature: 'crypto/rsa: verification error',
  issuer: 'the token has an invalid issuer',
  expired: 'the token has expired',
  'not-yet': 'the token is not valid yet',
  issued: 'the token was issued in the future',
  ended: 'the token has been revoked',
  bound: 'the token is bound to a key',
  unavailable: 'OIDC discovery endpoint communication error',
}

/** Signatures are looked at again this often, as keys may be withdrawn. */
const ttl = 60

export function jwtAuthorizer(world: World, settings: JwtSettings): Authorizer {
  const { Issuer, Audience } = settings.JwtConfiguration
  const { AuthorizationScopes = [], checkRevocation = false } = settings
  const tokenOf = identitySource(settings.IdentitySource?.[0] ?? '$request.header.Authorization')
  const verify = createVerifier(world, { ttl, checkRevocation })

  return async (call) => {
    const token = tokenOf(call)
    if (token === '') return httpRefusal(call, 401, 'Unauthorized', { 'www-authenticate': 'Bearer' })
    if (token.split('.').length !== 3) return invalid(call, 'segments')
    if (!readJwt(token)) return invalid(call, 'malformed')
    const verdict = await verify(Issuer, token)
    if ('refusal' in verdict) return invalid(call, verdict.refusal)
    const { claims } = verdict
    if (!isMeant(claims, Audience)) return invalid(call, 'audience')
    const { iat } = claims
    if (iat !== undefined && !(typeof iat === 'number' && iat * 1000 <= world.now())) return invalid(call, 'issued')
    const scopes = scopesIn(claims)
    if (AuthorizationScopes.length === 0) return { kind: 'jwt', claims: flatClaims(claims, 'brackets'), scopes: null }
    if (!AuthorizationScopes.some((scope) => scopes.includes(scope))) return insufficient(call, AuthorizationScopes)
    // unproved: that these are the token's scopes and not the route's.
    return { kind: 'jwt', claims: flatClaims(claims, 'brackets'), scopes }
  }
}

function identitySource(source: string): (call: Call) => string {
  const [, place, name = ''] = /^\$request\.(header|querystring)\.(.+)$/.exec(source) ?? []
  if (place === 'header') return ({ headers }) => bareToken(headers[name.toLowerCase()] ?? '')
  return ({ query }) => bareToken(readQuery(query).find(([given]) => given === name)?.[1] ?? '')
}

/** AWS: `client_id` counts only where there is no `aud`. */
function isMeant({ aud, client_id }: Claims, audience: readonly string[]): boolean {
  const given: unknown[] = aud === undefined ? [client_id] : [aud].flat()
  return given.some((one) => audience.some((wanted) => wanted === one))
}

const invalid = (call: Call, why: keyof typeof descriptions): Answer =>
  httpRefusal(call, 401, 'Unauthorized', {
    'www-authenticate': `Bearer scope="" error="invalid_token" error_description="${descriptions[why]}"`,
  })

/** unproved: AWS only says that the request is denied; RFC 6750 3.1 has these words for it. */
const insufficient = (call: Call, scopes: readonly string[]): Answer =>
  httpRefusal(call, 403, 'Forbidden', {
    'www-authenticate': `Bearer scope="${scopes.join(' ')}" error="insufficient_scope" error_description="the token does not have a required scope"`,
  })
