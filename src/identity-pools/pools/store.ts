/** The table of identity pools. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import { readDocument } from '../../user-pools/pools/document.ts'
import type { Pool } from './pool.ts'

/** What the sweeper may delete. */
export const expiring = [{ table: 'identity_pools', column: 'removal_at' }] as const

type Row = {
  id: string
  region: string
  name: string
  settings: string
  roles: string
  tag_maps: string
  created_at: number
  modified_at: number
}

const columns = sql`id, region, name, settings, roles, tag_maps, created_at, modified_at`

const poolFrom = (row: Row): Pool => ({
  id: row.id,
  region: row.region,
  name: row.name,
  settings: readDocument(row.settings),
  roles: readDocument(row.roles),
  tagMaps: readDocument(row.tag_maps),
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
})

/** The live pool of that id. */
export async function readPool(db: Db, id: string): Promise<Pool | undefined> {
  const row = await db.get<Row>(sql`select ${columns} from identity_pools where id = ${id} and removal_at is null`)
  return row && poolFrom(row)
}

/** Live pools of the region in the order of their ids, after that id. */
export async function readPools(db: Db, region: string, after: string, limit: number): Promise<Pool[]> {
  const rows = await db.all<Row>(sql`
    select ${columns} from identity_pools where region = ${region} and id > ${after} and removal_at is null
    order by id limit ${limit}`)
  return rows.map(poolFrom)
}

export async function insertPool(db: Db, pool: Pool): Promise<void> {
  await db.run(sql`
    insert into identity_pools (${columns})
    values (${pool.id}, ${pool.region}, ${pool.name}, ${JSON.stringify(pool.settings)}, ${JSON.stringify(pool.roles)},
      ${JSON.stringify(pool.tagMaps)}, ${pool.createdAt}, ${pool.modifiedAt})`)
}

export type PoolChange = Partial<Pick<Pool, 'name' | 'settings' | 'roles' | 'tagMaps'>>

/**
 * Changes the pool by what `change` makes of it as it is now, so that no two changes undo each other; undefined if it is
 * gone. `change` may refuse, and may run twice.
 */
export const changePool = (
  db: Db,
  id: string,
  now: number,
  change: (pool: Pool) => PoolChange,
): Promise<Pool | undefined> =>
  db.transaction(async (inside) => {
    const before = await readPool(inside, id)
    if (!before) return undefined
    const pool: Pool = { ...before, ...change(before), modifiedAt: now }
    await inside.run(sql`
      update identity_pools set name = ${pool.name}, settings = ${JSON.stringify(pool.settings)},
        roles = ${JSON.stringify(pool.roles)}, tag_maps = ${JSON.stringify(pool.tagMaps)}, modified_at = ${now}
      where id = ${id} and removal_at is null`)
    return pool
  })

/** From now on nobody finds the pool; false if nobody did before. */
export const markDeleted = async (db: Db, id: string, removalAt: number): Promise<boolean> =>
  (await db.run(sql`update identity_pools set removal_at = ${removalAt} where id = ${id} and removal_at is null`)) === 1

/** The last row of a deleted pool. */
export const deletePool = (db: Db, id: string): Promise<number> =>
  db.run(sql`delete from identity_pools where id = ${id} and removal_at is not null`)
