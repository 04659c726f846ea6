/** Case 81: what goes to a server behind is what was decided about: one reading of the query, of a copy's source, and of what headers ask for. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { openLane } from '../../bench/load.ts'
import { type Signed, signed } from '../../bench/sign.ts'
import { type Behind, listenBehind, upstream } from '../support/gateway.ts'
import { assume, document, makeRole } from '../support/roles.ts'
import { type Keys, startTestServer, type TestServer } from '../support/server.ts'

let behind: Behind
let server: TestServer
const arrived: string[] = []
/** Headers of the server's own that came. */
const own: string[] = []
before(async () => {
  behind = await listenBehind((request, response) => {
    own.push(...Object.keys(request.headers).filter((name) => name.startsWith('x-minio-')))
    arrived.push(`${request.method} ${request.url} ${request.headers['x-amz-copy-source'] ?? ''}`)
    request.resume()
    response.end(request.url?.includes('?tagging') ? '<Tagging><TagSet></TagSet></Tagging>' : '')
  })
  server = await startTestServer({ settings: { upstreams: { s3: [upstream(behind.url, { match: 'far-*' })] } } })
})
after(async () => {
  await server?.close()
  await behind?.close()
})

let roles = 0
async function keysFor(...statements: object[]): Promise<Keys> {
  const role = await makeRole(server.clients, `far${++roles}`, { policy: document(...statements) })
  return (await assume(server, server.clients, role)).keys
}

/** The status, and what arrived behind. */
async function send(keys: Keys, asked: Omit<Signed, 'service'>): Promise<[number, string[]]> {
  arrived.length = 0
  const lane = await openLane(Number(new URL(server.endpoint).port))
  try {
    const { status } = await lane.ask(signed(keys, { ...asked, service: 's3' }))
    return [status, [...arrived]]
  } finally {
    lane.close()
  }
}

const bucket = 'arn:aws:s3:::far-photos'
const allow = (Action: string | string[], Resource: string | string[] = `${bucket}/*`, more: object = {}) => ({
  ...{ Effect: 'Allow', Action, Resource },
  ...more,
})

test('case 81: of a parameter that comes twice the server behind sees what the policy saw', async () => {
  const keys = await keysFor(
    allow('s3:ListBucket', bucket, { Condition: { StringEquals: { 's3:prefix': 'mine/' } } }),
    allow('s3:GetObjectVersion', `${bucket}/*`, { Condition: { StringEquals: { 's3:versionid': 'a' } } }),
  )
  const list = { method: 'GET', path: '/far-photos' }
  assert.deepEqual(await send(keys, { ...list, query: 'list-type=2&prefix=mine%2F&prefix=yours%2F' }), [
    200,
    ['GET /far-photos?list-type=2&prefix=mine%2F '],
  ])
  assert.deepEqual(await send(keys, { method: 'GET', path: '/far-photos/x', query: 'versionId=a&versionId=b' }), [
    200,
    ['GET /far-photos/x?versionId=a '],
  ])
})

test('case 81: parameters arrive as they were, those without a value and odd ones too', async () => {
  const [status, seen] = await send(
    { accessKeyId: 'test', secretAccessKey: 'test' },
    { method: 'GET', path: '/far-photos', query: 'cors=&prefix=a%20b%2B%C3%BC%27%28%29%2A%26%3D' },
  )
  assert.deepEqual([status, seen], [200, ['GET /far-photos?cors=&prefix=a%20b%2B%C3%BC%27%28%29%2A%26%3D ']])
})

