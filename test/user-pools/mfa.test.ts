import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AdminDeleteSoftwareTokenCommand,
  AdminDeleteUserCommand,
  AdminGetUserAuthFactorsCommand,
  AdminGetUserCommand,
  AdminSetUserMFAPreferenceCommand,
  type AdminSetUserMFAPreferenceCommandInput,
  AdminSetUserSettingsCommand,
  AssociateSoftwareTokenCommand,
  type CreateUserPoolCommandInput,
  DescribeUserPoolCommand,
  GetUserAuthFactorsCommand,
  GetUserCommand,
  GetUserPoolMfaConfigCommand,
  SetUserMFAPreferenceCommand,
  SetUserPoolMfaConfigCommand,
  type SetUserPoolMfaConfigCommandInput,
  SetUserSettingsCommand,
  UpdateUserPoolCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { fromBase32 } from '../../src/protocols/base32.ts'
import { totp } from '../../src/protocols/totp.ts'
import { makePool, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const target = (operation: string) => `AWSCognitoIdentityProviderService.${operation}`
const SmsConfiguration = { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms', ExternalId: 'x' }
/** AWS sends e-mail codes only from an address of one's own. */
const ownMail: Partial<CreateUserPoolCommandInput> = {
  EmailConfiguration: {
    EmailSendingAccount: 'DEVELOPER',
    SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/example.com',
  },
}

let server: TestServer
let pool: TestPool
let required: TestPool
let bare: TestPool

before(async () => {
  server = await startTestServer()
  pool = await makePool(server, { ...ownMail, SmsConfiguration })
  required = await makePool(server)
  bare = await makePool(server)
  await configure({ MfaConfiguration: 'OPTIONAL', SoftwareTokenMfaConfiguration: { Enabled: true } }, pool)
  await configure({ MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true } }, required)
})
after(() => server.close())

const send: TestServer['clients']['idp']['send'] = ((command: never) => server.clients.idp.send(command)) as never

const configure = (input: Partial<SetUserPoolMfaConfigCommandInput>, of: TestPool) =>
  send(new SetUserPoolMfaConfigCommand({ UserPoolId: of.id, ...input }))
const configOf = async (of: TestPool) => {
  const { $metadata, ...config } = await send(new GetUserPoolMfaConfigCommand({ UserPoolId: of.id }))
  return config
}
const prefer = (Username: string, input: Partial<AdminSetUserMFAPreferenceCommandInput>, of = pool) =>
  send(new AdminSetUserMFAPreferenceCommand({ UserPoolId: of.id, Username, ...input }))
/** What GetUser and AdminGetUser say of second factors. */
const mfaOf = async (Username: string, of = pool) => {
  const own = await send(new GetUserCommand({ AccessToken: await of.tokenOf(Username) }))
  const seen = await send(new AdminGetUserCommand({ UserPoolId: of.id, Username }))
  const pick = ({ UserMFASettingList, PreferredMfaSetting, MFAOptions }: typeof own | typeof seen) => ({
    ...(UserMFASettingList && { UserMFASettingList }),
    ...(PreferredMfaSetting && { PreferredMfaSetting }),
    ...(MFAOptions && { MFAOptions }),
  })
  assert.deepEqual(pick(own), pick(seen))
  return pick(own)
}
const codeOf = (secret: string | undefined, ahead = 0) =>
  totp(fromBase32(secret ?? '') ?? Buffer.alloc(0), server.world.now() + ahead)
const setUp = async (username: string, of = pool) => {
  const AccessToken = await of.tokenOf(username)
  const { SecretCode } = await send(new AssociateSoftwareTokenCommand({ AccessToken }))
  await send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: codeOf(SecretCode) }))
  return SecretCode ?? assert.fail('no secret')
}
const wrongType = async (operation: string, body: object) => {
  const { status, body: answer } = await server.post(target(operation), body)
  assert.deepEqual([status, answer.__type], [400, 'SerializationException'])
}

