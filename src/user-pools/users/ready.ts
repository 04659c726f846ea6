/** Whether a signed-in user may look after their own account: not while it must first be confirmed or reset. */
import { fail } from '../../wire/errors.ts'
import type { User } from './user.ts'

export function refuseUnready({ status }: Pick<User, 'status'>): void {
  if (status === 'UNCONFIRMED') fail('UserNotConfirmedException', 'User is not confirmed.')
  if (status === 'RESET_REQUIRED') fail('PasswordResetRequiredException', 'Password reset required for the user')
}
