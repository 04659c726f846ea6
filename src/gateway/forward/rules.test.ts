/** The rules of forwarding: which server, its setting read or refused, chunks that another reader believes, tokens that stay theirs. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { createSeal } from '../../protocols/seal.ts'
import { decodeChunked } from '../../wire/aws-chunked.ts'
import { signingKey } from '../../wire/sigv4-key.ts'
import { bindToken, readToken } from './bound-token.ts'
import { encodeChunked, encodedLength, type Form, payloadName } from './encode-chunked.ts'
import { passedHeaders } from './pass.ts'
import { endpointOf, findUpstream, readUpstreams } from './upstreams.ts'

const variables: Readonly<Record<string, string>> = { KEY: 'id', SECRET: 'secret' }
const read = (setting: object | string) =>
  readUpstreams(typeof setting === 'string' ? setting : JSON.stringify(setting), (name) => variables[name])
const credentials = { accessKeyIdVariable: 'KEY', secretAccessKeyVariable: 'SECRET' }

test('the first row whose pattern fits serves a name; without a name the one for all, or the only one', () => {
  const upstreams = read({
    s3: [
      { match: 'photos-*', endpoint: 'https://minio.example/base/', credentials },
      { match: 'photos-old', endpoint: 'https://never.example' },
      { match: '*', endpoint: 'aws', region: 'eu-west-1', credentials },
    ],
    sqs: [{ match: 'jobs', endpoint: 'http://mq.example:9324' }],
  })
  const endpoint = (name: string | undefined) => findUpstream(upstreams, 's3', name)?.endpoint
  assert.deepEqual(['photos-1', 'photos-old', 'x', undefined].map(endpoint), [
    'https://minio.example/base',
    'https://minio.example/base',
    'aws',
    'aws',
  ])
  assert.equal(findUpstream(upstreams, 'sqs', 'other'), undefined)
  assert.equal(findUpstream(upstreams, 'sqs', undefined)?.match, 'jobs')
  const aws = findUpstream(upstreams, 's3', 'x') ?? assert.fail()
  assert.deepEqual(
    [aws.style, aws.keys, endpointOf(aws, 's3', 'us-east-1')],
    ['virtual', { accessKeyId: 'id', secretAccessKey: 'secret' }, 'https://s3.eu-west-1.amazonaws.com'],
  )
})

test('a setting that cannot be used is refused with its place', () => {
  const row = { match: '*', endpoint: 'http://x' }
  for (const [setting, sentence] of [
    ['{', /^--upstreams: \{: is no JSON/],
    ['nowhere.json', /^--upstreams: nowhere.json: there is no such file/],
    [{ s4: [] }, /^--upstreams: .*s4/],
    [{ s3: [] }, /^--upstreams: s3/],
    [{ s3: [{ match: '*' }] }, /^--upstreams: s3\[0\].*endpoint/],
    [{ s3: [{ ...row, endpoint: 'ftp://x' }] }, /^--upstreams: s3\[0\]\.endpoint/],
    [{ s3: [{ ...row, match: 'a*b' }] }, /^--upstreams: s3\[0\]\.match/],
    [{ s3: [{ ...row, secretAccessKey: 'in the clear' }] }, /^--upstreams: s3\[0\].*secretAccessKey/],
    [
      { s3: [{ ...row, credentials: { ...credentials, secretAccessKeyVariable: 'LACKING' } }] },
      /s3\[0\]\.credentials: the environment variable LACKING is not set/,
    ],
    [{ s3: [{ ...row, endpoint: 'aws' }] }, /AWS takes no unsigned requests/],
    [{ 'execute-api': [{ ...row, endpoint: 'aws', credentials }] }, /an API has an endpoint of its own/],
  ] as const)
    assert.throws(() => read(setting), { message: sentence }, JSON.stringify(setting))
})

const whole = async (source: AsyncIterable<Buffer>) => Buffer.concat(await Array.fromAsync(source))

async function* pieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

test('chunks, signed or not, with a checksum after them or not, are read back whole by who verifies them', async () => {
  const scope = { date: '20260401', region: 'us-east-1', service: 's3' }
  const seed = {
    ...{ accessKeyId: 'id', seedSignature: 'a'.repeat(64), signingKey: signingKey('secret', scope) },
    ...{ date: '20260401T000000Z', scope: '20260401/us-east-1/s3/aws4_request' },
  }
  const trailer = { name: 'x-amz-checksum-crc32', length: 8, value: () => 'AAAAAA==' }
  const names = new Set<string>()
  for (const size of [0, 1, 65_535, 65_536, 65_537, 300_000])
    for (const piece of [1_000, 65_536, 100_000])
      for (const signed of [true, false])
        for (const last of [trailer, undefined]) {
          const bytes = randomBytes(size)
          const form: Form = { length: size, signed, trailer: last }
          names.add(payloadName(form))
          const encoded = await whole(encodeChunked(pieces(bytes, piece), form, seed))
          assert.equal(encoded.length, encodedLength(form))
          const trailers = new Map<string, string>()
          const announced = last && [last.name]
          const reading = { seed: signed ? seed : undefined, decodedLength: size, announced, trailers }
          assert.ok((await whole(decodeChunked(pieces(encoded, 7_777), reading))).equals(bytes))
          assert.equal(trailers.get(trailer.name), last && 'AAAAAA==')
        }
  assert.deepEqual(names.size, 4)
})

test('a token of another server comes back only for the resource that it was given for', () => {
  const world = { seal: createSeal(randomBytes(32)) }
  const bound = bindToken(world, 'iterator', 'mine', 'tok.en==')
  assert.deepEqual(readToken(world, 'iterator', bound), { name: 'mine', token: 'tok.en==' })
  const [, mac, ...rest] = bound.split('.')
  const renamed = [Buffer.from('theirs').toString('base64url'), mac, ...rest].join('.')
  for (const forged of [renamed, `${bound}x`, bound.slice(1), 'tok.en==', ''])
    assert.equal(readToken(world, 'iterator', forged), undefined)
  assert.equal(readToken(world, 'other', bound), undefined)
})

test("a sender's own credentials, cookies and connection go no further", () => {
  const headers = {
    ...{ authorization: 'x', cookie: 'x', host: 'x', 'x-amz-date': 'x', 'x-amz-security-token': 'x', connection: 'x' },
    ...{ 'x-forwarded-for': 'x', expect: '100-continue', 'transfer-encoding': 'chunked', 'proxy-authorization': 'x' },
    ...{ 'content-type': 'a/b', 'x-amz-meta-a': 'b', range: 'bytes=0-1' },
  }
  assert.deepEqual(Object.keys(passedHeaders(headers)), ['content-type', 'x-amz-meta-a', 'range'])
})
