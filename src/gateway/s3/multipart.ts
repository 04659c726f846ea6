/** Uploads in parts: how they begin, how one is found, how one is given up. */
import { fail } from '../../wire/errors.ts'
import type { Answer } from '../../wire/http.ts'
import { checkWritable, readAbout } from './about.ts'
import { emptyAnswer, xmlAnswer } from './answers.ts'
import { type Algorithm, canBeFull, isAlgorithm } from './checksums.ts'
import { inBucket } from './commit.ts'
import { encryptionHeaders } from './encryption.ts'
import { newId } from './files.ts'
import { dropFiles } from './files-store.ts'
import { demandTagging } from './object-rights.ts'
import { noSuchUpload } from './refusals.ts'
import type { BucketRequest } from './request.ts'
import { readTagHeader } from './tags.ts'
import { findUpload, insertUpload, takeUpload, type Upload } from './uploads-store.ts'

export const mostParts = 10_000

const idOf = ({ query }: BucketRequest) => query.get('uploadId') ?? ''

/** The upload that a request names. */
export async function uploadOf(request: BucketRequest): Promise<Upload> {
  const id = idOf(request)
  if (!/^[0-9a-f]{32}$/.test(id)) return noSuchUpload(id)
  return (await findUpload(request.world.db, request.bucketName, request.key, id)) ?? noSuchUpload(id)
}

export type Checking = { algorithm?: Algorithm; checksumType?: 'FULL_OBJECT' | 'COMPOSITE' }

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

export async function AbortMultipartUpload(request: BucketRequest): Promise<Answer> {
  const { world, bucketName, key } = request
  const { id } = await uploadOf(request)
  if (!(await takeUpload(world.db, bucketName, key, id))) noSuchUpload(id)
  await dropFiles(world.db, id, world.now())
  return emptyAnswer(204)
}
