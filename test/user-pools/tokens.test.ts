/** Tokens as others verify them: aws-jwt-verify and jose, with this server's issuer and with AWS's own. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AdminAddUserToGroupCommand,
  CreateGroupCommand,
  GetUserCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { CognitoJwtVerifier, JwtRsaVerifier } from 'aws-jwt-verify'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf, headerOf } from '../support/sign-in.ts'

const flows = { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH' as const] }
let server: TestServer
let pool: TestPool
let issuer: string

async function signIn(at: TestServer, of: TestPool) {
  const AuthParameters = { USERNAME: 'ann', PASSWORD: password }
  const call = new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId: of.clientId, AuthParameters })
  const { AuthenticationResult: tokens } = await at.clients.idp.send(call)
  return { id: tokens?.IdToken ?? '', access: tokens?.AccessToken ?? '' }
}

before(async () => {
  server = await startTestServer()
  pool = await makePool(server, {}, flows)
  issuer = `${server.endpoint}/${pool.id}`
  await pool.add('ann', { email: 'ann@example.com', email_verified: 'true' })
})
after(() => server.close())

/** The token with one letter of its claims' part changed. */
function tamper(token: string): string {
  const [header, , signature] = token.split('.')
  const claims = Buffer.from(JSON.stringify({ ...claimsOf(token), sub: 'someone-else' })).toString('base64url')
  return [header, claims, signature].join('.')
}

describe('the key set', () => {
  test('holds two keys, of ID tokens first, each used for its own kind', async () => {
    const { keys } = await (await fetch(`${issuer}/.well-known/jwks.json`)).json()
    assert.equal(keys.length, 2)
    for (const key of keys) {
      assert.deepEqual(Object.keys(key).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use'])
      assert.deepEqual([key.alg, key.e, key.kty, key.use], ['RS256', 'AQAB', 'RSA', 'sig'])
    }
    const { id, access } = await signIn(server, pool)
    assert.deepEqual(headerOf(id), { kid: keys[0].kid, alg: 'RS256' })
    assert.deepEqual(headerOf(access), { kid: keys[1].kid, alg: 'RS256' })
  })
  test('is named by the OpenID configuration, whose issuer is the one in tokens', async () => {
    const document = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json()
    assert.equal(document.issuer, issuer)
    assert.equal(document.jwks_uri, `${issuer}/.well-known/jwks.json`)
    assert.deepEqual(document.id_token_signing_alg_values_supported, ['RS256'])
    assert.equal('token_endpoint' in document, false)
    assert.equal(claimsOf((await signIn(server, pool)).id)['iss'], issuer)
  })
  test('of a pool that does not exist is not there', async () => {
    const answer = await fetch(`${server.endpoint}/us-east-1_nothing99/.well-known/jwks.json`)
    assert.equal(answer.status, 404)
  })
})

describe('jose', () => {
  test('accepts both tokens and refuses changed ones', async () => {
    const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`))
    const { id, access } = await signIn(server, pool)
    const { payload } = await jwtVerify(id, keys, { issuer, audience: pool.clientId, algorithms: ['RS256'] })
    assert.equal(payload['email_verified'], true)
    await jwtVerify(access, keys, { issuer })
    await assert.rejects(jwtVerify(tamper(id), keys, { issuer }))
    await assert.rejects(jwtVerify(id, keys, { issuer: `${issuer}x` }))
  })
})

describe('aws-jwt-verify', () => {
  test('accepts both tokens by this server’s issuer, and refuses changed ones', async () => {
    const { keys } = await (await fetch(`${issuer}/.well-known/jwks.json`)).json()
    const verifier = JwtRsaVerifier.create({ issuer, audience: null })
    verifier.cacheJwks({ keys })
    const { id, access } = await signIn(server, pool)
    assert.equal((await verifier.verify(id))['aud'], pool.clientId)
    assert.equal((await verifier.verify(access))['client_id'], pool.clientId)
    await assert.rejects(verifier.verify(tamper(access)))
  })
  test('accepts them as Cognito’s own where the issuer is AWS’s', async () => {
    const aws = await startTestServer({ settings: { issuer: 'aws' } })
    try {
      const of = await makePool(aws, {}, flows)
      await of.add('ann')
      const { id, access } = await signIn(aws, of)
      const { keys } = await (await fetch(`${aws.endpoint}/${of.id}/.well-known/jwks.json`)).json()
      for (const [tokenUse, token, other] of [['id', id, access] as const, ['access', access, id] as const]) {
        const verifier = CognitoJwtVerifier.create({ userPoolId: of.id, clientId: of.clientId, tokenUse })
        verifier.cacheJwks({ keys })
        assert.equal((await verifier.verify(token)).token_use, tokenUse)
        await assert.rejects(verifier.verify(other))
        await assert.rejects(verifier.verify(tamper(token)))
      }
      assert.equal((await aws.clients.idp.send(new GetUserCommand({ AccessToken: access }))).Username, 'ann')
    } finally {
      await aws.close()
    }
  })
})

describe('an access token', () => {
  const look = (AccessToken: string) => server.clients.idp.send(new GetUserCommand({ AccessToken }))
  test('is refused in AWS’s words when it is none, is changed, or has expired', async (t) => {
    const { access } = await signIn(server, pool)
    await refused(look('x'), 'NotAuthorizedException', 'Invalid Access Token')
    await refused(look(tamper(access)), 'NotAuthorizedException', 'Invalid Access Token')
    server.world.clock.advance(3_600_000 - 5_000)
    t.after(() => server.world.clock.advance(-3_600_000 - 1))
    assert.equal((await look(access)).Username, 'ann')
    server.world.clock.advance(5_001)
    await refused(look(access), 'NotAuthorizedException', 'Access Token has expired')
  })
  test('and an ID token name groups and roles in order of precedence', async () => {
    const role = (name: string) => `arn:aws:iam::000000000000:role/${name}`
    for (const [GroupName, Precedence] of [['second', 2] as const, ['first', 1] as const]) {
      const group = { UserPoolId: pool.id, GroupName }
      await server.clients.idp.send(new CreateGroupCommand({ ...group, Precedence, RoleArn: role(GroupName) }))
      await server.clients.idp.send(new AdminAddUserToGroupCommand({ ...group, Username: 'ann' }))
    }
    const { id, access } = await signIn(server, pool)
    assert.deepEqual(claimsOf(access)['cognito:groups'], ['first', 'second'])
    assert.deepEqual(claimsOf(id)['cognito:roles'], [role('first'), role('second')])
    assert.equal(claimsOf(id)['cognito:preferred_role'], role('first'))
  })
})
