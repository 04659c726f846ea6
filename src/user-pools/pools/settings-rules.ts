/** Which settings a pool may have: AWS's refusals, in its words where they were seen. */
import { fail } from '../../wire/errors.ts'
import { isEmail } from './formats.ts'
import { checkEmailMfa, checkFirstFactors, checkMfa, checkRelyingParty } from './mfa-rules.ts'
import type { PoolSettings, SchemaAttribute } from './pool.ts'
import { protects, type WantedSettings } from './settings.ts'

type About = {
  /** As the request says it. */
  readonly wanted: WantedSettings
  /** With the defaults. */
  readonly settings: PoolSettings
  readonly region: string
  readonly account: string
  /** Custom attributes and changed standard ones. */
  readonly own: readonly SchemaAttribute[]
}

const refuse: (message: string) => never = (message) => fail('InvalidParameterException', message)

/** Refuses settings AWS refuses. One rule after the other; which of several broken ones AWS names first is not known. */
export function checkSettings(about: About): void {
  for (const rule of rules) rule(about)
}

function checkIdentifiers({ settings, own }: About): void {
  if (settings.AliasAttributes?.length && settings.UsernameAttributes?.length) {
    refuse('Only one of the aliasAttributes or usernameAttributes can be set in a User pool.')
  }
  // unproved: the sentence. AWS: Developer Guide, "Customizing sign-in attributes".
  const required = own.some(({ Name, Required }) => Name === 'preferred_username' && Required)
  if (required && settings.AliasAttributes?.includes('preferred_username')) {
    refuse('preferred_username cannot be a required attribute when it is an alias.')
  }
}

function checkVerification({ settings }: About): void {
  const verified: readonly string[] = settings.AutoVerifiedAttributes ?? []
  if (verified.includes('phone_number') && !settings.SmsConfiguration) {
    refuse('SMS configuration is required when phone_number is selected for auto verification')
  }
  const first = settings.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? []
  if (first.some((name) => !verified.includes(name))) {
    refuse('All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes')
  }
}

function checkRecovery({ settings }: About): void {
  const mechanisms = settings.AccountRecoverySetting?.RecoveryMechanisms ?? []
  const distinct = (values: readonly unknown[]) => new Set(values).size === values.length
  if (!distinct(mechanisms.map(({ Name }) => Name)) || !distinct(mechanisms.map(({ Priority }) => Priority))) {
    refuse('Account Recovery Setting cannot have duplicate priorities or recovery mechanisms.')
  }
  if (mechanisms.length > 1 && mechanisms.some(({ Name }) => Name === 'admin_only')) {
    refuse('Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.')
  }
}

function checkTemporaryPasswords({ wanted }: About): void {
  const now = wanted.Policies?.PasswordPolicy?.TemporaryPasswordValidityDays
  const former = wanted.AdminCreateUserConfig?.UnusedAccountValidityDays
  // Describe shows both, so that equal ones come back from tools that send what they read. The sentence was measured.
  if (now && former && now !== former) {
    refuse('Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays')
  }
}

const anySesRegion = ['eu-west-1', 'us-east-1', 'us-west-2']

const regionOf = (arn: string) => arn.split(':')[3] ?? ''
const accountOf = (arn: string) => arn.split(':')[4] ?? ''

function checkEmail({ settings, region }: About): void {
  const { EmailSendingAccount, SourceArn, From } = settings.EmailConfiguration
  const own = EmailSendingAccount === 'DEVELOPER'
  if (own && !SourceArn) refuse('Source ARN is required to use DEVELOPER email sending owner')
  if (!own && SourceArn) refuse('Cognito is not allowed to use your email identity')
  if (SourceArn && ![region, ...anySesRegion].includes(regionOf(SourceArn))) {
    refuse(`Provided SourceArn must be in one of the following SES regions: ${anySesRegion.join(', ')}.`)
  }
  if (From !== undefined && !isEmail(/<([^<>]*)>\s*$/.exec(From)?.[1] ?? From.trim())) {
    refuse('Provided From email address is invalid')
  }
}

function checkSms({ settings: { SmsConfiguration: sms }, region, account }: About): void {
  if (!sms) return
  const arn = sms.SnsCallerArn || sms.EumsSms?.CallerArn
  // unproved: the sentence for both or neither.
  if (!arn || (sms.SnsCallerArn && sms.EumsSms)) refuse('Exactly one of SnsCallerArn and EumsSms must be set.')
  const given = sms.SnsRegion ?? sms.EumsSms?.Region
  if (given !== undefined && given !== region)
    refuse(`Invalid snsRegion. Allowed SNS region for ${region} is ${region}`)
  if (accountOf(arn) !== account) refuse('Cross-account pass role is not allowed.')
}

