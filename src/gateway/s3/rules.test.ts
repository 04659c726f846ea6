import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import type { Call } from '../../wire/http.ts'
import { decodeText, isBucketName, s3Address } from './address.ts'
import type { CorsRule } from './buckets-store.ts'
import { findRule } from './cors.ts'
import { boundaryOf, readForm } from './form.ts'
import type { Place } from './key-order.ts'
import { foldedPrefix, readPage, readToken, writeToken } from './listing.ts'
import type { ObjectRow } from './objects-store.ts'
import { recognise } from './operations.ts'
import { checkForm, readPolicy, sizeRange } from './post-policy.ts'
import { isUnchanged, readRange, readWriteCondition } from './preconditions.ts'
import { isPublicPolicy } from './public-access.ts'
import { parseQuery } from './query.ts'
import { readXml, textOf } from './xml-body.ts'

const asked = (method: string, path: string, query = '', headers: Record<string, string> = {}) => {
  const [bucketName = '', ...key] = path.split('/').slice(1)
  return recognise({ method, bucketName, key: key.join('/'), query: parseQuery(query), headers }).name
}

test('every operation is recognised by its method, path, parameters and headers', () => {
  const rows: readonly (readonly [string, ...Parameters<typeof asked>])[] = [
    ['ListBuckets', 'GET', '/', 'x-id=ListBuckets'],
    ['CreateBucket', 'PUT', '/b'],
    ['HeadBucket', 'HEAD', '/b'],
    ['ListObjects', 'GET', '/b', 'prefix=x'],
    ['ListObjectsV2', 'GET', '/b', 'list-type=2&prefix=x'],
    ['ListObjectVersions', 'GET', '/b', 'versions'],
    ['ListMultipartUploads', 'GET', '/b', 'uploads='],
    ['DeleteObjects', 'POST', '/b', 'delete'],
    ['PutBucketPolicy', 'PUT', '/b', 'policy'],
    ['GetBucketVersioning', 'GET', '/b', 'versioning'],
    ['PutObject', 'PUT', '/b/k', 'x-id=PutObject'],
    ['CopyObject', 'PUT', '/b/k', '', { 'x-amz-copy-source': '/a/b' }],
    ['UploadPart', 'PUT', '/b/k', 'partNumber=1&uploadId=u'],
    ['UploadPartCopy', 'PUT', '/b/k', 'partNumber=1&uploadId=u', { 'x-amz-copy-source': '/a/b' }],
    ['GetObject', 'GET', '/b/k', 'partNumber=1&versionId=null'],
    ['ListParts', 'GET', '/b/k', 'uploadId=u'],
    ['CreateMultipartUpload', 'POST', '/b/k', 'uploads'],
    ['CompleteMultipartUpload', 'POST', '/b/k', 'uploadId=u'],
    ['AbortMultipartUpload', 'DELETE', '/b/k', 'uploadId=u'],
    ['DeleteObject', 'DELETE', '/b/k'],
  ]
  for (const [name, ...request] of rows) assert.equal(asked(...request), name)
})

test('a known sub-resource that is not served is refused by name, never taken for the bare path', () => {
  for (const [method, path, query] of [
    ['PUT', '/b/k', 'retention'],
    ['DELETE', '/b/k', 'acl'],
    ['PUT', '/b/k', 'uploadId=u'],
    ['POST', '/b/k', 'tagging'],
    ['PUT', '/b', 'replication'],
    ['DELETE', '/b', 'website'],
    ['GET', '/b/k', 'torrent'],
    ['POST', '/b/k', 'restore'],
    ['GET', '/b/k', 'policy'],
    ['POST', '/b/k', 'uploads&uploadId=u'],
  ] as const) {
    assert.throws(
      () => asked(method, path, query),
      { code: 'NotImplemented', status: 501 },
      `${method} ${path}?${query}`,
    )
  }
  assert.throws(() => asked('PATCH', '/b/k'), { code: 'MethodNotAllowed' })
  assert.throws(() => asked('POST', '/b/k'), { code: 'MethodNotAllowed' })
})

