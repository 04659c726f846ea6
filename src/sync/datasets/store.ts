/** The tables of datasets and records, and of how often an identity has changed. */
import { type Db, join, list, sql } from '../../store/db.ts'
import type { Dataset, SyncRecord } from '../dataset.ts'

/** Whose rows, under which name. */
export type Place = { readonly poolId: string; readonly owner: string; readonly stored: string }

type DatasetRow = {
  name: string
  alive: number
  sync_count: number
  deleted_count: number
  records: number
  storage: number
  created_at: number
  modified_at: number
  modified_by: string
}

const datasetColumns = sql`name, alive, sync_count, deleted_count, records, storage, created_at, modified_at, modified_by`

const datasetFrom = (row: DatasetRow): Dataset => ({
  name: row.name,
  alive: row.alive === 1,
  syncCount: row.sync_count,
  deletedCount: row.deleted_count,
  records: row.records,
  storage: row.storage,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  modifiedBy: row.modified_by,
})

/** The dataset, or what a deleted one left; undefined if there never was one. */
export async function readDataset(db: Db, { poolId, owner, stored }: Place): Promise<Dataset | undefined> {
  const row = await db.get<DatasetRow>(sql`
    select ${datasetColumns} from sync_datasets
    where pool_id = ${poolId} and identity_id = ${owner} and name = ${stored}`)
  return row && datasetFrom(row)
}

/** The live datasets of some identities, each with its owner, in the order of owners and names. */
export async function readDatasets(
  db: Db,
  poolId: string,
  owners: readonly string[],
): Promise<(Dataset & { readonly owner: string })[]> {
  const rows = await db.all<DatasetRow & { identity_id: string }>(sql`
    select identity_id, ${datasetColumns} from sync_datasets
    where pool_id = ${poolId} and identity_id in (${list(owners)}) and alive = 1 order by identity_id, name`)
  return rows.map((row) => ({ ...datasetFrom(row), owner: row.identity_id }))
}

export async function putDataset(db: Db, { poolId, owner, stored }: Place, dataset: Dataset): Promise<void> {
  const { alive, syncCount, deletedCount, records, storage, createdAt, modifiedAt, modifiedBy } = dataset
  await db.run(sql`
    insert into sync_datasets (pool_id, identity_id, ${datasetColumns})
    values (${poolId}, ${owner}, ${stored}, ${alive}, ${syncCount}, ${deletedCount}, ${records}, ${storage}, ${createdAt},
      ${modifiedAt}, ${modifiedBy})
    on conflict (pool_id, identity_id, name) do update set alive = excluded.alive, sync_count = excluded.sync_count,
      deleted_count = excluded.deleted_count, records = excluded.records, storage = excluded.storage,
      created_at = excluded.created_at, modified_at = excluded.modified_at, modified_by = excluded.modified_by`)
}

type RecordRow = {
  record_key: string
  value: string | null
  sync_count: number
  modified_at: number
  modified_by: string
  device_modified_at: number | null
}

const recordColumns = sql`record_key, value, sync_count, modified_at, modified_by, device_modified_at`

const recordFrom = (row: RecordRow): SyncRecord => ({
  key: row.record_key,
  value: row.value ?? undefined,
  syncCount: row.sync_count,
  modifiedAt: row.modified_at,
  modifiedBy: row.modified_by,
  deviceModifiedAt: row.device_modified_at ?? undefined,
})

const at = ({ poolId, owner, stored }: Place) =>
  sql`pool_id = ${poolId} and identity_id = ${owner} and dataset = ${stored}`

/** Records changed after that count, in the order of their changes, after that place in it. */
export async function readChanged(
  db: Db,
  place: Place,
  after: { readonly count: number; readonly key: string },
  limit: number,
): Promise<SyncRecord[]> {
  const rows = await db.all<RecordRow>(sql`
    select ${recordColumns} from sync_records
    where ${at(place)} and (sync_count, record_key) > (${after.count}, ${after.key})
    order by sync_count, record_key limit ${limit}`)
  return rows.map(recordFrom)
}

/** The records of these keys; all of the dataset's if none are named. */
export async function readRecords(
  db: Db,
  place: Place,
  keys?: readonly string[],
): Promise<ReadonlyMap<string, SyncRecord>> {
  if (keys?.length === 0) return new Map()
  const named = keys ? sql`and record_key in (${list(keys)})` : sql``
  const rows = await db.all<RecordRow>(sql`
    select ${recordColumns} from sync_records where ${at(place)} ${named} order by record_key`)
  return new Map(rows.map((row) => [row.record_key, recordFrom(row)]))
}

