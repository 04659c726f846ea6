import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  AddUserPoolClientSecretCommand,
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  DeleteResourceServerCommand,
  GetClientTokenCommand,
  GetUserCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { makePool, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolhouse-client-token-'))
let server: TestServer
let pool: TestPool
const idp = () => server.clients.idp
before(async () => {
  mkdirSync(join(folder, 'pre-token'))
  writeFileSync(
    join(folder, 'pre-token', 'index.mjs'),
    `export const handler = async (event) => {
      const tenant = event.triggerSource + ' ' + event.request.clientMetadata.tenant
      const accessTokenGeneration = { claimsToAddOrOverride: { tenant, sub: 'ann' }, scopesToAdd: ['aws.cognito.signin.user.admin'] }
      event.response = { claimsAndScopeOverrideDetails: { accessTokenGeneration } }
      return event
    }`,
  )
  server = await startTestServer({ functions: folder })
  pool = await makePool(server)
  for (const Identifier of ['orders', 'stock']) {
    const Scopes = ['read', 'write'].map((ScopeName) => ({ ScopeName, ScopeDescription: ScopeName }))
    await idp().send(new CreateResourceServerCommand({ UserPoolId: pool.id, Identifier, Name: Identifier, Scopes }))
  }
})
after(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`

const wrong = <Value>(value: unknown): Value => value as Value
const machine = { ExplicitAuthFlows: wrong<['ALLOW_USER_AUTH']>(['ALLOW_CLIENT_TOKEN_AUTH']), GenerateSecret: true }
async function makeClient(more: Partial<CreateUserPoolClientCommandInput> = {}) {
  const { UserPoolClient } = await idp().send(
    new CreateUserPoolClientCommand({ UserPoolId: pool.id, ClientName: 'machine', ...machine, ...more }),
  )
  return { ClientId: UserPoolClient?.ClientId ?? '', Secret: UserPoolClient?.ClientSecret ?? '' }
}
const token = async (client: { ClientId: string; Secret: string }, Scopes?: string[]) =>
  (await idp().send(new GetClientTokenCommand({ ...client, Scopes }))).ClientAuthenticationResult ?? {}
const claimsOf = async (jwt: string | undefined) => {
  const issuer = `${server.endpoint}/${pool.id}`
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`))
  return (await jwtVerify(jwt ?? '', keys, { issuer })).payload
}
const AllowedOAuthScopes = ['openid', 'aws.cognito.signin.user.admin', 'orders/read', 'stock/read']

