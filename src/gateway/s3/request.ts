/** A request to S3 once it is known who sent it and which bucket and key it means. */
import type { Caller } from '../../wire/caller.ts'
import type { Call } from '../../wire/http.ts'
import type { Authenticated } from '../../wire/sigv4.ts'
import type { World } from '../../world.ts'
import type { Bucket } from './buckets-store.ts'
import type { Tags } from './tags.ts'

export type S3Request = {
  readonly world: World
  readonly call: Call
  /** Empty for ListBuckets. */
  readonly bucketName: string
  /** Empty for requests to a bucket. */
  readonly key: string
  readonly query: ReadonlyMap<string, string>
  /** Lower-case names. A presigned link's `x-amz-…` parameters count as headers: SDKs move them there. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly caller: Caller
  /** Undefined for anonymous requests and forms. */
  readonly proof: Authenticated<Caller> | undefined
  readonly authType: 'REST-HEADER' | 'REST-QUERY-STRING' | 'POST' | undefined
  readonly region: string
  /** The tags of the object that the decision about this request knew. */
  readonly judgedTags: Tags | undefined
}

/** A request whose bucket exists. */
export type BucketRequest = S3Request & { readonly bucket: Bucket }

/** `x-amz-…` parameters that are the signature itself, or checksums of a body that the link's maker has not seen. */
const notHoisted =
  /^x-amz-(?:algorithm|credential|date|expires|signedheaders|signature|security-token|content-sha256|checksum-.*|sdk-checksum-algorithm)$/

export function hoistHeaders(
  headers: Readonly<Record<string, string>>,
  query: ReadonlyMap<string, string>,
): Readonly<Record<string, string | undefined>> {
  const hoisted: Record<string, string> = {}
  for (const [name, value] of query) {
    const lower = name.toLowerCase()
    if (lower.startsWith('x-amz-') && !notHoisted.test(lower)) hoisted[lower] = value
  }
  return { ...hoisted, ...headers }
}

export const bucketArn = (bucket: string) => `arn:aws:s3:::${bucket}`
export const objectArn = (bucket: string, key: string) => `arn:aws:s3:::${bucket}/${key}`
