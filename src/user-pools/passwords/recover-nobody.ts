/**
 * A recovery for a name by which nobody can recover: counted, kept, answered and refused as for a user who can; only the
 * message is missing. AWS: Developer Guide, "Managing user existence error responses".
 */
import type { World } from '../../world.ts'
import { issueNothing, tryCode } from '../codes/code.ts'
import { countAttempt } from '../codes/limits.ts'
import type { Delivery } from '../messages/deliver.ts'
import { simulateDelivery } from '../messages/simulate.ts'
import type { Pool } from '../pools/pool.ts'
import { checkPassword } from './policy.ts'
import { recoveryChannels } from './recovery.ts'
import { simulatedSub } from './srp.ts'

/** Where the code would have gone. */
export async function sendNothing(world: World, pool: Pool, name: string): Promise<Delivery> {
  const sub = simulatedSub(world, pool, name)
  await countAttempt(world, pool, { sub }, 'ForgotPassword')
  await issueNothing(world, pool, { sub }, 'forgot-password')
  const channels = recoveryChannels(pool)
  const usual = channels.find((one) => pool.settings.AutoVerifiedAttributes?.includes(one)) ?? channels.at(-1)
  return simulateDelivery(world, pool, name, sub, usual ?? 'email')
}

/** Refuses whatever code is tried, in the order of ConfirmForgotPassword. */
export async function tryNothing(
  world: World,
  pool: Pool,
  name: string,
  given: { readonly code: string; readonly password: string },
): Promise<void> {
  const subject = { sub: simulatedSub(world, pool, name) }
  await countAttempt(world, pool, subject, 'ForgotPassword')
  checkPassword(pool, given.password)
  await tryCode(world, pool, subject, 'forgot-password', given.code)
}
