/** The same requests by HTTP/1.1 and HTTP/2, in the clear and over TLS: the product answers the same. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { SignatureV4 } from '@smithy/signature-v4'
import { callback, type HostedPool, makeHosted, requestOf } from '../support/hosted.ts'
import { type HttpsServer, startHttpsServer } from '../support/https.ts'
import { password } from '../support/people.ts'
import type { TestServer } from '../support/server.ts'
import { Sha256 } from '../support/sha256.ts'
import { type Asked, openTransports, type Told, type Transport } from '../support/transports.ts'

let server: HttpsServer
let pool: HostedPool
let transports: readonly Transport[] = []
let host: string
before(async () => {
  server = await startHttpsServer()
  host = `localhost:${server.port}`
  pool = await makeHosted(server as unknown as TestServer)
  await pool.add('ann', { email: 'ann@example.com' })
  await server.clients.s3.send(new CreateBucketCommand({ Bucket: 'same' }))
  transports = openTransports(server.port, server.ca)
})
after(async () => {
  for (const transport of transports) transport.close()
  await server.close()
})

const hex = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

const signerOf = (service: string) =>
  new SignatureV4({
    ...{ service, region: 'us-east-1', sha256: Sha256 as never, uriEscapePath: service !== 's3', applyChecksum: false },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
const localhost = { protocol: 'http:', hostname: 'localhost' }

async function signed(service: string, { method, path, headers, body }: Asked): Promise<Asked> {
  const [pathname = '', query = ''] = path.split('?')
  const hash = headers['x-amz-content-sha256'] ?? hex(body ?? Buffer.alloc(0))
  const wanted = {
    ...{ ...localhost, method, path: pathname, query: Object.fromEntries(new URLSearchParams(query)) },
    ...(body && { body }),
    headers: { host, ...headers, 'x-amz-content-sha256': hash },
  }
  return { method, path, headers: (await signerOf(service).sign(wanted)).headers, body }
}

async function link(path: string): Promise<string> {
  const headers = { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }
  const wanted = { ...localhost, method: 'GET', path, query: {}, headers }
  const { query } = await signerOf('s3').presign(wanted, { expiresIn: 60 })
  return `${path}?${new URLSearchParams(query as Record<string, string>)}`
}

const s3 = (method: string, path: string, headers: Record<string, string> = {}, body?: Buffer) =>
  signed('s3', {
    ...{ method, path: `/same/${path}`, body },
    headers: { ...(body && { 'content-length': String(body.length) }), ...headers },
  })

const json = (operation: string, input: unknown): Asked => {
  const body = Buffer.from(typeof input === 'string' ? input : JSON.stringify(input))
  const headers = {
    ...{ host, 'content-type': 'application/x-amz-json-1.1', 'content-length': String(body.length) },
    'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
  }
  return { method: 'POST', path: '/', headers, body }
}

const form = (fields: Record<string, string>, path = '/'): Asked => {
  const body = Buffer.from(new URLSearchParams(fields).toString())
  const type = 'application/x-www-form-urlencoded'
  return { method: 'POST', path, headers: { host, 'content-type': type, 'content-length': String(body.length) }, body }
}

const get = (path: string, headers: Record<string, string> = {}): Asked => ({
  ...{ method: 'GET', path },
  headers: { host, ...headers },
})

const large = Buffer.alloc(10_000_000, 'ten megabytes ')
const noLength = ({ headers: { 'content-length': _, ...headers }, ...asked }: Asked): Asked => ({ ...asked, headers })

/** In this order; `tag` is the transport's own, for what may be made only once. */
const table: Record<string, (tag: string) => Asked | Promise<Asked>> = {
  'S3: an upload of ten megabytes, in pieces': (tag) =>
    s3('PUT', tag, { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD', 'x-amz-meta-colour': 'blue' }, large),
  'S3: its head': (tag) => s3('HEAD', tag),
  'S3: the download': (tag) => s3('GET', tag),
  'S3: a part of it': (tag) => s3('GET', tag, { range: 'bytes=5000000-5000010' }),
  'S3: a part there is none of': (tag) => s3('GET', tag, { range: 'bytes=50000000-' }),
  'S3: nothing new': (tag) => s3('GET', tag, { 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }),
  'S3: a link': async (tag) => get(await link(`/same/${tag}`)),
  'S3: an upload that waits for the go-ahead': (tag) => s3('PUT', `${tag}/b`, { expect: '100-continue' }, large),
  'S3: an upload that is not what was signed': (tag) =>
    s3('PUT', `${tag}/c`, { 'x-amz-content-sha256': 'a'.repeat(64) }, Buffer.from('other')),
  'S3: an upload nobody signed': async (tag) => ({
    ...(await s3('PUT', tag, {}, large)),
    headers: { host, 'content-length': '10000000' },
  }),
  'S3: an upload of unknown length': (tag) =>
    signed('s3', {
      ...{ method: 'PUT', path: `/same/${tag}/d`, body: Buffer.from('how long?') },
      headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    }),
  'S3: a signature of something else': async (tag) => ({ ...(await s3('GET', tag)), path: `/same/${tag}/other` }),
  'S3: a key that dots would change': (tag) => s3('GET', `${tag}/../x//y`),
  'S3: a list': (tag) => s3('GET', `?list-type=2&prefix=${tag}`),
  'S3: the end of it': (tag) => s3('DELETE', tag),
  'S3: nothing there': (tag) => s3('GET', tag),
  'JSON: a sign-up': (tag) => json('SignUp', { ClientId: pool.client.id, Username: tag, Password: password }),
  'JSON: the same again': (tag) => json('SignUp', { ClientId: pool.client.id, Username: tag, Password: password }),
  'JSON: what no model allows': () => json('SignUp', { ClientId: 1 }),
  'JSON: no JSON': () => json('SignUp', '{'),
  'JSON: of unknown length': () => noLength(json('SignUp', '{')),
  'JSON: too much': () => json('SignUp', ' '.repeat(4_000_000)),
  'JSON: an operation nobody knows': () => json('Nothing', {}),
  'JSON: signed': () => signed('cognito-idp', json('DescribeUserPool', { UserPoolId: pool.id })),
  'JSON: not signed': () => json('DescribeUserPool', { UserPoolId: pool.id }),
  'Query: who am I': () => signed('sts', form({ Action: 'GetCallerIdentity', Version: '2011-06-15' })),
  'Query: not signed': () => form({ Action: 'ListUsers', Version: '2010-05-08' }),
  'Query: an action nobody knows': () => form({ Action: 'Nothing', Version: '2010-05-08' }),
  'a preflight': () => ({
    ...get('/', { origin: 'https://app.example', 'access-control-request-method': 'POST' }),
    method: 'OPTIONS',
  }),
  discovery: () => get(`/${pool.id}/.well-known/openid-configuration`),
  'the keys': () => get(`/${pool.id}/.well-known/jwks.json`),
  'an authorization': () => get(`/domains/${pool.domain}/oauth2/authorize?${requestOf(pool)}`),
  'a sign-in page': () => get(`/domains/${pool.domain}/login?${requestOf(pool)}`),
  'a sign-in page by its domain': () =>
    get(`/login?${requestOf(pool)}`, { host: `${pool.domain}.auth.localhost:${server.port}` }),
  'a form without its cookie': () =>
    form({ username: 'ann', password, _csrf: 'x' }, `/domains/${pool.domain}/login?${requestOf(pool)}`),
  'the home page': () => get('/', { accept: 'text/html' }),
  'the head of the home page': () => ({ ...get('/', { accept: 'text/html' }), method: 'HEAD' }),
  health: () => get('/healthz'),
  nothing: () => get('/there/is?nothing=here'),
}

/** What differs by nature: the tag, times, ids of requests, and what is secret and new each time. */
function alike(text: string, tag: string): string {
  return text
    .replaceAll(tag, 'TAG')
    .replace(/\b[0-9A-F]{16}\b/g, 'ID')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'UUID')
    .replace(/(_csrf" value=|_state" value=|XSRF-TOKEN=|page-data=)"?[\w.~-]+/g, '$1NEW')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z|\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT|\d{8}T\d{6}Z/g, 'TIME')
    .replace(
      /Signature=[0-9a-f]{64}|(?<=<(?:SignatureProvided|StringToSign)>)[^<]+|[0-9a-f]{64}|(?:[0-9a-f]{2} ){20,}[0-9a-f]{2}/g,
      'SIGNED',
    )
}

const ofConnection = /^(?:date|connection|keep-alive|transfer-encoding)$/

const shown = ({ status, headers, body }: Told, tag: string) => ({
  status,
  headers: Object.entries(headers)
    .filter(([name]) => !ofConnection.test(name))
    .map(([name, value]) => alike(`${name}: ${[value].flat().join(' | ')}`, tag))
    .sort(),
  body: body.length > 1_000_000 ? hex(body) : alike(body.toString(), tag),
})

for (const [name, make] of Object.entries(table))
  test(name, async () => {
    const told: ReturnType<typeof shown>[] = []
    for (const [at, transport] of transports.entries()) {
      const tag = `tag-${at}x`
      told.push(shown(await transport.ask(await make(tag)), tag))
    }
    const [plain, plain2, secure, secure2] = told
    assert.deepEqual(plain2, plain, 'in the clear')
    assert.deepEqual(secure2, secure, 'over TLS')
    assert.ok((plain?.status ?? 500) < 500)
    assert.equal(secure?.status, plain?.status)
  })

describe('somebody signs in by the form, over each of them', () => {
  for (const at of [0, 1, 2, 3])
    test(`way ${at + 1}`, async () => {
      const transport = transports[at] as Transport
      const path = `/domains/${pool.domain}/login?${requestOf(pool)}`
      const page = await transport.ask(get(path))
      const lines = page.headers['set-cookie'] as string[]
      const hidden = [...page.body.toString().matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)">/g)]
      const fields = Object.fromEntries(hidden.map(([, name = '', value = '']) => [name, value]))
      const filled = form({ ...fields, username: 'ann', password }, path)
      const cookie = ['theirs=1', ...lines.map((line) => line.split(';')[0])].join('; ')
      const { status, headers } = await transport.ask({ ...filled, headers: { ...filled.headers, cookie } })
      assert.ok(status === 302 || status === 303)
      assert.match(String(headers['location']), new RegExp(`^${callback}\\?code=`))
      assert.ok((headers['set-cookie'] as string[]).every((line) => /; Secure/.test(line) === transport.secure))
    })
})
