/**
 * Datasets: key-value stores that belong to an identity and that its devices keep in step. Owns the tables sync_datasets,
 * sync_records and sync_identities. Never decides between two devices: whoever has not seen the newest is told so.
 * AWS: Cognito Sync API Reference; Developer Guide, "Synchronizing data".
 */
import type { Operation } from '../../wire/operation.ts'
import { page, readPage } from '../../wire/paging.ts'
import type { Dataset, SyncRecord, Target } from '../dataset.ts'
import { authorOf, datasets, identityOf, dataset as oneDataset, identity as oneIdentity, operation } from '../doors.ts'
import { findSyncPool } from '../pools/find.ts'
import { notifyDevices } from '../push/notify.ts'
import { deleteDataset, patchDataset, placeOf, refuseDataset } from './changes.ts'
import { mergedNames, reachable } from './merged.ts'
import { pageSize } from './page-size.ts'
import { readPatches, refuseConflicts } from './patches.ts'
import { beginSession, requireSession } from './session-token.ts'
import { readChanged, readDataset, readRecords, readUsage } from './store.ts'
import { askTrigger } from './trigger.ts'

const describe = (identityId: string, name: string, dataset: Dataset) => ({
  IdentityId: identityId,
  DatasetName: name,
  CreationDate: new Date(dataset.createdAt),
  LastModifiedDate: new Date(dataset.modifiedAt),
  LastModifiedBy: dataset.modifiedBy,
  DataStorage: dataset.storage,
  NumRecords: dataset.records,
})

const describeRecord = ({ key, value, syncCount, modifiedAt, modifiedBy, deviceModifiedAt }: SyncRecord) => ({
  Key: key,
  Value: value,
  SyncCount: syncCount,
  LastModifiedDate: new Date(modifiedAt),
  LastModifiedBy: modifiedBy,
  DeviceLastModifiedDate: deviceModifiedAt === undefined ? undefined : new Date(deviceModifiedAt),
})

/** unproved: that datasets of merged identities are listed with the others. */
export const ListDatasets = operation('ListDatasets', datasets, async (input, { world, pool, identity }) => {
  const paging = { list: `ListDatasets ${identity.id}`, seal: world.seal, now: world.now() }
  const [after = ''] = readPage(paging, input.NextToken) ?? []
  const limit = pageSize(input.MaxResults)
  const rest = (await reachable(world, pool, identity)).filter(({ reached }) => reached > String(after))
  const { rows, next } = page(paging, rest, limit, ({ reached }) => [reached])
  return {
    Datasets: rows.map((one) => describe(identity.id, one.reached, one)),
    Count: rows.length,
    NextToken: next,
  }
})

export const DescribeDataset = operation('DescribeDataset', oneDataset, async (_, { world, target }) => {
  const found = await readDataset(world.db, placeOf(target))
  return { Dataset: found?.alive ? describe(target.identity.id, target.name, found) : refuseDataset(target.name) }
})

export const DeleteDataset = operation('DeleteDataset', oneDataset, async (_, { world, target, caller }) => ({
  Dataset: describe(target.identity.id, target.name, await deleteDataset(world, target, authorOf(caller))),
}))

/** What changed since a count, removals included, and a token to write with. */
export const ListRecords = operation('ListRecords', oneDataset, async (input, { world, target }) => {
  const { LastSyncCount = 0, SyncSessionToken } = input
  if (SyncSessionToken !== undefined) requireSession(world, target, SyncSessionToken)
  const list = `ListRecords ${target.identity.id} ${target.name} ${LastSyncCount}`
  const paging = { list, seal: world.seal, now: world.now() }
  const [count = LastSyncCount, key] = readPage(paging, input.NextToken) ?? []
  const limit = pageSize(input.MaxResults)
  const dataset = await readDataset(world.db, placeOf(target))
  // Without a page's key: everything above the count. No key is below the empty text of the next count.
  const after = key === undefined ? { count: Number(count) + 1, key: '' } : { count: Number(count), key: String(key) }
  const found = dataset?.alive ? await readChanged(world.db, placeOf(target), after, limit + 1) : []
  const { rows, next } = page(paging, found, limit, (one) => [one.syncCount, one.key])
  return {
    Records: rows.map(describeRecord),
    Count: rows.length,
    NextToken: next,
    DatasetSyncCount: dataset?.syncCount ?? 0,
    LastModifiedBy: dataset?.modifiedBy,
    MergedDatasetNames: await mergedNames(world, target),
    DatasetExists: dataset?.alive ?? false,
    // Whoever has never seen the dataset has nothing to forget.
    DatasetDeletedAfterRequestedSyncCount: LastSyncCount > 0 && LastSyncCount < (dataset?.deletedCount ?? 0),
    SyncSessionToken: SyncSessionToken ?? beginSession(world, target),
  }
})

/** unproved: that conflicts are refused before the function of the pool is asked; it would be shown values that are old. */
export const UpdateRecords = operation('UpdateRecords', oneDataset, async (input, context) => {
  const { world, target, caller } = context
  requireSession(world, target, input.SyncSessionToken)
  const given = readPatches(input.RecordPatches ?? [])
  const { syncTrigger, push } = await findSyncPool(world, target.pool.id)
  // AWS: "Amazon Cognito Events" come with the credentials of identities only.
  const asked = syncTrigger !== undefined && identityOf(caller) !== undefined && given.length > 0
  const patches = asked ? await throughTrigger(syncTrigger, given, context) : given
  const { records, syncCount } = await patchDataset(world, target, patches, authorOf(caller))
  if (push && records.length > 0) notifyDevices(world, push, { target, syncCount, except: input.DeviceId })
  return { Records: records.map(describeRecord) }
})

async function throughTrigger(
  arn: string,
  given: ReturnType<typeof readPatches>,
  context: Parameters<typeof askTrigger>[0] & { readonly target: Target },
) {
  const current = await readRecords(context.world.db, placeOf(context.target))
  refuseConflicts(given, current)
  return askTrigger(context, arn, context.target, given, current)
}

export const DescribeIdentityUsage = operation(
  'DescribeIdentityUsage',
  oneIdentity,
  async (_, { world, pool, identity }) => {
    const { storage, modifiedAt, datasets: count } = await readUsage(world.db, pool.id, [identity.id])
    return {
      IdentityUsage: {
        IdentityId: identity.id,
        IdentityPoolId: pool.id,
        LastModifiedDate: new Date(modifiedAt || identity.modifiedAt),
        DatasetCount: count,
        DataStorage: storage,
      },
    }
  },
)

export const operations: Operation[] = [
  ListDatasets,
  DescribeDataset,
  DeleteDataset,
  ListRecords,
  UpdateRecords,
  DescribeIdentityUsage,
]
