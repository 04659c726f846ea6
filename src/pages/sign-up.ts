/** `/signup`, `/confirm` and `/resendcode`: a new account and the code that confirms it, by the API's own operations. */
import { offersPool } from '../user-pools/federation/find.ts'
import { usernameIs } from '../user-pools/pools/identifiers.ts'
import { termsLinks } from '../user-pools/terms/find.ts'
import { userBySub } from '../user-pools/users/find.ts'
import { AwsError } from '../wire/errors.ts'
import type { Answer } from '../wire/http.ts'
import { askedAttributes, attributeField, button, codeField, newPasswordField, usernameField } from './fields.ts'
import { type Html, html } from './html.ts'
import { isManaged } from './looks/of-client.ts'
import { goTo, linkTo, type Note, phrase, render, type Visit } from './page.ts'
import { passwordScript } from './password-checks.ts'
import type { Form } from './questions.ts'
import { maySendAgain, resendForm } from './resend.ts'
import { signInConfirmed, withSecretHash } from './sign-in.ts'
import { fill, weave } from './text/text.ts'

/** What names the client and proves it, for an operation about this user. */
export const through = (visit: Visit, username: string) => {
  const { SECRET_HASH } = withSecretHash(visit, username)
  return {
    ClientId: visit.request.client.id,
    Username: username,
    ...(SECRET_HASH !== undefined && { SecretHash: SECRET_HASH }),
  }
}

type Sent = { readonly CodeDeliveryDetails?: { readonly Destination?: string; readonly DeliveryMedium?: string } }
export const destinationOf = (answer: unknown): string | undefined => (answer as Sent).CodeDeliveryDetails?.Destination

/** Where a code or a link went, for the next page. */
const sentIn = (answer: unknown): Note => ({
  sentTo: destinationOf(answer),
  sentBy: (answer as Sent).CodeDeliveryDetails?.DeliveryMedium,
})

/** People who are not in the pool may join it here. */
const isOpen = ({ site: { pool }, request: { client } }: Visit): boolean =>
  !pool.settings.AdminCreateUserConfig.AllowAdminCreateUserOnly && offersPool(client)

export async function signUpPage(visit: Visit): Promise<Answer> {
  const { site, text, note, request } = visit
  const { world, pool } = site
  const words = text.signUp
  if (!isOpen(visit)) return goTo(visit, '/login', {})
  const terms = await termsLinks(world, pool, request.client.id, text.lang)
  return render(
    visit,
    words.title,
    (hidden) => html`
<form method="post" action="${linkTo(visit, '/signup')}" name="signupform" class="cognito-asf">${hidden}
${usernameField(pool, text, note.username, 'sign-up')}
${askedAttributes(pool, usernameIs(pool)).map((name) => attributeField(text, name))}
${newPasswordField(pool, 'password', text.signIn.password, text)}
${terms && consent(words, terms)}
${button(words.button, 'signUpButton')}</form>
<p class="soft">${words.haveAccount} <a class="redirect-customizable" href="${linkTo(visit, '/login')}">${words.signIn}</a></p>`,
    { script: passwordScript },
  )
}

/** AWS: "By signing up, you agree to our Terms of use and Privacy policy." */
function consent(words: Visit['text']['signUp'], terms: { use: string; privacy: string }): Html {
  const link = (address: string, name: string) => html`<a href="${address}" target="_blank" rel="noopener">${name}</a>`
  const links = { use: link(terms.use, words.use), privacy: link(terms.privacy, words.privacy) }
  return html`<p class="soft legalText-customizable">${weave(words.terms, links)}</p>`
}

export async function signUp(visit: Visit, form: Form): Promise<Answer> {
  const { site, api, text, note } = visit
  const username = form.get('username') ?? ''
  if (!isOpen(visit)) return goTo(visit, '/login', {})
  const asked = askedAttributes(site.pool, usernameIs(site.pool))
  const UserAttributes = asked.map((Name) => ({ Name, Value: form.get(`requiredAttributes[${Name}]`) ?? '' }))
  try {
    const Password = form.get('password') ?? ''
    const answer = await api(site, 'SignUp', { ...through(visit, username), Password, UserAttributes })
    const { UserConfirmed, UserSub } = answer as { UserConfirmed: boolean; UserSub: string }
    if (UserConfirmed) return goTo(visit, '/login', { username, notice: text.confirm.done })
    return goTo(visit, '/confirm', { username, signedUp: UserSub, ...sentIn(answer) })
  } catch (error) {
    // Sent twice, or again after going back: this very browser has signed up with that name.
    const again = error instanceof AwsError && error.code === 'UsernameExistsException'
    if (again && note.signedUp !== undefined && note.username === username) return goTo(visit, '/confirm', note)
    return goTo(visit, '/signup', { username: username.slice(0, 128), error: phrase(text, error) })
  }
}

