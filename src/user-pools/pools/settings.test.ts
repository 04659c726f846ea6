import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { completeSettings, replaceSettings, type WantedSettings } from './settings.ts'
import { checkSettings } from './settings-rules.ts'

const here = { region: 'us-east-1', account: '000000000000' }
const check = (wanted: WantedSettings) =>
  checkSettings({ wanted, settings: completeSettings(wanted), own: [], ...here })

const role = 'arn:aws:iam::000000000000:role/sms'
const lambda = 'arn:aws:lambda:us-east-1:000000000000:function:f'
const elsewhere = 'arn:aws:lambda:eu-west-1:000000000000:function:f'
const identity = 'arn:aws:ses:us-east-1:000000000000:identity/example.com'

describe('the settings of a pool', () => {
  test('are what AWS shows of a pool made with nothing but a name', () => {
    assert.deepEqual(completeSettings({}), {
      Policies: {
        PasswordPolicy: {
          MinimumLength: 8,
          RequireUppercase: true,
          RequireLowercase: true,
          RequireNumbers: true,
          RequireSymbols: true,
          TemporaryPasswordValidityDays: 7,
        },
        SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD'] },
      },
      DeletionProtection: 'INACTIVE',
      LambdaConfig: {},
      MfaConfiguration: 'OFF',
      UserPoolTier: 'ESSENTIALS',
      EmailConfiguration: { EmailSendingAccount: 'COGNITO_DEFAULT' },
      VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_CODE' },
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false, UnusedAccountValidityDays: 7 },
      IssuerConfiguration: { Type: 'ORIGINAL' },
      KeyConfiguration: { KeyType: 'AWS_OWNED_KEY' },
      AcrConfiguration: {
        Level1: { AcrValue: 'urn:cognito:loa:1' },
        Level2: { AcrValue: 'urn:cognito:loa:2' },
        Level3: { AcrValue: 'urn:cognito:loa:3' },
        Level4: { AcrValue: 'urn:cognito:loa:4' },
      },
    })
  })

  test('demand of passwords only what a given policy names', () => {
    const { PasswordPolicy } = completeSettings({ Policies: { PasswordPolicy: { RequireNumbers: true } } }).Policies
    assert.deepEqual(PasswordPolicy, {
      MinimumLength: 8,
      RequireUppercase: false,
      RequireLowercase: false,
      RequireNumbers: true,
      RequireSymbols: false,
      TemporaryPasswordValidityDays: 7,
    })
  })

  test('take zero days of a temporary password for the default', () => {
    const { PasswordPolicy } = completeSettings({
      Policies: { PasswordPolicy: { TemporaryPasswordValidityDays: 0 } },
    }).Policies
    assert.equal(PasswordPolicy.TemporaryPasswordValidityDays, 7)
  })

  test('show a message under both of its names', () => {
    const text = 'Your code: {####}'
    assert.equal(completeSettings({ EmailVerificationMessage: text }).VerificationMessageTemplate.EmailMessage, text)
    assert.equal(completeSettings({ VerificationMessageTemplate: { SmsMessage: text } }).SmsVerificationMessage, text)
  })

  test('put a pool with threat protection on the Plus plan unless it names one', () => {
    assert.equal(completeSettings({ UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' } }).UserPoolTier, 'PLUS')
    assert.equal(completeSettings({ UserPoolAddOns: { AdvancedSecurityMode: 'OFF' } }).UserPoolTier, 'ESSENTIALS')
  })

  test('return to their defaults when an update leaves them out, but for what no update can say', () => {
    const before = completeSettings({
      DeletionProtection: 'ACTIVE',
      UsernameAttributes: ['email'],
      UsernameConfiguration: { CaseSensitive: false },
      DcrConfiguration: { EnableStatus: 'Enabled' },
      Policies: { PasswordPolicy: { MinimumLength: 20 } },
    })
    const after = replaceSettings(before, {})
    assert.equal(after.DeletionProtection, 'INACTIVE')
    assert.equal(after.Policies.PasswordPolicy.MinimumLength, 8)
    assert.deepEqual(after.UsernameAttributes, ['email'])
    assert.deepEqual(after.UsernameConfiguration, { CaseSensitive: false })
    assert.deepEqual(after.DcrConfiguration, { EnableStatus: 'Enabled' })
  })

  const refusals: readonly [what: string, wanted: WantedSettings, message: string | RegExp][] = [
    [
      'aliases beside username attributes',
      { AliasAttributes: ['email'], UsernameAttributes: ['email'] },
      'Only one of the aliasAttributes or usernameAttributes can be set in a User pool.',
    ],
    [
      'MFA without a way to send',
      { MfaConfiguration: 'ON' },
      'SMS configuration and Auto verification for phone_number are required when MFA is required/optional',
    ],
    [
      'optional MFA without a way to send',
      { MfaConfiguration: 'OPTIONAL' },
      'SMS configuration and Auto verification for phone_number are required when MFA is required/optional',
    ],
    [
      'verified phone numbers without a way to send',
      { AutoVerifiedAttributes: ['phone_number'] },
      'SMS configuration is required when phone_number is selected for auto verification',
    ],
    [
      'verification before update of what is not verified',
      { UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email'] } },
      'All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes',
    ],
    [
      'two recovery mechanisms of one priority',
      {
        AccountRecoverySetting: {
          RecoveryMechanisms: [
            { Name: 'verified_email', Priority: 1 },
            { Name: 'verified_phone_number', Priority: 1 },
          ],
        },
      },
      'Account Recovery Setting cannot have duplicate priorities or recovery mechanisms.',
    ],
    [
      'admin_only beside another recovery mechanism',
      {
        AccountRecoverySetting: {
          RecoveryMechanisms: [
            { Name: 'admin_only', Priority: 1 },
            { Name: 'verified_email', Priority: 2 },
          ],
        },
      },
      'Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.',
    ],
    [
      'a sender of one’s own without an identity',
      { EmailConfiguration: { EmailSendingAccount: 'DEVELOPER' } },
      'Source ARN is required to use DEVELOPER email sending owner',
    ],
    [
      'an identity with the default sender',
      { EmailConfiguration: { SourceArn: identity } },
      'Cognito is not allowed to use your email identity',
    ],
    [
      'an identity of a region without SES for Cognito',
      {
        EmailConfiguration: { EmailSendingAccount: 'DEVELOPER', SourceArn: identity.replace('us-east-1', 'sa-east-1') },
      },
      'Provided SourceArn must be in one of the following SES regions: eu-west-1, us-east-1, us-west-2.',
    ],
    [
      'a From that is no address',
      { EmailConfiguration: { EmailSendingAccount: 'DEVELOPER', SourceArn: identity, From: 'Ann <ann>' } },
      'Provided From email address is invalid',
    ],
    [
      'SMS of another region',
      { SmsConfiguration: { SnsCallerArn: role, SnsRegion: 'eu-west-1' } },
      'Invalid snsRegion. Allowed SNS region for us-east-1 is us-east-1',
    ],
    [
      'an SMS role of another account',
      { SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::111111111111:role/sms' } },
      'Cross-account pass role is not allowed.',
    ],
    [
      'a trigger of another region',
      { LambdaConfig: { PreSignUp: elsewhere } },
      'Cross-region lambda functions are not supported',
    ],
    [
      'a versioned trigger of another region',
      { LambdaConfig: { PreTokenGenerationConfig: { LambdaArn: elsewhere, LambdaVersion: 'V2_0' } } },
      'Cross-region lambda functions are not supported',
    ],
    [
      'two different functions before tokens',
      {
        LambdaConfig: {
          PreTokenGeneration: lambda,
          PreTokenGenerationConfig: { LambdaArn: `${lambda}2`, LambdaVersion: 'V1_0' },
        },
      },
      "Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's",
    ],
    [
      'a custom sender without a key',
      { LambdaConfig: { CustomEmailSender: { LambdaArn: lambda, LambdaVersion: 'V1_0' } } },
      'KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used.',
    ],
    [
      'a key of another region',
      { LambdaConfig: { KMSKeyID: 'arn:aws:kms:eu-west-1:000000000000:key/1' } },
      'Invalid arn eu-west-1',
    ],
    [
      'two meanings of a temporary password’s life',
      {
        Policies: { PasswordPolicy: { TemporaryPasswordValidityDays: 3 } },
        AdminCreateUserConfig: { UnusedAccountValidityDays: 4 },
      },
      /TemporaryPasswordValidityDays/,
    ],
    ['equal names of two levels', { AcrConfiguration: { Level1: { AcrValue: 'urn:cognito:loa:2' } } }, /unique/],
  ]
  for (const [what, wanted, message] of refusals) {
    test(`never hold ${what}`, () => assert.throws(() => check(wanted), { name: 'InvalidParameterException', message }))
  }

  test('never hold more than fifty tags, nor tags of AWS’s own', () => {
    const tags = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, '']))
    assert.throws(() => check({ UserPoolTags: tags }), { name: 'UserPoolTaggingException' })
    assert.throws(() => check({ UserPoolTags: { 'AWS:x': '' } }), { name: 'UserPoolTaggingException' })
  })

  test('name the features a plan lacks', () => {
    const passwordless: WantedSettings = {
      UserPoolTier: 'LITE',
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
    }
    assert.throws(() => check(passwordless), {
      name: 'FeatureUnavailableInTierException',
      message: 'The following features need to be disabled for the LITE pricing tier configured: Passwordless Sign-In',
    })
    assert.throws(() => check({ UserPoolTier: 'ESSENTIALS', UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' } }), {
      name: 'FeatureUnavailableInTierException',
    })
  })

  test('may be everything at once, if it fits', () => {
    check({
      AliasAttributes: ['email', 'phone_number', 'preferred_username'],
      AutoVerifiedAttributes: ['email', 'phone_number'],
      SmsConfiguration: { SnsCallerArn: role, ExternalId: 'x', SnsRegion: 'us-east-1' },
      MfaConfiguration: 'OPTIONAL',
      EmailConfiguration: { EmailSendingAccount: 'DEVELOPER', SourceArn: identity, From: 'Ann <ann@example.com>' },
      LambdaConfig: {
        PreTokenGeneration: lambda,
        PreTokenGenerationConfig: { LambdaArn: lambda, LambdaVersion: 'V2_0' },
        CustomSMSSender: { LambdaArn: lambda, LambdaVersion: 'V1_0' },
        KMSKeyID: 'arn:aws:kms:us-east-1:000000000000:key/1',
      },
      UserPoolTags: { team: 'x' },
    })
  })
})
