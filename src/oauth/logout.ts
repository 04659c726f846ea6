/** `/logout`: ends the browser's session, then goes to the app's address or to a new sign-in. AWS: "The managed login sign-out endpoint". */
import { endBrowserSession } from '../user-pools/authorizations/browser.ts'
import type { Client } from '../user-pools/clients/client.ts'
import { findClient } from '../user-pools/clients/find.ts'
import { noteSignOut } from '../user-pools/logout-notices/notify.ts'
import type { Answer } from '../wire/http.ts'
import { cookie, readCookie, sessionCookie } from './cookies.ts'
import { type Parameters, readForm, readParameters } from './parameters.ts'
import { answerRefusal, redirect, show } from './refusals.ts'
import { whereToByOpenId } from './rp-logout.ts'
import type { Endpoint, Site } from './site.ts'
import { leaveBySaml } from './upstream/saml-logout.ts'

/** The session ends whatever else is wrong with the request, as it does at AWS. */
export const logout: Endpoint = async (site) => {
  if (site.call.method === 'POST') return goOnByGet(site)
  const cookies = await endSession(site)
  try {
    const given = readParameters(site.call.query)
    const to = (await whereToByOpenId(site, given)) ?? (await whereTo(site, await knownClient(site, given), given))
    const leaving = await leaveBySaml(site, to)
    return redirect(leaving.to, 302, [...cookies, ...leaving.cookies])
  } catch (error) {
    const refusal = answerRefusal(error, site.base)
    if (!refusal) throw error
    return { ...refusal, cookies }
  }
}

/** OpenID Connect allows a form. A form of another site comes without our cookies; the redirect after it brings them. */
async function goOnByGet({ base, call }: Site): Promise<Answer> {
  const form = await readForm(call)
  return redirect(`${base}/logout?${new URLSearchParams(form.entries())}`, 303)
}

export async function endSession(site: Site): Promise<string[]> {
  const { world, pool } = site
  const token = readCookie(site, sessionCookie)
  const ended = token === undefined ? undefined : await endBrowserSession(world, pool, token)
  if (ended?.id !== undefined) await noteSignOut(world, pool, ended.sub, ended.id)
  return [cookie(site, sessionCookie, '', 0)]
}

async function knownClient({ world, pool }: Site, given: Parameters): Promise<Client> {
  const id = given.get('client_id')
  if (id === undefined || given.repeated) return show('Required parameters missing')
  const found = id.length <= 128 ? await findClient(world, id) : undefined
  return found?.pool.id === pool.id ? found.client : show('Client does not exist')
}

/** Both addresses are compared as text with the client's registered ones. */
async function whereTo({ base, call }: Site, { id, settings }: Client, given: Parameters): Promise<string> {
  const [out, again] = [given.get('logout_uri'), given.get('redirect_uri')]
  if (out !== undefined) return settings.LogoutURLs?.includes(out) ? out : show('redirect_mismatch', id)
  if (again === undefined) return show("Required String parameter 'redirect_uri' is not present")
  if (given.get('response_type') === undefined) return show("Required String parameter 'response_type' is not present")
  if (!settings.CallbackURLs?.includes(again)) return show('redirect_mismatch', id)
  // The sign-in page reads and checks the rest of the query as if the app had sent the browser there.
  return `${base}/login?${call.query}`
}
