/**
 * A sign-out that the identity provider begins: its request comes through the browser that is to be signed out, and so does
 * our answer. Beyond AWS, which takes answers only. SAML Profiles 4.4.3.
 */
import { deflateRawSync } from 'node:zlib'
import { inflate, redirectTo, signInside } from '../../protocols/saml/bindings.ts'
import { SamlError } from '../../protocols/saml/error.ts'
import { type LogoutRequest, readLogoutRequest } from '../../protocols/saml/logout.ts'
import type { SamlMetadata } from '../../protocols/saml/metadata.ts'
import { printLogoutResponse } from '../../protocols/saml/requests.ts'
import { findProvider } from '../../user-pools/federation/find.ts'
import { isOn } from '../../user-pools/saml/details.ts'
import { currentMetadata } from '../../user-pools/saml/metadata.ts'
import type { Answer } from '../../wire/http.ts'
import { readCookie, sessionCookie } from '../cookies.ts'
import { endSession } from '../logout.ts'
import { readParameters } from '../parameters.ts'
import { redirect, show } from '../refusals.ts'
import type { Endpoint, Site } from '../site.ts'
import { postForm } from './saml-form.ts'
import { finishLogout } from './saml-logout.ts'
import { forgetSession, readSession, type SessionThere } from './saml-session.ts'
import { entityId, invalidMessage, logoutPath, makeId, readPosted, recipients, signer } from './saml-site.ts'

/** Where a posted request goes on; longer ones than an address may be are refused. */
const longestQuery = 8_000

/** `/saml2/logout`: an answer to us, or a request to us. */
export const samlLogout: Endpoint = async (site) => {
  const { call } = site
  if (call.method !== 'POST') {
    const given = readParameters(call.query)
    const asks = given.get('SAMLRequest') !== undefined || given.get('posted') !== undefined
    return asks ? answerRequest(site) : finishLogout(site, given)
  }
  const form = await readPosted(call)
  const request = form.get('SAMLRequest')
  return request === undefined ? finishLogout(site, form) : comeAgain(site, request, form.get('RelayState'))
}

/** Our cookies do not travel with a form of another site; with the redirect that follows they do. */
function comeAgain({ base }: Site, request: string, relayState: string | undefined): Answer {
  const posted = deflateRawSync(Buffer.from(request, 'base64')).toString('base64url')
  const query = new URLSearchParams({ posted, ...(relayState !== undefined && { RelayState: relayState }) })
  return posted.length > longestQuery ? show(invalidMessage) : redirect(`${base}${logoutPath}?${query}`, 303)
}

/** Ends the session that the request names, if it is this browser's, and says so. */
async function answerRequest(site: Site): Promise<Answer> {
  const { world, pool, call } = site
  const session = readSession(site)
  // Signed out already: of a browser that nobody is signed in at nothing is left to end.
  if (!session && readCookie(site, sessionCookie) === undefined) return redirect(`${site.base}/signedout`, 303)
  const provider = session && (await findProvider(world, pool, session.provider))
  if (!session || provider?.type !== 'SAML' || !isOn(provider.details, 'IDPSignout')) return show(invalidMessage)
  try {
    const { metadata } = await currentMetadata(world, provider)
    const posted = readParameters(call.query).get('posted')
    const request = readLogoutRequest({
      ...{ metadata, now: world.now(), destination: recipients(site, logoutPath) },
      message:
        posted === undefined
          ? { query: call.query }
          : { form: inflate(Buffer.from(posted, 'base64url')).toString('base64') },
    })
    const done = names(request, session)
    const cookies = done ? [...(await endSession(site)), forgetSession(site)] : []
    return { ...(await respond(site, metadata, request, done)), cookies }
  } catch (error) {
    if (!(error instanceof SamlError)) throw error
    const { reason, message } = error
    world.log.warn({ pool: pool.id, provider: provider.name, reason, why: message }, 'a SAML sign-out was refused')
    return show(invalidMessage)
  }
}

const names = ({ nameId, sessionIndexes }: LogoutRequest, session: SessionThere): boolean =>
  nameId === session.nameId && (sessionIndexes.length === 0 || sessionIndexes.includes(session.sessionIndex ?? ''))

/** By a redirect where the identity provider takes one, else by a form; signed either way. */
async function respond(
  site: Site,
  { logoutResponse }: SamlMetadata,
  request: LogoutRequest,
  done: boolean,
): Promise<Answer> {
  const destination = logoutResponse.redirect ?? logoutResponse.post
  if (destination === undefined) return show(invalidMessage)
  const id = makeId(site)
  const common = { id, now: site.world.now(), destination, issuer: entityId(site) }
  const xml = printLogoutResponse({ ...common, inResponseTo: request.id, done })
  const relayState = readParameters(site.call.query).get('RelayState')
  const sign = await signer(site)
  if (logoutResponse.redirect !== undefined)
    return redirect(await redirectTo(destination, { name: 'SAMLResponse', xml, relayState }, sign), 303)
  const message = await signInside(xml, id, sign)
  const fields = { SAMLResponse: Buffer.from(message).toString('base64') }
  return postForm(destination, relayState === undefined ? fields : { ...fields, RelayState: relayState })
}
