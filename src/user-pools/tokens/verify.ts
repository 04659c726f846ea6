/** Whether a token is one of ours: issuer, signature, use and time. Claims are read from the verified token only. */
import { type JwtRefusal, readJwt, verifyJwt } from '../../protocols/jwt.ts'
import type { World } from '../../world.ts'
import { findPool } from '../pools/find.ts'
import type { Pool } from '../pools/pool.ts'
import { isIssuerOf, poolIdOf } from './issuer.ts'
import { type SigningKey, verificationKey } from './keys.ts'
import type { Purpose } from './store.ts'

/** The claims that every token of ours has. */
export type AnyClaims = Readonly<Record<string, unknown>> & {
  readonly sub: string
  readonly iss: string
  readonly token_use: Purpose
  /** Seconds, as `iat` is. */
  readonly exp: number
  readonly iat: number
}

/** Those of a session's; tokens of machines have no session. */
export type Claims = AnyClaims & { readonly event_id: string }

/** Why a token is not believed. `use`: a good token of the other kind. */
export type Refused = JwtRefusal | 'issuer' | 'use'

export type Verified = { readonly pool: Pool; readonly claims: Claims }

/** As `verifyToken`, for tokens of machines too: who takes one asks what `event_id` is. */
export async function verifyAnyToken(
  world: World,
  token: string,
  use: Purpose,
): Promise<{ readonly pool: Pool; readonly claims: AnyClaims } | { refused: Refused; claims?: AnyClaims }> {
  const iss = readJwt(token)?.unverified['iss']
  if (iss === undefined) return { refused: 'malformed' }
  const poolId = poolIdOf(iss)
  const pool = poolId === undefined ? undefined : await findPool(world, poolId)
  if (!pool || !isIssuerOf(world.settings, pool, iss)) return { refused: 'issuer' }
  let key: SigningKey | undefined
  const keyFor = async (kid: string) => {
    key = await verificationKey(world, pool.id, kid)
    return key?.publicKey
  }
  const result = await verifyJwt(token, { alg: 'RS256', keyFor }, world.now())
  if ('refusal' in result && result.refusal !== 'expired') return { refused: result.refusal }
  // The signature of an expired token was verified before its time was looked at.
  const claims = 'claims' in result ? result.claims : readJwt(token)?.unverified
  if (!claims || !hasForm(claims)) return { refused: 'malformed' }
  if (key?.purpose !== use || claims.token_use !== use) return { refused: 'use' }
  return 'refusal' in result ? { refused: 'expired', claims } : { pool, claims }
}

/**
 * The pool and claims of a token of the wanted use, or why not; `claims` come along when the time alone is wrong. The
 * token's `iss` chooses where to look for the key, and must be exactly what that pool's issuer is.
 */
export async function verifyToken(
  world: World,
  token: string,
  use: Purpose,
): Promise<Verified | { refused: Refused; claims?: Claims }> {
  const read = await verifyAnyToken(world, token, use)
  const { claims } = read
  if (claims && !isOfSession(claims)) return { refused: 'malformed' }
  return 'refused' in read
    ? { refused: read.refused, ...(claims && { claims }) }
    : { pool: read.pool, claims: claims as Claims }
}

const isOfSession = (claims: AnyClaims): claims is Claims => typeof claims['event_id'] === 'string'

const hasForm = (claims: Readonly<Record<string, unknown>>): claims is AnyClaims =>
  ['sub', 'iss', 'token_use'].every((name) => typeof claims[name] === 'string') &&
  ['exp', 'iat'].every((name) => Number.isSafeInteger(claims[name]))
