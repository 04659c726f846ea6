import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type S3Client,
  type S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { graceMs, sweepObjects } from '../../src/gateway/s3/sweep.ts'
import { eachEngine } from '../support/databases.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const Bucket = 'kept'
const named = (name: string) => (error: Error) => error.name === name

/** A short way to say what each test does. */
function talk(s3: S3Client) {
  const text = async (Key: string, VersionId?: string) =>
    (await s3.send(new GetObjectCommand({ Bucket, Key, VersionId }))).Body?.transformToString()
  return {
    text,
    put: async (Key: string, Body: string | Buffer, more: object = {}) =>
      (await s3.send(new PutObjectCommand({ Bucket, Key, Body, ...more }))).VersionId,
    remove: (Key: string, VersionId?: string, more: object = {}) =>
      s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId, ...more })),
    set: (Status: 'Enabled' | 'Suspended') =>
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } })),
    /** Every version and marker, as `id`, `id*` for the latest, `-id` for a marker. */
    list: async (Prefix = '') => {
      const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix }))
      return {
        versions: Versions.map(({ VersionId, IsLatest }) => `${VersionId}${IsLatest ? '*' : ''}`),
        markers: DeleteMarkers.map(({ VersionId, IsLatest }) => `${VersionId}${IsLatest ? '*' : ''}`),
      }
    },
    keys: async () => ((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map(({ Key }) => Key),
  }
}

