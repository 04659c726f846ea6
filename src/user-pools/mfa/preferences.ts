/** What users switch on and prefer: the rule of a change, and how it is kept and shown. AWS: API_SetUserMFAPreference. */
import type { Db } from '../../store/db.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { hasPasskeys } from '../passkeys/find.ts'
import type { Pool } from '../pools/pool.ts'
import type { User } from '../users/user.ts'
import { type Factor, type Preferences, reachable, type Settable, settable } from './factors.ts'
import { readPreferences, readSoftwareToken, writePreferences } from './store.ts'

export type Wish = { readonly Enabled?: boolean; readonly PreferredMfa?: boolean }
export type Wishes = Readonly<Partial<Record<Settable, Wish | undefined>>>

/**
 * The preferences after a change. What is not named stays; preferring a factor switches it on; what is switched off is
 * preferred no more. Refuses factors that could not reach the user, and two preferred ones.
 */
export function changePreferences(before: Preferences, wishes: Wishes, possible: readonly Settable[]): Preferences {
  const wish = (factor: Settable): Wish => wishes[factor] ?? {}
  // unproved: AWS's sentences for these two.
  const preferring = settable.filter((factor) => wish(factor).PreferredMfa)
  if (preferring.length > 1) fail('InvalidParameterException', 'Only one MFA method can be preferred.')
  if (preferring.some((factor) => wish(factor).Enabled === false)) {
    fail('InvalidParameterException', 'A preferred MFA method must be enabled.')
  }
  const enabled = settable.filter(
    (factor) => wish(factor).Enabled ?? (wish(factor).PreferredMfa || before.enabled.includes(factor)),
  )
  for (const factor of settable) {
    const asked = wish(factor).Enabled || wish(factor).PreferredMfa
    if (asked && !possible.includes(factor)) {
      fail('InvalidParameterException', `User does not have delivery config set to turn on ${factor}`)
    }
  }
  const [preferred = before.preferred] = preferring as Factor[]
  const kept = preferred && enabled.includes(preferred) && wish(preferred).PreferredMfa !== false
  return { enabled, preferred: kept ? preferred : undefined }
}

/** Changes what the user has switched on and prefers. */
export async function setPreferences(world: World, pool: Pool, user: User, wishes: Wishes): Promise<void> {
  const passkey = await hasPasskeys(world, pool, user)
  await world.db.transaction(async (db) => {
    const token = await readSoftwareToken(db, pool.id, user.sub)
    const possible: Settable[] = [...reachable(pool, user, token?.seed !== undefined)]
    if (passkey) possible.push('WEB_AUTHN')
    const before = await readPreferences(db, pool.id, user.sub)
    await writePreferences(db, pool.id, user.sub, changePreferences(before, wishes, possible))
  })
}

/** What the user has switched on, in a pool with second factors. */
export const enabledFactors = async (
  world: World,
  pool: Pool,
  { sub }: Pick<User, 'sub'>,
): Promise<readonly Settable[]> =>
  pool.settings.MfaConfiguration === 'OFF' ? [] : (await readPreferences(world.db, pool.id, sub)).enabled

/** Where MFA is required an app that was verified is on without further ado. */
export async function enableSoftwareToken(db: Db, pool: Pool, sub: string): Promise<void> {
  if (pool.settings.MfaConfiguration !== 'ON') return
  const before = await readPreferences(db, pool.id, sub)
  const wishes = { SOFTWARE_TOKEN_MFA: { Enabled: true } }
  await writePreferences(db, pool.id, sub, changePreferences(before, wishes, ['SOFTWARE_TOKEN_MFA']))
}

/** A new user who is to use MFA from the start: with every factor of the pool that reaches them by a message. */
export const enableMessages = (db: Db, pool: Pool, user: Pick<User, 'sub' | 'attributes'>): Promise<void> =>
  writePreferences(db, pool.id, user.sub, { enabled: reachable(pool, user, false), preferred: undefined })

/** A new user who is to be asked for a code by SMS. */
export const enableSms = (db: Db, pool: Pool, sub: string): Promise<void> =>
  writePreferences(db, pool.id, sub, { enabled: ['SMS_MFA'], preferred: undefined })

export async function disableSoftwareToken(db: Db, pool: Pool, sub: string): Promise<void> {
  const before = await readPreferences(db, pool.id, sub)
  const wishes = { SOFTWARE_TOKEN_MFA: { Enabled: false } }
  await writePreferences(db, pool.id, sub, changePreferences(before, wishes, []))
}

/** The members of GetUser and its like; absent where there is nothing to say. MFAOptions is the older form, for SMS only. */
export async function describeMfa(world: World, pool: Pool, { sub }: Pick<User, 'sub'>) {
  const { enabled, preferred } = await readPreferences(world.db, pool.id, sub)
  return {
    ...(enabled.length > 0 && { UserMFASettingList: [...enabled] as string[] }),
    ...(preferred !== undefined && { PreferredMfaSetting: preferred as string }),
    ...(enabled.includes('SMS_MFA') && {
      MFAOptions: [{ DeliveryMedium: 'SMS' as const, AttributeName: 'phone_number' }],
    }),
  }
}
