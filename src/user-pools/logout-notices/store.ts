/** The table logout_notices: the only SQL on it. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'

/** What the sweeper may delete: what nobody wanted to hear. */
export const expiring = [{ table: 'logout_notices', column: 'expires_at' }] as const

export type Notice = {
  readonly poolId: string
  readonly id: string
  readonly clientId: string
  readonly sub: string
  /** The browser's session that ended; all of the user's if absent. */
  readonly sid: string | undefined
}

export async function insertNotice(
  db: Db,
  one: Notice & { readonly at: number; readonly until: number },
): Promise<void> {
  await db.run(sql`
    insert into logout_notices (pool_id, id, client_id, sub, sid, attempts, next_at, expires_at)
    values (${one.poolId}, ${one.id}, ${one.clientId}, ${one.sub}, ${one.sid}, 0, ${one.at}, ${one.until})`)
}

type Row = { pool_id: string; id: string; client_id: string; sub: string; sid: string | null; attempts: number }

export type Due = Notice & { readonly attempts: number }

/** Takes one that is due and keeps it from other nodes until `until`; how often it was tried before comes along. */
export async function takeDue(db: Db, now: number, until: number): Promise<Due | undefined> {
  const due = await db.get<{ pool_id: string; id: string }>(
    sql`select pool_id, id from logout_notices where next_at <= ${now} order by next_at limit 1`,
  )
  if (!due) return undefined
  const row = await db.get<Row>(sql`
    update logout_notices set next_at = ${until}, attempts = attempts + 1
    where pool_id = ${due.pool_id} and id = ${due.id} and next_at <= ${now}
    returning pool_id, id, client_id, sub, sid, attempts`)
  return (
    row && {
      ...{ poolId: row.pool_id, id: row.id, clientId: row.client_id, sub: row.sub, sid: row.sid ?? undefined },
      attempts: row.attempts - 1,
    }
  )
}

type Named = Pick<Notice, 'poolId' | 'id'>

export async function deleteNotice(db: Db, { poolId, id }: Named): Promise<void> {
  await db.run(sql`delete from logout_notices where pool_id = ${poolId} and id = ${id}`)
}

export async function postpone(db: Db, { poolId, id }: Named, at: number): Promise<void> {
  await db.run(sql`update logout_notices set next_at = ${at} where pool_id = ${poolId} and id = ${id}`)
}
