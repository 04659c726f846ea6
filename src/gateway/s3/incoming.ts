/** The body of a request as a stream of verified bytes with its claims. */
import { fail } from '../../wire/errors.ts'
import { openPayload } from '../../wire/payload.ts'
import { readClaim, readContentMd5 } from './checksums.ts'
import { type Incoming, readWhole } from './receive.ts'
import type { S3Request } from './request.ts'

/** Opens the body. Nothing is read before the stream is. */
export function openIncoming(request: S3Request): Incoming {
  const { call, proof } = request
  // The headers as sent: what a presigned link says of checksums is the link maker's, who has not seen the body.
  const claim = readClaim(call.headers)
  const md5 = readContentMd5(call.headers['content-md5'])
  const payloadHash = proof?.payloadHash ?? anonymousHash(call.headers['x-amz-content-sha256'])
  const { body, length, trailers } = openPayload(call, payloadHash, proof)
  return { body, length, trailers, claim, md5 }
}

/** Anonymous senders need not hash, but a hash that they send must be right. */
const anonymousHash = (header: string | undefined) =>
  header !== undefined && (/^[0-9a-f]{64}$/.test(header) || header.startsWith('STREAMING-'))
    ? header
    : 'UNSIGNED-PAYLOAD'

/** Refuses a body of unknown length, as S3 does. */
export function withLength(incoming: Incoming): Incoming & { readonly length: number } {
  const { length } = incoming
  if (length === undefined) {
    return fail('MissingContentLength', 'You must provide the Content-Length HTTP header.', { status: 411 })
  }
  return { ...incoming, length }
}

/** The whole body of a request for a document of at most so many bytes. */
export const readDocument = (request: S3Request, most: number) => readWhole(openIncoming(request), most)
