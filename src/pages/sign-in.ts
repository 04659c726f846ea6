/** `/login` and what a sign-in asks next: how to begin, a password, a code, a passkey. The same machine as the API's decides. */
import type { ChallengeNameType } from '@aws-sdk/client-cognito-identity-provider'
import { cookie, sessionCookie } from '../oauth/cookies.ts'
import { grant } from '../oauth/grant.ts'
import { redirect } from '../oauth/refusals.ts'
import { acceptOffer, keepApart, offeredProvider } from '../oauth/upstream/link-offer.ts'
import { beginBrowserSession } from '../user-pools/authorizations/browser.ts'
import { allowsFlow, type Client } from '../user-pools/clients/client.ts'
import { secretHash } from '../user-pools/clients/secret-hash.ts'
import type { Purpose } from '../user-pools/codes/code.ts'
import { native, offersPool } from '../user-pools/federation/find.ts'
import { onlyAdministrators } from '../user-pools/passwords/recovery.ts'
import { originOf } from '../user-pools/risk/origin.ts'
import {
  beginConfirmed,
  beginHosted,
  beginHostedChoice,
  respond,
  sendCodeAgain,
} from '../user-pools/sign-in/machine.ts'
import type { Outcome, Turn } from '../user-pools/sign-in/turn.ts'
import type { Authentication } from '../user-pools/tokens/levels.ts'
import type { User } from '../user-pools/users/user.ts'
import { AwsError } from '../wire/errors.ts'
import type { Answer } from '../wire/http.ts'
import { button, passwordField, usernameField } from './fields.ts'
import { type Html, html } from './html.ts'
import { isManaged } from './looks/of-client.ts'
import { forgetNote, goTo, linkTo, type Note, phrase, render, type Visit } from './page.ts'
import { linkTo as linkToProvider, providerButtons } from './providers.ts'
import { type Asked, beginsSignIn, type Form, questions, startSetUp } from './questions.ts'
import { asksAgain, maySendAgain, resendForm } from './resend.ts'
import { fill } from './text/text.ts'

/** What `ask` is for a confidential client: the pages know its secret. */
export function withSecretHash({ request: { client } }: Visit, username: string): { SECRET_HASH?: string } {
  const [secret] = client.secrets
  return secret === undefined ? {} : { SECRET_HASH: secretHash(secret, username, client.id) }
}

/** AWS: managed login asks for the name first where the client may use choice-based sign-in. */
const asksNameFirst = ({ site, request }: Visit): boolean =>
  isManaged(site) && allowsFlow(request.client, 'ALLOW_USER_AUTH')

export async function signInPage(visit: Visit): Promise<Answer> {
  const { site, text, request, note } = visit
  const { pool } = site
  const { client } = request
  const words = text.signIn
  const nameFirst = asksNameFirst(visit)
  const own = offersPool(client)
  const providers = await providerButtons(visit)
  const offered = offeredProvider(site)
  const form = (
    hidden: Html,
  ) => html`<form method="post" action="${linkTo(visit, '/login')}" name="cognitoSignInForm">${hidden}
${usernameField(pool, text, note.username ?? request.loginHint)}
${!nameFirst && passwordField('password', words.password, 'current-password')}
${button(nameFirst ? words.next : words.button, 'signInSubmitButton')}</form>
${!nameFirst && forgotLink(visit)}`
  const or = own && providers && html`<div class="or">${words.or}</div>`
  return render(
    visit,
    words.title,
    (hidden) => html`${
      offered !== undefined &&
      html`<p>${fill(words.link, { name: offered })}</p>
<p><a class="redirect-customizable" href="${linkToProvider(visit, offered)}&amp;${keepApart}">${words.apart}</a></p>`
    }
${visit.look.providersFirst ? html`${providers}${or}${own && form(hidden)}` : html`${own && form(hidden)}${or}${providers}`}
${
  own &&
  !pool.settings.AdminCreateUserConfig.AllowAdminCreateUserOnly &&
  html`<p class="soft">${words.noAccount} <a class="redirect-customizable" href="${linkTo(visit, '/signup')}">${words.signUp}</a></p>`
}`,
  )
}

const forgotLink = (visit: Visit): Html | false =>
  !onlyAdministrators(visit.site.pool) &&
  html`<p><a class="redirect-customizable" href="${linkTo(visit, '/forgotPassword')}">${visit.text.signIn.forgot}</a></p>`

export async function signIn(visit: Visit, form: Form): Promise<Answer> {
  const { note, text } = visit
  const [username, PASSWORD] = [form.get('username') ?? '', form.get('password') ?? '']
  const nameFirst = asksNameFirst(visit) && !PASSWORD
  // Lengths as the API's model has them: before anything is looked up or hashed.
  if (!username || username.length > 128 || (!PASSWORD && !nameFirst) || PASSWORD.length > 256) {
    return goTo(visit, '/login', { next: note.next, username: username.slice(0, 128), error: text.failures.signIn })
  }
  if (!offersPool(visit.request.client)) return goTo(visit, '/login', { error: text.error.provider })
  const given = { USERNAME: username, ...withSecretHash(visit, username) }
  return proceed(visit, username, (turn) =>
    nameFirst ? beginHostedChoice(turn, given) : beginHosted(turn, { ...given, PASSWORD }),
  )
}

