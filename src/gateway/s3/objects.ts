/** Writing, reading and deleting objects. */
import type { Readable } from 'node:stream'
import { StoreError } from '../../store/errors.ts'
import { AwsError, fail } from '../../wire/errors.ts'
import type { Answer } from '../../wire/http.ts'
import type { World } from '../../world.ts'
import { checksumHeaders, checkWritable, objectHeaders, readAbout } from './about.ts'
import { emptyAnswer, quoted, unquoted } from './answers.ts'
import { newId, openStretches, removeFile, type Stretch } from './files.ts'
import { openIncoming, withLength } from './incoming.ts'
import { ask, deny } from './permission.ts'
import { failedCondition, isUnchanged, type Range, readRange, readWriteCondition } from './preconditions.ts'
import { type Received, receive } from './receive.ts'
import { type BucketRequest, bucketArn } from './request.ts'
import {
  type About,
  deleteObject,
  describeObject,
  dropFiles,
  findObject,
  insertFile,
  listFiles,
  type NewObject,
  type ObjectRow,
  putObject,
  takeOnlyFile,
  type WriteCondition,
} from './store.ts'

export async function PutObject(request: BucketRequest): Promise<Answer> {
  const { world, bucketName, key, headers } = request
  checkWritable(headers)
  const about = readAbout(headers)
  const condition = readWriteCondition(headers)
  const incoming = withLength(openIncoming(request))
  // Before the body is read; the write itself asks again.
  if (condition) await checkCondition(request, condition)
  const received = await receive(world, incoming, { inRow: true })
  const made = await store(world, { bucket: bucketName, name: key }, received, about, condition)
  return emptyAnswer(200, { etag: quoted(made.etag), ...checksumHeaders(made.about) })
}

/** Refuses if the condition of a write does not hold now. */
export async function checkCondition(
  { world, bucketName, key }: BucketRequest,
  condition: WriteCondition,
): Promise<void> {
  if (!condition) return
  const present = await describeObject(world.db, bucketName, key)
  if ('absent' in condition ? present : present && present.etag !== condition.etag) {
    failedCondition('absent' in condition ? 'If-None-Match' : 'If-Match')
  }
  if (!('absent' in condition) && !present) noSuchKey(key)
}

type Place = { readonly bucket: string; readonly name: string }

/** Gives received bytes their row, in place of whatever was there. A file that gets no row is removed. */
export async function store(
  world: World,
  place: Place,
  received: Received,
  about: About,
  condition?: WriteCondition,
): Promise<NewObject> {
  const { size, etag, checksums, content, file } = received
  const modified = world.now()
  const body = file === undefined ? undefined : newId(world)
  const made: NewObject = { ...place, size, etag, modified, about: { ...about, checksums }, body, content }
  try {
    if (file === undefined || body === undefined) await commit(world, made, condition)
    else {
      await commit(world, made, condition, { owner: body, row: { number: 1, file, size, etag, modified, checksums } })
    }
    return made
  } catch (error) {
    if (file !== undefined) await removeFile(world.settings.dataFolder, file)
    throw error
  }
}

type File = { readonly owner: string; readonly row: Parameters<typeof insertFile>[2] }

async function commit(world: World, made: NewObject, condition: WriteCondition, file?: File): Promise<void> {
  const put = await inBucket(made.bucket, () =>
    file === undefined
      ? putObject(world.db, made, condition)
      : world.db.transaction(async (db) => {
          const put = await putObject(db, made, condition)
          if (put) await insertFile(db, file.owner, file.row)
          return put
        }),
  )
  if (!put) return failedWrite(world, made, condition)
  if (put.previous !== null) await dispose(world, put.previous)
}

/** The bucket may have gone since it was looked up: then the foreign key refuses. */
export async function inBucket<T>(bucket: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof StoreError && error.kind === 'constraint') return noSuchBucket(bucket)
    throw error
  }
}

export async function failedWrite(world: World, { bucket, name }: Place, condition: WriteCondition): Promise<never> {
  if (condition && 'absent' in condition) return failedCondition('If-None-Match')
  return (await describeObject(world.db, bucket, name)) ? failedCondition('If-Match') : noSuchKey(name)
}

/**
 * Removes the files of a body that no object refers to any more. An only file goes at once: who is reading it has it open.
 * Of several a reader may yet have to open some, so they are left to the sweeper.
 */
export async function dispose(world: World, body: string): Promise<void> {
  const only = await takeOnlyFile(world.db, body)
  if (only) await removeFile(world.settings.dataFolder, only.file)
  else await dropFiles(world.db, body, world.now())
}

export const noSuchKey = (key: string): never =>
  fail('NoSuchKey', 'The specified key does not exist.', { status: 404, extra: { Key: key } })
export const noSuchBucket = (bucket: string): never =>
  fail('NoSuchBucket', 'The specified bucket does not exist', { status: 404, extra: { BucketName: bucket } })

/** Only who may list the bucket learns that a key is absent. */
export async function refuseAbsent(request: BucketRequest, key = request.key, bucket = request.bucket): Promise<never> {
  const wanted = { action: 's3:ListBucket', resource: bucketArn(bucket.name) }
  const verdict = await ask(request, bucket, wanted)
  return verdict.allowed ? noSuchKey(key) : deny(request, wanted, verdict)
}

/** `null` is the one version of every object here. */
export function checkVersion({ query, key }: BucketRequest): void {
  const version = query.get('versionId')
  if (version === undefined || version === 'null') return
  fail('NoSuchVersion', 'The specified version does not exist.', {
    status: 404,
    extra: { Key: key, VersionId: version },
  })
}

