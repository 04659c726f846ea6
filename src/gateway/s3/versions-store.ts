/** The SQL of versions: the latest object of a key is in s3_objects, everything before it and the markers in s3_versions. */
import { type Db, type Sql, sql } from '../../store/db.ts'
import type { Place } from './key-order.ts'
import {
  type About,
  type NewObject,
  type ObjectRow,
  type Only,
  type RawObject,
  toObject,
  type WriteCondition,
} from './objects-store.ts'

/** A row of a listing of versions, or one that was found by its id. */
export type VersionRow = ObjectRow & { readonly rank: number; readonly marker: boolean; readonly latest: boolean }

type RawVersion = RawObject & { readonly rank: number; readonly marker: number; readonly latest: number }

const toVersion = (row: RawVersion): VersionRow => ({
  ...toObject(row),
  rank: row.rank,
  marker: row.marker === 1,
  latest: row.latest === 1,
})

type Current = {
  readonly etag: string
  readonly modified: number
  readonly version: string
  readonly rank: number
  readonly body: string | null
}

/** A write, so that another change of the key at the same time conflicts with it on every engine. */
const holdCurrent = (db: Db, bucket: string, name: string) =>
  db.get<Current>(sql`
    update s3_objects set rank = rank where bucket = ${bucket} and name = ${name}
    returning etag, modified, version, rank, body`)

/** The rank of a key's next version: the time, unless that would not be above the latest. */
async function nextRank(db: Db, bucket: string, name: string, now: number, current: Current | undefined) {
  const { latest } = (await db.get<{ latest: number | null }>(sql`
    select max(rank) as latest from s3_versions where bucket = ${bucket} and name = ${name}`)) ?? { latest: null }
  return Math.max(now, (current?.rank ?? 0) + 1, (latest ?? 0) + 1)
}

const columns = sql`bucket, name, version, rank, size, etag, modified, body, about, content`

/** Moves what a key means now among its earlier versions. */
const keepCurrent = (db: Db, bucket: string, name: string) =>
  db.run(sql`
    insert into s3_versions (${columns}, marker)
    select ${columns}, 0 from s3_objects where bucket = ${bucket} and name = ${name}`)

/** Removes the earlier version of that id; answers its body. */
const takeEarlier = (db: Db, bucket: string, name: string, version: string) =>
  db.get<{ body: string | null; marker: number }>(sql`
    delete from s3_versions where bucket = ${bucket} and name = ${name} and version = ${version} returning body, marker`)

/** The bodies that nobody refers to any more. */
export type Gone = { readonly bodies: readonly string[] }

const gone = (...rows: readonly ({ body: string | null } | undefined)[]): Gone => ({
  bodies: rows.flatMap((row) => (row?.body ? [row.body] : [])),
})

const holds = (condition: WriteCondition, current: Current | undefined) =>
  !condition || ('absent' in condition ? !current : current?.etag === condition.etag)

/** Part of a transaction: the object becomes the latest version of its key. Undefined if the condition does not hold. */
export async function putVersion(db: Db, o: NewObject, condition: WriteCondition): Promise<Gone | undefined> {
  const current = await holdCurrent(db, o.bucket, o.name)
  if (!holds(condition, current)) return undefined
  const rank = await nextRank(db, o.bucket, o.name, o.modified, current)
  // Only `null` can be there already: ids are never given twice.
  const replaced = current?.version === o.version ? current : await takeEarlier(db, o.bucket, o.name, o.version)
  if (current && current !== replaced) await keepCurrent(db, o.bucket, o.name)
  await db.run(sql`
    insert into s3_objects (${columns})
    values (${o.bucket}, ${o.name}, ${o.version}, ${rank}, ${o.size}, ${o.etag}, ${o.modified}, ${o.body},
      ${JSON.stringify(o.about)}, ${o.content})
    on conflict (bucket, name) do update set version = excluded.version, rank = excluded.rank, size = excluded.size,
      etag = excluded.etag, modified = excluded.modified, body = excluded.body, about = excluded.about,
      content = excluded.content, previous = null`)
  return gone(replaced)
}

const nothing: About = { headers: {}, metadata: {}, checksums: {} }

export type Marker = Pick<NewObject, 'bucket' | 'name' | 'version' | 'modified'>

/** Part of a transaction: a marker becomes the latest version. Undefined if the object is not the one that is meant. */
export async function putMarker(db: Db, marker: Marker, only: Only): Promise<Gone | undefined> {
  const { bucket, name, version, modified } = marker
  const current = await holdCurrent(db, bucket, name)
  if (only.etag !== undefined && current?.etag !== only.etag) return undefined
  if (only.modified !== undefined && current?.modified !== only.modified) return undefined
  const rank = await nextRank(db, bucket, name, modified, current)
  const replaced = current?.version === version ? current : await takeEarlier(db, bucket, name, version)
  if (current && current !== replaced) await keepCurrent(db, bucket, name)
  await db.run(sql`delete from s3_objects where bucket = ${bucket} and name = ${name}`)
  await db.run(sql`
    insert into s3_versions (bucket, name, version, rank, marker, size, etag, modified, about)
    values (${bucket}, ${name}, ${version}, ${rank}, 1, 0, '', ${modified}, ${JSON.stringify(nothing)})`)
  return gone(replaced)
}

