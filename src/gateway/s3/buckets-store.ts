/** The SQL of buckets and their settings. */
import { type Db, sql } from '../../store/db.ts'
import { successor } from './key-order.ts'
import type { LifecycleRule } from './lifecycle-rules.ts'
import type { Notification } from './notifications.ts'
import type { Tags } from './tags.ts'

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

type BucketTexts = 'versioning' | 'policy' | 'cors' | BucketDocument
type BucketRow = Omit<Bucket, BucketTexts | 'publicAccess' | 'tagged' | 'writtenPolicy'> &
  Record<BucketTexts | 'bound_policy', string | null> & { public_access: string; tagged: number }

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
