import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Seed } from './aws-chunked.ts'
import type { AwsError } from './errors.ts'
import { openPayload, type Payload } from './payload.ts'
import {
  accessKeyId,
  callOf,
  exampleScope,
  exampleTime,
  knowing,
  type Streamed,
  secret,
  streamed,
  streamedBody,
  streamedCall,
} from './sigv4.samples.ts'
import { authenticate } from './sigv4.ts'
import { emptyHash, sha256, sign, signingKey } from './sigv4-key.ts'

const key = signingKey(secret, { date: '20130524', region: 'us-east-1', service: 's3' })
const seed: Seed = {
  accessKeyId,
  seedSignature: 'f'.repeat(64),
  signingKey: key,
  date: '20130524T000000Z',
  scope: exampleScope,
}

/** Cuts bytes into pieces at random places, as a network does. */
function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = []
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = Math.max(1, sizes.length > 0 ? sizes[i % sizes.length]! : bytes.length)
    pieces.push(bytes.subarray(at, at + size))
    at += size
  }
  return pieces
}

/** Everything a reader gets, and the error that ended it, if one did. */
async function read(payload: Payload): Promise<{ bytes: Buffer; error: AwsError | undefined }> {
  const pieces: Buffer[] = []
  try {
    for await (const piece of payload.body) pieces.push(piece as Buffer)
  } catch (error) {
    return { bytes: Buffer.concat(pieces), error: error as AwsError }
  }
  return { bytes: Buffer.concat(pieces), error: undefined }
}

async function openSample(sample: Streamed, body: Buffer[]) {
  const call = streamedCall(sample, body)
  const expected = { service: 's3', style: 's3', payloadHash: '', lookup: knowing(), now: exampleTime } as const
  const signed = await authenticate(call, expected)
  return openPayload(call, signed!.payloadHash, signed)
}

type Form = 'signed' | 'signed-trailer' | 'unsigned-trailer'
const names: Record<Form, string> = {
  signed: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'signed-trailer': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'unsigned-trailer': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
}

/** Encodes as a client does, with chunks of the given sizes. */
function encodeChunks(form: Form, chunks: readonly Buffer[], trailers: readonly [string, string][]): Buffer {
  let previous = seed.seedSignature
  const link = (algorithm: string, hashes: string[]) => {
    previous = sign(key, [algorithm, seed.date, seed.scope, previous, ...hashes].join('\n'))
    return previous
  }
  const header = (chunk: Buffer) => {
    const signature =
      form === 'unsigned-trailer'
        ? ''
        : `;chunk-signature=${link('AWS4-HMAC-SHA256-PAYLOAD', [emptyHash, sha256(chunk)])}`
    return `${chunk.length.toString(16)}${signature}\r\n`
  }
  const parts = chunks.flatMap((chunk) => [Buffer.from(header(chunk)), chunk, Buffer.from('\r\n')])
  let end = header(Buffer.alloc(0))
  for (const [name, value] of trailers) end += `${name}:${value}\r\n`
  if (form === 'signed-trailer') {
    const text = trailers.map(([name, value]) => `${name}:${value}\n`).join('')
    end += `x-amz-trailer-signature:${link('AWS4-HMAC-SHA256-TRAILER', [sha256(text)])}\r\n`
  }
  return Buffer.concat([...parts, Buffer.from(`${end}\r\n`)])
}

function open(form: Form, body: Buffer[], length: number | string, announced?: string): Payload {
  const headers: [string, string][] = [['x-amz-decoded-content-length', String(length)]]
  if (announced !== undefined) headers.push(['x-amz-trailer', announced])
  return openPayload(callOf({ method: 'PUT', headers, body }), names[form], seed)
}

