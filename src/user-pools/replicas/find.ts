/** Finds replicas: of one pool, and those that a region has. */

import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { RegionalSettings, Replica } from './replica.ts'
import { changeSettings, readRegions, readReplica, readReplicas, readReplicated } from './store.ts'

type Place = Pick<World, 'db'>

export const findReplica = ({ db }: Place, poolId: string, region: string): Promise<Replica | undefined> =>
  readReplica(db, poolId, region)

/** Ids of the pools that have a replica in the region, after that id. */
export const replicatedTo = ({ db }: Place, region: string, after: string, limit: number): Promise<string[]> =>
  readReplicated(db, region, after, limit)

/** The regions of each pool's replicas. The ids come in their order. */
export async function regionsOf({ db }: Place, ids: readonly string[]): Promise<ReadonlyMap<string, string[]>> {
  const [first, last] = [ids[0], ids.at(-1)]
  if (first === undefined || last === undefined) return new Map()
  const all = await readRegions(db, first, last)
  return new Map(ids.map((id) => [id, all.filter((row) => row.pool_id === id).map(({ region }) => region)]))
}

/** Changes what the replica's region says for itself; whether there is such a replica. `change` may refuse. */
export const changeRegional = (
  { db, now }: Pick<World, 'db' | 'now'>,
  poolId: string,
  region: string,
  change: (settings: RegionalSettings) => RegionalSettings,
): Promise<boolean> => changeSettings(db, { poolId, region, modifiedAt: now() }, change)

/** A pool goes after its replicas. unproved: the sentence. */
export async function refuseWithReplicas({ db }: Place, poolId: string): Promise<void> {
  if ((await readReplicas(db, poolId, '', 1)).length > 0)
    fail(
      'InvalidParameterException',
      'The user pool cannot be deleted while it has replicas. Delete its replicas first.',
    )
}
