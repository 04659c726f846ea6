import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketAclCommand,
  GetBucketEncryptionCommand,
  GetBucketLocationCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketLoggingCommand,
  PutObjectCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
  await server.clients.s3.send(new CreateBucketCommand({ Bucket: 'photos' }))
})
after(() => server.close())

const Bucket = 'photos'
const put = (Key: string, Body: string | Uint8Array | Readable, more: object = {}) =>
  server.clients.s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))
const get = async (Key: string, more: object = {}) => {
  const answer = await server.clients.s3.send(new GetObjectCommand({ Bucket, Key, ...more }))
  return { answer, body: Buffer.from(await answer.Body!.transformToByteArray()) }
}
const named = (name: string) => (error: Error) => error.name === name

test('an object comes back as it was put, with its headers and metadata', async () => {
  const about = {
    ContentType: 'image/png',
    CacheControl: 'max-age=60',
    ContentDisposition: 'attachment',
    ContentLanguage: 'de',
    Metadata: { colour: 'red' },
  }
  const made = await put('a/b c+d/ü%2F.png', 'hello', about)
  assert.equal(made.ETag, '"5d41402abc4b2a76b9719d911017c592"')
  assert.equal(made.ChecksumType, 'FULL_OBJECT')
  const { answer, body } = await get('a/b c+d/ü%2F.png')
  assert.equal(body.toString(), 'hello')
  assert.equal(answer.ContentLength, 5)
  assert.equal(answer.ChecksumCRC32, made.ChecksumCRC32)
  for (const [name, value] of Object.entries(about)) assert.deepEqual(answer[name as keyof typeof answer], value)
})

test('a streamed object larger than a row comes back whole and in ranges', async () => {
  const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 31) & 0xff))
  const pieces = Array.from({ length: 30 }, (_, index) => bytes.subarray(index * 10_000, (index + 1) * 10_000))
  await put('large', Readable.from(pieces), { ContentLength: bytes.length })
  assert.deepEqual((await get('large')).body, bytes)
  const middle = await get('large', { Range: 'bytes=100000-299000' })
  assert.deepEqual(middle.body, bytes.subarray(100_000, 299_001))
  assert.equal(middle.answer.ContentRange, 'bytes 100000-299000/300000')
  assert.deepEqual((await get('large', { Range: 'bytes=-7' })).body, bytes.subarray(-7))
  await assert.rejects(get('large', { Range: 'bytes=300000-' }), named('InvalidRange'))
})

test('an empty object is an object', async () => {
  await put('empty', '')
  const { body, answer } = await get('empty')
  assert.equal(body.length, 0)
  assert.equal(answer.ETag, '"d41d8cd98f00b204e9800998ecf8427e"')
  await assert.rejects(get('empty', { Range: 'bytes=0-0' }), named('InvalidRange'))
})

test('HEAD tells what GET would, without a body, and 404 for what is absent', async () => {
  await put('head', 'twelve bytes', { Metadata: { a: 'b' } })
  const head = await server.clients.s3.send(new HeadObjectCommand({ Bucket, Key: 'head', ChecksumMode: 'ENABLED' }))
  assert.equal(head.ContentLength, 12)
  assert.deepEqual(head.Metadata, { a: 'b' })
  assert.ok(head.ChecksumCRC32)
  await assert.rejects(server.clients.s3.send(new HeadObjectCommand({ Bucket, Key: 'absent' })), named('NotFound'))
})

test('conditional reads answer 304 or 412', async () => {
  const { ETag } = await put('conditional', 'x')
  await assert.rejects(get('conditional', { IfMatch: '"other"' }), named('PreconditionFailed'))
  await assert.rejects(
    get('conditional', { IfNoneMatch: ETag }),
    (error: { $metadata?: { httpStatusCode?: number } }) => {
      return error.$metadata?.httpStatusCode === 304
    },
  )
  assert.equal((await get('conditional', { IfMatch: ETag })).body.toString(), 'x')
  // RFC 9110 13.1.1: whoever relies on the very bytes compares strongly.
  const weak = `W/${ETag}`
  await assert.rejects(get('conditional', { IfMatch: weak }), named('PreconditionFailed'))
  await assert.rejects(put('conditional', 'y', { IfMatch: weak }), named('PreconditionFailed'))
  const remove = new DeleteObjectCommand({ Bucket, Key: 'conditional', IfMatch: weak })
  await assert.rejects(server.clients.s3.send(remove), named('PreconditionFailed'))
  for (const IfNoneMatch of [weak, `"other", ${weak}`])
    await assert.rejects(
      get('conditional', { IfNoneMatch }),
      (error: { $metadata?: { httpStatusCode?: number } }) => error.$metadata?.httpStatusCode === 304,
    )
  await assert.rejects(get('conditional', { IfUnmodifiedSince: new Date(0) }), named('PreconditionFailed'))
})

