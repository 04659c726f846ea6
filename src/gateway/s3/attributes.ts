/** GetObjectAttributes: what is known of an object without its bytes. */
import type { Answer } from '../../wire/http.ts'
import type { XmlValue } from '../../wire/xml.ts'
import { checksumElements } from './about.ts'
import { httpTime, xmlAnswer } from './answers.ts'
import { listFiles } from './files-store.ts'
import { demandRead, holdToTags, tagsOf } from './object-rights.ts'
import { markerAnswer, refuseAbsent, wantedOf } from './objects.ts'
import type { ObjectRow } from './objects-store.ts'
import { demand } from './permission.ts'
import { findRow, isMarker } from './reading.ts'
import { invalidArgument } from './refusals.ts'
import { type BucketRequest, objectArn } from './request.ts'
import { existingTagKeys } from './tags.ts'
import { shownVersion, versionHeader } from './versions.ts'

const names = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'] as const
type Name = (typeof names)[number]
const mostParts = 1000

function readNames(header: string | undefined): ReadonlySet<Name> {
  const asked = (header ?? '').split(',').map((name) => name.trim())
  const known = asked.filter((name): name is Name => (names as readonly string[]).includes(name))
  if (known.length === asked.length) return new Set(known)
  return invalidArgument('Invalid attribute name specified.', 'x-amz-object-attributes', header ?? '')
}

function readNumber({ headers }: BucketRequest, name: string, otherwise: number): number {
  const text = headers[name]
  if (text === undefined) return otherwise
  return /^\d{1,9}$/.test(text)
    ? Number(text)
    : invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, name, text)
}

/** The parts that the object was uploaded in; single ones only where each has a checksum that was asked for. */
async function partsOf(request: BucketRequest, row: ObjectRow): Promise<XmlValue> {
  const { about, body } = row
  if (about.parts === undefined || body === undefined) return undefined
  const limit = Math.min(readNumber(request, 'x-amz-max-parts', mostParts), mostParts)
  const after = readNumber(request, 'x-amz-part-number-marker', 0)
  const files = await listFiles(request.world.db, body, after, limit + 1)
  const shown = files.slice(0, limit)
  return {
    PartsCount: about.parts,
    PartNumberMarker: after,
    NextPartNumberMarker: shown.at(-1)?.number ?? 0,
    MaxParts: limit,
    IsTruncated: files.length > limit,
    Part: shown.map((part) => ({ PartNumber: part.number, Size: part.size, ...checksumElements(part) })),
  }
}

export async function GetObjectAttributes(request: BucketRequest): Promise<Answer> {
  const { world, bucket, bucketName, key, headers } = request
  const asked = readNames(headers['x-amz-object-attributes'])
  const wanted = wantedOf(request)
  const { version } = wanted
  const target = { bucket, key, version }
  const judged = await tagsOf(request, target)
  await demandRead(request, target, judged)
  await demand(request, bucket, {
    action: version === undefined ? 's3:GetObjectAttributes' : 's3:GetObjectVersionAttributes',
    resource: objectArn(bucketName, key),
    keys: ['version'],
    more: existingTagKeys(judged),
  })
  const row = await findRow(world, wanted)
  if (!row) return refuseAbsent(request)
  if (isMarker(row)) return markerAnswer(request, row)
  await holdToTags(request, target, row, judged)
  const { about } = row
  const content: Record<Name, XmlValue> = {
    ETag: row.etag,
    Checksum: { ...checksumElements(about), ChecksumType: about.checksumType ?? 'FULL_OBJECT' },
    ObjectParts: asked.has('ObjectParts') ? await partsOf(request, row) : undefined,
    StorageClass: about.storageClass ?? 'STANDARD',
    ObjectSize: row.size,
  }
  const shown = Object.fromEntries(Object.entries(content).filter(([name]) => asked.has(name as Name)))
  return xmlAnswer('GetObjectAttributesResponse', shown, {
    'last-modified': httpTime(row.modified),
    ...versionHeader(shownVersion(bucket, row.version)),
  })
}