test('case 81: a copy’s source arrives in the spelling that was understood', async () => {
  const keys = await keysFor(allow(['s3:GetObject', 's3:GetObjectVersion', 's3:PutObject']))
  for (const [written, seen] of [
    ['far-photos/k%3FversionId=v', 'far-photos/k%3FversionId%3Dv'],
    ['%2ffar-photos%2Fa%2Fb', 'far-photos/a/b'],
    ['/far-photos/a+b%252e', 'far-photos/a%2Bb%252e'],
    ['far-photos/k?versionId=null', 'far-photos/k?versionId=null'],
  ] as const) {
    const put = { method: 'PUT', path: '/far-photos/copy', headers: { 'x-amz-copy-source': written } }
    const [name, query = ''] = seen.split('?')
    const tags = `GET /${name}?tagging${query && `&${query}`} `
    assert.deepEqual(await send(keys, put), [200, [tags, `PUT /far-photos/copy ${seen}`]], written)
  }
})

test('case 81: what a server behind knows beyond S3 does not reach it', async () => {
  const keys = await keysFor(allow(['s3:PutObject', 's3:GetObject']), allow('s3:ListBucket', bucket))
  const unpack = { 'x-amz-meta-snowball-auto-extract': 'true' }
  assert.deepEqual(await send(keys, { method: 'PUT', path: '/far-photos/a.tar', headers: unpack }), [501, []])
  assert.deepEqual(await send(keys, { method: 'PUT', path: '/far-photos/a', query: 'x-id=PutObject&append=' }), [
    200,
    ['PUT /far-photos/a '],
  ])
  const listening = {
    method: 'GET',
    path: '/far-photos',
    query: 'events=s3%3AObjectCreated%3A%2A&list-type=2&metadata=true',
  }
  assert.deepEqual(await send(keys, listening), [200, ['GET /far-photos?list-type=2 ']])
  const root = { accessKeyId: 'test', secretAccessKey: 'test' }
  await send(root, { method: 'DELETE', path: '/far-photos/a', headers: { 'x-minio-force-delete': 'true' } })
  assert.deepEqual(own, [])
  const near = { Bucket: 'near', Key: 'packed', Metadata: { 'snowball-auto-extract': 'true' } }
  await server.clients.s3.send(new CreateBucketCommand({ Bucket: near.Bucket }))
  await server.clients.s3.send(new PutObjectCommand(near))
  const copy = { 'x-amz-copy-source': 'near/packed' }
  assert.deepEqual(await send(root, { method: 'PUT', path: '/far-photos/b', headers: copy }), [501, []])
})

test('case 81: receivers of notifications are told with the rights of the server behind: naming one takes the right to tell it', async () => {
  const queue = 'arn:aws:sqs:us-east-1:000000000000:mine'
  const keys = await keysFor(
    allow('s3:PutBucketNotification', bucket),
    allow('sqs:SendMessage', [queue, `${queue}:webhook`]),
  )
  const put = (...receivers: string[]) =>
    send(keys, {
      ...{ method: 'PUT', path: '/far-photos', query: 'notification=' },
      body: `<NotificationConfiguration>${receivers.join('')}</NotificationConfiguration>`,
    })
  const event = '<Event>s3:ObjectCreated:*</Event>'
  const queueOf = (arn: string) => `<QueueConfiguration><Queue>${arn}</Queue>${event}</QueueConfiguration>`
  const done = [200, ['PUT /far-photos?notification= ']]
  assert.deepEqual(await put(queueOf(queue), queueOf('arn:minio:sqs::mine:webhook')), done)
  assert.deepEqual(await put('<EventBridgeConfiguration/>'), done)
  for (const [refused, status] of [
    [queueOf(queue.replace(/mine$/, 'yours')), 403],
    [queueOf('arn:minio:sqs::yours:webhook'), 403],
    [`<TopicConfiguration><Topic>${queue.replace('sqs', 'sns')}</Topic>${event}</TopicConfiguration>`, 403],
    [
      `<n:CloudFunctionConfiguration xmlns:n="x"><n:CloudFunction>arn:aws:lambda:us-east-1:000000000000:function:f</n:CloudFunction></n:CloudFunctionConfiguration>`,
      403,
    ],
    [queueOf('arn:aws:events:us-east-1:000000000000:bus'), 400],
  ] as const) {
    assert.deepEqual(await put(queueOf(queue), refused), [status, []], refused)
  }
})

