/** The SQL of the embedded S3. Bytes of objects are here only while small; files.ts keeps the others on disk. */
import { type Db, list, sql } from '../../store/db.ts'
import type { LifecycleRule } from './lifecycle-rules.ts'
import type { Notification } from './notifications.ts'

export type Tags = Readonly<Record<string, string>>

/** The four switches of Block Public Access. */
export type PublicAccess = {
  readonly BlockPublicAcls: boolean
  readonly IgnorePublicAcls: boolean
  readonly BlockPublicPolicy: boolean
  readonly RestrictPublicBuckets: boolean
}

export type CorsRule = {
  readonly id?: string
  readonly origins: readonly string[]
  readonly methods: readonly string[]
  readonly headers: readonly string[]
  readonly expose: readonly string[]
  readonly maxAge?: number
}

/** The settings of a bucket that are kept as documents; each operation reads and writes its own. */
export type BucketDocument = 'tags' | 'lifecycle' | 'notifications'

export type Bucket = {
  readonly name: string
  readonly region: string
  readonly created: number
  /** Undefined if it was never on. */
  readonly versioning: 'Enabled' | 'Suspended' | undefined
  /** Whether an object of this bucket has ever had tags. */
  readonly tagged: boolean
  readonly tags: Tags | undefined
  readonly lifecycle: readonly LifecycleRule[] | undefined
  readonly notifications: readonly Notification[] | undefined
  /** The policy document as it was put, and the one that counts: with the unique ids of whom it names. */
  readonly writtenPolicy: string | undefined
  readonly policy: string | undefined
  readonly cors: readonly CorsRule[] | undefined
  readonly publicAccess: PublicAccess
}

/** Checksums by algorithm (`CRC32`), base64; a composite one ends in `-N`. */
export type Checksums = Readonly<Record<string, string>>

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

export type FileRow = {
  readonly number: number
  readonly file: string
  readonly size: number
  readonly etag: string
  readonly modified: number
  readonly checksums: Checksums
}

export type Text<T, Fields extends keyof T> = { [K in keyof T]: K extends Fields ? string | null : T[K] }

// Buckets

type BucketTexts = 'versioning' | 'policy' | 'cors' | BucketDocument
type BucketRow = Text<Omit<Bucket, 'publicAccess' | 'tagged' | 'writtenPolicy'>, BucketTexts> & {
  public_access: string
  tagged: number
  bound_policy: string | null
}

const parsed = (text: string | null) => (text === null ? undefined : JSON.parse(text))

const toBucket = ({ public_access, cors, policy, bound_policy, versioning, ...row }: BucketRow): Bucket => ({
  ...row,
  versioning: versioning === 'Enabled' || versioning === 'Suspended' ? versioning : undefined,
  tagged: row.tagged === 1,
  tags: parsed(row.tags),
  lifecycle: parsed(row.lifecycle),
  notifications: parsed(row.notifications),
  writtenPolicy: policy ?? undefined,
  policy: bound_policy ?? policy ?? undefined,
  cors: parsed(cors),
  publicAccess: JSON.parse(public_access),
})

const bucketColumns = sql`
  name, region, created, policy, bound_policy, cors, public_access, versioning, tagged, tags, lifecycle, notifications`

export async function findBucket(db: Db, name: string): Promise<Bucket | undefined> {
  const row = await db.get<BucketRow>(sql`select ${bucketColumns} from s3_buckets where name = ${name}`)
  return row && toBucket(row)
}

/** Buckets after a name, with a prefix, in order. */
export async function listBuckets(db: Db, { after, prefix, limit }: { after: string; prefix: string; limit: number }) {
  const end = successor(prefix)
  const rows = await db.all<BucketRow>(sql`
    select ${bucketColumns} from s3_buckets
    where name > ${after} and name >= ${prefix} ${end === undefined ? sql`` : sql`and name < ${end}`}
    order by name limit ${limit}`)
  return rows.map(toBucket)
}

export type NewBucket = Pick<Bucket, 'name' | 'region' | 'created' | 'publicAccess'> & {
  readonly tags?: Tags | undefined
}

/** Whether the bucket was made: false if the name is taken. */
export async function insertBucket(db: Db, bucket: NewBucket): Promise<boolean> {
  const { name, region, created, publicAccess, tags } = bucket
  const made = await db.run(sql`
    insert into s3_buckets (name, region, created, public_access, tags)
    values (${name}, ${region}, ${created}, ${JSON.stringify(publicAccess)}, ${tags && JSON.stringify(tags)})
    on conflict (name) do nothing`)
  return made === 1
}

/** Whether the bucket was removed: false if it holds something or is gone. */
export async function deleteBucket(db: Db, name: string): Promise<boolean> {
  return db.transaction(async (db) => {
    if (await db.get(sql`select 1 from s3_objects where bucket = ${name} limit 1`)) return false
    if (await db.get(sql`select 1 from s3_versions where bucket = ${name} limit 1`)) return false
    await db.run(sql`delete from s3_uploads where bucket = ${name}`)
    return (await db.run(sql`delete from s3_buckets where name = ${name}`)) === 1
  })
}

export const setPolicy = (db: Db, bucket: string, written: string | undefined, bound: string | undefined) =>
  db.run(sql`update s3_buckets set policy = ${written}, bound_policy = ${bound} where name = ${bucket}`)

