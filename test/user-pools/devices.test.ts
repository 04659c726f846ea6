/** Devices through the SDK, and remembered by amazon-cognito-identity-js and Amplify themselves. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import {
  AdminForgetDeviceCommand,
  AdminGetDeviceCommand,
  AdminInitiateAuthCommand,
  AdminListDevicesCommand,
  AdminUpdateDeviceStatusCommand,
  ConfirmDeviceCommand,
  type ConfirmDeviceCommandInput,
  type CreateUserPoolCommandInput,
  ForgetDeviceCommand,
  GetDeviceCommand,
  GetTokensFromRefreshTokenCommand,
  InitiateAuthCommand,
  ListDevicesCommand,
  RespondToAuthChallengeCommand,
  UpdateDeviceStatusCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from 'amazon-cognito-identity-js'
import { Amplify } from 'aws-amplify'
import { signIn as amplifySignIn, fetchDevices, forgetDevice, rememberDevice, signOut } from 'aws-amplify/auth'
import { readElement, verifierFor } from '../../src/protocols/srp.ts'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf, srpClient } from '../support/sign-in.ts'

let server: TestServer
let pool: TestPool
const idp = () => server.clients.idp
const flows = [
  'ALLOW_USER_PASSWORD_AUTH' as const,
  'ALLOW_USER_SRP_AUTH' as const,
  'ALLOW_REFRESH_TOKEN_AUTH' as const,
  'ALLOW_ADMIN_USER_PASSWORD_AUTH' as const,
]
const always = { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: false }
const makeTracking = (
  DeviceConfiguration: CreateUserPoolCommandInput['DeviceConfiguration'] = always,
  client: Parameters<typeof makePool>[2] = {},
) => makePool(server, { DeviceConfiguration }, { ExplicitAuthFlows: flows, ...client })
before(async () => {
  server = await startTestServer()
  pool = await makeTracking()
})
after(() => server.close())

const wrong = <Value>(value: unknown): Value => value as Value
const noDevice = ['ResourceNotFoundException', 'Device does not exist.'] as const
const badRefresh = ['NotAuthorizedException', 'Invalid Refresh Token'] as const
const absentKey = 'us-east-1_00000000-0000-0000-0000-000000000000'

const initiate = (username: string, more: Record<string, string> = {}, of = pool) =>
  idp().send(
    new InitiateAuthCommand({
      ...{ AuthFlow: 'USER_PASSWORD_AUTH', ClientId: of.clientId },
      AuthParameters: { USERNAME: username, PASSWORD: password, ...more },
    }),
  )
const respond = (
  ChallengeName: 'DEVICE_SRP_AUTH' | 'DEVICE_PASSWORD_VERIFIER' | 'PASSWORD_VERIFIER',
  ChallengeResponses: Record<string, string>,
  Session: string | undefined,
  of = pool,
) =>
  idp().send(new RespondToAuthChallengeCommand({ ClientId: of.clientId, ChallengeName, ChallengeResponses, Session }))
const refresh = (RefreshToken: string | undefined, DeviceKey?: string, of = pool) =>
  idp().send(new GetTokensFromRefreshTokenCommand({ RefreshToken, ClientId: of.clientId, DeviceKey }))
const base64 = (hex: string) => Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex').toString('base64')

type Known = { token: string; refresh: string; key: string; group: string; secret: string }

/** Signs in, which gives a new device; not confirmed yet. */
async function meet(username: string, of = pool): Promise<Known> {
  const { AuthenticationResult: result } = await initiate(username, {}, of)
  const { DeviceKey: key = '', DeviceGroupKey: group = '' } = result?.NewDeviceMetadata ?? {}
  return {
    ...{ token: result?.AccessToken ?? '', refresh: result?.RefreshToken ?? '', key, group },
    secret: randomBytes(40).toString('base64'),
  }
}
async function verifierOf({ group, key, secret }: Known) {
  const saltHex = randomBytes(16).toString('hex')
  const verifier = await verifierFor({ group, name: key }, secret, saltHex, server.world.slow.modPow)
  return { Salt: base64(saltHex), PasswordVerifier: base64(verifier) }
}
const confirm = (device: Pick<Known, 'token' | 'key'>, more: Partial<ConfirmDeviceCommandInput> = {}) =>
  idp().send(new ConfirmDeviceCommand({ AccessToken: device.token, DeviceKey: device.key, ...more }))
