/** The signatures of the AWS SDK's own clients, over a real connection, are the ones we verify. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { CognitoIdentityClient, ListIdentityPoolsCommand } from '@aws-sdk/client-cognito-identity'
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { Call } from '../src/wire/http.ts'
import { openPayload } from '../src/wire/payload.ts'
import { authenticate, type Lookup, type SignatureStyle, verifyPolicySignature } from '../src/wire/sigv4.ts'
import { sha256 } from '../src/wire/sigv4-key.ts'

const credentials = { accessKeyId: 'ASIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'to/ken+==' }
const lookup: Lookup<{ name: string }> = async (accessKeyId, token) =>
  accessKeyId === credentials.accessKeyId && token === credentials.sessionToken
    ? { secret: credentials.secretAccessKey, caller: { name: 'tester' } }
    : { refusal: 'bad-token' }

type Seen = { service: string; kind: string; payloadHash: string; body: string; trailers: [string, string][] }
let seen: Seen[] = []

function callOf(request: IncomingMessage): Call {
  const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s)
  return {
    id: 'x',
    method: request.method ?? '',
    path,
    query,
    headers: request.headers as Record<string, string>,
    rawHeaders: request.rawHeaders,
    body: request,
    address: '127.0.0.1',
    secure: false,
  }
}

const services: Record<string, SignatureStyle> = { s3: 's3', sts: 'query', iam: 'query', 'cognito-identity': 'json' }

/** Verifies, reads the body, remembers both; answers 200, or 403 and the reason. */
async function serve(request: IncomingMessage): Promise<void> {
  const call = callOf(request)
  const target = /\/([a-z0-9-]+)\/aws4_request/.exec(
    `${call.headers['authorization']}${decodeURIComponent(call.query)}`,
  )?.[1]
  const style = services[target ?? ''] ?? 's3'
  let body = ''
  const payloadHash = async () => {
    for await (const piece of request) body += piece
    return sha256(Buffer.from(body))
  }
  const signed = await authenticate(call, { service: target ?? '', style, payloadHash, lookup, now: Date.now() })
  assert.ok(signed, 'nothing signed')
  const { service, kind } = signed
  let trailers: [string, string][] = []
  if (style === 's3') {
    const payload = openPayload(call, signed.payloadHash, signed)
    for await (const piece of payload.body) body += piece
    trailers = [...payload.trailers]
  }
  seen.push({ service, kind, payloadHash: signed.payloadHash, body, trailers })
}

const server = createServer((request, response) => {
  serve(request).then(
    () => response.end(),
    (error: Error) => response.writeHead(403).end(String(error)),
  )
})
let endpoint = ''
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
after(() => server.close())

const options = () => ({ endpoint, credentials, region: 'eu-west-1', maxAttempts: 1 })
const s3 = () => new S3Client({ ...options(), forcePathStyle: true })
/** What the server saw of one request; a refusal makes the client throw. */
async function sent(request: Promise<unknown>): Promise<Seen> {
  seen = []
  await request
  assert.equal(seen.length, 1)
  return seen[0]!
}

const keys = ['plain.txt', 'ünï cödé/+ &=?#%41.txt', "it's (one)!*~.txt", 'a//b/../c/./d', '漢字/🙂']

describe('S3', () => {
  test('puts of every key, with a hashed body', async () => {
    for (const Key of keys) {
      const { body, kind } = await sent(
        s3().send(new PutObjectCommand({ Bucket: 'photos', Key, Body: 'hello', Metadata: { a: '  b   c ' } })),
      )
      assert.deepEqual([body, kind], ['hello', 'header'])
    }
  })
  test('a streamed put, whose checksum comes as a trailer', async () => {
    const Body = Readable.from([Buffer.alloc(70_000, 'a'), Buffer.alloc(10, 'b')])
    const command = new PutObjectCommand({ Bucket: 'photos', Key: 'k', Body, ContentLength: 70_010 })
    const { body, trailers, payloadHash } = await sent(s3().send(command))
    assert.equal(payloadHash, 'STREAMING-UNSIGNED-PAYLOAD-TRAILER')
    assert.equal(body, 'a'.repeat(70_000) + 'b'.repeat(10))
    assert.equal(trailers[0]?.[0], 'x-amz-checksum-crc32')
  })
  test('presigned links to get and to put', async () => {
    for (const Key of keys) {
      const get = await getSignedUrl(
        s3(),
        new GetObjectCommand({ Bucket: 'photos', Key, ResponseContentType: 'a/b; c=d e' }),
      )
      const put = await getSignedUrl(s3(), new PutObjectCommand({ Bucket: 'photos', Key, Metadata: { a: 'b' } }))
      // fetch normalises dots away, as browsers do, before anything is sent.
      if (Key.includes('/../')) continue
      assert.equal((await sent(fetch(get))).kind, 'query')
      assert.equal((await sent(fetch(put, { method: 'PUT', body: 'hello' }))).body, 'hello')
    }
  })
  test('a presigned POST', async () => {
    const { fields } = await createPresignedPost(s3(), { Bucket: 'photos', Key: 'k' })
    const of = (name: string) => fields[name] ?? ''
    const policy = {
      policy: of('Policy'),
      algorithm: of('X-Amz-Algorithm'),
      credential: of('X-Amz-Credential'),
      date: of('X-Amz-Date'),
      signature: of('X-Amz-Signature'),
      token: fields['X-Amz-Security-Token'],
    }
    assert.equal((await verifyPolicySignature(policy, { lookup })).found.caller.name, 'tester')
  })
})

describe('the other services', () => {
  // The answers are empty, which the clients may dislike: what counts is what the server saw.
  const asked = (request: Promise<unknown>) => sent(request.catch(() => undefined))
  test('STS', async () => {
    assert.equal((await asked(new STSClient(options()).send(new GetCallerIdentityCommand({})))).service, 'sts')
  })
  test('IAM', async () => {
    assert.equal(
      (await asked(new IAMClient(options()).send(new ListRolesCommand({ PathPrefix: '/ü/' })))).service,
      'iam',
    )
  })
  test('identity pools', async () => {
    const command = new ListIdentityPoolsCommand({ MaxResults: 3 })
    assert.equal((await asked(new CognitoIdentityClient(options()).send(command))).service, 'cognito-identity')
  })
})
