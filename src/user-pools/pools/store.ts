/** The table of pools. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import type { Pool, SchemaAttribute } from './pool.ts'
import { type PoolRow, poolFrom } from './row.ts'

const columns = sql`id, region, name, settings, attributes, created_at, modified_at`

/** The live pool of that id. */
export async function readPool(db: Db, id: string): Promise<Pool | undefined> {
  const row = await db.get<PoolRow>(sql`select ${columns} from pools where id = ${id} and deleted_at is null`)
  return row && poolFrom(row)
}

export type NewPool = Pick<Pool, 'id' | 'region' | 'name' | 'settings' | 'createdAt'> & {
  /** Custom attributes, and standard ones that differ from AWS's defaults. */
  attributes: readonly SchemaAttribute[]
}

/** Whether the pool was made: false if the id is taken. */
export async function insertPool(db: Db, pool: NewPool): Promise<boolean> {
  const changed = await db.run(sql`
    insert into pools (id, region, name, settings, attributes, created_at, modified_at)
    values (${pool.id}, ${pool.region}, ${pool.name}, ${JSON.stringify(pool.settings)},
      ${JSON.stringify(pool.attributes)}, ${pool.createdAt}, ${pool.createdAt})
    on conflict do nothing`)
  return changed === 1
}

/** Replaces name and settings; false if the pool is gone. */
export async function writeSettings(
  db: Db,
  pool: Pick<Pool, 'id' | 'name' | 'settings'>,
  now: number,
): Promise<boolean> {
  const changed = await db.run(sql`
    update pools set name = ${pool.name}, settings = ${JSON.stringify(pool.settings)}, modified_at = ${now}
    where id = ${pool.id} and deleted_at is null`)
  return changed === 1
}
