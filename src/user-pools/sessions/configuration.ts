/** Whether a pool tracks its users' sessions, and how many each user may have. AWS: API_SetUserPoolSessionConfiguration. */

import { phraseFindings } from '../../wire/check.ts'
import { fail } from '../../wire/errors.ts'
import type { Pool } from '../pools/pool.ts'

export type Tracking = { readonly enabled: boolean; readonly mostPerUser: number }

/** AWS: the configuration of a pool for which none was ever set. */
export const untracked = { UserSessionTracking: 'DISABLED', TokenSession: { MaxPerUser: 20 } } as const

export function trackingOf({ settings }: Pick<Pool, 'settings'>): Tracking {
  const { UserSessionTracking, TokenSession } = settings.SessionConfiguration ?? untracked
  return { enabled: UserSessionTracking === 'ENABLED', mostPerUser: TokenSession.MaxPerUser }
}

/** Refuses where nothing is tracked. unproved: the sentence; the code is described as being for such pools. */
export function requireTracking(pool: Pick<Pool, 'settings'>): void {
  if (!trackingOf(pool).enabled) {
    fail('OperationNotEnabledException', 'Session tracking is not enabled for this user pool.')
  }
}

/** AWS: Developer Guide, "User pool feature plans". unproved: the sentence, made like that of another feature. */
export function refuseLite({ settings }: Pick<Pool, 'settings'>): void {
  if (settings.UserPoolTier !== 'LITE') return
  fail(
    'FeatureUnavailableInTierException',
    'The following feature is not available for the LITE pricing tier configured: Session Tracking',
  )
}

/** AWS's description of these members has no limits; its documentation does. Phrased as described limits are. */
export function checkRange(at: string, value: number, least: number, most: number): void {
  const bound =
    value < least ? `greater than or equal to ${least}` : value > most ? `less than or equal to ${most}` : ''
  if (bound) refuse(at, value, `Member must have value ${bound}`)
}

export function checkOneOf(at: string, value: string | undefined, known: readonly string[]): void {
  if (value === undefined || known.includes(value)) return
  refuse(at, value, `Member must satisfy enum value set: [${known.join(', ')}]`)
}

/** AWS: API_RevokeUserSession and API_RevokeToken, RevokeAssociatedSessions. */
export const checkAssociated = (wanted: string | undefined): void =>
  checkOneOf('revokeAssociatedSessions', wanted, ['NONE', 'LINKED'])

function refuse(at: string, value: string | number, constraint: string): never {
  const shown = String(value).slice(0, 100)
  return fail(
    'InvalidParameterException',
    phraseFindings([`Value '${shown}' at '${at}' failed to satisfy constraint: ${constraint}`]),
  )
}
