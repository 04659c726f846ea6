/**
 * Signing out at the SAML identity provider, too: `/logout` goes there with a request, and its answer is taken here.
 * AWS: Developer Guide, "Signing out SAML users with single sign-out".
 */
import { SamlError } from '../../protocols/saml/error.ts'
import { readLogoutResponse } from '../../protocols/saml/logout.ts'
import { printLogoutRequest } from '../../protocols/saml/requests.ts'
import { findProvider } from '../../user-pools/federation/find.ts'
import { isOn } from '../../user-pools/saml/details.ts'
import { currentMetadata } from '../../user-pools/saml/metadata.ts'
import type { Answer } from '../../wire/http.ts'
import type { Parameters } from '../parameters.ts'
import { redirect, show } from '../refusals.ts'
import type { Site } from '../site.ts'
import { forgetSession, hasSession, readSession } from './saml-session.ts'
import { entityId, invalidMessage, logoutPath, makeId, recipients, signedRedirect } from './saml-site.ts'

/** What our request leaves with the identity provider, sealed, as RelayState: where the browser goes in the end, and for which answer. */
type Leaving = { readonly id: string; readonly provider: string; readonly to: string; readonly until: number }

const purpose = 'saml-logout'
const boundTo = ({ pool, domain }: Site) => `${pool.id}/${domain.name}`
const patience = 5 * 60_000

/**
 * Where a browser that signs out goes first, and the cookies that end its session there. `to` has been checked; that is
 * where it goes without more ado if no identity provider is to be told, or it cannot be.
 */
export async function leaveBySaml(site: Site, to: string): Promise<{ to: string; cookies: string[] }> {
  const cookies = hasSession(site) ? [forgetSession(site)] : []
  const session = readSession(site)
  const provider = session && (await findProvider(site.world, site.pool, session.provider))
  if (!session || provider?.type !== 'SAML' || !isOn(provider.details, 'IDPSignout')) return { to, cookies }
  try {
    const { metadata } = await currentMetadata(site.world, provider)
    const destination = metadata.logout.redirect
    if (destination === undefined) return { to, cookies }
    const [id, now] = [makeId(site), site.world.now()]
    const leaving: Leaving = { id, provider: provider.name, to, until: now + patience }
    const relayState = site.world.seal.seal(purpose, JSON.stringify(leaving), boundTo(site))
    const xml = printLogoutRequest({ ...session, id, now, destination, issuer: entityId(site) })
    return { to: await signedRedirect(site, destination, { name: 'SAMLRequest', xml, relayState }), cookies }
  } catch (error) {
    if (!(error instanceof SamlError)) throw error
    site.world.log.warn({ provider: provider.name, why: error.message }, 'a SAML provider was not told of a sign-out')
    return { to, cookies }
  }
}

/** The answer, by either binding; it goes on only to the address that was sealed with the request. */
export async function finishLogout(site: Site, given: Parameters): Promise<Answer> {
  const { call, world, pool } = site
  const leaving = openLeaving(site, given.get('RelayState'))
  const response = given.get('SAMLResponse')
  if (!leaving || response === undefined || given.isRepeated('SAMLResponse')) return show(invalidMessage)
  const provider = await findProvider(world, pool, leaving.provider)
  if (provider?.type !== 'SAML') return show(invalidMessage)
  try {
    const { metadata } = await currentMetadata(world, provider)
    readLogoutResponse({
      ...{ metadata, now: world.now(), inResponseTo: leaving.id },
      destination: recipients(site, logoutPath),
      message: call.method === 'POST' ? { form: response } : { query: call.query },
    })
  } catch (error) {
    if (!(error instanceof SamlError)) throw error
    const { reason, message } = error
    world.log.warn(
      { pool: pool.id, provider: provider.name, reason, why: message },
      'a SAML sign-out was not confirmed',
    )
    // Its session may go on, but ours has ended: the app is told, as it asked, where a page of its own can say so.
    if (reason !== 'status') return show(invalidMessage)
  }
  return redirect(leaving.to, 303)
}

function openLeaving(site: Site, relayState: string | undefined): Leaving | undefined {
  const plain = relayState && site.world.seal.open(purpose, relayState, boundTo(site))
  const leaving = plain ? (JSON.parse(plain.toString()) as Leaving) : undefined
  return leaving && leaving.until > site.world.now() ? leaving : undefined
}
