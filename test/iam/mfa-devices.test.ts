/** Virtual MFA devices of IAM's users, over the wire: enabled by two codes, taken once by STS, never guessed. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { IAMClient } from '@aws-sdk/client-iam'
import * as api from '@aws-sdk/client-iam'
import { GetSessionTokenCommand } from '@aws-sdk/client-sts'
import { findDevice } from '../../src/iam/mfa-devices/find.ts'
import { provesMfa } from '../../src/iam/mfa-devices/verify.ts'
import { fromBase32 } from '../../src/protocols/base32.ts'
import { totp } from '../../src/protocols/totp.ts'
import { account, document, keysOf } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let iam: IAMClient
before(async () => {
  server = await startTestServer()
  iam = server.clients.iam
})
after(() => server.close())

const step = 30_000

/** A device, its codes, and a user with a key. */
async function make(name: string, policy?: string) {
  await iam.send(new api.CreateUserCommand({ UserName: name }))
  if (policy) await iam.send(new api.PutUserPolicyCommand({ UserName: name, PolicyName: 'p', PolicyDocument: policy }))
  const { AccessKey } = await iam.send(new api.CreateAccessKeyCommand({ UserName: name }))
  const keys = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  const { VirtualMFADevice } = await iam.send(new api.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name }))
  const seed = fromBase32(Buffer.from(VirtualMFADevice!.Base32StringSeed!).toString())!
  const code = (steps = 0) => totp(seed, server.world.now() + steps * step)
  const SerialNumber = VirtualMFADevice!.SerialNumber!
  const prove = (from = 0) => ({
    UserName: name,
    SerialNumber,
    AuthenticationCode1: code(from),
    AuthenticationCode2: code(from + 1),
  })
  const enable = (from = -1) => iam.send(new api.EnableMFADeviceCommand(prove(from)))
  const session = (TokenCode: string) =>
    server.clientsWith(keys).sts.send(new GetSessionTokenCommand({ SerialNumber, TokenCode }))
  return { device: VirtualMFADevice!, SerialNumber, code, prove, enable, session }
}

const wrong = { name: /InvalidAuthenticationCode/, message: 'Authentication code for device is not valid.' }

describe('a virtual device', () => {
  test('shows its seed once, as text and as a picture, and its serial number is its ARN', async () => {
    const { device, SerialNumber } = await make('Shown')
    assert.equal(SerialNumber, `arn:aws:iam::${account}:mfa/Shown`)
    assert.equal(Buffer.from(device.QRCodePNG!).subarray(1, 4).toString(), 'PNG')
    const { VirtualMFADevices } = await iam.send(
      new api.ListVirtualMFADevicesCommand({ AssignmentStatus: 'Unassigned' }),
    )
    assert.deepEqual(VirtualMFADevices, [{ SerialNumber }])
    await assert.rejects(iam.send(new api.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'Shown' })), {
      name: 'EntityAlreadyExistsException',
    })
  })

  test('is enabled by two consecutive codes only, and once', async () => {
    const { enable, prove, SerialNumber } = await make('Enabled')
    const { AuthenticationCode1, ...rest } = prove(-1)
    await assert.rejects(
      iam.send(new api.EnableMFADeviceCommand({ ...prove(-1), AuthenticationCode2: '000000' })),
      wrong,
    )
    await assert.rejects(
      iam.send(new api.EnableMFADeviceCommand({ ...rest, AuthenticationCode1: rest.AuthenticationCode2 })),
      wrong,
    )
    await enable()
    await assert.rejects(enable(0), { name: 'EntityAlreadyExistsException', message: 'MFA Device is already in use.' })
    const { MFADevices } = await iam.send(new api.ListMFADevicesCommand({ UserName: 'Enabled' }))
    assert.deepEqual(
      MFADevices!.map((one) => [one.UserName, one.SerialNumber]),
      [['Enabled', SerialNumber]],
    )
    const got = await iam.send(new api.GetMFADeviceCommand({ UserName: 'Enabled', SerialNumber }))
    assert.equal(got.UserName, 'Enabled')
    const assigned = await iam.send(new api.ListVirtualMFADevicesCommand({ AssignmentStatus: 'Assigned' }))
    assert.equal(assigned.VirtualMFADevices![0]!.User!.UserName, 'Enabled')
    assert.ok(AuthenticationCode1)
  })

  test('goes only after it was taken from its user', async () => {
    const { enable, SerialNumber } = await make('Gone')
    await enable()
    const remove = () => iam.send(new api.DeleteVirtualMFADeviceCommand({ SerialNumber }))
    await assert.rejects(remove(), { name: 'DeleteConflictException' })
    await assert.rejects(iam.send(new api.DeactivateMFADeviceCommand({ UserName: 'Shown', SerialNumber })), {
      name: 'NoSuchEntityException',
    })
    await iam.send(new api.DeactivateMFADeviceCommand({ UserName: 'Gone', SerialNumber }))
    await remove()
    await assert.rejects(remove(), {
      name: 'NoSuchEntityException',
      message: `VirtualMFADevice with serial number ${SerialNumber} does not exist.`,
    })
  })

  test('is tagged', async () => {
    const { SerialNumber } = await make('TaggedDevice')
    await iam.send(new api.TagMFADeviceCommand({ SerialNumber, Tags: [{ Key: 'k', Value: 'v' }] }))
    const tags = async () => (await iam.send(new api.ListMFADeviceTagsCommand({ SerialNumber }))).Tags
    assert.deepEqual(await tags(), [{ Key: 'k', Value: 'v' }])
    await iam.send(new api.UntagMFADeviceCommand({ SerialNumber, TagKeys: ['K'] }))
    assert.deepEqual(await tags(), [])
  })
})

