/** The orderly end of what threat protection does behind the requests' backs: events written, logs delivered, files closed. */
import type { World } from '../../world.ts'
import { stopDelivery } from '../logs/delivery.ts'
import { closeBreached } from './breached.ts'
import { flush } from './event-log.ts'

/** While the database still answers. */
export async function stopWatching(world: World): Promise<void> {
  await flush(world)
  await stopDelivery(world)
  await closeBreached(world)
}
