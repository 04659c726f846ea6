/** Attacks on second factors and one-time codes: guessing, replay, races, going around them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AdminSetUserMFAPreferenceCommand,
  AssociateSoftwareTokenCommand,
  type ChallengeNameType,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  SetUserPoolMfaConfigCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { fromBase32 } from '../../src/protocols/base32.ts'
import { totp } from '../../src/protocols/totp.ts'
import { sql } from '../../src/store/db.ts'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const SmsConfiguration = { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms', ExternalId: 'x' }
const client = { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH' as const, 'ALLOW_USER_AUTH' as const] }
const codesFirst = {
  Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD' as const, 'EMAIL_OTP' as const] } },
}

let server: TestServer
let pool: TestPool
let strict: TestPool
let choice: TestPool

before(async () => {
  server = await startTestServer()
  server.world.clock.stand()
  pool = await makePool(server, { SmsConfiguration }, client)
  strict = await makePool(server, {}, client)
  choice = await makePool(server, codesFirst, client)
  const SoftwareTokenMfaConfiguration = { Enabled: true }
  for (const [of, MfaConfiguration] of [
    [pool, 'OPTIONAL'],
    [strict, 'ON'],
  ] as const) {
    await send(new SetUserPoolMfaConfigCommand({ UserPoolId: of.id, MfaConfiguration, SoftwareTokenMfaConfiguration }))
  }
})
after(() => server.close())

const send: TestServer['clients']['idp']['send'] = ((command: never) => server.clients.idp.send(command)) as never
const signIn = (USERNAME: string, of = pool, ClientId = of.clientId) =>
  send(
    new InitiateAuthCommand({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId,
      AuthParameters: { USERNAME, PASSWORD: password },
    }),
  )
const answer = (
  ChallengeName: ChallengeNameType,
  Session: string | undefined,
  ChallengeResponses: Record<string, string>,
  ClientId = pool.clientId,
) => send(new RespondToAuthChallengeCommand({ ClientId, ChallengeName, Session, ChallengeResponses }))
const app = (USERNAME: string, Session: string | undefined, SOFTWARE_TOKEN_MFA_CODE: string) =>
  answer('SOFTWARE_TOKEN_MFA', Session, { USERNAME, SOFTWARE_TOKEN_MFA_CODE })
const codeOf = (secret: string) => totp(fromBase32(secret) ?? Buffer.alloc(0), server.world.now())
/** Another code of the same length. */
const wrong = (code: string) => code.replace(/./g, (digit) => String((Number(digit) + 5) % 10))

async function withApp(Username: string): Promise<string> {
  await pool.add(Username)
  const AccessToken = await pool.tokenOf(Username)
  const { SecretCode = '' } = await send(new AssociateSoftwareTokenCommand({ AccessToken }))
  await send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: codeOf(SecretCode) }))
  const SoftwareTokenMfaSettings = { Enabled: true, PreferredMfa: true }
  await send(new AdminSetUserMFAPreferenceCommand({ UserPoolId: pool.id, Username, SoftwareTokenMfaSettings }))
  return SecretCode
}

const used = ['ExpiredCodeException', 'Your software token has already been used once.'] as const

test('case 48: wrong codes of an app lock the user out, through however many sign-ins they come', async () => {
  const secret = await withApp('guess')
  server.world.clock.advance(30_000)
  for (let n = 0; n < 5; n += 1) {
    const { Session } = await signIn('guess')
    await refused(app('guess', Session, wrong(codeOf(secret))), 'CodeMismatchException')
  }
  await refused(signIn('guess'), 'NotAuthorizedException', 'Password attempts exceeded')
  server.world.clock.advance(2_000)
  const { Session } = await signIn('guess')
  assert.ok((await app('guess', Session, codeOf(secret))).AuthenticationResult)
})

test('case 48: wrong codes in parallel get no further than wrong codes in a row', async () => {
  const secret = await withApp('parallel')
  server.world.clock.advance(30_000)
  const sessions = await Promise.all(Array.from({ length: 12 }, async () => (await signIn('parallel')).Session))
  const outcomes = await Promise.allSettled(sessions.map((Session) => app('parallel', Session, wrong(codeOf(secret)))))
  const names = outcomes.map((outcome) => (outcome.status === 'rejected' ? outcome.reason.name : 'in'))
  assert.equal(names.includes('in'), false)
  assert.equal(names.filter((name) => name === 'CodeMismatchException').length, 5)
})