const call = (host: string, path: string, more: { authorization?: string; query?: string } = {}) =>
  ({
    path,
    query: more.query ?? '',
    headers: { host, ...(more.authorization && { authorization: more.authorization }) },
  }) as unknown as Call
const signature = 'AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0'

const settings = { publicUrl: 'https://id.example.com:8443' }

test('a bucket is named by the path or by the host', () => {
  const address = (host: string, path: string, more = {}) => s3Address(call(host, path, more), 'addressed', settings)
  assert.deepEqual(address('s3.localhost:4100', '/b/k/l'), { bucket: 'b', key: 'k/l' })
  assert.deepEqual(address('b.s3.localhost:4100', '/k'), { bucket: 'b', key: 'k' })
  assert.deepEqual(address('s3.id.example.com:8443', '/b/k'), { bucket: 'b', key: 'k' })
  assert.deepEqual(address('a.b.s3.id.example.com', '/k'), { bucket: 'a.b', key: 'k' })
  assert.equal(address('s3.other.example.com', '/b/k'), undefined)
  assert.deepEqual(address('b.id.example.com', '/k', { authorization: signature }), { bucket: 'b', key: 'k' })
  assert.equal(address('b.id.example.com', '/k'), undefined)
  assert.deepEqual(address('b.s3.us-east-1.localhost', '/k', { authorization: signature }), { bucket: 'b', key: 'k' })
  assert.deepEqual(address('b.s3.us-east-1.amazonaws.com', '/k', { authorization: signature }), {
    bucket: 'b',
    key: 'k',
  })
  assert.deepEqual(address('localhost:4100', '/b//k', { authorization: signature }), { bucket: 'b', key: '/k' })
  assert.deepEqual(address('b.localhost:4100', '/k', { authorization: signature }), { bucket: 'b', key: 'k' })
  assert.deepEqual(
    address('127.0.0.1', '/', { query: 'X-Amz-Credential=k%2F20260101%2Fus-east-1%2Fs3%2Faws4_request' }),
    {},
  )
  assert.equal(address('localhost', '/b/k'), undefined)
  assert.equal(address('localhost', '/', { authorization: signature.replace('/s3/', '/sts/') }), undefined)
  assert.deepEqual(s3Address(call('localhost', '/bucket/k'), 'unclaimed', settings), { bucket: 'bucket', key: 'k' })
  assert.equal(s3Address(call('localhost', '/oauth2/token'), 'unclaimed', settings), undefined)
  assert.equal(s3Address(call('localhost', '/us-east-1_abc/.well-known/jwks.json'), 'unclaimed', settings), undefined)
})

test('bucket names follow the naming rules', () => {
  for (const name of ['abc', 'a-b.c', '0bucket9', 'a'.repeat(63)]) assert.ok(isBucketName(name), name)
  for (const name of [
    'ab',
    'a'.repeat(64),
    'Abc',
    '-ab',
    'ab-',
    'a..b',
    'a_b',
    '1.2.3.4',
    'xn--abc',
    'abc-s3alias',
    'console',
  ]) {
    assert.ok(!isBucketName(name), name)
  }
})

test('a key is decoded once, and only if it is UTF-8', () => {
  assert.equal(decodeText('a%252e%C3%BC+b'), 'a%2eü+b')
  assert.throws(() => decodeText('%ff'), { code: 'InvalidURI' })
})

