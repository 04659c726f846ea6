/**
 * Takes in the bytes of an object: counted, hashed and held to their checksums on the way, small ones into memory and
 * others into a file. Nothing of a body that ends early or wrong is left behind.
 */
import { createHash, hash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { AwsError, fail } from '../../wire/errors.ts'
import { NoRoom, openShare } from '../../wire/room.ts'
import type { World } from '../../world.ts'
import { type Algorithm, algorithms, badDigest, type Checksums, type Claim, checkMd5 } from './checksums.ts'
import { createFile, type Sink } from './files.ts'

/** Objects up to this size live in their row: see docs/decisions/0006-small-objects.md. */
export const largestInRow = 16 * 1024
export const largestPut = 5 * 1024 ** 3

export type Incoming = {
  readonly body: Readable
  /** The announced number of bytes, if it is known. */
  readonly length: number | undefined
  readonly claim: Claim | undefined
  /** The bytes of Content-MD5. */
  readonly md5: Buffer | undefined
  /** Filled when the body has ended. */
  readonly trailers: ReadonlyMap<string, string>
  /** Computed besides the claimed one; of a body without any claim S3 takes CRC64NVME. */
  readonly algorithm?: Algorithm | undefined
}

export type Received = {
  readonly size: number
  /** Hex MD5. */
  readonly etag: string
  readonly checksums: Checksums
  /** Either the bytes or the name of their file. */
  readonly content: Buffer | undefined
  readonly file: string | undefined
}

/** Pieces of a body; a peer that goes away is a refusal, not a failure of ours. The stream itself stays open for the answer. */
async function* pieces(body: Readable): AsyncGenerator<Buffer> {
  try {
    yield* body.iterator({ destroyOnReturn: false })
  } catch (error) {
    if (error instanceof AwsError || error instanceof NoRoom) throw error
    throw new AwsError('IncompleteBody', 'The request body terminated unexpectedly', {
      status: 400,
      detail: String(error),
    })
  }
}

export const tooLarge = (size: number, most: number): never =>
  fail('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
    status: 400,
    extra: { ProposedSize: size, MaxSizeAllowed: most },
  })

/** Reads a body whole into memory, such as an XML document; refuses a long one. */
export async function readWhole({ body, length, md5, claim, trailers }: Incoming, most: number): Promise<Buffer> {
  const refuse = () => fail('MaxMessageLengthExceeded', 'Your request was too big.', { status: 400 })
  if (length !== undefined && length > most) refuse()
  const parts: Buffer[] = []
  let size = 0
  const share = openShare()
  try {
    for await (const piece of pieces(body)) {
      size += piece.length
      if (size > most) refuse()
      share.take(piece.length)
      parts.push(piece)
    }
  } finally {
    share.free()
  }
  const whole = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  if (md5) checkMd5(md5, hash('md5', whole, 'buffer'))
  if (claim) checkClaim(claim, trailers, sumOf(claim.algorithm, whole))
  return whole
}

function sumOf(algorithm: Algorithm, bytes: Buffer): string {
  const running = algorithms[algorithm].start()
  running.update(bytes)
  return running.digest().toString('base64')
}

function checkClaim(claim: Claim, trailers: ReadonlyMap<string, string>, computed: string) {
  const { algorithm, inTrailer, value } = claim
  const expected = inTrailer ? trailers.get(algorithms[algorithm].header) : value
  if (expected !== undefined && expected !== computed) badDigest(algorithm)
}

const algorithmOf = ({ claim, algorithm }: Incoming): Algorithm => claim?.algorithm ?? algorithm ?? 'CRC64NVME'

/**
 * Takes the body in. `inRow`: small ones may stay in memory, as they came; a file is encrypted. Whoever receives a file must
 * give it a row or remove it.
 */
export async function receive(
  world: World,
  incoming: Incoming,
  { inRow, most = largestPut, encrypt = true }: { inRow: boolean; most?: number; encrypt?: boolean },
): Promise<Received> {
  const { length } = incoming
  if (length !== undefined && length > most) tooLarge(length, most)
  const small = inRow && length !== undefined && length <= largestInRow
  return small ? receiveSmall(incoming, length) : receiveFile(world, incoming, most, encrypt)
}

async function receiveSmall(incoming: Incoming, length: number): Promise<Received> {
  const content = await readWhole(incoming, largestInRow)
  if (content.length !== length) otherLength()
  const algorithm = algorithmOf(incoming)
  return {
    size: length,
    etag: hash('md5', content),
    checksums: { [algorithm]: sumOf(algorithm, content) },
    content,
    file: undefined,
  }
}

const otherLength = (): never =>
  fail('IncompleteBody', 'You did not provide the number of bytes specified by the Content-Length HTTP header', {
    status: 400,
  })

async function receiveFile(world: World, incoming: Incoming, most: number, encrypt: boolean): Promise<Received> {
  const sink = await createFile(world, { encrypt })
  try {
    return await fill(sink, incoming, most)
  } catch (error) {
    await sink.discard()
    throw error
  }
}

async function fill(sink: Sink, incoming: Incoming, most: number): Promise<Received> {
  const algorithm = algorithmOf(incoming)
  const md5 = createHash('md5')
  const running = algorithms[algorithm].start()
  let size = 0
  for await (const piece of pieces(incoming.body)) {
    size += piece.length
    if (size > most) tooLarge(size, most)
    md5.update(piece)
    running.update(piece)
    await sink.write(piece)
  }
  if (incoming.length !== undefined && size !== incoming.length) otherLength()
  const digest = md5.digest()
  checkMd5(incoming.md5, digest)
  const sum = running.digest().toString('base64')
  if (incoming.claim) checkClaim(incoming.claim, incoming.trailers, sum)
  await sink.keep()
  return { size, etag: digest.toString('hex'), checksums: { [algorithm]: sum }, content: undefined, file: sink.id }
}
