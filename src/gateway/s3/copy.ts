/** CopyObject: an object made of another, with its own or the other's metadata and tags. */
import { fail } from '../../wire/errors.ts'
import type { Answer } from '../../wire/http.ts'
import { checksumElements, checkWritable, readAbout, redirectHeader } from './about.ts'
import { quoted, xmlAnswer, xmlTime } from './answers.ts'
import { type Algorithm, isAlgorithm } from './checksums.ts'
import { store } from './commit.ts'
import { closing, demandTagsAlong, findSource, openSource, sourceHeaders } from './copy-source.ts'
import { replaces } from './directives.ts'
import type { WithElsewhere } from './elsewhere.ts'
import { encryptionHeader } from './encryption.ts'
import { causeOf } from './events.ts'
import { demandTagging } from './object-rights.ts'
import { checkCondition, writtenHeaders } from './objects.ts'
import { readWriteCondition } from './preconditions.ts'
import { largestPut, receive } from './receive.ts'
import type { BucketRequest, S3Request } from './request.ts'
import { readTagHeader } from './tags.ts'

const toItself =
  "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes."

const changing = ['x-amz-storage-class', encryptionHeader, redirectHeader]

/** The checksum that the copy is to have. */
export function askedAlgorithm(headers: S3Request['headers']): Algorithm | undefined {
  const asked = headers['x-amz-checksum-algorithm']?.toUpperCase()
  return asked !== undefined && isAlgorithm(asked) ? asked : undefined
}

export async function CopyObject(request: BucketRequest & WithElsewhere): Promise<Answer> {
  const { world, bucket, bucketName, key, headers } = request
  checkWritable(headers)
  const replace = replaces(headers, 'metadata')
  const own = readAbout(headers)
  const ownTags = replaces(headers, 'tagging') ? (readTagHeader(headers['x-amz-tagging']) ?? {}) : undefined
  const condition = readWriteCondition(headers)
  const source = await findSource(request)
  if (condition) await checkCondition(request, condition)
  const { name } = source
  const itself = name.bucket === bucketName && name.key === key && name.version === undefined
  const changed = replace || changing.some((name) => headers[name] !== undefined)
  if (itself && !changed) fail('InvalidRequest', toItself, { status: 400 })
  await demandTagging(request, ownTags)
  const opened = await openSource(request, source, { algorithm: askedAlgorithm(headers), tags: ownTags === undefined })
  return closing(opened, async () => {
    const tags = ownTags ?? opened.about.tags
    if (ownTags === undefined) await demandTagsAlong(request, source, tags)
    const { checksumType: _, parts: __, tags: ___, ...old } = opened.about
    const redirect = own.headers[redirectHeader]
    const about = {
      ...(replace ? own : { ...old, ...(own.storageClass && { storageClass: own.storageClass }) }),
      ...(!replace && redirect !== undefined && { headers: { ...old.headers, [redirectHeader]: redirect } }),
      ...(tags && Object.keys(tags).length > 0 && { tags }),
    }
    const received = await receive(world, opened.incoming, { inRow: true, most: largestPut })
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
      { ...writtenHeaders(request, made), ...sourceHeaders(opened) },
    )
  })
}
