/** The SQL of subjects: table roles_anywhere_subjects. */
import { type Db, sql } from '../../store/db.ts'
import type { Seen, SeenProperties, Subject } from './subject.ts'

type Row = {
  region: string
  id: string
  subject: string
  credentials: string
  properties: string
  created_at: number
  updated_at: number
  seen_at: number
}

const columns = sql`region, id, subject, credentials, properties, created_at, updated_at, seen_at`

const toSubject = (row: Row): Subject => ({
  region: row.region,
  id: row.id,
  subject: row.subject,
  credentials: JSON.parse(row.credentials) as Seen[],
  properties: JSON.parse(row.properties) as SeenProperties[],
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  seenAt: row.seen_at,
})

export async function readSubject(db: Db, account: string, region: string, id: string): Promise<Subject | undefined> {
  const row = await db.get<Row>(
    sql`select ${columns} from roles_anywhere_subjects where account = ${account} and region = ${region} and id = ${id}`,
  )
  return row && toSubject(row)
}

/** By id, after the given one. */
export async function readSubjects(
  db: Db,
  account: string,
  region: string,
  after: string,
  limit: number,
): Promise<Subject[]> {
  const rows = await db.all<Row>(
    sql`select ${columns} from roles_anywhere_subjects
      where account = ${account} and region = ${region} and id > ${after} order by id limit ${limit}`,
  )
  return rows.map(toSubject)
}

/** Writes what becomes of the subject there is, or of none. */
export const saveSubject = (
  db: Db,
  account: string,
  region: string,
  id: string,
  next: (before: Subject | undefined) => Subject,
): Promise<void> =>
  db.transaction(async (inner) => {
    const subject = next(await readSubject(inner, account, region, id))
    await inner.run(
      sql`insert into roles_anywhere_subjects (account, ${columns}) values (${account}, ${region}, ${id},
        ${subject.subject}, ${JSON.stringify(subject.credentials)}, ${JSON.stringify(subject.properties)},
        ${subject.createdAt}, ${subject.updatedAt}, ${subject.seenAt})
        on conflict (account, region, id) do update set credentials = excluded.credentials,
        properties = excluded.properties, updated_at = excluded.updated_at, seen_at = excluded.seen_at`,
    )
  })
