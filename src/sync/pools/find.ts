/** What Cognito Sync knows of an identity pool, found and changed. */
import type { World } from '../../world.ts'
import { putSyncPool, readSyncPool } from './store.ts'
import { type SyncPool, untouched } from './sync-pool.ts'

export const findSyncPool = async (world: Pick<World, 'db'>, poolId: string): Promise<SyncPool> =>
  (await readSyncPool(world.db, poolId)) ?? untouched

/** Changes it by what `change` makes of it as it is now; `change` may refuse, and may run twice. */
export const changeSyncPool = (
  world: Pick<World, 'db'>,
  poolId: string,
  change: (pool: SyncPool) => SyncPool,
): Promise<SyncPool> =>
  world.db.transaction(async (db) => {
    const pool = change((await readSyncPool(db, poolId)) ?? untouched)
    await putSyncPool(db, poolId, pool)
    return pool
  })