async function known(username: string, of = pool): Promise<Known> {
  const device = await meet(username, of)
  await confirm(device, { DeviceName: 'phone', DeviceSecretVerifierConfig: await verifierOf(device) })
  return device
}
/** Answers both device challenges of a sign-in that asked the first. */
async function prove(username: string, device: Known, Session: string | undefined, of = pool, secret = device.secret) {
  const srp = srpClient(`x_${device.group}`)
  const USERNAME = username
  const first = await respond('DEVICE_SRP_AUTH', { USERNAME, DEVICE_KEY: device.key, SRP_A: srp.A }, Session, of)
  const parameters = { ...first.ChallengeParameters, USER_ID_FOR_SRP: device.key }
  const answer = { ...srp.answer(parameters, secret, server.world.now()), USERNAME, DEVICE_KEY: device.key }
  return { first, answer, finish: () => respond('DEVICE_PASSWORD_VERIFIER', answer, first.Session, of) }
}
const get = async (AccessToken: string | undefined, DeviceKey: string) =>
  (await idp().send(new GetDeviceCommand({ AccessToken, DeviceKey }))).Device
const adminGet = async (Username: string, DeviceKey: string, of = pool) =>
  (await idp().send(new AdminGetDeviceCommand({ UserPoolId: of.id, Username, DeviceKey }))).Device
const attributesOf = (device: Awaited<ReturnType<typeof get>>) =>
  Object.fromEntries((device?.DeviceAttributes ?? []).map(({ Name, Value }) => [Name, Value]))

describe('a sign-in where devices are tracked', () => {
  test('gives a new device, whose key the access token carries', async () => {
    await pool.add('new')
    const { AuthenticationResult: result } = await initiate('new')
    assert.match(result?.NewDeviceMetadata?.DeviceKey ?? '', /^us-east-1_[0-9a-f-]{36}$/)
    assert.match(result?.NewDeviceMetadata?.DeviceGroupKey ?? '', /^-[A-Za-z0-9]{8}$/)
    assert.equal(claimsOf(result?.AccessToken)['device_key'], result?.NewDeviceMetadata?.DeviceKey)
    assert.equal(claimsOf(result?.IdToken)['device_key'], undefined)
  })

  test('gives a new one too when the request names one that is not the user’s', async () => {
    await pool.add('foreign')
    const mine = await known('new')
    const { AuthenticationResult: result } = await initiate('foreign', { DEVICE_KEY: mine.key })
    assert.notEqual(result?.NewDeviceMetadata?.DeviceKey, mine.key)
    assert.ok(result?.NewDeviceMetadata?.DeviceKey)
  })

  test('gives none where devices are not tracked', async () => {
    const untracked = await makePool(server, {}, { ExplicitAuthFlows: flows })
    await untracked.add('ann')
    const { AuthenticationResult: result } = await initiate('ann', { DEVICE_KEY: absentKey }, untracked)
    assert.equal(result?.NewDeviceMetadata, undefined)
    assert.equal(claimsOf(result?.AccessToken)['device_key'], undefined)
    assert.ok((await refresh(result?.RefreshToken, undefined, untracked)).AuthenticationResult)
    await refused(
      confirm({ token: result?.AccessToken ?? '', key: absentKey }),
      'InvalidUserPoolConfigurationException',
    )
  })

  test('of administrators gives one as well', async () => {
    await pool.add('adm')
    const { AuthenticationResult: result } = await idp().send(
      new AdminInitiateAuthCommand({
        ...{ UserPoolId: pool.id, ClientId: pool.clientId, AuthFlow: 'ADMIN_USER_PASSWORD_AUTH' },
        AuthParameters: { USERNAME: 'adm', PASSWORD: password },
      }),
    )
    assert.ok(result?.NewDeviceMetadata?.DeviceKey)
  })
})