test('case 48: a code sent to begin a sign-in dies at the fifth wrong try, and the user is locked out', async () => {
  const email = 'first@example.com'
  await choice.add('first', { email })
  const ask = () =>
    send(
      new InitiateAuthCommand({
        AuthFlow: 'USER_AUTH',
        ClientId: choice.clientId,
        AuthParameters: { USERNAME: 'first', PREFERRED_CHALLENGE: 'EMAIL_OTP' },
      }),
    )
  const { Session } = await ask()
  const code = server.world.codeSentTo(email)
  const take = (given: string) =>
    answer('EMAIL_OTP', Session, { USERNAME: 'first', EMAIL_OTP_CODE: given }, choice.clientId)
  for (let n = 0; n < 5; n += 1) await refused(take(wrong(code)), 'CodeMismatchException')
  await refused(take(code), 'NotAuthorizedException', 'Password attempts exceeded')
  server.world.clock.advance(2_000)
  await refused(take(code), 'ExpiredCodeException')
})

test('case 48: whoever has a password cannot have SMS without end sent by it', async () => {
  const sms = await makePool(server, { SmsConfiguration }, client)
  await send(new SetUserPoolMfaConfigCommand({ UserPoolId: sms.id, MfaConfiguration: 'ON' }))
  await sms.add('dear', { phone_number: '+12065550188' })
  for (let n = 0; n < 30; n += 1) assert.equal((await signIn('dear', sms)).ChallengeName, 'SMS_MFA')
  await refused(signIn('dear', sms), 'LimitExceededException', 'Attempt limit exceeded, please try after some time.')
})

test('case 48: nobody can have more than a few dozen codes an hour sent to another', async () => {
  await choice.add('flooded', { email: 'flooded@example.com' })
  const ask = () =>
    send(
      new InitiateAuthCommand({
        AuthFlow: 'USER_AUTH',
        ClientId: choice.clientId,
        AuthParameters: { USERNAME: 'flooded', PREFERRED_CHALLENGE: 'EMAIL_OTP' },
      }),
    )
  for (let n = 0; n < 30; n += 1) await ask()
  await refused(ask(), 'LimitExceededException', 'Attempt limit exceeded, please try after some time.')
})

test('case 48: a code dies with its challenge', async () => {
  const email = 'late@example.com'
  await choice.add('late', { email })
  const asked = await send(
    new InitiateAuthCommand({
      AuthFlow: 'USER_AUTH',
      ClientId: choice.clientId,
      AuthParameters: { USERNAME: 'late', PREFERRED_CHALLENGE: 'EMAIL_OTP' },
    }),
  )
  const EMAIL_OTP_CODE = server.world.codeSentTo(email)
  server.world.clock.advance(3 * 60_000)
  await refused(
    answer('EMAIL_OTP', asked.Session, { USERNAME: 'late', EMAIL_OTP_CODE }, choice.clientId),
    'NotAuthorizedException',
    'Invalid session for the user, session is expired.',
  )
})

test('case 49: a code of an app is taken once, within its window and across sign-ins', async () => {
  const secret = await withApp('replay')
  const setUp = codeOf(secret)
  const begin = async () => (await signIn('replay')).Session
  await refused(app('replay', await begin(), setUp), ...used)
  server.world.clock.advance(30_000)
  const code = codeOf(secret)
  assert.ok((await app('replay', await begin(), code)).AuthenticationResult)
  await refused(app('replay', await begin(), code), ...used)
  // The code before it is in the window still, and as used as it is.
  await refused(app('replay', await begin(), setUp), ...used)
})

test('case 49: a padded or spaced code is refused', async () => {
  const secret = await withApp('padded')
  server.world.clock.advance(30_000)
  const code = codeOf(secret)
  const { Session } = await signIn('padded')
  for (const given of [`0${code}`, `${code}0`, ` ${code}`, `${code} `]) {
    await refused(app('padded', Session, given), 'CodeMismatchException')
  }
  assert.ok((await app('padded', Session, code)).AuthenticationResult)
})

