/** The SQL of objects: of each key the latest. Their bytes are here only while small; files.ts keeps the others on disk. */
import { type Db, sql } from '../../store/db.ts'
import type { Checksums } from './checksums.ts'
import type { Place } from './key-order.ts'
import type { Tags } from './tags.ts'

/** What is given back with an object: its headers, user metadata and checksums. */
export type About = {
  /** content-type, cache-control and their like, by lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  /** x-amz-meta-* without the prefix. */
  readonly metadata: Readonly<Record<string, string>>
  readonly checksums: Checksums
  readonly checksumType?: 'FULL_OBJECT' | 'COMPOSITE'
  readonly storageClass?: string
  readonly tags?: Tags
  /** Whether the bytes are encrypted on disk and in rows: all since the product can. */
  readonly encrypted?: boolean
  /** Number of parts; objects of one put have none. */
  readonly parts?: number
}

export type ObjectRow = {
  readonly name: string
  readonly size: number
  /** Without quotes. */
  readonly etag: string
  readonly modified: number
  readonly body: string | undefined
  readonly about: About
  readonly content: Buffer | undefined
  /** `null` for what was written while versions were not kept. */
  readonly version: string
}

/** An object to be; either `content` or the `files` of `body` hold its bytes. */
export type NewObject = {
  readonly bucket: string
  readonly name: string
  readonly size: number
  readonly etag: string
  readonly modified: number
  readonly about: About
  readonly body: string | undefined
  readonly content: Buffer | undefined
  readonly version: string
}

export type RawObject = Omit<ObjectRow, 'about' | 'body' | 'content' | 'version'> & {
  readonly about: string
  readonly body: string | null
  readonly version?: string
  readonly content?: Buffer | null
}

export const toObject = ({ about, body, content, version = 'null', ...row }: RawObject): ObjectRow => ({
  ...row,
  version,
  body: body ?? undefined,
  about: JSON.parse(about),
  content: content ?? undefined,
})

/** The object with its bytes, if they are in the row. */
export async function findObject(db: Db, bucket: string, name: string): Promise<ObjectRow | undefined> {
  const row = await db.get<RawObject>(sql`
    select name, size, etag, modified, body, version, about, content from s3_objects where bucket = ${bucket} and name = ${name}`)
  return row && toObject(row)
}

/** The object without its bytes. */
export async function describeObject(db: Db, bucket: string, name: string): Promise<ObjectRow | undefined> {
  const row = await db.get<RawObject>(sql`
    select name, size, etag, modified, body, version, about from s3_objects where bucket = ${bucket} and name = ${name}`)
  return row && toObject(row)
}

/** When an object may be written: always, only if absent, or only over an object with this ETag. */
export type WriteCondition = { readonly absent: true } | { readonly etag: string } | undefined

/**
 * Writes the object in one statement, so that others see the old one or the new one. Answers undefined if the condition
 * does not hold, else the body that was replaced, which nobody refers to any more.
 */
export async function putObject(db: Db, o: NewObject, condition?: WriteCondition): Promise<Put | undefined> {
  const about = JSON.stringify(o.about)
  const columns = sql`${o.size}, ${o.etag}, ${o.modified}, ${o.body}, ${about}, ${o.content}`
  if (condition && 'etag' in condition) {
    return db.get<Put>(sql`
      update s3_objects set previous = body, size = ${o.size}, etag = ${o.etag}, modified = ${o.modified}, body = ${o.body},
        about = ${about}, content = ${o.content}
      where bucket = ${o.bucket} and name = ${o.name} and etag = ${condition.etag} returning previous`)
  }
  const insert = sql`
    insert into s3_objects (bucket, name, size, etag, modified, body, about, content)
    values (${o.bucket}, ${o.name}, ${columns}) on conflict (bucket, name)`
  if (condition) return db.get<Put>(sql`${insert} do nothing returning previous`)
  return db.get<Put>(sql`${insert} do update set previous = s3_objects.body, size = excluded.size, etag = excluded.etag,
    modified = excluded.modified, body = excluded.body, about = excluded.about, content = excluded.content
    returning previous`)
}

export type Put = { readonly previous: string | null }

/** Which object is meant: only one of that ETag, only one that was written at that time. */
export type Only = { readonly etag?: string | undefined; readonly modified?: number | undefined }

/** The body of the deleted object, or undefined if there was none to delete. */
export async function deleteObject(
  db: Db,
  bucket: string,
  name: string,
  { etag, modified }: Only = {},
): Promise<{ body: string | null } | undefined> {
  const same = sql`
    ${etag === undefined ? sql`` : sql`and etag = ${etag}`} ${modified === undefined ? sql`` : sql`and modified = ${modified}`}`
  return db.get(sql`delete from s3_objects where bucket = ${bucket} and name = ${name} ${same} returning body`)
}

/** Objects of a bucket from a place on and before a name, without their bytes and versions. */
export async function listObjects(
  db: Db,
  bucket: string,
  { from, before, limit }: { from: Place; before: string | undefined; limit: number },
): Promise<ObjectRow[]> {
  const start = from.inclusive ? sql`name >= ${from.name}` : sql`name > ${from.name}`
  const end = before === undefined ? sql`` : sql`and name < ${before}`
  const rows = await db.all<RawObject>(sql`
    select name, size, etag, modified, body, about from s3_objects
    where bucket = ${bucket} and ${start} ${end} order by name limit ${limit}`)
  return rows.map(toObject)
}
