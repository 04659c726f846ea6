/** The end of sessions: RevokeToken, GlobalSignOut, AdminUserGlobalSignOut. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AdminUserGlobalSignOutCommand,
  CreateUserPoolClientCommand,
  GetUserCommand,
  GlobalSignOutCommand,
  InitiateAuthCommand,
  RevokeTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { secretHash } from '../../src/user-pools/clients/secret-hash.ts'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const flows = ['ALLOW_USER_PASSWORD_AUTH' as const, 'ALLOW_REFRESH_TOKEN_AUTH' as const]

let server: TestServer
let pool: TestPool

before(async () => {
  server = await startTestServer()
  pool = await makePool(server, {}, { ExplicitAuthFlows: flows })
  await pool.add('ann')
})
after(() => server.close())

async function signIn(ClientId = pool.clientId, more: Record<string, string> = {}) {
  const AuthParameters = { USERNAME: 'ann', PASSWORD: password, ...more }
  const call = new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId, AuthParameters })
  const { AuthenticationResult: tokens } = await server.clients.idp.send(call)
  return { access: tokens?.AccessToken ?? '', refresh: tokens?.RefreshToken ?? '' }
}
const refresh = (REFRESH_TOKEN: string, ClientId = pool.clientId) => {
  const AuthParameters = { REFRESH_TOKEN }
  return server.clients.idp.send(new InitiateAuthCommand({ AuthFlow: 'REFRESH_TOKEN_AUTH', ClientId, AuthParameters }))
}
const look = (AccessToken: string) => server.clients.idp.send(new GetUserCommand({ AccessToken }))
const revoke = (Token: string, ClientId = pool.clientId, ClientSecret?: string) =>
  server.clients.idp.send(new RevokeTokenCommand({ Token, ClientId, ClientSecret }))

const over = async (tokens: { access: string; refresh: string }, clientId = pool.clientId) => {
  await refused(look(tokens.access), 'NotAuthorizedException', 'Access Token has been revoked')
  await refused(refresh(tokens.refresh, clientId), 'NotAuthorizedException', 'Refresh Token has been revoked')
}
const good = async (tokens: { access: string; refresh: string }) => {
  assert.equal((await look(tokens.access)).Username, 'ann')
  assert.ok((await refresh(tokens.refresh)).AuthenticationResult)
}

describe('RevokeToken', () => {
  const target = 'AWSCognitoIdentityProviderService.RevokeToken'
  test('refuses the wrong type', async () => {
    const { body } = await server.post(target, { Token: true, ClientId: pool.clientId })
    assert.equal(body.__type, 'SerializationException')
  })
  test('refuses other tokens, unknown clients and wrong secrets, and clients without revocation', async () => {
    const { access, refresh: token } = await signIn()
    await refused(revoke(access), 'UnsupportedTokenTypeException')
    const unknown = await server.post(target, { Token: token, ClientId: 'unknownclient' })
    assert.deepEqual([unknown.status, unknown.body.__type], [401, 'UnauthorizedException'])
    const made = await server.clients.idp.send(
      new CreateUserPoolClientCommand({
        ...{ UserPoolId: pool.id, ClientName: 's', GenerateSecret: true, ExplicitAuthFlows: flows },
      }),
    )
    const { ClientId = '', ClientSecret = '' } = made.UserPoolClient ?? {}
    const own = await signIn(ClientId, { SECRET_HASH: secretHash(ClientSecret, 'ann', ClientId) })
    await refused(revoke(own.refresh, ClientId), 'UnauthorizedException')
    await refused(revoke(own.refresh, ClientId, 'x'.repeat(40)), 'UnauthorizedException')
    assert.equal((await look(own.access)).Username, 'ann')
    await revoke(own.refresh, ClientId, ClientSecret)
    await refused(look(own.access), 'NotAuthorizedException', 'Access Token has been revoked')
    const without = await pool.addClient({ ExplicitAuthFlows: flows, EnableTokenRevocation: false })
    await refused(revoke((await signIn(without)).refresh, without), 'UnsupportedOperationException')
  })
  test('ends one session and no other, and may be repeated', async () => {
    const [one, two] = [await signIn(), await signIn()]
    await revoke(one.refresh)
    await over(one)
    await good(two)
    await revoke(one.refresh)
    await revoke('a.b.c.d.e')
  })
  test('ends the access tokens that a refresh gave', async () => {
    const { refresh: token } = await signIn()
    const { AuthenticationResult } = await refresh(token)
    await revoke(token)
    const renewed = AuthenticationResult?.AccessToken ?? ''
    await refused(look(renewed), 'NotAuthorizedException', 'Access Token has been revoked')
  })
})

describe('GlobalSignOut', () => {
  const signOut = (AccessToken: string) => server.clients.idp.send(new GlobalSignOutCommand({ AccessToken }))
  test('refuses the wrong type', async () => {
    const { body } = await server.post('AWSCognitoIdentityProviderService.GlobalSignOut', { AccessToken: 1 })
    assert.equal(body.__type, 'SerializationException')
  })
  test('refuses the wrong value', async () => {
    await refused(signOut('a.b.c'), 'NotAuthorizedException', 'Invalid Access Token')
  })
  test('ends every session of the user, whatever the client; one that begins at once is good', async () => {
    const without = await pool.addClient({ ExplicitAuthFlows: flows, EnableTokenRevocation: false })
    const [one, two, three] = [await signIn(), await signIn(), await signIn(without)]
    await signOut(one.access)
    const fresh = await signIn()
    await over(one)
    await over(two)
    await over(three, without)
    await good(fresh)
    await refused(signOut(one.access), 'NotAuthorizedException', 'Access Token has been revoked')
  })
})

describe('AdminUserGlobalSignOut', () => {
  const signOut = (Username: string) =>
    server.clients.idp.send(new AdminUserGlobalSignOutCommand({ UserPoolId: pool.id, Username }))
  test('refuses the wrong type', async () => {
    await refused(signOut(7 as never), 'SerializationException')
  })
  test('refuses the wrong value', async () => {
    await refused(signOut('nobody'), 'UserNotFoundException', 'User does not exist.')
  })
  test('ends every session of the user', async () => {
    await pool.add('bob')
    const [tokens, others] = [await signIn(), await pool.tokenOf('bob')]
    await signOut('ann')
    await over(tokens)
    assert.equal((await look(others)).Username, 'bob')
  })
})
