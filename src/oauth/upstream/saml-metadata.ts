/**
 * `/saml2/metadata`: what an identity provider is told about a domain, for one provider of the pool where its assertions are
 * encrypted. AWS has no such document; there people copy the values by hand.
 */
import { printServiceProvider } from '../../protocols/saml/requests.ts'
import { findProvider } from '../../user-pools/federation/find.ts'
import { samlKey } from '../../user-pools/saml-keys/key.ts'
import { readParameters } from '../parameters.ts'
import { show } from '../refusals.ts'
import type { Endpoint } from '../site.ts'
import { acsUrl, entityId, logoutUrl } from './saml-site.ts'

/** Nothing here is secret. The certificate for encryption is the provider's that `identity_provider` names. */
export const samlMetadata: Endpoint = async (site) => {
  const { call, world, pool } = site
  const given = readParameters(call.query)
  const name = given.get('identity_provider')
  const provider = name === undefined ? undefined : await findProvider(world, pool, name)
  if (call.method !== 'GET' || given.repeated || (name !== undefined && provider?.type !== 'SAML'))
    return show('Login option is not available. Please try another one')
  const { certificate } = await samlKey(world, pool)
  return {
    status: 200,
    headers: { 'content-type': 'application/samlmetadata+xml; charset=utf-8', 'x-content-type-options': 'nosniff' },
    body: printServiceProvider({
      entityId: entityId(site),
      acs: acsUrl(site),
      logout: logoutUrl(site),
      signing: certificate,
      encryption: provider?.details['ActiveEncryptionCertificate'],
      signsRequests: provider !== undefined && 'RequestSigningAlgorithm' in provider.details,
    }),
  }
}
