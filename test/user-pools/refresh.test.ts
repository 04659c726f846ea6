/** Refreshing: REFRESH_TOKEN_AUTH without rotation, GetTokensFromRefreshToken with and without it. */
import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import {
  AdminInitiateAuthCommand,
  AdminUpdateUserAttributesCommand,
  CreateUserPoolClientCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { expiring } from '../../src/expiring.ts'
import type { Database } from '../../src/store/db.ts'
import { sweep } from '../../src/store/sweep.ts'
import { secretHash } from '../../src/user-pools/clients/secret-hash.ts'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf } from '../support/sign-in.ts'

const flows = ['ALLOW_USER_PASSWORD_AUTH' as const, 'ALLOW_REFRESH_TOKEN_AUTH' as const]
const rotating = (RetryGracePeriodSeconds: number) => ({
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH' as const],
  RefreshTokenRotation: { Feature: 'ENABLED' as const, RetryGracePeriodSeconds },
})

let server: TestServer
let pool: TestPool

before(async () => {
  server = await startTestServer()
  server.world.clock.stand()
  pool = await makePool(server, {}, { ExplicitAuthFlows: flows })
  await pool.add('ann', { email: 'ann@example.com' })
})
after(() => server.close())

/** Moves the clock for the rest of the test: signed requests are good for 15 minutes around it. */
function advance(context: TestContext, ms: number) {
  server.world.clock.advance(ms)
  context.after(() => server.world.clock.advance(-ms))
}

async function signIn(ClientId = pool.clientId, more: Record<string, string> = {}) {
  const AuthParameters = { USERNAME: 'ann', PASSWORD: password, ...more }
  const call = new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId, AuthParameters })
  const { AuthenticationResult: tokens } = await server.clients.idp.send(call)
  return { ...tokens, RefreshToken: tokens?.RefreshToken ?? assert.fail('no refresh token') }
}
const refresh = async (REFRESH_TOKEN: string, ClientId = pool.clientId, more: Record<string, string> = {}) => {
  const AuthParameters = { REFRESH_TOKEN, ...more }
  const call = new InitiateAuthCommand({ AuthFlow: 'REFRESH_TOKEN_AUTH', ClientId, AuthParameters })
  return (await server.clients.idp.send(call)).AuthenticationResult
}
const renew = async (RefreshToken: string, ClientId = pool.clientId, ClientSecret?: string) => {
  const call = new GetTokensFromRefreshTokenCommand({ RefreshToken, ClientId, ClientSecret })
  return (await server.clients.idp.send(call)).AuthenticationResult
}

describe('REFRESH_TOKEN_AUTH', () => {
  test('refuses the wrong type', async () => {
    const sent = { AuthFlow: 'REFRESH_TOKEN_AUTH', ClientId: pool.clientId, AuthParameters: { REFRESH_TOKEN: {} } }
    const { body } = await server.post('AWSCognitoIdentityProviderService.InitiateAuth', sent)
    assert.equal(body.__type, 'SerializationException')
  })
  test('refuses the wrong value', async () => {
    await refused(refresh('x.y.z'), 'NotAuthorizedException', 'Invalid Refresh Token')
    await refused(refresh(''), 'InvalidParameterException', 'Missing required parameter REFRESH_TOKEN')
    const { AccessToken = '' } = await signIn()
    await refused(refresh(AccessToken), 'NotAuthorizedException', 'Invalid Refresh Token')
    const closed = await pool.addClient({ ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] })
    const sentence = 'REFRESH_TOKEN_AUTH flow not enabled for this client'
    const { RefreshToken } = await signIn(closed)
    await refused(refresh(RefreshToken, closed), 'InvalidParameterException', sentence)
    const turning = await pool.addClient(rotating(0))
    const { RefreshToken: token } = await signIn(turning)
    await refused(refresh(token, turning), 'InvalidParameterException', sentence)
  })
  test('gives new ID and access tokens of the same session, with what the user is now, and no refresh token', async (t) => {
    const first = await signIn()
    advance(t, 60_000)
    const UserAttributes = [{ Name: 'email', Value: 'new@example.com' }]
    const change = new AdminUpdateUserAttributesCommand({ UserPoolId: pool.id, Username: 'ann', UserAttributes })
    await server.clients.idp.send(change)
    const second = await refresh(first.RefreshToken)
    assert.equal(second?.RefreshToken, undefined)
    const [before, now] = [claimsOf(first.IdToken), claimsOf(second?.IdToken)]
    for (const kept of ['sub', 'auth_time', 'origin_jti', 'event_id', 'aud']) assert.equal(now[kept], before[kept])
    assert.notEqual(now['jti'], before['jti'])
    assert.equal(Number(now['iat']) - Number(before['iat']), 60)
    assert.equal(now['email'], 'new@example.com')
  })
  test('is known by its short name and to administrators', async () => {
    const { RefreshToken: REFRESH_TOKEN } = await signIn()
    const call = new AdminInitiateAuthCommand({
      ...{ UserPoolId: pool.id, ClientId: pool.clientId, AuthParameters: { REFRESH_TOKEN } },
      AuthFlow: 'REFRESH_TOKEN',
    })
    assert.ok((await server.clients.idp.send(call)).AuthenticationResult?.IdToken)
  })
  test('ends with the life of the refresh token', async (t) => {
    const shortLived = { RefreshTokenValidity: 60, TokenValidityUnits: { RefreshToken: 'minutes' as const } }
    const client = await pool.addClient({ ExplicitAuthFlows: flows, ...shortLived })
    const { RefreshToken } = await signIn(client)
    advance(t, 60 * 60_000 - 5_000)
    assert.ok(await refresh(RefreshToken, client))
    advance(t, 5_001)
    await refused(refresh(RefreshToken, client), 'NotAuthorizedException', 'Refresh Token has expired')
  })
  test('wants the secret hash over the real username', async () => {
    const made = await server.clients.idp.send(
      new CreateUserPoolClientCommand({
        ...{ UserPoolId: pool.id, ClientName: 's', GenerateSecret: true, ExplicitAuthFlows: flows },
      }),
    )
    const { ClientId = '', ClientSecret = '' } = made.UserPoolClient ?? {}
    const hash = { SECRET_HASH: secretHash(ClientSecret, 'ann', ClientId) }
    const { RefreshToken } = await signIn(ClientId, hash)
    await refused(refresh(RefreshToken, ClientId), 'NotAuthorizedException', /SECRET_HASH was not received/)
    const other = { SECRET_HASH: secretHash(ClientSecret, 'ann@example.com', ClientId) }
    await refused(
      refresh(RefreshToken, ClientId, other),
      'NotAuthorizedException',
      /^SecretHash does not match for the client: /,
    )
    assert.ok(await refresh(RefreshToken, ClientId, hash))
    const without = `Client ${ClientId} is configured for secret but secret was not received`
    await refused(renew(RefreshToken, ClientId), 'NotAuthorizedException', without)
    await refused(renew(RefreshToken, ClientId, 'x'.repeat(30)), 'NotAuthorizedException', /Unable to verify secret/)
    assert.ok(await renew(RefreshToken, ClientId, ClientSecret))
  })
})

