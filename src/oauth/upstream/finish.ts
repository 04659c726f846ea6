/** The end of a sign-in by a provider: the user it is, the browser's session, and the way back to the app. */
import { beginBrowserSession } from '../../user-pools/authorizations/browser.ts'
import { offers } from '../../user-pools/federation/find.ts'
import type { Assertion, IdentityProvider } from '../../user-pools/federation/provider.ts'
import { type Federated, signInFederated } from '../../user-pools/federation/sign-in.ts'
import { originOf } from '../../user-pools/risk/origin.ts'
import { noteFederated } from '../../user-pools/risk/sign-in.ts'
import { authenticationElsewhere } from '../../user-pools/tokens/levels.ts'
import { AwsError } from '../../wire/errors.ts'
import type { Answer } from '../../wire/http.ts'
import { cookie, sessionCookie } from '../cookies.ts'
import { grant } from '../grant.ts'
import { redirect, SentBack } from '../refusals.ts'
import { type AuthorizationRequest, backTo, readRequest } from '../request.ts'
import type { Site } from '../site.ts'
import { declinesOffer, offerCookie } from './link-offer.ts'
import type { Pending } from './state.ts'

/** The app's request, read and checked again as if it had just come. */
export const requestOf = (site: Site, { query }: Pick<Pending, 'query'>): Promise<AuthorizationRequest> =>
  readRequest({ ...site, call: { ...site.call, query } })

/** Functions may say more than the app's server takes in an address. */
const longestDescription = 300

/** Tells the app that the provider failed, in AWS's words; the log knows why. */
export function refuseFederation(
  request: AuthorizationRequest,
  error: 'invalid_request' | 'server_error' | 'access_denied',
  description: string,
): never {
  throw new SentBack(backTo(request, { error_description: description.slice(0, longestDescription), error }))
}

/** `unasked`: the provider began, so that nothing ties what it says to this browser. */
export type Begun = Pick<Pending, 'query'> & { readonly unasked?: true }

/** Everything that was asserted must be verified before. */
export async function finishFederation(
  site: Site,
  begun: Begun,
  provider: IdentityProvider,
  assertion: Assertion,
): Promise<Answer> {
  const request = await requestOf(site, begun)
  if (!offers(request.client, provider.name)) refuseFederation(request, 'invalid_request', notOffered)
  const federated = await whoIsIt(site, request, provider, assertion)
  if ('offer' in federated) {
    // Else somebody could have another browser's owner sign in for them: the provider is asked who sits before it.
    if (begun.unasked) return redirect(`${site.base}/oauth2/authorize?${withProvider(request.query, provider.name)}`)
    const query = withoutProvider(request.query)
    return redirect(`${site.base}/login?${query}`, 302, [offerCookie(site, provider, assertion, federated.offer.sub)])
  }
  const { world, pool, domain } = site
  const { user } = federated
  const from = { address: site.call.address, userAgent: site.call.headers['user-agent'] ?? '' }
  const place = { pool, domain: domain.name }
  const seen = { ...from, world, requestId: site.call.id }
  noteFederated(
    { world, pool, client: request.client, origin: originOf(seen, request.client, {}) },
    user,
    provider.name,
  )
  const { acr, amr } = assertion
  const authentication = authenticationElsewhere(pool, { mapping: provider.acr, acr, amr })
  const came = { user, provider: provider.name, authentication }
  const session = await beginBrowserSession(world, place, request.client, { ...came, from })
  const location = await grant(site, request, { ...came, authTime: world.now(), browserId: session.id })
  return redirect(location, 302, [cookie(site, sessionCookie, session.token, session.seconds)])
}

export const notOffered = 'The identity provider is not available.'

/** What the pool's rules and functions refuse is told the app, as AWS tells it. */
async function whoIsIt(
  site: Site,
  request: AuthorizationRequest,
  provider: IdentityProvider,
  assertion: Assertion,
): Promise<Federated> {
  const { world, pool, call } = site
  const apart = declinesOffer(site, request.query, provider, assertion)
  try {
    return await signInFederated(
      { world, pool, client: request.client, requestId: call.id, apart },
      provider,
      assertion,
    )
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    world.log.info({ pool: pool.id, provider: provider.name, err: error }, 'a federated sign-in was refused')
    return refuseFederation(request, 'invalid_request', error.message)
  }
}

function withProvider(query: string, name: string): string {
  const parameters = new URLSearchParams(query)
  parameters.set('identity_provider', name)
  return parameters.toString()
}

/** The request without its choice of a provider: for the page that asks again. */
export function withoutProvider(query: string): string {
  const parameters = new URLSearchParams(query)
  parameters.delete('identity_provider')
  parameters.delete('idp_identifier')
  return parameters.toString()
}
