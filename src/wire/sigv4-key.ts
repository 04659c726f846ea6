/** The keys and the strings of Signature Version 4: derivation, hashing, comparison. AWS: IAM User Guide, "Create a signed AWS API request". */
import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto'

export const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

/** What a signing key is for. `date` is YYYYMMDD. */
export type KeyScope = { readonly date: string; readonly region: string; readonly service: string }

export const scopeText = ({ date, region, service }: KeyScope) => `${date}/${region}/${service}/aws4_request`

/** Hex SHA-256 of bytes, or of a byte string (one character per byte). */
export const sha256 = (bytes: Uint8Array | string) =>
  hash('sha256', typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)

const hmac = (key: KeyObject, text: string) => createSecretKey(createHmac('sha256', key).update(text).digest())

// Keys live for a day at most; the table is kept small and the least recently used goes first. It is looked up by a
// hash so that no secret is held as a map key.
const capacity = 2_000
const derived = new Map<string, KeyObject>()

/** The signing key of a secret for one day, region and service. */
export function signingKey(secret: string, scope: KeyScope): KeyObject {
  const name = hash('sha256', JSON.stringify([secret, scope.date, scope.region, scope.service]), 'base64')
  const known = derived.get(name)
  if (known) derived.delete(name)
  const key =
    known ??
    [scope.date, scope.region, scope.service, 'aws4_request'].reduce(hmac, createSecretKey(`AWS4${secret}`, 'utf8'))
  derived.set(name, key)
  if (derived.size > capacity) derived.delete(derived.keys().next().value!)
  return key
}

/** Hex HMAC-SHA-256 of a byte string. */
export const sign = (key: KeyObject, stringToSign: string) =>
  createHmac('sha256', key).update(Buffer.from(stringToSign, 'latin1')).digest('hex')

export const stringToSign = (amzDate: string, scope: KeyScope, canonical: string) =>
  ['AWS4-HMAC-SHA256', amzDate, scopeText(scope), sha256(canonical)].join('\n')

/** Whether two signatures are the same, in constant time; anything but 64 lower-case hex digits is not. */
export function sameSignature(given: string, right: string): boolean {
  if (!/^[0-9a-f]{64}$/.test(given)) return false
  return timingSafeEqual(Buffer.from(given, 'hex'), Buffer.from(right, 'hex'))
}