describe('SetUserPoolMfaConfig and GetUserPoolMfaConfig', () => {
  test('refuse the wrong type', async () => {
    const wrong = { UserPoolId: pool.id, SoftwareTokenMfaConfiguration: { Enabled: 'yes' as never } }
    await refused(send(new SetUserPoolMfaConfigCommand(wrong)), 'SerializationException')
    await refused(send(new GetUserPoolMfaConfigCommand({ UserPoolId: 7 as never })), 'SerializationException')
  })

  test('refuse the wrong value', async () => {
    const invalid = (input: Partial<SetUserPoolMfaConfigCommandInput>, message: string | RegExp, of = bare) =>
      refused(configure(input, of), 'InvalidParameterException', message)
    await invalid({ MfaConfiguration: 'MAYBE' as never }, /^1 validation error detected/)
    await invalid(
      { MfaConfiguration: 'ON' },
      'At least one of [SmsMfaConfiguration] or [SoftwareTokenMfaConfiguration] must be provided.',
    )
    await invalid(
      { MfaConfiguration: 'OFF', SoftwareTokenMfaConfiguration: { Enabled: true } },
      "Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
    )
    await invalid(
      { MfaConfiguration: 'ON', EmailMfaConfiguration: {} },
      'Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of COGNITO_DEFAULT.',
    )
    for (const RelyingPartyId of ['com', '127.0.0.1', 'A.example', 'a..example'])
      await invalid({ WebAuthnConfiguration: { RelyingPartyId } }, `Invalid relying party id: ${RelyingPartyId}`)
    for (const RelyingPartyId of ['https://a.example', 'a.example:1'])
      await invalid({ WebAuthnConfiguration: { RelyingPartyId } }, 'RelyingPartyId contains invalid characters')
    await refused(
      send(new GetUserPoolMfaConfigCommand({ UserPoolId: 'us-east-1_nothing' })),
      'ResourceNotFoundException',
      'User pool us-east-1_nothing does not exist.',
    )
  })

  test('refuse one-time codes as first factors where MFA is required', async () => {
    const other = await makePool(server, {
      SmsConfiguration,
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } },
    })
    await refused(configure({ MfaConfiguration: 'ON' }, other), 'InvalidParameterException', /EMAIL_OTP/)
    await configure({ MfaConfiguration: 'OPTIONAL' }, other)
  })

  test('refuse e-mail MFA on the Lite plan, and where e-mail alone recovers accounts', async () => {
    const lite = await makePool(server, { ...ownMail, UserPoolTier: 'LITE' })
    await refused(
      configure({ MfaConfiguration: 'ON', EmailMfaConfiguration: {} }, lite),
      'FeatureUnavailableInTierException',
      'The following features need to be disabled for the LITE pricing tier configured: Email MFA',
    )
    const RecoveryMechanisms = [{ Name: 'verified_email' as const, Priority: 1 }]
    const mail = await makePool(server, { ...ownMail, AccountRecoverySetting: { RecoveryMechanisms } })
    await refused(
      configure({ MfaConfiguration: 'ON', EmailMfaConfiguration: {} }, mail),
      'InvalidParameterException',
      /only account recovery mechanism/,
    )
  })

  test('do it', async () => {
    const made = await makePool(server, ownMail)
    assert.deepEqual(await configOf(made), { MfaConfiguration: 'OFF' })
    const wanted = {
      MfaConfiguration: 'ON' as const,
      SmsMfaConfiguration: { SmsAuthenticationMessage: 'Code {####}', SmsConfiguration },
      SoftwareTokenMfaConfiguration: { Enabled: true },
      EmailMfaConfiguration: { Message: 'Code {####}', Subject: 'Your code' },
      WebAuthnConfiguration: { RelyingPartyId: 'example.com', UserVerification: 'required' as const },
    }
    const expected = {
      ...wanted,
      WebAuthnConfiguration: { ...wanted.WebAuthnConfiguration, FactorConfiguration: 'SINGLE_FACTOR' },
    }
    const { $metadata, ...answered } = await configure(wanted, made)
    assert.deepEqual(answered, expected)
    assert.deepEqual(await configOf(made), expected)
    const { UserPool } = await send(new DescribeUserPoolCommand({ UserPoolId: made.id }))
    assert.equal(UserPool?.MfaConfiguration, 'ON')
    assert.equal(UserPool?.SmsAuthenticationMessage, 'Code {####}')
  })

  test('keep what a change leaves out, and their own through UpdateUserPool', async () => {
    const made = await makePool(server)
    await configure({ MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true } }, made)
    await configure({ WebAuthnConfiguration: { RelyingPartyId: 'example.com' } }, made)
    await send(new UpdateUserPoolCommand({ UserPoolId: made.id, MfaConfiguration: 'OPTIONAL' }))
    assert.deepEqual(await configOf(made), {
      MfaConfiguration: 'OPTIONAL',
      SoftwareTokenMfaConfiguration: { Enabled: true },
      WebAuthnConfiguration: {
        RelyingPartyId: 'example.com',
        UserVerification: 'preferred',
        FactorConfiguration: 'SINGLE_FACTOR',
      },
    })
    await configure({ MfaConfiguration: 'OFF' }, made)
    assert.equal((await configOf(made)).MfaConfiguration, 'OFF')
  })
})

