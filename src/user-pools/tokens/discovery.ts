/** What a pool publishes for verifiers: its key set and its OpenID configuration. AWS: "Identity provider and relying party endpoints". */
import { jwsAlgs } from '../../protocols/jws.ts'
import type { Answer, Call } from '../../wire/http.ts'
import { publicDocument } from '../../wire/public-document.ts'
import type { World } from '../../world.ts'
import { hostedUrls } from '../domains/find.ts'
import { type Extensions, extensionsInPool } from '../oauth-extensions/extensions.ts'
import { findPool } from '../pools/find.ts'
import { issuerOf } from './issuer.ts'
import { jwks } from './keys.ts'

const address = /^\/([\w-]+_[0-9a-zA-Z]+)\/\.well-known\/(jwks\.json|openid-configuration)$/

export const isUserPoolIssuerCall = (call: Call): boolean =>
  (call.method === 'GET' || call.method === 'HEAD') && address.test(call.path)

/** An unknown `kid` makes verifiers ask again. */
export async function answerUserPoolIssuer(world: World, call: Call): Promise<Answer> {
  const [, poolId = '', which] = address.exec(call.path) ?? []
  const document = await wellKnown(world, poolId, which === 'jwks.json' ? which : 'openid-configuration')
  if (document) return publicDocument(document)
  return { status: 404, headers: { 'content-type': 'text/plain' }, body: 'There is no such user pool.\n' }
}

/**
 * The document under `/<poolId>/.well-known/`; undefined if there is no such pool.
 * For a pool without a domain AWS names endpoints below the issuer that do not answer; here they are left out. The
 * grants and the PKCE method are not in AWS's document, but clients of OpenID Connect read them. What lies beyond
 * Cognito is announced where some client of the pool has it switched on.
 */
export async function wellKnown(
  world: World,
  poolId: string,
  which: 'jwks.json' | 'openid-configuration',
): Promise<object | undefined> {
  const pool = await findPool(world, poolId)
  if (!pool) return undefined
  if (which === 'jwks.json') return jwks(world, pool)
  const issuer = issuerOf(world.settings, pool)
  const hosted = await hostedUrls(world, pool.id)
  const extended = hosted ? await extensionsInPool(world, pool.id) : []
  const some = (is: (one: Extensions) => boolean) => extended.some(is)
  return {
    ...(hosted !== undefined && {
      authorization_endpoint: `${hosted.browsers}/oauth2/authorize`,
      code_challenge_methods_supported: ['S256'],
      end_session_endpoint: `${hosted.browsers}/logout`,
      grant_types_supported: [
        ...['authorization_code', 'implicit', 'refresh_token', 'client_credentials'],
        ...(some(({ deviceGrant }) => deviceGrant) ? ['urn:ietf:params:oauth:grant-type:device_code'] : []),
      ],
    }),
    id_token_signing_alg_values_supported: ['RS256'],
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    // Left out it would mean that documents are fetched.
    request_uri_parameter_supported: false,
    response_types_supported: ['code', 'token'],
    ...(hosted !== undefined && { revocation_endpoint: `${hosted.programs}/oauth2/revoke` }),
    scopes_supported: ['openid', 'email', 'phone', 'profile'],
    subject_types_supported: ['public'],
    ...(hosted !== undefined && {
      token_endpoint: `${hosted.programs}/oauth2/token`,
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      userinfo_endpoint: `${hosted.programs}/oauth2/userInfo`,
      ...(some(({ pushedRequests }) => pushedRequests !== 'off') && {
        pushed_authorization_request_endpoint: `${hosted.programs}/oauth2/par`,
      }),
      ...(some(({ dpop }) => dpop !== 'off') && { dpop_signing_alg_values_supported: jwsAlgs }),
      ...(some(({ deviceGrant }) => deviceGrant) && {
        device_authorization_endpoint: `${hosted.programs}/oauth2/device_authorization`,
      }),
      ...(some(({ introspection }) => introspection) && {
        introspection_endpoint: `${hosted.programs}/oauth2/introspect`,
      }),
      ...(some(({ backchannelLogoutUri }) => backchannelLogoutUri !== undefined) && {
        backchannel_logout_supported: true,
        backchannel_logout_session_supported: true,
      }),
    }),
  }
}
