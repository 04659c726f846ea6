/** User info that its provider signs: a JWT in the place of JSON. OpenID Connect Core 5.3.2. */
import { verifyRemoteJwt } from '../../outbound/remote-issuers.ts'
import type { Text } from '../../user-pools/federation/provider.ts'
import type { Fetched, World } from '../../world.ts'
import { issuerNames } from './issuer-names.ts'

export const isSigned = ({ headers }: Fetched): boolean =>
  headers['content-type']?.split(';')[0]?.trim().toLowerCase() === 'application/jwt'

/** Its claims; why not, as a text for the log. It must be the provider's, for us, and need have no end. */
export async function readSigned(
  world: World,
  { oidc_issuer: issuer = '', client_id: id, jwks_uri: jwksUri }: Text,
  token: string,
): Promise<Readonly<Record<string, unknown>> | string> {
  const read = await verifyRemoteJwt(
    world,
    { issuer, issuers: issuerNames(issuer), ...(jwksUri !== undefined && { jwksUri }) },
    token,
  )
  if ('refusal' in read && !('claims' in read && read.claims['exp'] === undefined)) return read.refusal
  const { aud } = read.claims
  return (Array.isArray(aud) ? aud : [aud]).includes(id) ? read.claims : 'for somebody else'
}
