/**
 * `/device`: where somebody types the code that a device shows, and says, signed in, whether it may act for them.
 * RFC 8628 3.3. The words are English: they are not among the pages' texts yet.
 */
import { noStore, redirect } from '../oauth/refusals.ts'
import type { Site } from '../oauth/site.ts'
import { decide, findWaiting } from '../user-pools/authorizations/devices.ts'
import { pushRequest } from '../user-pools/authorizations/pushed.ts'
import { findClient } from '../user-pools/clients/find.ts'
import type { Answer } from '../wire/http.ts'
import { html } from './html.ts'
import { goTo, linkTo, plainPage, render, type Visit } from './page.ts'
import type { Form } from './questions.ts'
import { whoIsHere } from './signed-in.ts'
import { en } from './text/en.ts'

const words = {
  title: 'Connect a device',
  intro: 'Type the code that your device shows.',
  code: 'Code',
  go: 'Continue',
  unknown: 'That code is not known, or its time is over. Ask the device for a new one.',
  allow: 'Allow',
  deny: 'Deny',
  done: 'Your device is connected. You can close this page.',
  denied: 'The device was not connected.',
} as const

const longestCode = 32

/** The form, or for a code that waits the way to its decision. It changes nothing, so that it needs no form of ours. */
export async function devicePage(site: Site): Promise<Answer> {
  const { world, pool, call, base } = site
  if (call.method !== 'GET' && call.method !== 'HEAD') {
    return { status: 405, headers: { 'content-type': 'text/plain', ...noStore }, body: 'Method not allowed.\n' }
  }
  const query = new URLSearchParams(call.query)
  const userCode = query.get('user_code')?.slice(0, longestCode) ?? ''
  if (query.get('done') === 'yes') return said(200, words.done)
  if (query.get('done') === 'no') return said(200, words.denied)
  if (userCode === '') return codeForm(site, '')
  const waiting = await findWaiting(world, pool, userCode)
  const found = waiting && (await findClient(world, waiting.clientId))
  if (found?.pool.id !== pool.id || !waiting) return codeForm(site, userCode, words.unknown)
  const asked = new URLSearchParams({ user_code: userCode, scope: waiting.scope })
  const uri = await pushRequest(world, { pool, client: found.client }, asked.toString(), 'device')
  return redirect(`${base}/oauth2/authorize?${new URLSearchParams({ client_id: found.client.id, request_uri: uri })}`)
}

const said = (status: number, sentence: string): Answer =>
  plainPage(status, en, words.title, html`<p role="status">${sentence}</p>`)

const codeForm = ({ base }: Site, typed: string, error?: string): Answer =>
  plainPage(
    error === undefined ? 200 : 400,
    en,
    words.title,
    html`${error !== undefined && html`<p class="error" role="alert">${error}</p>`}<form method="get" action="${base}/device">
<p>${words.intro}</p><label for="user_code">${words.code}</label>
<input id="user_code" name="user_code" value="${typed}" required maxlength="${String(longestCode)}" autocomplete="off" autocapitalize="characters" spellcheck="false">
<button>${words.go}</button></form>`,
  )

/** Names the client and the code, so that people see whether it is the device before them. 5.4. */
export async function confirmDevicePage(visit: Visit): Promise<Answer> {
  const here = await whoIsHere(visit)
  const { request } = visit
  if (!here || request.userCode === undefined) return goTo(visit, '/login', {})
  const { userCode, client } = request
  return render(
    visit,
    words.title,
    (
      hidden,
    ) => html`<p>Does <strong>${client.name}</strong> show the code <strong>${userCode.toUpperCase()}</strong>? Then it
can be signed in as <strong>${here.user.attributes['email'] ?? here.user.username}</strong>.
If somebody else gave you this code, deny it.</p>
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
  return redirect(`${site.base}/device?done=${allowed ? 'yes' : 'no'}`, 303)
}