describe("AWS's published uploads decode", () => {
  for (const [name, sample] of Object.entries(streamed)) {
    test(name, async () => {
      const payload = await openSample(sample, cut(streamedBody(sample), [1000, 7, 1]))
      const { bytes, error } = await read(payload)
      assert.equal(error, undefined)
      assert.ok(bytes.equals(Buffer.alloc(66560, 'a')))
      assert.equal(payload.length, 66560)
      assert.deepEqual([...payload.trailers], sample.trailer ? [['x-amz-checksum-crc32c', 'sOO8/Q==']] : [])
    })

    test(`${name}: any changed byte is refused, and no byte of a forged chunk is handed on`, async () => {
      const right = streamedBody(sample)
      const places = fc.oneof(
        fc.nat(right.length - 1),
        fc.constantFrom(0, 70, 100, right.length - 1, right.length - 90),
      )
      await fc.assert(
        fc.asyncProperty(places, fc.integer({ min: 1, max: 255 }), async (place, difference) => {
          const body = Buffer.from(right)
          body[place] = body[place]! ^ difference
          // A size or a trailer's name in the other case is the same size or name.
          if (difference === 32 && /[A-Za-z]/.test(String.fromCharCode(body[place]!))) return
          const { bytes, error } = await read(await openSample(sample, [body]))
          assert.ok(error?.code, `byte ${place} ^ ${difference}`)
          assert.ok(bytes.every((byte) => byte === 97))
        }),
        { numRuns: 150 },
      )
    })
  }
})

const forms = fc.constantFrom<Form>('signed', 'signed-trailer', 'unsigned-trailer')

describe('every form', () => {
  test('gives back what was sent, however it was cut into chunks and packets', async () => {
    const sizes = fc.array(fc.integer({ min: 8192, max: 20_000 }), { maxLength: 3 })
    const last = fc.nat(9000)
    const packets = fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(forms, sizes, last, packets, async (form, full, rest, cuts) => {
        const chunks = [...full, ...(rest > 0 ? [rest] : [])].map((size, i) => Buffer.alloc(size, i + 1))
        const whole = Buffer.concat(chunks)
        const trailers: [string, string][] = form === 'signed' ? [] : [['x-amz-checksum-crc32', 'AAAAAA==']]
        const body = cut(encodeChunks(form, chunks, trailers), cuts)
        const payload = open(form, body, whole.length, 'X-Amz-Checksum-Crc32')
        const { bytes, error } = await read(payload)
        assert.equal(error, undefined)
        assert.ok(bytes.equals(whole))
        assert.deepEqual([...payload.trailers], trailers)
      }),
      { numRuns: 60 },
    )
  })

  test('refuses a body that ends early, at every place', async () => {
    const trailers: Record<Form, [string, string][]> = {
      signed: [],
      'signed-trailer': [['x-amz-checksum-crc32', 'AAAAAA==']],
      'unsigned-trailer': [['x-amz-checksum-crc32', 'AAAAAA==']],
    }
    for (const form of ['signed', 'signed-trailer', 'unsigned-trailer'] as const) {
      const whole = encodeChunks(form, [Buffer.alloc(20, 'b')], trailers[form])
      for (let end = 0; end < whole.length; end++) {
        const { error } = await read(open(form, [whole.subarray(0, end)], 20, 'x-amz-checksum-crc32'))
        assert.match(String(error?.code), /^(IncompleteBody|MalformedTrailerError)$/, `${form} ${end}`)
      }
    }
  })

  test('refuses a length other than the announced one, in both directions', async () => {
    for (const form of ['signed', 'unsigned-trailer'] as const) {
      for (const length of [19, 21]) {
        const { error } = await read(open(form, [encodeChunks(form, [Buffer.alloc(20)], [])], length))
        assert.equal(error?.code, 'IncompleteBody')
      }
    }
  })

  test('refuses a small chunk that is not the last', async () => {
    const { error } = await read(
      open(
        'unsigned-trailer',
        [encodeChunks('unsigned-trailer', [Buffer.alloc(9000), Buffer.alloc(100), Buffer.alloc(1)], [])],
        9101,
      ),
    )
    assert.equal(error?.code, 'InvalidChunkSizeError')
    assert.deepEqual(error?.extra, { Chunk: 2, BadChunkSize: 100 })
  })

  test('refuses framing that is none: no hex, endless header, missing line end, bytes after the end', async () => {
    const bodies = [
      'xyz\r\n',
      'f'.repeat(100_000),
      '3\r\nabcde\r\n0\r\n\r\n',
      '3\nabc\n0\n\n',
      '3\r\nabc\r\n0\r\n\r\nmore',
      '-3\r\n',
    ]
    for (const body of bodies) {
      const { error } = await read(open('unsigned-trailer', [Buffer.from(body)], 3))
      assert.match(String(error?.code), /^(IncompleteBody|MalformedTrailerError)$/, body.slice(0, 20))
    }
  })

  test('needs the decoded length', () => {
    const call = callOf({ method: 'PUT' })
    assert.throws(() => openPayload(call, names['unsigned-trailer'], undefined), {
      code: 'MissingContentLength',
      status: 411,
    })
  })

  test('refuses signed chunks where nobody signed', () => {
    const call = callOf({ headers: [['x-amz-decoded-content-length', '3']] })
    assert.throws(() => openPayload(call, names.signed, undefined), { code: 'AccessDenied' })
  })
})