test('a range is of the object that its reader has parts of, or all is sent', async () => {
  const { ETag = '' } = await put('resumed', 'abcdef')
  const { LastModified } = await server.clients.s3.send(new HeadObjectCommand({ Bucket, Key: 'resumed' }))
  const url = await getSignedUrl(server.clients.s3, new GetObjectCommand({ Bucket, Key: 'resumed' }))
  const date = LastModified?.toUTCString() ?? ''
  const earlier = new Date(Number(LastModified) - 1000).toUTCString()
  for (const [had, told] of [
    [ETag, 'def'],
    [date, 'def'],
    ['"other"', 'abcdef'],
    [`W/${ETag}`, 'abcdef'],
    [earlier, 'abcdef'],
    ['nonsense', 'abcdef'],
  ] as const) {
    const answer = await fetch(url, { headers: { range: 'bytes=3-', 'if-range': had } })
    assert.deepEqual([answer.status, await answer.text()], [told === 'def' ? 206 : 200, told], had)
  }
  const whole = await fetch(url, { headers: { 'if-range': '"other"' } })
  assert.equal(await whole.text(), 'abcdef')
})

test('If-None-Match: * never overwrites, If-Match overwrites only what it names', async () => {
  const { ETag } = await put('guarded', 'first', { IfNoneMatch: '*' })
  await assert.rejects(put('guarded', 'second', { IfNoneMatch: '*' }), named('PreconditionFailed'))
  await put('guarded', 'third', { IfMatch: ETag })
  await assert.rejects(put('guarded', 'fourth', { IfMatch: ETag }), named('PreconditionFailed'))
  assert.equal((await get('guarded')).body.toString(), 'third')
  await assert.rejects(put('guarded-absent', 'x', { IfMatch: ETag }), named('NoSuchKey'))
})

test('of parallel writers that want to be the first, one is', async () => {
  const attempts = await Promise.allSettled(
    Array.from({ length: 12 }, (_, index) => put('race', `${index}`, { IfNoneMatch: '*' })),
  )
  assert.equal(attempts.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('parallel overwrites always leave one whole object, small or large', async () => {
  const sizes = [10, 20_000, 700_000]
  const writing = sizes.flatMap((size) => [1, 2, 3].map((byte) => put('contested', Buffer.alloc(size, byte))))
  const reading = Array.from({ length: 10 }, () => get('contested').catch(() => undefined))
  for (const read of [...(await Promise.all(reading)), await Promise.all(writing).then(() => get('contested'))]) {
    if (!read) continue
    assert.ok(sizes.includes(read.body.length))
    assert.ok(read.body.every((byte) => byte === read.body[0]))
  }
})

test('a wrong checksum or MD5 refuses the new object and keeps the old', async () => {
  await put('kept', 'old')
  await assert.rejects(put('kept', 'new', { ChecksumCRC32: 'AAAAAA==' }), named('BadDigest'))
  await assert.rejects(put('kept', 'new', { ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }), named('BadDigest'))
  await assert.rejects(put('kept', Buffer.alloc(100_000), { ChecksumSHA256: `${'A'.repeat(43)}=` }), named('BadDigest'))
  await assert.rejects(put('kept', 'new', { ContentMD5: 'short' }), named('InvalidDigest'))
  assert.equal((await get('kept')).body.toString(), 'old')
})

for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256', 'CRC64NVME'] as const) {
  test(`${ChecksumAlgorithm} is verified in the header and in the trailer`, async () => {
    // The SDK computes CRC64NVME with a native package only.
    if (ChecksumAlgorithm === 'CRC64NVME') {
      const made = await put('sum', '123456789', { ChecksumCRC64NVME: 'rosUhgp5mIg=' })
      assert.equal(made.ChecksumCRC64NVME, 'rosUhgp5mIg=')
      await assert.rejects(put('sum', '123456780', { ChecksumCRC64NVME: 'rosUhgp5mIg=' }), named('BadDigest'))
      return
    }
    const small = await put('sum', 'small', { ChecksumAlgorithm })
    assert.ok(small[`Checksum${ChecksumAlgorithm}`])
    const bytes = Buffer.alloc(70_000, 7)
    const streamed = await put('sum', Readable.from([bytes]), { ChecksumAlgorithm, ContentLength: bytes.length })
    assert.ok(streamed[`Checksum${ChecksumAlgorithm}`])
    assert.deepEqual((await get('sum')).body, bytes)
  })
}

test('keys are names, not paths: dots, slashes and escapes reach nothing but themselves', async () => {
  const keys = ['../x', '../../etc/passwd', './y', 'a//b', '%2e%2e/z', 'C:\\x', 'ends/', ' ', "quote'", '😀', '<&>"']
  for (const key of keys) await put(`traversal/${key}`, key)
  for (const key of keys) assert.equal((await get(`traversal/${key}`)).body.toString(), key)
  const listed = await server.clients.s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'traversal/' }))
  assert.deepEqual(new Set(listed.Contents?.map(({ Key }) => Key)), new Set(keys.map((key) => `traversal/${key}`)))
})

