/** What a sign-in may ask: each challenge a row, with its fields and how the answer is read. */
import type { Purpose } from '../user-pools/codes/code.ts'
import type { Given } from '../user-pools/sign-in/progress.ts'
import { attributeField, button, codeField, newPasswordTwice, passwordField } from './fields.ts'
import { type Html, html } from './html.ts'
import type { Note, Visit } from './page.ts'
import { passkeyForm, passkeyScript } from './passkey-form.ts'
import { passwordScript } from './password-checks.ts'
import { qrCode } from './qr.ts'
import { fill, word } from './text/text.ts'

export type Form = { get(name: string): string | undefined }

export type Asked = NonNullable<Note['challenge']>

export type Question = {
  readonly title: (visit: Visit) => string
  readonly fields: (visit: Visit, asked: Asked) => Html
  /** The challenge's own parameters from the form; a sentence where the form is wrong in itself. */
  readonly read: (visit: Visit, asked: Asked, form: Form) => Given | string
  /** What must be done first; answers with the Session to go on with. */
  readonly prove?: (visit: Visit, asked: Asked, form: Form) => Promise<string>
  /** Another question in the place of an answer. */
  readonly instead?: (visit: Visit, asked: Asked, form: Form) => Promise<Asked | undefined>
  /** What a style may picture it by. */
  readonly graphic?: `${'EMAIL' | 'SMS' | 'AUTH_APP' | 'PASSWORD' | 'PASSKEY'}_GRAPHIC`
  /** What the code is for that was sent, so that a new one may be. */
  readonly sent?: (asked: Asked) => Purpose
  /** The fields have buttons of their own. */
  readonly ownButtons?: true
  /** The script that its fields have. */
  readonly script?: string
}

const code = (name: string, graphic: NonNullable<Question['graphic']>): Question => ({
  graphic,
  title: ({ text }) => text.challenge.title,
  fields: ({ text }, { parameters }) =>
    html`<p>${
      name === 'SOFTWARE_TOKEN_MFA'
        ? text.challenge.app
        : fill(text.challenge.sent, { to: parameters['CODE_DELIVERY_DESTINATION'] ?? '' })
    }</p>${codeField('code', text.challenge.code)}`,
  read: (_, __, form) => ({ [`${name}_CODE`]: form.get('code') ?? '' }),
})

const readList = (text: string | undefined): string[] => (text === undefined ? [] : (JSON.parse(text) as string[]))
const attributePrefix = 'userAttributes.'
const missingOf = ({ parameters }: Asked) =>
  readList(parameters['requiredAttributes']).map((name) => name.slice(attributePrefix.length))

/** The name of two challenges: one of those that a sign-in may begin with, or a second factor. */
export const beginsSignIn = ({ parameters }: Asked): boolean => parameters['available'] !== undefined

const choices = ({ text }: Visit, title: string, among: readonly string[]): Html =>
  html`<fieldset><legend>${title}</legend>${among.map(
    (factor, index) =>
      html`<label class="choice"><input type="radio" name="answer" value="${factor}"${index === 0 && { html: ' checked' }} required> ${
        word(text.factors, factor) ?? factor
      }</label>`,
  )}</fieldset>`

/** How a user may begin, as buttons; a password right here. */
const chooseFirst: Question = {
  ownButtons: true,
  title: ({ text }) => text.first.title,
  fields: ({ text, note }, { parameters }) => {
    const offered = readList(parameters['available'])
    const others = offered.filter((name) => word(text.first, name) !== undefined)
    return html`<p class="soft">${fill(text.first.as, { name: note.username ?? '' })}</p>
${
  offered.includes('PASSWORD') &&
  html`${passwordField('password', text.signIn.password, 'current-password')}${button(text.signIn.button, 'answer', 'PASSWORD')}${
    others.length > 0 && html`<div class="or">${text.signIn.or}</div>`
  }`
}${others.map(
  (name) =>
    html`<button class="second" name="answer" value="${name}" formnovalidate>${word(text.first, name)}</button>`,
)}`
  },
  read: ({ text }, _, form): Given | string => {
    const [answer = '', password] = [form.get('answer'), form.get('password')]
    if (answer !== 'PASSWORD') return { ANSWER: answer }
    return password && password.length <= 256 ? { ANSWER: answer, PASSWORD: password } : text.failures.signIn
  },
}

