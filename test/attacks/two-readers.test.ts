/** Case 81: whatever a server behind reads in a request, it finds what was judged here and nothing else. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { SignatureV4 } from '@smithy/signature-v4'
import { signRequest } from '../../src/wire/sigv4-sign.ts'
import { type Behind, listenBehind, upstream } from '../support/gateway.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { Sha256 } from '../support/sha256.ts'

const keys = { accessKeyId: 'test', secretAccessKey: 'test' }
const account = '000000000000'

type Heard = { readonly method: string; readonly url: string; readonly headers: Headers; readonly body: string }
type Headers = Readonly<Record<string, string | string[] | undefined>>

let server: TestServer
let behind: Behind
let heard: Heard[] = []
before(async () => {
  behind = await listenBehind(async (asked, answer) => {
    const { method = '', url = '', headers } = asked
    const parts = await Array.fromAsync(asked).catch(() => undefined)
    // A body that breaks off is none.
    if (!parts) return
    heard.push({ method, url, headers, body: Buffer.concat(parts).toString() })
    answer.end(url.endsWith('?tagging') ? '<Tagging><TagSet></TagSet></Tagging>' : method === 'GET' ? '' : '{}')
  })
  const rows = [upstream(behind.url)]
  const s3 = [
    upstream(behind.url, { match: 'auth' }),
    upstream(behind.url, { match: 'open-*', keys: undefined }),
    upstream(behind.url.replace('127.0.0.1', 'localhost'), { match: 'host-*', style: 'virtual' }),
    upstream(behind.url),
  ]
  const upstreams = {
    s3,
    dynamodb: rows,
    sqs: rows,
    sns: rows,
    kinesis: rows,
    'execute-api': rows,
    lambda: [upstream(behind.url, { match: 'pay' })],
  }
  server = await startTestServer({ settings: { upstreams } })
})
beforeEach(() => {
  heard = []
})
after(async () => {
  await server?.close()
  await behind?.close()
})

type Ask = {
  readonly service: string
  readonly method?: string
  readonly path?: string
  readonly query?: string
  readonly headers?: Record<string, string>
  readonly body?: string
  /** In place of the body that was signed. */
  readonly sent?: string
}

/** The status of a request that is signed well, sent as it is written. */
async function ask({
  service,
  method = 'POST',
  path = '/',
  query = '',
  headers = {},
  body = '',
  sent: bytes = body,
}: Ask): Promise<number> {
  const { host, hostname, port } = new URL(server.endpoint)
  const told = signRequest({
    ...{ method, host, path, query, headers, keys, service, payloadHash: hash('sha256', body) },
    ...{ region: 'us-east-1', now: server.world.now() },
  }).headers
  const all = { ...headers, ...told, host, 'content-length': String(Buffer.byteLength(bytes)) }
  const sent = request({ hostname, port, method, path: `${path}?${query}`, headers: all, agent: false })
  sent.end(bytes)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  answer.resume()
  return answer.statusCode ?? 0
}

const json = (service: string, target: string, body: object | string): Ask => ({
  ...{ service, body: typeof body === 'string' ? body : JSON.stringify(body) },
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target },
})

test('case 81: an operation has one name: none that ends in another', async () => {
  const stream = { StreamName: 's', Data: '', PartitionKey: 'p' }
  const queue = { QueueUrl: `${server.endpoint}/${account}/q`, MessageBody: 'm' }
  assert.equal(await ask(json('kinesis', 'Kinesis_20131202.PutRecord', stream)), 200)
  assert.equal(await ask(json('sqs', 'AmazonSQS.SendMessage', queue)), 200)
  heard = []
  for (const [service, target, body] of [
    ['kinesis', 'Kinesis_20131202.PutRecord.DeleteStream', stream],
    ['sqs', 'AmazonSQS.SendMessage.DeleteQueue', queue],
    ['dynamodb', 'DynamoDB_20120810.ListTables.DeleteTable', {}],
    ['dynamodb', 'DynamoDBStreams_20120810.ListStreams.DeleteTable', {}],
  ] as const)
    assert.equal(await ask(json(service, target, body)), 400, target)
  assert.equal(heard.length, 0)
})

test('case 81: the signature of a link goes no further', async () => {
  const { host, hostname, port, protocol } = new URL(server.endpoint)
  const link = async (service: string, path: string, query: Record<string, string>) => {
    const signer = new SignatureV4({ credentials: keys, region: 'us-east-1', service, sha256: Sha256 })
    const made = await signer.presign({
      ...{ method: 'GET', protocol, hostname, port: Number(port), path, query, headers: { host } },
    })
    return fetch(`${server.endpoint}${path}?${new URLSearchParams(made.query as Record<string, string>)}`)
  }
  assert.equal((await link('sqs', '/', { Action: 'ListQueues', Version: '2012-11-05' })).status, 200)
  assert.equal(heard[0]?.body, 'Action=ListQueues&Version=2012-11-05')
  assert.equal((await link('execute-api', '/_aws/execute-api/abc/prod/x', { a: '1' })).status, 200)
  assert.equal(heard[1]?.url, '/prod/x?a=1')
})

