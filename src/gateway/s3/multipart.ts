/** Uploads in parts. A completed upload's parts become the object's files as they are: nothing is copied. */
import { createHash } from 'node:crypto'
import { fail } from '../../wire/errors.ts'
import type { Answer } from '../../wire/http.ts'
import { checksumElements, checkWritable, readAbout } from './about.ts'
import { emptyAnswer, quoted, unquoted, xmlAnswer, xmlTime } from './answers.ts'
import {
  type Algorithm,
  algorithms,
  badDigest,
  canBeFull,
  compositeChecksum,
  fullChecksum,
  isAlgorithm,
  type PartSum,
} from './checksums.ts'
import { abandon, disposeAll, failedWrite, inBucket, putRow } from './commit.ts'
import { closing, findSource, openSource, sourceHeaders } from './copy-source.ts'
import type { WithElsewhere } from './elsewhere.ts'
import { encryptionHeaders } from './encryption.ts'
import { causeOf } from './events.ts'
import { newId, removeFile } from './files.ts'
import { dropFiles, type FileRow, listFiles } from './files-store.ts'
import { openIncoming, withLength } from './incoming.ts'
import { invalidArgument } from './list-objects.ts'
import { demandTagging } from './object-rights.ts'
import { checkCondition, writtenHeaders } from './objects.ts'
import type { NewObject, WriteCondition } from './objects-store.ts'
import { readWriteCondition } from './preconditions.ts'
import { type Incoming, type Received, readWhole, receive } from './receive.ts'
import type { BucketRequest } from './request.ts'
import { readTagHeader } from './tags.ts'
import { findUpload, insertUpload, putPart, takeOtherParts, takeUpload, type Upload } from './uploads-store.ts'
import { newVersion } from './versions.ts'
import { malformedXml, readXml, textOf } from './xml-body.ts'

export const mostParts = 10_000
const leastPart = 5 * 1024 * 1024
/** Ten thousand parts with checksums. */
const longestList = 4 * 1024 * 1024

const noSuchUpload = (id: string): never =>
  fail(
    'NoSuchUpload',
    'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    { status: 404, extra: { UploadId: id } },
  )

const idOf = ({ query }: BucketRequest) => query.get('uploadId') ?? ''

/** The upload that a request names. */
export async function uploadOf(request: BucketRequest): Promise<Upload> {
  const id = idOf(request)
  if (!/^[0-9a-f]{32}$/.test(id)) return noSuchUpload(id)
  return (await findUpload(request.world.db, request.bucketName, request.key, id)) ?? noSuchUpload(id)
}

type Checking = { algorithm?: Algorithm; checksumType?: 'FULL_OBJECT' | 'COMPOSITE' }

/** Which checksum the parts are to have, and how the whole's is made of them. */
function readChecking(headers: BucketRequest['headers']): Checking {
  const name = headers['x-amz-checksum-algorithm']?.toUpperCase()
  const type = headers['x-amz-checksum-type']?.toUpperCase()
  const invalid = (message: string) => fail('InvalidRequest', message, { status: 400 })
  if (type !== undefined && type !== 'FULL_OBJECT' && type !== 'COMPOSITE')
    return invalid('Value for x-amz-checksum-type header is invalid.')
  if (name === undefined) {
    if (type !== undefined)
      return invalid('The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.')
    return {}
  }
  if (!isAlgorithm(name))
    return invalid(
      'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]',
    )
  const full = type === 'FULL_OBJECT' || (type === undefined && name === 'CRC64NVME')
  if (full ? !canBeFull(name) : name === 'CRC64NVME') {
    return invalid(
      `The ${full ? 'FULL_OBJECT' : 'COMPOSITE'} checksum type cannot be used with the ${name.toLowerCase()} checksum algorithm.`,
    )
  }
  return { algorithm: name, checksumType: full ? 'FULL_OBJECT' : 'COMPOSITE' }
}

const checkingHeaders = ({ algorithm, checksumType }: { algorithm?: string; checksumType?: string }) => ({
  ...(algorithm && { 'x-amz-checksum-algorithm': algorithm }),
  ...(algorithm && checksumType && { 'x-amz-checksum-type': checksumType }),
})

export async function CreateMultipartUpload(request: BucketRequest): Promise<Answer> {
  const { world, bucketName, key, headers, caller } = request
  checkWritable(headers)
  const tags = readTagHeader(headers['x-amz-tagging'])
  await demandTagging(request, tags)
  const checking = readChecking(headers)
  const id = newId(world)
  const about = { ...readAbout(headers), ...checking, ...(tags && { tags }), encrypted: true }
  await inBucket(bucketName, () =>
    insertUpload(world.db, bucketName, { id, name: key, begun: world.now(), initiator: caller.arn, about }),
  )
  return xmlAnswer(
    'InitiateMultipartUploadResult',
    { Bucket: bucketName, Key: key, UploadId: id },
    { ...checkingHeaders(checking), ...encryptionHeaders(about) },
  )
}