describe('GetTokensFromRefreshToken', () => {
  test('refuses the wrong type', async () => {
    const sent = { RefreshToken: 1, ClientId: pool.clientId }
    const { body } = await server.post('AWSCognitoIdentityProviderService.GetTokensFromRefreshToken', sent)
    assert.equal(body.__type, 'SerializationException')
  })
  test('refuses the wrong value', async () => {
    await refused(renew('not a token'), 'InvalidParameterException', /regular expression pattern/)
    await refused(renew('a.b.c.d.e'), 'NotAuthorizedException', 'Invalid Refresh Token')
  })
  test('does what REFRESH_TOKEN_AUTH does where rotation is off', async () => {
    const { RefreshToken } = await signIn()
    const renewed = await renew(RefreshToken)
    assert.ok(renewed?.AccessToken && renewed.IdToken)
    assert.equal(renewed.RefreshToken, undefined)
    assert.ok(await renew(RefreshToken))
  })
  test('replaces the refresh token where rotation is on, for what is left of its life', async (t) => {
    const client = await pool.addClient({
      ...rotating(0),
      ...{ RefreshTokenValidity: 60, TokenValidityUnits: { RefreshToken: 'minutes' as const } },
    })
    let { RefreshToken } = await signIn(client)
    for (let minute = 0; minute < 60; minute += 20) {
      advance(t, 19 * 60_000)
      const renewed = await renew(RefreshToken, client)
      assert.notEqual(renewed?.RefreshToken, RefreshToken)
      RefreshToken = renewed?.RefreshToken ?? assert.fail('no refresh token')
    }
    advance(t, 3 * 60_000)
    await refused(renew(RefreshToken, client), 'NotAuthorizedException', 'Refresh Token has expired')
  })
  test('takes a replaced token for the grace period', async (t) => {
    const client = await pool.addClient(rotating(30))
    const { RefreshToken } = await signIn(client)
    const first = await renew(RefreshToken, client)
    advance(t, 20_000)
    const retried = await renew(RefreshToken, client)
    assert.notEqual(first?.RefreshToken, retried?.RefreshToken)
    // Both successors are good: whichever answer reached the client.
    assert.ok(await renew(first?.RefreshToken ?? '', client))
    assert.ok(await renew(retried?.RefreshToken ?? '', client))
  })
})

describe('the last refresh of a session', () => {
  test('gives an access token for its whole life, whatever is swept meanwhile', async (context) => {
    const minute = 60_000
    const ClientId = await pool.addClient({
      ExplicitAuthFlows: flows,
      RefreshTokenValidity: 60,
      TokenValidityUnits: { RefreshToken: 'minutes' },
    })
    const { RefreshToken } = await signIn(ClientId)
    advance(context, 59 * minute)
    const { AccessToken } = (await refresh(RefreshToken, ClientId)) ?? {}
    advance(context, 2 * minute)
    await sweep(server.world.db as Database, server.world.now(), expiring)
    await refused(refresh(RefreshToken, ClientId), 'NotAuthorizedException', 'Refresh Token has expired')
    const look = () => server.clients.idp.send(new GetUserCommand({ AccessToken }))
    assert.equal((await look()).Username, 'ann')
    advance(context, 58 * minute)
    await refused(look(), 'NotAuthorizedException', 'Access Token has expired')
    advance(context, 24 * 60 * minute)
    await sweep(server.world.db as Database, server.world.now(), expiring)
    await refused(refresh(RefreshToken, ClientId), 'NotAuthorizedException', 'Invalid Refresh Token')
  })
})
