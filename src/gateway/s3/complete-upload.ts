/** The end of an upload: its parts, as the list names them, become the object's files as they are: nothing is copied. */
import { createHash } from 'node:crypto'
import { fail } from '../../wire/errors.ts'
import type { Answer } from '../../wire/http.ts'
import { checksumElements } from './about.ts'
import { quoted, unquoted, xmlAnswer } from './answers.ts'
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
import { disposeAll, failedWrite, putRow } from './commit.ts'
import { causeOf } from './events.ts'
import { removeFile } from './files.ts'
import { type FileRow, listFiles } from './files-store.ts'
import { openIncoming } from './incoming.ts'
import { type Checking, mostParts, uploadOf } from './multipart.ts'
import { checkCondition, writtenHeaders } from './objects.ts'
import type { NewObject, WriteCondition } from './objects-store.ts'
import { readWriteCondition } from './preconditions.ts'
import { readWhole } from './receive.ts'
import { noSuchUpload } from './refusals.ts'
import type { BucketRequest } from './request.ts'
import { takeOtherParts, takeUpload, type Upload } from './uploads-store.ts'
import { newVersion } from './versions.ts'
import { malformedXml, readXml, textOf } from './xml-body.ts'

const leastPart = 5 * 1024 * 1024
/** Ten thousand parts with checksums. */
const longestList = 4 * 1024 * 1024

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
  const size = parts.reduce((total, { size }) => total + size, 0)
  const expected = headers['x-amz-mp-object-size']
  // AWS: CompleteMultipartUpload, x-amz-mp-object-size. unproved: the sentence.
  if (expected !== undefined && expected !== String(size)) {
    const told = `The provided 'x-amz-mp-object-size' header value ${expected.slice(0, 20)} does not match what was computed: ${size}`
    fail('InvalidRequest', told, { status: 400 })
  }
  const made: NewObject = {
    bucket: bucketName,
    name: key,
    size,
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