test('one range is understood, several or malformed ones are ignored, impossible ones refused', () => {
  assert.deepEqual(readRange('bytes=0-0', 10), { start: 0, length: 1 })
  assert.deepEqual(readRange('bytes=5-', 10), { start: 5, length: 5 })
  assert.deepEqual(readRange('bytes=5-99', 10), { start: 5, length: 5 })
  assert.deepEqual(readRange('bytes=-3', 10), { start: 7, length: 3 })
  assert.deepEqual(readRange('bytes=-30', 10), { start: 0, length: 10 })
  for (const ignored of [undefined, '', 'bytes=', 'bytes=-', 'bytes=1-2,3-4', 'bytes=5-1', 'items=0-1', 'bytes=a-b']) {
    assert.equal(readRange(ignored, 10), undefined)
  }
  for (const refused of ['bytes=10-', 'bytes=-0', 'bytes=99-100'])
    assert.throws(() => readRange(refused, 10), { code: 'InvalidRange', status: 416 })
  assert.throws(() => readRange('bytes=0-', 0), { code: 'InvalidRange' })
})

test('If-Match outweighs If-Unmodified-Since, If-None-Match outweighs If-Modified-Since', () => {
  const state = { etag: 'e', modified: Date.parse('2026-01-01T00:00:00.500Z') }
  const [before, same] = ['Wed, 31 Dec 2025 23:59:59 GMT', 'Thu, 01 Jan 2026 00:00:00 GMT']
  assert.equal(isUnchanged({}, state), false)
  assert.equal(isUnchanged({ 'if-modified-since': same }, state), true)
  assert.equal(isUnchanged({ 'if-modified-since': before }, state), false)
  assert.equal(isUnchanged({ 'if-modified-since': same, 'if-none-match': '"other"' }, state), false)
  assert.equal(isUnchanged({ 'if-none-match': '"a", "e"' }, state), true)
  assert.equal(isUnchanged({ 'if-match': '"e"', 'if-unmodified-since': before }, state), false)
  assert.throws(() => isUnchanged({ 'if-unmodified-since': before }, state), { code: 'PreconditionFailed' })
  assert.throws(() => isUnchanged({ 'if-match': 'x' }, state), { code: 'PreconditionFailed' })
  assert.deepEqual(readWriteCondition({ 'if-match': '"e"' }), { etag: 'e' })
  assert.throws(() => readWriteCondition({ 'if-none-match': '"e"' }), { code: 'NotImplemented' })
})

test('a page folds without reading what it folds', async () => {
  const names = Array.from(
    { length: 500 },
    (_, index) => `d${Math.floor(index / 100)}/${String(index).padStart(4, '0')}`,
  )
  let read = 0
  const fetch = async (from: Place, before: string | undefined, limit: number) => {
    const rows = names
      .filter(
        (name) => (from.inclusive ? name >= from.name : name > from.name) && (before === undefined || name < before),
      )
      .slice(0, limit)
    read += rows.length
    return rows.map((name) => ({ name }) as ObjectRow)
  }
  const page = await readPage({ prefix: '', delimiter: '/', limit: 10, from: { name: '', inclusive: true } }, fetch)
  assert.deepEqual(page.prefixes, ['d0/', 'd1/', 'd2/', 'd3/', 'd4/'])
  assert.equal(page.next, undefined)
  assert.ok(read < 100, `${read} rows`)
  assert.equal(foldedPrefix('a/b/c', 'a/', '/'), 'a/b/')
  assert.equal(foldedPrefix('a/b', 'a/', '/'), undefined)
  assert.equal(foldedPrefix('a//b', 'a/', '/'), 'a//')
})

test('a continuation token says where to go on, and nothing else is one', () => {
  const place = { name: 'ä/x', inclusive: true }
  assert.deepEqual(readToken(writeToken(place)), place)
  for (const wrong of ['', '!', 'YWJj', `${writeToken(place)}=`]) assert.equal(readToken(wrong), undefined)
})

