/** What a pool publishes for verifiers: its key set and its OpenID configuration. AWS: "Identity provider and relying party endpoints". */
import type { World } from '../../world.ts'
import { findPool } from '../pools/find.ts'
import { issuerOf } from './issuer.ts'
import { jwks } from './keys.ts'

export type WellKnown = 'jwks.json' | 'openid-configuration'

/**
 * The document under `/<poolId>/.well-known/`; undefined if there is no such pool.
 * unproved: AWS's document for a pool without a domain is not documented; endpoints that do not exist are left out.
 */
export async function wellKnown(world: World, poolId: string, which: WellKnown): Promise<object | undefined> {
  const pool = await findPool(world, poolId)
  if (!pool) return undefined
  if (which === 'jwks.json') return jwks(world, pool)
  const issuer = issuerOf(world.settings, pool)
  return {
    id_token_signing_alg_values_supported: ['RS256'],
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    response_types_supported: ['code', 'token'],
    scopes_supported: ['openid', 'email', 'phone', 'profile'],
    subject_types_supported: ['public'],
  }
}
