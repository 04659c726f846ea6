/** CopyObject and UploadPartCopy: reading the source as the caller may, and its bytes as if they were sent. */
import { Readable } from 'node:stream'
import { fail } from '../../wire/errors.ts'
import type { Answer } from '../../wire/http.ts'
import { checksumElements, checkWritable, readAbout } from './about.ts'
import { decodeText, isBucketName } from './address.ts'
import { quoted, xmlAnswer, xmlTime } from './answers.ts'
import { type Algorithm, isAlgorithm } from './checksums.ts'
import { noSuchBucket, shownVersion, store } from './commit.ts'
import { encryptionHeader } from './encryption.ts'
import { causeOf } from './events.ts'
import { demandRead, demandTagging, holdToTags, type Target, tagsOf } from './object-rights.ts'
import { checkCondition, refuseAbsent, writtenHeaders } from './objects.ts'
import { checkSource, type Range, readRange, readWriteCondition } from './preconditions.ts'
import { findOpened, isMarker } from './reading.ts'
import { type Incoming, largestPut, receive } from './receive.ts'
import type { BucketRequest, S3Request } from './request.ts'
import { findBucket, type ObjectRow, type Tags } from './store.ts'
import { readTagHeader } from './tags.ts'
import { checkVersion } from './versions.ts'

/** What is copied, and the tags that the decision about it knew. */
export type Source = Target & { readonly judged: Tags | undefined }

const wrongSource = (): never =>
  fail('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey', {
    status: 400,
    extra: { ArgumentName: 'x-amz-copy-source' },
  })

/** The source that a request names. */
export function sourceOf({ headers }: S3Request): { bucket: string; key: string; version: string | undefined } {
  const header = headers['x-amz-copy-source'] ?? ''
  const mark = header.search(/\?versionId=/)
  const path = decodeText(mark < 0 ? header : header.slice(0, mark)).replace(/^\//, '')
  const slash = path.indexOf('/')
  const [bucket, key] = [path.slice(0, slash), path.slice(slash + 1)]
  if (slash < 1 || key === '' || key.includes('\0') || !isBucketName(bucket)) return wrongSource()
  return { bucket, key, version: checkVersion(mark < 0 ? undefined : header.slice(mark + '?versionId='.length)) }
}

/** The source that a request names, once the caller may read it. */
export async function findSource(request: BucketRequest): Promise<Source> {
  const { bucket: name, key, version } = sourceOf(request)
  const bucket = name === request.bucket.name ? request.bucket : await findBucket(request.world.db, name)
  if (!bucket) return noSuchBucket(name)
  const target = { bucket, key, version }
  const judged = await tagsOf(request, target)
  await demandRead(request, target, judged)
  return { ...target, judged }
}

/** The source's bytes, all or a range, as a body to receive. */
export async function openSource(
  request: BucketRequest,
  source: Source,
  algorithm: Algorithm | undefined,
  rangeHeader?: string,
): Promise<{ incoming: Incoming; row: ObjectRow }> {
  const wanted = { bucket: source.bucket.name, name: source.key, version: source.version }
  const choose = async (row: ObjectRow): Promise<Range | undefined> => {
    if (isMarker(row)) {
      fail(
        'InvalidRequest',
        'The source of a copy request may not specifically refer to a delete marker by version id.',
        {
          status: 400,
        },
      )
    }
    await holdToTags(request, source, row, source.judged)
    checkSource(request.headers, row)
    return readSourceRange(rangeHeader, row.size)
  }
  const found = await findOpened(request.world, wanted, choose, (range) => range)
  if (!found) return refuseAbsent(request, source)
  const { row, chosen, bytes } = found
  const body = Buffer.isBuffer(bytes) ? Readable.from([bytes], { objectMode: false }) : bytes
  const incoming: Incoming = {
    body,
    length: chosen?.length ?? row.size,
    claim: undefined,
    md5: undefined,
    trailers: new Map(),
    algorithm,
  }
  return { incoming, row }
}

/** `bytes=first-last`, both named and inside the source. */
function readSourceRange(header: string | undefined, size: number): Range | undefined {
  if (header === undefined) return undefined
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? []
  const extra = { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header }
  if (first === undefined || last === undefined || Number(last) < Number(first)) {
    const message =
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy'
    return fail('InvalidArgument', message, { status: 400, extra })
  }
  if (Number(last) >= size) {
    fail('InvalidArgument', `Range specified is not valid for source object of size: ${size}`, { status: 400, extra })
  }
  return readRange(header, size)
}

const toItself =
  "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."

/** Whether the request's own replace what the source has. */
function replaces(headers: BucketRequest['headers'], of: 'metadata' | 'tagging'): boolean {
  const name = `x-amz-${of}-directive`
  const value = headers[name] ?? 'COPY'
  if (value !== 'COPY' && value !== 'REPLACE') {
    fail('InvalidArgument', `Unknown ${of} directive.`, {
      status: 400,
      extra: { ArgumentName: name, ArgumentValue: value },
    })
  }
  return value === 'REPLACE'
}

/** What answers tell of the version that was read. */
export const sourceHeaders = ({ bucket }: Source, row: ObjectRow): Record<string, string> => {
  const version = shownVersion(bucket, row.version)
  return version === undefined ? {} : { 'x-amz-copy-source-version-id': version }
}

export async function CopyObject(request: BucketRequest): Promise<Answer> {
  const { world, bucket, bucketName, key, headers } = request
  checkWritable(headers)
  const replace = replaces(headers, 'metadata')
  const own = readAbout(headers)
  const ownTags = replaces(headers, 'tagging') ? (readTagHeader(headers['x-amz-tagging']) ?? {}) : undefined
  const condition = readWriteCondition(headers)
  const source = await findSource(request)
  if (condition) await checkCondition(request, condition)
  const itself = source.bucket.name === bucketName && source.key === key && source.version === undefined
  const changed = replace || headers['x-amz-storage-class'] !== undefined || headers[encryptionHeader] !== undefined
  if (itself && !changed) fail('InvalidRequest', toItself, { status: 400 })
  await demandTagging(request, bucket, ownTags)
  const asked = headers['x-amz-checksum-algorithm']?.toUpperCase()
  const algorithm = asked !== undefined && isAlgorithm(asked) ? asked : undefined
  const { incoming, row } = await openSource(request, source, algorithm)
  const tags = ownTags ?? row.about.tags
  // Tags that come along are tags that are set.
  if (ownTags === undefined) {
    await demandTagging(request, bucket, tags).catch((refusal: unknown) => {
      incoming.body.destroy()
      throw refusal
    })
  }
  const { checksumType: _, parts: __, tags: ___, ...old } = row.about
  const about = {
    ...(replace ? own : { ...old, ...(own.storageClass && { storageClass: own.storageClass }) }),
    ...(tags && Object.keys(tags).length > 0 && { tags }),
  }
  const received = await receive(world, incoming, { inRow: true, most: largestPut })
  const doing = { event: 'ObjectCreated:Copy', cause: causeOf(request) } as const
  const made = await store(world, { bucket, name: key }, received, about, doing, condition)
  return xmlAnswer(
    'CopyObjectResult',
    {
      LastModified: xmlTime(made.modified),
      ETag: quoted(made.etag),
      ...checksumElements(made.about),
      ChecksumType: 'FULL_OBJECT',
    },
    { ...writtenHeaders(request, made), ...sourceHeaders(source, row) },
  )
}
