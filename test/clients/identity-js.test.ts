/** amazon-cognito-identity-js: what other tests of it leave (SRP, new passwords, custom challenges, devices are with their features). */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SetUserPoolMfaConfigCommand } from '@aws-sdk/client-cognito-identity-provider'
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserAttribute,
  CognitoUserPool,
  type CognitoUserSession,
} from 'amazon-cognito-identity-js'
import { fromBase32 } from '../../src/protocols/base32.ts'
import { totp } from '../../src/protocols/totp.ts'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: TestPool
let Pool: CognitoUserPool
before(async () => {
  server = await startTestServer()
  pool = await makePool(server, {
    AutoVerifiedAttributes: ['email'],
    SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms', ExternalId: 'x' },
  })
  const SoftwareTokenMfaConfiguration = { Enabled: true }
  const SmsMfaConfiguration = { SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms' } }
  const mfa = { UserPoolId: pool.id, SoftwareTokenMfaConfiguration, SmsMfaConfiguration }
  await server.clients.idp.send(new SetUserPoolMfaConfigCommand({ ...mfa, MfaConfiguration: 'OPTIONAL' }))
  Pool = new CognitoUserPool({ UserPoolId: pool.id, ClientId: pool.clientId, endpoint: server.endpoint })
})
after(() => server.close())

const userOf = (Username: string) => new CognitoUser({ Username, Pool })
/** The library's way to answer: an error, or what was asked for. */
const asked = <Result>(ask: (done: (error?: Error | null, result?: Result) => void) => void): Promise<Result> =>
  new Promise((resolve, reject) => ask((error, result) => (error ? reject(error) : resolve(result as Result))))
const told = <Result>(ask: (to: { onSuccess(result: Result): void; onFailure(error: Error): void }) => void) =>
  new Promise<Result>((onSuccess, onFailure) => ask({ onSuccess, onFailure }))

type Question = { readonly challenge: string }
const questions = ['mfaRequired', 'totpRequired', 'selectMFAType', 'mfaSetup'] as const

/** Signed in, or the question that the library was asked. */
const enter = (user: CognitoUser, Password = password): Promise<CognitoUserSession | Question> =>
  new Promise((onSuccess, onFailure) => {
    const ask = Object.fromEntries(
      questions.map((name) => [name, (challenge: string) => onSuccess({ challenge: String(challenge) })]),
    )
    const details = new AuthenticationDetails({ Username: user.getUsername(), Password })
    user.authenticateUser(details, { onSuccess, onFailure, ...ask })
  })
async function signIn(Username: string, Password = password): Promise<CognitoUser> {
  const user = userOf(Username)
  const entered = await enter(user, Password)
  assert.ok('isValid' in entered && entered.isValid())
  return user
}

test('signs up, confirms, and is sent a code anew', async () => {
  const email = new CognitoUserAttribute({ Name: 'email', Value: 'new@example.com' })
  await asked((done) => Pool.signUp('new', password, [email], [], done))
  await refused(enter(userOf('new')), 'UserNotConfirmedException')
  await asked((done) => userOf('new').resendConfirmationCode(done))
  const confirm = (code: string) => asked((done) => userOf('new').confirmRegistration(code, false, done))
  await refused(confirm('000000'), 'CodeMismatchException')
  await confirm(server.world.codeSentTo('new@example.com'))
  await signIn('new')
})

test('changes a password, and sets a forgotten one', async () => {
  await pool.add('pat', { email: 'pat@example.com', email_verified: 'true' })
  const user = await signIn('pat')
  await asked((done) => user.changePassword(password, 'An0ther-Passw0rd', done))
  await new Promise<unknown>((inputVerificationCode, onFailure) =>
    userOf('pat').forgotPassword({ onSuccess() {}, onFailure, inputVerificationCode }),
  )
  const code = server.world.codeSentTo('pat@example.com')
  await told((to) =>
    userOf('pat').confirmPassword(code, 'Third-Passw0rd1', { ...to, onSuccess: () => to.onSuccess('') }),
  )
  await refused(enter(userOf('pat'), 'An0ther-Passw0rd'), 'NotAuthorizedException')
  await signIn('pat', 'Third-Passw0rd1')
})

test('reads, changes, verifies and deletes attributes, and deletes the user', async () => {
  await pool.add('ann', { email: 'ann@example.com', email_verified: 'true' })
  const user = await signIn('ann')
  const wanted = { email: 'other@example.com', given_name: 'Ann' }
  const list = Object.entries(wanted).map(([Name, Value]) => new CognitoUserAttribute({ Name, Value }))
  await asked((done) => user.updateAttributes(list, done))
  await new Promise<unknown>((inputVerificationCode, onFailure) =>
    user.getAttributeVerificationCode('email', { onSuccess() {}, onFailure, inputVerificationCode }),
  )
  await told((to) => user.verifyAttribute('email', server.world.codeSentTo('other@example.com'), to))
  await asked((done) => user.deleteAttributes(['given_name'], done))
  const all = await asked<CognitoUserAttribute[]>((done) => user.getUserAttributes(done as never))
  const found = Object.fromEntries(all.map((one) => [one.getName(), one.getValue()]))
  assert.deepEqual(
    [found['email'], found['email_verified'], found['given_name']],
    ['other@example.com', 'true', undefined],
  )
  const seen = await asked<{ Username: string }>((done) => user.getUserData(done as never, { bypassCache: true }))
  assert.equal(seen.Username, 'ann')
  await asked((done) => user.deleteUser(done as never))
  await refused(enter(userOf('ann')), 'UserNotFoundException')
})

test('sets an authenticator and a phone up, prefers one, and answers for either', async () => {
  await pool.add('sue', { phone_number: '+15550100', phone_number_verified: 'true' })
  const user = await signIn('sue')
  const secret = await new Promise<string>((associateSecretCode, onFailure) =>
    user.associateSoftwareToken({ associateSecretCode, onFailure }),
  )
  const seed = fromBase32(secret) ?? assert.fail('no seed')
  const code = (steps: number) => totp(seed, server.world.now() + steps * 30_000)
  await told((to) => user.verifySoftwareToken(code(0), 'phone', to))
  const [on, off] = [
    { Enabled: true, PreferredMfa: true },
    { Enabled: true, PreferredMfa: false },
  ]
  const prefer = (sms: typeof on, token: typeof on) =>
    asked((done) => user.setUserMfaPreference(sms, token, done as never))
  await prefer(off, on)
  const withToken = userOf('sue')
  assert.deepEqual(await enter(withToken), { challenge: 'SOFTWARE_TOKEN_MFA' })
  await told((to) => withToken.sendMFACode(code(1), to, 'SOFTWARE_TOKEN_MFA'))
  await prefer(on, off)
  const withPhone = userOf('sue')
  assert.deepEqual(await enter(withPhone), { challenge: 'SMS_MFA' })
  await told((to) => withPhone.sendMFACode(server.world.codeSentTo('+15550100'), to, 'SMS_MFA'))
  await prefer(off, off)
  const choosing = userOf('sue')
  assert.deepEqual(await enter(choosing), { challenge: 'SELECT_MFA_TYPE' })
  await new Promise<unknown>((resolve, onFailure) =>
    choosing.sendMFASelectionAnswer('SMS_MFA', {
      ...{ onSuccess: resolve, onFailure, mfaRequired: resolve, totpRequired: resolve },
    }),
  )
  await told((to) => choosing.sendMFACode(server.world.codeSentTo('+15550100'), to, 'SMS_MFA'))
})

test('signs out here and everywhere', async () => {
  await pool.add('gus')
  const [here, there] = [await signIn('gus'), await signIn('gus')]
  await told((to) => here.globalSignOut({ ...to, onSuccess: to.onSuccess }))
  await refused(
    asked((done) => there.getUserAttributes(done as never)),
    'NotAuthorizedException',
    'Access Token has been revoked',
  )
  const again = await signIn('gus')
  const token = again.getSignInUserSession()?.getRefreshToken() ?? assert.fail('no token')
  await new Promise<void>((resolve) => again.signOut(() => resolve()))
  await refused(
    asked((done) => userOf('gus').refreshSession(token, done as never)),
    'NotAuthorizedException',
  )
})
