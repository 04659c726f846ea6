/**
 * Whether an ID token is its provider's: of a user pool of this server, or of an issuer elsewhere. Says what it found in
 * one form; the words of the refusal are the service's own. For whom the token is meant is the caller's to check.
 */

import { verifyRemoteJwt } from '../../outbound/remote-issuers.ts'
import type { Claims } from '../../protocols/jwt.ts'
import { readJwt } from '../../protocols/jwt.ts'
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

type Place = Pick<Pool, 'id' | 'region'>

/** The user pool that the name of a provider would be, by AWS's form or by its issuer here. */
function placeOf({ settings }: World, name: string): Place | undefined {
  const id = poolIdOf(name)
  if (id === undefined) return undefined
  const place = { id, region: id.slice(0, id.lastIndexOf('_')) }
  const names = [`cognito-idp.${place.region}.amazonaws.com/${id}`, ...Object.values(issuersOf(settings, place))]
  return names.some((one) => one.replace(/^https?:\/\//, '') === name) ? place : undefined
}

/** Whether the token is to be looked at here: it says that we issued it, or the pool it should be of is one of ours. */
async function isOwn(world: World, place: Place, issuer: unknown): Promise<boolean> {
  const { settings } = world
  // Where our issuers are AWS's own, both may have pools, and only the pool tells.
  if (settings.issuer !== 'aws' && Object.values(issuersOf(settings, place)).some((one) => one === issuer)) return true
  return (await findPool(world, place.id)) !== undefined
}

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
  const said = readJwt(token)?.unverified['iss']
  if (said === undefined) return { refusal: readJwt(token) ? 'issuer' : 'malformed' }
  const place = placeOf(world, name)
  if (place && (await isOwn(world, place, said))) return verifyOwn(world, place, token, said, leewayMs)
  const result = await verifyRemoteJwt(world, { ...rulesOf(world.settings, name, issuer), leewayMs }, token)
  if (!('refusal' in result)) return { claims: result.claims }
  if (result.refusal === 'expired' && typeof result.claims['exp'] === 'number') {
    return { refusal: 'expired', claims: result.claims }
  }
  const { refusal } = result
  return { refusal: refusal === 'issuer' || refusal === 'unavailable' ? refusal : 'signature' }
}

async function verifyOwn(world: World, place: Place, token: string, said: unknown, leewayMs: number): Promise<Issued> {
  if (!Object.values(issuersOf(world.settings, place)).some((one) => one === said)) return { refusal: 'issuer' }
  const read = await readIdToken(world, token)
  if (!('refused' in read)) return { claims: read.claims, userPool: read.pool }
  if (read.refused === 'use') return { refusal: 'use' }
  if (read.refused !== 'expired' || !read.claims) return { refusal: 'signature' }
  if (world.now() >= read.claims.exp * 1000 + leewayMs) return { refusal: 'expired', claims: read.claims }
  const userPool = await findPool(world, place.id)
  return userPool ? { claims: read.claims, userPool } : { refusal: 'signature' }
}

/** For whom a token is meant: `azp` if it has one, otherwise `aud`. AWS: "OIDC providers (identity pools)". */
export function audiencesOf({ azp, aud }: Claims): string[] {
  if (typeof azp === 'string') return [azp]
  return [aud].flat().filter((one) => typeof one === 'string')
}
