/** Signing in with a second factor: asked, chosen, answered, set up; and without a password, by a code. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AdminInitiateAuthCommand,
  AdminRespondToAuthChallengeCommand,
  AdminSetUserMFAPreferenceCommand,
  type AdminSetUserMFAPreferenceCommandInput,
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  AssociateSoftwareTokenCommand,
  type ChallengeNameType,
  ConfirmSignUpCommand,
  type CreateUserPoolCommandInput,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  SetUserPoolMfaConfigCommand,
  type SetUserPoolMfaConfigCommandInput,
  SignUpCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { fromBase32 } from '../../src/protocols/base32.ts'
import { totp } from '../../src/protocols/totp.ts'
import { list, makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf, srpClient } from '../support/sign-in.ts'

const SmsConfiguration = { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms', ExternalId: 'x' }
const ownMail: Partial<CreateUserPoolCommandInput> = {
  EmailConfiguration: {
    EmailSendingAccount: 'DEVELOPER',
    SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/example.com',
  },
}
const flows = {
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_ADMIN_USER_PASSWORD_AUTH', 'ALLOW_USER_AUTH'].map(
    (flow) => flow as 'ALLOW_USER_AUTH',
  ),
}
const codesFirst = {
  Policies: {
    SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD' as const, 'EMAIL_OTP' as const, 'SMS_OTP' as const] },
  },
}
const all: Partial<SetUserPoolMfaConfigCommandInput> = {
  SoftwareTokenMfaConfiguration: { Enabled: true },
  EmailMfaConfiguration: { Message: 'Mail code {####}', Subject: 'Mail code' },
}

let server: TestServer
let optional: TestPool
let required: TestPool
let choice: TestPool
let hidingClient: string

before(async () => {
  server = await startTestServer()
  optional = await makePool(server, { ...ownMail, SmsConfiguration }, flows)
  required = await makePool(server, { ...ownMail, SmsConfiguration }, flows)
  choice = await makePool(server, codesFirst, flows)
  hidingClient = await choice.addClient({ ...flows, PreventUserExistenceErrors: 'ENABLED' })
  await configure(optional, { MfaConfiguration: 'OPTIONAL', ...all })
  await configure(required, { MfaConfiguration: 'ON', ...all })
})
after(() => server.close())

const send: TestServer['clients']['idp']['send'] = ((command: never) => server.clients.idp.send(command)) as never

const configure = (of: TestPool, input: Partial<SetUserPoolMfaConfigCommandInput>) =>
  send(new SetUserPoolMfaConfigCommand({ UserPoolId: of.id, ...input }))
const prefer = (Username: string, input: Partial<AdminSetUserMFAPreferenceCommandInput>, of = optional) =>
  send(new AdminSetUserMFAPreferenceCommand({ UserPoolId: of.id, Username, ...input }))
type Text = Record<string, string>
const signIn = (USERNAME: string, of = optional) =>
  send(
    new InitiateAuthCommand({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: of.clientId,
      AuthParameters: { USERNAME, PASSWORD: password },
    }),
  )
const choose = (USERNAME: string, more: Text = {}, ClientId = choice.clientId) =>
  send(new InitiateAuthCommand({ AuthFlow: 'USER_AUTH', ClientId, AuthParameters: { USERNAME, ...more } }))
type Asked = { Session?: string | undefined }
const answer = (
  ChallengeName: ChallengeNameType,
  { Session }: Asked,
  ChallengeResponses: Text,
  ClientId = optional.clientId,
) => send(new RespondToAuthChallengeCommand({ ClientId, ChallengeName, Session, ChallengeResponses }))
const codeOf = (secret: string | undefined) => totp(fromBase32(secret ?? '') ?? Buffer.alloc(0), server.world.now())
const associate = async (username: string, of = optional) => {
  const AccessToken = await of.tokenOf(username)
  const { SecretCode } = await send(new AssociateSoftwareTokenCommand({ AccessToken }))
  await send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: codeOf(SecretCode), FriendlyDeviceName: 'phone' }))
  server.world.clock.advance(30_000)
  return SecretCode
}
const wrong = (code: string) => code.replace(/./g, (digit) => String((Number(digit) + 5) % 10))

describe('a sign-in with MFA', () => {
  test('asks nobody who has nothing switched on', async () => {
    await optional.add('none', { phone_number: '+12065550100' })
    assert.ok((await signIn('none')).AuthenticationResult)
  })

  test('by SMS sends a code and takes it', async () => {
    await optional.add('sms', { phone_number: '+12065550101' })
    await prefer('sms', { SMSMfaSettings: { Enabled: true } })
    const asked = await signIn('sms')
    assert.equal(asked.ChallengeName, 'SMS_MFA')
    assert.deepEqual(asked.ChallengeParameters, {
      CODE_DELIVERY_DELIVERY_MEDIUM: 'SMS',
      CODE_DELIVERY_DESTINATION: '+*******0101',
      USER_ID_FOR_SRP: 'sms',
    })
    assert.equal(asked.AuthenticationResult, undefined)
    const code = server.world.codeSentTo('+12065550101')
    assert.match(code, /^\d{6}$/)
    const mismatch = ['CodeMismatchException', 'Invalid code or auth state for the user.'] as const
    await refused(answer('SMS_MFA', asked, { USERNAME: 'sms', SMS_MFA_CODE: wrong(code) }), ...mismatch)
    const done = await answer('SMS_MFA', asked, { USERNAME: 'sms', SMS_MFA_CODE: code })
    assert.ok(done.AuthenticationResult?.RefreshToken)
    assert.equal((await optional.look('sms')).attributes['phone_number_verified'], 'true')
  })

  test('by e-mail sends the pool’s own words', async () => {
    await optional.add('mail', { email: 'mail@example.com' })
    await prefer('mail', { EmailMfaSettings: { Enabled: true, PreferredMfa: true } })
    const asked = await signIn('mail')
    assert.equal(asked.ChallengeName, 'EMAIL_OTP')
    assert.equal(asked.ChallengeParameters?.['CODE_DELIVERY_DESTINATION'], 'm***@e***')
    const sent = server.world.outbox.findLast(({ to }) => to === 'mail@example.com')
    assert.deepEqual([sent?.subject, sent?.body], ['Mail code', `Mail code ${sent?.code}`])
    const responses = { USERNAME: 'mail', EMAIL_OTP_CODE: sent?.code ?? '' }
    assert.ok((await answer('EMAIL_OTP', asked, responses)).AuthenticationResult)
  })

  test('by an app takes its code', async () => {
    await optional.add('app')
    const secret = await associate('app')
    await prefer('app', { SoftwareTokenMfaSettings: { Enabled: true } })
    const asked = await signIn('app')
    assert.equal(asked.ChallengeName, 'SOFTWARE_TOKEN_MFA')
    assert.deepEqual(asked.ChallengeParameters, { USER_ID_FOR_SRP: 'app', FRIENDLY_DEVICE_NAME: 'phone' })
    const code = codeOf(secret)
    await refused(
      answer('SOFTWARE_TOKEN_MFA', asked, { USERNAME: 'app', SOFTWARE_TOKEN_MFA_CODE: wrong(code) }),
      'CodeMismatchException',
      'Invalid code received for user',
    )
    const done = await answer('SOFTWARE_TOKEN_MFA', asked, { USERNAME: 'app', SOFTWARE_TOKEN_MFA_CODE: code })
    assert.equal(claimsOf(done.AuthenticationResult?.AccessToken)['username'], 'app')
  })

  test('lets one choose among several', async () => {
    await optional.add('many', { phone_number: '+12065550102' })
    const secret = await associate('many')
    await prefer('many', { SMSMfaSettings: { Enabled: true }, SoftwareTokenMfaSettings: { Enabled: true } })
    const asked = await signIn('many')
    assert.equal(asked.ChallengeName, 'SELECT_MFA_TYPE')
    assert.equal(asked.ChallengeParameters?.['MFAS_CAN_CHOOSE'], '["SMS_MFA","SOFTWARE_TOKEN_MFA"]')
    await refused(
      answer('SELECT_MFA_TYPE', asked, { USERNAME: 'many', ANSWER: 'EMAIL_OTP' }),
      'InvalidParameterException',
    )
    const chosen = await answer('SELECT_MFA_TYPE', asked, { USERNAME: 'many', ANSWER: 'SOFTWARE_TOKEN_MFA' })
    assert.equal(chosen.ChallengeName, 'SOFTWARE_TOKEN_MFA')
    const responses = { USERNAME: 'many', SOFTWARE_TOKEN_MFA_CODE: codeOf(secret) }
    assert.ok((await answer('SOFTWARE_TOKEN_MFA', chosen, responses)).AuthenticationResult)
  })

  test('is the same for administrators', async () => {
    await optional.add('admin', { phone_number: '+12065550103' })
    await prefer('admin', { SMSMfaSettings: { Enabled: true } })
    const common = { UserPoolId: optional.id, ClientId: optional.clientId }
    const AuthParameters = { USERNAME: 'admin', PASSWORD: password }
    const asked = await send(
      new AdminInitiateAuthCommand({ ...common, AuthFlow: 'ADMIN_USER_PASSWORD_AUTH', AuthParameters }),
    )
    const ChallengeResponses = { USERNAME: 'admin', SMS_MFA_CODE: server.world.codeSentTo('+12065550103') }
    await refused(answer('SMS_MFA', asked, ChallengeResponses), 'NotAuthorizedException')
    const done = await send(
      new AdminRespondToAuthChallengeCommand({
        ...{ ...common, ChallengeName: 'SMS_MFA', Session: asked.Session, ChallengeResponses },
      }),
    )
    assert.ok(done.AuthenticationResult)
  })
})

describe('MFA_SETUP', () => {
  test('sets an app up in the middle of a sign-in', async () => {
    await required.add('new')
    const asked = await signIn('new', required)
    assert.equal(asked.ChallengeName, 'MFA_SETUP')
    assert.deepEqual(asked.ChallengeParameters, {
      MFAS_CAN_SETUP: '["SMS_MFA","SOFTWARE_TOKEN_MFA","EMAIL_OTP"]',
      USER_ID_FOR_SRP: 'new',
    })
    const { SecretCode, Session } = await send(new AssociateSoftwareTokenCommand({ Session: asked.Session }))
    const first = codeOf(SecretCode)
    await refused(
      send(new VerifySoftwareTokenCommand({ Session, UserCode: wrong(first) })),
      'EnableSoftwareTokenMFAException',
    )
    const verified = await send(new VerifySoftwareTokenCommand({ Session, UserCode: first }))
    assert.equal(verified.Status, 'SUCCESS')
    const done = await answer('MFA_SETUP', verified, { USERNAME: 'new' }, required.clientId)
    assert.ok(done.AuthenticationResult)
    assert.equal((await signIn('new', required)).ChallengeName, 'SOFTWARE_TOKEN_MFA')
  })

  test('takes an e-mail address and proves it', async () => {
    await required.add('address')
    const asked = await signIn('address', required)
    const responses = { USERNAME: 'address', EMAIL: 'address@example.com' }
    const sent = await answer('MFA_SETUP', asked, responses, required.clientId)
    assert.equal(sent.ChallengeName, 'EMAIL_OTP')
    assert.equal((await required.look('address')).attributes['email'], undefined)
    const EMAIL_OTP_CODE = server.world.codeSentTo('address@example.com')
    const done = await answer('EMAIL_OTP', sent, { USERNAME: 'address', EMAIL_OTP_CODE }, required.clientId)
    assert.ok(done.AuthenticationResult)
    const { email, email_verified } = (await required.look('address')).attributes
    assert.deepEqual([email, email_verified], ['address@example.com', 'true'])
    assert.equal((await signIn('address', required)).ChallengeName, 'EMAIL_OTP')
  })

  test('comes after a new password', async () => {
    const of = required
    const Username = 'invited'
    await of.add(Username)
    await send(new AdminSetUserPasswordCommand({ UserPoolId: of.id, Username, Password: password, Permanent: false }))
    const asked = await signIn(Username, of)
    assert.equal(asked.ChallengeName, 'NEW_PASSWORD_REQUIRED')
    const next = await answer(
      'NEW_PASSWORD_REQUIRED',
      asked,
      { USERNAME: Username, NEW_PASSWORD: `${password}2` },
      of.clientId,
    )
    assert.equal(next.ChallengeName, 'MFA_SETUP')
  })

  test('is refused where nothing can be set up', async () => {
    const onlySms = await makePool(server, { SmsConfiguration, MfaConfiguration: 'ON' }, flows)
    await onlySms.add('stuck')
    await refused(signIn('stuck', onlySms), 'MFAMethodNotFoundException')
    await send(
      new AdminUpdateUserAttributesCommand({
        ...{ UserPoolId: onlySms.id, Username: 'stuck' },
        UserAttributes: list({ phone_number: '+12065550104' }),
      }),
    )
    assert.equal((await signIn('stuck', onlySms)).ChallengeName, 'SMS_MFA')
  })
})

describe('USER_AUTH', () => {
  test('offers what the user has', async () => {
    await choice.add('ann', { email: 'ann@example.com' })
    const asked = await choose('ann')
    assert.equal(asked.ChallengeName, 'SELECT_CHALLENGE')
    assert.deepEqual(asked.AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD', 'EMAIL_OTP'])
    assert.deepEqual((await choose('ann', { PREFERRED_CHALLENGE: 'SMS_OTP' })).ChallengeName, 'SELECT_CHALLENGE')
    await refused(choose('nobody'), 'UserNotFoundException', 'User does not exist.')
    const closed = await choice.addClient({ ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] })
    await refused(choose('ann', {}, closed), 'InvalidParameterException', 'USER_AUTH flow not enabled for this client')
  })

  test('signs in by a code of eight digits, which confirms who signed up and verifies the address', async () => {
    const email = 'ben@example.com'
    await send(
      new SignUpCommand({
        ...{ ClientId: choice.clientId, Username: 'ben', Password: password },
        UserAttributes: list({ email }),
      }),
    )
    assert.equal((await choice.look('ben')).status, 'UNCONFIRMED')
    const asked = await choose('ben', { PREFERRED_CHALLENGE: 'EMAIL_OTP' })
    assert.equal(asked.ChallengeName, 'EMAIL_OTP')
    assert.deepEqual(asked.AvailableChallenges, ['EMAIL_OTP'])
    assert.deepEqual(asked.ChallengeParameters, {
      CODE_DELIVERY_DELIVERY_MEDIUM: 'EMAIL',
      CODE_DELIVERY_DESTINATION: 'b***@e***',
    })
    const code = server.world.codeSentTo(email)
    assert.match(code, /^\d{8}$/)
    await refused(
      answer('EMAIL_OTP', asked, { USERNAME: 'ben', EMAIL_OTP_CODE: wrong(code) }, choice.clientId),
      'CodeMismatchException',
      'Invalid code or auth state for the user.',
    )
    const done = await answer('EMAIL_OTP', asked, { USERNAME: 'ben', EMAIL_OTP_CODE: code }, choice.clientId)
    assert.equal(claimsOf(done.AuthenticationResult?.IdToken)['email_verified'], true)
    assert.equal((await choice.look('ben')).status, 'CONFIRMED')
  })

  test('signs in by SMS, chosen from the list', async () => {
    await choice.add('cal', { phone_number: '+12065550105' })
    const offered = await choose('cal')
    const responses = { USERNAME: 'cal', ANSWER: 'SMS_OTP' }
    const asked = await answer('SELECT_CHALLENGE', offered, responses, choice.clientId)
    assert.equal(asked.ChallengeName, 'SMS_OTP')
    const SMS_OTP_CODE = server.world.codeSentTo('+12065550105')
    assert.ok((await answer('SMS_OTP', asked, { USERNAME: 'cal', SMS_OTP_CODE }, choice.clientId)).AuthenticationResult)
  })

  test('signs in by the password: preferred, chosen, or answered at once', async () => {
    await choice.add('dan')
    const PASSWORD = password
    assert.ok((await choose('dan', { PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD })).AuthenticationResult)
    const USERNAME = 'dan'
    const through = choice.clientId
    const chosen = { USERNAME, ANSWER: 'PASSWORD', PASSWORD }
    assert.ok((await answer('SELECT_CHALLENGE', await choose('dan'), chosen, through)).AuthenticationResult)
    assert.ok((await answer('PASSWORD', await choose('dan'), { USERNAME, PASSWORD }, through)).AuthenticationResult)
    await refused(
      choose('dan', { PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: `${password}x` }),
      'NotAuthorizedException',
      'Incorrect username or password.',
    )
  })

  test('signs in by SRP: preferred or answered at once', async () => {
    await choice.add('eve')
    for (const begin of [
      (SRP_A: string) => choose('eve', { PREFERRED_CHALLENGE: 'PASSWORD_SRP', SRP_A }),
      async (SRP_A: string) => answer('PASSWORD_SRP', await choose('eve'), { USERNAME: 'eve', SRP_A }, choice.clientId),
    ]) {
      const client = srpClient(choice.id)
      const asked = await begin(client.A)
      assert.equal(asked.ChallengeName, 'PASSWORD_VERIFIER')
      const responses = client.answer(asked.ChallengeParameters, password, server.world.now())
      const done = await answer('PASSWORD_VERIFIER', asked, responses, choice.clientId)
      assert.ok(done.AuthenticationResult)
    }
  })

  test('looks the same for a name that nobody has, where clients hide who exists (case 36)', async () => {
    const begun = { PREFERRED_CHALLENGE: 'EMAIL_OTP' }
    const before = server.world.outbox.length
    const asked = await choose('nobody', begun, hidingClient)
    assert.equal(asked.ChallengeName, 'EMAIL_OTP')
    assert.match(asked.ChallengeParameters?.['CODE_DELIVERY_DESTINATION'] ?? '', /^\w\*\*\*@\w\*\*\*$/)
    assert.deepEqual(asked.ChallengeParameters, (await choose('nobody', begun, hidingClient)).ChallengeParameters)
    assert.equal(server.world.outbox.length, before)
    await refused(
      answer(
        'EMAIL_OTP',
        await choose('nobody', begun, hidingClient),
        { USERNAME: 'nobody', EMAIL_OTP_CODE: '12345678' },
        hidingClient,
      ),
      'CodeMismatchException',
      'Invalid code or auth state for the user.',
    )
    const offered = await choose('nobody', {}, hidingClient)
    assert.equal(offered.ChallengeName, 'SELECT_CHALLENGE')
    const withPassword = { USERNAME: 'nobody', ANSWER: 'PASSWORD', PASSWORD: password }
    await refused(
      answer('SELECT_CHALLENGE', offered, withPassword, hidingClient),
      'NotAuthorizedException',
      'Incorrect username or password.',
    )
  })

  test('leaves only passwords to who has a second factor', async () => {
    const pool = await makePool(server, { ...codesFirst, SmsConfiguration }, flows)
    await configure(pool, { MfaConfiguration: 'OPTIONAL', SoftwareTokenMfaConfiguration: { Enabled: true } })
    await pool.add('fay', { email: 'fay@example.com', phone_number: '+12065550106' })
    const offered = async () => (await choose('fay', {}, pool.clientId)).AvailableChallenges
    assert.deepEqual(await offered(), ['PASSWORD_SRP', 'PASSWORD', 'EMAIL_OTP', 'SMS_OTP'])
    await prefer('fay', { SMSMfaSettings: { Enabled: true } }, pool)
    assert.deepEqual(await offered(), ['PASSWORD_SRP', 'PASSWORD'])
    const next = await choose('fay', { PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: password }, pool.clientId)
    assert.equal(next.ChallengeName, 'SMS_MFA')
  })
})

describe('the first sign-in after a sign-up', () => {
  const signUp = async (Username: string, of: TestPool, ClientId = of.clientId) => {
    const email = `${Username}@example.com`
    const { Session } = await send(
      new SignUpCommand({ ClientId, Username, Password: password, UserAttributes: list({ email }) }),
    )
    return { Session, code: server.world.codeSentTo(email) }
  }
  const confirm = (Username: string, ConfirmationCode: string, Session: string | undefined, of: TestPool) =>
    send(new ConfirmSignUpCommand({ ClientId: of.clientId, Username, ConfirmationCode, ...(Session && { Session }) }))
  const begin = (Session: string | undefined, ClientId: string) =>
    send(new InitiateAuthCommand({ AuthFlow: 'USER_AUTH', ClientId, ...(Session && { Session }) }))
  const automatic = { AutoVerifiedAttributes: ['email' as const] }

  test('needs nothing but the Session of the confirmation, once', async () => {
    const pool = await makePool(server, { ...codesFirst, ...automatic }, flows)
    const { Session, code } = await signUp('auto', pool)
    await refused(begin(Session, pool.clientId), 'NotAuthorizedException', 'Invalid session for the user.')
    const confirmed = await confirm('auto', code, Session, pool)
    const foreign = await pool.addClient(flows)
    await refused(begin(confirmed.Session, foreign), 'NotAuthorizedException', 'Invalid session for the user.')
    const done = await begin(confirmed.Session, pool.clientId)
    assert.equal(claimsOf(done.AuthenticationResult?.IdToken)['cognito:username'], 'auto')
    await refused(
      begin(confirmed.Session, pool.clientId),
      'NotAuthorizedException',
      'Invalid session for the user, session can only be used once.',
    )
  })

  test('asks whoever may not begin with a code to that address', async () => {
    const pool = await makePool(server, automatic, flows)
    const { Session, code } = await signUp('asked', pool)
    const confirmed = await confirm('asked', code, Session, pool)
    const asked = await begin(confirmed.Session, pool.clientId)
    assert.equal(asked.ChallengeName, 'SELECT_CHALLENGE')
    assert.deepEqual(asked.AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD'])
  })

  test('is not for the Session of somebody else, or one that came too late; the confirmation stands', async () => {
    const pool = await makePool(server, { ...codesFirst, ...automatic }, flows)
    const one = await signUp('one', pool)
    const two = await signUp('two', pool)
    assert.equal((await confirm('two', two.code, one.Session, pool)).Session, undefined)
    server.world.clock.advance(3 * 60_000)
    assert.equal((await confirm('one', one.code, one.Session, pool)).Session, undefined)
    assert.equal((await pool.look('one')).status, 'CONFIRMED')
  })

  test('is not offered to clients that cannot choose', async () => {
    const pool = await makePool(server, automatic)
    assert.equal((await signUp('plain', pool)).Session, undefined)
    await refused(begin(undefined, choice.clientId), 'InvalidParameterException', 'Missing required parameter USERNAME')
  })
})
