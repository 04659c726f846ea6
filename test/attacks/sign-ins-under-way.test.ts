/** Sign-ins under way while what they rest on changes: the user is disabled, the password is another one. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  AdminResetUserPasswordCommand,
  AdminSetUserPasswordCommand,
  AssociateSoftwareTokenCommand,
  type ChallengeNameType,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  SetUserPoolMfaConfigCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { fromBase32 } from '../../src/protocols/base32.ts'
import { totp } from '../../src/protocols/totp.ts'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const client = { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH' as const, 'ALLOW_USER_AUTH' as const] }
const foreign = ['NotAuthorizedException', 'Invalid session for the user.'] as const
const another = 'Another-Passw0rd!'

let server: TestServer
let plain: TestPool
let strict: TestPool
before(async () => {
  server = await startTestServer()
  plain = await makePool(server, {}, client)
  strict = await makePool(server, { AutoVerifiedAttributes: ['email'] }, client)
  await server.clients.idp.send(
    new SetUserPoolMfaConfigCommand({
      UserPoolId: strict.id,
      MfaConfiguration: 'ON',
      SoftwareTokenMfaConfiguration: { Enabled: true },
    }),
  )
})
after(() => server.close())

async function begin(of: TestPool, USERNAME: string, expected: ChallengeNameType, PASSWORD = password) {
  const { Session = '', ChallengeName } = await server.clients.idp.send(
    new InitiateAuthCommand({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: of.clientId,
      AuthParameters: { USERNAME, PASSWORD },
    }),
  )
  assert.equal(ChallengeName, expected)
  return Session
}
const answer = (
  of: TestPool,
  ChallengeName: ChallengeNameType,
  Session: string,
  ChallengeResponses: Record<string, string>,
) =>
  server.clients.idp.send(
    new RespondToAuthChallengeCommand({ ClientId: of.clientId, ChallengeName, Session, ChallengeResponses }),
  )
const setPassword = (of: TestPool, Username: string, Password: string, Permanent: boolean) =>
  server.clients.idp.send(new AdminSetUserPasswordCommand({ UserPoolId: of.id, Username, Password, Permanent }))

/** The Session with an app that was proved, which MFA_SETUP takes. */
async function setUp(Username: string): Promise<{ seed: Buffer; Session: string }> {
  const asked = await begin(strict, Username, 'MFA_SETUP')
  const { SecretCode = '', Session } = await server.clients.idp.send(
    new AssociateSoftwareTokenCommand({ Session: asked }),
  )
  const seed = fromBase32(SecretCode) ?? assert.fail('no seed')
  const UserCode = totp(seed, server.world.now())
  const verified = await server.clients.idp.send(new VerifySoftwareTokenCommand({ Session, UserCode }))
  return { seed: Buffer.from(seed), Session: verified.Session ?? '' }
}

test('case 24: who is disabled while they set a second factor up gets no tokens', async () => {
  await strict.add('gone')
  const { Session } = await setUp('gone')
  await server.clients.idp.send(new AdminDisableUserCommand({ UserPoolId: strict.id, Username: 'gone' }))
  await refused(
    answer(strict, 'MFA_SETUP', Session, { USERNAME: 'gone' }),
    'NotAuthorizedException',
    'User is disabled.',
  )
})

test('case 24: nor whose password is reset meanwhile', async () => {
  await strict.add('reset', { email: 'reset@example.com', email_verified: 'true' })
  const { Session } = await setUp('reset')
  await server.clients.idp.send(new AdminResetUserPasswordCommand({ UserPoolId: strict.id, Username: 'reset' }))
  await assert.rejects(answer(strict, 'MFA_SETUP', Session, { USERNAME: 'reset' }), {
    name: 'PasswordResetRequiredException',
  })
})

test('case 52: a temporary password that was replaced lets nobody choose a new one', async () => {
  const TemporaryPassword = password
  await server.clients.idp.send(
    new AdminCreateUserCommand({
      UserPoolId: plain.id,
      Username: 'leaked',
      TemporaryPassword,
      MessageAction: 'SUPPRESS',
    }),
  )
  const Session = await begin(plain, 'leaked', 'NEW_PASSWORD_REQUIRED')
  server.world.clock.advance(1)
  await setPassword(plain, 'leaked', another, false)
  await refused(
    answer(plain, 'NEW_PASSWORD_REQUIRED', Session, { USERNAME: 'leaked', NEW_PASSWORD: 'Stolen-Passw0rd1' }),
    ...foreign,
  )
  const own = await begin(plain, 'leaked', 'NEW_PASSWORD_REQUIRED', another)
  await answer(plain, 'NEW_PASSWORD_REQUIRED', own, { USERNAME: 'leaked', NEW_PASSWORD: 'My-own-Passw0rd1' })
})

test('case 52: a password that was replaced sets no second factor up', async () => {
  await strict.add('moved')
  const Session = await begin(strict, 'moved', 'MFA_SETUP')
  server.world.clock.advance(1)
  await setPassword(strict, 'moved', another, true)
  await refused(server.clients.idp.send(new AssociateSoftwareTokenCommand({ Session })), ...foreign)
})

test('case 52: nor does it lead to tokens with a right code', async () => {
  await strict.add('coded')
  const { seed, Session: verified } = await setUp('coded')
  await answer(strict, 'MFA_SETUP', verified, { USERNAME: 'coded' })
  const Session = await begin(strict, 'coded', 'SOFTWARE_TOKEN_MFA')
  await setPassword(strict, 'coded', another, true)
  server.world.clock.advance(30_000)
  const SOFTWARE_TOKEN_MFA_CODE = totp(seed, server.world.now())
  await refused(
    answer(strict, 'SOFTWARE_TOKEN_MFA', Session, { USERNAME: 'coded', SOFTWARE_TOKEN_MFA_CODE }),
    ...foreign,
  )
  server.world.clock.advance(-30_000)
})