function readPartNumber({ query }: BucketRequest): number {
  const text = query.get('partNumber') ?? ''
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (number >= 1 && number <= mostParts) return number
  return invalidArgument(`Part number must be an integer between 1 and ${mostParts}, inclusive`, 'partNumber', text)
}

/** Stores the bytes as a part; a part that comes again takes the place of the former. */
async function savePart(
  request: BucketRequest,
  upload: Upload,
  incoming: Incoming,
): Promise<Received & { modified: number }> {
  const { world, bucketName, key } = request
  const number = readPartNumber(request)
  const expected = upload.about.algorithm as Algorithm | undefined
  if (expected && incoming.claim && incoming.claim.algorithm !== expected) {
    fail(
      'InvalidRequest',
      `Checksum Type mismatch occurred, expected checksum Type: ${expected.toLowerCase()}, actual checksum Type: ${incoming.claim.algorithm.toLowerCase()}`,
      { status: 400 },
    )
  }
  const encrypt = upload.about.encrypted === true
  const received = await receive(world, { ...incoming, algorithm: expected }, { inRow: false, encrypt })
  const { size, etag, checksums } = received
  const file = received.file as string
  const modified = world.now()
  const { dataFolder } = world.settings
  const put = await putPart(world.db, bucketName, key, upload.id, {
    number,
    file,
    size,
    etag,
    modified,
    checksums,
  }).catch((error: unknown) => abandon(world, file, error))
  if (!put) {
    await removeFile(dataFolder, file)
    return noSuchUpload(upload.id)
  }
  if (put.replaced !== undefined) await removeFile(dataFolder, put.replaced)
  return { ...received, modified }
}

export async function UploadPart(request: BucketRequest): Promise<Answer> {
  readPartNumber(request)
  const upload = await uploadOf(request)
  const part = await savePart(request, upload, withLength(openIncoming(request)))
  const sums = Object.entries(part.checksums).map(([name, sum]) => [algorithms[name as Algorithm].header, sum])
  return emptyAnswer(200, {
    etag: quoted(part.etag),
    ...Object.fromEntries(sums),
    ...encryptionHeaders(upload.about),
  })
}

export async function UploadPartCopy(request: BucketRequest & WithElsewhere): Promise<Answer> {
  readPartNumber(request)
  const upload = await uploadOf(request)
  const source = await findSource(request)
  const algorithm = upload.about.algorithm as Algorithm | undefined
  const range = request.headers['x-amz-copy-source-range']
  const opened = await openSource(request, source, { algorithm, range })
  const part = await closing(opened, () => savePart(request, upload, opened.incoming))
  return xmlAnswer(
    'CopyPartResult',
    { LastModified: xmlTime(part.modified), ETag: quoted(part.etag), ...checksumElements(part) },
    { ...sourceHeaders(opened), ...encryptionHeaders(upload.about) },
  )
}

type Listed = { readonly number: number; readonly etag: string; readonly sums: Readonly<Record<string, string>> }

/** The parts that the sender wants in the object, in order. */
function readList(document: Buffer): Listed[] {
  const parts = (readXml(document, 'CompleteMultipartUpload', 20 * mostParts).children['Part'] ?? []).map(
    (node): Listed => {
      const number = (textOf(node, 'PartNumber') ?? '').trim()
      if (!/^\d{1,6}$/.test(number)) malformedXml('PartNumber')
      const sums = Object.entries(algorithms).flatMap(([name, { element }]) => {
        const sum = textOf(node, element)?.trim()
        return sum ? [[name, sum] as const] : []
      })
      return {
        number: Number(number),
        etag: unquoted(textOf(node, 'ETag') ?? malformedXml('no ETag')),
        sums: Object.fromEntries(sums),
      }
    },
  )
  if (parts.length === 0 || parts.length > mostParts) malformedXml('number of parts')
  return parts
}

/** Holds the list to what was uploaded. Refuses in AWS's order: order, existence, size. */
function checkParts(id: string, listed: readonly Listed[], uploaded: readonly FileRow[]): FileRow[] {
  listed.forEach((part, index) => {
    if (index > 0 && part.number <= listed[index - 1]!.number) {
      fail('InvalidPartOrder', 'The list of parts was not in ascending order. Parts must be ordered by part number.', {
        status: 400,
        extra: { UploadId: id },
      })
    }
  })
  const known = new Map(uploaded.map((part) => [part.number, part]))
  const chosen = listed.map(({ number, etag, sums }) => {
    const part = known.get(number)
    const same = part?.etag === etag && Object.entries(sums).every(([name, sum]) => part.checksums[name] === sum)
    if (part && same) return part
    return fail(
      'InvalidPart',
      "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
      { status: 400, extra: { UploadId: id, PartNumber: number, ETag: etag } },
    )
  })
  for (const { size, number, etag } of chosen.slice(0, -1)) {
    if (size >= leastPart) continue
    fail('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
      status: 400,
      extra: { ProposedSize: size, MinSizeAllowed: leastPart, PartNumber: number, ETag: etag },
    })
  }
  return chosen
}

