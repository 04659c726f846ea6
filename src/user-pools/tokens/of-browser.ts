/** Token sessions by the browser's session they came from: ending them together, and whom to tell. */
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { readClientsOf, revokeOfBrowser } from './store.ts'

type Place = Pick<Pool, 'id'>

/** Revokes all tokens that the browser's session led to. */
export const endOfBrowser = (world: World, pool: Place, sub: string, browserId: string): Promise<void> =>
  revokeOfBrowser(world.db, pool.id, sub, browserId, world.now())

/** The clients that hold tokens of the user's, each with the browser's session they came from; or those of one only. */
export const clientsHolding = (
  world: World,
  pool: Place,
  sub: string,
  browserId?: string,
): Promise<{ clientId: string; browserId: string | undefined }[]> =>
  readClientsOf(world.db, pool.id, sub, browserId, world.now())
