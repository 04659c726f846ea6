/**
 * Sign-in by a SAML identity provider: the browser goes there with a request, and comes back with a response that a form
 * posts. AWS: Developer Guide, "SAML session initiation", "/saml2/idpresponse".
 */
import { redirectTo, signInside } from '../../protocols/saml/bindings.ts'
import { SamlError } from '../../protocols/saml/error.ts'
import type { SamlMetadata } from '../../protocols/saml/metadata.ts'
import { printAuthnRequest } from '../../protocols/saml/requests.ts'
import { type SamlAssertion, verifySamlResponse } from '../../protocols/saml/response.ts'
import {
  findProvider,
  offers,
  offersPool,
  providerByIdentifier,
  providersOf,
} from '../../user-pools/federation/find.ts'
import type { Assertion, IdentityProvider } from '../../user-pools/federation/provider.ts'
import { isOn } from '../../user-pools/saml/details.ts'
import { encryptionKey } from '../../user-pools/saml/encryption-key.ts'
import { currentMetadata, newerMetadata } from '../../user-pools/saml/metadata.ts'
import { hearOnce } from '../../user-pools/saml/replay.ts'
import type { Answer } from '../../wire/http.ts'
import { readParameters } from '../parameters.ts'
import { redirect, show } from '../refusals.ts'
import type { AuthorizationRequest } from '../request.ts'
import type { Endpoint, Site } from '../site.ts'
import { type Begun, finishFederation, refuseFederation, requestOf } from './finish.ts'
import { postForm } from './saml-form.ts'
import { rememberSession } from './saml-session.ts'
import {
  acsPath,
  acsUrl,
  entityId,
  invalidMessage,
  makeId,
  phraseFor,
  phrases,
  readPosted,
  recipients,
  signer,
} from './saml-site.ts'
import { beginState, parkAnswer, takeState } from './state.ts'

const invalid = 'Invalid SAML response received: '

/** Sends the browser to the provider: by a redirect where it takes one, else by a form. */
export async function startSaml(
  site: Site,
  request: AuthorizationRequest,
  provider: IdentityProvider,
): Promise<Answer> {
  const metadata = await knownMetadata(site, request, provider)
  const { redirect: address, post } = metadata.signOn
  const destination = address ?? post
  if (destination === undefined) return refuseFederation(request, 'server_error', phrases.metadata)
  const id = makeId(site)
  const { state, cookies } = await beginState(site, request, provider, { requestId: id })
  const xml = printAuthnRequest({
    ...{ id, destination, now: site.world.now(), issuer: entityId(site), acs: acsUrl(site) },
    // unproved: that an app which wants a sign-in of its own gets one from a SAML provider, too.
    forceAuthn: request.prompt.includes('login'),
  })
  const signs = 'RequestSigningAlgorithm' in provider.details || metadata.wantsSignedRequests
  const sign = signs ? await signer(site) : undefined
  if (address === undefined) {
    const message = sign ? await signInside(xml, id, sign) : xml
    return {
      ...postForm(destination, { SAMLRequest: Buffer.from(message).toString('base64'), RelayState: state }),
      cookies,
    }
  }
  return redirect(await redirectTo(address, { name: 'SAMLRequest', xml, relayState: state }, sign), 302, cookies)
}

/** `/saml2/idpresponse`: the form, and the GET that the browser is sent on to, with its cookies, to finish what it began. */
export const samlResponse: Endpoint = async (site) => {
  if (site.call.method !== 'POST') return finishStarted(site)
  const form = await readPosted(site.call)
  const [response, state] = [form.get('SAMLResponse'), form.get('RelayState')]
  if (response === undefined || state === undefined) return show(invalidMessage)
  if (state.length < 200 && (await parkAnswer(site, state, response)))
    return redirect(`${site.base}${acsPath}?${new URLSearchParams({ RelayState: state })}`, 303)
  return finishUnasked(site, response, state)
}

async function finishStarted(site: Site): Promise<Answer> {
  const state = readParameters(site.call.query)
  if (site.call.method !== 'GET' || state.repeated) return show(invalidMessage)
  const pending = await takeState(site, state.get('RelayState'))
  const { answer, requestId, provider: name } = pending
  if (answer === undefined || requestId === undefined) return show(invalidMessage)
  const request = await requestOf(site, pending)
  const provider = await findProvider(site.world, site.pool, name)
  if (provider?.type !== 'SAML' || !offers(request.client, name))
    return refuseFederation(request, 'invalid_request', 'The identity provider is not available.')
  return finish(site, pending, request, provider, { response: answer, inResponseTo: requestId })
}

/** AWS: the response to no request was issued within the last six minutes. */
const mostAge = 6 * 60_000

/** What the identity provider may ask for in the name of an app. */
const relayed = ['client_id', 'redirect_uri', 'response_type', 'scope'] as const

