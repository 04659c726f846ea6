/** The second factors: which a pool has on, which of them can reach a user, and what a user may prefer. */
import type { Channel } from '../messages/channel.ts'
import type { Pool } from '../pools/pool.ts'
import type { User } from '../users/user.ts'

/** As challenges and UserMFASettingList call them, in AWS's order. */
export const factors = ['SMS_MFA', 'SOFTWARE_TOKEN_MFA', 'EMAIL_OTP'] as const
export type Factor = (typeof factors)[number]

/** Passkeys are no second factor: switched on, they may stand for both. unproved: the name UserMFASettingList gives them. */
export const settable = ['SMS_MFA', 'SOFTWARE_TOKEN_MFA', 'EMAIL_OTP', 'WEB_AUTHN'] as const
export type Settable = (typeof settable)[number]

export type Preferences = { readonly enabled: readonly Settable[]; readonly preferred: Factor | undefined }

/** The attribute a factor's codes go to; none for authenticator apps. */
export const channelOf: Readonly<Record<Factor, Channel | undefined>> = {
  SMS_MFA: 'phone_number',
  SOFTWARE_TOKEN_MFA: undefined,
  EMAIL_OTP: 'email',
}

/** Which factors the pool has on. */
export const poolFactors = ({ settings }: Pick<Pool, 'settings'>): Factor[] =>
  factors.filter(
    (factor) =>
      ({
        SMS_MFA: settings.SmsConfiguration !== undefined,
        SOFTWARE_TOKEN_MFA: settings.SoftwareTokenMfaConfiguration?.Enabled === true,
        EMAIL_OTP: settings.EmailMfaConfiguration !== undefined,
      })[factor],
  )

/** Which of the pool's factors the user could answer: an app that is verified, an address that codes can go to. */
export const reachable = (
  pool: Pick<Pool, 'settings'>,
  user: Pick<User, 'attributes'>,
  hasSoftwareToken: boolean,
): Factor[] =>
  poolFactors(pool).filter((factor) => {
    const channel = channelOf[factor]
    return channel ? Boolean(user.attributes[channel]) : hasSoftwareToken
  })

/**
 * The factor whose address is the pool's first way to recover a password: it does not serve as second factor by itself.
 * A pool that never said how accounts are recovered has none. AWS: "MFA and account recovery".
 */
export function recoveryFactor({ settings }: Pick<Pool, 'settings'>): Factor | undefined {
  const mechanisms = settings.AccountRecoverySetting?.RecoveryMechanisms ?? []
  const [first] = [...mechanisms].sort((a, b) => a.Priority - b.Priority)
  return first && recovers[first.Name]
}

const recovers: Readonly<Record<string, Factor | undefined>> = {
  verified_email: 'EMAIL_OTP',
  verified_phone_number: 'SMS_MFA',
}
