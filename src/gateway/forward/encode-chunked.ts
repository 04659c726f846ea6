/** Writes `aws-chunked` bodies: each chunk signed or not, a checksum after the last. The counterpart of wire/aws-chunked.ts. */
import type { Seed } from '../../wire/aws-chunked.ts'
import { emptyHash, sha256, sign } from '../../wire/sigv4-key.ts'

/** What stands after the last chunk; the value is known when the body has been read. */
export type Trailer = { readonly name: string; readonly length: number; value(): string }

export type Form = { readonly length: number; readonly signed: boolean; readonly trailer: Trailer | undefined }

/** S3 takes no chunk below 8 KiB but the last. */
const chunkBytes = 64 * 1024
const signatureBytes = ';chunk-signature='.length + 64

/** The name of a form in x-amz-content-sha256. */
export const payloadName = ({ signed, trailer }: Pick<Form, 'signed' | 'trailer'>): string =>
  `STREAMING-${signed ? 'AWS4-HMAC-SHA256-PAYLOAD' : 'UNSIGNED-PAYLOAD'}${trailer ? '-TRAILER' : ''}`

const chunkLength = (size: number, signed: boolean) =>
  size.toString(16).length + (signed ? signatureBytes : 0) + 2 + (size > 0 ? size + 2 : 0)

/** The bytes that go over the wire. */
export function encodedLength({ length, signed, trailer }: Form): number {
  const rest = length % chunkBytes
  const full = (length - rest) / chunkBytes
  const chunks = full * chunkLength(chunkBytes, signed) + (rest > 0 ? chunkLength(rest, signed) : 0)
  const named = trailer ? trailer.name.length + 1 + trailer.length + 2 : 0
  const signature = trailer && signed ? 'x-amz-trailer-signature:'.length + 64 + 2 : 0
  return chunks + chunkLength(0, signed) + named + signature + 2
}

/** Pieces of exactly one chunk, the last one shorter. */
async function* chunksOf(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = []
  let size = 0
  for await (const piece of body) {
    held.push(piece)
    size += piece.length
    if (size < chunkBytes) continue
    const whole = held.length === 1 ? piece : Buffer.concat(held)
    let at = 0
    for (; at + chunkBytes <= size; at += chunkBytes) yield whole.subarray(at, at + chunkBytes)
    held = at < size ? [whole.subarray(at)] : []
    size -= at
  }
  if (size > 0) yield Buffer.concat(held)
}

const line = (text: string) => Buffer.from(`${text}\r\n`)

/** The body as it is sent. `seed` is needed where chunks are signed. */
export async function* encodeChunked(
  body: AsyncIterable<Buffer>,
  { signed, trailer }: Form,
  seed: Seed | undefined,
): AsyncGenerator<Buffer> {
  let previous = seed?.seedSignature ?? ''
  const link = (algorithm: string, ...hashes: string[]): string => {
    if (!seed) throw new TypeError('Signed chunks need a seed.')
    previous = sign(seed.signingKey, [algorithm, seed.date, seed.scope, previous, ...hashes].join('\n'))
    return previous
  }
  const head = (size: number, hash: () => string) =>
    line(
      signed
        ? `${size.toString(16)};chunk-signature=${link('AWS4-HMAC-SHA256-PAYLOAD', emptyHash, hash())}`
        : size.toString(16),
    )
  for await (const chunk of chunksOf(body)) {
    yield head(chunk.length, () => sha256(chunk))
    yield chunk
    yield line('')
  }
  yield head(0, () => emptyHash)
  if (trailer) {
    const value = trailer.value()
    yield line(`${trailer.name}:${value}`)
    const text = `${trailer.name}:${value}\n`
    if (signed) yield line(`x-amz-trailer-signature:${link('AWS4-HMAC-SHA256-TRAILER', sha256(text))}`)
  }
  yield line('')
}
