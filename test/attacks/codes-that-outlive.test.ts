/** Codes to reset a password after what they rest on has changed: the address they went to, or the password itself. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  ChangePasswordCommand,
  ConfirmForgotPasswordCommand,
  ForgotPasswordCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  UpdateUserAttributesCommand,
  VerifyUserAttributeCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import type { Db } from '../../src/store/db.ts'
import { list, makePool, password, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: TestPool
before(async () => {
  server = await startTestServer()
  pool = await makePool(server, { AutoVerifiedAttributes: ['email'] })
})
after(() => server.close())

/** A user with a verified address, and the code to reset that was sent there. */
async function begin(Username: string): Promise<string> {
  const email = `${Username}@old.example`
  await pool.add(Username, { email, email_verified: 'true' })
  await server.clients.idp.send(new ForgotPasswordCommand({ ClientId: pool.clientId, Username }))
  return server.world.codeSentTo(email)
}
const reset = (Username: string, ConfirmationCode: string) =>
  server.clients.idp.send(
    new ConfirmForgotPasswordCommand({ ClientId: pool.clientId, Username, ConfirmationCode, Password: 'Stolen1!x' }),
  )
const plainDb = (db: Db): Omit<Db, 'transaction'> => ({
  all: (statement) => db.all(statement),
  get: (statement) => db.get(statement),
  run: (statement) => db.run(statement),
})
const expired = { name: 'ExpiredCodeException' }

test('case 55: whoever still has a user’s former mailbox cannot reset the password with a code that went there', async () => {
  const code = await begin('moved')
  const AccessToken = await pool.tokenOf('moved')
  const UserAttributes = list({ email: 'moved@new.example' })
  await server.clients.idp.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes }))
  await assert.rejects(reset('moved', code))
  const Code = server.world.codeSentTo('moved@new.example')
  await server.clients.idp.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName: 'email', Code }))
  await assert.rejects(reset('moved', code), expired)
})

test('case 55: nor once an administrator has moved the user to another address', async () => {
  const code = await begin('told')
  const UserAttributes = list({ email: 'told@new.example', email_verified: 'true' })
  await server.clients.idp.send(
    new AdminUpdateUserAttributesCommand({ UserPoolId: pool.id, Username: 'told', UserAttributes }),
  )
  await assert.rejects(reset('told', code), expired)
})

test('case 48: a code to reset dies with the password it would have replaced', async () => {
  const changed = await begin('changed')
  const own = { PreviousPassword: password, ProposedPassword: 'Another1!x' }
  await server.clients.idp.send(new ChangePasswordCommand({ AccessToken: await pool.tokenOf('changed'), ...own }))
  await assert.rejects(reset('changed', changed), expired)

  const given = await begin('given')
  const anew = { UserPoolId: pool.id, Username: 'given', Password: 'Another1!x', Permanent: true }
  await server.clients.idp.send(new AdminSetUserPasswordCommand(anew))
  await assert.rejects(reset('given', given), expired)
})

test('case 55: a code to sign in puts no address back that was changed while it was looked at', async () => {
  const SignInPolicy = { AllowedFirstAuthFactors: ['PASSWORD' as const, 'EMAIL_OTP' as const] }
  const client = { ExplicitAuthFlows: ['ALLOW_USER_AUTH' as const] }
  const choosing = await makePool(server, { Policies: { SignInPolicy } }, client)
  await choosing.add('quick', { email: 'quick@old.example' })
  const { idp } = server.clients
  const { clientId: ClientId } = choosing
  const USERNAME = 'quick'
  const AuthParameters = { USERNAME, PREFERRED_CHALLENGE: 'EMAIL_OTP' }
  const { Session } = await idp.send(new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_AUTH', AuthParameters }))
  const ChallengeResponses = { USERNAME, EMAIL_OTP_CODE: server.world.codeSentTo('quick@old.example') }
  const { db } = server.world
  // The first transaction of the answer comes after its user was read.
  const transaction: typeof db.transaction = async (work) => {
    Object.assign(server.world, { db })
    const UserAttributes = list({ email: 'quick@new.example' })
    await idp.send(
      new AdminUpdateUserAttributesCommand({ UserPoolId: choosing.id, Username: USERNAME, UserAttributes }),
    )
    return db.transaction(work)
  }
  Object.assign(server.world, { db: { ...plainDb(db), transaction } })
  const answer = { ClientId, Session, ChallengeName: 'EMAIL_OTP' as const, ChallengeResponses }
  await assert.rejects(idp.send(new RespondToAuthChallengeCommand(answer)), { name: 'CodeMismatchException' })
  const { email, email_verified } = (await choosing.look('quick')).attributes
  assert.deepEqual({ email, email_verified }, { email: 'quick@new.example', email_verified: 'false' })
})
