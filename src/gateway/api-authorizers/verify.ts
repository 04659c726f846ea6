/**
 * Verifies tokens of one issuer: by the keys in this process where it is a pool of ours, by the issuer's published keys
 * where it is not. A token that was verified once is not verified again for a while; its time is looked at each time.
 */

import { type RemoteRules, verifyRemoteJwt } from '../../outbound/remote-issuers.ts'
import { readJwt, verifyJwt } from '../../protocols/jwt.ts'
import { findPool } from '../../user-pools/pools/find.ts'
import type { Pool } from '../../user-pools/pools/pool.ts'
import { boundTo } from '../../user-pools/tokens/access-token.ts'
import { liveSession } from '../../user-pools/tokens/find-session.ts'
import { isIssuerOf, poolIdOf } from '../../user-pools/tokens/issuer.ts'
import { verificationKey } from '../../user-pools/tokens/keys.ts'
import type { World } from '../../world.ts'

export type Claims = Readonly<Record<string, unknown>>

export type Refusal =
  | 'malformed'
  | 'header'
  | 'algorithm'
  | 'key'
  | 'signature'
  | 'issuer'
  | 'expired'
  | 'not-yet'
  /** A pool of ours says that the session ended. */
  | 'ended'
  /** It is bound to a key, which nobody proves to an API. RFC 9449 7.2: such a token is no bearer's. */
  | 'bound'
  /** The issuer's keys cannot be had. */
  | 'unavailable'

export type Verdict = { readonly claims: Claims } | { readonly refusal: Refusal }

export type Rules = {
  /** How long a verified token is believed without another look at its signature; seconds. */
  readonly ttl: number
  /** Whether a pool of ours is asked, each time, if the token's session still lives. */
  readonly checkRevocation: boolean
}

/** RSA only. AWS: "Control access to HTTP APIs with JWT authorizers". */
const algorithms: RemoteRules['algorithms'] = ['RS256', 'RS384', 'RS512']

/** Of one verifier; a few kilobytes each. */
const mostKept = 5_000

type Kept = {
  readonly issuer: string
  readonly claims: Claims
  readonly pool: Pool | undefined
  readonly until: number
}

/** A verifier with a memory of its own. */
export function createVerifier(world: World, { ttl, checkRevocation }: Rules) {
  const kept = new Map<string, Kept>()

  /** The claims of a token that `issuer` has issued. The issuer is the route's choice, never the token's. */
  return async function verify(issuer: string, token: string): Promise<Verdict> {
    const now = world.now()
    let known = kept.get(token)
    if (known && (known.until <= now || known.issuer !== issuer)) {
      kept.delete(token)
      known = undefined
    }
    if (!known) {
      const fresh = await verifyNow(world, issuer, token)
      if ('refusal' in fresh) return fresh
      known = { ...fresh, issuer, until: now + ttl * 1000 }
      if (ttl > 0) {
        if (kept.size >= mostKept) kept.delete(kept.keys().next().value as string)
        kept.set(token, known)
      }
    }
    const { claims, pool } = known
    if (typeof claims['exp'] !== 'number' || now >= claims['exp'] * 1000) return { refusal: 'expired' }
    if (checkRevocation && pool && !(await lives(world, pool, claims))) return { refusal: 'ended' }
    return { claims }
  }
}

export type Verify = ReturnType<typeof createVerifier>

async function verifyNow(
  world: World,
  issuer: string,
  token: string,
): Promise<Pick<Kept, 'claims' | 'pool'> | { readonly refusal: Refusal }> {
  const pool = await ownPool(world, issuer)
  if (!pool) {
    const result = await verifyRemoteJwt(world, { issuer, ...(algorithms && { algorithms }) }, token)
    return 'refusal' in result ? { refusal: result.refusal } : { claims: result.claims, pool }
  }
  const named = readJwt(token)?.unverified
  if (!named) return { refusal: 'malformed' }
  if (!isIssuerOf(world.settings, pool, named['iss'])) return { refusal: 'issuer' }
  // The key's purpose must be the token's: what signs ID tokens cannot sign an access token.
  let purpose: string | undefined
  const keyFor = async (kid: string) => {
    const key = await verificationKey(world, pool.id, kid)
    purpose = key?.purpose
    return key?.publicKey
  }
  const result = await verifyJwt(token, { alg: 'RS256', keyFor }, world.now())
  if ('refusal' in result) return { refusal: result.refusal }
  const { claims } = result
  if (claims['token_use'] !== purpose) return { refusal: 'malformed' }
  return boundTo(claims) === undefined ? { claims, pool } : { refusal: 'bound' }
}

/** The pool of this server that issues under that name. */
export async function ownPool(world: World, issuer: string): Promise<Pool | undefined> {
  const id = poolIdOf(issuer)
  const pool = id === undefined ? undefined : await findPool(world, id)
  return pool && isIssuerOf(world.settings, pool, issuer) ? pool : undefined
}

/** Tokens of machines belong to no session. */
async function lives(world: World, pool: Pool, { sub, event_id }: Claims): Promise<boolean> {
  if (typeof sub !== 'string' || typeof event_id !== 'string') return true
  return !('ended' in (await liveSession(world, pool, { sub, event_id })))
}
