/**
 * Step-up: a sign-in that aims at an authentication level, from nothing or from what an access token's session proved.
 * AWS: Developer Guide, "Authentication levels with ACR and AMR claims". unproved: every sentence of its refusals.
 */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Factor } from '../mfa/factors.ts'
import { type FirstFactor, secondFactorsOf } from '../mfa/first-factors.ts'
import type { Pool } from '../pools/pool.ts'
import { readAccessToken } from '../tokens/access-token.ts'
import { type Level, levelOf, levelsNamed, type Proof, proofsIn } from '../tokens/levels.ts'
import type { User } from '../users/user.ts'
import type { Aim, Given, Progress } from './progress.ts'
import type { Turn, Verdict } from './turn.ts'

export const firstProofs: Readonly<Record<FirstFactor, Proof>> = {
  PASSWORD: 'pwd',
  PASSWORD_SRP: 'pwd',
  EMAIL_OTP: 'email_otp',
  SMS_OTP: 'sms',
  // Which kind of passkey it will be makes no difference to its level.
  WEB_AUTHN: 'swk',
}

export const secondProofs: Readonly<Record<Factor, Proof>> = {
  SMS_MFA: 'sms',
  SOFTWARE_TOKEN_MFA: 'otp',
  EMAIL_OTP: 'email_otp',
}

/** Everything proved so far. */
export const proofsOf = ({ aim, proved = [] }: Progress): readonly Proof[] => [...(aim?.had ?? []), ...proved]

/** The second factors that, with what was proved, reach the level; they follow a password only. */
export const lifting = (proved: readonly Proof[], seconds: readonly Factor[], level: Level): Factor[] =>
  proved.includes('pwd') ? seconds.filter((one) => levelOf([...proved, secondProofs[one]]) >= level) : []

/** The ways to begin from which the level can be reached, by themselves or with a second factor. */
export const leading = (
  had: readonly Proof[],
  firsts: readonly FirstFactor[],
  seconds: readonly Factor[],
  level: Level,
): FirstFactor[] =>
  firsts.filter((one) => {
    const proved = [...had, firstProofs[one]]
    return !had.includes(firstProofs[one]) && (levelOf(proved) >= level || lifting(proved, seconds, level).length > 0)
  })

const refuseOutOfReach = (): never =>
  fail('InvalidParameterException', 'The user cannot satisfy any of the requested authentication levels.')

/** Whether a sign-in that aims at a level may have to ask for more. */
export const aimsHigher = (progress: Progress): boolean =>
  progress.aim !== undefined && levelOf(proofsOf(progress)) < Math.max(...progress.aim.levels)

/** Whether a sign-in may end, as far as its aim goes: asked at the very end again. */
export const aimReached = (progress: Progress): boolean =>
  progress.aim === undefined || levelOf(proofsOf(progress)) >= Math.min(...progress.aim.levels)

/** The second factors that are asked for the level's sake: none where it is reached. Refuses where nothing reaches it. */
export async function factorsForAim(world: World, pool: Pool, user: User, progress: Progress): Promise<Factor[]> {
  if (!progress.aim || !aimsHigher(progress)) return []
  const [proved, seconds] = [proofsOf(progress), await secondFactorsOf(world, pool, user)]
  for (const level of progress.aim.levels) {
    if (levelOf(proved) >= level) return []
    const factors = lifting(proved, seconds, level)
    if (factors.length > 0) return factors
  }
  return refuseOutOfReach()
}

/** The aim of the request; undefined where it has none. An access token young enough is where it begins. */
export async function readAim(turn: Turn, given: Given, user: User | undefined): Promise<Aim | undefined> {
  if (turn.family === 'hosted') return hostedAim(turn)
  const { TARGET_ACR_VALUES: names, ACCESS_TOKEN: token, MAX_AGE: age } = given
  if (names === undefined && token === undefined) return undefined
  if (turn.pool.settings.UserPoolTier === 'LITE') {
    fail(
      'FeatureUnavailableInTierException',
      'The following feature is not available for the LITE pricing tier configured: Step-up Authentication',
    )
  }
  if (names === undefined) return fail('InvalidParameterException', 'Missing required parameter TARGET_ACR_VALUES')
  const levels = levelsNamed(turn.pool, names)
  if (levels.length === 0) fail('InvalidParameterException', 'TARGET_ACR_VALUES names no authentication level.')
  if (age !== undefined && !/^\d{1,10}$/.test(age)) fail('InvalidParameterException', 'MAX_AGE must be a number.')
  return { levels, had: token === undefined ? [] : await provedBefore(turn, token, user, age) }
}

/** RFC 6749 has the app ask by `acr_values`. AWS ignores it where it knows no level, and in the Lite plan. */
export function hostedAim({ pool, acrValues = '' }: Turn): Aim | undefined {
  const levels = levelsNamed(pool, acrValues)
  return levels.length > 0 ? { levels, had: [] } : undefined
}

/**
 * Who has a temporary password proves it again: a token must be no way to a new one. unproved: that a token of another
 * client does not count.
 */
async function provedBefore({ world, pool, client }: Turn, token: string, user: User | undefined, age?: string) {
  const read = await readAccessToken(world, token)
  if (read.pool.id !== pool.id || read.session.clientId !== client.id) {
    fail('NotAuthorizedException', 'Invalid Access Token')
  }
  if (read.user.sub !== user?.sub) fail('NotAuthorizedException', 'The access token is of another user.')
  const young = age === undefined || world.now() - read.session.authTime <= Number(age) * 1000
  return young && read.user.status === 'CONFIRMED' ? proofsIn(read.session.amr) : []
}

/** Where a step-up goes on: with a second factor, or by a first one that was not proved yet. */
export async function planStepUp(
  { world, pool }: Turn,
  user: User,
  { levels, had }: Aim,
  firsts: readonly FirstFactor[],
): Promise<{ aim: Aim; seconds: readonly Factor[]; firsts: readonly FirstFactor[] }> {
  const factors = await secondFactorsOf(world, pool, user)
  for (const level of levels) {
    if (levelOf(had) >= level) {
      fail('InvalidParameterException', 'The access token already satisfies the requested authentication level.')
    }
    const [seconds, ways] = [lifting(had, factors, level), leading(had, firsts, factors, level)]
    if (seconds.length + ways.length > 0) return { aim: { levels: [level], had }, seconds, firsts: ways }
  }
  return refuseOutOfReach()
}

/**
 * Of the ways to begin those that may lead to a level, by what the pool has on: which factors the user has is not told
 * before one was proved.
 */
export function waysTo(aim: Aim, firsts: readonly FirstFactor[], poolSeconds: readonly Factor[]): FirstFactor[] {
  const ways = firsts.filter((one) => aim.levels.some((level) => leading([], [one], poolSeconds, level).length > 0))
  return ways.length > 0 ? ways : refuseOutOfReach()
}

/** The aim goes along to whatever is asked next. */
export function withAim(verdict: Verdict, aim: Aim | undefined): Verdict {
  if (!aim || 'tokens' in verdict) return verdict
  if ('passed' in verdict) return { ...verdict, progress: { ...verdict.progress, aim } }
  return { ask: { ...verdict.ask, progress: { ...verdict.ask.progress, aim } } }
}