test('case 50: of many who bring the same code at the same time, one gets in', async () => {
  const secret = await withApp('race')
  server.world.clock.advance(30_000)
  const sessions = await Promise.all(Array.from({ length: 10 }, async () => (await signIn('race')).Session))
  const code = codeOf(secret)
  const outcomes = await Promise.allSettled(sessions.map((Session) => app('race', Session, code)))
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('case 50: one sent code serves one of two sign-ins', async () => {
  await pool.add('sent', { phone_number: '+12065550107' })
  await send(
    new AdminSetUserMFAPreferenceCommand({
      ...{ UserPoolId: pool.id, Username: 'sent' },
      SMSMfaSettings: { Enabled: true },
    }),
  )
  const [one, two] = [await signIn('sent'), await signIn('sent')]
  const responses = { USERNAME: 'sent', SMS_MFA_CODE: server.world.codeSentTo('+12065550107') }
  const outcomes = await Promise.allSettled([one, two].map(({ Session }) => answer('SMS_MFA', Session, responses)))
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('case 51: the Session of one step of a set-up serves for no other, and each once', async () => {
  await strict.add('steps')
  const { Session: first } = await signIn('steps', strict)
  const finish = (Session: string | undefined) => answer('MFA_SETUP', Session, { USERNAME: 'steps' }, strict.clientId)
  const foreign = ['NotAuthorizedException', 'Invalid session for the user.'] as const
  const once = ['NotAuthorizedException', 'Invalid session for the user, session can only be used once.'] as const
  await refused(finish(first), ...foreign)
  await refused(send(new VerifySoftwareTokenCommand({ Session: first, UserCode: '123456' })), ...foreign)
  const { Session: second, SecretCode = '' } = await send(new AssociateSoftwareTokenCommand({ Session: first }))
  await refused(send(new AssociateSoftwareTokenCommand({ Session: first })), ...once)
  await refused(finish(second), ...foreign)
  const UserCode = codeOf(SecretCode)
  const { Session: third } = await send(new VerifySoftwareTokenCommand({ Session: second, UserCode }))
  await refused(send(new VerifySoftwareTokenCommand({ Session: second, UserCode })), 'NotAuthorizedException')
  await refused(answer('MFA_SETUP', third, { USERNAME: 'steps' }, await strict.addClient(client)), ...foreign)
  assert.ok((await finish(third)).AuthenticationResult)
  await refused(finish(third), ...once)
})

test('case 51: a set-up begun with the password alone cannot replace an app set up since', async () => {
  await strict.add('taken')
  const attacker = await signIn('taken', strict)
  const owner = await signIn('taken', strict)
  const theirs = await send(new AssociateSoftwareTokenCommand({ Session: attacker.Session }))
  const own = await send(new AssociateSoftwareTokenCommand({ Session: owner.Session }))
  await send(new VerifySoftwareTokenCommand({ Session: own.Session, UserCode: codeOf(own.SecretCode ?? '') }))
  await refused(
    send(new VerifySoftwareTokenCommand({ Session: theirs.Session, UserCode: codeOf(theirs.SecretCode ?? '') })),
    'NotAuthorizedException',
    'Invalid session for the user.',
  )
})

test('case 52: the Session of a second factor serves neither another user, nor another client, nor another challenge', async () => {
  const secret = await withApp('mine')
  await withApp('yours')
  server.world.clock.advance(30_000)
  const { Session } = await signIn('mine')
  const code = codeOf(secret)
  await refused(app('yours', Session, code), 'NotAuthorizedException')
  const elsewhere = await pool.addClient(client)
  const responses = { USERNAME: 'mine', SOFTWARE_TOKEN_MFA_CODE: code }
  await refused(answer('SOFTWARE_TOKEN_MFA', Session, responses, elsewhere), 'NotAuthorizedException')
  await refused(answer('SMS_MFA', Session, { USERNAME: 'mine', SMS_MFA_CODE: code }), 'NotAuthorizedException')
  assert.ok((await app('mine', Session, code)).AuthenticationResult)
})

test('case 45: the seed of an app is nowhere in the database', async () => {
  const secret = await withApp('sealed')
  const rows = await server.world.db.all<Record<string, unknown>>(sql`select * from software_tokens`)
  const seed = fromBase32(secret) ?? assert.fail('no seed')
  const kept = JSON.stringify(rows)
  for (const form of [secret, seed.toString('hex'), seed.toString('base64'), seed.toString('base64url')])
    assert.equal(kept.includes(form), false)
})