describe('ConfirmDevice', () => {
  test('refuses the wrong type', () => refused(confirm({ token: 'a', key: wrong(1) }), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await pool.add('cas')
    const device = await meet('cas')
    await refused(confirm({ ...device, key: 'no key' }), 'InvalidParameterException', /at 'deviceKey' failed/)
    const invalidKey = ['InvalidParameterException', 'Invalid device key given.'] as const
    await refused(confirm({ ...device, key: absentKey }), ...invalidKey)
    // Another sign-in of the same user got another key.
    await refused(confirm({ ...device, key: (await meet('cas')).key }), ...invalidKey)
    const right = await verifierOf(device)
    for (const config of [
      {},
      { ...right, Salt: '' },
      { ...right, Salt: 'not base64!' },
      { ...right, PasswordVerifier: base64('00') },
      { ...right, PasswordVerifier: base64('ff'.repeat(384)) },
      { ...right, PasswordVerifier: base64('ab'.repeat(400)) },
    ]) {
      const call = confirm(device, { DeviceSecretVerifierConfig: config })
      await refused(call, 'InvalidParameterException', 'Invalid device secret verifier config.')
    }
    await confirm(device, { DeviceSecretVerifierConfig: right })
    await refused(confirm(device, { DeviceSecretVerifierConfig: right }), 'DeviceKeyExistsException')
  })

  test('remembers at once, unless the user is to be asked', async () => {
    await pool.add('con')
    const device = await meet('con')
    const DeviceSecretVerifierConfig = await verifierOf(device)
    assert.equal((await confirm(device, { DeviceSecretVerifierConfig })).UserConfirmationNecessary, false)
    assert.equal(attributesOf(await adminGet('con', device.key))['dev:device_remembered_status'], 'remembered')
    const asking = await makeTracking({ ...always, DeviceOnlyRememberedOnUserPrompt: true })
    await asking.add('con')
    const other = await meet('con', asking)
    assert.equal((await confirm(other)).UserConfirmationNecessary, true)
    assert.equal(
      attributesOf(await adminGet('con', other.key, asking))['dev:device_remembered_status'],
      'not_remembered',
    )
  })
})

describe('GetDevice and AdminGetDevice', () => {
  test('refuse the wrong type', async () => {
    await refused(get('a', wrong(1)), 'SerializationException')
    await refused(adminGet(wrong(1), absentKey), 'SerializationException')
  })

  test('refuse the wrong value', async () => {
    await pool.add('gus')
    const { token } = await meet('gus')
    await refused(get(undefined, absentKey), 'NotAuthorizedException')
    await refused(get(token, absentKey), ...noDevice)
    await refused(adminGet('gus', absentKey), ...noDevice)
    await refused(adminGet('nobody', absentKey), 'ResourceNotFoundException', 'User does not exist.')
  })

  test('answer the device', async () => {
    await pool.add('gil')
    const { token, key } = await known('gil')
    const device = await get(token, key)
    assert.equal(device?.DeviceKey, key)
    const { last_ip_used, ...attributes } = attributesOf(device)
    assert.deepEqual(attributes, { device_status: 'valid', device_name: 'phone' })
    assert.match(last_ip_used ?? '', /127\.0\.0\.1|::1/)
    for (const date of [
      device?.DeviceCreateDate,
      device?.DeviceLastModifiedDate,
      device?.DeviceLastAuthenticatedDate,
    ]) {
      assert.ok(date instanceof Date)
    }
    assert.equal((await adminGet('gil', key))?.DeviceKey, key)
    const verifiers = JSON.stringify([device, await adminGet('gil', key)])
    assert.ok(!/verifier|salt/i.test(verifiers))
  })
})

