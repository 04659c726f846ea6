/** The inputs of forms: the user's name, passwords, codes, and the attributes a pool asks for. */
import { aliasesOf, usernameIs } from '../user-pools/pools/identifiers.ts'
import type { Pool } from '../user-pools/pools/pool.ts'
import { type Html, html } from './html.ts'
import { policyChecks, policyInWords, sameCheck } from './password-checks.ts'
import { type Text, word } from './text/text.ts'

/** The class names that a pool's own CSS for the classic pages speaks of. */
const label = (id: string, content: string): Html =>
  html`<label class="label-customizable" for="${id}">${content}</label>`
const hint = (id: string, content: string): Html => html`<p class="hint" id="${id}">${content}</p>`

export function usernameField(pool: Pool, text: Text, value = '', as: 'sign-in' | 'sign-up' = 'sign-in'): Html {
  const kind = usernameIs(pool)
  const alias = as === 'sign-in' && kind === 'free' && aliasesOf(pool).includes('email')
  const type = kind === 'email' ? 'email' : kind === 'phone' ? 'tel' : 'text'
  // AWS's name for the input, which people's scripts know.
  const id = as === 'sign-in' ? 'signInFormUsername' : 'username'
  return html`${label(id, text.username[alias ? 'alias' : kind])}
<input class="inputField-customizable" id="${id}" name="username" type="${type}" value="${value}" autocomplete="username${
    as === 'sign-in' && ' webauthn'
  }" autocapitalize="none" spellcheck="false" required maxlength="128">`
}

/** AWS's name for the input of the one password of a page. */
const passwordId = (name: string): string => (name === 'password' ? 'signInFormPassword' : name)

export const passwordField = (
  id: string,
  name: string,
  autocomplete: 'current-password' | 'new-password',
  more: Html | undefined = undefined,
): Html => html`${label(passwordId(id), name)}
<input class="inputField-customizable" id="${passwordId(id)}" name="${id}" type="password" autocomplete="${autocomplete}" required maxlength="256"${more}>`

export const codeField = (id: string, name: string): Html => html`${label(id, name)}
<input class="inputField-customizable" id="${id}" name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength="16">`

/** A button that sends its form. */
export const button = (content: string, name?: string, value?: string): Html =>
  html`<button class="submitButton-customizable"${name !== undefined && html` name="${name}"`}${value !== undefined && html` value="${value}"`}>${content}</button>`

/** The password that is to be, with the pool's policy. Its page loads the script of password-checks.ts. */
export const newPasswordField = (pool: Pool, id: string, name: string, text: Text): Html =>
  html`${passwordField(id, name, 'new-password', { html: ' aria-describedby="policy"' })}${hint('policy', policyInWords(pool, text))}${policyChecks(pool, text, passwordId(id))}`

/** The same once more, where a slip would shut its owner out. */
export const newPasswordTwice = (pool: Pool, text: Text): Html =>
  html`${newPasswordField(pool, 'new_password', text.newPassword.password, text)}
${passwordField('confirm_password', text.newPassword.again, 'new-password')}${sameCheck(text, 'confirm_password', 'new_password')}`

const types: Readonly<Record<string, string>> = { birthdate: 'date', email: 'email', phone_number: 'tel' }
const completions: Readonly<Record<string, string>> = {
  birthdate: 'bday',
  email: 'email',
  family_name: 'family-name',
  given_name: 'given-name',
  middle_name: 'additional-name',
  name: 'name',
  nickname: 'nickname',
  phone_number: 'tel',
}

export function attributeField(text: Text, name: string, value = '', required = true): Html {
  const id = `attribute-${name}`
  const phone = name === 'phone_number'
  return html`${label(id, word(text.attributes, name) ?? name.replace(/^custom:/, ''))}
<input class="inputField-customizable" id="${id}" name="requiredAttributes[${name}]" type="${types[name] ?? 'text'}" value="${value}" autocomplete="${
    completions[name] ?? 'off'
  }"${required && { html: ' required' }} maxlength="2048"${phone && { html: ' aria-describedby="phone-hint"' }}>${
    phone && hint('phone-hint', text.phoneHint)
  }`
}

/**
 * What sign-up asks beside the name and the password: what the pool requires, and the address that it will verify, since
 * nobody could be sent a code without one. AWS asks for the required ones only.
 */
export function askedAttributes({ schema, settings }: Pool, nameIs: ReturnType<typeof usernameIs>): string[] {
  const required = schema.filter(({ Name, Required }) => Required && Name !== 'sub').map(({ Name }) => Name)
  const [verified] = settings.AutoVerifiedAttributes ?? []
  const given = nameIs === 'email' ? 'email' : nameIs === 'phone' ? 'phone_number' : undefined
  return [...new Set([...required, ...(verified && nameIs !== 'either' ? [verified] : [])])].filter(
    (name) => name !== given,
  )
}
