/** The parts of an upload, sent or copied. */
import { fail } from '../../wire/errors.ts'
import type { Answer } from '../../wire/http.ts'
import { checksumElements } from './about.ts'
import { emptyAnswer, quoted, xmlAnswer, xmlTime } from './answers.ts'
import { type Algorithm, algorithms } from './checksums.ts'
import { abandon } from './commit.ts'
import { closing, findSource, openSource, sourceHeaders } from './copy-source.ts'
import type { WithElsewhere } from './elsewhere.ts'
import { encryptionHeaders } from './encryption.ts'
import { removeFile } from './files.ts'
import { openIncoming, withLength } from './incoming.ts'
import { mostParts, uploadOf } from './multipart.ts'
import { type Incoming, type Received, receive } from './receive.ts'
import { invalidArgument, noSuchUpload } from './refusals.ts'
import type { BucketRequest } from './request.ts'
import { putPart, type Upload } from './uploads-store.ts'

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
