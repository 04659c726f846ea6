/**
 * Devices that users confirmed, and whether they are remembered. Owns the table devices. Never signs anyone in: that a
 * remembered device may stand in for a second factor is the sign-in's rule.
 * AWS: API_ConfirmDevice and its neighbours; Developer Guide, "Working with user devices".
 */
import { fail } from '../../wire/errors.ts'
import type { Door, Operation } from '../../wire/operation.ts'
import { page, readPage } from '../../wire/paging.ts'
import type { World } from '../../world.ts'
import { admin, operation, user } from '../doors.ts'
import type { Pool } from '../pools/pool.ts'
import { findUser, requireUser } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { type Device, describeDevice, deviceTracking } from './device.ts'
import { findDevice, refuseDevice } from './find.ts'
import { groupKeyOf } from './keys.ts'
import * as store from './store.ts'
import { readVerifier } from './verifier.ts'

type Learned = typeof user extends Door<infer _Request, infer Known> ? Known : never

/** AWS's shapes of two operations leave the token optional; without one there is nobody to act for. */
const holder: Door<{ AccessToken?: string }, Learned> = {
  signed: false,
  admit: ({ AccessToken }, context) =>
    AccessToken === undefined
      ? // unproved: what AWS answers.
        fail('NotAuthorizedException', 'Invalid Access Token')
      : user.admit({ AccessToken }, context),
}

/** These two declare no UserNotFoundException. unproved: that AWS answers so. */
const declaredUser = async (world: World, pool: Pool, name: string): Promise<User> =>
  (await findUser(world, pool, name)) ?? fail('ResourceNotFoundException', 'User does not exist.')

/** The key must be the one that the sign-in of this very token was given. */
export const ConfirmDevice = operation('ConfirmDevice', user, async (input, { world, pool, user, token, address }) => {
  const { DeviceKey: key, DeviceName: name, DeviceSecretVerifierConfig: config } = input
  const tracking = deviceTracking(pool)
  // unproved: the sentence.
  if (!tracking) {
    return fail('InvalidUserPoolConfigurationException', 'Device tracking is not enabled for this user pool.')
  }
  if (token.session.deviceKey !== key) fail('InvalidParameterException', 'Invalid device key given.')
  const now = world.now()
  const device: Device = {
    ...{ poolId: pool.id, sub: user.sub, key, name, address },
    groupKey: groupKeyOf(world, pool, user.sub, key),
    remembered: !tracking.asksUser,
    verifier: config && readVerifier(config),
    ...{ createdAt: now, modifiedAt: now, authenticatedAt: token.session.authTime },
  }
  // unproved: the sentence.
  if (!(await store.insertDevice(world.db, world.seal, device))) {
    fail('DeviceKeyExistsException', 'A device with this key exists already.')
  }
  return { UserConfirmationNecessary: tracking.asksUser }
})

const show = async (world: World, pool: Pool, { sub }: User, key: string, to: 'user' | 'admin') => ({
  Device: describeDevice((await findDevice(world, pool, sub, key)) ?? refuseDevice(), to),
})

export const GetDevice = operation('GetDevice', holder, ({ DeviceKey }, { world, pool, user }) =>
  show(world, pool, user, DeviceKey, 'user'),
)

export const AdminGetDevice = operation('AdminGetDevice', admin, async ({ Username, DeviceKey }, { world, pool }) =>
  show(world, pool, await declaredUser(world, pool, Username), DeviceKey, 'admin'),
)

const longestPage = 60

async function list(
  { world, pool }: { world: World; pool: Pool },
  { sub }: User,
  to: 'user' | 'admin',
  { Limit, PaginationToken }: { Limit?: number; PaginationToken?: string },
) {
  // Limit 0 is as good as none.
  const limit = Limit || longestPage
  const paging = { list: `ListDevices ${pool.id} ${sub}`, seal: world.seal, now: world.now() }
  const [after = ''] = readPage(paging, PaginationToken) ?? []
  const devices = await store.readDevices(world.db, world.seal, pool.id, sub, String(after), limit + 1)
  const { rows, next } = page(paging, devices, limit, ({ key }) => [key])
  return { Devices: rows.map((device) => describeDevice(device, to)), PaginationToken: next }
}

export const ListDevices = operation('ListDevices', user, (input, context) =>
  list(context, context.user, 'user', input),
)

export const AdminListDevices = operation('AdminListDevices', admin, async (input, context) =>
  list(context, await declaredUser(context.world, context.pool, input.Username), 'admin', input),
)

/** unproved: that a request without a status changes nothing. */
async function setStatus(world: World, pool: Pool, { sub }: User, key: string, status: string | undefined) {
  const place = { poolId: pool.id, sub, key }
  const found = status
    ? await store.writeRemembered(world.db, place, status === 'remembered', world.now())
    : await findDevice(world, pool, sub, key)
  if (!found) refuseDevice()
  return {}
}

export const UpdateDeviceStatus = operation('UpdateDeviceStatus', user, (input, { world, pool, user }) =>
  setStatus(world, pool, user, input.DeviceKey, input.DeviceRememberedStatus),
)

export const AdminUpdateDeviceStatus = operation('AdminUpdateDeviceStatus', admin, async (input, { world, pool }) =>
  setStatus(
    ...([world, pool, await requireUser(world, pool, input.Username)] as const),
    ...([input.DeviceKey, input.DeviceRememberedStatus] as const),
  ),
)

/** Sessions that began on the device cannot be refreshed any more. */
async function forget(world: World, pool: Pool, { sub }: User, key: string): Promise<undefined> {
  if (!(await store.deleteDevice(world.db, { poolId: pool.id, sub, key }))) refuseDevice()
}

export const ForgetDevice = operation('ForgetDevice', holder, ({ DeviceKey }, { world, pool, user }) =>
  forget(world, pool, user, DeviceKey),
)

export const AdminForgetDevice = operation('AdminForgetDevice', admin, async (input, { world, pool }) => {
  await forget(world, pool, await requireUser(world, pool, input.Username), input.DeviceKey)
})

export const operations: readonly Operation[] = [
  ConfirmDevice,
  GetDevice,
  AdminGetDevice,
  ListDevices,
  AdminListDevices,
  UpdateDeviceStatus,
  AdminUpdateDeviceStatus,
  ForgetDevice,
  AdminForgetDevice,
]
