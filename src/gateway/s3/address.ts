/** Which bucket and key a request means, by its path or its host, and which names a bucket may have. */
import { fail } from '../../wire/errors.ts'
import type { Call } from '../../wire/http.ts'
import { signedService } from '../../wire/signed-service.ts'
import { percentDecode } from '../../wire/sigv4-canonical.ts'

export type Address = { readonly bucket?: string; readonly key?: string }

/** First segments of our own paths: they are no bucket names. */
export const reservedNames: ReadonlySet<string> = new Set([
  'account',
  'api',
  'assets',
  'cognito-identity',
  'cognito-idp',
  'confirmuser',
  'console',
  'demo',
  'device',
  'domains',
  'error',
  'favicon.ico',
  'feedback',
  'forgotpassword',
  'healthz',
  'imports',
  'login',
  'logout',
  'mailbox',
  'metrics',
  'mfa',
  'oauth2',
  'passkeys',
  'poolhouse',
  'public-keys',
  'readyz',
  'resendcode',
  'robots.txt',
  'saml2',
  'signedout',
  'signup',
  'sts',
  'sync-payloads',
])

/** User Guide, "General purpose bucket naming rules". */
export function isBucketName(name: string): boolean {
  return (
    /^[a-z0-9](?:[a-z0-9.-]{1,61})[a-z0-9]$/.test(name) &&
    !name.includes('..') &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !/^(?:xn--|sthree-|amzn-s3-demo-)|(?:-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name) &&
    !reservedNames.has(name)
  )
}

/** Characters and bytes: a key is at most 1,024 bytes of UTF-8. */
export const longestKey = 1024

export function checkKey(key: string): string {
  const size = Buffer.byteLength(key)
  if (size > longestKey) {
    fail('KeyTooLongError', 'Your key is too long', { status: 400, extra: { Size: size, MaxSizeAllowed: longestKey } })
  }
  // unproved: the code; no text of our databases can hold U+0000.
  if (key.includes('\0')) invalidUri('a key with U+0000')
  return key
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const invalidUri = (detail: string): never =>
  fail('InvalidURI', "Couldn't parse the specified URI.", { status: 400, detail })

/** Text of UTF-8 bytes, one character per byte. */
export function decodeBytes(bytes: string): string {
  if (!/[\x80-\xff]/.test(bytes)) return bytes
  try {
    return utf8.decode(Buffer.from(bytes, 'latin1'))
  } catch {
    return invalidUri('not UTF-8')
  }
}

/** Text of percent-encoded UTF-8 as it stands in a path. Dots and slashes mean nothing: a key is a name, not a path. */
export const decodeText = (encoded: string): string => decodeBytes(percentDecode(encoded))

/** The host without its port, in lower case. */
const hostOf = ({ headers }: Call) => (headers.host ?? '').toLowerCase().replace(/:\d+$/, '')

const storageHost = /^(?:(.+)\.)?s3\.localhost$/

/** Whether the call came by a host of storage's own, where no page of ours lives. */
export const onStorageHost = (call: Call): boolean => storageHost.test(hostOf(call))

function fromPath(path: string, bucket?: string): Address {
  const rest = path.replace(/^\//, '')
  if (bucket !== undefined) return { bucket, ...(rest !== '' && { key: rest }) }
  const slash = rest.indexOf('/')
  if (rest === '') return {}
  if (slash < 0) return { bucket: rest }
  const key = rest.slice(slash + 1)
  return { bucket: rest.slice(0, slash), ...(key !== '' && { key }) }
}

/**
 * The address of a call that is meant for S3, parts still percent-encoded. `addressed`: by a signature for S3 or by the
 * hosts `s3.localhost` and `<bucket>.s3.localhost`. `unclaimed`: an unsigned `/<bucket>/…` that nothing else answers.
 */
export function s3Address(call: Call, by: 'addressed' | 'unclaimed'): Address | undefined {
  const host = hostOf(call)
  const own = storageHost.exec(host)
  if (by === 'addressed') {
    if (own) return fromPath(call.path, own[1])
    if (signedService(call) !== 's3') return undefined
    // SDKs without path style put the bucket before whatever endpoint they are given.
    return fromPath(call.path, /^(.+?)\.(?:s3[.-].+|localhost)$/.exec(host)?.[1])
  }
  const address = fromPath(call.path)
  return address.bucket !== undefined && isBucketName(address.bucket) ? address : undefined
}
