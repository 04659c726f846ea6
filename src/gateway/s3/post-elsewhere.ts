/**
 * Forms to a bucket that another server keeps: decided here, and passed on as a put while they arrive. Of a form that ends
 * early, is too large or is not what it promised the last piece is never sent, so that nothing of it is kept there.
 */
import { createHash } from 'node:crypto'
import { fail } from '../../wire/errors.ts'
import type { Answer, Call } from '../../wire/http.ts'
import type { World } from '../../world.ts'
import { readAbout } from './about.ts'
import { readingsOfKey, refusePath } from './address.ts'
import { demandImplied } from './answer-elsewhere.ts'
import { unquoted } from './answers.ts'
import { algorithms, badDigest, checkMd5 } from './checksums.ts'
import type { Elsewhere } from './elsewhere.ts'
import { demandTagging } from './object-rights.ts'
import { describeOutgoing, passedHeaders, toldOfWrite } from './outgoing.ts'
import { demandPost, type Post, readPost } from './post.ts'
import { postAnswer, readSums, tooSmall } from './post-form.ts'
import { tooLarge } from './receive.ts'
import { readTagHeader } from './tags.ts'

export async function answerFormElsewhere(
  call: Call,
  world: World,
  bucketName: string,
  elsewhere: Elsewhere,
): Promise<Answer> {
  const post = await readPost(call, world, bucketName, undefined)
  const { request, least, most } = post
  const { headers } = request
  refusePath(request.key)
  await demandImplied(request)
  const tags = readTagHeader(headers['x-amz-tagging'])
  for (const key of readingsOfKey(request.key)) {
    await demandPost(request, undefined, key)
    await demandTagging({ ...request, key }, tags)
  }
  // Which classes there are is for the server to say.
  const about = readAbout({ ...headers, 'x-amz-storage-class': undefined })
  const proved = prove(post)
  const { length, bytes } = await measure(call, post, proved)
  if (length > most) tooLarge(length, most)
  if (length < least) tooSmall(length, least)
  const described = {
    ...describeOutgoing(headers, about, tags),
    ...passedHeaders(headers, /^x-amz-checksum-[a-z0-9]+$/),
  }
  const written = await elsewhere.write(request, { headers: described, length, bytes })
  const origins = await elsewhere.crossOrigin(call, bucketName).catch(() => ({}))
  return postAnswer(post, unquoted(written['etag'] ?? ''), { ...toldOfWrite(written), ...origins })
}

/** The file's bytes, held at their end to what the form promises of them. */
async function* prove(post: Post): AsyncGenerator<Buffer> {
  const { claim, md5 } = readSums(post)
  const running = claim && algorithms[claim.algorithm].start()
  const hash = md5 && createHash('md5')
  for await (const piece of post.file.bytes) {
    running?.update(piece)
    hash?.update(piece)
    yield piece
  }
  if (hash) checkMd5(md5, hash.digest())
  if (claim && running?.digest().toString('base64') !== claim.value) badDigest(claim.algorithm)
}

/** Up to this size the file is read before it is sent. */
const aheadBytes = 256 * 1024

/**
 * How long the file is: a put says so before its first byte, a form does not. A small one is read; of a larger one the
 * length of the whole form tells, if nothing but its end follows the file, as AWS asks.
 */
async function measure(
  { headers }: Call,
  { file }: Post,
  proved: AsyncGenerator<Buffer>,
): Promise<{ readonly length: number; readonly bytes: AsyncIterable<Buffer> }> {
  const ahead: Buffer[] = []
  let size = 0
  while (size <= aheadBytes) {
    const { done, value } = await proved.next()
    if (done) return { length: size, bytes: pieces(ahead) }
    ahead.push(value)
    size += value.length
  }
  const whole = headers['content-length']
  if (whole === undefined || headers['transfer-encoding'] !== undefined) {
    return fail('MissingContentLength', 'You must provide the Content-Length HTTP header.', { status: 411 })
  }
  const length = file.lengthIn(Number(whole))
  return { length, bytes: exactly(length, pieces(ahead, proved)) }
}

async function* pieces(ahead: readonly Buffer[], rest?: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  yield* ahead
  if (rest) yield* rest
}

/** The bytes, if they are so many. The last piece waits until that is known. */
async function* exactly(length: number, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let size = 0
  let last: Buffer | undefined
  for await (const piece of bytes) {
    if (last) yield last
    last = piece
    size += piece.length
    if (size > length) otherEnd()
  }
  if (size !== length) otherEnd()
  if (last) yield last
}

const otherEnd = (): never =>
  fail('MalformedPOSTRequest', 'The body of your POST request is not well-formed multipart/form-data.', {
    status: 400,
    detail: 'of a file for a server behind nothing may follow but the last boundary and a line end',
  })