describe('ListDevices and AdminListDevices', () => {
  const list = (AccessToken: string, Limit?: number, PaginationToken?: string) =>
    idp().send(new ListDevicesCommand({ AccessToken, Limit, PaginationToken }))
  const adminList = (Username: string, Limit?: number) =>
    idp().send(new AdminListDevicesCommand({ UserPoolId: pool.id, Username, Limit }))

  test('refuse the wrong type', async () => {
    await refused(list('a', wrong('1')), 'SerializationException')
    await refused(adminList('a', wrong('1')), 'SerializationException')
  })

  test('refuse the wrong value', async () => {
    await pool.add('lia')
    const { token } = await meet('lia')
    await refused(list(token, 61), 'InvalidParameterException', /less than or equal to 60/)
    await refused(list(token, 1, 'forged'), 'InvalidParameterException', 'Invalid pagination token.')
    await refused(adminList('nobody'), 'ResourceNotFoundException')
  })

  test('page through the devices that the user confirmed', async () => {
    await pool.add('leo')
    const devices = [await known('leo'), await known('leo'), await known('leo')]
    const { token } = await meet('leo')
    const first = await list(token, 2)
    const second = await list(token, 2, first.PaginationToken)
    assert.deepEqual([first.Devices?.length, second.Devices?.length, second.PaginationToken], [2, 1, undefined])
    const keys = [...(first.Devices ?? []), ...(second.Devices ?? [])].map(({ DeviceKey }) => DeviceKey)
    assert.deepEqual(keys, devices.map(({ key }) => key).sort())
    assert.equal((await adminList('leo', 0)).Devices?.length, 3)
  })
})

describe('UpdateDeviceStatus and AdminUpdateDeviceStatus', () => {
  const update = (AccessToken: string, DeviceKey: string, DeviceRememberedStatus?: 'remembered' | 'not_remembered') =>
    idp().send(new UpdateDeviceStatusCommand({ AccessToken, DeviceKey, DeviceRememberedStatus }))
  const adminUpdate = (Username: string, DeviceKey: string, status?: 'remembered' | 'not_remembered') =>
    idp().send(
      new AdminUpdateDeviceStatusCommand({ UserPoolId: pool.id, Username, DeviceKey, DeviceRememberedStatus: status }),
    )

  test('refuse the wrong type', async () => {
    await refused(update('a', wrong(1)), 'SerializationException')
    await refused(adminUpdate('a', wrong(1)), 'SerializationException')
  })

  test('refuse the wrong value', async () => {
    await pool.add('una')
    const { token, key } = await known('una')
    await refused(update(token, key, wrong('forever')), 'InvalidParameterException', /'deviceRememberedStatus' failed/)
    await refused(update(token, absentKey, 'remembered'), ...noDevice)
    await refused(adminUpdate('una', absentKey), ...noDevice)
    await refused(adminUpdate('nobody', key, 'remembered'), 'UserNotFoundException')
  })

  test('a device that is not remembered is not asked to prove itself', async () => {
    await pool.add('uli')
    const device = await known('uli')
    const asked = async () => (await initiate('uli', { DEVICE_KEY: device.key })).ChallengeName
    assert.equal(await asked(), 'DEVICE_SRP_AUTH')
    await update(device.token, device.key, 'not_remembered')
    assert.equal(await asked(), undefined)
    await adminUpdate('uli', device.key, 'remembered')
    assert.equal(await asked(), 'DEVICE_SRP_AUTH')
  })
})

describe('ForgetDevice and AdminForgetDevice', () => {
  const forget = (AccessToken: string | undefined, DeviceKey: string) =>
    idp().send(new ForgetDeviceCommand({ AccessToken, DeviceKey }))
  const adminForget = (Username: string, DeviceKey: string) =>
    idp().send(new AdminForgetDeviceCommand({ UserPoolId: pool.id, Username, DeviceKey }))

  test('refuse the wrong type', async () => {
    await refused(forget('a', wrong(1)), 'SerializationException')
    await refused(adminForget('a', wrong(1)), 'SerializationException')
  })

  test('refuse the wrong value', async () => {
    await pool.add('fay')
    const { token } = await meet('fay')
    await refused(forget(undefined, absentKey), 'NotAuthorizedException')
    await refused(forget(token, absentKey), ...noDevice)
    await refused(adminForget('fay', absentKey), ...noDevice)
    await refused(adminForget('nobody', absentKey), 'UserNotFoundException')
  })

  test('forget it: it is not shown, asks nothing, and its sessions are not refreshed', async () => {
    await pool.add('fox')
    const [one, two] = [await known('fox'), await known('fox')]
    assert.ok((await refresh(one.refresh, one.key)).AuthenticationResult)
    await forget(one.token, one.key)
    await adminForget('fox', two.key)
    for (const { key, refresh: token } of [one, two]) {
      await refused(get(one.token, key), ...noDevice)
      await refused(refresh(token, key), ...badRefresh)
    }
    assert.equal((await initiate('fox', { DEVICE_KEY: one.key })).ChallengeName, undefined)
  })
})

