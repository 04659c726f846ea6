/** What a remembered device spares its user, and what the pool's functions are told of it. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  AdminUpdateDeviceStatusCommand,
  AssociateSoftwareTokenCommand,
  type ChallengeNameType,
  ConfirmDeviceCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  SetUserPoolMfaConfigCommand,
  UpdateUserPoolCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { fromBase32 } from '../../src/protocols/base32.ts'
import { verifierFor } from '../../src/protocols/srp.ts'
import { totp } from '../../src/protocols/totp.ts'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf, srpClient } from '../support/sign-in.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolhouse-devices-'))
const write = (name: string, body: string) => {
  mkdirSync(join(folder, name))
  writeFileSync(join(folder, name, 'index.mjs'), `export const handler = async (event) => { ${body}; return event }`)
}
const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`

let server: TestServer
let pool: TestPool
const DeviceConfiguration = { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false }
const SoftwareTokenMfaConfiguration = { Enabled: true }
const idp = () => server.clients.idp
before(async () => {
  write(
    'pre-token',
    `event.response = { claimsOverrideDetails: { claimsToAddOrOverride: { source: event.triggerSource } } }`,
  )
  write('post', `if (event.userName === 'told') throw new Error('newDeviceUsed ' + event.request.newDeviceUsed)`)
  server = await startTestServer({ functions: folder })
  pool = await makePool(
    server,
    { DeviceConfiguration, LambdaConfig: { PreTokenGeneration: arn('pre-token') } },
    { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] },
  )
  const mfa = { UserPoolId: pool.id, SoftwareTokenMfaConfiguration }
  await idp().send(new SetUserPoolMfaConfigCommand({ ...mfa, MfaConfiguration: 'ON' }))
})
after(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

const initiate = (USERNAME: string, more: Record<string, string> = {}) =>
  idp().send(
    new InitiateAuthCommand({
      ...{ AuthFlow: 'USER_PASSWORD_AUTH', ClientId: pool.clientId },
      AuthParameters: { USERNAME, PASSWORD: password, ...more },
    }),
  )
const respond = (ChallengeName: ChallengeNameType, answer: Record<string, string>, Session: string | undefined) =>
  idp().send(
    new RespondToAuthChallengeCommand({ ClientId: pool.clientId, ChallengeName, ChallengeResponses: answer, Session }),
  )
const bytes = (hex: string) => Buffer.from(hex, 'hex').toString('base64')

/** A user with an authenticator, signed in with it on a device that is confirmed then. */
async function prepare(username: string) {
  await pool.add(username)
  const AccessToken = await pool.tokenOf(username)
  const { SecretCode } = await idp().send(new AssociateSoftwareTokenCommand({ AccessToken }))
  const seed = fromBase32(SecretCode ?? '') ?? Buffer.alloc(0)
  const code = (ahead: number) => totp(seed, server.world.now() + ahead)
  await idp().send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: code(0) }))
  const asked = await initiate(username)
  assert.equal(asked.ChallengeName, 'SOFTWARE_TOKEN_MFA')
  const answer = { USERNAME: username, SOFTWARE_TOKEN_MFA_CODE: code(30_000) }
  const { AuthenticationResult } = await respond('SOFTWARE_TOKEN_MFA', answer, asked.Session)
  const { DeviceKey: key = '', DeviceGroupKey: group = '' } = AuthenticationResult?.NewDeviceMetadata ?? {}
  const [secret, salt] = [randomBytes(40).toString('base64'), randomBytes(16).toString('hex')]
  const verifier = await verifierFor({ group, name: key }, secret, salt, server.world.slow.modPow)
  const DeviceSecretVerifierConfig = { Salt: bytes(salt), PasswordVerifier: bytes(verifier) }
  const token = AuthenticationResult?.AccessToken
  await idp().send(new ConfirmDeviceCommand({ AccessToken: token, DeviceKey: key, DeviceSecretVerifierConfig }))
  return { key, group, secret, idToken: AuthenticationResult?.IdToken }
}

async function proveDevice(USERNAME: string, device: { key: string; group: string; secret: string }) {
  const asked = await initiate(USERNAME, { DEVICE_KEY: device.key })
  assert.equal(asked.ChallengeName, 'DEVICE_SRP_AUTH')
  const [srp, known] = [srpClient(`x_${device.group}`), { USERNAME, DEVICE_KEY: device.key }]
  const next = await respond('DEVICE_SRP_AUTH', { ...known, SRP_A: srp.A }, asked.Session)
  const parameters = { ...next.ChallengeParameters, USER_ID_FOR_SRP: device.key }
  const answer = { ...srp.answer(parameters, device.secret, server.world.now()), ...known }
  return respond('DEVICE_PASSWORD_VERIFIER', answer, next.Session)
}

test('a remembered device that proves itself stands in for the second factor, which the pool demands', async () => {
  const device = await prepare('ann')
  const { AuthenticationResult: result } = await proveDevice('ann', device)
  assert.equal(claimsOf(result?.AccessToken)['device_key'], device.key)
  assert.equal((await initiate('ann')).ChallengeName, 'SOFTWARE_TOKEN_MFA')
})

test('case 51: to name a device without proving it spares nothing', async () => {
  const [device, other] = [await prepare('eve'), await prepare('ian')]
  assert.equal((await initiate('eve', { DEVICE_KEY: other.key })).ChallengeName, 'SOFTWARE_TOKEN_MFA')
  await refused(
    proveDevice('eve', { ...device, secret: 'a guess' }),
    'NotAuthorizedException',
    'Incorrect username or password.',
  )
  const forgotten = { UserPoolId: pool.id, Username: 'eve', DeviceKey: device.key }
  await idp().send(new AdminUpdateDeviceStatusCommand({ ...forgotten, DeviceRememberedStatus: 'not_remembered' }))
  assert.equal((await initiate('eve', { DEVICE_KEY: device.key })).ChallengeName, 'SOFTWARE_TOKEN_MFA')
})

test('the functions are told that a device signed in, and whether it was new', async () => {
  const device = await prepare('told')
  assert.equal(claimsOf(device.idToken)['source'], 'TokenGeneration_Authentication')
  const { AuthenticationResult } = await proveDevice('told', device)
  assert.equal(claimsOf(AuthenticationResult?.IdToken)['source'], 'TokenGeneration_AuthenticateDevice')
  const LambdaConfig = { PostAuthentication: arn('post') }
  const update = { UserPoolId: pool.id, MfaConfiguration: 'OFF' as const, LambdaConfig }
  await idp().send(new UpdateUserPoolCommand({ ...update, DeviceConfiguration }))
  const sentence = (told: boolean | undefined) => `PostAuthentication failed with error newDeviceUsed ${told}.`
  await refused(initiate('told'), 'UserLambdaValidationException', sentence(true))
  await refused(proveDevice('told', device), 'UserLambdaValidationException', sentence(false))
  await idp().send(new UpdateUserPoolCommand(update))
  await refused(initiate('told'), 'UserLambdaValidationException', sentence(undefined))
})
