/** Writing, reading and deleting objects. */
import { AwsError } from '../../wire/errors.ts'
import type { Answer } from '../../wire/http.ts'
import type { World } from '../../world.ts'
import { checksumHeaders, checkWritable, objectHeaders, readAbout } from './about.ts'
import { emptyAnswer, httpTime, quoted, refusal, unquoted } from './answers.ts'
import { remove, store } from './commit.ts'
import { checkReaderKeys, encryptionHeaders } from './encryption.ts'
import { causeOf } from './events.ts'
import { listFiles } from './files-store.ts'
import { openIncoming, withLength } from './incoming.ts'
import { expirationHeader } from './lifecycle.ts'
import { demandTagging, holdToTags } from './object-rights.ts'
import { describeObject, type NewObject, type ObjectRow, type WriteCondition } from './objects-store.ts'
import { ask, demand, deny } from './permission.ts'
import { isUnchanged, type Range, rangeOf, readRange, readWriteCondition } from './preconditions.ts'
import { describeRow, findOpened, isMarker, type Wanted } from './reading.ts'
import { receive } from './receive.ts'
import { failedCondition, noSuchKey, noSuchVersion, notImplemented } from './refusals.ts'
import { type BucketRequest, bucketArn } from './request.ts'
import { readTagHeader } from './tags.ts'
import { checkVersion, shownVersion, versionHeader } from './versions.ts'
import { findMarker } from './versions-store.ts'

/** What the answer to a write tells of the object. */
export const writtenHeaders = ({ bucket }: Pick<BucketRequest, 'bucket'>, made: NewObject): Record<string, string> => ({
  ...encryptionHeaders(made.about),
  ...versionHeader(shownVersion(bucket, made.version)),
  ...expirationHeader(bucket, made),
})

export async function PutObject(request: BucketRequest): Promise<Answer> {
  const { world, bucket, key, headers } = request
  checkWritable(headers)
  const tags = readTagHeader(headers['x-amz-tagging'])
  const about = { ...readAbout(headers), ...(tags && { tags }) }
  await demandTagging(request, tags)
  const condition = readWriteCondition(headers)
  const incoming = withLength(openIncoming(request))
  // Before the body is read; the write itself asks again.
  if (condition) await checkCondition(request, condition)
  const received = await receive(world, incoming, { inRow: true })
  const doing = { event: 'ObjectCreated:Put', cause: causeOf(request) } as const
  const made = await store(world, { bucket, name: key }, received, about, doing, condition)
  return emptyAnswer(200, {
    etag: quoted(made.etag),
    ...checksumHeaders(made.about),
    ...writtenHeaders(request, made),
  })
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

/** Only who may list the bucket learns that a key or a version is absent. */
export async function refuseAbsent(
  request: BucketRequest,
  { key = request.key, bucket = request.bucket, version = checkVersion(request.query.get('versionId')) } = {},
): Promise<never> {
  const wanted = { action: 's3:ListBucket', resource: bucketArn(bucket.name) }
  const verdict = await ask(request, bucket, wanted)
  if (!verdict.allowed) return deny(request, wanted, verdict)
  return version === undefined ? noSuchKey(key) : noSuchVersion(key, version)
}

/** The answer for what is not there: a marker, where there is one, makes itself known. */
async function absentAnswer(request: BucketRequest): Promise<Answer> {
  const { world, bucket, bucketName, key, call, query } = request
  const marker = bucket.versioning && !query.has('versionId') ? await findMarker(world.db, bucketName, key) : undefined
  if (!marker) return refuseAbsent(request)
  await demand(request, bucket, { action: 's3:ListBucket', resource: bucketArn(bucketName) })
  const error = new AwsError('NoSuchKey', 'The specified key does not exist.', { status: 404, extra: { Key: key } })
  return marked(refusal(call, error), marker.version)
}

const marked = (answer: Answer, version: string, more: Record<string, string> = {}): Answer => ({
  ...answer,
  headers: { ...answer.headers, 'x-amz-delete-marker': 'true', 'x-amz-version-id': version, ...more },
})

/** A marker has no bytes. */
export function markerAnswer({ call }: BucketRequest, { version, modified }: ObjectRow): Answer {
  const error = new AwsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    status: 405,
    extra: { Method: call.method, ResourceType: 'DeleteMarker' },
  })
  return marked(refusal(call, error), version, { 'last-modified': httpTime(modified), allow: 'DELETE' })
}

export const wantedOf = ({ bucketName, key, query }: BucketRequest): Wanted => ({
  bucket: bucketName,
  name: key,
  version: checkVersion(query.get('versionId')),
})

