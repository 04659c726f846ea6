/** The tags of objects. They may change while the object's bytes, ETag and time stay. */
import type { Db } from '../../store/db.ts'
import type { Answer } from '../../wire/http.ts'
import { emptyAnswer, xmlAnswer } from './answers.ts'
import { setTagged } from './buckets-store.ts'
import { causeOf, noteEvent } from './events.ts'
import { readDocument } from './incoming.ts'
import { tagsOf } from './object-rights.ts'
import { markerAnswer, refuseAbsent, wantedOf } from './objects.ts'
import { describeObject, type ObjectRow } from './objects-store.ts'
import { demand } from './permission.ts'
import { isMarker } from './reading.ts'
import { type BucketRequest, objectArn } from './request.ts'
import { existingTagKeys, readTagging, requestTagKeys, type Tags, tagSet } from './tags.ts'
import { shownVersion, versionHeader } from './versions.ts'
import { findVersion, setAbout } from './versions-store.ts'

const longestDocument = 64 * 1024

const find = (db: Db, { bucketName, key }: BucketRequest, version: string | undefined) =>
  version === undefined ? describeObject(db, bucketName, key) : findVersion(db, bucketName, key, version)

const header = ({ bucket }: BucketRequest, row: ObjectRow) => versionHeader(shownVersion(bucket, row.version))

/** The right to do this to the tags, seen by those that are there and those that are to be. */
async function demandTags(request: BucketRequest, verb: 'Get' | 'Put' | 'Delete', wanted?: Tags): Promise<void> {
  const { bucket, bucketName, key } = request
  const { version } = wantedOf(request)
  await demand(request, bucket, {
    action: `s3:${verb}Object${version === undefined ? '' : 'Version'}Tagging`,
    resource: objectArn(bucketName, key),
    keys: ['version'],
    more: { ...existingTagKeys(await tagsOf(request, { bucket, key, version })), ...requestTagKeys(wanted) },
  })
}

export async function GetObjectTagging(request: BucketRequest): Promise<Answer> {
  await demandTags(request, 'Get')
  const row = await find(request.world.db, request, wantedOf(request).version)
  if (!row) return refuseAbsent(request)
  if (isMarker(row)) return markerAnswer(request, row)
  return xmlAnswer('Tagging', tagSet(row.about.tags), header(request, row))
}

/** Sets all tags at once; none removes them. Answers the row, or undefined if there is none. */
async function setTags(request: BucketRequest, tags: Tags | undefined): Promise<ObjectRow | undefined> {
  const { world, bucket, bucketName, key } = request
  const { version } = wantedOf(request)
  return world.db.transaction(async (db) => {
    const row = await find(db, request, version)
    if (!row || isMarker(row)) return row
    const { tags: _, ...others } = row.about
    const about = JSON.stringify({ ...others, ...(tags && Object.keys(tags).length > 0 && { tags }) })
    await setAbout(db, bucketName, key, row.version, about)
    await setTagged(db, bucketName)
    const name = tags === undefined ? 'ObjectTagging:Delete' : 'ObjectTagging:Put'
    const shown = shownVersion(bucket, row.version)
    await noteEvent(db, world, bucket, causeOf(request), { name, key, etag: row.etag, version: shown })
    return row
  })
}

export async function PutObjectTagging(request: BucketRequest): Promise<Answer> {
  // The right depends on the tags, so they are read first.
  const tags = readTagging(await readDocument(request, longestDocument), 'object')
  await demandTags(request, 'Put', tags)
  const row = await setTags(request, tags)
  if (!row) return refuseAbsent(request)
  return isMarker(row) ? markerAnswer(request, row) : emptyAnswer(200, header(request, row))
}

export async function DeleteObjectTagging(request: BucketRequest): Promise<Answer> {
  await demandTags(request, 'Delete')
  const row = await setTags(request, undefined)
  if (!row) return refuseAbsent(request)
  return isMarker(row) ? markerAnswer(request, row) : emptyAnswer(204, header(request, row))
}