describe('a session with a second factor', () => {
  test('may what a policy demands the factor for; a code counts once', async () => {
    const policy = document({
      Effect: 'Allow',
      Action: 'iam:ListUsers',
      Resource: '*',
      Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
    })
    const { enable, session, code } = await make('Second', policy)
    await enable()
    server.world.clock.advance(2 * step)
    const now = code()
    const { Credentials } = await session(now)
    await server.clientsWith(keysOf(Credentials)).iam.send(new api.ListUsersCommand({}))
    await assert.rejects(session(now), { name: 'AccessDenied' })
    server.world.clock.advance(-2 * step)
  })

  test('is refused for the device of another user, and one not enabled', async () => {
    const mine = await make('Mine')
    await assert.rejects(mine.session(mine.code()), { name: 'AccessDenied' })
    const other = await make('Other')
    await other.enable()
    const keys = await make('Borrower')
    await assert.rejects(keys.session(other.code(1)), { name: 'AccessDenied' })
  })

  test('case 48: codes cannot be guessed: after five wrong ones even the right one waits', async () => {
    const { enable, session, code } = await make('Guessed')
    await enable()
    server.world.clock.advance(3 * step)
    for (let index = 0; index < 5; index += 1) await assert.rejects(session('000000'), { name: 'AccessDenied' })
    await assert.rejects(session(code()), { name: 'AccessDenied' })
    server.world.clock.advance(2 * step)
    await session(code())
    server.world.clock.advance(-5 * step)
  })

  test('case 48: many guesses at once are no more than one after the other', async () => {
    const { enable, SerialNumber } = await make('Flooded')
    await enable()
    const { world } = server
    const { userId = '' } = (await findDevice(world, SerialNumber)) ?? {}
    const guesses = Array.from({ length: 30 }, (_, guess) => `${guess}`.padStart(6, '0'))
    await Promise.all(guesses.map((guess) => provesMfa(world, userId, SerialNumber, guess)))
    assert.equal((await findDevice(world, SerialNumber))?.failures, 5)
  })
})

test('a device whose clock is off is brought back by two codes, and then its codes count', async () => {
  const { enable, prove, session, code } = await make('Drifting')
  await enable()
  await assert.rejects(session(code(10)), { name: 'AccessDenied' })
  await iam.send(new api.ResyncMFADeviceCommand(prove(9)))
  server.world.clock.advance(step)
  await session(code(10))
  server.world.clock.advance(-step)
})
