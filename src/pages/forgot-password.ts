/** `/forgotPassword` and `/confirmforgotPassword`: a code and a new password, by the API's own operations. */

import { simulateDelivery } from '../user-pools/messages/simulate.ts'
import { onlyAdministrators } from '../user-pools/passwords/recovery.ts'
import { simulatedSub } from '../user-pools/passwords/srp.ts'
import { AwsError } from '../wire/errors.ts'
import type { Answer } from '../wire/http.ts'
import { button, codeField, newPasswordTwice, usernameField } from './fields.ts'
import { html } from './html.ts'
import { goTo, linkTo, phrase, render, type Visit } from './page.ts'
import { passwordScript } from './password-checks.ts'
import type { Form } from './questions.ts'
import { destinationOf, through } from './sign-up.ts'
import { fill } from './text/text.ts'

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

export async function forgot(visit: Visit, form: Form): Promise<Answer> {
  const { site, api, text } = visit
  const username = (form.get('username') ?? '').slice(0, 128)
  if (!username || onlyAdministrators(site.pool)) return goTo(visit, '/forgotPassword', {})
  try {
    const answer = await api(site, 'ForgotPassword', through(visit, username))
    return goTo(visit, '/confirmforgotPassword', { username, sentTo: destinationOf(answer) })
  } catch (error) {
    if (error instanceof AwsError && tellsWhoExists.has(error.code)) {
      const { world, pool } = site
      const channel = pool.settings.AutoVerifiedAttributes?.[0] ?? 'email'
      const simulated = simulateDelivery(world, pool, username, simulatedSub(world, pool, username), channel)
      return goTo(visit, '/confirmforgotPassword', { username, sentTo: simulated.Destination })
    }
    return goTo(visit, '/forgotPassword', { username, error: phrase(text, error) })
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
<form method="post" action="${linkTo(visit, '/confirmforgotPassword')}">${hidden}
${codeField('forgot_password_code', text.challenge.code)}
${newPasswordTwice(site.pool, text)}
${button(words.button, 'reset_password')}</form>`,
    { script: passwordScript },
  )
}

export async function reset(visit: Visit, form: Form): Promise<Answer> {
  const { site, api, text, note } = visit
  const { username } = note
  if (username === undefined) return goTo(visit, '/forgotPassword', {})
  const Password = form.get('new_password') ?? ''
  if (Password !== form.get('confirm_password')) {
    return goTo(visit, '/confirmforgotPassword', { ...note, error: text.failures.different })
  }
  try {
    const ConfirmationCode = form.get('code') ?? ''
    await api(site, 'ConfirmForgotPassword', { ...through(visit, username), ConfirmationCode, Password })
    return goTo(visit, '/login', { username, notice: text.reset.done })
  } catch (error) {
    const hidden = error instanceof AwsError && error.code === 'UserNotFoundException'
    const shown = hidden ? text.failures.code : phrase(text, error)
    return goTo(visit, '/confirmforgotPassword', { ...note, error: shown })
  }
}
