/** The SQL of the traces of denials: table denials. */
import { type Db, sql } from '../store/db.ts'

export const expiring = [{ table: 'denials', column: 'expires_at' }] as const

/** Of one request, at most so many. */
export const mostOfRequest = 8

export const insertDenial = (
  db: Db,
  account: string,
  { requestId, trace, at, expiresAt }: { requestId: string; trace: string; at: number; expiresAt: number },
): Promise<number> =>
  db.run(
    sql`insert into denials (account, request_id, number, trace, denied_at, expires_at)
      select ${account}, ${requestId}, count(*), ${trace}, cast(${at} as bigint), cast(${expiresAt} as bigint) from denials
      where account = ${account} and request_id = ${requestId} having count(*) < ${mostOfRequest}
      on conflict do nothing`,
  )

/** In the order in which they came. */
export const readDenials = async (db: Db, account: string, requestId: string, now: number): Promise<string[]> => {
  const rows = await db.all<{ trace: string }>(
    sql`select trace from denials where account = ${account} and request_id = ${requestId} and expires_at > ${now}
      order by number`,
  )
  return rows.map(({ trace }) => trace)
}

/** Keeps the newest ones. */
export const trimDenials = (db: Db, account: string, kept: number): Promise<number> =>
  db.run(
    sql`delete from denials where account = ${account} and denied_at < (
      select denied_at from denials where account = ${account} order by denied_at desc limit 1 offset ${kept})`,
  )
