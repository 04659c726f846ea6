/** Which second factors, one-time codes and passkeys a pool may have together. AWS: "Adding MFA to a user pool". */
import { domainToASCII } from 'node:url'
import { fail } from '../../wire/errors.ts'
import type { PoolSettings } from './pool.ts'

const refuse: (message: string) => never = (message) => fail('InvalidParameterException', message)

/** Whether any second factor is on in the pool. */
export const hasFactor = (settings: PoolSettings): boolean =>
  settings.SmsConfiguration !== undefined ||
  settings.SoftwareTokenMfaConfiguration?.Enabled === true ||
  settings.EmailMfaConfiguration !== undefined

/** CreateUserPool and UpdateUserPool know no factor but SMS; the others come by SetUserPoolMfaConfig and stay. */
export function checkMfa(settings: PoolSettings): void {
  if (settings.MfaConfiguration !== 'OFF' && !hasFactor(settings)) {
    refuse('SMS configuration and Auto verification for phone_number are required when MFA is required/optional')
  }
}

export function checkEmailMfa(settings: PoolSettings): void {
  if (!settings.EmailMfaConfiguration) return
  if (settings.EmailConfiguration.EmailSendingAccount !== 'DEVELOPER') {
    refuse(
      'Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT.',
    )
  }
  const recovery = settings.AccountRecoverySetting?.RecoveryMechanisms ?? []
  // unproved: the sentence. Whoever reads the mail would hold both factors.
  if (recovery.length > 0 && recovery.every(({ Name }) => Name === 'verified_email')) {
    refuse('Cannot set EmailMfaConfiguration when email is the only account recovery mechanism.')
  }
}

/** The sentence about passwords was measured; unproved: the others. The rules are from "Authentication with Amazon Cognito user pools", choice-based sign-in. */
export function checkFirstFactors({ Policies, MfaConfiguration }: PoolSettings): void {
  const factors: readonly string[] = Policies.SignInPolicy.AllowedFirstAuthFactors
  if (factors.includes('SOFTWARE_TOKEN')) refuse('SOFTWARE_TOKEN cannot be an allowed first auth factor.')
  if (factors.length > 0 && !factors.includes('PASSWORD')) {
    refuse('Password should be configured as one of the allowed first auth factors.')
  }
  const codes = factors.filter((factor) => factor === 'EMAIL_OTP' || factor === 'SMS_OTP')
  if (MfaConfiguration === 'ON' && codes.length > 0) {
    refuse(`${codes.join(', ')} cannot be allowed first auth factors when MFA is required.`)
  }
}

/**
 * A relying party is a domain, W3C WebAuthn 5.1.2: no address, scheme or port. AWS refuses public suffixes; of those
 * only the names of one label are known here, and browsers refuse the rest. The sentence about characters was measured;
 * unproved: the other.
 */
export function checkRelyingParty({ WebAuthnConfiguration }: PoolSettings): void {
  const id = WebAuthnConfiguration?.RelyingPartyId
  if (id === undefined || isRelyingPartyId(id)) return
  refuse(/^[a-z0-9.-]+$/i.test(id) ? `Invalid relying party id: ${id}` : 'RelyingPartyId contains invalid characters')
}

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

export function isRelyingPartyId(id: string): boolean {
  const labels = id.split('.')
  const top = labels.at(-1) ?? ''
  if (id !== domainToASCII(id) || !labels.every((one) => label.test(one)) || /^\d+$/.test(top)) return false
  return labels.length > 1 || id === 'localhost'
}
