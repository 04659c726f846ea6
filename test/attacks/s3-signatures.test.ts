/** Security case 78 on S3: what is not verified is not let in, and two proofs that disagree are none. */
import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { SignatureV4 } from '@smithy/signature-v4'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
const Bucket = 'attacked'
before(async () => {
  server = await startTestServer()
  await server.clients.s3.send(new CreateBucketCommand({ Bucket }))
  await server.clients.s3.send(new PutObjectCommand({ Bucket, Key: 'secret', Body: 'secret' }))
})
after(() => server.close())

const hex = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex')

class Sha256 {
  #hash
  constructor(secret?: unknown) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as string)
  }
  update(bytes: Uint8Array) {
    this.#hash.update(bytes)
  }
  async digest() {
    return new Uint8Array(this.#hash.digest())
  }
}

type Raw = { method?: string; path: string; headers?: Record<string, string>; body?: string | Buffer }

/** Exactly these bytes, which neither the SDK nor fetch would send. */
const raw = ({ method = 'GET', path, headers = {}, body }: Raw) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    const { port } = new URL(server.endpoint)
    const asked = request({ port, method, path, headers: { host: `localhost:${port}`, ...headers } }, (answer) => {
      let text = ''
      answer.on('data', (piece) => {
        text += piece
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    })
    asked.on('error', reject)
    asked.end(body)
  })

const signer = new SignatureV4({
  service: 's3',
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  sha256: Sha256 as never,
  uriEscapePath: false,
  applyChecksum: false,
})

async function signed(method: string, path: string, headers: Record<string, string>) {
  const { port } = new URL(server.endpoint)
  const request = {
    method,
    protocol: 'http:',
    hostname: 'localhost',
    path,
    query: {},
    headers: { host: `localhost:${port}`, ...headers },
  }
  return (await signer.sign(request)).headers
}

const codeOf = (text: string) => /<Code>(\w+)</.exec(text)?.[1]
const link = async (Key = 'secret') => {
  const url = new URL(await getSignedUrl(server.clients.s3, new GetObjectCommand({ Bucket, Key }), { expiresIn: 60 }))
  return url.pathname + url.search
}

test('a request signed in the header and in the query is refused, whoever the two are', async () => {
  const headers = await signed('GET', `/${Bucket}/secret`, { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })
  const both = await raw({ path: await link(), headers })
  assert.deepEqual([both.status, codeOf(both.text)], [400, 'InvalidArgument'])
  const nonsense = await raw({ path: await link(), headers: { authorization: 'AWS4-HMAC-SHA256 Credential=x' } })
  assert.equal(nonsense.status, 400)
})

