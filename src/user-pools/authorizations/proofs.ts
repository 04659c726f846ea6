/** Which proofs of keys have come, so that none counts twice. RFC 9449 11.1. */
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { noteProof } from './pending-store.ts'

/** False if it came before. `until`: when it is worth nothing by itself. */
export const rememberProof = (world: World, pool: Pick<Pool, 'id'>, proof: string, until: number): Promise<boolean> =>
  noteProof(world.db, pool.id, world.seal.mac('dpop-proof', proof).toString('base64url'), until)
