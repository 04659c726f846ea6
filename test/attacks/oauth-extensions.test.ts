/** Attacks on refresh tokens at the token endpoint, and on what lies beyond Cognito. */
import assert from 'node:assert/strict'
import { createHash, createHmac, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { after, before, test } from 'node:test'
import { GetTokensFromRefreshTokenCommand, InitiateAuthCommand } from '@aws-sdk/client-cognito-identity-provider'
import { extend } from '../support/extensions.ts'
import {
  ask,
  basic,
  codeIn,
  type HostedPool,
  makeHosted,
  type OAuthClient,
  openVisitor,
  redeem,
  requestOf,
} from '../support/hosted.ts'
import { password, refused } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: HostedPool
const rotating = (RetryGracePeriodSeconds: number) => ({
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH' as const],
  RefreshTokenRotation: { Feature: 'ENABLED' as const, RetryGracePeriodSeconds },
})
before(async () => {
  server = await startTestServer()
  pool = await makeHosted(server)
  await pool.add('ann', { email: 'ann@example.com' })
})
after(() => server.close())

async function tokensFor(client: OAuthClient): Promise<Record<string, string>> {
  const seen = await openVisitor().signIn(pool, requestOf({ client }), 'ann')
  const proof: Record<string, string> = client.secret === undefined ? {} : { client_secret: client.secret }
  return (await redeem({ ...pool, client }, codeIn(seen), proof)).body
}
const renew = (client: OAuthClient, token: string | undefined, headers: Record<string, string> = {}) =>
  ask(
    `${pool.url}/oauth2/token`,
    { grant_type: 'refresh_token', client_id: client.id, refresh_token: token ?? '' },
    headers,
  )
const works = async (accessToken: string | undefined) =>
  (await fetch(`${pool.url}/oauth2/userInfo`, { headers: { authorization: `Bearer ${accessToken}` } })).status === 200

test('case 10: of parallel rotations at the token endpoint one gives tokens, and the session is over', async () => {
  const client = await pool.addOAuthClient(rotating(0))
  const { refresh_token } = await tokensFor(client)
  const all = await Promise.all(Array.from({ length: 8 }, () => renew(client, refresh_token)))
  const won = all.filter(({ status }) => status === 200)
  assert.equal(won.length, 1)
  for (const { status, body } of all) if (status !== 200) assert.deepEqual(body, { error: 'invalid_grant' })
  assert.equal(await works(won[0]?.body['access_token']), false)
  assert.equal((await renew(client, won[0]?.body['refresh_token'])).status, 400)
})

test('case 10: a rotation that races a revocation leaves nothing alive', async () => {
  const client = await pool.addOAuthClient(rotating(0))
  for (let round = 0; round < 5; round += 1) {
    const { refresh_token: token = '' } = await tokensFor(client)
    const revoke = ask(`${pool.url}/oauth2/revoke`, { client_id: client.id, token })
    const [{ body }] = await Promise.all([renew(client, token), revoke])
    assert.equal(await works(body['access_token']), false)
    assert.equal((await renew(client, body['refresh_token'])).status, 400)
  }
})

test('case 11: a replaced token is good within its grace period, and later ends the whole family', async () => {
  const client = await pool.addOAuthClient(rotating(10))
  const first = await tokensFor(client)
  const second = await renew(client, first['refresh_token'])
  const third = await renew(client, first['refresh_token'])
  assert.deepEqual([second.status, third.status], [200, 200])
  server.world.clock.advance(10_001)
  assert.equal((await renew(client, first['refresh_token'])).status, 400)
  for (const { body } of [second, third]) {
    assert.equal((await renew(client, body['refresh_token'])).status, 400)
    assert.equal(await works(body['access_token']), false)
  }
  server.world.clock.advance(-10_001)
})

test('case 12: a refresh token is nothing to another client, nor without its client’s secret', async () => {
  const client = await pool.addOAuthClient({ GenerateSecret: true })
  const { refresh_token } = await tokensFor(client)
  const other = await pool.addOAuthClient()
  assert.deepEqual((await renew(other, refresh_token)).body, { error: 'invalid_grant' })
  assert.equal((await renew(client, refresh_token)).body['error'], 'invalid_client')
  assert.equal((await renew(client, refresh_token, basic(client))).status, 200)
})

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
function proofFor(htm: string, htu: string, more: object = {}): string {
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: publicKey.export({ format: 'jwk' }) }
  const claims = { jti: randomUUID(), htm, htu, iat: Math.floor(server.world.now() / 1000), ...more }
  const text = `${encode(header)}.${encode(claims)}`
  return `${text}.${sign('sha256', Buffer.from(text), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

test('case 22: a proof of a key counts once, whoever sends it, and also among parallel requests', async () => {
  const client = await pool.addOAuthClient(rotating(60))
  await extend(server, pool, client.id, { dpop: 'required' })
  const url = `${pool.url}/oauth2/token`
  const seen = await openVisitor().signIn(pool, requestOf({ client }), 'ann')
  const form = { grant_type: 'authorization_code', client_id: client.id, redirect_uri: 'https://app.example/callback' }
  const first = await ask(url, { ...form, code: codeIn(seen) }, { dpop: proofFor('POST', url) })
  assert.equal(first.body['token_type'], 'DPoP')
  const dpop = proofFor('POST', url)
  const all = await Promise.all(Array.from({ length: 8 }, () => renew(client, first.body['refresh_token'], { dpop })))
  assert.equal(all.filter(({ status }) => status === 200).length, 1)
  for (const { status, body } of all) if (status !== 200) assert.equal(body['error'], 'invalid_dpop_proof')

  const token = first.body['access_token'] ?? ''
  const ath = createHash('sha256').update(token).digest('base64url')
  const info = `${pool.url}/oauth2/userInfo`
  const look = (proof: string) => fetch(info, { headers: { authorization: `DPoP ${token}`, dpop: proof } })
  const used = proofFor('GET', info, { ath })
  assert.equal((await look(used)).status, 200)
  assert.equal((await look(used)).status, 401)
  assert.equal((await look(proofFor('GET', info))).status, 401, 'without the token’s hash')
  assert.equal((await look(proofFor('POST', info, { ath }))).status, 401)
  const evil = 'https://evil.example/oauth2/userInfo'
  assert.equal((await look(proofFor('GET', evil, { ath }))).status, 401)
  const old = { ath, iat: Math.floor(server.world.now() / 1000) - 400 }
  assert.equal((await look(proofFor('GET', info, old))).status, 401)
})

test('case 27: a proof made for the address that a forged Host names is none', async () => {
  const client = await pool.addOAuthClient()
  await extend(server, pool, client.id, { dpop: 'required' })
  const headers = { 'x-forwarded-host': 'evil.example', dpop: proofFor('POST', 'http://evil.example/oauth2/token') }
  assert.equal((await renew(client, 'x', headers)).body['error'], 'invalid_dpop_proof')
})

test('case 22: a client whose tokens must be bound to a key gets none where there is no place for a proof', async () => {
  const client = await pool.addOAuthClient({
    GenerateSecret: true,
    ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
  })
  const { refresh_token: RefreshToken = '' } = await tokensFor(client)
  await extend(server, pool, client.id, { dpop: 'required' })
  const [ClientId, ClientSecret = ''] = [client.id, client.secret]
  const SECRET_HASH = createHmac('sha256', ClientSecret).update(`ann${ClientId}`).digest('base64')
  const AuthParameters = { USERNAME: 'ann', PASSWORD: password, SECRET_HASH }
  const refusal = ['InvalidParameterException', /bound to a key/] as const
  const signIn = new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId, AuthParameters })
  await refused(server.clients.idp.send(signIn), ...refusal)
  const refresh = new GetTokensFromRefreshTokenCommand({ ClientId, ClientSecret, RefreshToken })
  await refused(server.clients.idp.send(refresh), ...refusal)
})
