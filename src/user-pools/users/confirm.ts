/** The state of a user: how it moves, and what moves with it. AWS: "Signing up and confirming user accounts". */
import type { Db } from '../../store/db.ts'
import { fail } from '../../wire/errors.ts'
import { updateUser } from './store.ts'
import type { UserStatus } from './user.ts'

/** Sets the status where it is one of `from`; answers whether it was. A conditional update, so that one caller wins. */
export const moveStatus = (
  db: Db,
  poolId: string,
  sub: string,
  from: readonly UserStatus[],
  to: UserStatus,
  now: number,
): Promise<boolean> => updateUser(db, poolId, sub, { status: to, modifiedAt: now }, from)

/** What a new password brings: the status, and when it dies if it is temporary. Refuses a user who is gone by now. */
export async function setPasswordState(
  db: Db,
  poolId: string,
  sub: string,
  state: { readonly status: UserStatus; readonly temporaryUntil: number | undefined; readonly now: number },
): Promise<void> {
  const found = await updateUser(db, poolId, sub, {
    status: state.status,
    temporaryUntil: state.temporaryUntil ?? null,
    hasPassword: true,
    passwordSetAt: state.now,
    modifiedAt: state.now,
  })
  if (!found) fail('UserNotFoundException', 'User does not exist.')
}
