/** `/login` and what a sign-in asks next: a new password, a code, a choice. The same machine as the API's decides. */
import type { ChallengeNameType } from '@aws-sdk/client-cognito-identity-provider'
import { cookie, sessionCookie } from '../oauth/cookies.ts'
import { grant } from '../oauth/grant.ts'
import { redirect } from '../oauth/refusals.ts'
import { beginBrowserSession } from '../user-pools/authorizations/browser.ts'
import type { Client } from '../user-pools/clients/client.ts'
import { secretHash } from '../user-pools/clients/secret-hash.ts'
import { onlyAdministrators } from '../user-pools/passwords/recovery.ts'
import { originOf } from '../user-pools/risk/origin.ts'
import { beginHosted, respond } from '../user-pools/sign-in/machine.ts'
import type { Outcome, Turn } from '../user-pools/sign-in/turn.ts'
import type { User } from '../user-pools/users/user.ts'
import type { AwsError } from '../wire/errors.ts'
import type { Answer } from '../wire/http.ts'
import { passwordField, usernameField } from './fields.ts'
import { html } from './html.ts'
import { forgetNote, goTo, linkTo, phrase, render, type Visit } from './page.ts'
import { type Form, questions, startSetUp } from './questions.ts'

/** What `ask` is for a confidential client: the pages know its secret. */
export function withSecretHash({ request: { client } }: Visit, username: string): { SECRET_HASH?: string } {
  const [secret] = client.secrets
  return secret === undefined ? {} : { SECRET_HASH: secretHash(secret, username, client.id) }
}

export function signInPage(visit: Visit): Answer {
  const { site, text, request, note } = visit
  const { pool } = site
  const words = text.signIn
  return render(
    visit,
    words.title,
    (csrf) => html`
<form method="post" action="${linkTo(visit, '/login')}">${csrf}
${usernameField(pool, text, note.username ?? request.loginHint)}
${passwordField('password', words.password, 'current-password')}
<button name="signInSubmitButton">${words.button}</button></form>
${!onlyAdministrators(pool) && html`<p><a href="${linkTo(visit, '/forgotPassword')}">${words.forgot}</a></p>`}
${
  !pool.settings.AdminCreateUserConfig.AllowAdminCreateUserOnly &&
  html`<p class="soft">${words.noAccount} <a href="${linkTo(visit, '/signup')}">${words.signUp}</a></p>`
}`,
  )
}

export async function signIn(visit: Visit, form: Form): Promise<Answer> {
  const [username, PASSWORD] = [form.get('username') ?? '', form.get('password') ?? '']
  // Lengths as the API's model has them: before anything is looked up or hashed.
  if (!username || username.length > 128 || !PASSWORD || PASSWORD.length > 256) {
    return goTo(visit, '/login', { username: username.slice(0, 128), error: visit.text.failures.signIn })
  }
  const given = { USERNAME: username, PASSWORD, ...withSecretHash(visit, username) }
  return proceed(visit, username, (turn) => beginHosted(turn, given))
}

/** The next question, the app, or the refusal. Unknown names and wrong passwords look alike, whatever the client's setting. */
async function proceed(visit: Visit, username: string, act: (turn: Turn) => Promise<Outcome>): Promise<Answer> {
  let signedIn: User | undefined
  let outcome: Outcome
  try {
    outcome = await act(
      turnOf(visit, (user) => {
        signedIn = user
      }),
    )
  } catch (error) {
    return refused(visit, username, error)
  }
  if (signedIn) return complete(visit, signedIn)
  if (!('ChallengeName' in outcome)) throw new Error('A sign-in ends with a user or goes on with a challenge.')
  const { ChallengeName: name, Session: session, ChallengeParameters: parameters } = outcome
  if (name === 'MFA_SETUP') {
    const challenge = await startSetUp(visit, username, { name, session, parameters })
    if (challenge) return goTo(visit, '/mfa', { username, challenge })
  }
  if (!Object.hasOwn(questions, name) || name === 'MFA_SETUP') {
    return goTo(visit, '/login', { username, error: visit.text.failures.setUp })
  }
  const kept = Object.fromEntries(Object.entries(parameters).filter(([parameter]) => shown.has(parameter)))
  return goTo(visit, '/mfa', { username, challenge: { name, session, parameters: kept } })
}

/** The parameters that a page shows; the others could be longer than a cookie. */
const shown: ReadonlySet<string> = new Set(['CODE_DELIVERY_DESTINATION', 'MFAS_CAN_CHOOSE', 'requiredAttributes'])

function refused(visit: Visit, username: string, error: unknown): Answer {
  const { text, note } = visit
  const message = phrase(text, error)
  const { code } = error as AwsError
  if (code === 'UserNotConfirmedException') return goTo(visit, '/confirm', { username, notice: message })
  if (code === 'PasswordResetRequiredException') return goTo(visit, '/forgotPassword', { username, error: message })
  if (note.challenge && correctable.has(code)) return goTo(visit, '/mfa', { ...note, error: message })
  const hidden = code === 'UserNotFoundException' || code === 'NotAuthorizedException'
  const locked = message === text.failures.locked
  const told = !hidden || locked ? message : note.challenge ? text.failures.stale : text.failures.signIn
  return goTo(visit, '/login', { username, error: told })
}

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

function turnOf({ site, request }: Visit, onSignedIn: (user: User) => void): Turn {
  const { world, pool, call } = site
  const client = hiding(request.client)
  const seen = { world, address: call.address, userAgent: call.headers['user-agent'] ?? '', requestId: call.id }
  return {
    ...{ world, pool, client, onSignedIn, family: 'hosted', operation: 'InitiateAuth' },
    from: seen,
    origin: originOf(seen, client, {}),
  }
}

/** Signed in: the browser remembers it, and goes back to the app. 303, so that no password is posted on (RFC 9700 4.12). */
export async function complete({ site, request }: Visit, user: User): Promise<Answer> {
  const { world, pool, domain } = site
  const authTime = world.now()
  const session = await beginBrowserSession(world, { pool, domain: domain.name }, request.client, user)
  const location = await grant(site, request, { user, authTime })
  return redirect(location, 303, [cookie(site, sessionCookie, session.token, session.seconds), forgetNote(site)])
}

export function challengePage(visit: Visit): Answer {
  const { note, text } = visit
  const asked = note.challenge
  const question = asked && questions[asked.name]
  if (!asked || !question) return goTo(visit, '/login', { error: text.failures.stale })
  return render(
    visit,
    question.title(visit),
    (csrf) => html`
<form method="post" action="${linkTo(visit, '/mfa')}">${csrf}${question.fields(visit, asked)}
<button>${text.challenge.button}</button></form>
<p><a href="${linkTo(visit, '/login')}">${text.challenge.startOver}</a></p>`,
  )
}

export async function answerChallenge(visit: Visit, form: Form): Promise<Answer> {
  const { note, text } = visit
  const { challenge: asked, username } = note
  const question = asked && questions[asked.name]
  if (!asked || !question || username === undefined) return goTo(visit, '/login', { error: text.failures.stale })
  const answer = question.read(visit, asked, form)
  if (typeof answer === 'string') return goTo(visit, '/mfa', { ...note, error: answer })
  let { session } = asked
  try {
    if (question.prove) session = await question.prove(visit, asked, form)
  } catch (error) {
    return refused(visit, username, error)
  }
  const given = { ...answer, USERNAME: username, ...withSecretHash(visit, username) }
  return proceed(visit, username, (turn) =>
    respond({ ...turn, operation: 'RespondToAuthChallenge' }, asked.name as ChallengeNameType, given, session),
  )
}