describe('AdminSetUserMFAPreference and SetUserMFAPreference', () => {
  const noDelivery = (factor: string) => `User does not have delivery config set to turn on ${factor}`

  test('refuse the wrong type', async () => {
    await refused(prefer('x', { SMSMfaSettings: { Enabled: 'yes' as never } }), 'SerializationException')
    await wrongType('SetUserMFAPreference', { AccessToken: 7 })
  })

  test('refuse the wrong value', async () => {
    await pool.add('nothing')
    await refused(prefer('nobody', {}), 'UserNotFoundException', 'User does not exist.')
    for (const [member, factor] of [
      ['SMSMfaSettings', 'SMS_MFA'],
      ['SoftwareTokenMfaSettings', 'SOFTWARE_TOKEN_MFA'],
      ['EmailMfaSettings', 'EMAIL_OTP'],
      ['WebAuthnMfaSettings', 'WEB_AUTHN'],
    ] as const) {
      await refused(prefer('nothing', { [member]: { Enabled: true } }), 'InvalidParameterException', noDelivery(factor))
    }
    await refused(
      prefer('nothing', { SoftwareTokenMfaSettings: { PreferredMfa: true } }),
      'InvalidParameterException',
      noDelivery('SOFTWARE_TOKEN_MFA'),
    )
    await refused(
      send(new SetUserMFAPreferenceCommand({ AccessToken: 'nonsense' })),
      'NotAuthorizedException',
      'Invalid Access Token',
    )
  })

  test('refuse two preferred factors, and one that is preferred but off', async () => {
    await pool.add('two', { phone_number: '+12065550100' })
    await setUp('two')
    const both = { SMSMfaSettings: { PreferredMfa: true }, SoftwareTokenMfaSettings: { PreferredMfa: true } }
    await refused(prefer('two', both), 'InvalidParameterException', 'Only one MFA method can be preferred.')
    await refused(
      prefer('two', { SMSMfaSettings: { Enabled: false, PreferredMfa: true } }),
      'InvalidParameterException',
      'A preferred MFA method must be enabled.',
    )
    assert.deepEqual(await mfaOf('two'), {})
  })

  test('do it', async () => {
    await pool.add('ada', { phone_number: '+12065550101' })
    assert.deepEqual(await mfaOf('ada'), {}, 'nothing set: no member')
    await setUp('ada')
    assert.deepEqual(await mfaOf('ada'), {}, 'verified, not yet switched on')
    const AccessToken = await pool.tokenOf('ada')
    await send(
      new SetUserMFAPreferenceCommand({
        AccessToken,
        SMSMfaSettings: { Enabled: true },
        SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
      }),
    )
    const MFAOptions = [{ DeliveryMedium: 'SMS', AttributeName: 'phone_number' }]
    assert.deepEqual(await mfaOf('ada'), {
      UserMFASettingList: ['SMS_MFA', 'SOFTWARE_TOKEN_MFA'],
      PreferredMfaSetting: 'SOFTWARE_TOKEN_MFA',
      MFAOptions,
    })
    await prefer('ada', { SMSMfaSettings: { PreferredMfa: true } })
    assert.equal((await mfaOf('ada')).PreferredMfaSetting, 'SMS_MFA')
    await prefer('ada', { SMSMfaSettings: { Enabled: false } })
    assert.deepEqual(await mfaOf('ada'), { UserMFASettingList: ['SOFTWARE_TOKEN_MFA'] })
  })
})

