/** Finds app clients: by id alone, as unsigned callers name them, or within a pool, as administrators do. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import type { Client } from './client.ts'

export { clientIsThere } from './store.ts'

import { countSrpClients, readClient, readClientAndPool } from './store.ts'

type Reach = Pick<World, 'db' | 'seal'>

/** The client and its pool, by one query; undefined if either is gone. */
export const findClient = (world: Reach, clientId: string): Promise<{ pool: Pool; client: Client } | undefined> =>
  readClientAndPool(world.db, world.seal, clientId)

/** As findClient; refuses with ResourceNotFoundException in AWS's words. */
export const requireClient = async (world: Reach, clientId: string): Promise<{ pool: Pool; client: Client }> =>
  (await findClient(world, clientId)) ?? refuseClient(clientId)

/** The client if it is this pool's; another pool's client is refused as one that never was. */
export const clientInPool = async (world: Reach, pool: Pick<Pool, 'id'>, clientId: string): Promise<Client> =>
  (await readClient(world.db, world.seal, pool.id, clientId)) ?? refuseClient(clientId)

export const refuseClient = (clientId: string): never =>
  fail('ResourceNotFoundException', `User pool client ${clientId} does not exist.`)

/** Whether SRP verifiers are worth keeping: some client of the pool may use SRP, or there is no client yet to tell. */
export async function srpMayBeUsed(world: Pick<World, 'db'>, pool: Pick<Pool, 'id'>): Promise<boolean> {
  const { clients, srp } = await countSrpClients(world.db, pool.id)
  return clients === 0 || srp
}
