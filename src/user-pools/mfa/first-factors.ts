/** How a user may begin a choice-based sign-in. AWS: Developer Guide, "Choice-based sign-in and MFA". */
import type { World } from '../../world.ts'
import { hasPasskeys } from '../passkeys/find.ts'
import { standsForBoth } from '../passkeys/relying-party.ts'
import type { Pool } from '../pools/pool.ts'
import type { User } from '../users/user.ts'
import { type Decision, type Demand, decideUnderRisk } from './decision.ts'
import { type Factor, poolFactors, reachable, recoveryFactor } from './factors.ts'
import { readPreferences, readSoftwareToken } from './store.ts'

export type FirstFactor = 'PASSWORD_SRP' | 'PASSWORD' | 'EMAIL_OTP' | 'SMS_OTP' | 'WEB_AUTHN'

export type FirstFacts = {
  /** AllowedFirstAuthFactors. */
  readonly allowed: readonly string[]
  /** A second factor would be asked for after a password. */
  readonly secondFactor: boolean
  /** The password is a temporary one, to be replaced by the user. */
  readonly mustChangePassword: boolean
  readonly hasPassword: boolean
  readonly hasEmail: boolean
  readonly hasPhone: boolean
  readonly hasPasskey: boolean
  /** The user's passkey counts for both factors. */
  readonly passkeyStandsForBoth: boolean
}

const passwords = ['PASSWORD_SRP', 'PASSWORD'] as const

/** What the user can choose, in AWS's order. Whoever needs a second factor begins with a password: nothing else has one. */
export function firstFactors(facts: FirstFacts): FirstFactor[] {
  const { allowed } = facts
  if (facts.mustChangePassword) return [...passwords]
  const alone = !facts.secondFactor
  const offered: [FirstFactor, boolean][] = [
    ...passwords.map((one): [FirstFactor, boolean] => [one, allowed.includes('PASSWORD') && facts.hasPassword]),
    ['EMAIL_OTP', alone && allowed.includes('EMAIL_OTP') && facts.hasEmail],
    ['SMS_OTP', alone && allowed.includes('SMS_OTP') && facts.hasPhone],
    ['WEB_AUTHN', (alone || facts.passkeyStandsForBoth) && allowed.includes('WEB_AUTHN') && facts.hasPasskey],
  ]
  return offered.filter(([, open]) => open).map(([name]) => name)
}

/** What a name without a user shows: a user with everything but a passkey. */
export const simulatedFactors = (pool: Pool): FirstFactor[] =>
  firstFactors({
    allowed: pool.settings.Policies.SignInPolicy.AllowedFirstAuthFactors,
    secondFactor: pool.settings.MfaConfiguration === 'ON',
    mustChangePassword: false,
    hasPassword: true,
    hasEmail: true,
    hasPhone: true,
    hasPasskey: false,
    passkeyStandsForBoth: false,
  })

/** The second factor of the user, as things are; `demand` is what the risk of the sign-in adds. */
export async function decideFor(world: World, pool: Pool, user: User, demand?: Demand): Promise<Decision> {
  const mode = pool.settings.MfaConfiguration
  if (mode === 'OFF') return { need: demand === 'required' ? 'impossible' : 'nothing' }
  const [{ enabled, preferred }, token] = await Promise.all([
    readPreferences(world.db, pool.id, user.sub),
    readSoftwareToken(world.db, pool.id, user.sub),
  ])
  const facts = {
    mode,
    on: poolFactors(pool),
    reachable: reachable(pool, user, token?.seed !== undefined),
    enabled: enabled.filter((factor) => factor !== 'WEB_AUTHN'),
    preferred,
    recovery: recoveryFactor(pool),
  }
  return decideUnderRisk(facts, demand)
}

/** Switched on by the user or an administrator for the case that several could be asked. */
export const preferredFactor = async (world: World, pool: Pool, user: Pick<User, 'sub'>): Promise<Factor | undefined> =>
  (await readPreferences(world.db, pool.id, user.sub)).preferred

/**
 * The second factors that could be asked of the user beyond what is due anyway: all that can reach them but the pool's
 * first way to recover a password, unless they switched that on. None in a pool without MFA.
 */
export async function secondFactorsOf(world: World, pool: Pool, user: User): Promise<Factor[]> {
  if (pool.settings.MfaConfiguration === 'OFF') return []
  const [{ enabled }, token] = await Promise.all([
    readPreferences(world.db, pool.id, user.sub),
    readSoftwareToken(world.db, pool.id, user.sub),
  ])
  return reachable(pool, user, token?.seed !== undefined).filter(
    (factor) => factor !== recoveryFactor(pool) || enabled.includes(factor),
  )
}

/** Whether a passkey of this user counts for both factors: the pool and the user said so. */
export const passkeyStandsForBoth = async (world: World, pool: Pool, user: Pick<User, 'sub'>): Promise<boolean> =>
  standsForBoth(pool) && (await readPreferences(world.db, pool.id, user.sub)).enabled.includes('WEB_AUTHN')

/** How this user may begin. */
export async function firstFactorsOf(world: World, pool: Pool, user: User): Promise<FirstFactor[]> {
  const [decision, hasPasskey, both] = await Promise.all([
    decideFor(world, pool, user),
    hasPasskeys(world, pool, user),
    passkeyStandsForBoth(world, pool, user),
  ])
  return firstFactors({
    allowed: pool.settings.Policies.SignInPolicy.AllowedFirstAuthFactors,
    secondFactor: decision.need !== 'nothing',
    mustChangePassword: user.status === 'FORCE_CHANGE_PASSWORD',
    hasPassword: user.hasPassword,
    hasEmail: Boolean(user.attributes['email']),
    hasPhone: Boolean(user.attributes['phone_number']),
    hasPasskey,
    passkeyStandsForBoth: both,
  })
}

/** ConfiguredUserAuthFactors: what the user has of what the pool allows, whether or not MFA leaves it open now. */
export async function configuredFactors(world: World, pool: Pool, user: User) {
  const allowed: readonly string[] = pool.settings.Policies.SignInPolicy.AllowedFirstAuthFactors
  const has = {
    PASSWORD: user.hasPassword,
    EMAIL_OTP: Boolean(user.attributes['email']),
    SMS_OTP: Boolean(user.attributes['phone_number']),
    WEB_AUTHN: await hasPasskeys(world, pool, user),
  }
  const names = Object.keys(has) as (keyof typeof has)[]
  return names.filter((name) => has[name] && allowed.includes(name))
}