export const setCors = (db: Db, bucket: string, cors: readonly CorsRule[] | undefined) =>
  db.run(sql`update s3_buckets set cors = ${cors && JSON.stringify(cors)} where name = ${bucket}`)

export const setPublicAccess = (db: Db, bucket: string, access: PublicAccess) =>
  db.run(sql`update s3_buckets set public_access = ${JSON.stringify(access)} where name = ${bucket}`)

/** Versioning that is on can be suspended, never undone. */
export const setVersioning = (db: Db, bucket: string, versioning: 'Enabled' | 'Suspended') =>
  db.run(sql`update s3_buckets set versioning = ${versioning} where name = ${bucket}`)

const documentColumns = { tags: sql`tags`, lifecycle: sql`lifecycle`, notifications: sql`notifications` }

/** Sets one of the documents of a bucket's settings, or removes it. */
export const setDocument = <Name extends BucketDocument>(db: Db, bucket: string, name: Name, value: Bucket[Name]) =>
  db.run(sql`
    update s3_buckets set ${documentColumns[name]} = ${value && JSON.stringify(value)} where name = ${bucket}`)

/** From now on decisions look for the tags of objects. */
export const setTagged = (db: Db, bucket: string) =>
  db.run(sql`update s3_buckets set tagged = 1 where name = ${bucket} and tagged = 0`)

// Objects

export type RawObject = Text<Omit<ObjectRow, 'content' | 'version'>, 'about' | 'body'> & {
  readonly version?: string
  readonly content?: Buffer | null
}

export const toObject = ({ about, body, content, version = 'null', ...row }: RawObject): ObjectRow => ({
  ...row,
  version,
  body: body ?? undefined,
  about: JSON.parse(about ?? '{}'),
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

/**
 * A place in the order of names: after a name, or from a name on; in a listing of versions also after one version of that
 * name, by its rank.
 */
export type Place = { readonly name: string; readonly inclusive: boolean; readonly rank?: number }

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

/** The first text after all texts with this prefix, in the order of code points; undefined if there is none. */
export function successor(prefix: string): string | undefined {
  const points = [...prefix]
  while (points.length > 0) {
    const last = points.pop()!.codePointAt(0)!
    if (last === 0x10ffff) continue
    // The surrogates are no characters.
    return points.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1)
  }
  return undefined
}

// Files

export const insertFile = (db: Db, owner: string, row: FileRow) =>
  db.run(sql`
    insert into s3_files (owner, number, file, size, etag, modified, checksums)
    values (${owner}, ${row.number}, ${row.file}, ${row.size}, ${row.etag}, ${row.modified}, ${JSON.stringify(row.checksums)})`)

type RawFile = Text<FileRow, 'checksums'>
const toFile = ({ checksums, ...row }: RawFile): FileRow => ({ ...row, checksums: JSON.parse(checksums ?? '{}') })
const fileColumns = sql`number, file, size, etag, modified, checksums`

/** The files of a body or an upload in order, after a number. */
export async function listFiles(db: Db, owner: string, after = 0, limit = 10_001): Promise<FileRow[]> {
  const rows = await db.all<RawFile>(sql`
    select ${fileColumns} from s3_files where owner = ${owner} and number > ${after} order by number limit ${limit}`)
  return rows.map(toFile)
}

/** Marks the files of what is gone: the sweeper removes them later. */
export const dropFiles = (db: Db, owner: string, now: number) =>
  db.run(sql`update s3_files set dropped = ${now} where owner = ${owner} and dropped is null`)

/** Takes the row of a body's only file, so that the file may go at once; undefined if the body has more than one. */
export const takeOnlyFile = (db: Db, owner: string) =>
  db.get<{ file: string }>(sql`
    delete from s3_files where owner = ${owner} and number = 1
      and not exists (select 1 from s3_files where owner = ${owner} and number > 1) returning file`)

/** Files whose owner went without their being marked, because the program ended between the two. */
export const dropOrphans = (db: Db, now: number) =>
  db.run(sql`
    update s3_files set dropped = ${now} where dropped is null
      and not exists (select 1 from s3_objects where s3_objects.body = s3_files.owner)
      and not exists (select 1 from s3_versions where s3_versions.body = s3_files.owner)
      and not exists (select 1 from s3_uploads where s3_uploads.id = s3_files.owner)`)

/** Takes the rows of files that were dropped before a time, some at once. */
export async function takeDropped(db: Db, before: number, limit: number): Promise<string[]> {
  return db.transaction(async (db) => {
    const rows = await db.all<{ file: string }>(sql`
      select file from s3_files where dropped is not null and dropped <= ${before} order by dropped limit ${limit}`)
    const files = rows.map((row) => row.file)
    if (files.length > 0) await db.run(sql`delete from s3_files where file in (${list(files)})`)
    return files
  })
}

/** Those of the named files that have a row. */
export async function knownFiles(db: Db, files: readonly string[]): Promise<Set<string>> {
  if (files.length === 0) return new Set()
  const rows = await db.all<{ file: string }>(sql`select file from s3_files where file in (${list(files)})`)
  return new Set(rows.map((row) => row.file))
}