test('an authorization of another kind is refused, not taken for an anonymous request', async () => {
  const open = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` }],
  })
  await server.clients.s3.send(new PutBucketPolicyCommand({ Bucket, Policy: open }))
  assert.equal((await raw({ path: `/${Bucket}/secret` })).status, 200)
  for (const authorization of [
    'Bearer abc',
    'Basic dGVzdDp0ZXN0',
    'AWS test:c2ln',
    'AWS4-ECDSA-P256-SHA256 Credential=test/20260101/s3/aws4_request, SignedHeaders=host, Signature=00',
    'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  ]) {
    const answer = await raw({ path: `/${Bucket}/secret`, headers: { authorization } })
    assert.equal(answer.status, 400, `${authorization}: ${answer.text}`)
  }
  const old = await raw({ path: `/${Bucket}/secret?AWSAccessKeyId=test&Signature=abc&Expires=9999999999` })
  assert.equal(old.status, 400)
  const half = await raw({ path: `/${Bucket}/secret?X-Amz-Credential=test%2F20260101%2Fus-east-1%2Fs3%2Faws4_request` })
  assert.equal(half.status, 400)
  await server.clients.s3.send(new DeleteBucketPolicyCommand({ Bucket }))
})

test('naming a streaming payload without a signature writes nothing', async () => {
  for (const hash of ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'UNSIGNED-PAYLOAD']) {
    const headers = {
      'x-amz-content-sha256': hash,
      'x-amz-decoded-content-length': '1',
      'content-encoding': 'aws-chunked',
      'x-amz-trailer': 'x-amz-checksum-crc32',
    }
    const answer = await raw({
      method: 'PUT',
      path: `/${Bucket}/written`,
      headers,
      body: '1\r\nx\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n',
    })
    assert.equal(answer.status, 403, hash)
  }
})

test('a form signed by nobody cannot borrow the signature of its request', async () => {
  const body = [
    '--b',
    'Content-Disposition: form-data; name="key"',
    '',
    'written',
    '--b',
    'Content-Disposition: form-data; name="file"',
    '',
    'x',
    '--b--',
    '',
  ].join('\r\n')
  const type = { 'content-type': 'multipart/form-data; boundary=b' }
  assert.equal((await raw({ method: 'POST', path: `/${Bucket}`, headers: type, body })).status, 403)
  const headers = await signed('POST', `/${Bucket}`, { ...type, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })
  assert.equal((await raw({ method: 'POST', path: `/${Bucket}`, headers, body })).status, 400)
})

test('a policy without its signature, and a signature without its policy, are refused', async () => {
  const form = (fields: Record<string, string>) =>
    [...Object.entries({ key: 'written', ...fields }), ['file', 'x']]
      .map(([name, value]) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
      .join('') + '--b--\r\n'
  const send = (fields: Record<string, string>) =>
    raw({
      method: 'POST',
      path: `/${Bucket}`,
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: form(fields),
    })
  const policy = Buffer.from(JSON.stringify({ expiration: '2999-01-01T00:00:00Z', conditions: [] })).toString('base64')
  assert.equal((await send({ policy })).status, 400)
  assert.equal((await send({ 'x-amz-signature': '0'.repeat(64) })).status, 400)
  assert.equal((await send({ policy, AWSAccessKeyId: 'test', signature: 'abc' })).status, 400)
})

test('a tampered chunk fails the upload and the old object stays', async () => {
  const body = Buffer.alloc(20_000, 'a')
  const headers = await signed('PUT', `/${Bucket}/chunked`, {
    'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    'x-amz-decoded-content-length': String(body.length),
    'content-encoding': 'aws-chunked',
  })
  const date = headers['x-amz-date']!
  const scope = `${date.slice(0, 8)}/us-east-1/s3/aws4_request`
  const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()
  const key = [date.slice(0, 8), 'us-east-1', 's3', 'aws4_request'].reduce<Buffer>(hmac, Buffer.from('AWS4test'))
  let previous = /Signature=([0-9a-f]{64})/.exec(headers['authorization']!)![1]!
  const chunk = (bytes: Buffer, sent = bytes) => {
    const text = ['AWS4-HMAC-SHA256-PAYLOAD', date, scope, previous, hex(''), hex(bytes)].join('\n')
    previous = hmac(key, text).toString('hex')
    return Buffer.concat([
      Buffer.from(`${bytes.length.toString(16)};chunk-signature=${previous}\r\n`),
      sent,
      Buffer.from('\r\n'),
    ])
  }
  const honest = Buffer.concat([chunk(body), chunk(Buffer.alloc(0))])
  const put = (bytes: Buffer) =>
    raw({
      method: 'PUT',
      path: `/${Bucket}/chunked`,
      headers: { ...headers, 'content-length': String(bytes.length) },
      body: bytes,
    })
  assert.equal((await put(honest)).status, 200)
  const forged = Buffer.from(honest)
  forged[5000] = 'b'.charCodeAt(0)
  const refused = await put(forged)
  assert.deepEqual([refused.status, codeOf(refused.text)], [403, 'SignatureDoesNotMatch'])
  assert.notEqual((await put(honest.subarray(0, 15_000))).status, 200)
  const kept = await server.clients.s3.send(new GetObjectCommand({ Bucket, Key: 'chunked' }))
  assert.equal(await kept.Body?.transformToString(), body.toString())
})

test('headers that the signature leaves out cannot be added', async () => {
  const headers = await signed('PUT', `/${Bucket}/added`, { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' })
  const answer = await raw({
    method: 'PUT',
    path: `/${Bucket}/added`,
    headers: { ...headers, 'x-amz-copy-source': `/${Bucket}/secret`, 'content-length': '0' },
  })
  assert.deepEqual([answer.status, codeOf(answer.text)], [403, 'AccessDenied'])
})

test('a signature holds for its own path and query only', async () => {
  const path = await link()
  for (const other of [
    path.replace('/secret', '/%2e%2e/secret'),
    path.replace('/secret', '//secret'),
    `${path}&versionId=1`,
    `${path}&response-content-type=text%2Fhtml`,
  ]) {
    const answer = await raw({ path: other })
    assert.deepEqual([answer.status, codeOf(answer.text)], [403, 'SignatureDoesNotMatch'], other)
  }
})

test('keys with dots, escapes and backslashes leave the folder of the objects alone', async () => {
  for (const path of [
    '../../etc/passwd',
    '%2e%2e/%2e%2e/etc/passwd',
    '..%2f..%2fetc%2fpasswd',
    '..%5c..%5cetc',
    '....//....//etc/passwd',
  ]) {
    const answer = await raw({ path: `/${Bucket}/${path}` })
    assert.ok([403, 404].includes(answer.status), `${path}: ${answer.status}`)
    assert.doesNotMatch(answer.text, /root:/)
  }
  assert.equal((await raw({ path: `/${Bucket}/a%00b` })).status, 400)
  assert.equal((await raw({ path: `/${Bucket}/%ff%fe` })).status, 400)
})

test('a document type or an entity in XML is refused', async () => {
  const bomb =
    '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaa">]><CORSConfiguration><CORSRule><AllowedOrigin>&a;</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>'
  const entity = bomb.replace(/<!DOCTYPE.*?\]>/, '')
  const deep = `<CORSConfiguration>${'<a>'.repeat(500)}${'</a>'.repeat(500)}</CORSConfiguration>`
  for (const body of [bomb, entity, deep, '<CORSConfiguration>', '']) {
    const { port } = new URL(server.endpoint)
    const request = {
      method: 'PUT',
      protocol: 'http:',
      hostname: 'localhost',
      path: `/${Bucket}`,
      query: { cors: '' },
      headers: { host: `localhost:${port}`, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    }
    const own = (await signer.sign(request)).headers
    const answer = await raw({ method: 'PUT', path: `/${Bucket}?cors=`, headers: own, body })
    assert.deepEqual([answer.status, codeOf(answer.text)], [400, 'MalformedXML'], body.slice(0, 60))
  }
})

test('markup in names comes back as text', async () => {
  const answer = await raw({ path: `/${Bucket}-x/%3Cscript%3E` })
  assert.equal(answer.status, 404)
  assert.doesNotMatch(answer.text, /<script>/)
})
