/** ListParts and ListMultipartUploads: what has been sent of uploads that are not completed. */
import type { Answer } from '../../wire/http.ts'
import { checksumElements } from './about.ts'
import { quoted, xmlAnswer, xmlTime } from './answers.ts'
import { listFiles } from './files-store.ts'
import { successor } from './key-order.ts'
import { foldedPrefix, readEncoding } from './listing.ts'
import { mostParts, uploadOf } from './multipart.ts'
import { readCount, readText } from './query.ts'
import type { BucketRequest } from './request.ts'
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

type Asked = {
  readonly prefix: string
  readonly delimiter: string
  readonly keyMarker: string
  readonly idMarker: string
  readonly limit: number
}

/** Where the next page begins if this one ends with a common prefix, or with an upload. */
type Last = { readonly name: string; readonly id: string | undefined }

/** One page; past a common prefix it goes on behind everything that folds into it. `last` is there if there is more. */
async function readUploads({ world, bucketName }: BucketRequest, asked: Asked) {
  const { prefix, delimiter, keyMarker, idMarker, limit } = asked
  const uploads: Upload[] = []
  const prefixes: string[] = []
  const behind = (folded: string): Last | undefined => {
    const name = successor(folded)
    return name === undefined ? undefined : { name, id: '' }
  }
  const isPrefix = idMarker === '' && foldedPrefix(keyMarker, prefix, delimiter) === keyMarker
  let after = isPrefix ? behind(keyMarker) : { name: keyMarker, id: idMarker || undefined }
  let last: Last = { name: keyMarker, id: idMarker }
  while (after) {
    const rows = await listUploads(world.db, bucketName, { prefix, after, limit: limit + 1 })
    let folded: string | undefined
    for (const row of rows) {
      if (uploads.length + prefixes.length >= limit) return { uploads, prefixes, last }
      folded = foldedPrefix(row.name, prefix, delimiter)
      last = folded === undefined ? { name: row.name, id: row.id } : { name: folded, id: '' }
      after = folded === undefined ? last : behind(folded)
      if (folded !== undefined) break
      uploads.push(row)
    }
    if (folded !== undefined) prefixes.push(folded)
    else if (rows.length <= limit) break
  }
  return { uploads, prefixes, last: undefined }
}

export async function ListMultipartUploads(request: BucketRequest): Promise<Answer> {
  const { world, bucketName, query } = request
  const { type, print } = readEncoding(query)
  const [prefix, delimiter] = [readText(query, 'prefix'), readText(query, 'delimiter')]
  const keyMarker = readText(query, 'key-marker')
  const idMarker = readText(query, 'upload-id-marker')
  const limit = readCount(query, 'max-uploads')
  const { uploads, prefixes, last } = await readUploads(request, { prefix, delimiter, keyMarker, idMarker, limit })
  return xmlAnswer('ListMultipartUploadsResult', {
    Bucket: bucketName,
    KeyMarker: print(keyMarker),
    UploadIdMarker: idMarker,
    NextKeyMarker: last ? print(last.name) : '',
    NextUploadIdMarker: last?.id ?? '',
    Prefix: print(prefix),
    Delimiter: delimiter === '' ? undefined : print(delimiter),
    EncodingType: type,
    MaxUploads: limit,
    IsTruncated: last !== undefined && limit > 0,
    Upload: uploads.map((upload) => ({
      Key: print(upload.name),
      UploadId: upload.id,
      ...person(upload, world.settings.account),
      StorageClass: upload.about.storageClass ?? 'STANDARD',
      Initiated: xmlTime(upload.begun),
    })),
    CommonPrefixes: prefixes.map((folded) => ({ Prefix: print(folded) })),
  })
}
