/** Sends a browser to a provider: each type of provider has its own way of being asked. */
import { findProvider, offers, providerByIdentifier } from '../../user-pools/federation/find.ts'
import type { IdentityProvider, ProviderType } from '../../user-pools/federation/provider.ts'
import type { Answer } from '../../wire/http.ts'
import { show } from '../refusals.ts'
import type { AuthorizationRequest } from '../request.ts'
import type { Site } from '../site.ts'
import { startOidc } from './oidc.ts'
import { startSaml } from './saml.ts'

type Start = (site: Site, request: AuthorizationRequest, provider: IdentityProvider) => Promise<Answer>

const starts: Readonly<Record<ProviderType, Start>> = {
  SAML: startSaml,
  OIDC: startOidc,
  Google: startOidc,
  Facebook: startOidc,
  LoginWithAmazon: startOidc,
  SignInWithApple: startOidc,
}

export const startFederation: Start = (site, request, provider) => starts[provider.type](site, request, provider)

/**
 * The provider that the request names, by its name or by an identifier (of which the domain of an e-mail address is one);
 * undefined where it names none or the pool itself. Refuses what the client does not offer.
 */
export async function namedProvider(
  { world, pool }: Site,
  { client, providerName: name, providerIdentifier: identifier }: AuthorizationRequest,
): Promise<IdentityProvider | undefined> {
  if (name === 'COGNITO' || (name === undefined && identifier === undefined)) return undefined
  const found =
    name === undefined
      ? await providerByIdentifier(world, pool, identifier ?? '')
      : await findProvider(world, pool, name)
  return found && offers(client, found.name) ? found : show('Login option is not available. Please try another one')
}