/**
 * A sign-in that began at the identity provider. Its RelayState is a query, checked as an app's own. Nothing ties it to this
 * browser, so it must be allowed for the provider, and a client with other ways to sign in does not take it. AWS: "SAML
 * session initiation".
 */
async function finishUnasked(site: Site, response: string, relayState: string): Promise<Answer> {
  const given = readParameters(relayState)
  const [name, identifier] = [given.get('identity_provider'), given.get('idp_identifier')]
  if (given.repeated || relayState.length > 4096) return show(invalidMessage)
  const { world, pool } = site
  const provider =
    name === undefined
      ? await providerByIdentifier(world, pool, identifier ?? '')
      : await findProvider(world, pool, name)
  if (provider?.type !== 'SAML' || !isOn(provider.details, 'IDPInit')) return show(invalidMessage)
  const query = new URLSearchParams(relayed.flatMap((one) => (given.get(one) ? [[one, given.get(one) as string]] : [])))
  const request = await requestOf(site, { query: query.toString() })
  const others = await providersOf(world, pool, request.client)
  const onlySaml = others.every(({ type }) => type === 'SAML') && !offersPool(request.client)
  if (!onlySaml || !offers(request.client, provider.name)) return show(invalidMessage)
  const begun = { query: query.toString(), unasked: true } as const
  return finish(site, begun, request, provider, { response, inResponseTo: null, mostAge })
}

type Given = { readonly response: string; readonly inResponseTo: string | null; readonly mostAge?: number }

async function finish(
  site: Site,
  begun: Begun,
  request: AuthorizationRequest,
  provider: IdentityProvider,
  given: Given,
): Promise<Answer> {
  const said = await verified(site, request, provider, given)
  if (!(await hearOnce(site.world, site.pool.id, said)))
    return refuseFederation(request, 'server_error', `${invalid}SAML Assertion was used already. `)
  const answer = await finishFederation(site, begun, provider, toAssertion(said))
  const cookies = [...(answer.cookies ?? []), ...rememberSession(site, provider, said)]
  // After a form a redirect must not repeat the POST.
  return { ...answer, cookies, status: site.call.method === 'POST' && answer.status === 302 ? 303 : answer.status }
}

/** The assertion, or the app is told in AWS's words; the log knows which check it was. */
async function verified(
  site: Site,
  request: AuthorizationRequest,
  provider: IdentityProvider,
  given: Given,
): Promise<SamlAssertion> {
  const { world, pool } = site
  try {
    const known = await currentMetadata(world, provider)
    try {
      return await verify(site, provider, known.metadata, given)
    } catch (error) {
      const newer = reasonOf(error) === 'signature' ? await newerMetadata(world, provider, known) : undefined
      if (!newer) throw error
      return await verify(site, provider, newer.metadata, given)
    }
  } catch (error) {
    if (!(error instanceof SamlError)) throw error
    const { reason, message } = error
    world.log.warn({ pool: pool.id, provider: provider.name, reason, why: message }, 'a SAML response was refused')
    return refuseFederation(
      request,
      'server_error',
      `${invalid}${phraseFor(reason, isOn(provider.details, 'EncryptedResponses'))} `,
    )
  }
}

const reasonOf = (error: unknown) => (error instanceof SamlError ? error.reason : undefined)

async function verify(
  site: Site,
  provider: IdentityProvider,
  metadata: SamlMetadata,
  { response, inResponseTo, mostAge }: Given,
): Promise<SamlAssertion> {
  const encrypted = isOn(provider.details, 'EncryptedResponses')
  const { privatePem } = encrypted ? await encryptionKey(site.world, provider) : {}
  return verifySamlResponse({
    ...{ metadata, response, inResponseTo, mostAge },
    now: site.world.now(),
    audience: entityId(site),
    recipient: recipients(site, acsPath),
    ...(privatePem !== undefined && { decryption: { privatePem, required: true } }),
  })
}

/** One value is a text, several are a list, none clears what there was. */
const toAssertion = ({ nameId, issuer, attributes }: SamlAssertion): Assertion => ({
  subject: nameId,
  issuer,
  attributes: Object.fromEntries(
    Object.entries(attributes).map(([name, values]) => [name, values.length > 1 ? values : (values[0] ?? '')]),
  ),
})

async function knownMetadata(site: Site, request: AuthorizationRequest, provider: IdentityProvider) {
  try {
    return (await currentMetadata(site.world, provider)).metadata
  } catch (error) {
    if (!(error instanceof SamlError)) throw error
    site.world.log.warn({ pool: site.pool.id, provider: provider.name, why: error.message }, 'no SAML metadata')
    return refuseFederation(request, 'server_error', phrases.metadata)
  }
}