test('the first cross-origin rule that fits origin, method and every header wins', () => {
  const rule = (origin: string, method: string, headers: string[]): CorsRule => ({
    origins: [origin],
    methods: [method],
    headers,
    expose: [],
  })
  const rules = [
    rule('https://a.example', 'PUT', []),
    rule('https://*.example', 'PUT', ['x-*', 'Content-Type']),
    rule('*', 'GET', ['*']),
  ]
  const find = (origin: string, method: string, ...headers: string[]) =>
    rules.indexOf(findRule(rules, { origin, method, headers })!)
  assert.equal(find('https://a.example', 'PUT'), 0)
  assert.equal(find('https://a.example', 'PUT', 'content-type', 'x-any'), 1)
  assert.equal(find('https://a.example', 'PUT', 'authorization'), -1)
  assert.equal(find('http://evil', 'GET', 'authorization'), 2)
  assert.equal(find('https://example', 'PUT'), -1)
})

const policyOf = (...conditions: unknown[]) =>
  readPolicy(Buffer.from(JSON.stringify({ expiration: '2026-01-01T00:00:00.000Z', conditions })).toString('base64'))
const time = Date.parse('2025-12-31T00:00:00Z')
const form = (fields: Record<string, string>) => new Map(Object.entries(fields))

test('a POST policy covers every field or the form is refused', () => {
  const policy = policyOf(
    { bucket: 'b' },
    ['starts-with', '$key', 'user/'],
    ['eq', '$Content-Type', 'image/png'],
    ['content-length-range', 1, 10],
  )
  const good = {
    bucket: 'b',
    key: 'user/x',
    'content-type': 'image/png',
    policy: '',
    'x-ignore-me': '1',
    'x-amz-signature': '',
  }
  checkForm(policy, form(good), time)
  assert.deepEqual(sizeRange(policy), { least: 1, most: 10 })
  const refused = (fields: Record<string, string>, at = time) =>
    assert.throws(() => checkForm(policy, form({ ...good, ...fields }), at), { code: 'AccessDenied' })
  refused({ key: 'other/x' })
  refused({ 'content-type': 'text/html' })
  refused({ bucket: 'c' })
  refused({ acl: 'public-read' })
  refused({}, Date.parse('2026-01-01T00:00:00Z'))
  assert.throws(
    () => checkForm(policy, form({ ...good, key: 'x' }), time),
    /Policy Condition failed: \["starts-with", "\$key", "user\/"\]/,
  )
  checkForm(
    policyOf(['starts-with', '$content-type', 'image/'], ['starts-with', '$key', '']),
    form({ key: 'x', 'content-type': 'image/a,image/b' }),
    time,
  )
  assert.throws(() =>
    checkForm(policyOf(['starts-with', '$content-type', 'image/']), form({ 'content-type': 'image/a,text/b' }), time),
  )
})

test('what is no POST policy is refused', () => {
  const read = (text: string) => () => readPolicy(Buffer.from(text).toString('base64'))
  for (const text of [
    '',
    'x',
    '[]',
    '{"conditions":[]}',
    '{"expiration":"2026-01-01T00:00:00Z"}',
    '{"expiration":"tomorrow","conditions":[]}',
  ]) {
    assert.throws(read(text), { code: 'InvalidPolicyDocument' }, text)
  }
  for (const condition of [
    ['eq', 'key', 'x'],
    ['like', '$key', 'x'],
    ['content-length-range', 'a', 1],
    { a: 'b', c: 'd' },
    { a: 1 },
    'x',
  ]) {
    assert.throws(() => policyOf(condition), { code: 'InvalidPolicyDocument' })
  }
  assert.equal(
    readPolicy(Buffer.from('{"expiration":"2026-01-01T00:00:00Z","conditions":[{"key":"a\\$b"}]}').toString('base64'))
      .conditions.length,
    1,
  )
})

const formBody =
  '--b\r\nContent-Disposition: form-data; name="Key"\r\n\r\nk\r\n--b\r\nContent-Disposition: form-data; name="file"; filename="C:\\dir\\me.png"\r\nContent-Type: image/png\r\n\r\nab\r\n--\r\n-b\r\r\n--b\r\nContent-Disposition: form-data; name="after"\r\n\r\nx\r\n--b--\r\n'

