/** Finds pools. A pool under deletion is not found. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Pool } from './pool.ts'
import { readPool } from './store.ts'

export const findPool = (world: Pick<World, 'db'>, id: string): Promise<Pool | undefined> => readPool(world.db, id)

/** The pool, or ResourceNotFoundException in AWS's words. */
export const requirePool = async (world: Pick<World, 'db'>, id: string): Promise<Pool> =>
  (await findPool(world, id)) ?? refusePool(id)

export const refusePool = (id: string): never => fail('ResourceNotFoundException', `User pool ${id} does not exist.`)