/** The words for what is sent to a new user: a code, which is typed here, or a link, which is followed elsewhere. */
const wordsFor = ({ site: { pool }, text, note }: Visit) => {
  const { VerificationMessageTemplate: template, AutoVerifiedAttributes: verified } = pool.settings
  const byEmail = note.sentBy === undefined ? !verified?.includes('phone_number') : note.sentBy === 'EMAIL'
  const byLink = byEmail && template.DefaultEmailOption === 'CONFIRM_WITH_LINK'
  return { byLink, words: byLink ? text.confirmByLink : text.confirm }
}

export function confirmPage(visit: Visit): Answer {
  const { text, note } = visit
  const { title, code, button: confirms } = text.confirm
  const { byLink, words } = wordsFor(visit)
  if (note.username === undefined) return goTo(visit, '/login', { error: text.failures.stale })
  const next = (hidden: Html) =>
    byLink
      ? html`<a class="button" href="${linkTo(visit, '/login')}">${text.signIn.button}</a>`
      : html`<form method="post" action="${linkTo(visit, '/confirm')}">${hidden}
${codeField('verification_code', code)}
${button(confirms, 'confirm')}</form>`
  const back = byLink ? undefined : html`<p><a href="${linkTo(visit, '/login')}">${text.forgot.back}</a></p>`
  return render(
    visit,
    title,
    (hidden) => html`
<p>${note.sentTo === undefined ? words.intro : fill(words.sent, { to: note.sentTo })}</p>
${next(hidden)}
${resendForm(visit, '/resendcode', hidden, words.resend)}${back}`,
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
    if (isConfirmed(error)) return goTo(visit, '/login', { username, notice: text.confirm.done })
    return goTo(visit, '/confirm', { ...note, error: phrase(text, error) })
  }
  const user = signedUp === undefined ? undefined : await userBySub(site.world, site.pool, signedUp)
  const direct = user?.enabled && user.status === 'CONFIRMED' && mayGoOn(visit)
  return direct
    ? signInConfirmed(visit, username, user, isManaged(site) && offersPasskeys(site.pool))
    : goTo(visit, '/login', { username, notice: text.confirm.done })
}

/** AWS: a passkey is offered once, right after the confirmation. */
const offersPasskeys = ({ settings }: Visit['site']['pool']): boolean =>
  settings.Policies.SignInPolicy.AllowedFirstAuthFactors.includes('WEB_AUTHN')

/** Not past a second factor, nor past threat protection, which judge sign-ins, nor where the app asks for a level. */
const mayGoOn = ({ site: { pool }, request }: Visit): boolean =>
  pool.settings.MfaConfiguration !== 'ON' &&
  (pool.settings.UserPoolAddOns?.AdvancedSecurityMode ?? 'OFF') === 'OFF' &&
  request.acrValues === undefined

export async function resend(visit: Visit): Promise<Answer> {
  const { site, api, text, note } = visit
  const { username } = note
  if (username === undefined) return goTo(visit, '/login', { error: text.failures.stale })
  const stay = (told: Note) => goTo(visit, '/confirm', { ...note, ...told })
  const { words } = wordsFor(visit)
  if (!(await maySendAgain(visit, username, 'sign-up'))) return stay({ notice: words.soon })
  try {
    const answer = await api(site, 'ResendConfirmationCode', through(visit, username))
    return stay({ notice: words.resent, ...sentIn(answer) })
  } catch (error) {
    return isConfirmed(error)
      ? goTo(visit, '/login', { username, notice: text.confirm.done })
      : stay({ error: phrase(text, error) })
  }
}

/** In another tab, or by a link: nobody need know more than that all is well. */
const isConfirmed = (error: unknown): boolean =>
  error instanceof AwsError && /^User is already confirmed|Current status is CONFIRMED$/.test(error.message)
