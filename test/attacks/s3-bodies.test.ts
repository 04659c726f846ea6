/** Bodies that are not what was signed, and proofs made for another time, place or request: nothing of them is kept. */
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { signRequest } from '../../src/wire/sigv4-sign.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
const Bucket = 'bodies'
before(async () => {
  server = await startTestServer()
  await server.clients.s3.send(new CreateBucketCommand({ Bucket }))
})
after(() => server.close())

const hex = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')
const keys = { accessKeyId: 'test', secretAccessKey: 'test' }

type Signing = { region?: string; service?: string; now?: number; headers?: Record<string, string>; payload?: string }

const sign = (key: string, { region = 'us-east-1', service = 's3', now, headers = {}, payload }: Signing = {}) => {
  const { host } = new URL(server.endpoint)
  const payloadHash = payload ?? 'UNSIGNED-PAYLOAD'
  const path = `/${Bucket}/${key}`
  const made = { method: 'PUT', host, path, query: '', headers, payloadHash, keys, region, service }
  const signed = signRequest({ ...made, now: now ?? server.world.now() })
  // Another service's signer does not send this one by itself.
  const sent: Record<string, string> = { 'x-amz-content-sha256': payloadHash, ...signed.headers }
  return { ...signed, path, headers: sent }
}

const send = (path: string, headers: Record<string, string>, body: Buffer | string) =>
  new Promise<{ status: number; code: string | undefined }>((resolve, reject) => {
    const { port } = new URL(server.endpoint)
    const length = { 'content-length': String(Buffer.byteLength(body)) }
    const asked = request({ port, method: 'PUT', path, headers: { ...length, ...headers } }, (answer) => {
      let text = ''
      answer.on('data', (piece) => {
        text += piece
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, code: /<Code>(\w+)</.exec(text)?.[1] }))
    })
    asked.on('error', reject)
    asked.end(body)
  })

const filesNow = () => {
  try {
    const folder = join(server.world.settings.dataFolder, 'objects')
    return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).length
  } catch {
    return 0
  }
}

const nothingKept = async (before: number, prefix: string) => {
  const { KeyCount } = await server.clients.s3.send(new ListObjectsV2Command({ Bucket, Prefix: prefix }))
  assert.deepEqual([KeyCount, filesNow()], [0, before])
}

const streaming = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD'

/** A request of signed chunks; `cut` decides what of the chunks is sent. */
async function sendChunks(key: string, texts: readonly string[], cut: (chunks: Buffer[]) => Buffer[]) {
  const length = texts.join('').length
  const headers = { 'x-amz-decoded-content-length': String(length), 'content-encoding': 'aws-chunked' }
  const { headers: signed, seed, path } = sign(key, { headers, payload: streaming })
  let previous = seed.seedSignature
  const chunks = [...texts, ''].map((text) => {
    const toSign = ['AWS4-HMAC-SHA256-PAYLOAD', seed.date, seed.scope, previous, hex(''), hex(text)].join('\n')
    previous = createHmac('sha256', seed.signingKey).update(toSign).digest('hex')
    return Buffer.from(`${text.length.toString(16)};chunk-signature=${previous}\r\n${text}\r\n`)
  })
  return send(path, signed, Buffer.concat(cut(chunks)))
}

test('case 78: signed chunks that are replayed, exchanged, left out or of another request write nothing', async () => {
  const texts = ['a', 'b', 'c'].map((letter) => letter.repeat(8192))
  const before = filesNow()
  const cuts: [string, (chunks: Buffer[]) => Buffer[]][] = [
    ['replayed', ([a, , c, end]) => [a!, a!, c!, end!]],
    ['exchanged', ([a, b, c, end]) => [a!, c!, b!, end!]],
    ['left out', ([a, , c, end]) => [a!, c!, end!]],
    ['without an end', (chunks) => chunks.slice(0, -1)],
    ['cut in a chunk', (chunks) => [Buffer.concat(chunks).subarray(0, 12_000)]],
    ['more after the end', (chunks) => [...chunks, chunks[0]!]],
  ]
  for (const [name, cut] of cuts) {
    const { status } = await sendChunks(`chunks/${name.replaceAll(' ', '-')}`, texts, cut)
    assert.ok(status >= 400 && status < 500, `${name}: ${status}`)
  }
  let other: Buffer[] = []
  assert.equal((await sendChunks('other', texts, (chunks) => (other = chunks))).status, 200)
  const { status, code } = await sendChunks('chunks/foreign', texts, () => other)
  // Within one second the chains of two requests for different keys differ all the same: the path is signed.
  assert.deepEqual([status, code], [403, 'SignatureDoesNotMatch'])
  await nothingKept(before + 1, 'chunks/')
})