test('a key of 1,024 bytes is stored, a longer one and one with NUL are refused', async () => {
  await put('k'.repeat(1024), 'x')
  await assert.rejects(put('k'.repeat(1025), 'x'), named('KeyTooLongError'))
  await assert.rejects(put('nul\0', 'x'), named('InvalidURI'))
})

test('a condition on time or size of what is deleted is refused, never ignored', async () => {
  await put('conditional-delete', 'x')
  const remove = (more: object) =>
    server.clients.s3.send(new DeleteObjectCommand({ Bucket, Key: 'conditional-delete', ...more }))
  await assert.rejects(remove({ IfMatchSize: 7 }), named('NotImplemented'))
  await assert.rejects(remove({ IfMatchLastModifiedTime: new Date(0) }), named('NotImplemented'))
  assert.equal((await get('conditional-delete')).body.toString(), 'x')
})

test('a redirect leads to a page of the bucket or of the web', async () => {
  for (const location of ['/page.html', 'http://a.example/', 'https://a.example/'])
    await put('moved', 'x', { WebsiteRedirectLocation: location })
  for (const location of ['page.html', 'javascript:alert(1)', 'ftp://a.example/'])
    await assert.rejects(put('moved', 'x', { WebsiteRedirectLocation: location }), named('InvalidRedirectLocation'))
})

test('metadata beyond two kilobytes is refused', async () => {
  await assert.rejects(put('fat', 'x', { Metadata: { a: 'b'.repeat(2048) } }), named('MetadataTooLarge'))
})

test('listing folds at the delimiter and pages in byte order', async () => {
  const { s3 } = server.clients
  await s3.send(new CreateBucketCommand({ Bucket: 'lists' }))
  const keys = ['a/1', 'a/2', 'a/b/3', 'b', 'c/4', 'd', '\uff61', '\u{1f600}']
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket: 'lists', Key, Body: '' }))
  const all = await s3.send(new ListObjectsV2Command({ Bucket: 'lists' }))
  assert.deepEqual(
    all.Contents?.map(({ Key }) => Key),
    keys,
  )
  assert.equal(all.KeyCount, 8)
  const folded = await s3.send(new ListObjectsV2Command({ Bucket: 'lists', Delimiter: '/' }))
  assert.deepEqual(folded.CommonPrefixes, [{ Prefix: 'a/' }, { Prefix: 'c/' }])
  assert.deepEqual(
    folded.Contents?.map(({ Key }) => Key),
    ['b', 'd', '\uff61', '\u{1f600}'],
  )
  const inner = await s3.send(new ListObjectsV2Command({ Bucket: 'lists', Delimiter: '/', Prefix: 'a/' }))
  assert.deepEqual(
    inner.Contents?.map(({ Key }) => Key),
    ['a/1', 'a/2'],
  )
  assert.deepEqual(inner.CommonPrefixes, [{ Prefix: 'a/b/' }])
  const pages: string[][] = []
  for await (const page of paginateListObjectsV2({ client: s3, pageSize: 2 }, { Bucket: 'lists', Delimiter: '/' })) {
    pages.push([
      ...(page.Contents ?? []).map(({ Key }) => Key!),
      ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix!),
    ])
  }
  assert.deepEqual(pages, [
    ['b', 'a/'],
    ['d', 'c/'],
    ['\uff61', '\u{1f600}'],
  ])
  const after = await s3.send(
    new ListObjectsV2Command({ Bucket: 'lists', StartAfter: 'b', MaxKeys: 1, FetchOwner: true }),
  )
  assert.deepEqual(
    after.Contents?.map(({ Key }) => Key),
    ['c/4'],
  )
  assert.equal(after.Contents?.[0]?.Owner?.ID, '000000000000')
  const old = await s3.send(new ListObjectsCommand({ Bucket: 'lists', Delimiter: '/', MaxKeys: 1 }))
  assert.equal(old.NextMarker, 'a/')
  const next = await s3.send(new ListObjectsCommand({ Bucket: 'lists', Delimiter: '/', MaxKeys: 1, Marker: 'a/' }))
  assert.deepEqual(
    next.Contents?.map(({ Key }) => Key),
    ['b'],
  )
  const none = await s3.send(new ListObjectsV2Command({ Bucket: 'lists', MaxKeys: 0 }))
  assert.deepEqual([none.KeyCount, none.IsTruncated], [0, false])
  await assert.rejects(
    s3.send(new ListObjectsV2Command({ Bucket: 'lists', ContinuationToken: 'xx' })),
    named('InvalidArgument'),
  )
  await assert.rejects(s3.send(new ListObjectsV2Command({ Bucket: 'lists', MaxKeys: -1 })), named('InvalidArgument'))
})