/** The next question, the app, or the refusal. Unknown names and wrong passwords look alike, whatever the client's setting. */
async function proceed(
  visit: Visit,
  username: string,
  act: (turn: Turn) => Promise<Outcome>,
  offerPasskey = false,
): Promise<Answer> {
  const { next } = visit.note
  let signedIn: Parameters<NonNullable<Turn['onSignedIn']>> | undefined
  try {
    const outcome = await act(
      turnOf(visit, (...told) => {
        signedIn = told
      }),
    )
    if (signedIn) return complete(visit, ...signedIn, offerPasskey)
    const asked = await nextQuestion({ ...visit, note: { ...visit.note, username } }, outcome)
    if (asked) return goTo(visit, '/mfa', { username, challenge: asked, next })
  } catch (error) {
    return refused(visit, username, error)
  }
  return goTo(visit, '/login', { username, next, error: visit.text.failures.setUp })
}

/** Signs somebody in who signed up in this browser and is confirmed by now. */
export const signInConfirmed = (visit: Visit, username: string, user: User, offerPasskey: boolean): Promise<Answer> =>
  proceed(visit, username, (turn) => beginConfirmed(turn, user), offerPasskey)

/** What to ask; undefined for what no page can. */
async function nextQuestion(visit: Visit, outcome: Outcome): Promise<Asked | undefined> {
  if (!('ChallengeName' in outcome)) throw new Error('A sign-in ends with a user or goes on with a challenge.')
  const { ChallengeName: name, Session: session, ChallengeParameters: parameters, AvailableChallenges } = outcome
  const asked = { name, session, parameters: Object.fromEntries(Object.entries(parameters).flatMap(shorten)) }
  if (name === 'MFA_SETUP') return startSetUp(visit, asked)
  if (!Object.hasOwn(questions, name)) return undefined
  return AvailableChallenges
    ? { ...asked, parameters: { available: JSON.stringify(AvailableChallenges), ...asked.parameters } }
    : asked
}

/** The parameters that a page shows; the others could be longer than a cookie. */
const shown: ReadonlySet<string> = new Set([
  'CODE_DELIVERY_DESTINATION',
  'CREDENTIAL_REQUEST_OPTIONS',
  'MFAS_CAN_CHOOSE',
  'MFAS_CAN_SETUP',
  'requiredAttributes',
])
const longestOptions = 1_500

/** Passkeys are kept by what holds them, so that a browser finds them without a list that is too long. */
function shorten([name, value]: [string, string]): [string, string][] {
  if (!shown.has(name)) return []
  if (name !== 'CREDENTIAL_REQUEST_OPTIONS' || value.length <= longestOptions) return [[name, value]]
  return [[name, JSON.stringify({ ...(JSON.parse(value) as object), allowCredentials: [] })]]
}

function refused(visit: Visit, username: string, error: unknown): Answer {
  const { text, note } = visit
  const { next } = note
  const message = phrase(text, error)
  const { code } = error as AwsError
  if (code === 'UserNotConfirmedException') return goTo(visit, '/confirm', { username, notice: message })
  if (code === 'PasswordResetRequiredException') return goTo(visit, '/forgotPassword', { username, error: message })
  if (note.challenge && correctable.has(code)) return goTo(visit, '/mfa', { ...note, error: message })
  const hidden = code === 'UserNotFoundException' || code === 'NotAuthorizedException'
  const locked = message === text.failures.locked
  const chosenPassword = note.challenge?.name === 'SELECT_CHALLENGE'
  if (hidden && !locked && note.challenge && !chosenPassword) return startAgain(visit, { username, next })
  return goTo(visit, '/login', { username, next, error: hidden && !locked ? text.failures.signIn : message })
}

/** A question that was answered already, by a double click or in another tab: whoever is signed in by now goes on. */
const startAgain = (visit: Visit, note: Note): Answer =>
  goTo(visit, note.next ? '/login' : '/oauth2/authorize', { ...note, error: visit.text.failures.stale })

/** After these the machine takes another answer to the same question. */
const correctable: ReadonlySet<string> = new Set([
  'AliasExistsException',
  'CodeMismatchException',
  'EnableSoftwareTokenMFAException',
  'ExpiredCodeException',
  'InvalidParameterException',
  'InvalidPasswordException',
  'PasswordHistoryPolicyViolationException',
])

/** The pages never tell who exists, whatever the client's setting: they answer everybody as a client that hides it. */
const hiding = (client: Client): Client => ({
  ...client,
  settings: { ...client.settings, PreventUserExistenceErrors: 'ENABLED' },
})