/** Far below what either engine takes as parameters. */
const rowsAtATime = 500

export async function putRecords(
  db: Db,
  { poolId, owner, stored }: Place,
  records: readonly SyncRecord[],
): Promise<void> {
  for (let from = 0; from < records.length; from += rowsAtATime) {
    const rows = records
      .slice(from, from + rowsAtATime)
      .map(
        ({ key, value, syncCount, modifiedAt, modifiedBy, deviceModifiedAt }) =>
          sql`(${poolId}, ${owner}, ${stored}, ${key}, ${value}, ${syncCount}, ${modifiedAt}, ${modifiedBy}, ${deviceModifiedAt})`,
      )
    await db.run(sql`
      insert into sync_records (pool_id, identity_id, dataset, ${recordColumns}) values ${join(rows)}
      on conflict (pool_id, identity_id, dataset, record_key) do update set value = excluded.value,
        sync_count = excluded.sync_count, modified_at = excluded.modified_at, modified_by = excluded.modified_by,
        device_modified_at = excluded.device_modified_at`)
  }
}

export const deleteRecords = (db: Db, place: Place): Promise<number> =>
  db.run(sql`delete from sync_records where ${at(place)}`)

/** Removed records go for good, but for the newest. */
export const forgetRemoved = (db: Db, place: Place, kept: number): Promise<number> =>
  db.run(sql`
    delete from sync_records where ${at(place)} and value is null and (sync_count, record_key) <= (
      select sync_count, record_key from sync_records where ${at(place)} and value is null
      order by sync_count desc, record_key desc limit 1 offset ${kept})`)

/** So do deleted datasets, with what is left of them. */
export const forgetDeleted = (
  db: Db,
  { poolId, owner }: Pick<Place, 'poolId' | 'owner'>,
  kept: number,
): Promise<number> =>
  db.run(sql`
    delete from sync_datasets where pool_id = ${poolId} and identity_id = ${owner} and alive = 0 and (modified_at, name) <= (
      select modified_at, name from sync_datasets where pool_id = ${poolId} and identity_id = ${owner} and alive = 0
      order by modified_at desc, name desc limit 1 offset ${kept})`)

/** The number of an identity's next change, and its time, which never goes back. */
export async function nextChange(
  db: Db,
  poolId: string,
  identityId: string,
  now: number,
): Promise<{ number: number; at: number }> {
  const row = await db.get<{ changes: number; changed_at: number }>(sql`
    insert into sync_identities (pool_id, identity_id, changes, changed_at) values (${poolId}, ${identityId}, 1, ${now})
    on conflict (pool_id, identity_id) do update set changes = sync_identities.changes + 1,
      changed_at = case when sync_identities.changed_at > excluded.changed_at then sync_identities.changed_at
        else excluded.changed_at end
    returning changes, changed_at`)
  return { number: row?.changes ?? 0, at: row?.changed_at ?? now }
}

export type Usage = { readonly storage: number; readonly modifiedAt: number; readonly datasets: number }

/** What the live datasets of some identities take together. */
export async function readUsage(db: Db, poolId: string, owners: readonly string[]): Promise<Usage> {
  const row = await db.get<{ storage: number; modified_at: number; datasets: number }>(sql`
    select coalesce(sum(storage), 0) as storage, coalesce(max(modified_at), 0) as modified_at, count(*) as datasets
    from sync_datasets where pool_id = ${poolId} and identity_id in (${list(owners)}) and alive = 1`)
  return { storage: Number(row?.storage), modifiedAt: Number(row?.modified_at), datasets: Number(row?.datasets) }
}

/** A step through a pool's datasets in the order of their keys. */
export async function readStep(
  db: Db,
  poolId: string,
  after: { readonly owner: string; readonly stored: string },
  limit: number,
): Promise<(Dataset & { readonly owner: string })[]> {
  const rows = await db.all<DatasetRow & { identity_id: string }>(sql`
    select identity_id, ${datasetColumns} from sync_datasets
    where pool_id = ${poolId} and (identity_id, name) > (${after.owner}, ${after.stored})
    order by identity_id, name limit ${limit}`)
  return rows.map((row) => ({ ...datasetFrom(row), owner: row.identity_id }))
}
