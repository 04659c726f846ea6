/** The table client_extensions: the only SQL on it. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'

export async function readClientExtensions(db: Db, poolId: string, clientId: string): Promise<string | undefined> {
  const row = await db.get<{ settings: string }>(
    sql`select settings from client_extensions where pool_id = ${poolId} and client_id = ${clientId}`,
  )
  return row?.settings
}

export async function readPoolExtensions(db: Db, poolId: string): Promise<{ clientId: string; settings: string }[]> {
  const rows = await db.all<{ client_id: string; settings: string }>(
    sql`select client_id, settings from client_extensions where pool_id = ${poolId} order by client_id`,
  )
  return rows.map((row) => ({ clientId: row.client_id, settings: row.settings }))
}

/** False if the client is gone. */
export async function writeExtensions(db: Db, poolId: string, clientId: string, settings: string): Promise<boolean> {
  const changed = await db.run(sql`
    insert into client_extensions (pool_id, client_id, settings)
    select pool_id, id, ${settings} from clients where pool_id = ${poolId} and id = ${clientId}
    on conflict (pool_id, client_id) do update set settings = excluded.settings`)
  return changed === 1
}