describe('AdminSetUserSettings and SetUserSettings', () => {
  const MFAOptions = [{ DeliveryMedium: 'SMS' as const, AttributeName: 'phone_number' }]

  test('refuse the wrong type', async () => {
    await wrongType('SetUserSettings', { AccessToken: 'x', MFAOptions: 'SMS' })
    await refused(
      send(new AdminSetUserSettingsCommand({ UserPoolId: pool.id, Username: 'x', MFAOptions: 'SMS' as never })),
      'SerializationException',
    )
  })

  test('refuse the wrong value', async () => {
    await pool.add('settings-none')
    const AccessToken = await pool.tokenOf('settings-none')
    await refused(send(new SetUserSettingsCommand({ AccessToken, MFAOptions })), 'InvalidParameterException', /SMS_MFA/)
    const email = [{ DeliveryMedium: 'EMAIL' as const, AttributeName: 'email' }]
    await refused(
      send(new SetUserSettingsCommand({ AccessToken, MFAOptions: email })),
      'InvalidParameterException',
      'MFAOptions can only be SMS by phone_number.',
    )
  })

  test('do it', async () => {
    await pool.add('settings', { phone_number: '+12065550102' })
    await send(new SetUserSettingsCommand({ AccessToken: await pool.tokenOf('settings'), MFAOptions }))
    assert.deepEqual(await mfaOf('settings'), { UserMFASettingList: ['SMS_MFA'], MFAOptions })
    await send(new AdminSetUserSettingsCommand({ UserPoolId: pool.id, Username: 'settings', MFAOptions: [] }))
    assert.deepEqual(await mfaOf('settings'), {})
  })
})

describe('AssociateSoftwareToken and VerifySoftwareToken', () => {
  const mismatch = ['EnableSoftwareTokenMFAException', 'Code mismatch and fail enable Software Token MFA'] as const

  test('refuse the wrong type', async () => {
    await wrongType('AssociateSoftwareToken', { AccessToken: [] })
    await wrongType('VerifySoftwareToken', { AccessToken: 'x', UserCode: 123456 })
  })

  test('refuse the wrong value', async () => {
    await refused(
      send(new AssociateSoftwareTokenCommand({})),
      'InvalidParameterException',
      'Exactly one of AccessToken and Session must be given.',
    )
    await refused(
      send(new AssociateSoftwareTokenCommand({ Session: 'nonsense'.repeat(5) })),
      'NotAuthorizedException',
      'Invalid session for the user.',
    )
    await bare.add('app')
    const AccessToken = await bare.tokenOf('app')
    const off = [
      'SoftwareTokenMFANotFoundException',
      'Software Token MFA has not been enabled by the userPool',
    ] as const
    await refused(send(new AssociateSoftwareTokenCommand({ AccessToken })), ...off)
    await refused(send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: '123456' })), ...off)
    await pool.add('unassociated')
    const other = await pool.tokenOf('unassociated')
    await refused(
      send(new VerifySoftwareTokenCommand({ AccessToken: other, UserCode: '123456' })),
      'InvalidParameterException',
      'No software token has been associated with this account.',
    )
    for (const UserCode of ['12345', '1234567', ' 12345', '12345a'])
      await refused(
        send(new VerifySoftwareTokenCommand({ AccessToken: other, UserCode })),
        'InvalidParameterException',
        /validation error/,
      )
  })

  test('do it', async () => {
    await pool.add('grace')
    const AccessToken = await pool.tokenOf('grace')
    const { SecretCode = '', Session } = await send(new AssociateSoftwareTokenCommand({ AccessToken }))
    assert.match(SecretCode, /^[A-Z2-7]{52}$/)
    assert.equal(Session, undefined)
    const far = codeOf(SecretCode, 90_000)
    await refused(send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: far })), ...mismatch)
    const { Status } = await send(
      new VerifySoftwareTokenCommand({ AccessToken, UserCode: codeOf(SecretCode), FriendlyDeviceName: 'phone' }),
    )
    assert.equal(Status, 'SUCCESS')
    await prefer('grace', { SoftwareTokenMfaSettings: { Enabled: true } })
  })

  test('answer the token of a deleted user with what their models name', async () => {
    await pool.add('gone')
    const AccessToken = await pool.tokenOf('gone')
    await send(new AdminDeleteUserCommand({ UserPoolId: pool.id, Username: 'gone' }))
    const revoked = ['NotAuthorizedException', 'Access Token has been revoked'] as const
    await refused(send(new AssociateSoftwareTokenCommand({ AccessToken })), ...revoked)
    const verify = new VerifySoftwareTokenCommand({ AccessToken, UserCode: '000000' })
    await refused(send(verify), 'UserNotFoundException', 'User does not exist.')
  })

  test('the former app stays in force until the new one is proved', async () => {
    await pool.add('twice')
    const former = await setUp('twice')
    const AccessToken = await pool.tokenOf('twice')
    const { SecretCode } = await send(new AssociateSoftwareTokenCommand({ AccessToken }))
    assert.notEqual(SecretCode, former)
    await refused(send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: codeOf(former) })), ...mismatch)
    await send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: codeOf(SecretCode) }))
  })

  test('where MFA is required an app that was verified is on', async () => {
    await required.add('must')
    await setUp('must', required)
    assert.deepEqual(await mfaOf('must', required), { UserMFASettingList: ['SOFTWARE_TOKEN_MFA'] })
  })
})

