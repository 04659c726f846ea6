/** Where a reset code may go. AWS: API_CreateUserPool, AccountRecoverySetting. */
import { type AwsError, fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Channel } from '../messages/channel.ts'
import { enabledFactors } from '../mfa/preferences.ts'
import type { Pool } from '../pools/pool.ts'
import type { User } from '../users/user.ts'

const channelOf: Readonly<Record<string, Channel>> = { verified_email: 'email', verified_phone_number: 'phone_number' }

/** In the order of their priority; pools that never set any have AWS's older order, phone first. */
export function recoveryChannels(pool: Pool): Channel[] {
  const mechanisms = pool.settings.AccountRecoverySetting?.RecoveryMechanisms ?? []
  if (mechanisms.length === 0) return ['phone_number', 'email']
  return [...mechanisms].sort((a, b) => a.Priority - b.Priority).flatMap(({ Name }) => channelOf[Name] ?? [])
}

/** Whether users of the pool must ask an administrator. */
export const onlyAdministrators = (pool: Pool): boolean => recoveryChannels(pool).length === 0

const factorOf = { email: 'EMAIL_OTP', phone_number: 'SMS_MFA' } as const

type Recovery = { readonly channel: Channel; readonly address: string }

/**
 * The first verified address that the pool allows. Where it says which it allows, one that is a second factor of the
 * user's is none: whoever reads it would have both. AWS: API_CreateUserPool, AccountRecoverySetting.
 */
export function recoveryAddress(
  pool: Pool,
  { attributes }: Pick<User, 'attributes'>,
  second: readonly string[],
): Recovery | undefined {
  for (const channel of recoveryChannels(pool)) {
    const address = attributes[channel]
    const taken = pool.settings.AccountRecoverySetting && second.includes(factorOf[channel])
    if (address && attributes[`${channel}_verified`] === 'true' && !taken) return { channel, address }
  }
  return undefined
}

/** Where a reset code for this user may go. */
export const findRecovery = async (world: World, pool: Pool, user: User): Promise<Recovery | undefined> =>
  recoveryAddress(pool, user, await enabledFactors(world, pool, user))

const unreachable = 'Cannot reset password for the user as there is no registered/verified email or phone_number'

export const refuseUnreachable = (): never => fail('InvalidParameterException', unreachable)

/** Whether it says that a user has no address to recover by, which clients of the old behaviour are told. */
export const isUnreachable = ({ message }: AwsError): boolean => message === unreachable
