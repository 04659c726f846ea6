/** The factors of a pool as SetUserPoolMfaConfig sets and GetUserPoolMfaConfig shows them. */
import type {
  GetUserPoolMfaConfigResponse,
  SetUserPoolMfaConfigRequest,
} from '@aws-sdk/client-cognito-identity-provider'
import { fail } from '../../wire/errors.ts'
import type { Given } from '../../wire/operation.ts'
import { hasFactor } from '../pools/mfa-rules.ts'
import type { PoolSettings } from '../pools/pool.ts'

type Wanted = Omit<Given<SetUserPoolMfaConfigRequest>, 'UserPoolId'>

const refuse: (message: string) => never = (message) => fail('InvalidParameterException', message)

/**
 * The settings after the change. unproved: that what is left out stays; so no factor that people rely on goes unasked.
 * SMS, once configured, stays; e-mail goes when MFA is switched off.
 */
export function changeConfig(before: PoolSettings, wanted: Wanted): PoolSettings {
  const { MfaConfiguration = before.MfaConfiguration, SmsMfaConfiguration: sms } = wanted
  const { EmailMfaConfiguration: emailBefore, ...rest } = before
  const named = sms || wanted.EmailMfaConfiguration || wanted.SoftwareTokenMfaConfiguration?.Enabled
  if (wanted.MfaConfiguration === 'OFF' && named) {
    refuse("Invalid MFA configuration given, can't turn off MFA and configure an MFA together.")
  }
  const email = wanted.EmailMfaConfiguration ?? (wanted.MfaConfiguration === 'OFF' ? undefined : emailBefore)
  const token = wanted.SoftwareTokenMfaConfiguration ?? before.SoftwareTokenMfaConfiguration
  const settings: PoolSettings = {
    ...rest,
    MfaConfiguration,
    ...(sms?.SmsConfiguration && { SmsConfiguration: sms.SmsConfiguration }),
    ...(sms?.SmsAuthenticationMessage !== undefined && { SmsAuthenticationMessage: sms.SmsAuthenticationMessage }),
    ...(token && { SoftwareTokenMfaConfiguration: { Enabled: token.Enabled ?? false } }),
    ...(email && { EmailMfaConfiguration: email }),
    ...(wanted.WebAuthnConfiguration && {
      WebAuthnConfiguration: { ...before.WebAuthnConfiguration, ...wanted.WebAuthnConfiguration },
    }),
  }
  for (const text of [sms?.SmsAuthenticationMessage, wanted.EmailMfaConfiguration?.Message]) {
    // unproved: the sentence; the model's pattern demands the place, too.
    if (text !== undefined && !text.includes('{####}')) refuse('The message must contain {####}.')
  }
  if (sms && !settings.SmsConfiguration) refuse('SMS configuration is required to turn on SMS MFA.')
  if (MfaConfiguration !== 'OFF' && !hasFactor(settings)) {
    refuse('At least one of [SmsMfaConfiguration] or [SoftwareTokenMfaConfiguration] must be provided.')
  }
  return settings
}

export function describeConfig(settings: PoolSettings): GetUserPoolMfaConfigResponse {
  const { SmsConfiguration, SmsAuthenticationMessage, SoftwareTokenMfaConfiguration } = settings
  const { EmailMfaConfiguration, WebAuthnConfiguration } = settings
  return {
    MfaConfiguration: settings.MfaConfiguration,
    ...(SmsConfiguration && { SmsMfaConfiguration: { SmsConfiguration, SmsAuthenticationMessage } }),
    ...(SoftwareTokenMfaConfiguration && { SoftwareTokenMfaConfiguration }),
    ...(EmailMfaConfiguration && { EmailMfaConfiguration }),
    ...(WebAuthnConfiguration && {
      // AWS: API_WebAuthnConfigurationType, the defaults.
      WebAuthnConfiguration: {
        UserVerification: 'preferred',
        FactorConfiguration: 'SINGLE_FACTOR',
        ...WebAuthnConfiguration,
      },
    }),
  }
}
