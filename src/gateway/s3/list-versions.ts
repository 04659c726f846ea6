/** ListObjectVersions: every version and every marker, by key and then the latest first. */
import type { Answer } from '../../wire/http.ts'
import { element } from '../../wire/xml.ts'
import { xmlAnswer, xmlTime } from './answers.ts'
import type { Place } from './key-order.ts'
import { afterMarker, content, owner } from './list-objects.ts'
import { readEncoding, readPage } from './listing.ts'
import { readCount, readText } from './query.ts'
import { invalidArgument } from './refusals.ts'
import type { BucketRequest } from './request.ts'
import { checkVersion } from './versions.ts'
import { findVersion, listVersions, type VersionRow } from './versions-store.ts'

/** Where the page begins. If the version of the marker is gone meanwhile, its key is told again rather than left out. */
async function readPlace({ world, query, bucketName }: BucketRequest): Promise<Place> {
  const key = readText(query, 'key-marker')
  const version = query.get('version-id-marker')
  if (version === undefined || version === '') {
    return afterMarker(key, readText(query, 'prefix'), readText(query, 'delimiter'))
  }
  if (key === '') {
    invalidArgument('A version-id marker cannot be specified without a key marker.', 'version-id-marker', version)
  }
  const found = await findVersion(world.db, bucketName, key, checkVersion(version) ?? '')
  return found ? { name: key, inclusive: false, rank: found.rank } : { name: key, inclusive: true }
}

export async function ListObjectVersions(request: BucketRequest): Promise<Answer> {
  const { query, bucketName, world } = request
  const from = await readPlace(request)
  const [prefix, delimiter] = [readText(query, 'prefix'), readText(query, 'delimiter')]
  const limit = readCount(query, 'max-keys')
  const { type, print } = readEncoding(query)
  const page = await readPage({ prefix, delimiter, limit, from }, (from, before, limit) =>
    listVersions(world.db, bucketName, { from, before, limit }),
  )
  const { contents, prefixes, next, last } = page
  const lastRow = contents.at(-1)
  const Owner = owner(world.settings.account)
  const printRow = (row: VersionRow) => {
    const { Key, ...rest } = content(row, print)
    const common = { Key, VersionId: row.version, IsLatest: row.latest }
    return row.marker
      ? element('DeleteMarker', { ...common, LastModified: xmlTime(row.modified), Owner })
      : element('Version', { ...common, ...rest, Owner })
  }
  const head = {
    Name: bucketName,
    Prefix: print(prefix),
    KeyMarker: print(readText(query, 'key-marker')),
    VersionIdMarker: query.get('version-id-marker') ?? '',
    NextKeyMarker: next && last !== undefined ? print(last) : undefined,
    NextVersionIdMarker: next && lastRow?.name === last ? lastRow?.version : undefined,
    MaxKeys: limit,
    Delimiter: delimiter === '' ? undefined : print(delimiter),
    EncodingType: type,
    IsTruncated: next !== undefined,
  }
  // Versions and markers stand in one order, which only the raw document shows.
  const body = [
    ...Object.entries(head).map(([name, value]) => element(name, value)),
    ...contents.map(printRow),
    ...prefixes.map((folded) => element('CommonPrefixes', { Prefix: print(folded) })),
  ]
  return xmlAnswer('ListVersionsResult', body.join(''))
}
