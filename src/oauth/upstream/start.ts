/** Sends a browser to a provider: each type of provider has its own way of being asked. */
import type { IdentityProvider, ProviderType } from '../../user-pools/federation/provider.ts'
import type { Answer } from '../../wire/http.ts'
import { show } from '../refusals.ts'
import type { AuthorizationRequest } from '../request.ts'
import type { Site } from '../site.ts'
import { startSaml } from './saml.ts'

export type Start = (site: Site, request: AuthorizationRequest, provider: IdentityProvider) => Promise<Answer>

/** A row for each type that there is. */
const starts: Partial<Readonly<Record<ProviderType, Start>>> = { SAML: startSaml }

export const startFederation: Start = (site, request, provider) => {
  const start = starts[provider.type]
  return start ? start(site, request, provider) : show('Login option is not available. Please try another one')
}
