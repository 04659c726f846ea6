/** `/signup`, `/confirm` and `/resendcode`: a new account and the code that confirms it, by the API's own operations. */
import { usernameIs } from '../user-pools/pools/identifiers.ts'
import { userBySub } from '../user-pools/users/find.ts'
import type { Answer } from '../wire/http.ts'
import { askedAttributes, attributeField, codeField, passwordField, policyHint, usernameField } from './fields.ts'
import { html } from './html.ts'
import { goTo, linkTo, phrase, render, type Visit } from './page.ts'
import type { Form } from './questions.ts'
import { complete, withSecretHash } from './sign-in.ts'

/** What names the client and proves it, for an operation about this user. */
export const through = (visit: Visit, username: string) => {
  const { SECRET_HASH } = withSecretHash(visit, username)
  return {
    ClientId: visit.request.client.id,
    Username: username,
    ...(SECRET_HASH !== undefined && { SecretHash: SECRET_HASH }),
  }
}

type Sent = { readonly CodeDeliveryDetails?: { readonly Destination?: string } }
export const destinationOf = (answer: unknown): string | undefined => (answer as Sent).CodeDeliveryDetails?.Destination

export function signUpPage(visit: Visit): Answer {
  const { site, text, note } = visit
  const { pool } = site
  const words = text.signUp
  if (pool.settings.AdminCreateUserConfig.AllowAdminCreateUserOnly) return goTo(visit, '/login', {})
  return render(
    visit,
    words.title,
    (csrf) => html`
<form method="post" action="${linkTo(visit, '/signup')}">${csrf}
${usernameField(pool, text, note.username, 'sign-up')}
${askedAttributes(pool, usernameIs(pool)).map((name) => attributeField(text, name))}
${passwordField('password', text.signIn.password, 'new-password')}${policyHint(pool, text)}
<button name="signUpButton">${words.button}</button></form>
<p class="soft">${words.haveAccount} <a href="${linkTo(visit, '/login')}">${words.signIn}</a></p>`,
  )
}

export async function signUp(visit: Visit, form: Form): Promise<Answer> {
  const { site, api, text } = visit
  const username = form.get('username') ?? ''
  const asked = askedAttributes(site.pool, usernameIs(site.pool))
  const UserAttributes = asked.map((Name) => ({ Name, Value: form.get(`requiredAttributes[${Name}]`) ?? '' }))
  try {
    const Password = form.get('password') ?? ''
    const answer = await api(site, 'SignUp', { ...through(visit, username), Password, UserAttributes })
    const { UserConfirmed, UserSub } = answer as { UserConfirmed: boolean; UserSub: string }
    if (UserConfirmed) return goTo(visit, '/login', { username, notice: text.confirm.done })
    return goTo(visit, '/confirm', { username, signedUp: UserSub, sentTo: destinationOf(answer) })
  } catch (error) {
    return goTo(visit, '/signup', { username: username.slice(0, 128), error: phrase(text, error) })
  }
}

export function confirmPage(visit: Visit): Answer {
  const { text, note } = visit
  const words = text.confirm
  if (note.username === undefined) return goTo(visit, '/login', { error: text.failures.stale })
  return render(
    visit,
    words.title,
    (csrf) => html`
<p>${note.sentTo === undefined ? words.intro : words.sent(note.sentTo)}</p>
<form method="post" action="${linkTo(visit, '/confirm')}">${csrf}
${codeField('verification_code', words.code)}
<button name="confirm">${words.button}</button></form>
<form method="post" action="${linkTo(visit, '/resendcode')}">${csrf}
<button class="plain">${words.resend}</button></form>`,
  )
}

/** Who signed up in this very browser and now knows the code is signed in, as at AWS; anybody else signs in. */
export async function confirm(visit: Visit, form: Form): Promise<Answer> {
  const { site, api, text, note } = visit
  const { username, signedUp } = note
  if (username === undefined) return goTo(visit, '/login', { error: text.failures.stale })
  try {
    await api(site, 'ConfirmSignUp', { ...through(visit, username), ConfirmationCode: form.get('code') ?? '' })
  } catch (error) {
    return goTo(visit, '/confirm', { ...note, error: phrase(text, error) })
  }
  const user = signedUp === undefined ? undefined : await userBySub(site.world, site.pool, signedUp)
  const direct = user?.enabled && user.status === 'CONFIRMED' && mayGoOn(visit)
  return direct ? complete(visit, user) : goTo(visit, '/login', { username, notice: text.confirm.done })
}

/** Not past a second factor, nor past threat protection, which judge sign-ins. */
const mayGoOn = ({ site: { pool } }: Visit): boolean =>
  pool.settings.MfaConfiguration !== 'ON' && (pool.settings.UserPoolAddOns?.AdvancedSecurityMode ?? 'OFF') === 'OFF'

export async function resend(visit: Visit): Promise<Answer> {
  const { site, api, text, note } = visit
  const { username } = note
  if (username === undefined) return goTo(visit, '/login', { error: text.failures.stale })
  try {
    const answer = await api(site, 'ResendConfirmationCode', through(visit, username))
    return goTo(visit, '/confirm', { ...note, notice: text.confirm.resent, sentTo: destinationOf(answer) })
  } catch (error) {
    return goTo(visit, '/confirm', { ...note, error: phrase(text, error) })
  }
}
