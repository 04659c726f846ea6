/** Buckets that a real MinIO keeps behind the gateway. Skipped where no `minio` is on the path. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { freePort } from '../support/free-port.ts'
import { upstream } from '../support/gateway.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const has = spawnSync('minio', ['--version']).status === 0
const keys = { accessKeyId: 'behind-key', secretAccessKey: 'behind-secret' }
const [far, other, near] = ['far-one', 'far-other', 'near']

describe('MinIO behind the gateway', { skip: has ? false : 'minio is not on the path', timeout: 120_000 }, () => {
  let folder: string
  let minio: ChildProcess
  let server: TestServer
  let s3: S3Client
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'poolhouse-minio-'))
    const [port, console] = [await freePort(), await freePort()]
    const at = ['--address', `127.0.0.1:${port}`, '--console-address', `127.0.0.1:${console}`]
    const env = { ...process.env, MINIO_ROOT_USER: keys.accessKeyId, MINIO_ROOT_PASSWORD: keys.secretAccessKey }
    minio = spawn('minio', ['server', folder, ...at], { stdio: 'ignore', env })
    const endpoint = `http://127.0.0.1:${port}`
    const ready = () =>
      fetch(`${endpoint}/minio/health/ready`)
        .then(({ ok }) => ok)
        .catch(() => false)
    await until(ready)
    const row = upstream(endpoint, { match: 'far-*', keys, region: 'us-east-1' })
    server = await startTestServer({ settings: { upstreams: { s3: [row] } } })
    s3 = server.clients.s3
    for (const Bucket of [far, other, near]) await s3.send(new CreateBucketCommand({ Bucket }))
  })
  after(async () => {
    await server?.close()
    minio?.kill()
    rmSync(folder, { recursive: true, force: true })
  })
  const read = async (Bucket: string, Key: string, VersionId?: string) => {
    const got = await s3.send(new GetObjectCommand({ Bucket, Key, ...(VersionId && { VersionId }) }))
    return { ...got, bytes: Buffer.from((await got.Body?.transformToByteArray()) ?? []) }
  }

  test('buckets are found, listed and kept while they hold something', async () => {
    await s3.send(new HeadBucketCommand({ Bucket: far }))
    const { Buckets } = await s3.send(new ListBucketsCommand({}))
    assert.deepEqual(
      Buckets?.map(({ Name }) => Name),
      [far, other, near],
    )
    await s3.send(new PutObjectCommand({ Bucket: far, Key: "a b/ü+(1)'*!%2F..txt", Body: 'x' }))
    await assert.rejects(s3.send(new DeleteBucketCommand({ Bucket: far })), { name: 'BucketNotEmpty' })
    await assert.rejects(s3.send(new HeadBucketCommand({ Bucket: 'far-none' })), { name: 'NotFound' })
  })

  test('streams with every checksum and uploads in parts arrive', async () => {
    const body = randomBytes(1_500_001)
    for (const ChecksumAlgorithm of ['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const) {
      const place = { Bucket: far, Key: `sum-${ChecksumAlgorithm}` }
      const pieces = [body.subarray(0, 700_000), body.subarray(700_000)]
      const sent = { ...place, Body: Readable.from(pieces), ContentLength: body.length, ChecksumAlgorithm }
      await s3.send(new PutObjectCommand(sent))
      assert.ok((await read(far, place.Key)).bytes.equals(body), ChecksumAlgorithm)
    }
    const large = randomBytes(11 * 1024 * 1024)
    await new Upload({ client: s3, params: { Bucket: far, Key: 'large', Body: Readable.from([large]) } }).done()
    assert.ok((await read(far, 'large')).bytes.equals(large))
  })

  for (const [from, to] of [
    [near, far],
    [far, near],
    [far, other],
  ] as const) {
    test(`copies from ${from} to ${to}, whole and in parts`, async () => {
      const body = randomBytes(5 * 1024 * 1024 + 1)
      const about = { ContentType: 'text/x', Metadata: { m: '1' } }
      await s3.send(new PutObjectCommand({ Bucket: from, Key: 'source ü', Body: body, ...about, Tagging: 'a=b%2Bc' }))
      const CopySource = `${from}/${encodeURIComponent('source ü')}`
      const copied = await s3.send(new CopyObjectCommand({ Bucket: to, Key: 'target', CopySource }))
      assert.equal(copied.CopyObjectResult?.ETag, `"${createHash('md5').update(body).digest('hex')}"`)
      const got = await read(to, 'target')
      assert.ok(got.bytes.equals(body))
      assert.deepEqual([got.ContentType, got.Metadata], [about.ContentType, about.Metadata])
      const { TagSet } = await s3.send(new GetObjectTaggingCommand({ Bucket: to, Key: 'target' }))
      assert.deepEqual(TagSet, [{ Key: 'a', Value: 'b+c' }])
      const upload = { Bucket: to, Key: 'joined' }
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand(upload))
      const part = async (PartNumber: number, CopySourceRange?: string) => {
        const asked = { ...upload, UploadId, PartNumber, CopySource, CopySourceRange }
        return { PartNumber, ETag: (await s3.send(new UploadPartCopyCommand(asked))).CopyPartResult?.ETag }
      }
      const Parts = [await part(1), await part(2, 'bytes=1-9')]
      await s3.send(new CompleteMultipartUploadCommand({ ...upload, UploadId, MultipartUpload: { Parts } }))
      assert.ok((await read(to, 'joined')).bytes.equals(Buffer.concat([body, body.subarray(1, 10)])))
      const none = { Bucket: to, Key: 'none', CopySource: `${from}/none` }
      await assert.rejects(s3.send(new CopyObjectCommand(none)), { name: 'NoSuchKey' })
    })
  }

  test("browsers' forms, small and large", async () => {
    for (const size of [5, 2_000_003]) {
      const body = randomBytes(size)
      const Conditions: ['content-length-range', number, number][] = [['content-length-range', 1, 3_000_000]]
      const { url, fields } = await createPresignedPost(s3, { Bucket: far, Key: 'form', Conditions })
      const form = new FormData()
      for (const [name, value] of Object.entries(fields)) form.append(name, value)
      form.append('file', new Blob([new Uint8Array(body)]))
      const answer = await fetch(url, { method: 'POST', body: form })
      assert.equal(answer.status, 204, await answer.text())
      assert.ok((await read(far, 'form')).bytes.equals(body))
    }
  })

  test('versions are read and copied by their ids', async () => {
    const VersioningConfiguration = { Status: 'Enabled' } as const
    await s3.send(new PutBucketVersioningCommand({ Bucket: other, VersioningConfiguration }))
    const { VersionId } = await s3.send(new PutObjectCommand({ Bucket: other, Key: 'v', Body: 'old' }))
    await s3.send(new PutObjectCommand({ Bucket: other, Key: 'v', Body: 'new' }))
    assert.equal((await read(other, 'v', VersionId)).bytes.toString(), 'old')
    for (const Bucket of [near, other, far]) {
      const CopySource = `${other}/v?versionId=${VersionId}`
      await s3.send(new CopyObjectCommand({ Bucket, Key: 'old', CopySource }))
      assert.equal((await read(Bucket, 'old')).bytes.toString(), 'old')
    }
  })

  test('lists by page and deletes many', async () => {
    const names = ['l/1', 'l/2', 'l/x/3']
    for (const Key of names) await s3.send(new PutObjectCommand({ Bucket: far, Key, Body: '1' }))
    const asked = { Bucket: far, Prefix: 'l/', Delimiter: '/' }
    const first = await s3.send(new ListObjectsV2Command({ ...asked, MaxKeys: 2 }))
    assert.deepEqual([first.KeyCount, first.IsTruncated], [2, true])
    const next = { ...asked, ContinuationToken: first.NextContinuationToken }
    assert.equal((await s3.send(new ListObjectsV2Command(next))).CommonPrefixes?.[0]?.Prefix, 'l/x/')
    const Objects = names.map((Key) => ({ Key }))
    const gone = await s3.send(new DeleteObjectsCommand({ Bucket: far, Delete: { Objects } }))
    assert.equal(gone.Deleted?.length, 3)
  })
})
