/** Which bucket and key a request means, by its path or its host, and which names a bucket may have. */
import { fail } from '../../wire/errors.ts'
import type { Call } from '../../wire/http.ts'
import { hostOf, ownHost } from '../../wire/own-host.ts'
import { signedService } from '../../wire/signed-service.ts'
import { percentDecode } from '../../wire/sigv4-canonical.ts'
import type { Settings } from '../../world.ts'

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
  return refuseNul(key)
}

/** unproved: the code; no text of our databases can hold U+0000. */
export const refuseNul = (name: string): string => (name.includes('\0') ? invalidUri('a name with U+0000') : name)

/** To the store here a key is a name. On a server behind, or on the way, it may be a path, and dot segments lead to what nobody asked about. */
export function refusePath(key: string): void {
  if (key.split('/').some((part) => part === '.' || part === '..')) invalidUri('dot segments')
}

/** A key, and what it is on a server behind that takes several slashes for one, such as SeaweedFS: both must be allowed. */
export function readingsOfKey(key: string): readonly string[] {
  const merged = key.replace(/\/{2,}/g, '/').replace(/^\//, '')
  return merged === key ? [key] : [key, merged]
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const invalidUri = (detail: string): never =>
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

/** The hosts of storage: `s3.` before this machine's name and before our own. */
const storageHosts = (settings: Pick<Settings, 'publicUrl'>) => [`s3.localhost`, `s3.${ownHost(settings)}`]

/** What stands before the host with a dot, empty if nothing does; undefined if the call came by another host. */
function before(host: string, hosts: readonly string[]): string | undefined {
  const own = hosts.find((one) => host === one || host.endsWith(`.${one}`))
  return own === undefined ? undefined : host.slice(0, -own.length).replace(/\.$/, '')
}

/** Whether the call came by a host of storage's own, where no page of ours lives. */
export const onStorageHost = (call: Call, settings: Pick<Settings, 'publicUrl'>): boolean =>
  before(hostOf(call), storageHosts(settings)) !== undefined

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
 * hosts `s3.<our name>` and `<bucket>.s3.<our name>`. `unclaimed`: an unsigned `/<bucket>/…` that nothing else answers.
 */
export function s3Address(
  call: Call,
  by: 'addressed' | 'unclaimed',
  settings: Pick<Settings, 'publicUrl'>,
): Address | undefined {
  if (by === 'unclaimed') {
    const address = fromPath(call.path)
    return address.bucket !== undefined && isBucketName(address.bucket) ? address : undefined
  }
  const host = hostOf(call)
  const own = before(host, storageHosts(settings))
  if (own !== undefined) return fromPath(call.path, own || undefined)
  if (signedService(call) !== 's3') return undefined
  // SDKs without path style put the bucket before whatever endpoint they are given.
  const bucket = /^(.+?)\.s3[.-].+$/.exec(host)?.[1] ?? before(host, ['localhost', ownHost(settings)])
  return fromPath(call.path, bucket || undefined)
}
