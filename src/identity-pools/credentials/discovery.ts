/** What the issuer of identity pools publishes for verifiers: its key set and its OpenID configuration. */
import { printJwks } from '../../protocols/rsa.ts'
import type { Answer, Call } from '../../wire/http.ts'
import { publicDocument } from '../../wire/public-document.ts'
import type { World } from '../../world.ts'
import { identityIssuer } from '../pools/issuer.ts'
import { identityKeys } from './keys.ts'

/** AWS publishes the keys under `jwks_uri`; the other name is what people try. */
const address = /^\/cognito-identity\/\.well-known\/(openid-configuration|jwks_uri|jwks\.json)$/

export const isIdentityIssuerCall = (call: Call): boolean =>
  (call.method === 'GET' || call.method === 'HEAD') && address.test(call.path)

/** An unknown `kid` makes verifiers ask again. */
export async function answerIdentityIssuer(world: World, call: Call): Promise<Answer> {
  const [, which] = address.exec(call.path) ?? []
  return publicDocument(which === 'openid-configuration' ? configuration(world) : printJwks(await identityKeys(world)))
}

/** unproved: the members beside issuer and jwks_uri; OpenID Connect Discovery 3 requires them. */
function configuration({ settings }: World) {
  const issuer = identityIssuer(settings)
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks_uri`,
    id_token_signing_alg_values_supported: ['RS512'],
    response_types_supported: ['token'],
    subject_types_supported: ['public'],
  }
}
