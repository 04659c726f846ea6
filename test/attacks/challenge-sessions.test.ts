/** Attacks on the Session between a challenge and its answer. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  AdminRespondToAuthChallengeCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { sql } from '../../src/store/db.ts'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { srpClient } from '../support/sign-in.ts'

const client = { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH' as const, 'ALLOW_USER_SRP_AUTH' as const] }
const foreign = ['NotAuthorizedException', 'Invalid session for the user.'] as const
let server: TestServer
let pool: TestPool

before(async () => {
  server = await startTestServer()
  pool = await makePool(server, {}, client)
})
after(() => server.close())

const invite = (Username: string, of = pool) =>
  server.clients.idp.send(
    new AdminCreateUserCommand({
      ...{ UserPoolId: of.id, Username, TemporaryPassword: password, MessageAction: 'SUPPRESS' },
    }),
  )
async function asked(USERNAME: string, ClientId = pool.clientId) {
  const AuthParameters = { USERNAME, PASSWORD: password }
  const call = new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId, AuthParameters })
  const { Session, ChallengeName } = await server.clients.idp.send(call)
  assert.equal(ChallengeName, 'NEW_PASSWORD_REQUIRED')
  return Session ?? ''
}
const answer = (USERNAME: string, Session: string, ClientId = pool.clientId, NEW_PASSWORD = 'My-own-Passw0rd') =>
  server.clients.idp.send(
    new RespondToAuthChallengeCommand({
      ...{ ClientId, Session, ChallengeResponses: { USERNAME, NEW_PASSWORD } },
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
    }),
  )

test('case 51: no other challenge and no flow gets past a required new password', async () => {
  await invite('skip')
  const Session = await asked('skip')
  const skip = (ChallengeName: 'PASSWORD_VERIFIER' | 'SMS_MFA', ChallengeResponses: Record<string, string>) =>
    server.clients.idp.send(
      new RespondToAuthChallengeCommand({ ClientId: pool.clientId, Session, ChallengeName, ChallengeResponses }),
    )
  const proof = srpClient(pool.id)
  const AuthParameters = { USERNAME: 'skip', SRP_A: proof.A }
  const call = new InitiateAuthCommand({ AuthFlow: 'USER_SRP_AUTH', ClientId: pool.clientId, AuthParameters })
  const { ChallengeParameters } = await server.clients.idp.send(call)
  // The Session of one step at another.
  await refused(skip('PASSWORD_VERIFIER', proof.answer(ChallengeParameters, password)), ...foreign)
  await assert.rejects(skip('SMS_MFA', { USERNAME: 'skip', SMS_MFA_CODE: '123456' }))
  // The right answer of SRP leads to the same challenge, not to tokens.
  const bySrp = await server.clients.idp.send(
    new RespondToAuthChallengeCommand({
      ...{ ClientId: pool.clientId, ChallengeResponses: proof.answer(ChallengeParameters, password) },
      ChallengeName: 'PASSWORD_VERIFIER',
    }),
  )
  assert.equal(bySrp.ChallengeName, 'NEW_PASSWORD_REQUIRED')
  assert.equal(bySrp.AuthenticationResult, undefined)
  // The Session of SRP's question is not that of the new password.
  const again = await server.clients.idp.send(call)
  await refused(answer('skip', again.Session ?? ''), ...foreign)
})

test('case 51: a pool that requires a second factor gives no tokens for the first alone', async () => {
  const strict = await makePool(server, {}, client)
  await strict.add('mia')
  const AuthParameters = { USERNAME: 'mia', PASSWORD: password }
  const call = new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId: strict.clientId, AuthParameters })
  assert.ok((await server.clients.idp.send(call)).AuthenticationResult)
  const { db } = server.world
  const row = await db.get<{ settings: string }>(sql`select settings from pools where id = ${strict.id}`)
  const settings = JSON.stringify({ ...JSON.parse(row?.settings ?? ''), MfaConfiguration: 'ON' })
  await db.run(sql`update pools set settings = ${settings} where id = ${strict.id}`)
  await refused(server.clients.idp.send(call), 'MFAMethodNotFoundException')
})

test('case 52: a Session is answered once, by however many at the same time', async () => {
  await invite('once')
  const Session = await asked('once')
  const all = await Promise.allSettled(Array.from({ length: 6 }, () => answer('once', Session)))
  assert.equal(all.filter((one) => one.status === 'fulfilled').length, 1)
  const sentence = 'Invalid session for the user, session can only be used once.'
  await refused(answer('once', Session), 'NotAuthorizedException', sentence)
})

test('case 52: of two open Sessions of a user the second changes nothing after the first', async () => {
  await invite('two')
  const [one, two] = [await asked('two'), await asked('two')]
  await answer('two', one)
  await refused(answer('two', two, pool.clientId, 'An0ther-Passw0rd'), 'NotAuthorizedException')
})

test('case 52: a Session of another user, client, pool or family is refused, and stays good for its own', async () => {
  for (const name of ['mine', 'theirs']) await invite(name)
  const Session = await asked('mine')
  await refused(answer('theirs', Session), ...foreign)
  await refused(answer('nobody', Session), ...foreign)
  await refused(answer('mine', Session, await pool.addClient(client)), ...foreign)
  const other = await makePool(server, {}, client)
  await invite('mine', other)
  await refused(answer('mine', Session, other.clientId), ...foreign)
  const admin = new AdminRespondToAuthChallengeCommand({
    ...{ UserPoolId: pool.id, ClientId: pool.clientId, Session, ChallengeName: 'NEW_PASSWORD_REQUIRED' },
    ChallengeResponses: { USERNAME: 'mine', NEW_PASSWORD: 'My-own-Passw0rd' },
  })
  await refused(server.clients.idp.send(admin), ...foreign)
  await refused(answer('mine', `${Session.slice(0, -2)}AA`), ...foreign)
  assert.ok((await answer('mine', Session)).AuthenticationResult)
})

test('case 52: a Session dies with its time, and with the rights of its user', async (t) => {
  await invite('late')
  const Session = await asked('late')
  await server.clients.idp.send(new AdminDisableUserCommand({ UserPoolId: pool.id, Username: 'late' }))
  await refused(answer('late', Session), 'NotAuthorizedException', 'User is disabled.')
  await invite('later')
  const other = await asked('later')
  server.world.clock.advance(3 * 60_000)
  t.after(() => server.world.clock.advance(-3 * 60_000))
  await refused(answer('later', other), 'NotAuthorizedException', 'Invalid session for the user, session is expired.')
})
