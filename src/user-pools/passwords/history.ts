/** The passwords a user may not take again. AWS: PasswordHistorySize; the present one counts. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { openHash } from './imported.ts'
import { policyOf } from './policy.ts'
import { readFormer, readPassword } from './store.ts'

/** Refuses a password that is among the newest ones; hashes once for each, so what proves the caller comes before. */
export async function checkHistory(world: World, pool: Pool, sub: string, password: string): Promise<void> {
  const size = policyOf(pool).PasswordHistorySize ?? 0
  if (size === 0) return
  const present = await readPassword(world.db, pool.id, sub)
  const hashes = [...(present ? [present.hash] : []), ...(await readFormer(world.db, pool.id, sub, size - 1))]
  for (const hash of hashes) {
    if (await world.slow.verifyPassword(openHash(world, pool, sub, hash), password))
      // unproved: the sentence; none was found.
      fail('PasswordHistoryPolicyViolationException', 'Password has previously been used.')
  }
}