describe('a refresh where devices are tracked', () => {
  test('wants the confirmed device that the session began on', async () => {
    await pool.add('ray')
    const device = await meet('ray')
    await refused(refresh(device.refresh, device.key), ...badRefresh)
    await confirm(device, { DeviceSecretVerifierConfig: await verifierOf(device) })
    const other = await known('ray')
    await refused(refresh(device.refresh), ...badRefresh)
    await refused(refresh(device.refresh, other.key), ...badRefresh)
    const { AuthenticationResult: renewed } = await refresh(device.refresh, device.key)
    assert.equal(claimsOf(renewed?.AccessToken)['device_key'], device.key)
    const flow = (DEVICE_KEY?: string) =>
      idp().send(
        new InitiateAuthCommand({
          ...{ AuthFlow: 'REFRESH_TOKEN_AUTH', ClientId: pool.clientId },
          AuthParameters: { REFRESH_TOKEN: device.refresh, ...(DEVICE_KEY && { DEVICE_KEY }) },
        }),
      )
    await refused(flow(), ...badRefresh)
    assert.ok((await flow(device.key)).AuthenticationResult)
  })

  test('rotation goes on with the device, and a refused device uses no token up', async () => {
    const rotating = await makeTracking(always, {
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
      RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
    })
    await rotating.add('rod')
    const device = await known('rod', rotating)
    await refused(refresh(device.refresh, absentKey, rotating), ...badRefresh)
    const { AuthenticationResult: second } = await refresh(device.refresh, device.key, rotating)
    assert.ok((await refresh(second?.RefreshToken, device.key, rotating)).AuthenticationResult?.RefreshToken)
    await refused(refresh(device.refresh, device.key, rotating), 'RefreshTokenReuseException')
  })
})

