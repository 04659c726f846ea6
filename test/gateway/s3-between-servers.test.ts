/** Copies from one server to another: out of the store here, into it, and between two servers behind the gateway. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { upstream } from '../support/gateway.ts'
import { allowing, assume, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const test1 = { accessKeyId: 'test', secretAccessKey: 'test' }
/** Where copies go from and to: here, and on two servers behind. */
const ways = [
  ['near', 'one-far'],
  ['one-far', 'near'],
  ['one-far', 'two-far'],
] as const

describe('copies between servers', { timeout: 120_000 }, () => {
  let one: TestServer
  let two: TestServer
  let server: TestServer
  before(async () => {
    one = await startTestServer({ settings: { account: '111111111111' } })
    two = await startTestServer({ settings: { account: '222222222222' } })
    const rows = [
      upstream(one.endpoint, { match: 'one-*', keys: test1 }),
      upstream(two.endpoint, { match: 'two-*', keys: test1, trailers: false }),
    ]
    server = await startTestServer({ settings: { upstreams: { s3: rows } } })
    for (const Bucket of ['near', 'one-far', 'one-also', 'two-far'])
      await s3().send(new CreateBucketCommand({ Bucket }))
  })
  after(async () => {
    await server?.close()
    await one?.close()
    await two?.close()
  })
  const s3 = () => server.clients.s3
  const copy = (input: CopyObjectCommandInput) => s3().send(new CopyObjectCommand(input))
  const read = async (Bucket: string, Key: string) => {
    const got = await s3().send(new GetObjectCommand({ Bucket, Key }))
    return { ...got, bytes: Buffer.from((await got.Body?.transformToByteArray()) ?? []) }
  }
  const about = {
    ...{ ContentType: 'text/plain', CacheControl: 'max-age=1', ContentDisposition: 'inline', ContentLanguage: 'de' },
    ...{ ContentEncoding: 'x-odd', Metadata: { who: 'me', odd: 'a b;c' } },
  }
  const aboutOf = (object: Partial<typeof about>) =>
    Object.fromEntries(Object.keys(about).map((name) => [name, object[name as keyof typeof about]]))
  const tagsOf = async (Bucket: string, Key: string) =>
    (await s3().send(new GetObjectTaggingCommand({ Bucket, Key }))).TagSet

  test('buckets behind are made, found and removed there', async () => {
    const Bucket = 'one-made'
    await s3().send(new CreateBucketCommand({ Bucket }))
    assert.equal((await one.clients.s3.send(new HeadBucketCommand({ Bucket }))).$metadata.httpStatusCode, 200)
    await s3().send(new HeadBucketCommand({ Bucket }))
    await s3().send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))
    await assert.rejects(s3().send(new DeleteBucketCommand({ Bucket })), { name: 'BucketNotEmpty' })
    await s3().send(new CreateBucketCommand({ Bucket: 'one-empty' }))
    await s3().send(new DeleteBucketCommand({ Bucket: 'one-empty' }))
    await assert.rejects(s3().send(new HeadBucketCommand({ Bucket: 'one-empty' })), { name: 'NotFound' })
  })

  for (const [from, to] of ways) {
    test(`from ${from} to ${to} go bytes, headers, metadata and tags, or the copy's own`, async () => {
      const body = randomBytes(700_001)
      const Key = 'folder/a b+ü?%.txt'
      const source = { Bucket: from, Key, Body: body, ...about, Tagging: 'color=dark%20red&odd=1%2B1' }
      const put = await s3().send(new PutObjectCommand(source))
      const CopySource = `${from}/${encodeURIComponent(Key)}`
      const made = await copy({ Bucket: to, Key: 'copied', CopySource })
      assert.equal(made.CopyObjectResult?.ETag, put.ETag)
      assert.ok(made.CopyObjectResult?.LastModified instanceof Date)
      const got = await read(to, 'copied')
      assert.ok(got.bytes.equals(body))
      assert.deepEqual(aboutOf(got as never), about)
      assert.deepEqual(await tagsOf(to, 'copied'), [
        { Key: 'color', Value: 'dark red' },
        { Key: 'odd', Value: '1+1' },
      ])

      await copy({
        ...{ Bucket: to, Key: 'renewed', CopySource, MetadataDirective: 'REPLACE', TaggingDirective: 'REPLACE' },
        ...{ ContentType: 'image/png', Metadata: { other: '1' }, Tagging: 'only=this' },
      })
      const renewed = await read(to, 'renewed')
      assert.deepEqual([renewed.ContentType, renewed.CacheControl], ['image/png', undefined])
      assert.deepEqual([renewed.Metadata, renewed.bytes.length], [{ other: '1' }, body.length])
      assert.deepEqual(await tagsOf(to, 'renewed'), [{ Key: 'only', Value: 'this' }])
      await s3().send(new PutObjectCommand({ Bucket: from, Key: 'empty', Body: '' }))
      await copy({ Bucket: to, Key: 'empty', CopySource: `${from}/empty` })
      assert.equal((await read(to, 'empty')).bytes.length, 0)
    })

    test(`from ${from} to ${to} conditions hold on both sides, and absence is told`, async () => {
      const put = await s3().send(new PutObjectCommand({ Bucket: from, Key: 'source', Body: 'body' }))
      const to1 = { Bucket: to, Key: `conditional-${from}`, CopySource: `${from}/source` }
      const failed = { name: 'PreconditionFailed' }
      await assert.rejects(copy({ ...to1, CopySourceIfMatch: '"other"' }), failed)
      await assert.rejects(copy({ ...to1, CopySourceIfNoneMatch: put.ETag }), failed)
      await assert.rejects(copy({ ...to1, CopySourceIfUnmodifiedSince: new Date(0) }), failed)
      await assert.rejects(s3().send(new HeadObjectCommand({ Bucket: to, Key: to1.Key })), { name: 'NotFound' })
      await copy({ ...to1, CopySourceIfMatch: put.ETag, IfNoneMatch: '*' })
      await assert.rejects(copy({ ...to1, IfNoneMatch: '*' }), failed)
      await assert.rejects(copy({ ...to1, CopySource: `${from}/nothing` }), { name: 'NoSuchKey' })
      await assert.rejects(copy({ ...to1, CopySource: `${from.replace('far', 'none')}s/nothing` }), {
        name: 'NoSuchBucket',
      })
      await assert.rejects(copy({ ...to1, MetadataDirective: 'ODD' as never }), { name: 'InvalidArgument' })
    })

    test(`from ${from} to ${to} parts are copied, whole and by range`, async () => {
      const body = randomBytes(6 * 1024 * 1024 + 17)
      await s3().send(new PutObjectCommand({ Bucket: from, Key: 'large', Body: body }))
      const upload = { Bucket: to, Key: 'joined' }
      const { UploadId } = await s3().send(new CreateMultipartUploadCommand(upload))
      const part = (PartNumber: number, CopySourceRange?: string) =>
        s3().send(
          new UploadPartCopyCommand({ ...upload, UploadId, PartNumber, CopySource: `${from}/large`, CopySourceRange }),
        )
      const first = await part(1, `bytes=0-${5 * 1024 * 1024 - 1}`)
      const md5 = createHash('md5').update(body.subarray(0, 5 * 1024 * 1024))
      assert.equal(first.CopyPartResult?.ETag, `"${md5.digest('hex')}"`)
      const second = await part(2)
      await assert.rejects(part(3, 'bytes=0-99999999'), { name: 'InvalidArgument' })
      await assert.rejects(part(3, 'bytes=9-'), { name: 'InvalidArgument' })
      const Parts = [first, second].map(({ CopyPartResult }, index) => ({
        ETag: CopyPartResult?.ETag,
        PartNumber: index + 1,
      }))
      await s3().send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload: { Parts } }))
      const got = await read(to, 'joined')
      assert.ok(got.bytes.equals(Buffer.concat([body.subarray(0, 5 * 1024 * 1024), body])))
    })
  }

  // A server copies between its own buckets by itself, with the rights of the gateway.
  for (const [from, to] of [...ways, ['one-far', 'one-also'], ['near', 'near']] as const) {
    test(`from ${from} to ${to} only what may be read is copied, only with tags that may be set`, async () => {
      const tagged = { Bucket: from, Key: 'tagged', Body: 'x', Tagging: 'secret=no' }
      await s3().send(new PutObjectCommand(tagged))
      const arn = (bucket: string, key = '*') => `arn:aws:s3:::${bucket}/${key}`
      const policy = document(
        { Effect: 'Allow', Action: 's3:GetObject', Resource: [arn(from, 'tagged'), arn(from, 'source')] },
        { Effect: 'Allow', Action: 's3:PutObject', Resource: arn(to) },
      )
      const role = await makeRole(server.clients, `copier-${from}-${to}`, { policy })
      const user = (await assume(server, server.clients, role)).s3
      const as = (source: string) =>
        user.send(new CopyObjectCommand({ Bucket: to, Key: 'by-user', CopySource: `${from}/${source}` }))
      await as('source')
      const Copy = { Bucket: to, Key: 'untagged', CopySource: `${from}/tagged`, TaggingDirective: 'REPLACE' } as const
      await user.send(new CopyObjectCommand(Copy))
      await assert.rejects(
        user.send(new CopyObjectCommand({ ...Copy, Tagging: 'own=yes' })),
        /not authorized to perform: s3:PutObjectTagging/,
      )
      await assert.rejects(
        as('large'),
        /not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::[\w-]+\/large"/,
      )
      await assert.rejects(as('tagged'), /not authorized to perform: s3:GetObjectTagging/)
      const PolicyDocument = allowing('s3:GetObjectTagging', arn(from, 'tagged'))
      const RoleName = `copier-${from}-${to}`
      await server.clients.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'tags', PolicyDocument }))
      await assert.rejects(as('tagged'), /not authorized to perform: s3:PutObjectTagging/)
      await assert.rejects(as('nothing'), { name: 'AccessDenied' })
    })
  }

  test('a checksum that is asked for is computed on the way, where the server takes one at the end of a body', async () => {
    await s3().send(new PutObjectCommand({ Bucket: 'near', Key: 'summed', Body: 'sum me' }))
    const asked = { Key: 'summed', CopySource: 'near/summed', ChecksumAlgorithm: 'SHA256' } as const
    const made = await copy({ Bucket: 'one-far', ...asked })
    const sum = createHash('sha256').update('sum me').digest('base64')
    assert.equal(made.CopyObjectResult?.ChecksumSHA256, sum)
    const head = await s3().send(new HeadObjectCommand({ Bucket: 'one-far', Key: 'summed', ChecksumMode: 'ENABLED' }))
    assert.equal(head.ChecksumSHA256, sum)
    await assert.rejects(copy({ Bucket: 'two-far', ...asked }), { name: 'NotImplemented' })
  })

  test('a version is read by its id, and both ids are told', async () => {
    for (const Bucket of ['near', 'one-far']) {
      const VersioningConfiguration = { Status: 'Enabled' } as const
      await s3().send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }))
    }
    for (const [from, to] of [ways[0], ways[1]]) {
      const old = await s3().send(new PutObjectCommand({ Bucket: from, Key: 'versioned', Body: 'old' }))
      await s3().send(new PutObjectCommand({ Bucket: from, Key: 'versioned', Body: 'new' }))
      const CopySource = `${from}/versioned?versionId=${old.VersionId}`
      const made = await copy({ Bucket: to, Key: 'of-version', CopySource })
      assert.equal(made.CopySourceVersionId, old.VersionId)
      assert.ok(made.VersionId)
      assert.equal((await read(to, 'of-version')).bytes.toString(), 'old')
    }
  })
})
