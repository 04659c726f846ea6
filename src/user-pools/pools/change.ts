/** Changing a pool's settings, for the slices whose operations configure a part of them. */
import type { World } from '../../world.ts'
import { refusePool } from './find.ts'
import type { Pool, PoolSettings } from './pool.ts'
import { checkSettings } from './settings-rules.ts'
import { changePool } from './store.ts'

/**
 * Changes the settings by what `change` makes of them as they are now, and answers what they became. Refuses what no pool
 * may have. `change` may refuse, and may run twice.
 */
export async function changeSettings(
  world: World,
  pool: Pick<Pool, 'id' | 'region'>,
  change: (before: PoolSettings) => PoolSettings,
): Promise<PoolSettings> {
  const { account } = world.settings
  let after: PoolSettings | undefined
  const changed = await changePool(world.db, pool.id, world.now(), (before, own) => {
    const settings = change(before.settings)
    checkSettings({ wanted: {}, settings, own, region: pool.region, account })
    after = settings
    return { settings }
  })
  return changed && after ? after : refusePool(pool.id)
}
