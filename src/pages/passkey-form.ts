/** The part of a form that a passkey fills in, by a script: there is no other way. */
import { type Html, html } from './html.ts'
import type { Text } from './text/text.ts'

export const passkeyScript = '/assets/passkeys.js'

/** `options` are what `navigator.credentials` takes, in JSON. */
export const passkeyForm = (text: Text, options: string, intro: string, label: string): Html => html`<p>${intro}</p>
<noscript><p class="error">${text.passkey.script}</p></noscript>
<p class="error errorMessage-customizable" role="alert" data-failed hidden>${text.passkey.failed}</p>
<input type="hidden" name="credential" value="" data-passkey="${options}">
<button class="submitButton-customizable">${label}</button>`

/**
 * Asks the browser for the passkey when the form is sent, and sends its answer. The browsers' own `toJSON` and
 * `parse…FromJSON` are too new to rely on. W3C WebAuthn 5.1.
 */
export const passkeyProgram = `'use strict'
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0))
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=+$/, '')
const named = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }))
const field = document.querySelector('[data-passkey]')
const failed = document.querySelector('[data-failed]')
const ask = async () => {
  const options = JSON.parse(field.dataset.passkey)
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    ...(options.user
      ? { user: { ...options.user, id: bytes(options.user.id) }, excludeCredentials: named(options.excludeCredentials) }
      : { allowCredentials: named(options.allowCredentials) }),
  }
  const made = await navigator.credentials[options.user ? 'create' : 'get']({ publicKey })
  const { response } = made
  const parts = ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']
  return {
    id: made.id,
    rawId: made.id,
    type: made.type,
    authenticatorAttachment: made.authenticatorAttachment || undefined,
    clientExtensionResults: {},
    response: {
      ...Object.fromEntries(parts.filter((part) => response[part]).map((part) => [part, text(response[part])])),
      transports: response.getTransports ? response.getTransports() : undefined,
    },
  }
}
field.form.addEventListener('submit', async (event) => {
  if (field.value || (event.submitter && event.submitter.formNoValidate)) return
  event.preventDefault()
  failed.hidden = true
  try {
    field.value = JSON.stringify(await ask())
    field.form.submit()
  } catch (error) {
    failed.hidden = false
  }
})
`
