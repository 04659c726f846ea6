/** CopyObject and UploadPartCopy: reading the source as the caller may, and its bytes as if they were sent. */
import { Readable } from 'node:stream'
import { fail } from '../../wire/errors.ts'
import type { Answer } from '../../wire/http.ts'
import { checksumElements, checkWritable, readAbout } from './about.ts'
import { decodeText, isBucketName } from './address.ts'
import { quoted, xmlAnswer, xmlTime } from './answers.ts'
import { type Algorithm, isAlgorithm } from './checksums.ts'
import { checkCondition, findOpened, noSuchBucket, refuseAbsent, store } from './objects.ts'
import { demand } from './permission.ts'
import { checkSource, type Range, readRange, readWriteCondition } from './preconditions.ts'
import { type Incoming, largestPut, receive } from './receive.ts'
import { type BucketRequest, objectArn } from './request.ts'
import { type Bucket, findBucket, type ObjectRow } from './store.ts'

export type Source = { readonly bucket: Bucket; readonly key: string }

const wrongSource = (): never =>
  fail('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey', {
    status: 400,
    extra: { ArgumentName: 'x-amz-copy-source' },
  })

/** The source that a request names, once the caller may read it. */
export async function findSource(request: BucketRequest): Promise<Source> {
  const header = request.headers['x-amz-copy-source'] ?? ''
  const mark = header.search(/\?versionId=/)
  const path = decodeText(mark < 0 ? header : header.slice(0, mark)).replace(/^\//, '')
  const slash = path.indexOf('/')
  const [name, key] = [path.slice(0, slash), path.slice(slash + 1)]
  if (slash < 1 || key === '' || key.includes('\0') || !isBucketName(name)) return wrongSource()
  const bucket = name === request.bucket.name ? request.bucket : await findBucket(request.world.db, name)
  if (!bucket) return noSuchBucket(name)
  const version = mark < 0 ? undefined : header.slice(mark + '?versionId='.length)
  const action = version === undefined ? 's3:GetObject' : 's3:GetObjectVersion'
  await demand(request, bucket, { action, resource: objectArn(name, key) })
  if (version !== undefined && version !== 'null') {
    fail('NoSuchVersion', 'The specified version does not exist.', {
      status: 404,
      extra: { Key: key, VersionId: version },
    })
  }
  return { bucket, key }
}

/** The source's bytes, all or a range, as a body to receive. */
export async function openSource(
  request: BucketRequest,
  source: Source,
  algorithm: Algorithm | undefined,
  rangeHeader?: string,
): Promise<{ incoming: Incoming; row: ObjectRow }> {
  const place = { bucket: source.bucket.name, name: source.key }
  const choose = (row: ObjectRow): Range | undefined => {
    checkSource(request.headers, row)
    return readSourceRange(rangeHeader, row.size)
  }
  const found = await findOpened(request.world, place, choose, (range) => range)
  if (!found) return refuseAbsent(request, source.key, source.bucket)
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

function readDirective(value = 'COPY'): boolean {
  if (value !== 'COPY' && value !== 'REPLACE') {
    fail('InvalidArgument', 'Unknown metadata directive.', {
      status: 400,
      extra: { ArgumentName: 'x-amz-metadata-directive', ArgumentValue: value },
    })
  }
  return value === 'REPLACE'
}

/** A tagging directive of COPY copies the tags, of which there are none. */
const withoutDirective = ({ 'x-amz-tagging-directive': _, ...headers }: BucketRequest['headers']) => headers

export async function CopyObject(request: BucketRequest): Promise<Answer> {
  const { world, bucketName, key, headers } = request
  checkWritable(withoutDirective(headers))
  const replace = readDirective(headers['x-amz-metadata-directive'])
  const wanted = readAbout(headers)
  const condition = readWriteCondition(headers)
  const source = await findSource(request)
  if (condition) await checkCondition(request, condition)
  const itself = source.bucket.name === bucketName && source.key === key
  const changed = replace || headers['x-amz-storage-class'] !== undefined
  if (itself && !changed) fail('InvalidRequest', toItself, { status: 400 })
  const asked = headers['x-amz-checksum-algorithm']?.toUpperCase()
  const algorithm = asked !== undefined && isAlgorithm(asked) ? asked : undefined
  const { incoming, row } = await openSource(request, source, algorithm)
  const { checksumType: _, parts: __, ...old } = row.about
  const about = replace ? wanted : { ...old, ...(wanted.storageClass && { storageClass: wanted.storageClass }) }
  const received = await receive(world, incoming, { inRow: true, most: largestPut })
  const made = await store(world, { bucket: bucketName, name: key }, received, about, condition)
  return xmlAnswer('CopyObjectResult', {
    LastModified: xmlTime(made.modified),
    ETag: quoted(made.etag),
    ...checksumElements(made.about),
    ChecksumType: 'FULL_OBJECT',
  })
}
