/** `/oauth2/authorize`: checks what the app asks, then sends the browser back if it is signed in, or to the sign-in page. */
import { findBrowserSession, type SignedIn } from '../user-pools/authorizations/browser.ts'
import { satisfies } from '../user-pools/tokens/levels.ts'
import type { Answer } from '../wire/http.ts'
import { readCookie, sessionCookie } from './cookies.ts'
import { grant } from './grant.ts'
import { readForm } from './parameters.ts'
import { redirect, show } from './refusals.ts'
import { type AuthorizationRequest, readRequest, refuseLogin } from './request.ts'
import type { Endpoint, Site } from './site.ts'
import { namedProvider, startFederation } from './upstream/start.ts'

export const authorize: Endpoint = async (site) => {
  if (site.call.method === 'POST') return goOnByGet(site)
  onlyGet(site)
  const request = await readRequest(site)
  const provider = await namedProvider(site, request)
  const signedIn = await whoIsSignedIn(site, request)
  if (signedIn && (!provider || comesFrom(signedIn, provider))) return redirect(await grant(site, request, signedIn))
  if (request.prompt.includes('none')) return refuseLogin(request)
  return provider ? startFederation(site, request, provider) : redirect(`${site.base}/login?${request.query}`)
}

/** A session counts where the app wants a certain provider if that one vouched for it. unproved: that it does at AWS. */
const comesFrom = (signedIn: SignedIn, { name }: { readonly name: string }): boolean => signedIn.provider === name

/** AWS has GET only; OpenID Connect Core 3.1.2.1 wants both. A form of another site comes without our cookies. */
async function goOnByGet({ base, call }: Site): Promise<Answer> {
  const form = await readForm(call)
  return redirect(`${base}/oauth2/authorize?${new URLSearchParams(form.entries())}`, 303)
}

const onlyGet = ({ call }: Site) => {
  if (call.method !== 'GET') show('invalid_request')
}

/** The browser's session, unless the app wants a sign-in of its own, a fresher one, or one of another level. */
async function whoIsSignedIn(
  site: Site,
  { client, prompt, maxAge, acrValues }: AuthorizationRequest,
): Promise<SignedIn | undefined> {
  const { world, pool, domain } = site
  const token = readCookie(site, sessionCookie)
  if (token === undefined || prompt.includes('login')) return undefined
  const found = await findBrowserSession(world, { pool, domain: domain.name }, client, token)
  const stale = found && maxAge !== undefined && world.now() - found.authTime > maxAge * 1000
  // AWS: levels can be asked for at managed login only.
  const levels = domain.settings.ManagedLoginVersion === 2 ? acrValues : undefined
  const low = found && levels !== undefined && !satisfies(pool, found.authentication ?? {}, levels)
  return stale || low ? undefined : found
}
