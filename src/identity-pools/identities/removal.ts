/** Removes the identities of a pool that was deleted, some at a time, so that others get their turn. */
import { setTimeout as pause } from 'node:timers/promises'
import type { World } from '../../world.ts'
import { deleteSome } from './store.ts'

const atATime = 500
const pauseBetween = 5

export async function emptyPool(world: Pick<World, 'db'>, poolId: string): Promise<void> {
  while ((await deleteSome(world.db, poolId, atATime)) === atATime) await pause(pauseBetween)
}