type Reading = {
  readonly range: Range | undefined
  readonly parts: number | undefined
  readonly unchanged: boolean
  readonly marker: boolean
}

/** What of the object is asked for: all, a range, or a part. */
async function chooseReading(request: BucketRequest, row: ObjectRow): Promise<Reading> {
  const { world, headers, query, bucket, key, judgedTags } = request
  const none = { range: undefined, parts: undefined, unchanged: false, marker: false }
  if (isMarker(row)) return { ...none, marker: true }
  await holdToTags(request, { bucket, key, version: query.get('versionId') }, row, judgedTags)
  checkReaderKeys(headers)
  if (isUnchanged(headers, row)) return { ...none, unchanged: true }
  const number = query.get('partNumber')
  if (number === undefined) return { ...none, range: readRange(rangeOf(headers, row), row.size) }
  if (headers.range !== undefined) {
    throw new AwsError('InvalidRequest', 'Cannot specify both Range header and partNumber query parameter', {
      status: 400,
    })
  }
  return { ...none, range: await partRange(world, row, number), parts: row.about.parts }
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
  throw new AwsError('InvalidPartNumber', 'The requested partnumber is not satisfiable', {
    status: 416,
    extra: { PartNumberRequested: number, ActualPartCount: row.about.parts ?? 1 },
  })
}

function ownHeaders(request: BucketRequest, row: ObjectRow): Record<string, string> {
  return {
    ...objectHeaders(request, row),
    ...versionHeader(shownVersion(request.bucket, row.version)),
    ...(request.query.has('versionId') ? {} : expirationHeader(request.bucket, row)),
  }
}

function readingHeaders(request: BucketRequest, row: ObjectRow, { range, parts }: Reading): Record<string, string> {
  const whole = range === undefined
  const checked = whole && request.headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED'
  return {
    ...ownHeaders(request, row),
    ...(checked && checksumHeaders(row.about)),
    'content-length': String(range ? range.length : row.size),
    ...(range && { 'content-range': `bytes ${range.start}-${range.start + range.length - 1}/${row.size}` }),
    ...(parts !== undefined && { 'x-amz-mp-parts-count': String(parts) }),
  }
}

function unchangedAnswer(request: BucketRequest, row: ObjectRow): Answer {
  const { 'content-type': _, ...headers } = ownHeaders(request, row)
  return emptyAnswer(304, headers)
}

export async function GetObject(request: BucketRequest): Promise<Answer> {
  // The headers, too, before anything is opened: what is refused then leaves nothing open.
  const choose = async (row: ObjectRow) => {
    const reading = await chooseReading(request, row)
    return { ...reading, headers: reading.marker ? {} : readingHeaders(request, row, reading) }
  }
  const found = await findOpened(request.world, wantedOf(request), choose, ({ range }) => range)
  if (!found) return absentAnswer(request)
  const { row, chosen, bytes } = found
  if (chosen.marker) return markerAnswer(request, row)
  if (chosen.unchanged) {
    if (!Buffer.isBuffer(bytes)) bytes.destroy()
    return unchangedAnswer(request, row)
  }
  return { status: chosen.range ? 206 : 200, headers: chosen.headers, body: bytes }
}

export async function HeadObject(request: BucketRequest): Promise<Answer> {
  const row = await describeRow(request.world, wantedOf(request))
  if (!row) return absentAnswer(request)
  const reading = await chooseReading(request, row)
  if (reading.marker) return markerAnswer(request, row)
  if (reading.unchanged) return unchangedAnswer(request, row)
  return emptyAnswer(reading.range ? 206 : 200, readingHeaders(request, row, reading))
}

/** Deletes, or puts a marker where versions are kept; what is absent is deleted already. */
export async function DeleteObject(request: BucketRequest): Promise<Answer> {
  const { world, bucket, bucketName, key, headers } = request
  // AWS: conditions of directory buckets. Whoever sets one wants no other object deleted.
  for (const name of ['x-amz-if-match-last-modified-time', 'x-amz-if-match-size'])
    if (headers[name] !== undefined) notImplemented(name)
  const { version } = wantedOf(request)
  const match = headers['if-match']
  const etag = match === undefined || match.trim() === '*' ? undefined : unquoted(match)
  if (match !== undefined && !(await describeRow(world, { bucket: bucketName, name: key, version }))) {
    return refuseAbsent(request)
  }
  const removed = await remove(world, { bucket, name: key }, { version, etag }, causeOf(request))
  if (!removed && etag !== undefined) return failedCondition('If-Match')
  return emptyAnswer(204, {
    ...versionHeader(removed ? removed.version : bucket.versioning && version),
    ...(removed?.marker && { 'x-amz-delete-marker': 'true' }),
  })
}
