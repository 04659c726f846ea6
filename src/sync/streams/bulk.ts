/** Bulk publishing: every dataset of a pool as one record, some at a time, from where the last step ended. */

import { findIdentity } from '../../identity-pools/identities/find.ts'
import type { Pool } from '../../identity-pools/pools/pool.ts'
import type { World } from '../../world.ts'
import { recordsOf } from '../datasets/content.ts'
import type { Step } from '../datasets/walk.ts'
import { walkDatasets } from '../datasets/walk.ts'
import { toRecord } from '../outbox/outbox.ts'
import { changeSyncPool, findSyncPool } from '../pools/find.ts'
import type { Put } from './deliver.ts'

/** A dataset has a megabyte at most; Kinesis takes five at a time. */
const datasetsAtATime = 4

/** One step of a bulk publish, if one is under way. */
export async function publishStep(world: World, pool: Pool, put: Put): Promise<'done' | 'later' | 'gone' | 'nothing'> {
  const { bulk } = await findSyncPool(world, pool.id)
  if (bulk.status !== 'IN_PROGRESS') return 'nothing'
  const walk = walkDatasets(world.db, pool.id, {
    after: bulk.after ?? { owner: '', stored: '' },
    limit: datasetsAtATime,
  })
  const { value: step } = await walk.next()
  const last = step?.at(-1)
  if (!step || !last) {
    await finish(world, pool.id)
    return 'done'
  }
  // One after another: two datasets of an identity keep their order.
  for (const dataset of step) {
    const record = dataset.alive ? await print(world, pool, dataset) : undefined
    if (record === undefined) continue
    const { trouble, gone } = await put([{ partitionKey: dataset.owner, data: record }])
    if (trouble === undefined) continue
    world.log.warn({ pool: pool.id, trouble }, 'A stream did not take a dataset; it will be tried again.')
    return gone ? 'gone' : 'later'
  }
  await changeSyncPool(world, pool.id, (before) => ({
    ...before,
    bulk: { ...before.bulk, after: { owner: last.owner, stored: last.name } },
  }))
  return 'done'
}

const finish = (world: World, poolId: string) =>
  changeSyncPool(world, poolId, (before) => ({
    ...before,
    bulk: { ...before.bulk, status: 'SUCCEEDED', completedAt: world.now(), after: undefined },
  }))

async function print(world: World, pool: Pool, dataset: Step[number]): Promise<string | undefined> {
  const found = await findIdentity(world, dataset.owner)
  if (!found) return undefined
  const records = await recordsOf(world, pool.id, dataset)
  return world.db.transaction((db) =>
    toRecord(world, db, {
      target: { pool, identity: found.identity, name: dataset.name },
      operation: 'replace',
      records,
      syncCount: dataset.syncCount,
      at: dataset.modifiedAt,
    }),
  )
}
