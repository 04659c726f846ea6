/** The table jobs: the only SQL on it. */
import { type Db, list, sql } from '../store/db.ts'

/** A job, and how often it was tried: the try it is taken for included. */
export type Job = {
  readonly id: string
  /** What it is about, such as the ARN of a function: one target's trouble does not hold up the others. */
  readonly target: string
  /** As its kind writes and reads it. */
  readonly body: string
  /** Epoch milliseconds. */
  readonly made: number
  readonly tries: number
  /** How often it failed in a way that its kind counts. */
  readonly failures: number
}

export type Held = { readonly id: string; readonly lease: string }

export type NewJob = Pick<Job, 'id' | 'target' | 'body' | 'made'> & {
  readonly kind: string
  /** When it is to be tried first; at once unless told. */
  readonly due?: number
}

export async function insertJob(db: Db, { id, kind, target, body, made, due = made }: NewJob): Promise<void> {
  await db.run(sql`
    insert into jobs (id, kind, target, body, made, due)
    values (${id}, ${kind}, ${target}, ${body}, ${made}, ${due})`)
}

export type Taking = {
  readonly kind: string
  readonly lease: string
  readonly now: number
  /** Until then they are the taker's. Should it die, somebody else takes them afterwards. */
  readonly until: number
  readonly limit: number
  /** Targets that are to be left alone. */
  readonly except: readonly string[]
}

/** Takes the jobs that are due for longest. Several nodes may ask at once: each job is given to one. */
export async function takeJobs(db: Db, { kind, lease, now, until, limit, except }: Taking): Promise<Job[]> {
  const others = except.length === 0 ? sql`` : sql` and target not in (${list(except)})`
  const due = sql`kind = ${kind} and due <= ${now}${others}`
  // Reading first: at rest nothing is written.
  if (!(await db.get(sql`select 1 from jobs where ${due} limit 1`))) return []
  const rows = await db.all<Job>(sql`
    update jobs set due = ${until}, lease = ${lease}, tries = tries + 1
    where due <= ${now} and id in (select id from jobs where ${due} order by due limit ${limit})
    returning id, target, body, made, tries, failures`)
  return rows.sort((one, other) => one.made - other.made)
}

const held = ({ id, lease }: Held) => sql`id = ${id} and lease = ${lease}`

/** It is done with; nothing happens where it is another's by now. */
export async function deleteJob(db: Db, by: Held): Promise<void> {
  await db.run(sql`delete from jobs where ${held(by)}`)
}

/** Gives it back, to be taken from `due` on. */
export async function returnJob(db: Db, by: Held, due: number, failures: number): Promise<void> {
  await db.run(sql`update jobs set due = ${due}, failures = ${failures}, lease = null where ${held(by)}`)
}
