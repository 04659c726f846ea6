/** ListObjectsV2 and its forerunner ListObjects. */
import type { Answer } from '../../wire/http.ts'
import type { XmlValue } from '../../wire/xml.ts'
import { quoted, xmlAnswer, xmlTime } from './answers.ts'
import { type Place, successor } from './key-order.ts'
import { foldedPrefix, readEncoding, readPage, readToken, writeToken } from './listing.ts'
import { listObjects, type ObjectRow } from './objects-store.ts'
import { readCount, readText } from './query.ts'
import { invalidArgument } from './refusals.ts'
import type { BucketRequest } from './request.ts'

export const owner = (account: string) => ({ ID: account, DisplayName: account })

export const content = ({ name, size, etag, modified, about }: ObjectRow, print: (text: string) => string) => ({
  Key: print(name),
  LastModified: xmlTime(modified),
  ETag: quoted(etag),
  ChecksumAlgorithm: Object.keys(about.checksums),
  ...(Object.keys(about.checksums).length > 0 && { ChecksumType: about.checksumType ?? 'FULL_OBJECT' }),
  Size: size,
  StorageClass: about.storageClass ?? 'STANDARD',
})

function read(request: BucketRequest, from: Place) {
  const { world, bucketName, query } = request
  const prefix = readText(query, 'prefix')
  const delimiter = readText(query, 'delimiter')
  const limit = readCount(query, 'max-keys')
  const fetch = (from: Place, before: string | undefined, limit: number) =>
    listObjects(world.db, bucketName, { from, before, limit })
  return { prefix, delimiter, limit, page: () => readPage({ prefix, delimiter, limit, from }, fetch) }
}

export async function ListObjectsV2(request: BucketRequest): Promise<Answer> {
  const { query, bucketName, world } = request
  const token = query.get('continuation-token')
  const startAfter = readText(query, 'start-after')
  const from =
    token === undefined
      ? { name: startAfter, inclusive: false }
      : (readToken(token) ??
        invalidArgument('The continuation token provided is incorrect', 'continuation-token', token))
  const { prefix, delimiter, limit, page } = read(request, from)
  const { type, print } = readEncoding(query)
  const { contents, prefixes, next } = await page()
  const withOwner = query.get('fetch-owner') === 'true' ? { Owner: owner(world.settings.account) } : {}
  return xmlAnswer('ListBucketResult', {
    Name: bucketName,
    Prefix: print(prefix),
    Delimiter: delimiter === '' ? undefined : print(delimiter),
    MaxKeys: limit,
    EncodingType: type,
    KeyCount: contents.length + prefixes.length,
    IsTruncated: next !== undefined,
    ContinuationToken: token,
    NextContinuationToken: next && writeToken(next),
    StartAfter: startAfter === '' ? undefined : print(startAfter),
    Contents: contents.map((row) => ({ ...content(row, print), ...withOwner })),
    CommonPrefixes: prefixes.map((folded) => ({ Prefix: print(folded) })),
  } satisfies Record<string, XmlValue>)
}

/** A marker that is a common prefix itself was printed on the page before: what folds into it is not shown again. */
export function afterMarker(marker: string, prefix: string, delimiter: string): Place {
  const behind = foldedPrefix(marker, prefix, delimiter) === marker ? successor(marker) : undefined
  return behind === undefined ? { name: marker, inclusive: false } : { name: behind, inclusive: true }
}

export async function ListObjects(request: BucketRequest): Promise<Answer> {
  const { query, bucketName, world } = request
  const marker = readText(query, 'marker')
  const from = afterMarker(marker, readText(query, 'prefix'), readText(query, 'delimiter'))
  const { prefix, delimiter, limit, page } = read(request, from)
  const { type, print } = readEncoding(query)
  const { contents, prefixes, next, last } = await page()
  return xmlAnswer('ListBucketResult', {
    Name: bucketName,
    Prefix: print(prefix),
    Marker: print(marker),
    MaxKeys: limit,
    Delimiter: delimiter === '' ? undefined : print(delimiter),
    EncodingType: type,
    IsTruncated: next !== undefined,
    // AWS names it only with a delimiter; without one clients take the last key.
    NextMarker: next && delimiter !== '' && last !== undefined ? print(last) : undefined,
    Contents: contents.map((row) => ({ ...content(row, print), Owner: owner(world.settings.account) })),
    CommonPrefixes: prefixes.map((folded) => ({ Prefix: print(folded) })),
  } satisfies Record<string, XmlValue>)
}
