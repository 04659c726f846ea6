/** ListParts and ListMultipartUploads: what has been sent of uploads that are not completed. */
import type { Answer } from '../../wire/http.ts'
import { checksumElements } from './about.ts'
import { quoted, xmlAnswer, xmlTime } from './answers.ts'
import { readCount, readEncoding, readText } from './list-objects.ts'
import { foldedPrefix } from './listing.ts'
import { mostParts, uploadOf } from './multipart.ts'
import type { BucketRequest } from './request.ts'
import { listFiles } from './store.ts'
import { listUploads, type Upload } from './uploads-store.ts'

const person = ({ initiator }: Upload, account: string) => ({
  Initiator: { ID: initiator, DisplayName: initiator },
  Owner: { ID: account, DisplayName: account },
})

export async function ListParts(request: BucketRequest): Promise<Answer> {
  const { world, bucketName, key, query } = request
  const upload = await uploadOf(request)
  const limit = readCount(query, 'max-parts')
  const marker = readCount(query, 'part-number-marker', mostParts)
  const after = query.get('part-number-marker') ? marker : 0
  const rows = await listFiles(world.db, upload.id, after, limit + 1)
  const shown = rows.slice(0, limit)
  return xmlAnswer('ListPartsResult', {
    Bucket: bucketName,
    Key: readEncoding(query).print(key),
    UploadId: upload.id,
    ...person(upload, world.settings.account),
    StorageClass: upload.about.storageClass ?? 'STANDARD',
    PartNumberMarker: after,
    NextPartNumberMarker: shown.at(-1)?.number,
    MaxParts: limit,
    IsTruncated: rows.length > limit && limit > 0,
    ChecksumAlgorithm: upload.about.algorithm,
    ChecksumType: upload.about.algorithm && upload.about.checksumType,
    Part: shown.map((part) => ({
      PartNumber: part.number,
      LastModified: xmlTime(part.modified),
      ETag: quoted(part.etag),
      Size: part.size,
      ...checksumElements(part),
    })),
  })
}

export async function ListMultipartUploads(request: BucketRequest): Promise<Answer> {
  const { world, bucketName, query } = request
  const { type, print } = readEncoding(query)
  const [prefix, delimiter] = [readText(query, 'prefix'), readText(query, 'delimiter')]
  const keyMarker = readText(query, 'key-marker')
  const idMarker = readText(query, 'upload-id-marker')
  const limit = readCount(query, 'max-uploads')
  const uploads: Upload[] = []
  const prefixes = new Set<string>()
  let after = { name: keyMarker, id: idMarker === '' ? undefined : idMarker }
  let truncated = false
  paging: for (;;) {
    const rows = await listUploads(world.db, bucketName, { prefix, after, limit: mostParts })
    for (const row of rows) {
      const folded = foldedPrefix(row.name, prefix, delimiter)
      if (folded === undefined || !prefixes.has(folded)) {
        truncated = uploads.length + prefixes.size >= limit
        if (truncated) break paging
        if (folded === undefined) uploads.push(row)
        else prefixes.add(folded)
      }
      after = { name: row.name, id: row.id }
    }
    if (rows.length < mostParts) break
  }
  return xmlAnswer('ListMultipartUploadsResult', {
    Bucket: bucketName,
    KeyMarker: print(keyMarker),
    UploadIdMarker: idMarker,
    NextKeyMarker: truncated ? print(after.name) : '',
    NextUploadIdMarker: truncated ? after.id : '',
    Prefix: print(prefix),
    Delimiter: delimiter === '' ? undefined : print(delimiter),
    EncodingType: type,
    MaxUploads: limit,
    IsTruncated: truncated && limit > 0,
    Upload: uploads.map((upload) => ({
      Key: print(upload.name),
      UploadId: upload.id,
      ...person(upload, world.settings.account),
      StorageClass: upload.about.storageClass ?? 'STANDARD',
      Initiated: xmlTime(upload.begun),
    })),
    CommonPrefixes: [...prefixes].map((folded) => ({ Prefix: print(folded) })),
  })
}