eachEngine((engine) => {
  const using = async (work: (server: TestServer, s3: S3Client) => Promise<void>) => {
    const server = await startTestServer({ database: await engine.open() })
    try {
      await server.clients.s3.send(new CreateBucketCommand({ Bucket }))
      await work(server, server.clients.s3)
    } finally {
      await server.close()
    }
  }

  test('a bucket with versions keeps what is overwritten and deleted, and gives it back by its id', () =>
    using(async (_, s3) => {
      const { put, text, remove, set, list, keys } = talk(s3)
      assert.equal(await put('a', 'before'), undefined)
      await set('Enabled')
      assert.equal((await s3.send(new GetBucketVersioningCommand({ Bucket }))).Status, 'Enabled')
      const first = await put('a', 'first')
      const second = await put('a', Buffer.alloc(40_000, 's'))
      assert.match(first ?? '', /^[\w-]{32}$/)
      assert.equal(await text('a', 'null'), 'before')
      assert.equal(await text('a', first), 'first')
      assert.equal((await text('a'))?.length, 40_000)
      assert.deepEqual(await list(), { versions: [`${second}*`, first, 'null'], markers: [] })

      const { VersionId: marker, DeleteMarker } = await remove('a')
      assert.equal(DeleteMarker, true)
      assert.deepEqual(await keys(), [])
      await assert.rejects(text('a'), named('NoSuchKey'))
      assert.deepEqual(await list(), { versions: [second, first, 'null'], markers: [`${marker}*`] })
      const told = (error: S3ServiceException) =>
        error.$response?.headers['x-amz-delete-marker'] === 'true' &&
        error.$response?.headers['x-amz-version-id'] === marker
      await assert.rejects(s3.send(new HeadObjectCommand({ Bucket, Key: 'a' })), told)
      await assert.rejects(text('a', marker), (error: S3ServiceException) => {
        return error.name === 'MethodNotAllowed' && error.$metadata.httpStatusCode === 405 && told(error)
      })

      // Without its marker the key means again what it meant.
      assert.equal((await remove('a', marker)).DeleteMarker, true)
      assert.equal((await text('a'))?.length, 40_000)
      await remove('a', second)
      assert.equal(await text('a'), 'first')
      await remove('a', first)
      assert.equal(await text('a'), 'before')
      await remove('a', 'null')
      assert.deepEqual(await list(), { versions: [], markers: [] })
      assert.equal((await remove('a', 'null')).$metadata.httpStatusCode, 204)
    }))

  test('with versions suspended, the one version named null is written over and others stay', () =>
    using(async (_, s3) => {
      const { put, text, remove, set, list } = talk(s3)
      await set('Enabled')
      const kept = await put('a', 'kept')
      await set('Suspended')
      assert.equal(await put('a', 'one'), 'null')
      assert.equal(await put('a', 'two'), 'null')
      assert.deepEqual(await list(), { versions: ['null*', kept], markers: [] })
      assert.equal((await remove('a')).VersionId, 'null')
      assert.deepEqual(await list(), { versions: [kept], markers: ['null*'] })
      assert.equal(await put('a', 'three'), 'null')
      assert.deepEqual(await list(), { versions: ['null*', kept], markers: [] })
      await set('Enabled')
      const latest = await put('a', 'four')
      assert.deepEqual(await list(), { versions: [`${latest}*`, 'null', kept], markers: [] })
      assert.equal(await text('a', 'null'), 'three')
    }))

  test('writers at the same time each leave a version, and exactly one is the latest', () =>
    using(async (_, s3) => {
      const { put, set, list, text } = talk(s3)
      await set('Enabled')
      const ids = await Promise.all(
        Array.from({ length: 12 }, (_, i) => put('a', i % 2 ? `v${i}` : Buffer.alloc(20_000, i))),
      )
      const { versions } = await list()
      assert.deepEqual(versions.map((one) => one.replace('*', '')).sort(), ids.sort())
      assert.equal(versions.filter((one) => one.endsWith('*')).length, 1)
      assert.ok(versions[0]?.endsWith('*'))
      for (const [i, id] of ids.entries()) assert.ok((await text('a', id)) !== undefined, `${i}`)
    }))

  test('versions are listed page by page, folded at the delimiter, also while they are being deleted', () =>
    using(async (_, s3) => {
      const { put, remove, set } = talk(s3)
      await set('Enabled')
      for (const key of ['a', 'b/1', 'b/2', 'c']) for (let i = 0; i < 3; i++) await put(key, `${i}`)
      await remove('c')
      const page = (more: object) => s3.send(new ListObjectVersionsCommand({ Bucket, ...more }))
      const seen: string[] = []
      let place: object = {}
      for (;;) {
        const answer = await page({ MaxKeys: 2, ...place })
        seen.push(
          ...(answer.Versions ?? []).map(({ Key }) => Key!),
          ...(answer.DeleteMarkers ?? []).map(({ Key }) => `-${Key}`),
        )
        if (!answer.IsTruncated) break
        place = { KeyMarker: answer.NextKeyMarker, VersionIdMarker: answer.NextVersionIdMarker }
      }
      assert.deepEqual(seen.sort(), ['-c', ...['a', 'b/1', 'b/2', 'c'].flatMap((key) => [key, key, key])])
      const folded = await page({ Delimiter: '/' })
      assert.deepEqual(
        folded.CommonPrefixes?.map(({ Prefix }) => Prefix),
        ['b/'],
      )
      assert.equal(folded.Versions?.length, 6)
      await assert.rejects(page({ VersionIdMarker: 'x'.repeat(32) }), named('InvalidArgument'))
      // As every script that empties a bucket does.
      place = {}
      for (;;) {
        const answer = await page({ MaxKeys: 5, ...place })
        const Objects = [...(answer.Versions ?? []), ...(answer.DeleteMarkers ?? [])].map(({ Key, VersionId }) => ({
          Key,
          VersionId,
        }))
        if (Objects.length > 0) await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
        if (!answer.IsTruncated) break
        place = { KeyMarker: answer.NextKeyMarker, VersionIdMarker: answer.NextVersionIdMarker }
      }
      await s3.send(new DeleteBucketCommand({ Bucket }))
    }))

  test('a version goes with its files, and only with its own; a bucket with versions is not empty', () =>
    using(async ({ world }, s3) => {
      const { put, remove, set, text } = talk(s3)
      await set('Enabled')
      const first = await put('a', Buffer.alloc(30_000, 'a'))
      const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'a' }))
      const part = { Bucket, Key: 'a', UploadId, PartNumber: 1 }
      const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body: Buffer.alloc(50_000, 'b') }))
      const done = { Bucket, Key: 'a', UploadId, MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] } }
      const { VersionId } = await s3.send(new CompleteMultipartUploadCommand(done))
      assert.match(VersionId ?? '', /^[\w-]{32}$/)
      const { VersionId: marker } = await remove('a')
      await assert.rejects(s3.send(new DeleteBucketCommand({ Bucket })), named('BucketNotEmpty'))
      const files = () =>
        readdirSync(join(world.settings.dataFolder, 'objects'), { recursive: true, withFileTypes: true }).filter(
          (one) => one.isFile(),
        ).length
      world.clock.advance(3 * graceMs)
      await sweepObjects(world)
      world.clock.advance(-3 * graceMs)
      assert.equal(files(), 2)
      await remove('a', first)
      assert.equal(files(), 1)
      assert.equal((await text('a', VersionId))?.length, 50_000)
      await remove('a', VersionId)
      await remove('a', marker)
      assert.equal(files(), 0)
      await s3.send(new DeleteBucketCommand({ Bucket }))
    }))
})

