/** The table of replicas. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import type { RegionalSettings, Replica } from './replica.ts'

type Row = {
  pool_id: string
  region: string
  status: Replica['status']
  settings: string
  created_at: number
  modified_at: number
}

const columns = sql`pool_id, region, status, settings, created_at, modified_at`

const replicaFrom = (row: Row): Replica => ({
  poolId: row.pool_id,
  region: row.region,
  status: row.status,
  settings: JSON.parse(row.settings) as RegionalSettings,
  createdAt: Number(row.created_at),
  modifiedAt: Number(row.modified_at),
})

const where = (poolId: string, region: string) => sql`where pool_id = ${poolId} and region = ${region}`

export async function readReplica(db: Db, poolId: string, region: string): Promise<Replica | undefined> {
  const row = await db.get<Row>(sql`select ${columns} from pool_replicas ${where(poolId, region)}`)
  return row && replicaFrom(row)
}

/** A pool's replicas in the order of their regions, after that one. */
export const readReplicas = async (db: Db, poolId: string, after: string, limit: number): Promise<Replica[]> =>
  (
    await db.all<Row>(sql`
      select ${columns} from pool_replicas where pool_id = ${poolId} and region > ${after} order by region limit ${limit}`)
  ).map(replicaFrom)

/** Ids of the pools that have a replica in the region, after that id. */
export const readReplicated = async (db: Db, region: string, after: string, limit: number): Promise<string[]> =>
  (
    await db.all<{ pool_id: string }>(sql`
      select pool_id from pool_replicas where region = ${region} and pool_id > ${after} order by pool_id limit ${limit}`)
  ).map((row) => row.pool_id)

/** Pool and region of every replica of pools whose ids lie between these two. */
export const readRegions = (db: Db, first: string, last: string): Promise<{ pool_id: string; region: string }[]> =>
  db.all(sql`
    select pool_id, region from pool_replicas where pool_id >= ${first} and pool_id <= ${last} order by pool_id, region`)

/** Whether it was made: false where the pool has one in that region. */
export async function insertReplica(db: Db, replica: Replica): Promise<boolean> {
  const { poolId, region, status, settings, createdAt, modifiedAt } = replica
  const made = await db.run(sql`
    insert into pool_replicas (${columns})
    values (${poolId}, ${region}, ${status}, ${JSON.stringify(settings)}, ${createdAt}, ${modifiedAt})
    on conflict do nothing`)
  return made === 1
}

/** Whether there is such a replica. */
export const setStatus = async (
  db: Db,
  { poolId, region, status, modifiedAt }: Pick<Replica, 'poolId' | 'region' | 'status' | 'modifiedAt'>,
): Promise<boolean> =>
  (await db.run(sql`
    update pool_replicas set status = ${status}, modified_at = ${modifiedAt} ${where(poolId, region)}`)) === 1

/** Changes the settings by what `change` makes of them as they are; false if the replica is gone. `change` may refuse. */
export const changeSettings = (
  db: Db,
  { poolId, region, modifiedAt }: Pick<Replica, 'poolId' | 'region' | 'modifiedAt'>,
  change: (settings: RegionalSettings) => RegionalSettings,
): Promise<boolean> =>
  db.transaction(async (inside) => {
    const before = await readReplica(inside, poolId, region)
    if (!before) return false
    const settings = JSON.stringify(change(before.settings))
    await inside.run(sql`
      update pool_replicas set settings = ${settings}, modified_at = ${modifiedAt} ${where(poolId, region)}`)
    return true
  })

/** Deletes it unless it is active; whether it went. */
export const deleteInactive = async (db: Db, poolId: string, region: string): Promise<boolean> =>
  (await db.run(sql`delete from pool_replicas ${where(poolId, region)} and status = 'INACTIVE'`)) === 1
