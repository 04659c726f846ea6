/** The services that credentials open besides S3. */
import type { World } from '../world.ts'
import { closePools } from './forward/pools.ts'

/** Ends what the gateway keeps open. */
export async function closeGateway(world: Pick<World, 'db'>): Promise<void> {
  await closePools(world)
}