test('deleting is done once and again, and many at a time', async () => {
  const { s3 } = server.clients
  for (const key of ['x1', 'x2', ' spaced &amp; ']) await put(key, key)
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'x1' }))
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'x1' }))
  await assert.rejects(get('x1'), named('NoSuchKey'))
  const Objects = ['x2', ' spaced &amp; ', 'absent'].map((Key) => ({ Key }))
  const answer = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
  assert.deepEqual(
    answer.Deleted?.map(({ Key }) => Key),
    Objects.map(({ Key }) => Key),
  )
  await assert.rejects(get(' spaced &amp; '), named('NoSuchKey'))
  const quiet = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }))
  assert.equal(quiet.Deleted, undefined)
})

test('a copy carries bytes and metadata, or replaces the metadata', async () => {
  const { s3 } = server.clients
  await put('origin ü', Buffer.alloc(50_000, 5), { ContentType: 'text/x', Metadata: { a: '1' } })
  const CopySource = `${Bucket}/${encodeURIComponent('origin ü')}`
  const copied = await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }))
  assert.ok(copied.CopyObjectResult?.ETag)
  const same = await get('copy')
  assert.equal(same.body.length, 50_000)
  assert.deepEqual([same.answer.ContentType, same.answer.Metadata], ['text/x', { a: '1' }])
  const replacing = { MetadataDirective: 'REPLACE' as const, Metadata: { b: '2' } }
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/copy`, ...replacing }))
  assert.deepEqual((await get('copy')).answer.Metadata, { b: '2' })
  await assert.rejects(
    s3.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/copy` })),
    named('InvalidRequest'),
  )
  // A redirect is told by each request anew, and is a change of its own.
  const here = { Bucket, Key: 'copy', CopySource: `${Bucket}/copy`, WebsiteRedirectLocation: '/elsewhere' }
  await s3.send(new CopyObjectCommand(here))
  assert.deepEqual((await get('copy')).answer.WebsiteRedirectLocation, '/elsewhere')
  assert.deepEqual((await get('copy')).answer.Metadata, { b: '2' })
  await s3.send(new CopyObjectCommand({ Bucket, Key: 'copy3', CopySource: `${Bucket}/copy` }))
  assert.equal((await get('copy3')).answer.WebsiteRedirectLocation, undefined)
  const guarded = { Bucket, Key: 'copy2', CopySource, CopySourceIfMatch: '"other"' }
  await assert.rejects(s3.send(new CopyObjectCommand(guarded)), named('PreconditionFailed'))
  await assert.rejects(
    s3.send(new CopyObjectCommand({ Bucket, Key: 'z', CopySource: `${Bucket}/absent` })),
    named('NoSuchKey'),
  )
})