const s3 = (asked: Omit<Ask, 'service'>) => ask({ service: 's3', ...asked })
const md5 = (text: string) => ({ 'content-md5': hash('md5', text, 'base64') })

test('case 81: names by which a server knows its own administration are no buckets', async () => {
  for (const path of ['/minio/admin/v3/list-users', '/admin/user', '/swift/v1/x', '/moto-api/data.json'])
    assert.equal(await s3({ method: 'GET', path }), 404, path)
  assert.equal(heard.length, 0)
  for (const path of ['/host-b/minio/admin/v3/list-users', '/host-b/%6dinio'])
    assert.equal(await s3({ method: 'GET', path }), 400, path)
  assert.equal(heard.length, 0)
  // What a row names is a bucket there.
  assert.equal(await s3({ method: 'GET', path: '/auth/k' }), 200)
  assert.equal(heard[0]?.url, '/auth/k')
})

test('case 81: headers that are another’s by another spelling, or a server’s own, do not pass', async () => {
  const headers = { x_amz_acl: 'public-read', 'x.amz.acl': 'public-read', 'x-http-method-override': 'DELETE' }
  assert.equal(await s3({ method: 'PUT', path: '/b/k', headers: { ...headers, 'x-amz-meta-my_key': 'v' } }), 200)
  assert.deepEqual(
    Object.keys(heard[0]?.headers ?? {}).filter((name) => name in headers || name.includes('my_key')),
    ['x-amz-meta-my_key'],
  )
})

test('case 81: a version with an empty name is none, and no other than was asked about', async () => {
  for (const method of ['GET', 'HEAD', 'DELETE'])
    assert.equal(await s3({ method, path: '/b/k', query: 'versionId=' }), 400, method)
  assert.equal(heard.length, 0)
  const body = '<Delete><Object><Key>k</Key><VersionId></VersionId></Object></Delete>'
  assert.equal(await s3({ path: '/b', query: 'delete=', body, headers: md5(body) }), 200)
  assert.doesNotMatch(heard[0]?.body ?? '', /VersionId/)
})

test('case 81: documents and tags go on as they were read', async () => {
  const deletion = `<?xml version="1.0" encoding="ISO-8859-1"?><x:Delete xmlns:x="y"><!-- --><x:Object><x:Key a="b">é<![CDATA[&amp;]]>&#x26;</x:Key>
    <Keys>other</Keys></x:Object><Quiet>TRUE</Quiet></x:Delete>`
  const sums = { ...md5(deletion), 'x-amz-checksum-sha256': hash('sha256', deletion, 'base64') }
  assert.equal(await s3({ path: '/b', query: 'delete=', body: deletion, headers: sums }), 200)
  assert.match(
    heard[0]?.body ?? '',
    /^<\?xml version="1.0" encoding="UTF-8"\?>\n<Delete xmlns="[^"]+"><Object><Key>é&amp;amp;&amp;<\/Key><\/Object><Quiet>true<\/Quiet><\/Delete>$/,
  )
  assert.equal(heard[0]?.headers['content-md5'], hash('md5', heard[0]?.body ?? '', 'base64'))
  assert.equal(heard[0]?.headers['x-amz-checksum-sha256'], undefined)
  const control = '<Delete><Object><Key>a&#1;b</Key></Object></Delete>'
  assert.equal(await s3({ path: '/b', query: 'delete=', body: control, headers: md5(control) }), 400)
  const sized = '<Delete><Object><Key>k</Key><Size>3</Size></Object></Delete>'
  assert.equal(await s3({ path: '/b', query: 'delete=', body: sized, headers: md5(sized) }), 501)

  const tagging = '<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value><value>2</value></Tag></TagSet></Tagging>'
  assert.equal(await s3({ method: 'PUT', path: '/b/k', query: 'tagging=', body: tagging, headers: md5(tagging) }), 200)
  assert.match(heard[1]?.body ?? '', /<TagSet><Tag><Key>a<\/Key><Value>1<\/Value><\/Tag><\/TagSet>/)
  assert.doesNotMatch(heard[1]?.body ?? '', /value/)
  const header = { 'x-amz-tagging': 'a=1+2&b%3D=%33' }
  assert.equal(await s3({ method: 'PUT', path: '/b/k', headers: header }), 200)
  assert.equal(heard[2]?.headers['x-amz-tagging'], 'a=1%202&b%3D=3')

  const told = `<NotificationConfiguration><!-- --><n:QueueConfiguration xmlns:n="y"><Queue>arn:minio:sqs::x:webhook</Queue><Event>s3:ObjectCreated:*</Event></n:QueueConfiguration></NotificationConfiguration>`
  assert.equal(await s3({ method: 'PUT', path: '/b', query: 'notification=', body: told, headers: md5(told) }), 200)
  assert.match(
    heard[3]?.body ?? '',
    /"><QueueConfiguration><Queue>arn:minio:sqs::x:webhook<\/Queue><Event>s3:ObjectCreated:\*<\/Event><\/QueueConfiguration><\/Notification/,
  )
})

