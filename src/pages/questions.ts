/** What a sign-in may ask after the password: each challenge a row, with its fields and how the answer is read. */
import type { Given } from '../user-pools/sign-in/turn.ts'
import { attributeField, codeField, passwordField, policyHint } from './fields.ts'
import { type Html, html } from './html.ts'
import type { Note, Visit } from './page.ts'

export type Form = { get(name: string): string | undefined }

export type Asked = NonNullable<Note['challenge']>

export type Question = {
  readonly title: (visit: Visit) => string
  readonly fields: (visit: Visit, asked: Asked) => Html
  /** The challenge's own parameters from the form; a sentence where the form is wrong in itself. */
  readonly read: (visit: Visit, asked: Asked, form: Form) => Given | string
  /** What must be done first; answers with the Session to go on with. */
  readonly prove?: (visit: Visit, asked: Asked, form: Form) => Promise<string>
}

const code = (name: string): Question => ({
  title: ({ text }) => text.challenge.title,
  fields: ({ text }, { parameters }) =>
    html`<p>${
      name === 'SOFTWARE_TOKEN_MFA'
        ? text.challenge.app
        : text.challenge.sent(parameters['CODE_DELIVERY_DESTINATION'] ?? '')
    }</p>${codeField('code', text.challenge.code)}`,
  read: (_, __, form) => ({ [`${name}_CODE`]: form.get('code') ?? '' }),
})

const readList = (text: string | undefined): string[] => (text === undefined ? [] : (JSON.parse(text) as string[]))
const attributePrefix = 'userAttributes.'
const missingOf = ({ parameters }: Asked) =>
  readList(parameters['requiredAttributes']).map((name) => name.slice(attributePrefix.length))

/** Each challenge that the pages can ask; for the others a sentence says that they cannot. */
export const questions: Readonly<Record<string, Question>> = {
  SMS_MFA: code('SMS_MFA'),
  EMAIL_OTP: code('EMAIL_OTP'),
  SOFTWARE_TOKEN_MFA: code('SOFTWARE_TOKEN_MFA'),
  SELECT_MFA_TYPE: {
    title: ({ text }) => text.challenge.choose,
    fields: ({ text }, { parameters }) =>
      html`<fieldset>${readList(parameters['MFAS_CAN_CHOOSE']).map(
        (factor, index) =>
          html`<label class="choice"><input type="radio" name="answer" value="${factor}" ${index === 0 && 'checked'} required> ${
            text.challenge.factors[factor] ?? factor
          }</label>`,
      )}</fieldset>`,
    read: (_, __, form) => ({ ANSWER: form.get('answer') ?? '' }),
  },
  NEW_PASSWORD_REQUIRED: {
    title: ({ text }) => text.newPassword.title,
    fields: ({ site, text }, asked) => html`<p>${text.newPassword.intro}</p>
${passwordField('new_password', text.newPassword.password, 'new-password')}${policyHint(site.pool, text)}
${passwordField('confirm_password', text.newPassword.again, 'new-password')}
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
  MFA_SETUP: {
    title: ({ text }) => text.setUp.title,
    fields: ({ text }, { parameters: { secret = '', address = '' } }) => html`<p>${text.setUp.intro}</p>
<p><code class="secret">${secret}</code></p><p><a href="${address}">${text.setUp.open}</a></p>
${codeField('code', text.challenge.code)}`,
    read: () => ({}),
    prove: async ({ site, api }, { session }, form) => {
      const answer = await api(site, 'VerifySoftwareToken', { Session: session, UserCode: form.get('code') ?? '' })
      return (answer as { Session: string }).Session
    },
  },
}

/** The seed of an authenticator app for a user who must have one; undefined where the pool wants something else. */
export async function startSetUp({ site, api }: Visit, username: string, asked: Asked): Promise<Asked | undefined> {
  if (!readList(asked.parameters['MFAS_CAN_SETUP']).includes('SOFTWARE_TOKEN_MFA')) return undefined
  const answer = await api(site, 'AssociateSoftwareToken', { Session: asked.session })
  const { SecretCode: secret, Session: session } = answer as { SecretCode: string; Session: string }
  const label = encodeURIComponent(`${site.pool.name}:${username}`)
  const issuer = encodeURIComponent(site.pool.name)
  return {
    ...asked,
    session,
    parameters: { secret, address: `otpauth://totp/${label}?secret=${secret}&issuer=${issuer}` },
  }
}
