/** The SQL of who asked which service last, and of the reports about it: tables service_uses and service_access_jobs. */
import { type Db, join, list, sql } from '../../store/db.ts'
import type { Job, Use } from './use.ts'

export const expiring = [
  { table: 'service_uses', column: 'expires_at' },
  { table: 'service_access_jobs', column: 'expires_at' },
] as const

/** A service asked as a whole has a row whose action is empty. */
const whole = ''

/** Notes the use of the service, and of the action if one is named. What was noted later stays. */
export const noteUse = (
  db: Db,
  account: string,
  { principalId, service, action, at, region }: Use,
  expiresAt: number,
): Promise<number> => {
  const rows = [whole, ...(action === undefined ? [] : [action])].map(
    (name) => sql`(${account}, ${principalId}, ${service}, ${name}, ${at}, ${region}, ${expiresAt})`,
  )
  return db.run(
    sql`insert into service_uses (account, principal_id, service, action, used_at, region, expires_at)
      values ${join(rows)} on conflict (account, principal_id, service, action) do update
      set used_at = excluded.used_at, region = excluded.region, expires_at = excluded.expires_at
      where excluded.used_at > service_uses.used_at`,
  )
}

type UseRow = { principalId: string; service: string; action: string; at: number; region: string }

/** What these principals used and is not forgotten, newest first; of actions only where they are asked for. */
export async function readUses(
  db: Db,
  account: string,
  principalIds: readonly string[],
  { now, actions = false }: { now: number; actions?: boolean },
): Promise<Use[]> {
  if (principalIds.length === 0) return []
  const rows = await db.all<UseRow>(
    sql`select principal_id as "principalId", service, action, used_at as at, region from service_uses
      where account = ${account} and principal_id in (${list(principalIds)}) and expires_at > ${now}
      ${actions ? sql`` : sql`and action = ${whole}`} order by used_at desc, principal_id`,
  )
  return rows.map(({ action, ...row }) => ({ ...row, action: action === whole ? undefined : action }))
}

export const insertJob = (db: Db, account: string, job: Job, expiresAt: number): Promise<number> =>
  db.run(
    sql`insert into service_access_jobs (account, id, arn, by_action, asked_by, created_at, expires_at)
      values (${account}, ${job.id}, ${job.arn}, ${job.byAction}, ${job.askedBy}, ${job.createdAt}, ${expiresAt})`,
  )

export async function readJob(db: Db, account: string, id: string, now: number): Promise<Job | undefined> {
  const row = await db.get<Omit<Job, 'byAction'> & { byAction: number }>(
    sql`select id, arn, by_action as "byAction", asked_by as "askedBy", created_at as "createdAt"
      from service_access_jobs where account = ${account} and id = ${id} and expires_at > ${now}`,
  )
  return row && { ...row, byAction: row.byAction === 1 }
}
