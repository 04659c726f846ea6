/**
 * Virtual MFA devices of IAM's users: the second factor that GetSessionToken and AssumeRole take.
 *
 * Owns table mfa_devices. Shows a seed once. Never makes a session (sts does). Hardware tokens and FIDO keys are for AWS's
 * console, which is not here. AWS: IAM API Reference.
 */
import { encode } from 'uqr'
import { toBase32 } from '../../protocols/base32.ts'
import { pngOfSquares } from '../../protocols/png.ts'
import { fail } from '../../wire/errors.ts'
import type { Context, Door } from '../../wire/operation.ts'
import { type Operation, operationsOf } from '../../wire/operation.ts'
import { about, account, future, type Subject, type Tagging } from '../entity-door.ts'
import { paged, pagedTags } from '../paged.ts'
import { checkTags, mergeTags, sameKey, type Tag } from '../tags.ts'
import { user, userOrRoot } from '../users/doors.ts'
import { usersById } from '../users/find.ts'
import { describeUser } from '../users/show.ts'
import type { User } from '../users/user.ts'
import {
  changeTags,
  createDevice,
  deactivateDevice,
  deleteDevice,
  enableDevice,
  noSuchDevice,
  resyncDevice,
} from './changes.ts'
import { type MfaDevice, serialNumber } from './device.ts'
import { devicesOf, findDevice } from './find.ts'
import { readDevices } from './store.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

type OfDevice = { SerialNumber: string } & Tagging

const devices: Subject<OfDevice, MfaDevice> = {
  find: ({ SerialNumber }, { world }) => findDevice(world, SerialNumber),
  arn: ({ SerialNumber }) => SerialNumber,
  tags: ({ tags }) => tags,
  missing: ({ SerialNumber }) => noSuchDevice(SerialNumber),
}

const device = about('device', devices)

const newDevice = future<{ VirtualMFADeviceName: string; Path?: string } & Tagging>(
  ({ VirtualMFADeviceName: name, Path: path = '/' }, account) => serialNumber({ account }, { name, path }),
)

/** A user and a device; permission is asked on the user. */
const deviceOfUser: Door<{ UserName?: string; SerialNumber: string }, { user: User; device: MfaDevice }> = {
  signed: true,
  async admit(request, context: Context) {
    const { SerialNumber } = request
    const learned = await user.admit(request, context)
    return { ...learned, device: (await findDevice(context.world, SerialNumber)) ?? noSuchDevice(SerialNumber) }
  },
}

const codesOf = (input: { AuthenticationCode1: string; AuthenticationCode2: string }) =>
  [input.AuthenticationCode1, input.AuthenticationCode2] as const

// unproved: the number; the model names none, and a QR code holds no more than some.
const longestName = 226

/** The seed as text and as the QR code that authenticator apps read. */
export const CreateVirtualMFADevice = operation('CreateVirtualMFADevice', newDevice, async (input, { world }) => {
  if (input.VirtualMFADeviceName.length > longestName)
    fail('ValidationError', `Virtual MFA device names have at most ${longestName} characters.`)
  const made = await createDevice(world, {
    name: input.VirtualMFADeviceName,
    ...(input.Path !== undefined && { path: input.Path }),
    ...(input.Tags && { tags: input.Tags as Tag[] }),
  })
  const secret = toBase32(made.seed)
  const label = encodeURIComponent(`Poolhouse:${made.name}@${world.settings.account}`)
  const { data } = encode(`otpauth://totp/${label}?secret=${secret}&issuer=Poolhouse`, { border: 4 })
  return {
    VirtualMFADevice: {
      SerialNumber: serialNumber(world.settings, made),
      Base32StringSeed: Buffer.from(secret),
      QRCodePNG: pngOfSquares(data, 4),
      ...(made.tags.length > 0 && { Tags: [...made.tags] }),
    },
  }
})

export const EnableMFADevice = operation('EnableMFADevice', deviceOfUser, (input, { world, user, device }) =>
  enableDevice(world, user, device, codesOf(input)),
)

export const ResyncMFADevice = operation('ResyncMFADevice', deviceOfUser, (input, { world, user, device }) =>
  resyncDevice(world, user, device, codesOf(input)),
)

/** Root has none. */
export const DeactivateMFADevice = operation('DeactivateMFADevice', userOrRoot, async (input, { world, user }) => {
  const device = user && (await findDevice(world, input.SerialNumber))
  return device ? deactivateDevice(world, user, device) : noSuchDevice(input.SerialNumber)
})

export const DeleteVirtualMFADevice = operation('DeleteVirtualMFADevice', device, (_, { world, device }) =>
  deleteDevice(world, device),
)

export const GetMFADevice = operation('GetMFADevice', deviceOfUser, (input, { user, device }) => {
  if (device.userId !== user.id) noSuchDevice(input.SerialNumber)
  return { UserName: user.name, SerialNumber: input.SerialNumber, EnableDate: new Date(device.enabledAt ?? 0) }
})

/** Eight at most, so that one page is enough unless less is asked for. */
export const ListMFADevices = operation('ListMFADevices', userOrRoot, async (input, context) => {
  const { world, user } = context
  // Root has none here.
  if (!user) return { MFADevices: [], IsTruncated: false }
  const all = await devicesOf(world, user.id)
  const { rows, ...rest } = await paged(
    context,
    input,
    user.id,
    async (after = '', limit) => all.filter(({ name }) => name > after).slice(0, limit),
    ({ name }) => name,
  )
  const MFADevices = rows.map((one) => ({
    UserName: user.name,
    SerialNumber: serialNumber(world.settings, one),
    EnableDate: new Date(one.enabledAt ?? 0),
  }))
  return { MFADevices, ...rest }
})

export const ListVirtualMFADevices = operation('ListVirtualMFADevices', account, async (input, context) => {
  const { world } = context
  const { AssignmentStatus: status = 'Any' } = input
  const { rows, ...rest } = await paged(
    context,
    input,
    status,
    (after, limit) => readDevices(world.db, world.settings.account, { status, after, limit }),
    ({ name }) => name,
  )
  const owners = await usersById(
    world,
    rows.flatMap(({ userId }) => userId ?? []),
  )
  const VirtualMFADevices = rows.map((one) => {
    const owner = owners.find(({ id }) => id === one.userId)
    return {
      SerialNumber: serialNumber(world.settings, one),
      ...(owner && { User: describeUser(world, owner), EnableDate: new Date(one.enabledAt ?? 0) }),
    }
  })
  return { VirtualMFADevices, ...rest }
})

export const TagMFADevice = operation('TagMFADevice', device, ({ Tags }, { world, device }) => {
  checkTags(Tags as Tag[])
  return changeTags(world, device, (before) => mergeTags(before, Tags as Tag[]))
})

export const UntagMFADevice = operation('UntagMFADevice', device, ({ TagKeys }, { world, device }) =>
  changeTags(world, device, (before) => before.filter(({ Key }) => !TagKeys.some((key) => sameKey(key, Key)))),
)

export const ListMFADeviceTags = operation('ListMFADeviceTags', device, (input, context) =>
  pagedTags(context, input, context.device.name, context.device.tags),
)

export const operations: Operation[] = [
  ...[CreateVirtualMFADevice, EnableMFADevice, ResyncMFADevice, DeactivateMFADevice, DeleteVirtualMFADevice],
  ...[GetMFADevice, ListMFADevices, ListVirtualMFADevices],
  ...[TagMFADevice, UntagMFADevice, ListMFADeviceTags],
]
