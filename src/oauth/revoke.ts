/** `POST /oauth2/revoke`: ends the session of a refresh token. RFC 7009; AWS: "The token revocation endpoint". */
import { countRequest } from '../user-pools/risk/rates.ts'
import { looksLikeRefreshToken } from '../user-pools/tokens/refresh-token.ts'
import { revokeRefreshToken } from '../user-pools/tokens/revoke.ts'
import { authenticateClient } from './client-authentication.ts'
import { anyOrigin } from './cors.ts'
import { readForm } from './parameters.ts'
import { noStore, refuse } from './refusals.ts'
import type { Endpoint } from './site.ts'

/** A token that is unknown or revoked already is no failure. RFC 7009 2.2. */
export const revoke: Endpoint = async (site) => {
  const form = await readForm(site.call)
  const client = await authenticateClient(site, form, 401)
  await countRequest(site.world, site.pool, 'RevokeToken')
  const token = form.get('token') ?? refuse('invalid_request')
  if (!client.settings.EnableTokenRevocation) refuse('invalid_request')
  if (!looksLikeRefreshToken(token)) refuse('unsupported_token_type')
  const owner = await revokeRefreshToken(site.world, client, token)
  if (owner === 'another') refuse('invalid_client', undefined, { status: 401 })
  return { status: 200, headers: { ...anyOrigin, ...noStore, 'x-amz-cognito-request-id': site.call.id } }
}