describe('DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER', () => {
  before(() => pool.add('dee'))

  test('refuse the wrong type', async () => {
    await refused(respond('DEVICE_SRP_AUTH', wrong({ USERNAME: 1 }), 'x'.repeat(20)), 'SerializationException')
    await refused(respond('DEVICE_PASSWORD_VERIFIER', wrong(1), 'x'.repeat(20)), 'SerializationException')
  })

  test('refuse the wrong value', async () => {
    const device = await known('dee')
    const { Session } = await initiate('dee', { DEVICE_KEY: device.key })
    const answer = { USERNAME: 'dee', DEVICE_KEY: device.key, SRP_A: '2' }
    const lacking = ['InvalidParameterException', 'Missing required parameter SRP_A'] as const
    await refused(respond('DEVICE_SRP_AUTH', { USERNAME: 'dee', DEVICE_KEY: device.key }, Session), ...lacking)
    await refused(respond('DEVICE_SRP_AUTH', answer, undefined), 'InvalidParameterException', /Session/)
    await refused(respond('DEVICE_SRP_AUTH', { ...answer, SRP_A: '0' }, Session), 'InvalidParameterException')
    const verifier = { ...answer, PASSWORD_CLAIM_SIGNATURE: 'a', PASSWORD_CLAIM_SECRET_BLOCK: 'a', TIMESTAMP: 'a' }
    await refused(
      respond('DEVICE_PASSWORD_VERIFIER', verifier, Session),
      'NotAuthorizedException',
      'Invalid session for the user.',
    )
    await refused(respond('DEVICE_SRP_AUTH', { ...answer, DEVICE_KEY: absentKey }, Session), ...noDevice)
  })

  test('end the sign-in on the device', async () => {
    const device = await known('dee')
    const asked = await initiate('dee', { DEVICE_KEY: device.key })
    assert.equal(asked.ChallengeName, 'DEVICE_SRP_AUTH')
    assert.equal(asked.AuthenticationResult, undefined)
    const { first, finish } = await prove('dee', device, asked.Session)
    assert.equal(first.ChallengeName, 'DEVICE_PASSWORD_VERIFIER')
    assert.deepEqual(Object.keys(first.ChallengeParameters ?? {}).sort(), [
      ...['DEVICE_KEY', 'SALT', 'SECRET_BLOCK', 'SRP_B', 'USERNAME'],
    ])
    assert.ok(readElement(first.ChallengeParameters?.['SRP_B'] ?? ''))
    const { AuthenticationResult: result } = await finish()
    assert.equal(claimsOf(result?.AccessToken)['device_key'], device.key)
    assert.equal(result?.NewDeviceMetadata, undefined)
    assert.ok((await refresh(result?.RefreshToken, device.key)).AuthenticationResult)
  })

  test('after SRP the device may be named at the start or in the answer, and an unknown one costs no answer', async () => {
    const device = await known('dee')
    const srp = async (DEVICE_KEY?: string) => {
      const client = srpClient(pool.id)
      const AuthParameters = { USERNAME: 'dee', SRP_A: client.A, ...(DEVICE_KEY && { DEVICE_KEY }) }
      const asked = await idp().send(
        new InitiateAuthCommand({ AuthFlow: 'USER_SRP_AUTH', ClientId: pool.clientId, AuthParameters }),
      )
      return client.answer(asked.ChallengeParameters, password, server.world.now())
    }
    const verify = (answer: Record<string, string>) => respond('PASSWORD_VERIFIER', answer, undefined)
    assert.equal((await verify(await srp(device.key))).ChallengeName, 'DEVICE_SRP_AUTH')
    const answer = await srp()
    await refused(verify({ ...answer, DEVICE_KEY: absentKey }), ...noDevice)
    assert.equal((await verify({ ...answer, DEVICE_KEY: device.key })).ChallengeName, 'DEVICE_SRP_AUTH')
  })

  test('a wrong secret ends the sign-in, and a proof serves once', async () => {
    const device = await known('dee')
    const start = async () => (await initiate('dee', { DEVICE_KEY: device.key })).Session
    const bad = await prove('dee', device, await start(), pool, 'another secret')
    await refused(bad.finish(), 'NotAuthorizedException', 'Incorrect username or password.')
    await refused(
      bad.finish(),
      'NotAuthorizedException',
      'Invalid session for the user, session can only be used once.',
    )
    const good = await prove('dee', device, await start())
    await good.finish()
    await refused(good.finish(), 'NotAuthorizedException', /only be used once/)
    // The proof of one sign-in is none in another.
    const other = await prove('dee', device, await start())
    await refused(
      respond('DEVICE_PASSWORD_VERIFIER', good.answer, other.first.Session),
      'NotAuthorizedException',
      'Incorrect username or password.',
    )
  })

  test('a device forgotten in the middle ends nothing well', async () => {
    const device = await known('dee')
    const { Session } = await initiate('dee', { DEVICE_KEY: device.key })
    const { finish } = await prove('dee', device, Session)
    await idp().send(new ForgetDeviceCommand({ AccessToken: device.token, DeviceKey: device.key }))
    await refused(finish(), ...noDevice)
  })

  test('are not asked where the pool does not want them, nor of a device without a verifier', async () => {
    const lax = await makeTracking({ ...always, ChallengeRequiredOnNewDevice: false })
    await lax.add('dee')
    const device = await known('dee', lax)
    const { AuthenticationResult: result } = await initiate('dee', { DEVICE_KEY: device.key }, lax)
    assert.equal(claimsOf(result?.AccessToken)['device_key'], device.key)
    const bare = await meet('dee')
    await confirm(bare)
    assert.ok((await initiate('dee', { DEVICE_KEY: bare.key })).AuthenticationResult)
  })

  test('case 81: another user’s device is nobody’s to use, see, change or forget', async () => {
    for (const name of ['eva', 'ian']) await pool.add(name)
    const [eva, ian] = [await known('eva'), await known('ian')]
    await refused(get(eva.token, ian.key), ...noDevice)
    await refused(adminGet('eva', ian.key), ...noDevice)
    await refused(confirm({ token: eva.token, key: ian.key }), 'InvalidParameterException', 'Invalid device key given.')
    const place = { AccessToken: eva.token, DeviceKey: ian.key }
    const status = { DeviceRememberedStatus: 'not_remembered' as const }
    await refused(idp().send(new UpdateDeviceStatusCommand({ ...place, ...status })), ...noDevice)
    await refused(idp().send(new ForgetDeviceCommand(place)), ...noDevice)
    const admin = { UserPoolId: pool.id, Username: 'eva', DeviceKey: ian.key }
    await refused(idp().send(new AdminForgetDeviceCommand(admin)), ...noDevice)
    await refused(idp().send(new AdminUpdateDeviceStatusCommand({ ...admin, ...status })), ...noDevice)
    await refused(refresh(eva.refresh, ian.key), ...badRefresh)
    // Eva's sign-in cannot be ended by Ian's device, though Eva knows its secret.
    const { Session } = await initiate('eva', { DEVICE_KEY: eva.key })
    await refused(prove('eva', ian, Session), ...noDevice)
    const ians = await initiate('ian', { DEVICE_KEY: ian.key })
    await refused(prove('eva', eva, ians.Session), 'NotAuthorizedException', 'Invalid session for the user.')
    const other = await makeTracking()
    await other.add('ian')
    await refused(adminGet('ian', ian.key, other), ...noDevice)
    assert.ok(await get(ian.token, ian.key))
  })
})

