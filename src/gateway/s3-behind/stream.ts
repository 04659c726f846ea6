/** A body of known length that the gateway itself sends to a server behind: in signed chunks, or plain over TLS. */
import { Readable } from 'node:stream'
import { loosen } from '../../wire/transient.ts'
import type { UpstreamServer } from '../../world.ts'
import { encodeChunked, encodedLength, type Form, payloadName } from '../forward/encode-chunked.ts'
import type { StreamBody } from '../forward/pass.ts'
import type { OutgoingBody } from '../forward/pools.ts'
import { endpointOf } from '../forward/upstreams.ts'
import { type Algorithm, algorithms } from '../s3/checksums.ts'
import { notImplemented } from '../s3/refusals.ts'

export type Bytes = {
  readonly length: number
  /** Read once. */
  readonly bytes: AsyncIterable<Buffer>
  /** The checksum to compute on the way and to send after the bytes. */
  readonly algorithm?: Algorithm | undefined
}

export type Sent = { readonly headers: Readonly<Record<string, string>>; readonly body: StreamBody | Uint8Array }

/** The body and the headers that describe how it travels. `encoding` is the object's own Content-Encoding. */
export function streamOf(
  { server, region }: { readonly server: UpstreamServer; readonly region: string },
  { length, bytes, algorithm }: Bytes,
  encoding = '',
): Sent {
  if (algorithm && !server.trailers) return notImplemented('x-amz-checksum-algorithm')
  const row = algorithm && algorithms[algorithm]
  const running = row?.start()
  const form: Form = {
    length,
    // What is not encrypted on its way is signed piece by piece.
    signed: server.keys !== undefined && !endpointOf(server, 's3', region).startsWith('https:'),
    trailer: row && {
      name: row.header,
      length: 4 * Math.ceil(row.length / 3),
      value: () => running?.digest().toString('base64') ?? '',
    },
  }
  const counted = async function* () {
    for await (const piece of bytes) {
      running?.update(piece)
      yield piece
    }
  }
  if (!form.signed && !form.trailer) {
    const headers = { 'content-length': String(length), ...(encoding !== '' && { 'content-encoding': encoding }) }
    return { headers, body: { payloadHash: 'UNSIGNED-PAYLOAD', open: () => opening(counted) } }
  }
  return {
    headers: {
      'content-length': String(encodedLength(form)),
      'content-encoding': ['aws-chunked', ...(encoding === '' ? [] : [encoding])].join(','),
      'x-amz-decoded-content-length': String(length),
      ...(form.trailer && { 'x-amz-trailer': form.trailer.name }),
    },
    body: { payloadHash: payloadName(form), open: (seed) => opening(() => encodeChunked(counted(), form, seed)) },
  }
}

/** A stream that may be opened again as long as nothing was read of it. Nobody else may hold its pieces. */
export function opening(make: () => AsyncIterable<Buffer>): OutgoingBody {
  let started = false
  return {
    open: () =>
      Readable.from(
        (async function* () {
          started = true
          for await (const piece of make()) yield loosen(piece)
        })(),
        { objectMode: false, highWaterMark: 256 * 1024 },
      ),
    started: () => started,
  }
}
