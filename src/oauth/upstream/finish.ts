/** The end of a sign-in by a provider: the user it is, the browser's session, and the way back to the app. */
import type { Assertion, IdentityProvider } from '../../user-pools/federation/provider.ts'
import type { Answer } from '../../wire/http.ts'
import { SentBack } from '../refusals.ts'
import { type AuthorizationRequest, backTo, readRequest } from '../request.ts'
import type { Site } from '../site.ts'
import type { Pending } from './state.ts'

/** The app's request, read and checked again as if it had just come. */
export const requestOf = (site: Site, { query }: Pick<Pending, 'query'>): Promise<AuthorizationRequest> =>
  readRequest({ ...site, call: { ...site.call, query } })

/** Tells the app that the provider failed, in AWS's words; the log knows why. */
export function refuseFederation(
  request: AuthorizationRequest,
  error: 'invalid_request' | 'server_error' | 'access_denied',
  description: string,
): never {
  throw new SentBack(backTo(request, { error_description: description, error }))
}

/** Everything that was asserted must be verified before. `pending` needs its query only. */
export async function finishFederation(
  site: Site,
  pending: Pick<Pending, 'query'>,
  provider: IdentityProvider,
  assertion: Assertion,
): Promise<Answer> {
  const request = await requestOf(site, pending)
  throw new Error(`not yet: ${request.client.id} ${provider.name} ${assertion.subject}`)
}
