/** The table of what clients were told about sessions of the browser. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'

export async function readSsoMinutes(db: Db, poolId: string, clientId: string): Promise<number | undefined> {
  const row = await db.get<{ sso_minutes: number }>(
    sql`select sso_minutes from client_sessions where pool_id = ${poolId} and client_id = ${clientId}`,
  )
  return row?.sso_minutes
}

/** False if the client is gone. */
export async function writeSsoMinutes(db: Db, poolId: string, clientId: string, minutes: number): Promise<boolean> {
  const changed = await db.run(sql`
    insert into client_sessions (pool_id, client_id, sso_minutes)
    select pool_id, id, cast(${minutes} as integer) from clients where pool_id = ${poolId} and id = ${clientId}
    on conflict (pool_id, client_id) do update set sso_minutes = excluded.sso_minutes`)
  return changed === 1
}
