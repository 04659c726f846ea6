/** Confirming a new user by the code that was sent to them: through the API, or by the link of a message. */
import type { Db } from '../../store/db.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Client } from '../clients/client.ts'
import { consumeCode } from '../codes/code.ts'
import { countAttempt } from '../codes/limits.ts'
import type { Channel } from '../messages/channel.ts'
import { simulatedSub } from '../passwords/srp.ts'
import type { Pool } from '../pools/pool.ts'
import { writeAttributes } from '../users/attributes.ts'
import { moveStatus } from '../users/confirm.ts'
import { hidesUsers, refuseUnknown } from '../users/existence.ts'
import { findUser } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { tellConfirmed } from './functions.ts'

export type Confirmation = {
  readonly Username: string
  readonly ConfirmationCode: string
  readonly ForceAliasCreation?: boolean | undefined
  readonly ClientMetadata?: Readonly<Record<string, string>> | undefined
}

/**
 * Takes the code, confirms its user, and the address the code went to, and tells the pool's function. `meanwhile` is done
 * in the same transaction. Answers who it was and which address the code went to. Refuses as ConfirmSignUp does.
 */
export async function confirmByCode(
  world: World,
  pool: Pool,
  client: Client,
  { Username, ConfirmationCode, ForceAliasCreation, ClientMetadata }: Confirmation,
  meanwhile?: (db: Db, subject: { readonly sub: string }) => Promise<void>,
): Promise<{ readonly sub: string; readonly channel: Channel }> {
  const user = await findUser(world, pool, Username)
  if (!user && !hidesUsers(client)) refuseUnknown()
  // For an unknown user every step is the same, up to the code that is never right.
  const subject = user ?? { sub: simulatedSub(world, pool, Username) }
  await countAttempt(world, pool, subject, 'ConfirmSignUp')
  // AWS tells this to clients that hide who exists, too: SignUp would tell as much.
  if (user && user.status !== 'UNCONFIRMED') refuseStatus(user)
  const now = world.now()
  const payload = await consumeCode(world, pool, subject, 'sign-up', ConfirmationCode, async (db, sent) => {
    const { channel = '', address } = sent
    await confirm(db, pool, subject.sub, now)
    await writeAttributes(
      db,
      pool,
      subject.sub,
      // The code proves the address it went to, if the user still has it.
      (present) => (present.attributes[channel] === address ? { [`${channel}_verified`]: 'true' } : {}),
      { now, force: ForceAliasCreation },
    )
    await meanwhile?.(db, subject)
  })
  const by = { operation: 'ConfirmSignUp', clientId: client.id, ClientMetadata } as const
  await tellConfirmed(world, pool, subject.sub, 'PostConfirmation_ConfirmSignUp', by)
  return { sub: subject.sub, channel: payload['channel'] === 'phone_number' ? 'phone_number' : 'email' }
}

/** Moves a user who is not confirmed yet. Refuses if another request was faster. */
export async function confirm(db: Db, pool: Pool, sub: string, now: number): Promise<void> {
  if (!(await moveStatus(db, pool.id, sub, ['UNCONFIRMED'], 'CONFIRMED', now))) refuseStatus({ status: 'CONFIRMED' })
}

export const refuseStatus = ({ status }: Pick<User, 'status'>): never =>
  fail('NotAuthorizedException', `User cannot be confirmed. Current status is ${status}`)
