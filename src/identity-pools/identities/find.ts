/** Finds identities by their ids, which say nothing of their pool. Those of a deleted pool are not found. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { findPool } from '../pools/find.ts'
import type { Pool } from '../pools/pool.ts'
import type { Identity } from './identity.ts'
import { readIdentity, readMergedInto } from './store.ts'

export async function findIdentity(
  world: Pick<World, 'db'>,
  id: string,
): Promise<{ pool: Pool; identity: Identity } | undefined> {
  const identity = await readIdentity(world.db, id)
  const pool = identity && (await findPool(world, identity.poolId))
  return pool && { pool, identity }
}

/** unproved: AWS's sentence, by analogy with that for pools. */
export const refuseIdentity = (id: string): never => fail('ResourceNotFoundException', `Identity '${id}' not found.`)

/** The ids of the identities whose logins this one has taken over, directly or through another. */
export const mergedInto = (
  world: Pick<World, 'db'>,
  { poolId, id }: Pick<Identity, 'poolId' | 'id'>,
): Promise<string[]> => readMergedInto(world.db, poolId, id)
