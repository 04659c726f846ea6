/** How many users a pool has, roughly: exact while they are few, a count of some minutes ago when they are many. */
import type { World } from '../../world.ts'
import { countUsers } from './store.ts'

/** Counting up to here takes a few milliseconds. */
const few = 20_000
const staleAfterMs = 10 * 60_000
const mostKept = 1_000

const counts = new WeakMap<World['db'], Map<string, { users: number; at: number }>>()

export async function estimateUsers(world: Pick<World, 'db' | 'now'>, poolId: string): Promise<number> {
  const counted = await countUsers(world.db, poolId, few)
  if (counted < few) return counted
  let known = counts.get(world.db)
  if (!known) {
    known = new Map()
    counts.set(world.db, known)
  }
  const before = known.get(poolId)
  if (before && world.now() - before.at < staleAfterMs) return before.users
  const users = await countUsers(world.db, poolId, Number.MAX_SAFE_INTEGER)
  if (known.size >= mostKept) known.clear()
  known.set(poolId, { users, at: world.now() })
  return users
}
