/** Finds identity pools, and changes them. A deleted pool is not found. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Pool } from './pool.ts'
import { changePool as change, type PoolChange, readPool, readPools } from './store.ts'

export const findPool = (world: Pick<World, 'db'>, id: string): Promise<Pool | undefined> => readPool(world.db, id)

export const refusePool = (id: string): never => fail('ResourceNotFoundException', `IdentityPool '${id}' not found.`)

/** The pool as it is after the change. Refuses if it is gone; `make` may refuse too, and may run twice. */
export const changePool = async (world: World, id: string, make: (pool: Pool) => PoolChange): Promise<Pool> =>
  (await change(world.db, id, world.now(), make)) ?? refusePool(id)

/** Pools of a region in the order of their ids, after that id. */
export const poolsAfter = (world: Pick<World, 'db'>, region: string, after: string, limit: number): Promise<Pool[]> =>
  readPools(world.db, region, after, limit)
