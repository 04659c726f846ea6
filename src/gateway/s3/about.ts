/** What is kept with an object besides its bytes: which headers come in, which go out, and what is refused. */
import { fail } from '../../wire/errors.ts'
import { httpTime, quoted } from './answers.ts'
import { type Algorithm, algorithms, isAlgorithm } from './checksums.ts'
import { checkEncryption, encryptionHeaders } from './encryption.ts'
import type { About, ObjectRow } from './objects-store.ts'
import { notImplemented } from './refusals.ts'
import type { S3Request } from './request.ts'

type Headers = Readonly<Record<string, string | undefined>>

export const redirectHeader = 'x-amz-website-redirect-location'

const kept = [
  'content-type',
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'expires',
  redirectHeader,
]

export const metaPrefix = 'x-amz-meta-'
const mostMetadata = 2048

/** Classes whose objects can be read at once; the archives' cannot, and we do not pretend to archive. */
const storageClasses = new Set([
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER_IR',
])
const archives = new Set(['GLACIER', 'DEEP_ARCHIVE'])

/** Headers that ask for something S3 does and this store does not: refused, never ignored. */
const absent = [
  'x-amz-object-lock-mode',
  'x-amz-object-lock-retain-until-date',
  'x-amz-object-lock-legal-hold',
  'x-amz-write-offset-bytes',
]

/** Refuses what an object cannot have here. */
export function checkWritable(headers: Headers): void {
  for (const name of absent) if (headers[name] !== undefined) notImplemented(name)
  checkEncryption(headers)
  const acl = headers['x-amz-acl']
  const grants = Object.keys(headers).some((name) => name.startsWith('x-amz-grant-'))
  if (grants || (acl !== undefined && acl !== 'private' && acl !== 'bucket-owner-full-control')) {
    fail('AccessControlListNotSupported', 'The bucket does not allow ACLs', { status: 400 })
  }
}

/** A name that a header may have. RFC 9110 5.1. */
export function headerName(name: string): string {
  if (/^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) && name !== metaPrefix) return name
  return fail('InvalidArgument', 'Metadata names must be valid header names.', {
    status: 400,
    extra: { ArgumentName: name },
  })
}

/** A value fit for a header: bytes, one character each, no control characters. */
export function headerValue(name: string, value: string): string {
  const bytes = /[^\x00-\xff]/.test(value) ? Buffer.from(value, 'utf8').toString('latin1') : value
  if (/[\x00-\x08\x0a-\x1f\x7f]/.test(bytes)) {
    fail('InvalidArgument', 'Header value cannot be represented using ISO-8859-1.', {
      status: 400,
      extra: { ArgumentName: name },
    })
  }
  return bytes
}

/** The headers of a new object. Checksums are added when the bytes are in. */
export function readAbout(headers: Headers): About {
  const own: Record<string, string> = {}
  for (const name of kept) {
    const value = headers[name]
    const held = name === 'content-encoding' ? withoutChunked(value) : value
    if (held) own[name] = headerValue(name, held)
  }
  checkRedirect(own[redirectHeader])
  const storageClass = headers['x-amz-storage-class']
  if (storageClass !== undefined) checkClass(storageClass)
  return {
    headers: own,
    metadata: readMetadata(headers),
    checksums: {},
    ...(storageClass !== undefined && storageClass !== 'STANDARD' && { storageClass }),
  }
}

function checkRedirect(location: string | undefined): void {
  if (location === undefined || /^(?:\/|https?:\/\/)/.test(location)) return
  const rule = "The website redirect location must have a prefix of 'http://' or 'https://' or '/'."
  fail('InvalidRedirectLocation', rule, { status: 400 })
}

/** `aws-chunked` says how the body travelled, not what the object is. */
const withoutChunked = (value: string | undefined) =>
  value
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part.toLowerCase() !== 'aws-chunked')
    .join(',')

function checkClass(storageClass: string) {
  if (archives.has(storageClass)) notImplemented('x-amz-storage-class')
  if (!storageClasses.has(storageClass)) {
    fail('InvalidStorageClass', 'The storage class you specified is not valid', {
      status: 400,
      extra: { StorageClassRequested: storageClass },
    })
  }
}

function readMetadata(headers: Headers): Record<string, string> {
  const metadata: Record<string, string> = {}
  let size = 0
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || !name.startsWith(metaPrefix)) continue
    const short = headerName(name).slice(metaPrefix.length)
    const bytes = headerValue(name, value)
    size += short.length + bytes.length
    metadata[short] = bytes
  }
  if (size > mostMetadata) {
    fail('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', {
      status: 400,
      extra: { Size: size, MaxSizeAllowed: mostMetadata },
    })
  }
  return metadata
}

/** The checksums as headers. */
export function checksumHeaders({ checksums, checksumType = 'FULL_OBJECT' }: About): Record<string, string> {
  const entries = Object.entries(checksums).map(([name, sum]) => [algorithms[name as Algorithm].header, sum] as const)
  return entries.length === 0 ? {} : { ...Object.fromEntries(entries), 'x-amz-checksum-type': checksumType }
}

/** The checksums as XML elements. */
export const checksumElements = ({ checksums }: Pick<About, 'checksums'>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(checksums).flatMap(([name, sum]) => (isAlgorithm(name) ? [[algorithms[name].element, sum]] : [])),
  )

const overrides: Readonly<Record<string, string>> = {
  'response-content-type': 'content-type',
  'response-cache-control': 'cache-control',
  'response-content-disposition': 'content-disposition',
  'response-content-encoding': 'content-encoding',
  'response-content-language': 'content-language',
  'response-expires': 'expires',
}

/** What a signed request asks to be answered instead of the object's own headers. */
function readOverrides({ query, caller }: S3Request): Record<string, string> {
  const asked = Object.entries(overrides).flatMap(([parameter, name]) => {
    const value = query.get(parameter)
    return value === undefined ? [] : [[name, headerValue(parameter, value)] as const]
  })
  if (asked.length > 0 && caller.kind === 'anonymous') {
    fail('InvalidRequest', 'Request specific response headers cannot be used for anonymous GET requests.', {
      status: 400,
    })
  }
  return Object.fromEntries(asked)
}

/** The headers of an answer about an object, its length and checksums apart. */
export function objectHeaders(request: S3Request, { about, etag, modified }: ObjectRow): Record<string, string> {
  const metadata = Object.entries(about.metadata).map(([name, value]) => [metaPrefix + name, value])
  return {
    'content-type': 'binary/octet-stream',
    ...about.headers,
    ...Object.fromEntries(metadata),
    ...(about.storageClass && { 'x-amz-storage-class': about.storageClass }),
    ...encryptionHeaders(about),
    ...(about.tags && { 'x-amz-tagging-count': String(Object.keys(about.tags).length) }),
    ...readOverrides(request),
    etag: quoted(etag),
    'last-modified': httpTime(modified),
    'accept-ranges': 'bytes',
  }
}