test('buckets are made once, listed, located, and removed when empty', async () => {
  const { s3 } = server.clients
  await s3.send(new CreateBucketCommand({ Bucket: 'second' }))
  await s3.send(new CreateBucketCommand({ Bucket: 'second' }))
  const { Buckets } = await s3.send(new ListBucketsCommand({}))
  assert.ok(Buckets?.some(({ Name }) => Name === 'second'))
  await s3.send(new HeadBucketCommand({ Bucket: 'second' }))
  assert.equal((await s3.send(new GetBucketLocationCommand({ Bucket: 'second' }))).LocationConstraint, undefined)
  await s3.send(new PutObjectCommand({ Bucket: 'second', Key: 'k', Body: '' }))
  await assert.rejects(s3.send(new DeleteBucketCommand({ Bucket: 'second' })), named('BucketNotEmpty'))
  await s3.send(new DeleteObjectCommand({ Bucket: 'second', Key: 'k' }))
  await s3.send(new DeleteBucketCommand({ Bucket: 'second' }))
  await assert.rejects(s3.send(new ListObjectsV2Command({ Bucket: 'second' })), named('NoSuchBucket'))
  await assert.rejects(s3.send(new PutObjectCommand({ Bucket: 'second', Key: 'k', Body: '' })), named('NoSuchBucket'))
})

test('a region takes its own buckets, and us-east-1 those of every region', async () => {
  const { s3 } = server.clients
  const create = (Bucket: string, LocationConstraint: string) =>
    s3.send(
      new CreateBucketCommand({
        Bucket,
        CreateBucketConfiguration: { LocationConstraint: LocationConstraint as 'eu-west-1' },
      }),
    )
  await create('regional', 'eu-west-1')
  const { LocationConstraint } = await s3.send(new GetBucketLocationCommand({ Bucket: 'regional' }))
  assert.equal(LocationConstraint, 'eu-west-1')
  assert.equal((await s3.send(new HeadBucketCommand({ Bucket: 'regional' }))).BucketRegion, 'eu-west-1')
  await assert.rejects(create('nowhere', 'us-east-1'), named('InvalidLocationConstraint'))
  await assert.rejects(create('nowhere', 'a\nb: c'), named('InvalidLocationConstraint'))
})

test('names of our own paths and names that AWS refuses are no bucket names', async () => {
  for (const name of ['mailbox', 'oauth2', 'Upper', 'a', '192.168.0.1', 'a..b', 'xn--x']) {
    await assert.rejects(server.clients.s3.send(new CreateBucketCommand({ Bucket: name })), named('InvalidBucketName'))
  }
})

test('questions for settings that buckets lack are answered truthfully, and setting them is refused by name', async () => {
  const { s3 } = server.clients
  assert.equal((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status, undefined)
  const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket, MaxKeys: 1 }))
  assert.deepEqual([Versions?.[0]?.VersionId, Versions?.[0]?.IsLatest], ['null', true])
  await assert.rejects(s3.send(new GetBucketTaggingCommand({ Bucket })), named('NoSuchTagSet'))
  const { ServerSideEncryptionConfiguration } = await s3.send(new GetBucketEncryptionCommand({ Bucket }))
  assert.equal(
    ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm,
    'AES256',
  )
  assert.equal((await s3.send(new GetBucketAclCommand({ Bucket }))).Grants?.[0]?.Permission, 'FULL_CONTROL')
  await put('untagged', 'x')
  assert.deepEqual((await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'untagged' }))).TagSet, [])
  await assert.rejects(s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'absent' })), named('NoSuchKey'))
  await assert.rejects(get('untagged', { VersionId: 'v1' }), named('InvalidArgument'))
  await assert.rejects(get('untagged', { VersionId: 'a'.repeat(32) }), named('NoSuchVersion'))
  await assert.rejects(
    s3.send(new PutBucketLoggingCommand({ Bucket, BucketLoggingStatus: {} })),
    (error: Error) => error.name === 'NotImplemented' && error.message.includes('PutBucketLogging'),
  )
  assert.equal((await get('untagged')).body.toString(), 'x')
  await assert.rejects(put('sealed', 'x', { ServerSideEncryption: 'aws:kms' }), named('NotImplemented'))
  await assert.rejects(put('acl', 'x', { ACL: 'public-read' }), named('AccessControlListNotSupported'))
})

test('a signed reader may choose the headers of the answer', async () => {
  await put('chosen', 'x', { ContentType: 'text/plain' })
  const { answer } = await get('chosen', { ResponseContentType: 'text/html', ResponseContentDisposition: 'inline' })
  assert.deepEqual([answer.ContentType, answer.ContentDisposition], ['text/html', 'inline'])
  const { Body } = await server.clients.s3.send(new GetObjectCommand({ Bucket, Key: 'chosen' }))
  assert.equal((await buffer(Body as Readable)).toString(), 'x')
})
