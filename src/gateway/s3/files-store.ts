/** The SQL of files: which belong to the body of an object or to an upload, and which nobody needs any more. */
import { type Db, list, sql } from '../../store/db.ts'
import type { Checksums } from './checksums.ts'

export type FileRow = {
  readonly number: number
  readonly file: string
  readonly size: number
  readonly etag: string
  readonly modified: number
  readonly checksums: Checksums
}

export const insertFile = (db: Db, owner: string, row: FileRow) =>
  db.run(sql`
    insert into s3_files (owner, number, file, size, etag, modified, checksums)
    values (${owner}, ${row.number}, ${row.file}, ${row.size}, ${row.etag}, ${row.modified}, ${JSON.stringify(row.checksums)})`)

type RawFile = Omit<FileRow, 'checksums'> & { readonly checksums: string }
const toFile = ({ checksums, ...row }: RawFile): FileRow => ({ ...row, checksums: JSON.parse(checksums) })
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

/**
 * Files whose owner went without their being marked, because the program ended between the two: those of some owners after
 * one. Answers the last of them; undefined at the end.
 */
export async function dropOrphans(db: Db, now: number, after: string, limit: number): Promise<string | undefined> {
  const rows = await db.all<{ owner: string }>(sql`
    select owner from s3_files where owner > ${after} order by owner limit ${limit}`)
  const last = rows.at(-1)?.owner
  if (last === undefined) return undefined
  await db.run(sql`
    update s3_files set dropped = ${now} where owner > ${after} and owner <= ${last} and dropped is null
      and not exists (select 1 from s3_objects where s3_objects.body = s3_files.owner)
      and not exists (select 1 from s3_versions where s3_versions.body = s3_files.owner)
      and not exists (select 1 from s3_uploads where s3_uploads.id = s3_files.owner)`)
  return last
}

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
