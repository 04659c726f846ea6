/**
 * `/device`: where somebody types the code that a device shows, and says, signed in, whether it may act for them.
 * RFC 8628 3.3.
 */
import { readParameters } from '../oauth/parameters.ts'
import { noStore, redirect } from '../oauth/refusals.ts'
import type { Site } from '../oauth/site.ts'
import { canonicalAddress, networkOf } from '../protocols/networks.ts'
import { decide, findWaiting } from '../user-pools/authorizations/devices.ts'
import { pushRequest } from '../user-pools/authorizations/pushed.ts'
import { findClient } from '../user-pools/clients/find.ts'
import { countAddress } from '../user-pools/risk/address-limits.ts'
import { AwsError } from '../wire/errors.ts'
import type { Answer } from '../wire/http.ts'
import { html } from './html.ts'
import { dressIfKnown, textOf } from './looks/of-client.ts'
import { goTo, linkTo, plainPage, render, type Visit } from './page.ts'
import type { Form } from './questions.ts'
import { whoIsHere } from './signed-in.ts'
import { type Text, weave } from './text/text.ts'

const longestCode = 32

/** The form, or for a code that waits the way to its decision. It changes nothing, so that it needs no form of ours. */
export async function devicePage(site: Site): Promise<Answer> {
  const { world, pool, call, base } = site
  if (call.method !== 'GET' && call.method !== 'HEAD') {
    return { status: 405, headers: { 'content-type': 'text/plain', ...noStore }, body: 'Method not allowed.\n' }
  }
  const query = new URLSearchParams(call.query)
  const userCode = query.get('user_code')?.slice(0, longestCode) ?? ''
  const done = query.get('done')
  if (done === 'yes' || done === 'no') {
    const { text, look } = await dressIfKnown(site, query.get('client_id') ?? undefined)
    const sentence = done === 'yes' ? text.device.done : text.device.denied
    return plainPage(200, text, text.device.title, html`<p role="status">${sentence}</p>`, look)
  }
  if (userCode === '') return codeForm(site, '')
  if (!mayGuess(site)) return codeForm(site, userCode, ({ failures }) => failures.tooMany)
  const waiting = await findWaiting(world, pool, userCode)
  const found = waiting && (await findClient(world, waiting.clientId))
  if (found?.pool.id !== pool.id || !waiting) return codeForm(site, userCode, ({ device }) => device.unknown)
  const asked = new URLSearchParams({ user_code: userCode, scope: waiting.scope })
  const uri = await pushRequest(world, { pool, client: found.client }, asked.toString(), 'device')
  const lang = query.get('lang')
  const onward = { client_id: found.client.id, request_uri: uri, ...(lang !== null && { lang }) }
  return redirect(`${base}/oauth2/authorize?${new URLSearchParams(onward)}`)
}

/** Security: RFC 8628 5.1: nobody tries codes until one fits. */
function mayGuess({ world, call }: Site): boolean {
  try {
    const address = canonicalAddress(call.address)
    countAddress(world, address === undefined ? undefined : networkOf(address), 'device')
    return true
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return false
  }
}

function codeForm(site: Site, typed: string, refusal?: (text: Text) => string): Answer {
  const text = textOf(site)
  const error = refusal?.(text)
  const words = text.device
  const lang = readParameters(site.call.query).get('lang')
  return plainPage(
    error === undefined ? 200 : 400,
    text,
    words.title,
    html`${error !== undefined && html`<p class="error" role="alert">${error}</p>`}<form method="get" action="${site.base}/device">
${lang !== undefined && html`<input type="hidden" name="lang" value="${text.lang}">`}
<p>${words.intro}</p><label for="user_code">${text.challenge.code}</label>
<input id="user_code" name="user_code" value="${typed}" required maxlength="${String(longestCode)}" autocomplete="off" autocapitalize="characters" spellcheck="false">
<button>${text.challenge.button}</button></form>`,
  )
}

/** Names the client and the code, so that people see whether it is the device before them. 5.4. */
export async function confirmDevicePage(visit: Visit): Promise<Answer> {
  const here = await whoIsHere(visit)
  const { request, text } = visit
  if (!here || request.userCode === undefined) return goTo(visit, '/login', {})
  const { userCode, client } = request
  const words = text.device
  const strong = (value: string) => html`<strong>${value}</strong>`
  const gaps = {
    app: strong(client.name),
    code: html`<strong class="code">${userCode.toUpperCase()}</strong>`,
    user: strong(here.user.attributes['email'] ?? here.user.username),
  }
  return render(
    visit,
    words.title,
    (hidden) => html`<p>${weave(words.ask, gaps)}</p>
<form method="post" action="${linkTo(visit, '/device/confirm')}">${hidden}
<button name="answer" value="allow">${words.allow}</button>
<button class="plain" name="answer" value="deny">${words.deny}</button></form>`,
  )
}

export async function decideDevicePage(visit: Visit, form: Form): Promise<Answer> {
  const { site, request } = visit
  const here = await whoIsHere(visit)
  if (!here || request.userCode === undefined) return goTo(visit, '/login', {})
  const allowed = form.get('answer') === 'allow'
  const decided = await decide(site.world, site.pool, request.userCode, here, allowed ? 'approved' : 'denied')
  if (!decided) return redirect(`${site.base}/device`, 303)
  const told = new URLSearchParams({ done: allowed ? 'yes' : 'no', client_id: request.client.id })
  return redirect(`${site.base}/device?${told}`, 303)
}
