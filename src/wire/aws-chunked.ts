/**
 * Decodes `aws-chunked` bodies and holds every chunk and trailer to its signature.
 * AWS: S3 API Reference, "Signature Calculations: Transferring Payload in Multiple Chunks" and "… with trailing headers".
 */
import { createHash, type KeyObject } from 'node:crypto'
import { ByteReader } from './byte-reader.ts'
import { AwsError } from './errors.ts'
import { openShare } from './room.ts'
import { emptyHash, sameSignature, sha256, sign } from './sigv4-key.ts'
import { phrase } from './sigv4-refusals.ts'

/** The first link of the chain of signatures and the key of the others. */
export type Seed = {
  readonly accessKeyId: string
  readonly seedSignature: string
  readonly signingKey: KeyObject
  /** YYYYMMDDTHHMMSSZ. */
  readonly date: string
  /** YYYYMMDD/region/service/aws4_request. */
  readonly scope: string
}

export type Chunked = {
  /** Undefined for the unsigned form. */
  readonly seed: Seed | undefined
  /** x-amz-decoded-content-length. */
  readonly decodedLength: number
  /** Lower-case names of x-amz-trailer; undefined if the form has no trailer. */
  readonly announced: readonly string[] | undefined
  /** Where the trailers go, once they are verified: lower-case names. */
  readonly trailers: Map<string, string>
}

/** Chunks up to this size are held back until their signature is checked; larger ones fail at their end. */
const heldBytes = 1024 * 1024
/** "Only the last chunk is allowed to have a size less than 8192 bytes". */
const leastChunk = 8192
const longestLine = 1024
const mostTrailers = 16

const incomplete = (text: string, detail: string) => new AwsError('IncompleteBody', text, { status: 400, detail })
const shortened = (detail: string) => incomplete('The request body terminated unexpectedly', detail)
const otherLength = (detail: string) =>
  incomplete('You did not provide the number of bytes specified by the Content-Length HTTP header', detail)
const malformedTrailer = (detail: string) =>
  new AwsError(
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
    { status: 400, detail },
  )

/** Each signature signs the one before it, so that chunks cannot be left out, added or moved. */
function createChain(seed: Seed) {
  let previous = seed.seedSignature
  return (algorithm: string, given: string, hashes: readonly string[]) => {
    const text = [algorithm, seed.date, seed.scope, previous, ...hashes].join('\n')
    const right = sign(seed.signingKey, text)
    if (!sameSignature(given, right)) {
      throw phrase({ kind: 'mismatch', accessKeyId: seed.accessKeyId, given, stringToSign: text }, 's3')
    }
    previous = right
  }
}

const signedChunk = /^([0-9a-fA-F]{1,8});chunk-signature=([0-9a-f]{64})$/
const plainChunk = /^([0-9a-fA-F]{1,8})()$/

/**
 * The decoded bytes, in pieces. Whoever reads them must commit nothing before the last one: the end of the body, its
 * length and its trailers are checked only then, and a failure is thrown in the reader's face.
 */
export async function* decodeChunked(source: AsyncIterable<Buffer>, form: Chunked): AsyncGenerator<Buffer> {
  const reader = new ByteReader(source)
  const verify = form.seed && createChain(form.seed)
  let total = 0
  let small = 0
  for (let number = 1; ; number++) {
    const line = await reader.line(longestLine)
    const [, hex, signature] = (form.seed ? signedChunk : plainChunk).exec(line ?? '') ?? []
    if (hex === undefined || signature === undefined) throw shortened(`chunk ${number}: no header`)
    const size = Number.parseInt(hex, 16)
    if (size === 0) {
      verify?.('AWS4-HMAC-SHA256-PAYLOAD', signature, [emptyHash, emptyHash])
      break
    }
    if (small > 0) throw tooSmall(number - 1, small)
    if (size < leastChunk) small = size
    total += size
    if (total > form.decodedLength) throw otherLength('longer than x-amz-decoded-content-length')
    if (verify) {
      yield* signedData(reader, size, (hash) => verify('AWS4-HMAC-SHA256-PAYLOAD', signature, [emptyHash, hash]))
    } else {
      yield* data(reader, size)
    }
    if ((await reader.line(0)) !== '') throw shortened(`chunk ${number}: no line end`)
  }
  if (total !== form.decodedLength) throw otherLength('shorter than x-amz-decoded-content-length')

  const trailers = await readTrailers(reader, form)
  if (verify && form.announced) {
    const given = trailers.get(trailerSignature) ?? ''
    trailers.delete(trailerSignature)
    const text = [...trailers].map(([name, value]) => `${name}:${value}\n`).join('')
    verify('AWS4-HMAC-SHA256-TRAILER', given, [sha256(text)])
  }
  for (const name of form.announced ?? []) if (!trailers.has(name)) throw malformedTrailer(`${name} is missing`)
  for (const [name, value] of trailers) form.trailers.set(name, value)
}

const trailerSignature = 'x-amz-trailer-signature'

const tooSmall = (chunk: number, size: number) =>
  new AwsError('InvalidChunkSizeError', 'Only the last chunk is allowed to have a size less than 8192 bytes', {
    status: 400,
    extra: { Chunk: chunk, BadChunkSize: size },
  })

async function* data(reader: ByteReader, size: number): AsyncGenerator<Buffer> {
  for (let left = size; left > 0; ) {
    const piece = await reader.some(left)
    if (!piece) throw shortened('inside a chunk')
    left -= piece.length
    yield piece
  }
}

async function* signedData(reader: ByteReader, size: number, verify: (hash: string) => void): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  const held: Buffer[] = []
  const share = openShare()
  try {
    for await (const piece of data(reader, size)) {
      hash.update(piece)
      if (size > heldBytes) yield piece
      else {
        share.take(piece.length)
        held.push(piece)
      }
    }
    verify(hash.digest('hex'))
    yield* held
  } finally {
    share.free()
  }
}

/** The lines after the last chunk up to the empty one, and nothing after it. */
async function readTrailers(
  reader: ByteReader,
  { announced, seed }: Pick<Chunked, 'announced' | 'seed'>,
): Promise<Map<string, string>> {
  const wrong = announced ? malformedTrailer : shortened
  const allowed = [...(announced ?? []), ...(announced && seed ? [trailerSignature] : [])]
  const trailers = new Map<string, string>()
  for (;;) {
    const line = await reader.line(longestLine)
    if (line === undefined) throw wrong('the body ends inside its trailers')
    if (line === '') break
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? []
    if (name === undefined || value === undefined) throw wrong('a trailer without a name')
    const lower = name.toLowerCase()
    if (!allowed.includes(lower)) throw wrong(`${lower} was not announced`)
    if (trailers.has(lower) || trailers.size >= mostTrailers) throw wrong(`${lower} comes twice`)
    trailers.set(lower, value)
  }
  if (!(await reader.atEnd())) throw wrong('bytes after the end')
  return trailers
}
