/** Attacks on passkeys: made or used for another site, another user, another time, another algorithm. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CompleteWebAuthnRegistrationCommand,
  DeleteWebAuthnCredentialCommand,
  InitiateAuthCommand,
  ListWebAuthnCredentialsCommand,
  RespondToAuthChallengeCommand,
  SetUserPoolMfaConfigCommand,
  StartWebAuthnRegistrationCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { speaksFor } from '../../src/user-pools/passkeys/relying-party.ts'
import { type Authenticator, makeAuthenticator, type Tweaks } from '../support/authenticator.ts'
import { makePool, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const client = { ExplicitAuthFlows: ['ALLOW_USER_AUTH' as const] }
const settings = {
  Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD' as const, 'WEB_AUTHN' as const] } },
}

let server: TestServer
let pool: TestPool

before(async () => {
  server = await startTestServer()
  pool = await makePool(server, settings, client)
})
after(() => server.close())

const send: TestServer['clients']['idp']['send'] = ((command: never) => server.clients.idp.send(command)) as never
type Creation = Parameters<Authenticator['create']>[0]

const begin = async (username: string, of = pool) => {
  const AccessToken = await of.tokenOf(username)
  const { CredentialCreationOptions } = await send(new StartWebAuthnRegistrationCommand({ AccessToken }))
  return { AccessToken, options: CredentialCreationOptions as unknown as Creation }
}
const complete = (AccessToken: string, Credential: object) =>
  send(new CompleteWebAuthnRegistrationCommand({ AccessToken, Credential: Credential as never }))
const make = () => makeAuthenticator(server.endpoint)
const register = async (username: string, authenticator = make(), tweaks: Tweaks = {}, of = pool) => {
  const { AccessToken, options } = await begin(username, of)
  await complete(AccessToken, authenticator.create(options, tweaks))
  return authenticator
}

const ask = async (USERNAME: string, of = pool) => {
  const { Session, ChallengeParameters } = await send(
    new InitiateAuthCommand({
      ...{ AuthFlow: 'USER_AUTH', ClientId: of.clientId },
      AuthParameters: { USERNAME, PREFERRED_CHALLENGE: 'WEB_AUTHN' },
    }),
  )
  return { Session, options: JSON.parse(ChallengeParameters?.['CREDENTIAL_REQUEST_OPTIONS'] ?? '') }
}
const answer = (USERNAME: string, Session: string | undefined, credential: object, of = pool) =>
  send(
    new RespondToAuthChallengeCommand({
      ...{ ClientId: of.clientId, ChallengeName: 'WEB_AUTHN', Session },
      ChallengeResponses: { USERNAME, CREDENTIAL: JSON.stringify(credential) },
    }),
  )
const signIn = async (username: string, authenticator: Authenticator, tweaks: Tweaks = {}, of = pool) => {
  const { Session, options } = await ask(username, of)
  return answer(username, Session, authenticator.get(options, tweaks), of)
}
const wrong = ['NotAuthorizedException', 'Incorrect username or password.'] as const

test('case 57: a registration is completed once, by its user, with its own challenge, in its time', async () => {
  await pool.add('once')
  await pool.add('other')
  const unknown = 'WebAuthnChallengeNotFoundException'
  const { AccessToken, options } = await begin('once')
  const made = make().create(options)
  await refused(complete(await pool.tokenOf('other'), made), unknown)
  await refused(complete(AccessToken, make().create(options, { challenge: 'A'.repeat(43) })), unknown)
  await complete(AccessToken, made)
  await refused(complete(AccessToken, make().create(options)), unknown)
  const late = await begin('once')
  server.world.clock.advance(5 * 60_000)
  await refused(complete(late.AccessToken, make().create(late.options)), unknown)
})

test('case 57: a passkey of another origin or relying party is not registered', async () => {
  await pool.add('origin')
  const attempt = async (tweaks: Tweaks) => {
    const { AccessToken, options } = await begin('origin')
    return complete(AccessToken, make().create(options, tweaks))
  }
  for (const origin of ['https://localhost.evil.example', 'http://evil.example', 'https://evil.example', 'null', 'x'])
    await refused(attempt({ origin }), 'WebAuthnOriginNotAllowedException')
  await refused(attempt({ rpId: 'evil.example' }), 'WebAuthnRelyingPartyMismatchException')
  await refused(attempt({ crossOrigin: true }), 'InvalidParameterException')
  await refused(attempt({ type: 'webauthn.get' }), 'InvalidParameterException')
})

test('case 57: an answer for another challenge, origin or relying party is refused', async () => {
  await pool.add('answers')
  const authenticator = await register('answers')
  for (const tweaks of [
    { challenge: Buffer.alloc(32).toString('base64url') },
    { origin: 'https://localhost.evil.example' },
    { origin: 'https://evil.example' },
    { rpId: 'evil.example' },
    { type: 'webauthn.create' },
  ])
    await refused(signIn('answers', authenticator, tweaks), ...wrong)
  assert.ok((await signIn('answers', authenticator)).AuthenticationResult)
})

test('case 57: a challenge is answered once, right or wrong', async () => {
  await pool.add('challenge')
  const authenticator = await register('challenge')
  const once = ['NotAuthorizedException', 'Invalid session for the user, session can only be used once.'] as const
  const right = await ask('challenge')
  const credential = authenticator.get(right.options)
  assert.ok((await answer('challenge', right.Session, credential)).AuthenticationResult)
  await refused(answer('challenge', right.Session, credential), ...once)
  const other = await ask('challenge')
  await refused(answer('challenge', other.Session, credential), ...wrong)
  await refused(answer('challenge', other.Session, authenticator.get(other.options)), ...once)
})

test('case 57: where the pool requires it, the person must have been verified', async () => {
  const strict = await makePool(server, settings, client)
  const WebAuthnConfiguration = { UserVerification: 'required' as const }
  await strict.add('verified')
  const before = await register('verified', make(), { verified: false }, strict)
  assert.ok((await signIn('verified', before, { verified: false }, strict)).AuthenticationResult)
  await send(new SetUserPoolMfaConfigCommand({ UserPoolId: strict.id, WebAuthnConfiguration }))
  await refused(signIn('verified', before, { verified: false }, strict), ...wrong)
  await refused(register('verified', make(), { verified: false }, strict), 'WebAuthnCredentialNotSupportedException')
  assert.ok((await signIn('verified', before, {}, strict)).AuthenticationResult)
})

test('case 57: a counter that does not go on is a copy, and gets nobody in', async () => {
  await pool.add('counter')
  const authenticator = await register('counter', make(), { counter: 10 })
  await refused(signIn('counter', authenticator, { counter: 10 }), ...wrong)
  await refused(signIn('counter', authenticator, { counter: 3 }), ...wrong)
  await refused(signIn('counter', authenticator, { counter: 0 }), ...wrong)
  assert.ok((await signIn('counter', authenticator, { counter: 11 })).AuthenticationResult)
  const two = await Promise.all([ask('counter'), ask('counter')])
  const outcomes = await Promise.allSettled(
    two.map(({ Session, options }) => answer('counter', Session, authenticator.get(options, { counter: 12 }))),
  )
  assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
})

test('case 57: authenticators that never count are accepted', async () => {
  await pool.add('zero')
  const authenticator = await register('zero', make(), { counter: 0 })
  for (let n = 0; n < 2; n += 1) assert.ok((await signIn('zero', authenticator, { counter: 0 })).AuthenticationResult)
})

test('case 58: an algorithm that was not asked for is refused', async () => {
  await pool.add('algorithm')
  await refused(register('algorithm', make(), { algorithm: 'EdDSA' }), 'WebAuthnCredentialNotSupportedException')
})

test('case 59: a passkey is deleted and listed by its owner only', async () => {
  await pool.add('owner')
  await pool.add('thief')
  const { id } = await register('owner')
  const thief = await pool.tokenOf('thief')
  await refused(
    send(new DeleteWebAuthnCredentialCommand({ AccessToken: thief, CredentialId: id })),
    'ResourceNotFoundException',
  )
  assert.deepEqual((await send(new ListWebAuthnCredentialsCommand({ AccessToken: thief }))).Credentials, [])
  const own = await send(new ListWebAuthnCredentialsCommand({ AccessToken: await pool.tokenOf('owner') }))
  assert.deepEqual(
    own.Credentials?.map(({ CredentialId }) => CredentialId),
    [id],
  )
})

test('case 59: the passkey of one user signs nobody else in, and its id is registered to nobody else', async () => {
  await pool.add('alice')
  await pool.add('mallory')
  const alices = await register('alice')
  const mallorys = await register('mallory')
  const { Session, options } = await ask('alice')
  await refused(answer('alice', Session, mallorys.get(options)), ...wrong)
  const sameId = makeAuthenticator(server.endpoint, Buffer.from(alices.id, 'base64url'))
  await refused(register('mallory', sameId), 'InvalidParameterException')
  assert.ok((await signIn('alice', alices)).AuthenticationResult)
  await refused(signIn('alice', sameId), ...wrong)
})

test('only secure pages of the relying party and below speak for it', () => {
  for (const [origin, rpId, speaks] of [
    ['https://example.com', 'example.com', true],
    ['https://login.example.com:8443', 'example.com', true],
    ['https://example.com', 'login.example.com', false],
    ['https://notexample.com', 'example.com', false],
    ['https://example.com.evil.org', 'example.com', false],
    ['http://example.com', 'example.com', false],
    ['http://localhost:4100', 'localhost', true],
    ['http://app.localhost:3000', 'localhost', true],
    ['https://example.com/', 'example.com', false],
    ['https://user@example.com', 'example.com', false],
    ['android:apk-key-hash:abc', 'example.com', false],
    ['', 'example.com', false],
  ] as const)
    assert.equal(speaksFor(origin, rpId), speaks, `${origin} for ${rpId}`)
})
