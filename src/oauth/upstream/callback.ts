/** `/oauth2/idpresponse`: where OpenID Connect and social providers send browsers back to. AWS: "The IdP response endpoint". */
import { findProvider, offers } from '../../user-pools/federation/find.ts'
import type { IdentityProvider } from '../../user-pools/federation/provider.ts'
import { detailsInUse } from '../../user-pools/federation/social.ts'
import { readBody } from '../../wire/body.ts'
import type { Answer } from '../../wire/http.ts'
import { type Parameters, readParameters } from '../parameters.ts'
import { redirect, show } from '../refusals.ts'
import type { AuthorizationRequest } from '../request.ts'
import type { Endpoint, Site } from '../site.ts'
import { readAssertion } from './claims.ts'
import { documentOf, exchangeCode, UpstreamError } from './exchange.ts'
import { finishFederation, notOffered, refuseFederation, requestOf } from './finish.ts'
import { issuerNames } from './issuer-names.ts'
import { callbackPath } from './oidc.ts'
import { type Pending, parkAnswer, takeState } from './state.ts'

const longestForm = 65_536
const wrong = 'Invalid state'

export const callback: Endpoint = async (site) => {
  if (site.call.method === 'POST') return fetchAgain(site)
  const given = readParameters(site.call.query)
  if (site.call.method !== 'GET' || given.repeated) return show(wrong)
  const pending = await takeState(site, given.get('state'))
  const request = await requestOf(site, pending)
  const provider = await findProvider(site.world, site.pool, pending.provider)
  // Of another type: the state of a SAML sign-in, shown here.
  if (!provider || provider.type === 'SAML' || pending.redirectUri === undefined) return show(wrong)
  if (!offers(request.client, provider.name)) return refuseFederation(request, 'invalid_request', notOffered)
  // Apple's answer came by POST and waited; then the address says nothing more.
  const answer = pending.answer === undefined ? given : readParameters(pending.answer)
  if (answer.repeated) return show(wrong)
  try {
    return await finish(site, pending, request, provider, answer)
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    const { world, pool } = site
    world.log.warn({ pool: pool.id, provider: provider.name, why: error.message }, 'a provider failed')
    return refuseFederation(request, 'invalid_request', error.told)
  }
}

/** A form from the provider's site comes without our cookies: it is kept, and the browser fetches what it posted. */
async function fetchAgain(site: Site): Promise<Answer> {
  const type = (site.call.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  if (type !== 'application/x-www-form-urlencoded') return show(wrong)
  const body = (await readBody(site.call, longestForm)).toString()
  const state = readParameters(body).get('state')
  if (state === undefined || state.length > 200 || !(await parkAnswer(site, state, body))) return show(wrong)
  return redirect(`${site.base}${callbackPath}?${new URLSearchParams({ state })}`, 303)
}

async function finish(
  site: Site,
  pending: Pending,
  request: AuthorizationRequest,
  provider: IdentityProvider,
  answer: Parameters,
): Promise<Answer> {
  const { world } = site
  await checkIssuer(site, provider, answer.get('iss'))
  const error = answer.get('error')
  if (error !== undefined) return refuseAsTold(request, error, answer.get('error_description'))
  const code = answer.get('code')
  if (code === undefined) throw new UpstreamError('Bad authorization response', 'no code came back')
  const details = detailsInUse(world.settings, provider)
  const { verifier, nonce, redirectUri = '' } = pending
  const tokens = await exchangeCode(world, { provider, details, code, redirectUri, verifier })
  const { maxAge } = request
  const about = { provider, details, nonce, maxAge, posted: answer.get('user') }
  const assertion = await readAssertion(world, about, tokens)
  return finishFederation(site, pending, provider, assertion)
}

/** RFC 9207: an answer of another issuer than the one that was asked is a mix-up. Who promised the name must give it. */
async function checkIssuer({ world }: Site, provider: IdentityProvider, iss: string | undefined): Promise<void> {
  const { oidc_issuer: issuer } = detailsInUse(world.settings, provider)
  if (iss === undefined) {
    const promised =
      provider.type === 'OIDC' &&
      (await documentOf(world, provider))?.['authorization_response_iss_parameter_supported'] === true
    if (!promised) return
  }
  if (iss === undefined || issuer === undefined || !issuerNames(issuer).includes(iss))
    throw new UpstreamError('Bad authorization response issuer', `answer of the issuer ${iss}`)
}

/** The provider refused, or the person changed their mind. unproved: AWS's form of it. */
function refuseAsTold(request: AuthorizationRequest, error: string, description: string | undefined): never {
  const printable = (text: string) => text.replace(/[^\x20-\x7e]/g, ' ').slice(0, 300)
  const told = [error, description].filter((part) => part !== undefined).map(printable)
  return refuseFederation(request, error === 'access_denied' ? 'access_denied' : 'invalid_request', told.join(': '))
}
