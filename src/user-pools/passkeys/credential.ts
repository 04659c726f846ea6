/** Reading what a browser sends of a passkey: JSON from outside, of which nothing is believed yet. W3C WebAuthn 5.1, 5.8. */
import { fail } from '../../wire/errors.ts'

export type ClientData = { readonly type: string; readonly challenge: string; readonly origin: string }

/** Fields of a PublicKeyCredential in JSON that both ceremonies have. */
export type Credential = {
  readonly id: string
  readonly response: Readonly<Record<string, unknown>>
  readonly clientData: ClientData
  readonly attachment: string | undefined
}

/** unproved: AWS's sentence. */
export const refuseCredential = (detail: string): never =>
  fail('InvalidParameterException', 'Invalid credential.', { detail })

/** Far above any credential: a certificate chain in an attestation takes some thousand. */
const longest = 100_000
const longestId = 1_400 // 1,023 bytes in base64url, W3C WebAuthn 4, "Credential ID"
const base64url = /^[A-Za-z0-9_-]+$/

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The member of a response that must be base64url. */
export function readBytes(response: Readonly<Record<string, unknown>>, name: string): string {
  const value = response[name]
  if (typeof value !== 'string' || value.length > longest || !base64url.test(value)) {
    return refuseCredential(`${name} is no base64url`)
  }
  return value
}

export function readCredential(value: unknown): Credential {
  if (!isRecord(value) || !isRecord(value['response'])) return refuseCredential('no credential with a response')
  const { id, rawId = id, type, response, authenticatorAttachment } = value
  if (type !== 'public-key' || rawId !== id) refuseCredential('no public key, or two ids')
  if (typeof id !== 'string' || id.length > longestId || !base64url.test(id)) return refuseCredential('no id')
  return {
    id,
    response,
    clientData: readClientData(readBytes(response, 'clientDataJSON')),
    attachment: typeof authenticatorAttachment === 'string' ? authenticatorAttachment : undefined,
  }
}

/** W3C WebAuthn 5.8.1. Passkeys used inside another site's frame are refused: nobody here puts a sign-in there. */
function readClientData(text: string): ClientData {
  let read: unknown
  try {
    read = JSON.parse(Buffer.from(text, 'base64url').toString())
  } catch {
    return refuseCredential('clientDataJSON is no JSON')
  }
  if (!isRecord(read)) return refuseCredential('clientDataJSON is no object')
  const { type, challenge, origin, crossOrigin, topOrigin } = read
  if (typeof type !== 'string' || typeof challenge !== 'string' || typeof origin !== 'string') {
    return refuseCredential('clientDataJSON lacks members')
  }
  if (crossOrigin === true || topOrigin !== undefined) refuseCredential('used inside another site')
  return { type, challenge, origin }
}
