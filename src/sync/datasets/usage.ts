/** What a pool's datasets take together: counted in steps that hold nobody up, and remembered where that was long. */
import { setImmediate as breathe } from 'node:timers/promises'
import type { World } from '../../world.ts'
import { walkDatasets } from './walk.ts'

export type PoolUsage = { readonly storage: number; readonly modifiedAt: number }

/** A pool of one step is counted anew each time; a larger one at most this often. */
const remembered = 600_000

type Kept = { readonly at: number; readonly usage: Promise<PoolUsage> }
const kept = new WeakMap<object, Map<string, Kept>>()

export async function poolUsage(world: World, poolId: string): Promise<PoolUsage> {
  const ofWorld = kept.get(world.fetch) ?? new Map<string, Kept>()
  kept.set(world.fetch, ofWorld)
  const found = ofWorld.get(poolId)
  if (found && world.now() - found.at < remembered) return found.usage
  let steps = 0
  const count = async (): Promise<PoolUsage> => {
    let [storage, modifiedAt] = [0, 0]
    for await (const step of walkDatasets(world.db, poolId)) {
      steps += 1
      for (const dataset of step) {
        if (dataset.alive) storage += dataset.storage
        modifiedAt = Math.max(modifiedAt, dataset.modifiedAt)
      }
      await breathe()
    }
    return { storage, modifiedAt }
  }
  const usage = count()
  ofWorld.set(poolId, { at: world.now(), usage })
  const forget = () => ofWorld.delete(poolId)
  usage.then(() => steps > 1 || forget(), forget)
  return usage
}
