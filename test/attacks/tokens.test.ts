/** Attacks on tokens: confusion of kinds and pools, algorithms and headers that the token chooses. */
import assert from 'node:assert/strict'
import { createHmac, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { after, before, test } from 'node:test'
import {
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminUserGlobalSignOutCommand,
  GetUserCommand,
  InitiateAuthCommand,
  RevokeTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { CompactEncrypt } from 'jose'
import { readIdToken } from '../../src/user-pools/tokens/id-token.ts'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf, headerOf } from '../support/sign-in.ts'

const flows = { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH' as const, 'ALLOW_REFRESH_TOKEN_AUTH' as const] }
let server: TestServer
let pool: TestPool

before(async () => {
  server = await startTestServer()
  pool = await makePool(server, {}, flows)
  await pool.add('ann')
})
after(() => server.close())

async function signIn(USERNAME = 'ann', of = pool) {
  const AuthParameters = { USERNAME, PASSWORD: password }
  const call = new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId: of.clientId, AuthParameters })
  const { AuthenticationResult: tokens } = await server.clients.idp.send(call)
  return { id: tokens?.IdToken ?? '', access: tokens?.AccessToken ?? '', refresh: tokens?.RefreshToken ?? '' }
}
const look = (AccessToken: string) => server.clients.idp.send(new GetUserCommand({ AccessToken }))
const invalid = (token: string) => refused(look(token), 'NotAuthorizedException', 'Invalid Access Token')
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

async function idRefusal(token: string, more = {}) {
  const read = await readIdToken(server.world, token, more)
  return 'refused' in read ? read.refused : undefined
}

test('case 21: an ID token opens nothing as an access token, nor the reverse', async () => {
  const { id, access } = await signIn()
  await invalid(id)
  assert.equal(await idRefusal(access), 'use')
  assert.equal(await idRefusal(id), undefined)
})

test('case 21: a token of another pool, client or issuer is not taken', async () => {
  const other = await makePool(server, {}, flows)
  await other.add('ann')
  const [mine, theirs] = [await signIn(), await signIn('ann', other)]
  // The claims of mine under the other pool's name, with either signature.
  for (const signature of [mine.access, theirs.access].map((token) => token.split('.')[2])) {
    const [header] = theirs.access.split('.')
    const claims = encode({ ...claimsOf(mine.access), iss: claimsOf(theirs.access)['iss'] })
    await invalid([header, claims, signature].join('.'))
  }
  // A server that calls itself otherwise, with the same keys.
  const settings = { ...server.world.settings, issuer: 'aws' }
  const elsewhere = await readIdToken({ ...server.world, settings }, mine.id)
  assert.equal('refused' in elsewhere && elsewhere.refused, 'issuer')
  assert.equal(await idRefusal(mine.id, { audience: [other.clientId] }), 'audience')
  assert.equal(await idRefusal(mine.id, { audience: [pool.clientId] }), undefined)
})

test('case 23: a revoked or signed-out session is over on every path', async () => {
  for (const end of ['revoke', 'sign-out']) {
    const tokens = await signIn()
    const { clientId: ClientId, id: UserPoolId } = pool
    if (end === 'revoke') await server.clients.idp.send(new RevokeTokenCommand({ Token: tokens.refresh, ClientId }))
    else await server.clients.idp.send(new AdminUserGlobalSignOutCommand({ UserPoolId, Username: 'ann' }))
    await refused(look(tokens.access), 'NotAuthorizedException', 'Access Token has been revoked')
    await refused(refresh(tokens.refresh), 'NotAuthorizedException', 'Refresh Token has been revoked')
    assert.equal(await idRefusal(tokens.id, { checkRevocation: true }), 'revoked')
  }
})

const refresh = (REFRESH_TOKEN: string) =>
  server.clients.idp.send(
    new InitiateAuthCommand({
      ...{ ClientId: pool.clientId, AuthParameters: { REFRESH_TOKEN } },
      AuthFlow: 'REFRESH_TOKEN_AUTH',
    }),
  )

