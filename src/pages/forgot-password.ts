/** `/forgotPassword` and `/confirmforgotPassword`: a code and a new password, by the API's own operations. */
import { sendNothing, tryNothing } from '../user-pools/passwords/recover-nobody.ts'
import { isUnreachable, onlyAdministrators } from '../user-pools/passwords/recovery.ts'
import { AwsError } from '../wire/errors.ts'
import type { Answer } from '../wire/http.ts'
import { button, codeField, newPasswordTwice, usernameField } from './fields.ts'
import { html } from './html.ts'
import { goTo, linkTo, type Note, phrase, render, type Visit } from './page.ts'
import { passwordScript } from './password-checks.ts'
import type { Form } from './questions.ts'
import { asksAgain, maySendAgain, resendForm } from './resend.ts'
import { destinationOf, through } from './sign-up.ts'
import { fill } from './text/text.ts'

const path = '/confirmforgotPassword'

export function forgotPage(visit: Visit): Answer {
  const { site, text, note } = visit
  const words = text.forgot
  if (onlyAdministrators(site.pool)) return goTo(visit, '/login', {})
  return render(
    visit,
    words.title,
    (hidden) => html`
<p class="textDescription-customizable">${words.intro}</p>
<form method="post" action="${linkTo(visit, '/forgotPassword')}">${hidden}
${usernameField(site.pool, text, note.username)}
${button(words.button, 'reset_my_password')}</form>
<p><a href="${linkTo(visit, '/login')}">${words.back}</a></p>`,
  )
}

/** What would tell who exists; here everybody is told that a code went out, whatever the client's setting is. */
const tellsWhoExists: ReadonlySet<string> = new Set([
  'InvalidParameterException',
  'NotAuthorizedException',
  'UserNotFoundException',
])
const isTelling = (error: unknown): boolean => error instanceof AwsError && tellsWhoExists.has(error.code)

/** Sends the code, or does all the rest of it; answers where the code went, or would have gone. */
async function sendCode(visit: Visit, username: string): Promise<string | undefined> {
  const { site, api } = visit
  try {
    return destinationOf(await api(site, 'ForgotPassword', through(visit, username)))
  } catch (error) {
    if (!isTelling(error)) throw error
    return (await sendNothing(site.world, site.pool, username)).Destination
  }
}

export async function forgot(visit: Visit, form: Form): Promise<Answer> {
  const username = (form.get('username') ?? '').slice(0, 128)
  if (!username || onlyAdministrators(visit.site.pool)) return goTo(visit, '/forgotPassword', {})
  try {
    return goTo(visit, path, { username, sentTo: await sendCode(visit, username) })
  } catch (error) {
    return goTo(visit, '/forgotPassword', { username, error: phrase(visit.text, error) })
  }
}

async function sendAgain(visit: Visit, username: string): Promise<Answer> {
  const { note, text } = visit
  const stay = (told: Note) => goTo(visit, path, { ...note, ...told })
  if (!(await maySendAgain(visit, username, 'forgot-password'))) return stay({ notice: text.confirm.soon })
  try {
    return stay({ sentTo: await sendCode(visit, username), notice: text.confirm.resent })
  } catch (error) {
    return stay({ error: phrase(text, error) })
  }
}

export function resetPage(visit: Visit): Answer {
  const { site, text, note } = visit
  const words = text.reset
  if (note.username === undefined) return goTo(visit, '/forgotPassword', {})
  return render(
    visit,
    words.title,
    (hidden) => html`
<p>${note.sentTo === undefined ? words.intro : fill(words.sent, { to: note.sentTo })}</p>
<form method="post" action="${linkTo(visit, path)}">${hidden}
${codeField('forgot_password_code', text.challenge.code)}
${newPasswordTwice(site.pool, text)}
${button(words.button, 'reset_password')}</form>
${resendForm(visit, path, hidden)}
<p><a href="${linkTo(visit, '/login')}">${text.forgot.back}</a></p>`,
    { script: passwordScript },
  )
}

export async function reset(visit: Visit, form: Form): Promise<Answer> {
  const { site, api, text, note } = visit
  const { username } = note
  if (username === undefined) return goTo(visit, '/forgotPassword', {})
  if (asksAgain(form)) return sendAgain(visit, username)
  const Password = form.get('new_password') ?? ''
  if (Password !== form.get('confirm_password')) {
    return goTo(visit, path, { ...note, error: text.failures.different })
  }
  const ConfirmationCode = form.get('code') ?? ''
  try {
    await api(site, 'ConfirmForgotPassword', { ...through(visit, username), ConfirmationCode, Password })
    return goTo(visit, '/login', { username, notice: text.reset.done })
  } catch (error) {
    const given = { code: ConfirmationCode, password: Password }
    return goTo(visit, path, { ...note, error: phrase(text, await sameForAll(visit, username, given, error)) })
  }
}

/**
 * What a client that does not hide who exists is told of nobody, is told here as of somebody whose code is wrong. A form
 * that is wrong in itself is refused before anybody is looked for, and so tells nothing.
 */
async function sameForAll(
  { site: { world, pool } }: Visit,
  username: string,
  given: { readonly code: string; readonly password: string },
  error: unknown,
): Promise<unknown> {
  const wrongForm = error instanceof AwsError && error.code === 'InvalidParameterException' && !isUnreachable(error)
  if (!isTelling(error) || wrongForm) return error
  return tryNothing(world, pool, username, given).then(
    () => error,
    (refusal: unknown) => refusal,
  )
}
