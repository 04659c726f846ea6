/** Changing datasets: all of a call's patches or none, the counts with them, and the stream's copy in the same transaction. */
import type { Db } from '../../store/db.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { type Dataset, most, mostGone, type SyncRecord, sizeOf, type Target } from '../dataset.ts'
import { enqueue } from '../outbox/outbox.ts'
import { findSyncPool } from '../pools/find.ts'
import { type Patch, refuseConflicts, written } from './patches.ts'
import {
  deleteRecords,
  forgetDeleted,
  forgetRemoved,
  nextChange,
  type Place,
  putDataset,
  putRecords,
  readDataset,
  readDatasets,
  readRecords,
} from './store.ts'

export const placeOf = ({ pool, owner, stored }: Target): Place => ({ poolId: pool.id, owner, stored })

export const refuseDataset = (name: string): never =>
  // unproved: AWS's sentence.
  fail('ResourceNotFoundException', `Dataset '${name}' not found.`)

export type Changed = { readonly records: readonly SyncRecord[]; readonly syncCount: number }

/** Writes the patches, by whom they say. Refuses conflicts and what would be too much; then nothing is written. */
export async function patchDataset(
  world: World,
  target: Target,
  patches: readonly Patch[],
  by: string,
): Promise<Changed> {
  // Outside: the publisher writes that row all the time, and every change would have to run again. A change made while
  // streaming is being switched on may miss the stream, as at any moment before; BulkPublish copies what there was.
  const { streams } = await findSyncPool(world, target.pool.id)
  const place = placeOf(target)
  return world.db.transaction(async (db) => {
    const before = await readDataset(db, place)
    const current = await readRecords(
      db,
      place,
      patches.map(({ key }) => key),
    )
    refuseConflicts(patches, current)
    if (patches.length === 0) return { records: [], syncCount: before?.syncCount ?? 0 }
    if (!before?.alive) await refuseOneMore(db, place)
    const { number, at } = await nextChange(db, target.pool.id, target.identity.id, world.now())
    const syncCount = (before?.syncCount ?? 0) + 1
    const records = written(patches, { count: syncCount, at, by })
    const dataset = grown(before, records, current, { name: target.stored, syncCount, at, by })
    await putDataset(db, place, dataset)
    await putRecords(db, place, records)
    if (records.some(({ value }) => value === undefined)) await forgetRemoved(db, place, mostGone.records)
    if (streams?.StreamingStatus === 'ENABLED')
      await enqueue(world, db, { target, operation: 'replace', records, syncCount, at }, number)
    return { records, syncCount }
  })
}

async function refuseOneMore(db: Db, { poolId, owner }: Place) {
  // unproved: AWS's sentences for its limits.
  if ((await readDatasets(db, poolId, [owner])).length >= most.datasets)
    fail('LimitExceededException', `An identity can have at most ${most.datasets} datasets.`)
}

/** The dataset with these records in it. Refuses more than a dataset holds. */
function grown(
  before: Dataset | undefined,
  records: readonly SyncRecord[],
  current: ReadonlyMap<string, SyncRecord>,
  { name, syncCount, at, by }: { name: string; syncCount: number; at: number; by: string },
): Dataset {
  const count = (some: Iterable<SyncRecord>) => [...some].filter(({ value }) => value !== undefined).length
  const size = (some: Iterable<SyncRecord>) => [...some].reduce((sum, record) => sum + sizeOf(record), 0)
  const lives = before?.alive ? before : undefined
  const dataset: Dataset = {
    name,
    alive: true,
    syncCount,
    deletedCount: before?.deletedCount ?? 0,
    records: (lives?.records ?? 0) + count(records) - count(current.values()),
    storage: (lives?.storage ?? 0) + size(records) - size(current.values()),
    createdAt: lives?.createdAt ?? at,
    modifiedAt: at,
    modifiedBy: by,
  }
  if (dataset.records > most.records)
    fail('LimitExceededException', `A dataset can have at most ${most.records} records.`)
  if (dataset.storage > most.storage)
    fail('LimitExceededException', `A dataset can have at most ${most.storage} bytes.`)
  return dataset
}

/** Deletes a dataset and answers what it was. Its count goes on, so that devices that knew it learn of its end. */
export async function deleteDataset(world: World, target: Target, by: string): Promise<Dataset> {
  const { streams } = await findSyncPool(world, target.pool.id)
  const place = placeOf(target)
  return world.db.transaction(async (db) => {
    const before = await readDataset(db, place)
    if (!before?.alive) return refuseDataset(target.name)
    const { number, at } = await nextChange(db, target.pool.id, target.identity.id, world.now())
    const syncCount = before.syncCount + 1
    const gone = { alive: false, syncCount, deletedCount: syncCount, records: 0, storage: 0 }
    await deleteRecords(db, place)
    await putDataset(db, place, { ...before, ...gone, modifiedAt: at, modifiedBy: by })
    await forgetDeleted(db, place, mostGone.datasets)
    if (streams?.StreamingStatus === 'ENABLED')
      await enqueue(world, db, { target, operation: 'remove', records: [], syncCount, at }, number)
    return before
  })
}