describe('GetClientToken', () => {
  test('refuses the wrong type', async () => {
    const client = await makeClient({ AllowedOAuthScopes })
    await refused(token(client, wrong('orders/read')), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    const client = await makeClient({ AllowedOAuthScopes })
    await refused(token({ ...client, Secret: 'short' }), 'InvalidParameterException', /at 'secret' failed/)
    await refused(
      token({ ...client, Secret: 'notTheSecretButLongEnough' }),
      'NotAuthorizedException',
      `Unable to verify secret for client ${client.ClientId}`,
    )
    await refused(token({ ...client, ClientId: 'absent' }), 'ResourceNotFoundException')
    const user = await makeClient({ ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'], AllowedOAuthScopes })
    await refused(token(user), 'InvalidParameterException', 'Client token flow not enabled for this client')
  })

  test('case 25: a machine gets no scope that its client was not given', async () => {
    const client = await makeClient({ AllowedOAuthScopes })
    for (const scope of ['orders/write', 'orders', 'openid', 'aws.cognito.signin.user.admin', 'orders/read/write']) {
      await refused(
        token(client, ['orders/read', scope]),
        'InvalidParameterException',
        `Invalid scope requested: ${scope}`,
      )
    }
  })

  test('issues an access token for the client itself', async () => {
    const client = await makeClient({
      AllowedOAuthScopes,
      AccessTokenValidity: 10,
      TokenValidityUnits: { AccessToken: 'minutes' },
    })
    const { AccessToken, ExpiresIn, TokenType } = await token(client, ['stock/read'])
    assert.deepEqual([ExpiresIn, TokenType], [600, 'Bearer'])
    const { jti, iat, exp, auth_time, ...claims } = await claimsOf(AccessToken)
    assert.deepEqual(claims, {
      sub: client.ClientId,
      client_id: client.ClientId,
      token_use: 'access',
      scope: 'stock/read',
      version: 2,
      iss: `${server.endpoint}/${pool.id}`,
    })
    assert.equal(exp, (iat ?? 0) + 600)
    assert.equal(auth_time, iat)
    assert.match(String(jti), /^[0-9a-f-]{36}$/)
  })

  test('without scopes it issues all of the client’s that a resource server defines', async () => {
    const client = await makeClient({ AllowedOAuthScopes })
    assert.equal((await claimsOf((await token(client)).AccessToken))['scope'], 'orders/read stock/read')
  })

  test('a scope whose resource server is gone is granted no more', async () => {
    const Scopes = [{ ScopeName: 'all', ScopeDescription: 'All' }]
    const gone = { UserPoolId: pool.id, Identifier: 'gone' }
    await idp().send(new CreateResourceServerCommand({ ...gone, Name: 'gone', Scopes }))
    const client = await makeClient({ AllowedOAuthScopes: ['gone/all', 'orders/read'] })
    assert.equal((await claimsOf((await token(client)).AccessToken))['scope'], 'gone/all orders/read')
    await idp().send(new DeleteResourceServerCommand(gone))
    assert.equal((await claimsOf((await token(client)).AccessToken))['scope'], 'orders/read')
    await refused(token(client, ['gone/all']), 'InvalidParameterException')
  })

  test('takes either of two secrets', async () => {
    const client = await makeClient({ AllowedOAuthScopes })
    const Secret = 'aSecondSecretLongEnough12'
    await idp().send(
      new AddUserPoolClientSecretCommand({ UserPoolId: pool.id, ClientId: client.ClientId, ClientSecret: Secret }),
    )
    for (const secret of [client.Secret, Secret]) assert.ok((await token({ ...client, Secret: secret })).AccessToken)
  })

  test('the third version of the pre token function changes it, and makes no user of it', async () => {
    const token3 = { LambdaArn: arn('pre-token'), LambdaVersion: 'V3_0' as const }
    const asked = await makePool(server, { LambdaConfig: { PreTokenGenerationConfig: token3 } })
    const Scopes = [{ ScopeName: 'read', ScopeDescription: 'read' }]
    const api = { UserPoolId: asked.id, Identifier: 'orders', Name: 'orders', Scopes }
    await idp().send(new CreateResourceServerCommand(api))
    const client = await makeClient({ UserPoolId: asked.id, AllowedOAuthScopes: ['orders/read'] })
    const call = new GetClientTokenCommand({ ...client, ClientMetadata: { tenant: 'a' } })
    const { AccessToken } = (await idp().send(call)).ClientAuthenticationResult ?? {}
    const claims = JSON.parse(Buffer.from(AccessToken?.split('.')[1] ?? '', 'base64url').toString())
    assert.equal(claims.scope, 'orders/read aws.cognito.signin.user.admin')
    assert.equal(claims.tenant, 'TokenGeneration_ClientCredentials a')
    assert.equal(claims.sub, client.ClientId)
    await refused(idp().send(new GetUserCommand({ AccessToken })), 'NotAuthorizedException', 'Invalid Access Token')
  })

  test('case 26: a machine’s token is no user’s', async () => {
    const { AccessToken } = await token(await makeClient({ AllowedOAuthScopes }))
    await refused(idp().send(new GetUserCommand({ AccessToken })), 'NotAuthorizedException', 'Invalid Access Token')
  })
})

describe('a client for machines', () => {
  test('has a secret and no other flow', async () => {
    await refused(makeClient({ GenerateSecret: false }), 'InvalidParameterException')
    const both = wrong<['ALLOW_USER_AUTH']>(['ALLOW_CLIENT_TOKEN_AUTH', 'ALLOW_USER_PASSWORD_AUTH'])
    await refused(makeClient({ ExplicitAuthFlows: both }), 'InvalidParameterException')
  })

  test('signs no user in', async () => {
    const { ClientId } = await makeClient()
    const AuthParameters = { USERNAME: 'ann', SRP_A: 'ab' }
    await refused(
      idp().send(new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_SRP_AUTH', AuthParameters })),
      'InvalidParameterException',
      'USER_SRP_AUTH flow not enabled for this client',
    )
  })
})
