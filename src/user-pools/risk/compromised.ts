/** Stolen passwords: refused where they are chosen. AWS: Developer Guide, "Working with compromised-credentials detection". */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { modeOf } from './add-on.ts'
import { isBreached } from './breached.ts'
import { compromisedAction, type Filter, findRisk } from './configuration.ts'
import type { RiskDocument } from './risk-document.ts'

/** Whether the password is known, where anybody looks for it; and whether that must be acted upon. */
export async function findCompromised(
  world: World,
  pool: Pool,
  document: RiskDocument,
  password: string,
  filter: Filter,
): Promise<{ compromised: boolean; blocked: boolean }> {
  const action = compromisedAction(document, filter)
  const compromised = action !== undefined && (await isBreached(world, password))
  return { compromised, blocked: compromised && action === 'BLOCK' && modeOf(pool) === 'ENFORCED' }
}

/**
 * Refuses a password that somebody chooses and others know, where the pool or client wants it; otherwise answers whether
 * it is one. Costs nothing in a pool without threat protection.
 */
export async function refuseCompromised(
  world: World,
  pool: Pool,
  clientId: string | undefined,
  password: string,
  filter: Filter,
): Promise<boolean> {
  if (modeOf(pool) === 'OFF') return false
  const document = await findRisk(world, pool.id, clientId)
  const { compromised, blocked } = await findCompromised(world, pool, document, password, filter)
  if (blocked) fail('InvalidPasswordException', 'Provided password cannot be used for security reasons.')
  return compromised
}
