/** DeleteObjects: up to a thousand keys in one request, each with its own permission and its own outcome. */
import { AwsError, fail } from '../../wire/errors.ts'
import type { Answer } from '../../wire/http.ts'
import { element } from '../../wire/xml.ts'
import { longestKey } from './address.ts'
import { unquoted, xmlAnswer } from './answers.ts'
import type { Bucket } from './buckets-store.ts'
import { type Removed, remove } from './commit.ts'
import { versionKeys } from './conditions.ts'
import { causeOf } from './events.ts'
import { readDocument } from './incoming.ts'
import { ask, deny } from './permission.ts'
import { describeRow } from './reading.ts'
import { notImplemented } from './refusals.ts'
import { type BucketRequest, objectArn, type S3Request } from './request.ts'
import { checkVersion } from './versions.ts'
import { malformedXml, readXml, textOf } from './xml-body.ts'

const mostKeys = 1000
/** A thousand of the longest keys, with room for escapes. Anybody may send one: who may delete what is asked of each key. */
export const mostBytes = 2 * 1024 * 1024
const together = 32

type Wanted = { readonly key: string; readonly version: string | undefined; readonly etag: string | undefined }

/** What a Delete document asks for. */
export function readDeletions(document: Buffer): { readonly quiet: boolean; readonly wanted: readonly Wanted[] } {
  const root = readXml(document, 'Delete')
  const quiet = (textOf(root, 'Quiet') ?? 'false').trim().toLowerCase() === 'true'
  const wanted = (root.children['Object'] ?? []).map((node): Wanted => {
    // AWS: conditions of directory buckets. Whoever sets one wants no other object deleted.
    for (const name of ['LastModifiedTime', 'Size']) if (node.children[name]) notImplemented(name)
    return {
      key: textOf(node, 'Key') || malformedXml('an object without key'),
      version: textOf(node, 'VersionId') || undefined,
      etag: textOf(node, 'ETag') || undefined,
    }
  })
  if (wanted.length === 0 || wanted.length > mostKeys) malformedXml('number of objects')
  return { quiet, wanted }
}

/** Whom no policy allows anything need not send a document to hear so. */
export function refuseStrangers({ caller }: S3Request, bucket?: Bucket): void {
  if (caller.kind !== 'anonymous' || bucket?.policy !== undefined) return
  fail('AccessDenied', 'Access Denied', { status: 403, detail: 'anonymous, and no policy of the bucket' })
}

export async function DeleteObjects(request: BucketRequest): Promise<Answer> {
  refuseStrangers(request, request.bucket)
  const { quiet, wanted } = readDeletions(await readDocument(request, mostBytes))
  const outcomes: string[] = []
  // Some at once, so that they share a commit.
  for (let at = 0; at < wanted.length; at += together) {
    const some = wanted.slice(at, at + together)
    outcomes.push(...(await Promise.all(some.map((one) => outcomeOf(request, one, quiet)))))
  }
  return xmlAnswer('DeleteResult', outcomes.join(''))
}

/** What the answer says of one object; of a success nothing, if quiet is asked for. */
async function outcomeOf(request: BucketRequest, one: Wanted, quiet: boolean): Promise<string> {
  const names = { Key: one.key, VersionId: one.version }
  try {
    const removed = await deleteOne(request, one)
    return quiet ? '' : element('Deleted', { ...names, ...(removed?.marker && markerNames(removed)) })
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    return element('Error', { ...names, Code: error.code, Message: error.message })
  }
}

const markerNames = ({ version }: Removed) => ({ DeleteMarker: true, DeleteMarkerVersionId: version })

async function deleteOne(request: BucketRequest, { key, version, etag }: Wanted): Promise<Removed | undefined> {
  const { world, bucket, bucketName } = request
  const action = version === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion'
  const permission = {
    action,
    resource: objectArn(bucketName, key),
    more: versionKeys(version),
  }
  const verdict = await ask(request, bucket, permission)
  if (!verdict.allowed) deny(request, permission, verdict)
  checkVersion(version)
  // No such key exists, and no text of our databases can hold U+0000.
  if (Buffer.byteLength(key) > longestKey || key.includes('\0')) return undefined
  const which = { version, etag: etag === undefined ? undefined : unquoted(etag) }
  const removed = await remove(world, { bucket, name: key }, which, causeOf(request))
  if (!removed && etag !== undefined && (await describeRow(world, { bucket: bucketName, name: key, version }))) {
    throw new AwsError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold')
  }
  return removed
}
