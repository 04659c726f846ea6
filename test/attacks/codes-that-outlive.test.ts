/** Codes to reset a password after what they rest on has changed: the address they went to, or the password itself. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AdminSetUserPasswordCommand,
  AdminUpdateUserAttributesCommand,
  ChangePasswordCommand,
  ConfirmForgotPasswordCommand,
  ForgotPasswordCommand,
  UpdateUserAttributesCommand,
  VerifyUserAttributeCommand,
} from '@aws-sdk/client-cognito-identity-provider'
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
