/** Lifecycle at work: what the rules of a bucket say is over goes, once a day, as AWS counts: from midnight to midnight UTC. */
import { isOutage } from '../../store/errors.ts'
import type { World } from '../../world.ts'
import { httpTime } from './answers.ts'
import { type Bucket, listBuckets } from './buckets-store.ts'
import { remove } from './commit.ts'
import { type Cause, ownCause } from './events.ts'
import { dropFiles } from './files-store.ts'
import type { Place } from './key-order.ts'
import { covers, dueAfter, expiryOf, type LifecycleRule } from './lifecycle-rules.ts'
import type { ObjectRow } from './objects-store.ts'
import { listUploads, takeUpload } from './uploads-store.ts'
import { listVersions, type VersionRow } from './versions-store.ts'

const batch = 500

/** When the object expires, as every answer about it tells. */
export function expirationHeader(
  { lifecycle = [] }: Bucket,
  row: Pick<ObjectRow, 'name' | 'size' | 'about' | 'modified'>,
): Record<string, string> {
  const expiry = expiryOf(lifecycle, row)
  if (!expiry) return {}
  return { 'x-amz-expiration': `expiry-date="${httpTime(expiry.at)}", rule-id="${encodeURIComponent(expiry.rule)}"` }
}

/** What becomes of one version; without an id the object goes as by DeleteObject. */
type Fate = { readonly gone: boolean; readonly version: string | undefined }
const stays: Fate = { gone: false, version: undefined }

/** The key's versions as they are met, the latest first. */
type Neighbours = {
  /** When the next newer version was written; undefined for the latest. */
  readonly newer: number | undefined
  /** How many earlier versions are newer than this one. */
  readonly newerEarlier: number
  readonly alone: boolean
}

function fateOf(rules: readonly LifecycleRule[], row: VersionRow, near: Neighbours, now: number): Fate {
  if (near.newer === undefined) {
    if (row.marker) {
      const ages = (rule: LifecycleRule) =>
        rule.loneMarker || (rule.days !== undefined && dueAfter(row.modified, rule.days) <= now)
      const over = near.alone && rules.some((rule) => ages(rule) && covers(rule, row))
      return over ? { gone: true, version: row.version } : stays
    }
    const expiry = expiryOf(rules, row)
    // Where versions are kept a marker is put over it.
    return expiry && expiry.at <= now ? { gone: true, version: undefined } : stays
  }
  const since = near.newer
  const over = rules.some(
    (rule) =>
      rule.earlier &&
      covers(rule, row) &&
      dueAfter(since, rule.earlier.days) <= now &&
      near.newerEarlier >= (rule.earlier.keep ?? 0),
  )
  return over ? { gone: true, version: row.version } : stays
}

/** Removes what is over in one bucket; answers how much that was. */
async function expireObjects(world: World, bucket: Bucket, stopping?: AbortSignal): Promise<number> {
  const rules = (bucket.lifecycle ?? []).filter(({ enabled }) => enabled)
  if (!rules.some((rule) => rule.days ?? rule.date ?? rule.loneMarker ?? rule.earlier)) return 0
  const cause = ownCause(world)
  const now = world.now()
  let removed = 0
  let from: Place = { name: '', inclusive: true }
  let former: VersionRow | undefined
  let newerEarlier = 0
  for (;;) {
    const rows = await listVersions(world.db, bucket.name, { from, before: undefined, limit: batch + 1 })
    for (const [index, row] of rows.slice(0, batch).entries()) {
      if (stopping?.aborted) return removed
      const first = former?.name !== row.name
      const newer: number | undefined = first ? undefined : former?.modified
      const alone = first && rows[index + 1]?.name !== row.name
      const fate = fateOf(rules, row, { newer, newerEarlier: first ? 0 : newerEarlier, alone }, now)
      if (fate.gone) removed += (await expire(world, bucket, row, fate.version, cause)) ? 1 : 0
      newerEarlier = first ? 0 : newerEarlier + 1
      former = row
      from = { name: row.name, inclusive: false, rank: row.rank }
    }
    if (rows.length <= batch) return removed
  }
}

/** What was written anew meanwhile is another object and stays. */
async function expire(
  world: World,
  bucket: Bucket,
  { name, etag, modified, marker }: VersionRow,
  version: string | undefined,
  cause: Cause,
): Promise<boolean> {
  const which = version === undefined ? { etag, modified } : { version, ...(!marker && { etag }) }
  return (await remove(world, { bucket, name }, which, cause, 'LifecycleExpiration')) !== undefined
}

/** Ends uploads that were begun too long ago. */
async function abortUploads(world: World, bucket: Bucket, stopping?: AbortSignal): Promise<number> {
  let aborted = 0
  for (const rule of bucket.lifecycle ?? []) {
    const { abortDays, prefix, enabled } = rule
    if (!enabled || abortDays === undefined) continue
    let after = { name: prefix, id: '' as string | undefined }
    for (;;) {
      const uploads = await listUploads(world.db, bucket.name, { prefix, after, limit: batch })
      for (const upload of uploads) {
        if (stopping?.aborted) return aborted
        after = { name: upload.name, id: upload.id }
        if (dueAfter(upload.begun, abortDays) > world.now()) continue
        if (!(await takeUpload(world.db, bucket.name, upload.name, upload.id))) continue
        await dropFiles(world.db, upload.id, world.now())
        aborted += 1
      }
      if (uploads.length < batch) break
    }
  }
  return aborted
}

/** One bucket's trouble is no other's. */
async function expireBucket(world: World, bucket: Bucket, stopping?: AbortSignal): Promise<number> {
  try {
    return (await expireObjects(world, bucket, stopping)) + (await abortUploads(world, bucket, stopping))
  } catch (error) {
    if (isOutage(error)) throw error
    world.log.warn({ err: error, bucket: bucket.name }, 'The lifecycle rules of a bucket could not be carried out.')
    return 0
  }
}

/** One look at every bucket that has rules; answers how many objects, versions and uploads went. */
export async function expireBuckets(world: World, stopping?: AbortSignal): Promise<number> {
  let count = 0
  for (let after = ''; ; ) {
    const buckets = await listBuckets(world.db, { after, prefix: '', limit: batch })
    for (const bucket of buckets.filter(({ lifecycle }) => lifecycle)) {
      if (stopping?.aborted) return count
      count += await expireBucket(world, bucket, stopping)
    }
    if (buckets.length < batch) return count
    after = buckets.at(-1)?.name ?? ''
  }
}