test('case 81: headers that ask for more than the operation need the right to that, too', async () => {
  const keys = await keysFor(allow(['s3:PutObject', 's3:GetObject', 's3:DeleteObjectVersion', 's3:CreateBucket'], '*'))
  const put = { method: 'PUT', path: '/far-photos/x' }
  const cases: [Omit<Signed, 'service'>, Record<string, string>, string][] = [
    [put, { 'x-amz-acl': 'public-read' }, 's3:PutObjectAcl'],
    [put, { 'x-amz-grant-read': 'uri="http://acs.amazonaws.com/groups/global/AllUsers"' }, 's3:PutObjectAcl'],
    [put, { 'x-amz-copy-source': 'far-photos/y', 'x-amz-acl': 'public-read' }, 's3:PutObjectAcl'],
    [{ ...put, method: 'POST', query: 'uploads=' }, { 'x-amz-acl': 'public-read' }, 's3:PutObjectAcl'],
    [put, { 'x-amz-object-lock-mode': 'COMPLIANCE' }, 's3:PutObjectRetention'],
    [put, { 'x-amz-object-lock-retain-until-date': '2099-01-01T00:00:00Z' }, 's3:PutObjectRetention'],
    [put, { 'x-amz-object-lock-legal-hold': 'ON' }, 's3:PutObjectLegalHold'],
    [
      { method: 'DELETE', path: '/far-photos/x', query: 'versionId=null' },
      { 'x-amz-bypass-governance-retention': 'true' },
      's3:BypassGovernanceRetention',
    ],
    [{ method: 'PUT', path: '/far-new' }, { 'x-amz-acl': 'public-read' }, 's3:PutBucketAcl'],
    [
      { method: 'PUT', path: '/far-new' },
      { 'x-amz-object-ownership': 'ObjectWriter' },
      's3:PutBucketOwnershipControls',
    ],
    [
      { method: 'PUT', path: '/far-new' },
      { 'x-amz-bucket-object-lock-enabled': 'true' },
      's3:PutBucketObjectLockConfiguration',
    ],
  ]
  for (const [asked, headers, action] of cases) {
    const what = `${asked.method} with ${Object.keys(headers)}`
    assert.deepEqual(await send(keys, { ...asked, headers }), [403, []], what)
    const more = await keysFor(
      allow(['s3:PutObject', 's3:GetObject', 's3:DeleteObjectVersion', 's3:CreateBucket', action], '*'),
      allow('s3:PutBucketVersioning', '*'),
    )
    assert.equal((await send(more, { ...asked, headers }))[0], 200, `${what}, allowed`)
  }
})

test('case 2: a key is allowed only if it is, too, where several slashes are one', async () => {
  const keys = await keysFor(allow('s3:*'), { ...allow('s3:*', `${bucket}/secret/*`), Effect: 'Deny' })
  const wrong = [403, []]
  for (const key of ['/secret/x', 'secret//x', '//secret///x']) {
    const path = `/far-photos/${key}`
    for (const method of ['GET', 'PUT', 'DELETE']) assert.deepEqual(await send(keys, { method, path }), wrong, key)
    const headers = { 'x-amz-copy-source': path }
    assert.deepEqual(await send(keys, { method: 'PUT', path: '/far-photos/open', headers }), wrong, key)
    assert.deepEqual(await send(keys, { method: 'GET', path, query: 'tagging=' }), wrong, key)
    const body = `<Delete><Object><Key>${key}</Key></Object></Delete>`
    assert.deepEqual(await send(keys, { method: 'POST', path: '/far-photos', query: 'delete=', body }), wrong, key)
  }
  assert.deepEqual(await send(keys, { method: 'GET', path: '/far-photos/open//x/' }), [
    200,
    ['GET /far-photos/open//x/ '],
  ])
})