/**
 * Part of a transaction: removes one version for good. What was before the latest is then the latest. Undefined if there
 * is no such version, or it has another ETag.
 */
export async function removeVersion(
  db: Db,
  bucket: string,
  name: string,
  version: string,
  etag?: string,
): Promise<(Gone & { readonly marker: boolean }) | undefined> {
  const same = etag === undefined ? sql`` : sql`and etag = ${etag}`
  const which = sql`bucket = ${bucket} and name = ${name} and version = ${version} ${same}`
  const current = await db.get<{ body: string | null }>(sql`delete from s3_objects where ${which} returning body`)
  const earlier =
    current ??
    (await db.get<{ body: string | null; marker: number }>(sql`
      delete from s3_versions where ${which} returning body, marker`))
  if (!earlier) return undefined
  await promote(db, bucket, name)
  return { ...gone(earlier), marker: 'marker' in earlier && earlier.marker === 1 }
}

/** A key without a latest object takes its newest version, unless that is a marker. */
async function promote(db: Db, bucket: string, name: string) {
  if (await holdCurrent(db, bucket, name)) return
  const newest = await db.get<{ version: string; marker: number }>(sql`
    select version, marker from s3_versions where bucket = ${bucket} and name = ${name} order by rank desc limit 1`)
  if (!newest || newest.marker === 1) return
  const which = sql`bucket = ${bucket} and name = ${name} and version = ${newest.version}`
  await db.run(sql`
    insert into s3_objects (${columns}) select ${columns} from s3_versions where ${which}
    on conflict (bucket, name) do nothing`)
  await db.run(sql`delete from s3_versions where ${which}`)
}

/** A version by its id, with its bytes if they are in the row. */
export async function findVersion(
  db: Db,
  bucket: string,
  name: string,
  version: string,
): Promise<VersionRow | undefined> {
  const which = sql`bucket = ${bucket} and name = ${name} and version = ${version}`
  const fields = sql`name, size, etag, modified, body, version, rank, about, content`
  const row =
    (await db.get<RawVersion>(sql`select ${fields}, 0 as marker, 1 as latest from s3_objects where ${which}`)) ??
    (await db.get<RawVersion>(sql`select ${fields}, marker, 0 as latest from s3_versions where ${which}`))
  return row && toVersion(row)
}

/** The marker that hides a key which has no latest object. */
export const findMarker = (db: Db, bucket: string, name: string) =>
  db.get<{ version: string; modified: number }>(sql`
    select version, modified from s3_versions
    where bucket = ${bucket} and name = ${name} and marker = 1
      and not exists (select 1 from s3_objects where bucket = ${bucket} and name = ${name})
    order by rank desc limit 1`)

/** A marker is the latest of its key if nothing is above it. */
const isLatestMarker = sql`
  case when marker = 0 then 0
    when exists (select 1 from s3_objects as o where o.bucket = s3_versions.bucket and o.name = s3_versions.name) then 0
    when exists (select 1 from s3_versions as v where v.bucket = s3_versions.bucket and v.name = s3_versions.name
      and v.rank > s3_versions.rank) then 0
    else 1 end`

/** All versions and markers from a place on, by name and then the latest first, without their bytes. */
export async function listVersions(
  db: Db,
  bucket: string,
  { from, before, limit }: { from: Place; before: string | undefined; limit: number },
): Promise<VersionRow[]> {
  const end: Sql = before === undefined ? sql`` : sql`and name < ${before}`
  const start: Sql =
    from.rank !== undefined
      ? sql`(name > ${from.name} or (name = ${from.name} and rank < ${from.rank}))`
      : from.inclusive
        ? sql`name >= ${from.name}`
        : sql`name > ${from.name}`
  // The planner sees the first place where it can start.
  const where = sql`bucket = ${bucket} and name >= ${from.name} and ${start} ${end}`
  const fields = sql`name, size, etag, modified, body, version, rank, about`
  const rows = await db.all<RawVersion>(sql`
    select ${fields}, marker, latest from (
      select * from (
        select ${fields}, 0 as marker, 1 as latest from s3_objects where ${where} order by name, rank desc limit ${limit}
      ) as latest_rows
      union all
      select * from (
        select ${fields}, marker, ${isLatestMarker} as latest from s3_versions
        where ${where} order by name, rank desc limit ${limit}
      ) as earlier_rows
    ) as rows order by name, rank desc limit ${limit}`)
  return rows.map(toVersion)
}

/** Sets what is told of a version, such as its tags; false if there is no such version. Its bytes and times stay. */
export async function setAbout(db: Db, bucket: string, name: string, version: string, about: string): Promise<boolean> {
  const which = sql`bucket = ${bucket} and name = ${name} and version = ${version}`
  if ((await db.run(sql`update s3_objects set about = ${about} where ${which}`)) > 0) return true
  return (await db.run(sql`update s3_versions set about = ${about} where ${which} and marker = 0`)) > 0
}