function turnOf({ site, request }: Visit, onSignedIn: NonNullable<Turn['onSignedIn']>): Turn {
  const { world, pool, call } = site
  const client = hiding(request.client)
  const seen = { world, address: call.address, userAgent: call.headers['user-agent'] ?? '', requestId: call.id }
  return {
    ...{ world, pool, client, onSignedIn, family: 'hosted', operation: 'InitiateAuth' },
    from: seen,
    origin: originOf(seen, client, {}),
    // AWS: of managed login only.
    acrValues: isManaged(site) ? request.acrValues : undefined,
  }
}

/** Signed in: the browser remembers it, and goes back to the app. 303, so that no password is posted on (RFC 9700 4.12). */
async function complete(
  visit: Visit,
  user: User,
  authentication: Authentication | undefined,
  offerPasskey: boolean,
): Promise<Answer> {
  const { site, request, note } = visit
  const { world, pool, domain, call } = site
  const authTime = world.now()
  const from = { address: call.address, userAgent: call.headers['user-agent'] ?? '' }
  const place = { pool, domain: domain.name }
  const came = { user, provider: native, authentication }
  const session = await beginBrowserSession(world, place, request.client, { ...came, from })
  const cookies = [cookie(site, sessionCookie, session.token, session.seconds), ...(await acceptOffer(site, user))]
  const next = note.next ?? (offerPasskey ? '/passkeys/add' : undefined)
  if (next) return goTo(visit, next, {}, cookies)
  const location = await grant(site, request, { ...came, authTime, browserId: session.id })
  return redirect(location, 303, [...cookies, forgetNote(site)])
}

export function challengePage(visit: Visit): Answer {
  const { note, text } = visit
  const asked = note.challenge
  const question = asked && questions[asked.name]
  if (!asked || !question) return goTo(visit, '/login', { error: text.failures.stale })
  return render(
    visit,
    question.title(visit),
    (hidden) => html`${question.graphic && visit.look.picture?.(question.graphic)}
<form method="post" action="${linkTo(visit, '/mfa')}">${hidden}${question.fields(visit, asked)}
${!question.ownButtons && button(text.challenge.button)}</form>
${question.sent && resendForm(visit, '/mfa', hidden)}${asked.name === 'SELECT_CHALLENGE' && forgotLink(visit)}
<p><a class="redirect-customizable" href="${linkTo(visit, '/login')}">${text.challenge.startOver}</a></p>`,
    question.script === undefined ? {} : { script: question.script },
  )
}

export async function answerChallenge(visit: Visit, form: Form): Promise<Answer> {
  const { note } = visit
  const { challenge: asked, username } = note
  const question = asked && questions[asked.name]
  if (!asked || !question || username === undefined) return startAgain(visit, {})
  if (question.sent && asksAgain(form)) return sendAgain(visit, asked, username, question.sent(asked))
  const answer = question.read(visit, asked, form)
  if (typeof answer === 'string') return goTo(visit, '/mfa', { ...note, error: answer })
  let { session } = asked
  try {
    if (question.instead) {
      const next = await question.instead(visit, asked, form)
      return goTo(visit, '/mfa', { ...note, challenge: next ?? asked })
    }
    if (question.prove) session = await question.prove(visit, asked, form)
  } catch (error) {
    return refused(visit, username, error)
  }
  const given = { ...answer, USERNAME: username, ...withSecretHash(visit, username) }
  const name = asked.name.split(':')[0] as ChallengeNameType
  return proceed(visit, username, (turn) =>
    respond({ ...turn, operation: 'RespondToAuthChallenge' }, name, given, session),
  )
}

/**
 * A new code: a sign-in that begins with one begins anew, a second factor is asked for again. What cannot be sent leaves
 * the code before as it was.
 */
async function sendAgain(visit: Visit, asked: Asked, username: string, purpose: Purpose): Promise<Answer> {
  const { note, text } = visit
  const given = { USERNAME: username, ...withSecretHash(visit, username) }
  if (!(await maySendAgain(visit, username, purpose)))
    return goTo(visit, '/mfa', { ...note, notice: text.confirm.soon })
  try {
    const turn = turnOf(visit, () => {})
    const outcome = beginsSignIn(asked)
      ? await beginHostedChoice(turn, { ...given, PREFERRED_CHALLENGE: asked.name })
      : await sendCodeAgain(turn, asked.name === 'SMS_MFA' ? 'SMS_MFA' : 'EMAIL_OTP', given, asked.session)
    const challenge = await nextQuestion(visit, outcome)
    if (challenge) return goTo(visit, '/mfa', { ...note, challenge, notice: text.confirm.resent })
  } catch (error) {
    const over = error instanceof AwsError && error.code === 'NotAuthorizedException'
    return over ? refused(visit, username, error) : goTo(visit, '/mfa', { ...note, error: phrase(text, error) })
  }
  return startAgain(visit, { username, next: note.next })
}
