/** The rights that depend on tags: an object's own, and those that a request brings. */

import type { Bucket } from './buckets-store.ts'
import { versionKeys } from './conditions.ts'
import { describeObject, type ObjectRow } from './objects-store.ts'
import { demand } from './permission.ts'
import { objectArn, type S3Request } from './request.ts'
import { existingTagKeys, requestTagKeys, sameTags, type Tags } from './tags.ts'
import { findVersion } from './versions-store.ts'

export type Target = { readonly bucket: Bucket; readonly key: string; readonly version: string | undefined }

/** The tags that a decision about an object has to know; nothing is looked up in buckets that never had any. */
export async function tagsOf(
  { world: { db } }: S3Request,
  { bucket, key, version }: Target,
): Promise<Tags | undefined> {
  if (!bucket.tagged || key === '') return undefined
  const row =
    version === undefined
      ? await describeObject(db, bucket.name, key)
      : await findVersion(db, bucket.name, key, version)
  return row?.about.tags
}

/** Refuses who may not read the object, tagged as it is. The version is the target's: of a copy's source no query speaks. */
export const demandRead = (request: S3Request, { bucket, key, version }: Target, tags: Tags | undefined) =>
  demand(request, bucket, {
    action: version === undefined ? 's3:GetObject' : 's3:GetObjectVersion',
    resource: objectArn(bucket.name, key),
    more: { ...existingTagKeys(tags), ...versionKeys(version) },
  })

/** The object that is read may be another than the one that was decided about: then its tags are asked for anew. */
export async function holdToTags(request: S3Request, target: Target, row: ObjectRow, judged: Tags | undefined) {
  if (!sameTags(row.about.tags, judged)) await demandRead(request, target, row.about.tags)
}

/**
 * Who brings tags needs the right to set them, besides that to write; none are no tags. AWS: CLI reference, `s3 cp`,
 * `--copy-props none`, the way of those who have no rights to tags.
 */
export async function demandTagging(
  request: S3Request & { readonly bucket?: Bucket },
  tags: Tags | undefined,
): Promise<void> {
  if (tags === undefined || Object.keys(tags).length === 0) return
  await demand(request, request.bucket, {
    action: 's3:PutObjectTagging',
    resource: objectArn(request.bucketName, request.key),
    more: requestTagKeys(tags),
  })
}
