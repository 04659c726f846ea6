/** What a pool publishes for verifiers: its key set and its OpenID configuration. AWS: "Identity provider and relying party endpoints". */
import type { Answer, Call } from '../../wire/http.ts'
import type { World } from '../../world.ts'
import { findPool } from '../pools/find.ts'
import { issuerOf } from './issuer.ts'
import { jwks } from './keys.ts'

const address = /^\/([\w-]+_[0-9a-zA-Z]+)\/\.well-known\/(jwks\.json|openid-configuration)$/

export const isWellKnownCall = (call: Call): boolean =>
  (call.method === 'GET' || call.method === 'HEAD') && address.test(call.path)

/** Public, for pages of any origin, and worth keeping for a day: an unknown `kid` makes verifiers ask again. */
export async function answerWellKnown(world: World, call: Call): Promise<Answer> {
  const [, poolId = '', which] = address.exec(call.path) ?? []
  const document = await wellKnown(world, poolId, which as WellKnown)
  const headers = { 'content-type': 'application/json', 'access-control-allow-origin': '*' }
  if (!document) {
    return { status: 404, headers, body: JSON.stringify({ message: `User pool ${poolId} does not exist.` }) }
  }
  return {
    status: 200,
    headers: { ...headers, 'cache-control': 'public, max-age=86400' },
    body: JSON.stringify(document),
  }
}

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