function checkTriggers({ settings: { LambdaConfig: triggers }, region }: About): void {
  const { KMSKeyID, PreTokenGeneration, PreTokenGenerationConfig, ...rest } = triggers
  const others = Object.values(rest).map((value) => (typeof value === 'string' ? value : value.LambdaArn))
  const arns = [PreTokenGeneration, PreTokenGenerationConfig?.LambdaArn, ...others].filter((arn) => arn !== undefined)
  if (arns.some((arn) => regionOf(arn) !== region)) refuse('Cross-region lambda functions are not supported')
  if (PreTokenGeneration && PreTokenGenerationConfig && PreTokenGeneration !== PreTokenGenerationConfig.LambdaArn) {
    refuse("Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's")
  }
  if ((triggers.CustomSMSSender || triggers.CustomEmailSender) && !KMSKeyID) {
    refuse('KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used.')
  }
  if (KMSKeyID && regionOf(KMSKeyID) !== region) refuse(`Invalid arn ${regionOf(KMSKeyID)}`)
}

/** What a plan lacks, by the name AWS gives it. unproved: all names but the first and the last, and that of V2_0. */
const features: readonly { name: string; missingIn: readonly string[]; used(about: About): boolean }[] = [
  {
    name: 'Passwordless Sign-In',
    missingIn: ['LITE'],
    used: ({ settings }) =>
      settings.Policies.SignInPolicy.AllowedFirstAuthFactors.some((factor) => factor !== 'PASSWORD'),
  },
  ...['V2_0', 'V3_0'].map((version) => ({
    name: `Token Customization with Pre-Token Generation Lambda ${version}`,
    missingIn: ['LITE'],
    used: ({ settings }: About) => settings.LambdaConfig.PreTokenGenerationConfig?.LambdaVersion === version,
  })),
  {
    name: 'Password History',
    missingIn: ['LITE'],
    used: ({ settings }) => (settings.Policies.PasswordPolicy.PasswordHistorySize ?? 0) > 0,
  },
  { name: 'Email MFA', missingIn: ['LITE'], used: ({ settings }) => settings.EmailMfaConfiguration !== undefined },
  { name: 'Acr Configuration', missingIn: ['LITE'], used: ({ wanted }) => wanted.AcrConfiguration !== undefined },
  {
    name: 'Dynamic Client Registration',
    missingIn: ['LITE'],
    used: ({ settings }) => settings.DcrConfiguration?.EnableStatus === 'Enabled',
  },
  { name: 'Threat Protection', missingIn: ['LITE', 'ESSENTIALS'], used: ({ settings }) => protects(settings) },
]

function checkPlan(about: About): void {
  const tier = about.settings.UserPoolTier
  const wrong = features.filter((feature) => feature.missingIn.includes(tier) && feature.used(about))
  if (wrong.length === 0) return
  const names = wrong.map(({ name }) => name).join(', ')
  fail(
    'FeatureUnavailableInTierException',
    `The following features need to be disabled for the ${tier} pricing tier configured: ${names}`,
  )
}

/** unproved: the sentences. AWS: API_KeyConfigurationType, API_AcrConfigurationType, API_DcrConfigurationType. */
function checkNewer({ settings }: About): void {
  const key = settings.KeyConfiguration
  if ((key?.KeyType === 'CUSTOMER_MANAGED_KEY') !== (key?.KmsKeyArn !== undefined)) {
    refuse('KmsKeyArn is required with, and only with, a KeyType of CUSTOMER_MANAGED_KEY.')
  }
  const levels = Object.entries(settings.AcrConfiguration ?? {})
  const values = levels.map(([, { AcrValue }]) => AcrValue)
  if (levels.some(([level]) => !/^Level[1-4]$/.test(level))) refuse('AcrConfiguration levels are Level1 to Level4.')
  if (values.some((value) => !/^[^\s"\\]{1,64}$/.test(value))) refuse('Invalid AcrValue.')
  if (new Set(values).size !== values.length) refuse('AcrValues must be unique.')
  const status = settings.DcrConfiguration?.EnableStatus
  if (status !== undefined && status !== 'Enabled' && status !== 'Disabled') refuse('Invalid EnableStatus.')
}

/** AWS: quota "Tags per user pool". */
export const mostTags = 50

/** unproved: the sentences. */
export function checkTags(
  tags: Readonly<Record<string, string>> | undefined,
  code: 'UserPoolTaggingException' | 'InvalidParameterException' = 'UserPoolTaggingException',
): void {
  const keys = Object.keys(tags ?? {})
  if (keys.length > mostTags) fail(code, `A user pool cannot have more than ${mostTags} tags.`)
  if (keys.some((key) => /^aws:/i.test(key))) {
    fail(code, 'Tag keys that begin with aws: are reserved for system use.')
  }
}

const rules: readonly ((about: About) => void)[] = [
  checkIdentifiers,
  checkVerification,
  ({ settings }) => checkMfa(settings),
  ({ settings }) => checkFirstFactors(settings),
  ({ settings }) => checkRelyingParty(settings),
  checkRecovery,
  checkTemporaryPasswords,
  checkEmail,
  checkSms,
  checkTriggers,
  ({ settings }) => checkEmailMfa(settings),
  checkPlan,
  checkNewer,
  ({ settings }) => checkTags(settings.UserPoolTags),
]
