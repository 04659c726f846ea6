/** Whether threat protection is on in a pool, and for which sign-ins. AWS: Developer Guide, "Advanced security with threat protection". */
import { fail } from '../../wire/errors.ts'
import type { Pool } from '../pools/pool.ts'

/** OFF: nothing is looked at. AUDIT: recorded only. ENFORCED: recorded and acted upon. */
export type Mode = 'OFF' | 'AUDIT' | 'ENFORCED'

/** Custom authentication has a mode of its own; unset it is not looked at. AWS: API_AdvancedSecurityAdditionalFlowsType. */
export function modeOf({ settings }: Pick<Pool, 'settings'>, kind: 'standard' | 'custom' = 'standard'): Mode {
  const addOns = settings.UserPoolAddOns
  if (kind === 'custom') return addOns?.AdvancedSecurityAdditionalFlows?.CustomAuthMode ?? 'OFF'
  return addOns?.AdvancedSecurityMode ?? 'OFF'
}

/** Whether anything of the pool is looked at. */
export const isWatched = (pool: Pick<Pool, 'settings'>): boolean =>
  modeOf(pool) !== 'OFF' || modeOf(pool, 'custom') !== 'OFF'

/** Refuses where threat protection is off. unproved: the sentence; the code is from the API reference. */
export function requireAddOn(pool: Pick<Pool, 'settings'>): void {
  if (!isWatched(pool)) fail('UserPoolAddOnNotEnabledException', 'User pool add-ons are not enabled for the user pool.')
}