test('conditional writes look at the latest version, and a marker counts as absent', async () => {
  const server = await startTestServer()
  try {
    const { s3 } = server.clients
    await s3.send(new CreateBucketCommand({ Bucket }))
    const { put, remove, set, text, list } = talk(s3)
    await set('Enabled')
    await put('a', 'one', { IfNoneMatch: '*' })
    await assert.rejects(put('a', 'two', { IfNoneMatch: '*' }), named('PreconditionFailed'))
    const { ETag } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a' }))
    await put('a', 'two', { IfMatch: ETag })
    await assert.rejects(put('a', 'three', { IfMatch: ETag }), named('PreconditionFailed'))
    await assert.rejects(remove('a', undefined, { IfMatch: ETag }), named('PreconditionFailed'))
    await remove('a')
    await put('a', 'again', { IfNoneMatch: '*' })
    assert.equal(await text('a'), 'again')
    const { versions } = await list()
    assert.equal(versions.length, 3)
    // Of a version its own ETag counts, whatever the latest is.
    await remove('a')
    const first = versions.at(-1)
    await assert.rejects(remove('a', first, { IfMatch: '"other"' }), named('PreconditionFailed'))
    await remove('a', first, { IfMatch: `"${hash('md5', 'one')}"` })
    await assert.rejects(remove('a', first, { IfMatch: '*' }), named('NoSuchVersion'))
    const Objects = [{ Key: 'a', VersionId: versions.at(1), ETag: '"other"' }]
    const { Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }))
    assert.equal(Errors?.[0]?.Code, 'PreconditionFailed')
    assert.equal((await list()).versions.length, 2)
  } finally {
    await server.close()
  }
})

test('an earlier version can be copied, also onto its own key, and ids that are none are refused', async () => {
  const server = await startTestServer()
  try {
    const { s3 } = server.clients
    await s3.send(new CreateBucketCommand({ Bucket }))
    const { put, set, text, remove } = talk(s3)
    // Where versions were never kept, an id of a version must not reach the object.
    await put('plain', 'x')
    await remove('plain', 'a'.repeat(32))
    assert.equal(await text('plain'), 'x')
    await set('Enabled')
    const first = await put('a', 'first')
    await put('a', 'second')
    const copied = await s3.send(
      new CopyObjectCommand({ Bucket, Key: 'a', CopySource: `${Bucket}/a?versionId=${first}` }),
    )
    assert.equal(copied.CopySourceVersionId, first)
    assert.equal(await text('a'), 'first')
    const { VersionId: marker } = await remove('a')
    const of = (id?: string) =>
      s3.send(new CopyObjectCommand({ Bucket, Key: 'b', CopySource: `${Bucket}/a?versionId=${id}` }))
    await assert.rejects(of(marker), named('InvalidRequest'))
    await assert.rejects(of('x'.repeat(32)), named('NoSuchVersion'))
    await assert.rejects(of('../x'), named('InvalidArgument'))
    await assert.rejects(text('a', "' or 1=1"), named('InvalidArgument'))
    await assert.rejects(
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: {} })),
      named('IllegalVersioningConfigurationException'),
    )
    const odd = { Status: 'On' as 'Enabled' }
    await assert.rejects(
      s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: odd })),
      named('MalformedXML'),
    )
    await assert.rejects(
      s3.send(
        new PutBucketVersioningCommand({
          Bucket,
          VersioningConfiguration: { Status: 'Enabled', MFADelete: 'Enabled' },
        }),
      ),
      named('NotImplemented'),
    )
  } finally {
    await server.close()
  }
})
