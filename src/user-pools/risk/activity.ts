/** Watching what is no sign-in: sign-ups, recoveries, new passwords, codes sent again. Each is limited by address and logged. */

import { uuidOf } from '../../protocols/uuid.ts'
import { fail } from '../../wire/errors.ts'
import type { Context } from '../../wire/operation.ts'
import type { Client } from '../clients/client.ts'
import type { Pool } from '../pools/pool.ts'
import type { User } from '../users/user.ts'
import { modeOf } from './add-on.ts'
import { countAddress, type Limited } from './address-limits.ts'
import { exceptionOf, findRisk } from './configuration.ts'
import { type AuthEvent, type EventType, noRisk } from './event.ts'
import { note } from './event-log.ts'
import { originOf, type Told } from './origin.ts'

export type Activity = {
  /** Notes what came of it for that user; nothing for nobody. */
  note(user: Pick<User, 'sub' | 'username'> | undefined, response: AuthEvent['response'], compromised?: boolean): void
}

const nothing: Activity = { note: () => {} }

const limited: Readonly<Record<Exclude<EventType, 'SignIn'>, Limited | undefined>> = {
  SignUp: 'sign-up',
  ForgotPassword: 'recovery',
  ResendCode: 'code',
  PasswordChange: undefined,
}

/**
 * Begins to watch a request. Refuses addresses that ask too often, and in a pool with threat protection those that the
 * pool or client blocks, before anything is learnt about who exists.
 */
export async function watchActivity(
  context: Pick<Context, 'world' | 'address' | 'userAgent' | 'requestId'>,
  about: { readonly pool: Pool; readonly client?: Client | undefined; readonly clientId?: string | undefined },
  type: Exclude<EventType, 'SignIn'>,
  told: Told = {},
): Promise<Activity> {
  const { world } = context
  const { pool, client, clientId = client?.id } = about
  const origin = originOf(context, client, told)
  const kind = limited[type]
  if (kind) countAddress(world, origin.network, kind)
  const mode = modeOf(pool)
  if (mode === 'OFF') return nothing
  const blocked = exceptionOf(await findRisk(world, pool.id, clientId), origin.address) === 'blocked'
  if (blocked && mode === 'ENFORCED') fail('NotAuthorizedException', 'Request not allowed due to security reasons.')
  return {
    note(user, response, compromised = false) {
      if (!user) return
      note(world, {
        id: uuidOf(world.random(16)),
        poolId: pool.id,
        sub: user.sub,
        username: user.username,
        clientId,
        type,
        at: world.now(),
        response,
        risk: { ...noRisk, compromised },
        challenges:
          type === 'PasswordChange'
            ? [{ name: 'Password', response: response === 'Fail' ? 'Failure' : 'Success' }]
            : [],
        origin,
        feedback: undefined,
      })
    },
  }
}
