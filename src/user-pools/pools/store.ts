/** The table of pools. */
import type { Db } from '../../store/db.ts'
import { list, sql } from '../../store/db.ts'
import { readDocument } from './document.ts'
import type { Pool, PoolSettings, SchemaAttribute } from './pool.ts'
import { type PoolRow, poolFrom } from './row.ts'

const columns = sql`id, region, name, settings, attributes, created_at, modified_at`

const readRow = (db: Db, id: string) =>
  db.get<PoolRow>(sql`select ${columns} from pools where id = ${id} and deleted_at is null`)

/** The live pool of that id. */
export async function readPool(db: Db, id: string): Promise<Pool | undefined> {
  const row = await readRow(db, id)
  return row && poolFrom(row)
}

/** Live pools of the region in the order of their ids, after that id. */
export async function readPools(db: Db, region: string, after: string, limit: number): Promise<Pool[]> {
  const rows = await db.all<PoolRow>(sql`
    select ${columns} from pools where region = ${region} and id > ${after} and deleted_at is null
    order by id limit ${limit}`)
  return rows.map(poolFrom)
}

export type NewPool = Pick<Pool, 'id' | 'region' | 'name' | 'settings' | 'createdAt'> & {
  /** Custom attributes, and standard ones that differ from AWS's defaults. */
  readonly own: readonly SchemaAttribute[]
}

/** Whether the pool was made: false if the id is taken. */
export async function insertPool(db: Db, pool: NewPool): Promise<boolean> {
  const changed = await db.run(sql`
    insert into pools (id, region, name, settings, attributes, created_at, modified_at)
    values (${pool.id}, ${pool.region}, ${pool.name}, ${JSON.stringify(pool.settings)},
      ${JSON.stringify(pool.own)}, ${pool.createdAt}, ${pool.createdAt})
    on conflict do nothing`)
  return changed === 1
}

export type PoolChange = {
  readonly name?: string
  readonly settings?: PoolSettings
  readonly own?: readonly SchemaAttribute[]
}

/**
 * Changes the pool by what `change` makes of it as it is now, so that no two changes undo each other; false if it is
 * gone. `change` may refuse, and may run twice.
 */
export const changePool = (
  db: Db,
  id: string,
  now: number,
  change: (pool: Pool, own: readonly SchemaAttribute[]) => PoolChange,
): Promise<boolean> =>
  db.transaction(async (inside) => {
    const row = await readRow(inside, id)
    if (!row) return false
    const { name, settings, own } = change(poolFrom(row), readDocument<SchemaAttribute[]>(row.attributes))
    await inside.run(sql`
      update pools set name = ${name ?? row.name}, modified_at = ${now},
        settings = ${settings ? JSON.stringify(settings) : row.settings},
        attributes = ${own ? JSON.stringify(own) : row.attributes}
      where id = ${id} and deleted_at is null`)
    return true
  })

/** From now on nobody finds the pool. `check` may refuse. */
export const markDeleted = (db: Db, id: string, now: number, check: (pool: Pool) => void): Promise<boolean> =>
  db.transaction(async (inside) => {
    const row = await readRow(inside, id)
    if (!row) return false
    check(poolFrom(row))
    return (await inside.run(sql`update pools set deleted_at = ${now} where id = ${id} and deleted_at is null`)) === 1
  })

/** Ids of pools whose rows are still to be removed, those deleted first first. */
export async function readDeleted(db: Db, limit: number, except: readonly string[] = []): Promise<string[]> {
  const others = except.length === 0 ? sql`` : sql` and id not in (${list(except)})`
  const rows = await db.all<{ id: string }>(
    sql`select id from pools where deleted_at is not null${others} order by deleted_at, id limit ${limit}`,
  )
  return rows.map(({ id }) => id)
}

/** A table keyed by pool_id and, next, by `key`. */
export type PoolTable = { readonly table: string; readonly key: string }

/** Deletes rows of so many keys of a deleted pool; answers how many rows went. Names come from our own lists. */
export function deleteRows(db: Db, { table, key }: PoolTable, poolId: string, keys: number): Promise<number> {
  for (const name of [table, key]) {
    if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new TypeError(`${name} is no name of a table or column.`)
  }
  return db.run({
    pieces: [
      `delete from ${table} where pool_id = `,
      ` and ${key} in (select ${key} from ${table} where pool_id = `,
      ' limit ',
      ')',
    ],
    values: [poolId, poolId, keys],
  })
}

/** The last row of a deleted pool; what still hangs on it goes with it. */
export const deletePool = (db: Db, id: string): Promise<number> =>
  db.run(sql`delete from pools where id = ${id} and deleted_at is not null`)

/** How many users the pool has, counted up to `most`: the table is another slice's, and named as data. */
export async function countUsers(db: Db, poolId: string, most: number): Promise<number> {
  const row = await db.get<{ users: number }>(
    sql`select count(*) as users from (select 1 from users where pool_id = ${poolId} limit ${most}) counted`,
  )
  return Number(row?.users ?? 0)
}
