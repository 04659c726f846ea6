/** The inputs of forms: the user's name, passwords, codes, and the attributes a pool asks for. */
import { aliasesOf, usernameIs } from '../user-pools/pools/identifiers.ts'
import type { Pool } from '../user-pools/pools/pool.ts'
import { type Html, html } from './html.ts'
import type { Text } from './text/en.ts'

export function usernameField(pool: Pool, text: Text, value = '', as: 'sign-in' | 'sign-up' = 'sign-in'): Html {
  const kind = usernameIs(pool)
  const alias = as === 'sign-in' && kind === 'free' && aliasesOf(pool).includes('email')
  const type = kind === 'email' ? 'email' : kind === 'phone' ? 'tel' : 'text'
  return html`<label for="username">${text.username[alias ? 'alias' : kind]}</label>
<input id="username" name="username" type="${type}" value="${value}" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="128">`
}

export const passwordField = (id: string, label: string, autocomplete: 'current-password' | 'new-password'): Html =>
  html`<label for="${id}">${label}</label>
<input id="${id}" name="${id}" type="password" autocomplete="${autocomplete}" required maxlength="256">`

export const codeField = (id: string, label: string): Html => html`<label for="${id}">${label}</label>
<input id="${id}" name="code" inputmode="numeric" autocomplete="one-time-code" required maxlength="16">`

/** The pool's policy in words. */
export function policyHint({ settings }: Pool, text: Text): Html {
  const policy = settings.Policies.PasswordPolicy
  const parts = [
    policy.RequireLowercase && text.policy.lower,
    policy.RequireUppercase && text.policy.upper,
    policy.RequireNumbers && text.policy.number,
    policy.RequireSymbols && text.policy.symbol,
  ].filter((part) => part !== false)
  return html`<p class="hint">${[text.policy.length(policy.MinimumLength), ...parts].join(', ')}.</p>`
}

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

export const attributeField = (text: Text, name: string): Html => html`<label for="attribute-${name}">${
  text.attributes[name] ?? name.replace(/^custom:/, '')
}</label>
<input id="attribute-${name}" name="requiredAttributes[${name}]" type="${types[name] ?? 'text'}" autocomplete="${completions[name] ?? 'off'}" required maxlength="2048">${
  name === 'phone_number' && html`<p class="hint">${text.phoneHint}</p>`
}`

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
