/** Whether the TIMESTAMP that a client signed is of now. */
import { readTimestamp } from '../../protocols/srp.ts'
import type { World } from '../../world.ts'

/** unproved: AWS's tolerance is not documented; this is the longest life of a challenge, beyond which it says nothing. */
const longestSkew = 15 * 60_000

export function isTimely(world: Pick<World, 'now'>, timestamp: string): boolean {
  const at = readTimestamp(timestamp)
  return at !== undefined && Math.abs(at - world.now()) <= longestSkew
}
