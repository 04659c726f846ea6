/** What a pool's settings are once AWS's defaults are filled in. AWS: API_CreateUserPool and API_UpdateUserPool. */
import type { CreateUserPoolRequest } from '@aws-sdk/client-cognito-identity-provider'
import type { Given } from '../../wire/operation.ts'
import type { PoolSettings } from './pool.ts'

/** What CreateUserPool and UpdateUserPool may say, apart from names and the schema. */
export type WantedSettings = Partial<Omit<Given<CreateUserPoolRequest>, 'PoolName' | 'Schema'>>

/** What a pool was made with for ever: UpdateUserPool has no such members. */
const immutable = ['AliasAttributes', 'UsernameAttributes', 'UsernameConfiguration'] as const

/** Kept when UpdateUserPool leaves it out. AWS: API_UpdateUserPool, DcrConfiguration. */
const keptIfOmitted = ['DcrConfiguration'] as const

/** The settings of a new pool. */
export function completeSettings(wanted: WantedSettings): PoolSettings {
  const { Policies, ...plain } = omitEmpty(wanted)
  const policy = passwordPolicy(wanted)
  const template = verificationTemplate(wanted)
  const tier = wanted.UserPoolTier ?? (protects(wanted) ? 'PLUS' : 'ESSENTIALS')
  return {
    ...plain,
    Policies: {
      PasswordPolicy: policy,
      SignInPolicy: { AllowedFirstAuthFactors: Policies?.SignInPolicy?.AllowedFirstAuthFactors ?? ['PASSWORD'] },
    },
    DeletionProtection: wanted.DeletionProtection ?? 'INACTIVE',
    LambdaConfig: wanted.LambdaConfig ?? {},
    MfaConfiguration: wanted.MfaConfiguration ?? 'OFF',
    UserPoolTier: tier,
    EmailConfiguration: { EmailSendingAccount: 'COGNITO_DEFAULT', ...wanted.EmailConfiguration },
    VerificationMessageTemplate: template,
    ...present('SmsVerificationMessage', template.SmsMessage),
    ...present('EmailVerificationMessage', template.EmailMessage),
    ...present('EmailVerificationSubject', template.EmailSubject),
    AdminCreateUserConfig: {
      ...wanted.AdminCreateUserConfig,
      AllowAdminCreateUserOnly: wanted.AdminCreateUserConfig?.AllowAdminCreateUserOnly ?? false,
      UnusedAccountValidityDays: policy.TemporaryPasswordValidityDays,
    },
    ...present('DeviceConfiguration', wanted.DeviceConfiguration && deviceConfiguration(wanted.DeviceConfiguration)),
    IssuerConfiguration: { Type: 'ORIGINAL', ...wanted.IssuerConfiguration },
    KeyConfiguration: { KeyType: 'AWS_OWNED_KEY', ...wanted.KeyConfiguration },
    ...present('AcrConfiguration', acrLevels(wanted, tier)),
  }
}

/** What only SetUserPoolMfaConfig and SetUserPoolSessionConfiguration can say. */
const saidElsewhere = [
  'SoftwareTokenMfaConfiguration',
  'EmailMfaConfiguration',
  'WebAuthnConfiguration',
  'SessionConfiguration',
] as const

/** The settings after UpdateUserPool: what it leaves out returns to its default, but for what it cannot say. */
export function replaceSettings(before: PoolSettings, wanted: WantedSettings): PoolSettings {
  const kept = keptIfOmitted.filter((name) => wanted[name] === undefined)
  return {
    ...completeSettings({ ...wanted, ...pick(before, [...immutable, ...kept]) }),
    ...pick(before, saidElsewhere),
  }
}

/** Whether threat protection is on. */
export const protects = ({ UserPoolAddOns: addOns }: WantedSettings): boolean =>
  (addOns?.AdvancedSecurityMode ?? 'OFF') !== 'OFF' ||
  addOns?.AdvancedSecurityAdditionalFlows?.CustomAuthMode !== undefined

const defaultTemporaryDays = 7

/** Without a policy AWS demands all four classes of characters; a policy demands what it names. */
function passwordPolicy({
  Policies,
  AdminCreateUserConfig,
}: WantedSettings): PoolSettings['Policies']['PasswordPolicy'] {
  const given = Policies?.PasswordPolicy
  const otherwise = given === undefined
  return {
    MinimumLength: given?.MinimumLength ?? 8,
    RequireUppercase: given?.RequireUppercase ?? otherwise,
    RequireLowercase: given?.RequireLowercase ?? otherwise,
    RequireNumbers: given?.RequireNumbers ?? otherwise,
    RequireSymbols: given?.RequireSymbols ?? otherwise,
    ...present('PasswordHistorySize', given?.PasswordHistorySize),
    // Zero means the default in both places; the second is the name of before 2018.
    TemporaryPasswordValidityDays:
      given?.TemporaryPasswordValidityDays || AdminCreateUserConfig?.UnusedAccountValidityDays || defaultTemporaryDays,
  }
}

/** Three texts have two names each; the template's wins. */
function verificationTemplate(wanted: WantedSettings): PoolSettings['VerificationMessageTemplate'] {
  const given = wanted.VerificationMessageTemplate
  return {
    ...given,
    ...present('SmsMessage', given?.SmsMessage ?? wanted.SmsVerificationMessage),
    ...present('EmailMessage', given?.EmailMessage ?? wanted.EmailVerificationMessage),
    ...present('EmailSubject', given?.EmailSubject ?? wanted.EmailVerificationSubject),
    DefaultEmailOption: given?.DefaultEmailOption ?? 'CONFIRM_WITH_CODE',
  }
}

const deviceConfiguration = (given: NonNullable<PoolSettings['DeviceConfiguration']>) => ({
  ChallengeRequiredOnNewDevice: given.ChallengeRequiredOnNewDevice ?? false,
  DeviceOnlyRememberedOnUserPrompt: given.DeviceOnlyRememberedOnUserPrompt ?? false,
})

/** All four levels, renamed or not. AWS: "Authentication levels with ACR and AMR claims"; not in the Lite plan. */
export const acrLevels = (
  { AcrConfiguration: given }: WantedSettings,
  tier: string,
): PoolSettings['AcrConfiguration'] =>
  tier === 'LITE' && !given
    ? undefined
    : {
        ...Object.fromEntries([1, 2, 3, 4].map((level) => [`Level${level}`, { AcrValue: `urn:cognito:loa:${level}` }])),
        ...given,
      }

const present = <Name extends string, Value>(name: Name, value: Value | undefined): { [K in Name]?: Value } =>
  (value === undefined ? {} : { [name]: value }) as { [K in Name]?: Value }

const pick = <From, Name extends keyof From>(from: From, names: readonly Name[]): Partial<Pick<From, Name>> =>
  Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]])) as Partial<
    Pick<From, Name>
  >

/** AWS answers an empty list, and empty tags, by leaving them out. */
const omitEmpty = (wanted: WantedSettings): WantedSettings =>
  Object.fromEntries(
    Object.entries(wanted).filter(
      ([name, value]) =>
        !(Array.isArray(value) && value.length === 0) && !(name === 'UserPoolTags' && Object.keys(value).length === 0),
    ),
  )
