/** ListObjectsV2 and its forerunner ListObjects. */
import { fail } from '../../wire/errors.ts'
import type { Answer } from '../../wire/http.ts'
import type { XmlValue } from '../../wire/xml.ts'
import { quoted, xmlAnswer, xmlTime } from './answers.ts'
import { type Place, successor } from './key-order.ts'
import { foldedPrefix, readPage, readToken, urlEncode, writeToken } from './listing.ts'
import { listObjects, type ObjectRow } from './objects-store.ts'
import type { BucketRequest } from './request.ts'

const mostKeys = 1000

export const invalidArgument = (message: string, name: string, value: string): never =>
  fail('InvalidArgument', message, { status: 400, extra: { ArgumentName: name, ArgumentValue: value } })

/** A count from the query, capped; refuses what is no number. */
export function readCount(query: ReadonlyMap<string, string>, name: string, most = mostKeys): number {
  const text = query.get(name)
  if (text === undefined || text === '') return most
  if (!/^\d{1,10}$/.test(text) || Number(text) > 2_147_483_647) {
    const sentence = /^-?\d+$/.test(text)
      ? `Argument ${name} must be an integer between 0 and 2147483647`
      : `Provided ${name} not an integer or within integer range`
    return invalidArgument(sentence, name, text)
  }
  return Math.min(Number(text), most)
}

/** How keys are printed: as they are, or percent-encoded if asked. */
export function readEncoding(query: ReadonlyMap<string, string>): {
  type: string | undefined
  print(text: string): string
} {
  const type = query.get('encoding-type')
  if (type === undefined || type === '') return { type: undefined, print: (text) => text }
  if (type !== 'url') return invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', type)
  return { type, print: urlEncode }
}

/** A text from the query that is compared with keys; no key holds U+0000. */
export function readText(query: ReadonlyMap<string, string>, name: string): string {
  const text = query.get(name) ?? ''
  return text.includes('\0') ? invalidArgument(`Invalid ${name}`, name, text) : text
}

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
