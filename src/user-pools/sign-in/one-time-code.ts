/** Codes of a sign-in: sent to an address of the user, taken once. First factors are longer than second ones. */
import { AwsError, fail } from '../../wire/errors.ts'
import { consumeCode, issueCode, issueNothing, type Purpose } from '../codes/code.ts'
import { countAttempt } from '../codes/limits.ts'
import type { Channel } from '../messages/channel.ts'
import { type Delivery, deliverCode, describeDelivery } from '../messages/deliver.ts'
import { quietly } from '../messages/quietly.ts'
import { simulateDelivery } from '../messages/simulate.ts'
import { writeAttributes } from '../users/attributes.ts'
import { moveStatus } from '../users/confirm.ts'
import { hidesUsers } from '../users/existence.ts'
import { userBySub } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { beginAttempt, lockName } from './attempts.ts'
import { patienceOf, type Turn } from './turn.ts'

export type Kind = { readonly purpose: Purpose; readonly channel: Channel }

export const secondKinds = {
  SMS_MFA: { purpose: 'sms-mfa', channel: 'phone_number' },
  EMAIL_OTP: { purpose: 'email-mfa', channel: 'email' },
} as const satisfies Readonly<Record<string, Kind>>

export const firstKinds = {
  SMS_OTP: { purpose: 'sms-otp', channel: 'phone_number' },
  EMAIL_OTP: { purpose: 'email-otp', channel: 'email' },
} as const satisfies Readonly<Record<string, Kind>>

/** What a challenge says of where its code went. */
export const deliveryParameters = ({ DeliveryMedium, Destination }: Delivery) => ({
  CODE_DELIVERY_DELIVERY_MEDIUM: DeliveryMedium,
  CODE_DELIVERY_DESTINATION: Destination,
})

/** Sends a code that lives as long as its challenge. `pending`: the address becomes the user's when the code comes back. */
async function sendCode(
  turn: Turn,
  user: User,
  { purpose, channel }: Kind,
  address = user.attributes[channel] ?? '',
  pending = false,
): Promise<Delivery> {
  const { world, pool, client, operation, clientMetadata } = turn
  const payload = { address, ...(pending && { pending: 'true' }) }
  const code = await issueCode(world, pool, user, purpose, payload, patienceOf(client))
  const cause = { reason: 'Authentication', operation, clientId: client.id, clientMetadata } as const
  return deliverCode(world, pool, user, 'mfa', code, { channel, address }, cause)
}

/** Sends the code of a second factor, so many in an hour. */
export async function sendSecondCode(
  turn: Turn,
  user: User,
  kind: Kind,
  address?: string,
  pending = false,
): Promise<Delivery> {
  await countAttempt(turn.world, turn.pool, user, 'MfaCode')
  return sendCode(turn, user, kind, address, pending)
}

/**
 * Sends the code that begins a sign-in, to whoever is asked for by name: hence counted, and where unknown users look like
 * known ones all is the same for them but the message.
 */
export async function sendFirstCode(
  turn: Turn,
  who: { readonly name: string; readonly sub: string; readonly user?: User | undefined },
  kind: Kind,
): Promise<Delivery> {
  const { world, pool, client } = turn
  const { name, sub, user } = who
  await countAttempt(world, pool, { sub }, 'SignInCode')
  if (!user) {
    await issueNothing(world, pool, { sub }, kind.purpose, patienceOf(client))
    return simulateDelivery(world, pool, name, sub, kind.channel)
  }
  const sending = sendCode(turn, user, kind)
  if (!hidesUsers(client)) return sending
  quietly(world, sending)
  return describeDelivery(kind.channel, user.attributes[kind.channel] ?? '')
}

/** A code is a guess until it is right: guesses at codes and at passwords share one lock-out. Answers whether all were right. */
export async function countGuess(
  turn: Turn,
  who: { name: string; user?: User | undefined },
  work: () => Promise<void>,
) {
  const attempt = await beginAttempt(turn.world, turn.pool, lockName(turn.pool, who.user, who.name))
  try {
    await work()
  } catch (error) {
    const wrong = error instanceof AwsError && error.code === 'CodeMismatchException'
    await (wrong ? attempt.fail() : attempt.release())
    throw error
  }
  await attempt.release()
  return attempt.clean
}

const refuseCode = (): never => fail('CodeMismatchException', 'Invalid code or auth state for the user.')

/**
 * Takes the code. It proves its address, which is thereby verified; `first`: it confirms a user who signed up, too.
 * AWS: "Authentication with Amazon Cognito user pools", one-time passwords; "SMS and email message MFA".
 */
export async function takeSentCode(
  turn: Turn,
  who: { readonly sub: string; readonly user?: User | undefined },
  { purpose, channel }: Kind,
  code: string,
  first: boolean,
): Promise<void> {
  const { world, pool } = turn
  const { user } = who
  const now = world.now()
  try {
    await consumeCode(world, pool, who, purpose, code, async (db, { address = '', pending }) => {
      if (!user) return
      const prove = ({ attributes }: User) => {
        const held = attributes[channel]
        // Another address took its place meanwhile.
        if (held !== address && (pending !== 'true' || held)) refuseCode()
        return { [channel]: address, [`${channel}_verified`]: 'true' }
      }
      const proved = Object.entries(prove(user)).every(([name, value]) => user.attributes[name] === value)
      if (!proved) await writeAttributes(db, pool, user.sub, prove, { now })
      if (first) await moveStatus(db, pool.id, user.sub, ['UNCONFIRMED'], 'CONFIRMED', now)
    })
  } catch (error) {
    if (error instanceof AwsError && error.code === 'CodeMismatchException') refuseCode()
    throw error
  }
  // The right code of nobody: it does not exist, but whoever finds it gets no further.
  if (!user) refuseCode()
}

/** The user as the code has left them. */
export const afterwards = async ({ world, pool }: Turn, { sub }: User): Promise<User> =>
  (await userBySub(world, pool, sub)) ?? fail('UserNotFoundException', 'User does not exist.')