describe('trailers', () => {
  const chunk = Buffer.alloc(20, 'b')
  const refused = async (form: Form, trailers: [string, string][], announced: string) => {
    const { error } = await read(open(form, [encodeChunks(form, [chunk], trailers)], 20, announced))
    return error?.code
  }
  test('that were not announced, or announced and not sent, are refused', async () => {
    for (const form of ['signed-trailer', 'unsigned-trailer'] as const) {
      assert.equal(await refused(form, [['x-amz-checksum-sha1', 'x']], 'x-amz-checksum-crc32'), 'MalformedTrailerError')
      assert.equal(await refused(form, [], 'x-amz-checksum-crc32'), 'MalformedTrailerError')
      assert.equal(
        await refused(
          form,
          [
            ['a', '1'],
            ['a', '2'],
          ],
          'a',
        ),
        'MalformedTrailerError',
      )
    }
  })
  test('of the unsigned form carry no signature', async () => {
    assert.equal(await refused('unsigned-trailer', [['x-amz-trailer-signature', 'x']], ''), 'MalformedTrailerError')
  })
  test('are empty until the body has been read', async () => {
    const payload = open('signed-trailer', [encodeChunks('signed-trailer', [chunk], [['a', '1']])], 20, 'a')
    assert.equal(payload.trailers.size, 0)
    await read(payload)
    assert.equal(payload.trailers.get('a'), '1')
  })
})

describe('chunks larger than what is held back', () => {
  const big = Buffer.alloc(2 * 1024 * 1024, 'c')
  test('pass through', async () => {
    const { bytes, error } = await read(open('signed', cut(encodeChunks('signed', [big], []), [65536]), big.length))
    assert.equal(error, undefined)
    assert.ok(bytes.equals(big))
  })
  test('fail at their end when forged', async () => {
    const body = encodeChunks('signed', [big], [])
    body[1000] = 0
    const { error } = await read(open('signed', cut(body, [65536]), big.length))
    assert.equal(error?.code, 'SignatureDoesNotMatch')
  })
})

describe('whole bodies', () => {
  const body = [Buffer.from('Welcome to '), Buffer.from('Amazon S3.')]
  const right = createHash('sha256').update(Buffer.concat(body)).digest('hex')
  test('that fit their hash pass', async () => {
    const { bytes, error } = await read(openPayload(callOf({ body }), right, undefined))
    assert.deepEqual([bytes.toString(), error], ['Welcome to Amazon S3.', undefined])
  })
  test('that do not fail at the end, showing both hashes', async () => {
    const { error } = await read(openPayload(callOf({ body }), emptyHash, undefined))
    assert.equal(error?.code, 'XAmzContentSHA256Mismatch')
    assert.deepEqual(error?.extra, { ClientComputedContentSHA256: emptyHash, S3ComputedContentSHA256: right })
  })
  test('that are unsigned pass as they come', async () => {
    const { bytes } = await read(openPayload(callOf({ body }), 'UNSIGNED-PAYLOAD', undefined))
    assert.equal(bytes.toString(), 'Welcome to Amazon S3.')
  })
})

test('an upload nobody finishes reading leaves the connection alone', async () => {
  const call = callOf({ body: cut(Buffer.alloc(100_000), [1000]) })
  const { body } = openPayload(call, emptyHash, undefined)
  for await (const _ of body) break
  assert.equal(body.destroyed, true)
  assert.equal(call.body.destroyed, false)
})
