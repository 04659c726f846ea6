/** What the outbound issuer publishes for verifiers: its configuration and its keys. OpenID Connect Discovery 1.0. */
import type { Answer, Call } from '../../wire/http.ts'
import { publicDocument } from '../../wire/public-document.ts'
import type { World } from '../../world.ts'
import { findOutboundIssuer } from './issuer.ts'

const address = /^\/sts\/([0-9a-f]{32})\/\.well-known\/(openid-configuration|jwks\.json)$/

export const isOutboundCall = (call: Call): boolean =>
  (call.method === 'GET' || call.method === 'HEAD') && address.test(call.path)

export async function answerOutbound(world: World, call: Call): Promise<Answer> {
  const [, id, which] = address.exec(call.path) ?? []
  const issuer = await findOutboundIssuer(world)
  if (!id || !issuer?.url.endsWith(`/${id}`)) {
    return { status: 404, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: 'There is nothing here.\n' }
  }
  if (which === 'jwks.json') return publicDocument({ keys: issuer.keys })
  return publicDocument({
    issuer: issuer.url,
    jwks_uri: `${issuer.url}/.well-known/jwks.json`,
    id_token_signing_alg_values_supported: ['RS256', 'ES384'],
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
  })
}