test('a form is read the same however its bytes are cut', async () => {
  for (const size of [1, 2, 3, 7, 1000]) {
    const pieces = formBody.match(new RegExp(`.{1,${size}}`, 'gs'))!.map((piece) => Buffer.from(piece))
    const { fields, file } = await readForm(Readable.from(pieces), 'b')
    const bytes: Buffer[] = []
    for await (const piece of file!.bytes) bytes.push(piece)
    assert.deepEqual([...fields], [['key', 'k']])
    assert.deepEqual([file!.name, Buffer.concat(bytes).toString()], ['me.png', 'ab\r\n--\r\n-b\r'])
  }
})

test('a form that ends early or names a field twice is refused', async () => {
  const read = async (text: string) => {
    const { file } = await readForm(Readable.from([Buffer.from(text)]), 'b')
    for await (const _ of file?.bytes ?? []);
  }
  await assert.rejects(read(formBody.slice(0, 150)), { code: 'MalformedPOSTRequest' })
  const field = '--b\r\nContent-Disposition: form-data; name="key"\r\n\r\nk\r\n'
  await assert.rejects(read(`${field}${field}--b--\r\n`), { code: 'MalformedPOSTRequest' })
  assert.throws(() => boundaryOf('multipart/form-data'), { code: 'MalformedPOSTRequest' })
})

test('a policy is public if it lets somebody unknown in', () => {
  const isPublic = (statement: object) =>
    isPublicPolicy(
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::b/*', ...statement }],
      }),
    )
  assert.equal(isPublic({ Principal: '*' }), true)
  assert.equal(isPublic({ Principal: { AWS: '*' }, Condition: { Bool: { 'aws:SecureTransport': 'true' } } }), true)
  assert.equal(isPublic({ Principal: '*', Condition: { StringLike: { 'aws:PrincipalArn': '*' } } }), true)
  assert.equal(isPublic({ Principal: '*', Condition: { StringEqualsIfExists: { 'aws:SourceAccount': '1' } } }), true)
  assert.equal(isPublic({ Principal: '*', Condition: { IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } } }), true)
  assert.equal(isPublic({ Principal: '*', Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }), false)
  assert.equal(isPublic({ Principal: { AWS: '111122223333' } }), false)
  assert.equal(isPublic({ Principal: '*', Effect: 'Deny' }), false)
})

test('XML keeps blanks and knows no entities but its own', () => {
  const node = readXml(Buffer.from('<?xml version="1.0"?><a xmlns="x"> <b> &lt;&#x41;&#66;&amp;amp; </b></a>'), 'a')
  assert.equal(textOf(node, 'b'), ' <AB&amp; ')
  for (const text of ['<a>&x;</a>', '<!DOCTYPE a><a/>', '<a>', '<b/>', '', '<a>&#0;</a>', '<a/><a/>']) {
    assert.throws(() => readXml(Buffer.from(text), 'a'), { code: 'MalformedXML' }, text)
  }
})

test('XML of more tags than a document can need, or of a tag without end, is not parsed', () => {
  const read = (text: string, most?: number) => readXml(Buffer.from(text), 'a', most)
  const many = `<a>${'<b/>'.repeat(9_998)}</a>`
  assert.equal(read(many).children['b']?.length, 9_998)
  assert.throws(() => read(`<a>${'<b/>'.repeat(9_999)}</a>`), { code: 'MalformedXML', detail: 'too many tags' })
  assert.equal(read(`<a>${'<b/>'.repeat(9_999)}</a>`, 20_000).children['b']?.length, 9_999)
  for (const text of [`<a ${'b="c" '.repeat(200)}/>`, `<${'a'.repeat(2_000)}/>`, `<a${' '.repeat(2_000)}/>`])
    assert.throws(() => read(text), { code: 'MalformedXML', detail: 'a long tag' })
})
