/** Finding an object or a version and opening its bytes, all or a range. */
import type { Readable } from 'node:stream'
import { AwsError } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { openContent } from './encryption.ts'
import { openStretches, type Stretch } from './files.ts'
import { listFiles } from './files-store.ts'
import { describeObject, findObject, type ObjectRow } from './objects-store.ts'
import type { Range } from './preconditions.ts'
import { findVersion, type VersionRow } from './versions-store.ts'

/** An object of a bucket, or one version of it. */
export type Wanted = { readonly bucket: string; readonly name: string; readonly version?: string | undefined }

/** The row that is meant; a marker is a row too. */
export const findRow = (
  world: World,
  { bucket, name, version }: Wanted,
): Promise<ObjectRow | VersionRow | undefined> =>
  version === undefined ? findObject(world.db, bucket, name) : findVersion(world.db, bucket, name, version)

/** The same where nobody reads its bytes; those of a version may come along. */
export const describeRow = (world: World, wanted: Wanted): Promise<ObjectRow | VersionRow | undefined> =>
  wanted.version === undefined ? describeObject(world.db, wanted.bucket, wanted.name) : findRow(world, wanted)

export const isMarker = (row: ObjectRow | VersionRow): boolean => 'marker' in row && row.marker

/** The bytes of a row, or of a range of them; undefined if its file went in the meantime: then there is a newer row. */
async function openObject(
  world: World,
  bucket: string,
  row: ObjectRow,
  range?: Range,
): Promise<Readable | Buffer | undefined> {
  const { start, length } = range ?? { start: 0, length: row.size }
  if (row.body === undefined) return openRow(world, bucket, row).subarray(start, start + length)
  const stretches: Stretch[] = []
  let at = 0
  for (const { file, size } of await listFiles(world.db, row.body)) {
    const from = Math.max(start, at)
    const to = Math.min(start + length, at + size)
    if (from < to) stretches.push({ file, start: from - at, length: to - from })
    at += size
  }
  // No or fewer files than the row says: it was replaced while we looked.
  if (at !== row.size) return undefined
  return openStretches(world, stretches, row.about.encrypted === true)
}

function openRow({ seal }: World, bucket: string, { name, content, about }: ObjectRow): Buffer {
  if (content === undefined) return Buffer.alloc(0)
  return about.encrypted ? openContent(seal, bucket, name, content) : content
}

const attempts = 5

export type Found<T> = { readonly row: ObjectRow; readonly chosen: T; readonly bytes: Readable | Buffer }

/** Finds an object and opens it, again if it was replaced between the two. `choose` looks at the row before it is opened. */
export async function findOpened<T>(
  world: World,
  wanted: Wanted,
  choose: (row: ObjectRow | VersionRow) => T | Promise<T>,
  rangeOf: (chosen: T) => Range | undefined,
): Promise<Found<T> | undefined> {
  const bodies = new Set<string | undefined>()
  for (let attempt = 0; attempt < attempts; attempt++) {
    const row = await findRow(world, wanted)
    if (!row) return undefined
    const chosen = await choose(row)
    const bytes = await openObject(world, wanted.bucket, row, rangeOf(chosen))
    if (bytes) return { row, chosen, bytes }
    bodies.add(row.body)
  }
  // Nobody replaced it, and a row goes before its file does: this database and this folder do not belong together.
  if (bodies.size === 1)
    throw new Error(`The file of an object of ${wanted.bucket} is missing: is \`objects\` of the data folder complete?`)
  throw new AwsError('SlowDown', 'Please reduce your request rate.', {
    status: 503,
    detail: 'replaced at every attempt',
  })
}