/** The bytes of a row, or of a range of them; undefined if its file went in the meantime: then there is a newer row. */
export async function openObject(world: World, row: ObjectRow, range?: Range): Promise<Readable | Buffer | undefined> {
  const { start, length } = range ?? { start: 0, length: row.size }
  if (row.body === undefined) return row.content?.subarray(start, start + length) ?? Buffer.alloc(0)
  const stretches: Stretch[] = []
  let at = 0
  for (const { file, size } of await listFiles(world.db, row.body)) {
    const from = Math.max(start, at)
    const to = Math.min(start + length, at + size)
    if (from < to) stretches.push({ file, start: from - at, length: to - from })
    at += size
  }
  // No or fewer files than the row says: it was replaced while we looked.
  if (at !== row.size) return undefined
  return openStretches(world.settings.dataFolder, stretches)
}

const attempts = 5

/** Finds an object and opens it, again if it was replaced between the two. */
export async function findOpened<T>(
  world: World,
  place: Place,
  choose: (row: ObjectRow) => T | Promise<T>,
  rangeOf: (chosen: T) => Range | undefined,
): Promise<{ row: ObjectRow; chosen: T; bytes: Readable | Buffer } | undefined> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const row = await findObject(world.db, place.bucket, place.name)
    if (!row) return undefined
    const chosen = await choose(row)
    const bytes = await openObject(world, row, rangeOf(chosen))
    if (bytes) return { row, chosen, bytes }
  }
  throw new AwsError('SlowDown', 'Please reduce your request rate.', {
    status: 503,
    detail: 'replaced at every attempt',
  })
}

type Reading = { readonly range: Range | undefined; readonly parts: number | undefined; readonly unchanged: boolean }

/** What of the object is asked for: all, a range, or a part. */
async function chooseReading({ world, headers, query }: BucketRequest, row: ObjectRow): Promise<Reading> {
  const unchanged = isUnchanged(headers, row)
  if (unchanged) return { range: undefined, parts: undefined, unchanged }
  const number = query.get('partNumber')
  if (number === undefined) return { range: readRange(headers.range, row.size), parts: undefined, unchanged }
  if (headers.range !== undefined) {
    fail('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter', { status: 400 })
  }
  return { range: await partRange(world, row, number), parts: row.about.parts, unchanged }
}

async function partRange(world: World, row: ObjectRow, number: string): Promise<Range> {
  const wanted = /^\d{1,5}$/.test(number) ? Number(number) : 0
  if (row.about.parts === undefined && wanted === 1) return { start: 0, length: row.size }
  let start = 0
  // The number of a part counts the parts, whatever numbers they had when they were uploaded.
  for (const [index, file] of (row.about.parts ? await listFiles(world.db, row.body ?? '') : []).entries()) {
    if (index + 1 === wanted) return { start, length: file.size }
    start += file.size
  }
  return fail('InvalidPartNumber', 'The requested partnumber is not satisfiable', {
    status: 416,
    extra: { PartNumberRequested: number, ActualPartCount: row.about.parts ?? 1 },
  })
}

function readingHeaders(request: BucketRequest, row: ObjectRow, { range, parts }: Reading): Record<string, string> {
  const whole = range === undefined
  const checked = whole && request.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED'
  return {
    ...objectHeaders(request, row),
    ...(checked && checksumHeaders(row.about)),
    'content-length': String(range ? range.length : row.size),
    ...(range && { 'content-range': `bytes ${range.start}-${range.start + range.length - 1}/${row.size}` }),
    ...(parts !== undefined && { 'x-amz-mp-parts-count': String(parts) }),
  }
}

function unchangedAnswer(request: BucketRequest, row: ObjectRow): Answer {
  const { 'content-type': _, ...headers } = objectHeaders(request, row)
  return emptyAnswer(304, headers)
}

export async function GetObject(request: BucketRequest): Promise<Answer> {
  const { world, bucketName, key } = request
  checkVersion(request)
  const choose = (row: ObjectRow) => chooseReading(request, row)
  const found = await findOpened(world, { bucket: bucketName, name: key }, choose, ({ range }) => range)
  if (!found) return refuseAbsent(request)
  const { row, chosen, bytes } = found
  if (chosen.unchanged) {
    if (!Buffer.isBuffer(bytes)) bytes.destroy()
    return unchangedAnswer(request, row)
  }
  return { status: chosen.range ? 206 : 200, headers: readingHeaders(request, row, chosen), body: bytes }
}

export async function HeadObject(request: BucketRequest): Promise<Answer> {
  const { world, bucketName, key } = request
  checkVersion(request)
  const row = await describeObject(world.db, bucketName, key)
  if (!row) return refuseAbsent(request)
  const reading = await chooseReading(request, row)
  if (reading.unchanged) return unchangedAnswer(request, row)
  return emptyAnswer(reading.range ? 206 : 200, readingHeaders(request, row, reading))
}

/** Deletes; an absent key is deleted already. */
export async function DeleteObject(request: BucketRequest): Promise<Answer> {
  const { world, bucketName, key, headers } = request
  checkVersion(request)
  const match = headers['if-match']
  const etag = match === undefined || match.trim() === '*' ? undefined : unquoted(match)
  const gone = await deleteObject(world.db, bucketName, key, etag)
  if (!gone && match !== undefined) {
    if (await describeObject(world.db, bucketName, key)) failedCondition('If-Match')
    return refuseAbsent(request)
  }
  if (gone?.body) await dispose(world, gone.body)
  return emptyAnswer(204)
}