describe('amazon-cognito-identity-js', () => {
  const storage = () => {
    const held = new Map<string, string>()
    return {
      setItem: (key: string, value: string) => void held.set(key, value),
      getItem: (key: string) => held.get(key) ?? null,
      removeItem: (key: string) => void held.delete(key),
      clear: () => held.clear(),
    }
  }

  test('remembers its device and signs in on it', async () => {
    await pool.add('jan')
    const Storage = storage()
    const Pool = new CognitoUserPool({
      ...{ UserPoolId: pool.id, ClientId: pool.clientId, endpoint: server.endpoint, Storage },
    })
    const enter = (user: CognitoUser) =>
      new Promise<CognitoUserSession>((onSuccess, onFailure) =>
        user.authenticateUser(new AuthenticationDetails({ Username: 'jan', Password: password }), {
          onSuccess,
          onFailure,
        }),
      )
    const first = await enter(new CognitoUser({ Username: 'jan', Pool, Storage }))
    const key = first.getAccessToken().payload['device_key']
    assert.ok(await adminGet('jan', key))
    const user = new CognitoUser({ Username: 'jan', Pool, Storage })
    const second = await enter(user)
    assert.equal(second.getAccessToken().payload['device_key'], key)
    const renewed = await new Promise<CognitoUserSession>((resolve, reject) =>
      user.refreshSession(second.getRefreshToken(), (error, session) => (error ? reject(error) : resolve(session))),
    )
    assert.equal(renewed.getAccessToken().payload['device_key'], key)
    // Forgotten by an administrator: the client lets go of it and signs in on a new one.
    await idp().send(new AdminForgetDeviceCommand({ UserPoolId: pool.id, Username: 'jan', DeviceKey: key }))
    const third = await enter(new CognitoUser({ Username: 'jan', Pool, Storage }))
    assert.notEqual(third.getAccessToken().payload['device_key'], key)
  })
})

describe('Amplify', () => {
  test('remembers, lists and forgets its device', async () => {
    const asking = await makeTracking({ ...always, DeviceOnlyRememberedOnUserPrompt: true })
    await asking.add('amy')
    const { id: userPoolId, clientId: userPoolClientId } = asking
    Amplify.configure({ Auth: { Cognito: { userPoolId, userPoolClientId, userPoolEndpoint: server.endpoint } } })
    const enter = () => amplifySignIn({ username: 'amy', password })
    assert.equal((await enter()).isSignedIn, true)
    await rememberDevice()
    const [device] = await fetchDevices()
    assert.ok(device?.id)
    await signOut()
    assert.equal((await enter()).isSignedIn, true)
    const { Devices } = await idp().send(new AdminListDevicesCommand({ UserPoolId: asking.id, Username: 'amy' }))
    assert.deepEqual(
      Devices?.map(({ DeviceKey }) => DeviceKey),
      [device?.id],
    )
    await forgetDevice()
    await refused(adminGet('amy', device?.id ?? '', asking), ...noDevice)
    await signOut()
    assert.equal((await enter()).isSignedIn, true)
    await signOut()
  })
})
