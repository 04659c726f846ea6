/**
 * Whether an ID token is its provider's: of a user pool of this server, or of an issuer elsewhere. Says what it found in
 * one form; the words of the refusal are the service's own. For whom the token is meant is the caller's to check.
 */
import type { Claims } from '../../protocols/jwt.ts'
import { readJwt } from '../../protocols/jwt.ts'
import { verifyRemoteJwt } from '../../remote-issuers.ts'
import { findPool } from '../../user-pools/pools/find.ts'
import type { Pool } from '../../user-pools/pools/pool.ts'
import { readIdToken } from '../../user-pools/tokens/id-token.ts'
import { issuersOf, poolIdOf } from '../../user-pools/tokens/issuer.ts'
import type { World } from '../../world.ts'
import { rulesOf } from './addresses.ts'

export type Issued =
  | { readonly claims: Claims; readonly userPool?: Pool }
  /** Genuine, but its time is over. */
  | { readonly refusal: 'expired'; readonly claims: Claims }
  /** `use`: genuine, but no ID token. `unavailable`: the provider cannot be asked. */
  | { readonly refusal: 'malformed' | 'issuer' | 'signature' | 'use' | 'unavailable' }

/** The user pool of this server that goes by that name as a provider, by AWS's or by its issuer's. */
export async function ownPool(world: World, name: string): Promise<Pool | undefined> {
  const id = poolIdOf(name)
  if (id === undefined) return undefined
  const place = { id, region: id.slice(0, id.lastIndexOf('_')) }
  const names = [`cognito-idp.${place.region}.amazonaws.com/${id}`, ...Object.values(issuersOf(world.settings, place))]
  return names.some((one) => withoutScheme(one) === name) ? findPool(world, id) : undefined
}

export const withoutScheme = (issuer: string): string => issuer.replace(/^https?:\/\//, '')

/**
 * What the provider of that name (its issuer without scheme) says in the token. `leewayMs`: how wrong clocks may be;
 * `issuer`: as IAM knows it.
 */
export async function verifyIssued(
  world: World,
  name: string,
  token: string,
  { leewayMs = 0, issuer }: { readonly leewayMs?: number; readonly issuer?: string | undefined } = {},
): Promise<Issued> {
  if (!readJwt(token)) return { refusal: 'malformed' }
  const pool = await ownPool(world, name)
  if (pool) return verifyOwn(world, pool, token, leewayMs)
  const result = await verifyRemoteJwt(world, { ...rulesOf(world.settings, name, issuer), leewayMs }, token)
  if (!('refusal' in result)) return { claims: result.claims }
  if (result.refusal === 'expired' && typeof result.claims['exp'] === 'number') {
    return { refusal: 'expired', claims: result.claims }
  }
  const { refusal } = result
  return { refusal: refusal === 'issuer' || refusal === 'unavailable' ? refusal : 'signature' }
}

async function verifyOwn(world: World, pool: Pool, token: string, leewayMs: number): Promise<Issued> {
  const issuer = readJwt(token)?.unverified['iss']
  if (!Object.values(issuersOf(world.settings, pool)).some((one) => one === issuer)) return { refusal: 'issuer' }
  const read = await readIdToken(world, token)
  if (!('refused' in read)) return { claims: read.claims, userPool: pool }
  if (read.refused === 'use') return { refusal: 'use' }
  if (read.refused !== 'expired' || !read.claims) return { refusal: 'signature' }
  if (world.now() < read.claims.exp * 1000 + leewayMs) return { claims: read.claims, userPool: pool }
  return { refusal: 'expired', claims: read.claims }
}

/** For whom a token is meant: `azp` if it has one, otherwise `aud`. AWS: "OIDC providers (identity pools)". */
export function audiencesOf({ azp, aud }: Claims): string[] {
  if (typeof azp === 'string') return [azp]
  return [aud].flat().filter((one) => typeof one === 'string')
}