/** MD5 of the parts' MD5s, a dash, their number. */
function joinedEtag(parts: readonly FileRow[]): string {
  const md5 = createHash('md5')
  for (const { etag } of parts) md5.update(Buffer.from(etag, 'hex'))
  return `${md5.digest('hex')}-${parts.length}`
}

/** The checksum of the whole; of an upload that named no algorithm S3 keeps CRC64NVME over everything. */
function joinedChecksum({ about }: Upload, parts: readonly FileRow[]): Required<Checking> & { sum: string } {
  const named = about.algorithm as Algorithm | undefined
  const shared = named ?? sharedAlgorithm(parts)
  const checksumType = about.checksumType ?? (shared === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE')
  const sums = parts.map(({ checksums, size }): PartSum => ({ sum: checksums[shared] ?? '', size }))
  const full = checksumType === 'FULL_OBJECT' && canBeFull(shared)
  return { algorithm: shared, checksumType, sum: full ? fullChecksum(shared, sums) : compositeChecksum(shared, sums) }
}

/** The algorithm that all parts have; parts sent with different ones leave none for the whole. */
function sharedAlgorithm(parts: readonly FileRow[]): Algorithm {
  const names = Object.keys(parts[0]?.checksums ?? {}).filter(isAlgorithm)
  const shared = names.find((name) => parts.every(({ checksums }) => checksums[name] !== undefined))
  return (
    shared ?? fail('InvalidRequest', 'The parts of an upload must have the same checksum algorithm.', { status: 400 })
  )
}

export async function CompleteMultipartUpload(request: BucketRequest): Promise<Answer> {
  const { world, bucketName, key, headers } = request
  const condition = readWriteCondition(headers)
  const upload = await uploadOf(request)
  // A checksum header is the whole object's, not this document's.
  const listed = readList(await readWhole({ ...openIncoming(request), claim: undefined }, longestList))
  if (condition) await checkCondition(request, condition)
  const parts = checkParts(upload.id, listed, await listFiles(world.db, upload.id))
  const { algorithm, checksumType, sum } = joinedChecksum(upload, parts)
  const claimed = headers[algorithms[algorithm].header]
  if (claimed !== undefined && claimed !== sum) badDigest(algorithm)
  const { algorithm: __, ...about } = upload.about
  const made: NewObject = {
    bucket: bucketName,
    name: key,
    size: parts.reduce((total, { size }) => total + size, 0),
    etag: joinedEtag(parts),
    modified: world.now(),
    about: { ...about, checksums: { [algorithm]: sum }, checksumType, parts: parts.length },
    body: upload.id,
    content: undefined,
    version: newVersion(world, request.bucket),
  }
  await finish(request, made, parts, condition)
  const content = {
    Location: `${world.settings.publicUrl}/${bucketName}/${encodeURIComponent(key).replaceAll('%2F', '/')}`,
    Bucket: bucketName,
    Key: key,
    ETag: quoted(made.etag),
    ...checksumElements(made.about),
    ChecksumType: checksumType,
  }
  return xmlAnswer('CompleteMultipartUploadResult', content, writtenHeaders(request, made))
}

/** In one transaction the upload ends and the object appears; who completes the same upload second finds none. */
async function finish(
  request: BucketRequest,
  made: NewObject,
  parts: readonly FileRow[],
  condition: WriteCondition,
): Promise<void> {
  const { world, bucket } = request
  const { db, settings } = world
  const doing = { event: 'ObjectCreated:CompleteMultipartUpload', cause: causeOf(request) } as const
  const id = made.body as string
  const outcome = await db.transaction(async (db) => {
    const put = await putRow(db, world, bucket, made, doing, condition)
    if (!put) return undefined
    if (!(await takeUpload(db, made.bucket, made.name, id))) return noSuchUpload(id)
    // A part may have been replaced since it was checked.
    const now = new Map((await listFiles(db, id)).map((row) => [row.number, row.file]))
    if (parts.some(({ number, file }) => now.get(number) !== file)) {
      return fail('InvalidPart', 'One or more of the specified parts could not be found.', {
        status: 400,
        extra: { UploadId: id },
      })
    }
    const unused = await takeOtherParts(
      db,
      id,
      parts.map(({ number }) => number),
    )
    return { put, unused }
  })
  if (!outcome) return failedWrite(world, made, condition)
  for (const file of outcome.unused) await removeFile(settings.dataFolder, file)
  await disposeAll(world, outcome.put)
}

export async function AbortMultipartUpload(request: BucketRequest): Promise<Answer> {
  const { world, bucketName, key } = request
  const { id } = await uploadOf(request)
  if (!(await takeUpload(world.db, bucketName, key, id))) noSuchUpload(id)
  await dropFiles(world.db, id, world.now())
  return emptyAnswer(204)
}
