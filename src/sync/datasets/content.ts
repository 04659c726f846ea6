/** What is in a dataset now. */
import type { World } from '../../world.ts'
import type { Dataset, SyncRecord, Target } from '../dataset.ts'
import { readDataset, readRecords } from './store.ts'

/** The records that have a value, in the order of their keys. */
export async function recordsOf(
  world: Pick<World, 'db'>,
  poolId: string,
  { owner, name }: Pick<Dataset, 'name'> & { readonly owner: string },
): Promise<SyncRecord[]> {
  const records = await readRecords(world.db, { poolId, owner, stored: name })
  return [...records.values()].filter(({ value }) => value !== undefined)
}

/** Whether there is such a dataset now. */
export const isAlive = async (world: Pick<World, 'db'>, { pool, owner, stored }: Target): Promise<boolean> =>
  (await readDataset(world.db, { poolId: pool.id, owner, stored }))?.alive ?? false