test('case 81: a browser’s question is about the key that was read, without what else stands in the address', async () => {
  const { port } = new URL(server.endpoint)
  const question = async (path: string) => {
    const headers = { host: 's3.localhost', origin: 'http://x', 'access-control-request-method': 'GET', x_origin: 'y' }
    const sent = request({ hostname: '127.0.0.1', port, method: 'OPTIONS', path, headers, agent: false }).end()
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    answer.resume()
    return answer.statusCode
  }
  assert.equal(await question('/b/%61%2Fb+c?events&x=y'), 200)
  assert.equal(heard[0]?.url, '/b/a/b%2Bc')
  assert.equal(heard[0]?.headers['x_origin'], undefined)
  assert.equal(await question('/b/me/%2e%2e/you'), 400)
  assert.equal(heard.length, 1)
})

test('case 81: members of JSON that decide come once, and in no other case', async () => {
  const QueueUrl = `${server.endpoint}/${account}/q`
  for (const [service, target, body] of [
    ['sqs', 'AmazonSQS.SendMessage', { QueueUrl, queueurl: `${server.endpoint}/${account}/other`, MessageBody: 'm' }],
    ['sqs', 'AmazonSQS.CreateQueue', { QueueName: 'q', tags: {}, Tags: { owner: 'x' } }],
    ['sqs', 'AmazonSQS.CreateQueue', { QueueName: 'q', TAGS: { owner: 'x' } }],
    ['kinesis', 'Kinesis_20131202.DeleteStream', { StreamName: 's', streamName: 'other' }],
    ['kinesis', 'Kinesis_20131202.DeleteStream', { StreamName: 's', StreamArn: 'other' }],
  ] as const)
    assert.equal(await ask(json(service, target, body)), 400, JSON.stringify(body))
  assert.equal(heard.length, 0)
  const twice = `{"QueueUrl":"${QueueUrl}","MessageBody":"m","QueueUrl":"${server.endpoint}/${account}/last"}`
  assert.equal(await ask(json('sqs', 'AmazonSQS.SendMessage', twice)), 200)
  assert.deepEqual(JSON.parse(heard[0]?.body ?? ''), { QueueUrl: `${behind.url}/${account}/last`, MessageBody: 'm' })
})

test('case 81: the source of a copy goes on with a copy only', async () => {
  const headers = { 'x-amz-copy-source': '/far/secret' }
  const body = '<Tagging><TagSet></TagSet></Tagging>'
  assert.equal(
    await s3({ method: 'PUT', path: '/b/k', query: 'tagging=', body, headers: { ...headers, ...md5(body) } }),
    200,
  )
  assert.equal(await s3({ method: 'PUT', path: '/b/k', query: 'acl=', headers }), 200)
  assert.equal(await s3({ method: 'PUT', path: '/far/k', headers }), 200)
  assert.deepEqual(
    heard.flatMap(({ method, headers }) => (method === 'PUT' ? [headers['x-amz-copy-source']] : [])),
    [undefined, undefined, 'far/secret'],
  )
})

test('case 81: what a link says in its query is a header there, or refused', async () => {
  const put = async (Metadata: Record<string, string>) => {
    const link = await getSignedUrl(server.clients.s3, new PutObjectCommand({ Bucket: 'far', Key: 'k', Metadata }))
    return (await fetch(link, { method: 'PUT', body: 'x' })).status
  }
  assert.equal(await put({ a: 'łódź' }), 200)
  assert.equal(Buffer.from(String(heard[0]?.headers['x-amz-meta-a']), 'latin1').toString(), 'łódź')
  assert.equal(await put({ a: 'x\r\nx-amz-acl: public-read' }), 400)
  assert.equal(await put({ 'a b': 'x' }), 400)
  assert.equal(heard.length, 1)
})

test('case 81: a function is asked of the server that its name has, however it is named', async () => {
  for (const name of ['pay', 'function:pay', 'pay:live', 'function:pay:live', `${account}:function:pay`]) {
    const path = `/2015-03-31/functions/${encodeURIComponent(name)}/invocations`
    assert.equal(await ask({ service: 'lambda', path, body: '{}' }), 200, name)
  }
  assert.deepEqual(
    heard.map(({ url }) => url),
    ['', '', '?Qualifier=live', '?Qualifier=live', ''].map((tail) => `/2015-03-31/functions/pay/invocations${tail}`),
  )
})

test('case 81: a body that is not the one that was signed is not stored by a server that is told no hash', async () => {
  assert.equal(await s3({ method: 'PUT', path: '/open-b/k', body: 'mine' }), 200)
  assert.deepEqual([heard[0]?.headers['authorization'], heard[0]?.body], [undefined, 'mine'])
  assert.equal(await s3({ method: 'PUT', path: '/open-b/k', body: 'mine', sent: 'evil' }), 400)
  assert.equal(heard.length, 1)
})