/** Each challenge that the pages can ask; for the others a sentence says that they cannot. */
export const questions: Readonly<Record<string, Question>> = {
  SELECT_CHALLENGE: chooseFirst,
  SMS_OTP: { ...code('SMS_OTP', 'SMS_GRAPHIC'), sent: () => 'sms-otp' },
  SMS_MFA: { ...code('SMS_MFA', 'SMS_GRAPHIC'), sent: () => 'sms-mfa' },
  EMAIL_OTP: {
    ...code('EMAIL_OTP', 'EMAIL_GRAPHIC'),
    sent: (asked) => (beginsSignIn(asked) ? 'email-otp' : 'email-mfa'),
  },
  SOFTWARE_TOKEN_MFA: code('SOFTWARE_TOKEN_MFA', 'AUTH_APP_GRAPHIC'),
  WEB_AUTHN: {
    ...{ ownButtons: true, script: passkeyScript, graphic: 'PASSKEY_GRAPHIC' },
    title: ({ text }) => text.passkey.title,
    fields: ({ text }, { parameters }) =>
      passkeyForm(text, parameters['CREDENTIAL_REQUEST_OPTIONS'] ?? '', text.passkey.intro, text.passkey.button),
    read: (_, __, form) => ({ CREDENTIAL: form.get('credential') ?? '' }),
  },
  SELECT_MFA_TYPE: {
    title: ({ text }) => text.challenge.title,
    fields: (visit, { parameters }) =>
      choices(visit, visit.text.challenge.choose, readList(parameters['MFAS_CAN_CHOOSE'])),
    read: (_, __, form) => ({ ANSWER: form.get('answer') ?? '' }),
  },
  NEW_PASSWORD_REQUIRED: {
    ...{ graphic: 'PASSWORD_GRAPHIC', script: passwordScript },
    title: ({ text }) => text.newPassword.title,
    fields: ({ site, text }, asked) => html`<p>${text.newPassword.intro}</p>
${newPasswordTwice(site.pool, text)}
${missingOf(asked).map((name) => attributeField(text, name))}`,
    read: ({ text }, asked, form) => {
      const password = form.get('new_password') ?? ''
      if (password !== form.get('confirm_password')) return text.failures.different
      const attributes = missingOf(asked).map((name): [string, string] => [
        `${attributePrefix}${name}`,
        form.get(`requiredAttributes[${name}]`) ?? '',
      ])
      return { NEW_PASSWORD: password, ...Object.fromEntries(attributes) }
    },
  },
  'MFA_SETUP:choose': {
    title: ({ text }) => text.setUp.choose,
    fields: (visit, { parameters }) =>
      choices(visit, visit.text.setUp.chooseIntro, readList(parameters['MFAS_CAN_SETUP']).filter(canSetUp)),
    read: () => ({}),
    instead: (visit, asked, form) => setUp(visit, asked, form.get('answer') ?? ''),
  },
  'MFA_SETUP:email': {
    graphic: 'EMAIL_GRAPHIC',
    title: ({ text }) => text.setUp.emailTitle,
    fields: ({ text }) => html`<p>${text.setUp.emailIntro}</p>${attributeField(text, 'email')}`,
    read: (_, __, form) => ({ EMAIL: form.get('requiredAttributes[email]') ?? '' }),
  },
  'MFA_SETUP:app': {
    graphic: 'AUTH_APP_GRAPHIC',
    title: ({ text }) => text.setUp.title,
    fields: ({ text }, { parameters: { secret = '', address = '' } }) =>
      html`${appSecret(text, text.setUp.intro, secret, address)}${codeField('code', text.challenge.code)}`,
    read: () => ({}),
    prove: async ({ site, api }, { session }, form) => {
      const answer = await api(site, 'VerifySoftwareToken', { Session: session, UserCode: form.get('code') ?? '' })
      return (answer as { Session: string }).Session
    },
  },
}

/** What an authenticator app must be told: as a picture, as a link, and as text. */
export const appSecret = (
  text: Visit['text'],
  intro: string,
  secret: string,
  address: string,
): Html => html`<p>${intro}</p>
${qrCode(address, text.setUp.picture)}
<details><summary>${text.setUp.secret}</summary><p><code class="secret">${secret}</code></p>
<p><a href="${address}">${text.setUp.open}</a></p></details>`

/** `otpauth:` as authenticator apps read it. */
export function appAddress({ site: { pool } }: Visit, username: string, secret: string): string {
  const issuer = encodeURIComponent(pool.name)
  return `otpauth://totp/${issuer}:${encodeURIComponent(username)}?secret=${secret}&issuer=${issuer}`
}

/** A phone number cannot be given in the middle of a sign-in. */
const canSetUp = (factor: string) => factor === 'SOFTWARE_TOKEN_MFA' || factor === 'EMAIL_OTP'

/** What a user without a second factor is asked first; undefined where the pool wants something that no page can set up. */
export async function startSetUp(visit: Visit, asked: Asked): Promise<Asked | undefined> {
  const among = readList(asked.parameters['MFAS_CAN_SETUP']).filter(canSetUp)
  const [only] = among
  return among.length > 1 ? { ...asked, name: 'MFA_SETUP:choose' } : only && setUp(visit, asked, only)
}

async function setUp(visit: Visit, asked: Asked, factor: string): Promise<Asked | undefined> {
  if (factor === 'EMAIL_OTP') return { ...asked, name: 'MFA_SETUP:email' }
  if (factor !== 'SOFTWARE_TOKEN_MFA') return undefined
  const answer = await visit.api(visit.site, 'AssociateSoftwareToken', { Session: asked.session })
  const { SecretCode: secret, Session: session } = answer as { SecretCode: string; Session: string }
  const address = appAddress(visit, visit.note.username ?? '', secret)
  return { name: 'MFA_SETUP:app', session, parameters: { secret, address } }
}
