/** Makes a change to an object real: its row, the version before it, the outbox, and the files that nobody needs any more. */

import type { Db } from '../../store/db.ts'
import { isOutage, StoreError } from '../../store/errors.ts'
import type { World } from '../../world.ts'
import { type Bucket, setTagged } from './buckets-store.ts'
import { sealContent } from './encryption.ts'
import { type Cause, type Happening, isHeard, noteEvent } from './events.ts'
import { newId, removeFile } from './files.ts'
import { dropFiles, insertFile, takeOnlyFile } from './files-store.ts'
import {
  type About,
  deleteObject,
  describeObject,
  type NewObject,
  type Only,
  putObject,
  type WriteCondition,
} from './objects-store.ts'
import type { Received } from './receive.ts'
import { failedCondition, noSuchBucket, noSuchKey } from './refusals.ts'
import { newVersion, shownVersion } from './versions.ts'
import { type Gone, putMarker, putVersion, removeVersion } from './versions-store.ts'

/** Where an object is to be, and who wants it there. */
export type Place = { readonly bucket: Bucket; readonly name: string }
export type Doing = { readonly event: Happening['name']; readonly cause: Cause }

/** Gives received bytes their row, in place of whatever was there. A file that gets no row is removed. */
export async function store(
  world: World,
  { bucket, name }: Place,
  received: Received,
  about: About,
  doing: Doing,
  condition?: WriteCondition,
): Promise<NewObject> {
  const { size, etag, checksums, content, file } = received
  const modified = world.now()
  const body = file === undefined ? undefined : newId(world)
  const made: NewObject = {
    ...{ bucket: bucket.name, name, size, etag, modified, body, version: newVersion(world, bucket) },
    about: { ...about, checksums, encrypted: true },
    content: content && sealContent(world.seal, bucket.name, name, content),
  }
  const row =
    file === undefined || body === undefined ? undefined : { number: 1, file, size, etag, modified, checksums }
  const put = await inBucket(bucket.name, () =>
    needsTransaction(bucket, made, doing, row !== undefined)
      ? world.db.transaction(async (db) => {
          const put = await putRow(db, world, bucket, made, doing, condition)
          if (put && row) await insertFile(db, body as string, row)
          return put
        })
      : putRow(world.db, world, bucket, made, doing, condition),
  ).catch((error: unknown) => abandon(world, file, error))
  if (!put) {
    if (file !== undefined) await removeFile(world.settings.dataFolder, file)
    return failedWrite(world, made, condition)
  }
  await disposeAll(world, put)
  return made
}

/**
 * Removes the file of a write that failed. Where the database went away meanwhile nobody knows whether the file got its
 * row: it stays, and the sweeper removes it if it did not.
 */
export async function abandon(world: World, file: string | undefined, error: unknown): Promise<never> {
  if (file !== undefined && !isOutage(error)) await removeFile(world.settings.dataFolder, file)
  throw error
}

const needsTransaction = (bucket: Bucket, made: NewObject, { event }: Doing, hasFile: boolean): boolean =>
  hasFile || bucket.versioning !== undefined || made.about.tags !== undefined || isHeard(bucket, event, made.name)

/** Part of a transaction, except where one statement is all. Undefined if the condition does not hold. */
export async function putRow(
  db: Db,
  world: World,
  bucket: Bucket,
  made: NewObject,
  { event, cause }: Doing,
  condition: WriteCondition,
): Promise<Gone | undefined> {
  const put = bucket.versioning ? await putVersion(db, made, condition) : await putAlone(db, made, condition)
  if (!put) return undefined
  if (made.about.tags && !bucket.tagged) await setTagged(db, bucket.name)
  const { name: key, size, etag } = made
  await noteEvent(db, world, bucket, cause, {
    name: event,
    key,
    size,
    etag,
    version: shownVersion(bucket, made.version),
  })
  return put
}

/** Where no versions are kept the new object takes the place of the old. */
async function putAlone(db: Db, made: NewObject, condition: WriteCondition): Promise<Gone | undefined> {
  const put = await putObject(db, made, condition)
  return put && { bodies: put.previous === null ? [] : [put.previous] }
}

/** The bucket may have gone since it was looked up: then the foreign key refuses. */
export async function inBucket<T>(bucket: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof StoreError && error.kind === 'constraint') return noSuchBucket(bucket)
    throw error
  }
}

export async function failedWrite(
  world: World,
  { bucket, name }: Pick<NewObject, 'bucket' | 'name'>,
  condition: WriteCondition,
): Promise<never> {
  if (condition && 'absent' in condition) return failedCondition('If-None-Match')
  return (await describeObject(world.db, bucket, name)) ? failedCondition('If-Match') : noSuchKey(name)
}

/** What to remove: the object, or one version of it for good; only if it has the ETag and was written at the time. */
export type Removal = {
  readonly version?: string | undefined
  readonly etag?: string | undefined
  readonly modified?: number | undefined
}

/** What a removal did: the version that is gone or the marker that was made. */
export type Removed = {
  readonly version: string | undefined
  readonly marker: boolean
  /** A marker was put rather than something removed. */
  readonly marked: boolean
}

/** Removes an object or a version. Undefined if there is nothing to remove. */
export async function remove(
  world: World,
  { bucket, name }: Place,
  { version, etag, modified }: Removal,
  cause: Cause,
  group: 'ObjectRemoved' | 'LifecycleExpiration' = 'ObjectRemoved',
): Promise<Removed | undefined> {
  const marked = bucket.versioning !== undefined && version === undefined
  const marker = { bucket: bucket.name, name, version: newVersion(world, bucket), modified: world.now() }
  const event = marked ? (`${group}:DeleteMarkerCreated` as const) : (`${group}:Delete` as const)
  const work = async (db: Db) => {
    const done = marked
      ? await putMarker(db, marker, { etag, modified })
      : version !== undefined
        ? await removeVersion(db, bucket.name, name, version, etag)
        : await removeAlone(db, bucket.name, name, { etag, modified })
    if (!done) return undefined
    const what = marked ? marker.version : bucket.versioning && version
    await noteEvent(db, world, bucket, cause, { name: event, key: name, version: what })
    return { done, what }
  }
  const alone = !bucket.versioning && version === undefined && !isHeard(bucket, event, name)
  const outcome = await (alone ? work(world.db) : world.db.transaction(work))
  if (!outcome) return undefined
  const { done, what } = outcome
  await disposeAll(world, done)
  return { version: what, marked, marker: marked || ('marker' in done && done.marker === true) }
}

async function removeAlone(db: Db, bucket: string, name: string, only: Only): Promise<Gone | undefined> {
  const gone = await deleteObject(db, bucket, name, only)
  return gone && { bodies: gone.body === null ? [] : [gone.body] }
}

/**
 * Removes the files of bodies that no object refers to any more. An only file goes at once: who is reading it has it open.
 * Of several a reader may yet have to open some, so they are left to the sweeper.
 */
export async function disposeAll(world: World, { bodies }: Gone): Promise<void> {
  try {
    for (const body of bodies) {
      const only = await takeOnlyFile(world.db, body)
      if (only) await removeFile(world.settings.dataFolder, only.file)
      else await dropFiles(world.db, body, world.now())
    }
  } catch (error) {
    // The change itself is committed, and the sweeper finds what nobody refers to.
    if (!isOutage(error)) throw error
  }
}
