/** What a sign-out everywhere, a disabled user and a deleted client end: whatever was on the way, whatever the clocks say. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AdminDisableUserCommand,
  AdminEnableUserCommand,
  AdminUserGlobalSignOutCommand,
  DeleteUserPoolClientCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserAuthFactorsCommand,
  GetUserCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import type { World } from '../../src/world.ts'
import { codeIn, makeHosted, openVisitor, redeem, requestOf } from '../support/hosted.ts'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const ExplicitAuthFlows = ['ALLOW_USER_PASSWORD_AUTH' as const, 'ALLOW_REFRESH_TOKEN_AUTH' as const]
const rotating = {
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH' as const],
  RefreshTokenRotation: { Feature: 'ENABLED' as const, RetryGracePeriodSeconds: 0 },
}
const LambdaConfig = { PreTokenGeneration: 'arn:aws:lambda:us-east-1:000000000000:function:pre-token' }

let server: TestServer
let plain: TestPool
let asking: TestPool
/** What happens while the pool's function speaks. */
let meanwhile: () => Promise<unknown> = async () => {}
const idp = () => server.clients.idp

before(async () => {
  server = await startTestServer()
  const invoke: World['invoke'] = async (_, payload) => {
    const happens = meanwhile
    meanwhile = async () => {}
    await happens()
    return { outcome: 'answered', payload }
  }
  Object.assign(server.world, { invoke, hasFunction: () => true })
  plain = await makePool(server, {}, { ExplicitAuthFlows })
  asking = await makePool(server, { LambdaConfig }, { ExplicitAuthFlows })
})
after(() => server.close())

async function signIn(pool: TestPool, USERNAME: string, ClientId = pool.clientId) {
  const AuthParameters = { USERNAME, PASSWORD: password }
  const { AuthenticationResult } = await idp().send(
    new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId, AuthParameters }),
  )
  const { AccessToken = '', RefreshToken = '' } = AuthenticationResult ?? {}
  return { AccessToken, RefreshToken, ClientId }
}
const refresh = ({ RefreshToken, ClientId }: { RefreshToken: string; ClientId: string }) =>
  idp().send(new GetTokensFromRefreshTokenCommand({ RefreshToken, ClientId }))
const disable = (pool: TestPool, Username: string) =>
  idp().send(new AdminDisableUserCommand({ UserPoolId: pool.id, Username }))
const enable = (pool: TestPool, Username: string) =>
  idp().send(new AdminEnableUserCommand({ UserPoolId: pool.id, Username }))
const signOut = (pool: TestPool, Username: string) =>
  idp().send(new AdminUserGlobalSignOutCommand({ UserPoolId: pool.id, Username }))
const disabled = ['NotAuthorizedException', 'User is disabled.'] as const

test('case 24: a sign-in that read its user before they were disabled gets no tokens, nor a session that comes back', async () => {
  await asking.add('ann')
  meanwhile = () => disable(asking, 'ann')
  await refused(signIn(asking, 'ann'), ...disabled)
  await enable(asking, 'ann')
  assert.ok((await signIn(asking, 'ann')).AccessToken)
})

test('case 24: a refresh gives nothing to whom is disabled or signed out while the function speaks', async () => {
  await asking.add('ben')
  for (const ClientId of [asking.clientId, await asking.addClient(rotating)]) {
    const first = await signIn(asking, 'ben', ClientId)
    meanwhile = () => signOut(asking, 'ben')
    await refused(refresh(first), 'NotAuthorizedException', 'Refresh Token has been revoked')
    const second = await signIn(asking, 'ben', ClientId)
    meanwhile = () => disable(asking, 'ben')
    await refused(refresh(second), ...disabled)
    await enable(asking, 'ben')
    await refused(refresh(second), 'NotAuthorizedException', 'Refresh Token has been revoked')
  }
})

test('case 75: a sign-out by a node whose clock is behind ends what a node ahead began', async () => {
  await plain.add('cy')
  const { clock } = server.world
  const tokens = await signIn(plain, 'cy')
  clock.advance(-30_000)
  try {
    await signOut(plain, 'cy')
    await refused(idp().send(new GetUserCommand(tokens)), 'NotAuthorizedException', 'Access Token has been revoked')
    await refused(refresh(tokens), 'NotAuthorizedException', 'Refresh Token has been revoked')
    assert.ok(await idp().send(new GetUserCommand(await signIn(plain, 'cy'))))
  } finally {
    clock.advance(30_000)
  }
})

test('case 75: the tokens of a client that is deleted open nothing, not even what asks no client', async () => {
  await plain.add('di')
  const tokens = await signIn(plain, 'di', await plain.addClient({ ExplicitAuthFlows }))
  assert.ok(await idp().send(new GetUserAuthFactorsCommand(tokens)))
  await idp().send(new DeleteUserPoolClientCommand({ UserPoolId: plain.id, ClientId: tokens.ClientId }))
  const revoked = ['NotAuthorizedException', 'Access Token has been revoked'] as const
  await refused(idp().send(new GetUserAuthFactorsCommand(tokens)), ...revoked)
  await refused(idp().send(new GetUserCommand(tokens)), ...revoked)
})

test('case 24: a code is worth nothing to whom is disabled or signed out before its tokens are made', async () => {
  const hosted = await makeHosted(server, {}, { LambdaConfig })
  await hosted.add('eve')
  const codeFor = async () => codeIn(await openVisitor().signIn(hosted, requestOf(hosted), 'eve'))
  const refusal = [400, { error: 'invalid_grant' }]
  for (const end of [signOut, disable]) {
    const [early, late] = [await codeFor(), await codeFor()]
    meanwhile = () => end(hosted, 'eve')
    const answer = await redeem(hosted, late)
    assert.deepEqual([answer.status, answer.body], refusal)
    await enable(hosted, 'eve')
    const after = await redeem(hosted, early)
    assert.deepEqual([after.status, after.body], refusal)
  }
  assert.equal((await redeem(hosted, await codeFor())).status, 200)
})
