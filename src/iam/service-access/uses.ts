/** Noting which services roles and users ask, whatever the answer, and what was noted. AWS: IAM User Guide, "Refine permissions using last accessed information". */
import type { World } from '../../world.ts'
import { noteUse, readUses } from './store.ts'
import type { Use } from './use.ts'

/** AWS reports at least the last 400 days. */
const kept = 400 * 86_400_000

export async function noteServiceUse(world: Pick<World, 'db' | 'settings'>, use: Use): Promise<void> {
  await noteUse(world.db, world.settings.account, use, use.at + kept)
}

type Reading = Pick<World, 'db' | 'settings' | 'now'>

/** Newest first. */
export const usesOf = (world: Reading, principalIds: readonly string[], actions: boolean): Promise<Use[]> =>
  readUses(world.db, world.settings.account, principalIds, { now: world.now(), actions })

/** When and where a role was used last, as answers show it; empty if it was not within the time that is kept. */
export async function lastUsedOf(world: Reading, roleId: string): Promise<{ LastUsedDate?: Date; Region?: string }> {
  const [last] = await usesOf(world, [roleId], false)
  return last ? { LastUsedDate: new Date(last.at), Region: last.region } : {}
}
