/** Attacks on refresh tokens: parallel rotation, reuse, and other clients. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateUserPoolClientCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  InitiateAuthCommand,
  RevokeTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { secretHash } from '../../src/user-pools/clients/secret-hash.ts'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const rotating = (RetryGracePeriodSeconds: number) => ({
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH' as const],
  RefreshTokenRotation: { Feature: 'ENABLED' as const, RetryGracePeriodSeconds },
})
const plain = ['ALLOW_USER_PASSWORD_AUTH' as const, 'ALLOW_REFRESH_TOKEN_AUTH' as const]

let server: TestServer
let pool: TestPool
let strict: string

before(async () => {
  server = await startTestServer()
  pool = await makePool(server, {}, { ExplicitAuthFlows: plain })
  strict = await pool.addClient(rotating(0))
  await pool.add('ann')
})
after(() => server.close())

async function signIn(ClientId: string, more: Record<string, string> = {}) {
  const AuthParameters = { USERNAME: 'ann', PASSWORD: password, ...more }
  const call = new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId, AuthParameters })
  const { AuthenticationResult: tokens } = await server.clients.idp.send(call)
  return { access: tokens?.AccessToken ?? '', refresh: tokens?.RefreshToken ?? '' }
}
async function renew(RefreshToken: string, ClientId: string, ClientSecret?: string) {
  const call = new GetTokensFromRefreshTokenCommand({ RefreshToken, ClientId, ClientSecret })
  const { AuthenticationResult: tokens } = await server.clients.idp.send(call)
  return { access: tokens?.AccessToken ?? '', refresh: tokens?.RefreshToken ?? '' }
}
const look = (AccessToken: string) => server.clients.idp.send(new GetUserCommand({ AccessToken }))

test('case 10: of parallel rotations of one refresh token one gives tokens, and the session is over', async () => {
  const first = await signIn(strict)
  const all = await Promise.allSettled(Array.from({ length: 8 }, () => renew(first.refresh, strict)))
  const won = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  assert.equal(won.length, 1)
  await refused(renew(won[0]?.refresh ?? '', strict), 'NotAuthorizedException', 'Refresh Token has been revoked')
})

test('case 10: a rotation that races a revocation leaves nothing alive', async () => {
  for (let round = 0; round < 5; round += 1) {
    const first = await signIn(strict)
    const revoke = server.clients.idp.send(new RevokeTokenCommand({ Token: first.refresh, ClientId: strict }))
    const [renewed] = await Promise.allSettled([renew(first.refresh, strict), revoke])
    if (renewed.status === 'rejected') continue
    await refused(look(renewed.value.access), 'NotAuthorizedException', 'Access Token has been revoked')
    await refused(renew(renewed.value.refresh, strict), 'NotAuthorizedException', 'Refresh Token has been revoked')
  }
})

test('case 11: a replaced token is good in its grace period, and after it ends the whole family', async () => {
  const client = await pool.addClient(rotating(10))
  server.world.clock.stand()
  const first = await signIn(client)
  const second = await renew(first.refresh, client)
  server.world.clock.advance(9_000)
  const third = await renew(first.refresh, client)
  server.world.clock.advance(1_001)
  await refused(renew(first.refresh, client), 'RefreshTokenReuseException')
  for (const { access, refresh } of [second, third]) {
    await refused(renew(refresh, client), 'NotAuthorizedException', 'Refresh Token has been revoked')
    await refused(look(access), 'NotAuthorizedException', 'Access Token has been revoked')
  }
})

test('case 11: another session of the user outlives the family', async () => {
  const [one, other] = [await signIn(strict), await signIn(strict)]
  await renew(one.refresh, strict)
  await refused(renew(one.refresh, strict), 'RefreshTokenReuseException')
  assert.ok((await renew(other.refresh, strict)).refresh)
})

test('case 12: a refresh token is good for its own client only, which must prove its secret', async () => {
  const made = await server.clients.idp.send(
    new CreateUserPoolClientCommand({
      ...{ UserPoolId: pool.id, ClientName: 's', GenerateSecret: true, ExplicitAuthFlows: plain },
    }),
  )
  const { ClientId = '', ClientSecret = '' } = made.UserPoolClient ?? {}
  const SECRET_HASH = secretHash(ClientSecret, 'ann', ClientId)
  const mine = await signIn(pool.clientId)
  const secret = await signIn(ClientId, { SECRET_HASH })
  const flow = (REFRESH_TOKEN: string, client: string, more = {}) =>
    server.clients.idp.send(
      new InitiateAuthCommand({
        ...{ ClientId: client, AuthParameters: { REFRESH_TOKEN, ...more } },
        AuthFlow: 'REFRESH_TOKEN_AUTH',
      }),
    )
  const invalid = ['NotAuthorizedException', 'Invalid Refresh Token'] as const
  await refused(flow(secret.refresh, pool.clientId), ...invalid)
  await refused(renew(secret.refresh, pool.clientId), ...invalid)
  await refused(flow(mine.refresh, ClientId, { SECRET_HASH }), ...invalid)
  await refused(flow(secret.refresh, ClientId), 'NotAuthorizedException', /SECRET_HASH was not received/)
  await refused(renew(secret.refresh, ClientId), 'NotAuthorizedException', /secret was not received/)
  const foreign = new RevokeTokenCommand({ Token: secret.refresh, ClientId: pool.clientId })
  await refused(server.clients.idp.send(foreign), 'UnauthorizedException')
  assert.ok((await flow(secret.refresh, ClientId, { SECRET_HASH })).AuthenticationResult)
})