describe('AdminDeleteSoftwareToken', () => {
  const remove = (Username: string) => send(new AdminDeleteSoftwareTokenCommand({ UserPoolId: pool.id, Username }))

  test('refuses the wrong type', () => refused(remove(7 as never), 'SerializationException'))

  test('refuses the wrong value', () => refused(remove('nobody'), 'UserNotFoundException', 'User does not exist.'))

  test('does it', async () => {
    await pool.add('removed', { phone_number: '+12065550103' })
    await setUp('removed')
    await prefer('removed', {
      SMSMfaSettings: { Enabled: true },
      SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true },
    })
    await remove('removed')
    const { MFAOptions, ...left } = await mfaOf('removed')
    assert.deepEqual(left, { UserMFASettingList: ['SMS_MFA'] })
    await refused(
      prefer('removed', { SoftwareTokenMfaSettings: { Enabled: true } }),
      'InvalidParameterException',
      'User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA',
    )
  })
})

describe('GetUserAuthFactors and AdminGetUserAuthFactors', () => {
  test('refuse the wrong type', async () => {
    await wrongType('GetUserAuthFactors', { AccessToken: 7 })
    await refused(
      send(new AdminGetUserAuthFactorsCommand({ UserPoolId: pool.id, Username: 7 as never })),
      'SerializationException',
    )
  })

  test('refuse the wrong value', async () => {
    await refused(
      send(new AdminGetUserAuthFactorsCommand({ UserPoolId: pool.id, Username: 'nobody' })),
      'UserNotFoundException',
      'User does not exist.',
    )
    await refused(send(new GetUserAuthFactorsCommand({ AccessToken: 'x' })), 'NotAuthorizedException')
  })

  test('do it', async () => {
    const choice = await makePool(server, {
      Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'SMS_OTP', 'WEB_AUTHN'] } },
    })
    await choice.add('ida', { email: 'ida@example.com' })
    const { $metadata, ...own } = await send(
      new GetUserAuthFactorsCommand({ AccessToken: await choice.tokenOf('ida') }),
    )
    assert.deepEqual(own, { Username: 'ida', ConfiguredUserAuthFactors: ['PASSWORD', 'EMAIL_OTP'] })
    const seen = await send(new AdminGetUserAuthFactorsCommand({ UserPoolId: choice.id, Username: 'ida' }))
    assert.deepEqual(seen.ConfiguredUserAuthFactors, own.ConfiguredUserAuthFactors)
  })
})
