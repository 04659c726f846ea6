/** An object on its way to a server behind: the headers that describe it there, and its bytes. */
import { headerValue, metaPrefix } from './about.ts'
import type { Algorithm } from './checksums.ts'
import type { About } from './objects-store.ts'
import type { S3Request } from './request.ts'
import type { Tags } from './tags.ts'

export type Outgoing = {
  /** Percent-encoded: which part of which upload it is. */
  readonly query?: string
  readonly headers: Readonly<Record<string, string>>
  readonly length: number
  /** Read once. */
  readonly bytes: AsyncIterable<Buffer>
  /** The checksum that is to be computed on the way. */
  readonly algorithm?: Algorithm | undefined
}

/** What a request may say of the object to be besides what the object itself says: whose it is, how it is kept, when it may be written. */
const passed =
  /^(?:x-amz-(?:acl|grant-[\w-]+|storage-class|server-side-encryption[\w-]*|object-lock-[\w-]+|website-redirect-location)|if-(?:none-)?match)$/

/** Tags as `x-amz-tagging` has them. */
const tagHeader = (tags: Tags) =>
  Object.entries(tags)
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .join('&')

export const passedHeaders = (headers: S3Request['headers'], pattern: RegExp = passed): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value !== undefined && pattern.test(name) ? [[name, headerValue(name, value)]] : [],
    ),
  )

/** What of the answer to a write is told to whoever asked for a copy, or sent a form. */
export const toldOfWrite = (written: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(written).filter(([name]) => told.test(name)))

const told = /^x-amz-(?:version-id|expiration|server-side-encryption[\w-]*)$/

/** The headers of the object: its own, its metadata and tags, and what the request says of it. */
export function describeOutgoing(
  headers: S3Request['headers'],
  about: Pick<About, 'headers' | 'metadata'>,
  tags: Tags | undefined,
): Record<string, string> {
  const metadata = Object.entries(about.metadata).map(([name, value]) => [metaPrefix + name, value])
  return {
    ...about.headers,
    ...Object.fromEntries(metadata),
    ...(tags && Object.keys(tags).length > 0 && { 'x-amz-tagging': tagHeader(tags) }),
    ...passedHeaders(headers),
  }
}
