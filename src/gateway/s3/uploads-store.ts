/** The SQL of uploads in parts: the uploads themselves, and the parts as files of theirs. */
import { type Db, type Sql, sql } from '../../store/db.ts'
import { type FileRow, insertFile } from './files-store.ts'
import { successor } from './key-order.ts'
import type { About } from './objects-store.ts'

export type Upload = {
  readonly id: string
  readonly name: string
  readonly begun: number
  readonly initiator: string
  readonly about: UploadAbout
}

export type UploadAbout = About & { readonly algorithm?: string }

type RawUpload = Omit<Upload, 'about'> & { readonly about: string }
const toUpload = ({ about, ...row }: RawUpload): Upload => ({ ...row, about: JSON.parse(about) })
const uploadColumns = sql`id, name, begun, initiator, about`

export const insertUpload = (db: Db, bucket: string, upload: Upload) =>
  db.run(sql`
    insert into s3_uploads (bucket, name, id, begun, initiator, about)
    values (${bucket}, ${upload.name}, ${upload.id}, ${upload.begun}, ${upload.initiator}, ${JSON.stringify(upload.about)})`)

export async function findUpload(db: Db, bucket: string, name: string, id: string): Promise<Upload | undefined> {
  const row = await db.get<RawUpload>(sql`
    select ${uploadColumns} from s3_uploads where bucket = ${bucket} and name = ${name} and id = ${id}`)
  return row && toUpload(row)
}

/** Uploads of a bucket after a key, or after one upload of that key, in order of key and id. */
export async function listUploads(
  db: Db,
  bucket: string,
  { prefix, after, limit }: { prefix: string; after: { name: string; id: string | undefined }; limit: number },
): Promise<Upload[]> {
  const end = successor(prefix)
  const start: Sql = after.id === undefined ? sql`name > ${after.name}` : sql`(name, id) > (${after.name}, ${after.id})`
  const rows = await db.all<RawUpload>(sql`
    select ${uploadColumns} from s3_uploads
    where bucket = ${bucket} and ${start} and name >= ${prefix} ${end === undefined ? sql`` : sql`and name < ${end}`}
    order by name, id limit ${limit}`)
  return rows.map(toUpload)
}

/** Takes the upload away from everybody else; undefined if there is none. */
export const takeUpload = (db: Db, bucket: string, name: string, id: string) =>
  db.get<{ id: string }>(sql`
    delete from s3_uploads where bucket = ${bucket} and name = ${name} and id = ${id} returning id`)

/** Puts a part in place of the one with its number, if the upload still runs. Answers the file that was replaced. */
export async function putPart(
  db: Db,
  bucket: string,
  name: string,
  id: string,
  part: FileRow,
): Promise<{ replaced: string | undefined } | undefined> {
  return db.transaction(async (db) => {
    // A write, so that a completion at the same time conflicts with it on every engine.
    const running = await db.run(sql`
      update s3_uploads set begun = begun where bucket = ${bucket} and name = ${name} and id = ${id}`)
    if (running === 0) return undefined
    const old = await db.get<{ file: string }>(sql`
      delete from s3_files where owner = ${id} and number = ${part.number} returning file`)
    await insertFile(db, id, part)
    return { replaced: old?.file }
  })
}

/** Removes the parts that a completed upload leaves out; answers their files. */
export async function takeOtherParts(db: Db, id: string, kept: readonly number[]): Promise<string[]> {
  const all = await db.all<{ number: number; file: string }>(sql`select number, file from s3_files where owner = ${id}`)
  const wanted = new Set(kept)
  const others = all.filter((row) => !wanted.has(row.number))
  for (const { number } of others) await db.run(sql`delete from s3_files where owner = ${id} and number = ${number}`)
  return others.map((row) => row.file)
}
