/** The outbox of notifications. */
import { type Db, sql } from '../../store/db.ts'

export type EventRow = {
  readonly id: string
  readonly target: string
  readonly payload: string
  /** When it is to be sent next, and when it happened; epoch milliseconds. */
  readonly due: number
  readonly made: number
}

export const insertEvent = (db: Db, { id, target, payload, due, made }: EventRow) =>
  db.run(sql`
    insert into s3_events (id, target, payload, due, made) values (${id}, ${target}, ${payload}, ${due}, ${made})`)

export type DueEvent = EventRow & { readonly failures: number }

/**
 * Takes some events that are due until a time: nobody else sends them before, and should this program end, they are sent
 * again then.
 */
export async function takeDueEvents(db: Db, now: number, until: number, limit: number): Promise<DueEvent[]> {
  // Reading first: at rest nothing is written.
  if (!(await db.get(sql`select 1 from s3_events where due <= ${now} limit 1`))) return []
  const rows = await db.all<DueEvent>(sql`
    update s3_events set due = ${until} where due <= ${now} and id in (
      select id from s3_events where due <= ${now} order by due limit ${limit})
    returning id, target, payload, due, made, failures`)
  return rows.sort((one, other) => one.made - other.made)
}

export const deleteEvent = (db: Db, id: string) => db.run(sql`delete from s3_events where id = ${id}`)

export const postponeEvent = (db: Db, id: string, due: number) =>
  db.run(sql`update s3_events set due = ${due}, failures = failures + 1 where id = ${id}`)
