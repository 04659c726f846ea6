/** Whether a user may sign in at all, and who is told so: LEGACY clients at once, the others only who knows the password. */
import { fail } from '../../wire/errors.ts'
import { hidesUsers } from '../users/existence.ts'
import type { User } from '../users/user.ts'
import { beginAttempt, lockName } from './attempts.ts'
import type { Turn, Verdict } from './turn.ts'

/** A failed sign-in that says nothing else. */
export const refuseSignIn = (detail?: string): never =>
  fail('NotAuthorizedException', 'Incorrect username or password.', detail === undefined ? {} : { detail })

/** Refuses a user whose state allows no sign-in by password. AWS: "Signing up and confirming user accounts". */
export function refuseState(user: User): void {
  if (!user.enabled) fail('NotAuthorizedException', 'User is disabled.')
  if (user.status === 'UNCONFIRMED') fail('UserNotConfirmedException', 'User is not confirmed.')
  if (user.status === 'RESET_REQUIRED') fail('PasswordResetRequiredException', 'Password reset required for the user')
  if (user.status === 'EXTERNAL_PROVIDER') refuseSignIn('a federated user has no password')
}

/**
 * What LEGACY clients are told before any password is looked at. unproved: for the states; reports have
 * UserNotConfirmedException for a wrong password. Clients that hide users would give away who exists.
 */
export function refuseEarly({ client }: Turn, user: User | undefined): void {
  if (hidesUsers(client)) return
  refuseState(user ?? fail('UserNotFoundException', 'User does not exist.'))
}

/**
 * One attempt to prove a password: reserved before `check` does its expensive work, counted when it was wrong. `check`
 * does the same work for an unknown user. A right password is told the user's state.
 */
export async function provePassword(
  turn: Turn,
  name: string,
  user: User | undefined,
  check: () => Promise<boolean>,
): Promise<Verdict> {
  const { world, pool } = turn
  refuseEarly(turn, user)
  const attempt = await beginAttempt(world, pool, lockName(pool, user, name))
  let right: boolean
  try {
    right = await check()
  } catch (error) {
    await attempt.release()
    throw error
  }
  if (!right || !user) {
    await attempt.fail()
    return refuseSignIn()
  }
  await attempt.release()
  refuseState(user)
  if (user.temporaryUntil !== undefined && user.temporaryUntil <= world.now()) {
    fail('NotAuthorizedException', 'Temporary password has expired and must be reset by an administrator.')
  }
  // As it was before the proof: one that is set meanwhile is another one.
  const { passwordSetAt } = user
  return { passed: user, progress: { clean: attempt.clean, proved: ['pwd'], passwordSetAt } }
}
