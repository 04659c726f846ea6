import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { Db } from '../../store/db.ts'
import { StoreError } from '../../store/errors.ts'
import * as buckets from './buckets-store.ts'
import * as files from './files-store.ts'
import { type Place, successor } from './key-order.ts'
import { readPage } from './listing.ts'
import * as objects from './objects-store.ts'
import { openAccess } from './public-access.ts'
import * as uploads from './uploads-store.ts'

const bucket = (name: string): buckets.NewBucket => ({
  ...{ name, region: 'us-east-1', created: 1, publicAccess: openAccess },
})
const about: objects.About = { headers: {}, metadata: { a: 'b' }, checksums: { CRC32: 'AAAAAA==' } }
const object = (name: string, more: Partial<objects.NewObject> = {}): objects.NewObject => ({
  ...{ bucket: 'b', name, size: 3, etag: 'e1', modified: 5, about, body: undefined, content: Buffer.from([0, 1, 255]) },
  version: 'null',
  ...more,
})
const file = (number: number, name: string): files.FileRow => ({
  number,
  file: name,
  size: 1,
  etag: 'e',
  modified: 1,
  checksums: {},
})
const id = (letter: string) => letter.repeat(32)

eachEngine((engine) => {
  const open = async (): Promise<Db> => {
    const db = await engine.open()
    await buckets.insertBucket(db, bucket('b'))
    return db
  }

  test('a bucket is made once, keeps its settings, and goes only when empty', async () => {
    const db = await open()
    assert.equal(await buckets.insertBucket(db, bucket('b')), false)
    await buckets.setPolicy(db, 'b', '{}', 'with ids')
    await buckets.setCors(db, 'b', [{ origins: ['*'], methods: ['GET'], headers: [], expose: [] }])
    const found = await buckets.findBucket(db, 'b')
    assert.deepEqual([found?.writtenPolicy, found?.cors?.[0]?.origins, found?.created], ['{}', ['*'], 1])
    assert.equal(found?.policy, 'with ids')
    await objects.putObject(db, object('x'))
    assert.equal(await buckets.deleteBucket(db, 'b'), false)
    await objects.deleteObject(db, 'b', 'x')
    assert.equal(await buckets.deleteBucket(db, 'b'), true)
    await assert.rejects(
      objects.putObject(db, object('x')),
      (error) => error instanceof StoreError && error.kind === 'constraint',
    )
  })

  test('buckets are listed by prefix, after a name', async () => {
    const db = await open()
    for (const name of ['ba', 'bb', 'c']) await buckets.insertBucket(db, bucket(name))
    const names = async (asked: Parameters<typeof buckets.listBuckets>[1]) =>
      (await buckets.listBuckets(db, asked)).map(({ name }) => name)
    assert.deepEqual(await names({ after: '', prefix: 'b', limit: 10 }), ['b', 'ba', 'bb'])
    assert.deepEqual(await names({ after: 'ba', prefix: '', limit: 1 }), ['bb'])
  })

  test('an object comes back with its bytes, and an overwrite tells which body it replaced', async () => {
    const db = await open()
    assert.deepEqual(await objects.putObject(db, object('x')), { previous: null })
    const found = await objects.findObject(db, 'b', 'x')
    assert.deepEqual([found?.content, found?.about, found?.size], [Buffer.from([0, 1, 255]), about, 3])
    assert.equal((await objects.describeObject(db, 'b', 'x'))?.content, undefined)
    assert.deepEqual(await objects.putObject(db, object('x', { body: id('1'), content: undefined })), {
      previous: null,
    })
    assert.deepEqual(await objects.putObject(db, object('x', { body: id('2'), content: undefined })), {
      previous: id('1'),
    })
    assert.deepEqual(await objects.putObject(db, object('x')), { previous: id('2') })
    assert.deepEqual(await objects.putObject(db, object('x')), { previous: null })
  })

  test('a conditional write happens only if its condition holds', async () => {
    const db = await open()
    const absent = { absent: true } as const
    assert.equal(await objects.putObject(db, object('x'), { etag: 'e1' }), undefined)
    assert.ok(await objects.putObject(db, object('x'), absent))
    assert.equal(await objects.putObject(db, object('x', { etag: 'e2' }), absent), undefined)
    assert.ok(await objects.putObject(db, object('x', { etag: 'e2', body: id('1') }), { etag: 'e1' }))
    assert.equal(await objects.putObject(db, object('x'), { etag: 'e1' }), undefined)
    assert.deepEqual(await objects.putObject(db, object('x'), { etag: 'e2' }), { previous: id('1') })
    assert.equal(await objects.deleteObject(db, 'b', 'x', { etag: 'e2' }), undefined)
    assert.deepEqual(await objects.deleteObject(db, 'b', 'x', { etag: 'e1' }), { body: null })
  })

  test('of parallel writers that want to be the first, one is', async () => {
    const db = await open()
    const attempts = await Promise.all(
      Array.from({ length: 8 }, () => objects.putObject(db, object('x'), { absent: true })),
    )
    assert.equal(attempts.filter(Boolean).length, 1)
  })

  test('keys are in the order of their UTF-8 bytes, beyond the surrogates too', async () => {
    const db = await open()
    const names = ['A', 'a', 'a/', 'a/b', 'a0', 'ä', '\uff61', '\u{1f600}']
    for (const name of [...names].reverse())
      await objects.putObject(db, object(name, { content: Buffer.alloc(0), size: 0 }))
    const fetch = (from: Place, before: string | undefined, limit: number) =>
      objects.listObjects(db, 'b', { from, before, limit })
    const page = (prefix: string, delimiter: string, limit = 100, from: Place = { name: '', inclusive: true }) =>
      readPage({ prefix, delimiter, limit, from }, fetch)
    assert.deepEqual(
      (await page('', '')).contents.map(({ name }) => name),
      names,
    )
    assert.deepEqual(
      (await page('a/', '')).contents.map(({ name }) => name),
      ['a/', 'a/b'],
    )
    assert.deepEqual((await page('', '/')).prefixes, ['a/'])
    const found: string[] = []
    let from: Place | undefined = { name: '', inclusive: true }
    while (from) {
      const one: Awaited<ReturnType<typeof page>> = await page('', '/', 1, from)
      found.push(...one.contents.map(({ name }) => name), ...one.prefixes)
      from = one.next
    }
    assert.deepEqual(found, ['A', 'a', 'a/', 'a0', 'ä', '\uff61', '\u{1f600}'])
  })

  test('a part replaces the one with its number, and only while its upload runs', async () => {
    const db = await open()
    const upload = { id: id('a'), name: 'x', begun: 1, initiator: 'me', about }
    await uploads.insertUpload(db, 'b', upload)
    assert.deepEqual(await uploads.putPart(db, 'b', 'x', upload.id, file(1, 'f1')), { replaced: undefined })
    assert.deepEqual(await uploads.putPart(db, 'b', 'x', upload.id, file(1, 'f2')), { replaced: 'f1' })
    assert.deepEqual(
      (await files.listFiles(db, upload.id)).map(({ file }) => file),
      ['f2'],
    )
    assert.equal(
      (await Promise.all([1, 2, 3].map(() => uploads.takeUpload(db, 'b', 'x', upload.id)))).filter(Boolean).length,
      1,
    )
    assert.equal(await uploads.putPart(db, 'b', 'x', upload.id, file(2, 'f3')), undefined)
    assert.equal(await uploads.findUpload(db, 'b', 'x', upload.id), undefined)
  })

  test('uploads are listed by key and id, page by page', async () => {
    const db = await open()
    for (const [name, letter] of [
      ['x', '2'],
      ['x', '1'],
      ['y', '0'],
      ['z', '3'],
    ] as const) {
      await uploads.insertUpload(db, 'b', { id: id(letter), name, begun: 1, initiator: '', about })
    }
    const page = async (prefix: string, after: { name: string; id: string | undefined }) =>
      (await uploads.listUploads(db, 'b', { prefix, after, limit: 2 })).map(({ name, id }) => name + id[0])
    assert.deepEqual(await page('', { name: '', id: undefined }), ['x1', 'x2'])
    assert.deepEqual(await page('', { name: 'x', id: id('1') }), ['x2', 'y0'])
    assert.deepEqual(await page('', { name: 'x', id: undefined }), ['y0', 'z3'])
    assert.deepEqual(await page('z', { name: '', id: undefined }), ['z3'])
  })

  test('files go with their owner: at once if there is one, later if there are several or the owner just vanished', async () => {
    const db = await open()
    await objects.putObject(db, object('x', { body: id('1'), content: undefined }))
    await files.insertFile(db, id('1'), file(1, 'kept'))
    await files.insertFile(db, id('2'), file(1, 'only'))
    await files.insertFile(db, id('3'), file(1, 'first'))
    await files.insertFile(db, id('3'), file(2, 'second'))
    assert.deepEqual(await files.takeOnlyFile(db, id('2')), { file: 'only' })
    assert.equal(await files.takeOnlyFile(db, id('3')), undefined)
    // Step by step, and no owner's files apart.
    const steps: (string | undefined)[] = ['']
    while (steps.at(-1) !== undefined && steps.length < 9)
      steps.push(await files.dropOrphans(db, 10, steps.at(-1) ?? '', 1))
    assert.deepEqual(steps, ['', id('1'), id('3'), undefined])
    assert.deepEqual(await files.takeDropped(db, 9, 10), [])
    assert.deepEqual(new Set(await files.takeDropped(db, 10, 10)), new Set(['first', 'second']))
    assert.deepEqual(await files.knownFiles(db, ['kept', 'first']), new Set(['kept']))
  })
})

test('the successor of a prefix comes right after everything that begins with it', () => {
  assert.equal(successor('a/'), 'a0')
  assert.equal(successor('\ud7ff'), '\ue000')
  assert.equal(successor('a\u{10ffff}'), 'b')
  assert.equal(successor('\u{10ffff}'), undefined)
  assert.equal(successor(''), undefined)
})