test('a trailing checksum that does not fit, is missing, or is another than announced writes nothing', async () => {
  const text = 'x'.repeat(40_000)
  const sum = (value: string) => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(crc32(value))
    return bytes.toString('base64')
  }
  const trailing = async (key: string, trailer: string) => {
    const headers = {
      'x-amz-decoded-content-length': String(text.length),
      'content-encoding': 'aws-chunked',
      'x-amz-trailer': 'x-amz-checksum-crc32',
    }
    const signed = sign(key, { headers, payload: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' })
    return send(signed.path, signed.headers, `${text.length.toString(16)}\r\n${text}\r\n0\r\n${trailer}\r\n`)
  }
  const before = filesNow()
  const wrong = await trailing('trailer/wrong', `x-amz-checksum-crc32:${sum('y')}\r\n`)
  assert.deepEqual([wrong.status, wrong.code], [400, 'BadDigest'])
  assert.equal((await trailing('trailer/missing', '')).status, 400)
  assert.equal((await trailing('trailer/other', `x-amz-checksum-sha1:${sum(text)}\r\n`)).status, 400)
  await nothingKept(before, 'trailer/')
  assert.equal((await trailing('right', `x-amz-checksum-crc32:${sum(text)}\r\n`)).status, 200)
})

test('a body that is shorter or longer than announced, or has another hash, writes nothing', async () => {
  const before = filesNow()
  const headers = { 'content-md5': createHash('md5').update('other').digest('base64') }
  for (const [key, signing, body] of [
    ['hash', { payload: hex('signed') }, 'sent'],
    ['hash-large', { payload: hex('signed') }, 's'.repeat(50_000)],
    ['md5', { headers }, 'sent'],
    ['md5-large', { headers }, 's'.repeat(50_000)],
  ] as [string, Signing, string][]) {
    const signed = sign(`body/${key}`, signing)
    assert.equal((await send(signed.path, signed.headers, body)).status, 400, key)
  }
  await nothingKept(before, 'body/')
})

test('a signature for another region, service or day, or by a clock that is wrong, opens nothing', async () => {
  const now = server.world.now()
  const minutes = (count: number) => now + count * 60_000
  const put = async (signing: Signing) => {
    const signed = sign('scoped', signing)
    return send(signed.path, signed.headers, 'x')
  }
  for (const [signing, status, code] of [
    [{ service: 'sqs' }, 400, undefined],
    [{ now: minutes(16) }, 403, 'RequestTimeTooSkewed'],
    [{ now: minutes(-16) }, 403, 'RequestTimeTooSkewed'],
  ] as [Signing, number, string | undefined][]) {
    const answer = await put(signing)
    assert.ok(answer.status >= 400, JSON.stringify(signing))
    if (code) assert.deepEqual([answer.status, answer.code], [status, code])
  }
  // The scope says one region, the key was made for another.
  const signed = sign('scoped')
  const moved = { ...signed.headers, authorization: signed.headers['authorization']!.replace('us-east-1', 'eu-west-1') }
  assert.deepEqual((await send(signed.path, moved, 'x')).code, 'SignatureDoesNotMatch')
  assert.equal((await put({ now: minutes(14) })).status, 200)
})

test('keys are told apart by their bytes: case, composition, dots, escapes and controls', async () => {
  const { s3 } = server.clients
  const names = [
    '\u00e9',
    'e\u0301',
    '\u00c9',
    'a/../b',
    'b',
    './a',
    'a//b',
    'a/b',
    '%2e%2e/x',
    '../x',
    'x\u200b',
    'x',
    '😀',
    'tab\there',
  ]
  for (const [index, name] of names.entries()) {
    await s3.send(new PutObjectCommand({ Bucket, Key: `names/${name}`, Body: `${index}` }))
  }
  for (const [index, name] of names.entries()) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: `names/${name}` }))
    assert.equal(await Body?.transformToString(), `${index}`, name)
  }
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'names/', EncodingType: 'url' }))
  assert.equal(Contents.length, names.length)
})
