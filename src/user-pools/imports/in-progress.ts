/** Whether users are being imported into a pool: meanwhile its settings stay as they are. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { readActive } from './store.ts'

/** Refuses while an import job of the pool is under way. unproved: the sentence; AWS's pages have the code only. */
export async function refuseDuringImport(world: World, poolId: string): Promise<void> {
  if (await readActive(world.db, poolId))
    fail('UserImportInProgressException', `Users are being imported into the user pool ${poolId}.`)
}
