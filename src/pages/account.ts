/**
 * `/account`: people's own profile, password, factors, passkeys, devices and sessions. Cognito has no such page. What it
 * does are operations of the API with an access token that never leaves the server, so that every rule holds; hence only
 * at clients whose users may have that token, and for somebody who has just signed in.
 */
import { cookie, readCookie, sessionCookie } from '../oauth/cookies.ts'
import { redirect, show } from '../oauth/refusals.ts'
import type { Site } from '../oauth/site.ts'
import { endBrowserSession, type SignedIn } from '../user-pools/authorizations/browser.ts'
import { readAccessToken, selfService } from '../user-pools/tokens/access-token.ts'
import { endSession } from '../user-pools/tokens/find-session.ts'
import { beginSession } from '../user-pools/tokens/issue.ts'
import { AwsError } from '../wire/errors.ts'
import type { Answer } from '../wire/http.ts'
import { actions } from './account-actions.ts'
import { sections } from './account-sections.ts'
import { type Html, html } from './html.ts'
import { textOf } from './looks/of-client.ts'
import type { FormOf, OwnVisit } from './own-visit.ts'
import { forgetNote, goTo, linkTo, phrase, plainPage, render, type Visit } from './page.ts'
import { passwordScript } from './password-checks.ts'
import type { Form } from './questions.ts'
import { signInFirst, whoIsHere } from './signed-in.ts'

const path = '/account'
const freshSeconds = 15 * 60
const tokenCookie = 'account-data'

const boundTo = ({ site, request }: Visit, { user }: SignedIn) =>
  `${site.pool.id}/${site.domain.name}/${request.client.id}/${user.sub}`

/** The token of an earlier visit, or a new one with the cookie that keeps it. */
async function tokenFor(visit: Visit, here: SignedIn): Promise<{ accessToken: string; cookies: string[] }> {
  const { site, request } = visit
  const { world, pool, call } = site
  const bound = boundTo(visit, here)
  const sealed = readCookie(site, tokenCookie)
  const plain = sealed && world.seal.open('account-token', sealed, bound)
  const kept = plain ? (JSON.parse(plain.toString()) as { token: string; until: number }) : undefined
  if (kept && kept.until > world.now()) return { accessToken: kept.token, cookies: [] }
  const { AccessToken: token, ExpiresIn } = await beginSession(world, {
    ...{ pool, client: request.client, user: here.user, authTime: here.authTime, aside: true },
    from: { address: call.address, userAgent: call.headers['user-agent'] ?? '' },
  })
  const seconds = Math.min(freshSeconds, ExpiresIn)
  const until = world.now() + seconds * 1000
  const value = world.seal.seal('account-token', JSON.stringify({ token, until }), bound)
  return { accessToken: token, cookies: [cookie(site, tokenCookie, value, seconds)] }
}

/** Apps say by this scope that their users may change their own accounts. */
function checkOffered({ request: { client } }: Visit): void {
  if (!client.settings.AllowedOAuthScopes?.includes(selfService))
    show('Login option is not available. Please try another one')
}

export async function accountPage(visit: Visit): Promise<Answer> {
  checkOffered(visit)
  const here = await whoIsHere(visit, freshSeconds)
  if (!here) return signInFirst(visit, path)
  const { accessToken, cookies } = await tokenFor(visit, here)
  try {
    const own: OwnVisit = { ...visit, here, accessToken }
    const shown = await sections(own)
    const words = visit.text.account
    const answer = render(
      visit,
      words.title,
      (
        hidden,
      ) => html`${shown.map(({ title, content }) => html`<section><h2>${title}</h2>${content(formOf(own, hidden))}</section>`)}
<section>${formOf(own, hidden)('sign-out', html`<div class="row"><button class="second">${words.end}</button><button class="plain" name="everywhere" value="yes">${words.endAll}</button></div>`)}</section>
<p><a href="${visit.request.redirectUri}">${words.back}</a></p>`,
      { wide: true, script: passwordScript },
    )
    return { ...answer, cookies: [...(answer.cookies ?? []), ...cookies] }
  } catch (error) {
    // Signed out elsewhere since: the token is worth nothing any more.
    if (!(error instanceof AwsError) || !ended.has(error.code)) throw error
    return goTo(visit, '/login', { next: path }, [cookie(visit.site, tokenCookie, '', 0)])
  }
}

const ended: ReadonlySet<string> = new Set(['NotAuthorizedException', 'UserNotFoundException'])

const formOf =
  (visit: Visit, hidden: Html): FormOf =>
  (act, content) =>
    html`<form method="post" action="${linkTo(visit, path)}">${hidden}<input type="hidden" name="act" value="${act}">${content}</form>`

export async function changeAccount(visit: Visit, form: Form): Promise<Answer> {
  checkOffered(visit)
  const here = await whoIsHere(visit, freshSeconds)
  if (!here) return signInFirst(visit, path)
  const { accessToken, cookies } = await tokenFor(visit, here)
  const act = form.get('act') ?? ''
  const own = { ...visit, here, accessToken }
  try {
    if (act === 'sign-out') return await signOut(own, form)
    const action = Object.hasOwn(actions, act) ? actions[act] : undefined
    const note = (await action?.(own, form)) ?? {}
    if (note.next === '/passkeys/add') return goTo(visit, note.next, { next: path }, cookies)
    return goTo(visit, path, note, cookies)
  } catch (error) {
    return goTo(visit, path, { ...visit.note, error: phrase(visit.text, error) }, cookies)
  }
}

async function signOut(visit: OwnVisit, form: Form): Promise<Answer> {
  const { site, api, accessToken } = visit
  const { world, pool } = site
  const { session } = await readAccessToken(world, accessToken)
  if (form.get('everywhere')) await api(site, 'GlobalSignOut', { AccessToken: accessToken })
  else await endSession(world, pool, session.id)
  const token = readCookie(site, sessionCookie)
  if (token !== undefined) await endBrowserSession(world, pool, token)
  const gone = [sessionCookie, tokenCookie].map((name) => cookie(site, name, '', 0))
  return redirect(linkTo(visit, '/signedout'), 303, [...gone, forgetNote(site)])
}

/** The same where no app is known to go back to. */
export function signedOutOfAll(site: Site): Answer {
  const text = textOf(site)
  return plainPage(200, text, text.signedOut.title, html`<p>${text.signedOut.intro}</p>`)
}

export function signedOutPage(visit: Visit): Answer {
  const { signedOut, signIn } = visit.text
  return render(
    visit,
    signedOut.title,
    () =>
      html`<p>${signedOut.intro}</p><a class="button second" href="${linkTo(visit, '/login')}">${signIn.button}</a>`,
  )
}
