/** Opens the body of an S3 request according to its declared payload hash: decoded, counted, and held to that hash. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { decodeChunked, type Seed } from './aws-chunked.ts'
import { AwsError, fail } from './errors.ts'
import type { Call } from './http.ts'

export type Payload = {
  /** The object's bytes. A wrong hash, signature, length or framing destroys the stream with an AwsError at the latest at its end. */
  readonly body: Readable
  /** The number of bytes the body will have, if it was announced. */
  readonly length: number | undefined
  /** The verified trailers by lower-case name; empty before the body has ended. */
  readonly trailers: ReadonlyMap<string, string>
}

type Form = { readonly signed: boolean; readonly trailer: boolean }

const streaming: Readonly<Record<string, Form>> = {
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER': { signed: false, trailer: true },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD': { signed: true, trailer: false },
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER': { signed: true, trailer: true },
}

/**
 * The body behind a payload hash. `seed` is what `authenticate` returned; without it (an anonymous request) the signed
 * forms are refused.
 */
export function openPayload(call: Call, payloadHash: string, seed: Seed | undefined): Payload {
  const form = streaming[payloadHash]
  if (form) return openChunked(call, form, seed)
  const length = readLength(call.headers['content-length'])
  const none: ReadonlyMap<string, string> = new Map()
  if (payloadHash === 'UNSIGNED-PAYLOAD') return { body: call.body, length, trailers: none }
  return { body: readable(holdToHash(call.body, payloadHash)), length, trailers: none }
}

function openChunked(call: Call, form: Form, seed: Seed | undefined): Payload {
  if (form.signed && !seed)
    fail('AccessDenied', 'Access Denied', { status: 403, detail: 'signed chunks without a seed' })
  const decodedLength = readLength(call.headers['x-amz-decoded-content-length'])
  if (decodedLength === undefined) {
    fail('MissingContentLength', 'You must provide the Content-Length HTTP header.', { status: 411 })
  }
  const trailers = new Map<string, string>()
  const decoded = decodeChunked(pieces(call.body), {
    seed: form.signed ? seed : undefined,
    decodedLength,
    announced: form.trailer ? readAnnounced(call.headers['x-amz-trailer']) : undefined,
    trailers,
  })
  return { body: readable(decoded), length: decodedLength, trailers }
}

const readable = (bytes: AsyncGenerator<Buffer>) => Readable.from(bytes, { objectMode: false })

/** Leaving the body half read must not destroy it: the answer has to go out on the same socket. */
const pieces = (source: Readable): AsyncIterable<Buffer> => source.iterator({ destroyOnReturn: false })

const readLength = (text: string | undefined) =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined

const readAnnounced = (text = '') =>
  text
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')

async function* holdToHash(source: Readable, declared: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  for await (const piece of pieces(source)) {
    hash.update(piece)
    yield piece
  }
  const computed = hash.digest('hex')
  if (computed !== declared) {
    throw new AwsError(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
      { status: 400, extra: { ClientComputedContentSHA256: declared, S3ComputedContentSHA256: computed } },
    )
  }
}
