/** Table log_deliveries: where each pool's logs go. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import { readDocument } from '../pools/document.ts'
import type { LogConfiguration } from './configuration.ts'

export async function readLogConfigurations(db: Db, poolId: string): Promise<readonly LogConfiguration[]> {
  const row = await db.get<{ document: string }>(sql`select document from log_deliveries where pool_id = ${poolId}`)
  return row ? readDocument<LogConfiguration[]>(row.document) : []
}

export async function writeLogConfigurations(
  db: Db,
  poolId: string,
  configurations: readonly LogConfiguration[],
): Promise<void> {
  await db.run(sql`
    insert into log_deliveries (pool_id, document) values (${poolId}, ${JSON.stringify(configurations)})
    on conflict (pool_id) do update set document = excluded.document`)
}
