/** How often a user may try: AWS's hourly limits. AWS: Developer Guide, "Quotas", limits on codes and attempts. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import type { Purpose } from './code.ts'
import { addAttempt } from './store.ts'

/**
 * Attempts in an hour. AWS allows ForgotPassword and ConfirmForgotPassword together 5 to 20, depending on risk; without
 * a judgement of risk it is the most.
 */
const perHour = {
  ConfirmSignUp: 15,
  ResendConfirmationCode: 5,
  GetUserAttributeVerificationCode: 5,
  VerifyUserAttribute: 15,
  ChangePassword: 5,
  ForgotPassword: 20,
  // unproved: AWS names no limit for codes that begin a sign-in; without one anybody could flood a user's inbox.
  SignInCode: 30,
  // unproved: the same of second factors. Whoever has a password must not have the pool's SMS at their command.
  MfaCode: 30,
  // unproved: the same of new addresses, which may be anybody's.
  UpdateUserAttributes: 30,
} as const

export type Limited = keyof typeof perHour

const hour = 3_600_000

/**
 * Counts an attempt by the user with that sub (not by a name, of which a user has several), outside any transaction, so
 * that a refused attempt counts too. Refuses with LimitExceededException.
 */
export async function countAttempt(
  world: World,
  pool: Pool,
  subject: { readonly sub: string },
  kind: Limited,
): Promise<void> {
  const now = world.now()
  const used = await addAttempt(world.db, { poolId: pool.id, subject: subject.sub, kind }, now, now + hour)
  if (used > perHour[kind]) fail('LimitExceededException', 'Attempt limit exceeded, please try after some time.')
}

/** unproved: AWS tells of no such pause. Long enough for a message to come, and for a button that was pressed twice. */
const pauseBetweenCodes = 30_000

/**
 * Whether a new code for the same purpose may be asked for on a page: not twice within the pause, in parallel either. The
 * hourly limits hold besides. For a name that nobody has, pass its simulated sub.
 */
export async function mayAskAgain(
  world: World,
  pool: Pool,
  subject: { readonly sub: string },
  purpose: Purpose,
): Promise<boolean> {
  const now = world.now()
  const place = { poolId: pool.id, subject: subject.sub, kind: `again/${purpose}` }
  return (await addAttempt(world.db, place, now, now + pauseBetweenCodes)) === 1
}