test('case 24: the tokens of a disabled user open nothing and give no others', async () => {
  await pool.add('dis')
  const tokens = await signIn('dis')
  await server.clients.idp.send(new AdminDisableUserCommand({ UserPoolId: pool.id, Username: 'dis' }))
  await refused(look(tokens.access), 'NotAuthorizedException', 'User is disabled.')
  await refused(refresh(tokens.refresh), 'NotAuthorizedException', 'User is disabled.')
  await refused(signIn('dis'), 'NotAuthorizedException', 'User is disabled.')
  assert.equal(await idRefusal(tokens.id, { checkRevocation: true }), 'disabled')
})

test('case 24: the tokens of a deleted user open nothing, not even for a new user of the same name', async () => {
  await pool.add('del')
  const tokens = await signIn('del')
  await server.clients.idp.send(new AdminDeleteUserCommand({ UserPoolId: pool.id, Username: 'del' }))
  await pool.add('del')
  await refused(look(tokens.access), 'UserNotFoundException', 'User does not exist.')
  await refused(refresh(tokens.refresh), 'NotAuthorizedException', 'Invalid Refresh Token')
  assert.equal(await idRefusal(tokens.id, { checkRevocation: true }), 'deleted')
})

test('case 30: a token without signature or with the algorithm none is refused, however it is spelt', async () => {
  const { access } = await signIn()
  const [header, claims] = access.split('.')
  await invalid(`${header}.${claims}.`)
  await invalid(`${header}.${claims}`)
  for (const alg of ['none', 'nOnE', 'NONE', '', null]) {
    for (const signature of ['', access.split('.')[2]]) {
      await invalid([encode({ ...headerOf(access), alg }), claims, signature].join('.'))
    }
  }
})

test('case 31: the public key is no secret of HMAC, and other algorithms are not taken', async () => {
  const { access } = await signIn()
  const { keys } = await (await fetch(`${server.endpoint}/${pool.id}/.well-known/jwks.json`)).json()
  const key = keys.find((one: { kid: string }) => one.kid === headerOf(access)['kid'])
  const pem = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
  const text = `${encode({ ...headerOf(access), alg: 'HS256' })}.${access.split('.')[1]}`
  for (const secret of [pem, JSON.stringify(key), key.n]) {
    await invalid(`${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`)
  }
  for (const alg of ['RS512', 'PS256', 'ES256', 'rs256']) {
    await invalid(`${encode({ ...headerOf(access), alg })}.${access.split('.').slice(1).join('.')}`)
  }
})

test('case 32: an unsigned token inside an encrypted one is refused', async () => {
  const { access } = await signIn()
  const { keys } = await (await fetch(`${server.endpoint}/${pool.id}/.well-known/jwks.json`)).json()
  const inner = `${encode({ alg: 'none' })}.${access.split('.')[1]}.`
  for (const jwk of keys) {
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
    const outer = await new CompactEncrypt(Buffer.from(inner))
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', cty: 'JWT', kid: jwk.kid })
      .encrypt(publicKey)
    await invalid(outer)
  }
})

test('case 33: a key that the token brings along or points to is not used', async () => {
  const { access } = await signIn()
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const jwk = publicKey.export({ format: 'jwk' })
  const forge = (header: object) => {
    const text = `${encode(header)}.${access.split('.')[1]}`
    return `${text}.${sign('sha256', Buffer.from(text), privateKey).toString('base64url')}`
  }
  const right = headerOf(access)
  await invalid(forge(right))
  await invalid(forge({ ...right, jwk }))
  await invalid(forge({ ...right, jku: `${server.endpoint}/evil` }))
  await invalid(forge({ ...right, x5u: 'http://169.254.169.254/', x5c: ['x'] }))
  const kids = ["' or 1=1 --", '../../../etc/passwd', '/dev/null', '', 7, null, ['x'], 'x'.repeat(10_000)]
  for (const kid of kids) await invalid(forge({ ...right, kid }))
})
