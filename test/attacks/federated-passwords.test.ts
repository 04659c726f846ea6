/** Passwords of those who sign in by a provider: who has none is given one by an administrator, and by nobody else. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AdminDisableProviderForUserCommand,
  AdminSetUserPasswordCommand,
  ChangePasswordCommand,
  CreateIdentityProviderCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { findClient } from '../../src/user-pools/clients/find.ts'
import { findProvider } from '../../src/user-pools/federation/find.ts'
import { signInFederated } from '../../src/user-pools/federation/sign-in.ts'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const ProposedPassword = 'My-own-Passw0rd'
const refusal = ['NotAuthorizedException', 'User password cannot be changed in the current state.'] as const

let server: TestServer
let pool: TestPool
before(async () => {
  server = await startTestServer()
  pool = await makePool(server, {}, { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] })
})
after(() => server.close())

const change = (AccessToken: string, PreviousPassword?: string) =>
  server.clients.idp.send(new ChangePasswordCommand({ AccessToken, PreviousPassword, ProposedPassword }))
const signIn = (USERNAME: string, PASSWORD: string) =>
  server.clients.idp.send(
    new InitiateAuthCommand({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: pool.clientId,
      AuthParameters: { USERNAME, PASSWORD },
    }),
  )

/** Somebody whose profile began with a provider. */
async function arrive(subject: string): Promise<string> {
  const { world, clients } = server
  const UserPoolId = pool.id
  const ProviderDetails = { client_id: 'a', client_secret: 'b', authorize_scopes: 'openid' }
  const ProviderName = 'Google'
  await clients.idp.send(
    new CreateIdentityProviderCommand({ UserPoolId, ProviderName, ProviderType: 'Google', ProviderDetails }),
  )
  const place = (await findClient(world, pool.clientId)) ?? assert.fail('no client')
  const provider = (await findProvider(world, place.pool, ProviderName)) ?? assert.fail('no provider')
  const found = await signInFederated({ world, ...place }, provider, { subject, attributes: {} })
  return 'user' in found ? found.user.username : assert.fail('an offer')
}

test('case 24: a user of a provider gives themselves no password that would outlive their account there', async () => {
  const Username = await arrive('1234')
  await refused(change(await pool.tokenOf(Username)), ...refusal)
  await assert.rejects(signIn(Username, ProposedPassword), { name: 'NotAuthorizedException' })
  // AWS: with a password of an administrator's they are the pool's own.
  await server.clients.idp.send(
    new AdminSetUserPasswordCommand({ UserPoolId: pool.id, Username, Password: password, Permanent: true }),
  )
  await change(await pool.tokenOf(Username), password)
  await signIn(Username, ProposedPassword)
})

test('case 24: nor does a user whose password sign-in an administrator has switched off', async () => {
  await pool.add('own')
  const token = await pool.tokenOf('own')
  const User = {
    ProviderName: 'Cognito',
    ProviderAttributeName: 'Cognito_Subject',
    ProviderAttributeValue: 'own',
  }
  await server.clients.idp.send(new AdminDisableProviderForUserCommand({ UserPoolId: pool.id, User }))
  await refused(change(token, password), ...refusal)
  assert.equal((await pool.look('own')).status, 'EXTERNAL_PROVIDER')
})
