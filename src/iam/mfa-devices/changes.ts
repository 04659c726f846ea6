/** Making, enabling, resynchronising and removing virtual MFA devices. */
import { stepAt } from '../../protocols/totp.ts'
import { AwsError, fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { checkTags, mergeTags, mostTags, type Tag } from '../tags.ts'
import { requireUser } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { type MfaDevice, serialNumber } from './device.ts'
import {
  assignDevice,
  consumeStep,
  insertDevice,
  readDevice,
  readDevicesOf,
  releaseDevice,
  removeDevice,
  updateTags,
} from './store.ts'
import { consecutiveStep, mayTry } from './verify.ts'

/** AWS: up to eight devices for each user. */
const mostDevices = 8
/** Steps that a device's clock may be off: when it is enabled, and when it is resynchronised. */
const driftAllowed = { enable: 4, resync: 240 } as const
/** RFC 4226 section 4 recommends 160 bits. */
const seedBytes = 20

export const noSuchDevice = (serial: string): never =>
  fail('NoSuchEntityException', `VirtualMFADevice with serial number ${serial} does not exist.`)

export async function createDevice(
  world: World,
  { name, path = '/', tags = [] }: { name: string; path?: string; tags?: readonly Tag[] },
): Promise<MfaDevice> {
  checkTags(tags)
  const made: MfaDevice = {
    name,
    path,
    seed: world.random(seedBytes),
    userId: undefined,
    enabledAt: undefined,
    lastStep: 0,
    drift: 0,
    failures: 0,
    failedAt: 0,
    tags: mergeTags([], tags),
    createdAt: world.now(),
  }
  if (!(await insertDevice(world.db, world.seal, world.settings.account, made))) {
    fail('EntityAlreadyExistsException', 'MFADevice entity at the same path and name already exists.')
  }
  return made
}

const wrongCode = () =>
  new AwsError('InvalidAuthenticationCodeException', 'Authentication code for device is not valid.', { status: 403 })

export async function enableDevice(
  world: World,
  user: User,
  device: MfaDevice,
  codes: readonly [string, string],
): Promise<void> {
  const { account } = world.settings
  if (device.userId !== undefined) fail('EntityAlreadyExistsException', 'MFA Device is already in use.')
  const step = await stepOf(world, device, codes, driftAllowed.enable)
  await world.db.transaction(async (db) => {
    await requireUser(db, account, user)
    if ((await readDevicesOf(db, account, user.id)).length >= mostDevices) {
      fail('LimitExceededException', `Cannot exceed quota for MFADevicesPerUser: ${mostDevices}`)
    }
    const now = world.now()
    const taken = { userId: user.id, enabledAt: now, lastStep: step, drift: step - stepAt(now) }
    if (!(await assignDevice(db, account, device.name, calm(taken)))) {
      fail('EntityAlreadyExistsException', 'MFA Device is already in use.')
    }
  })
}

/** A code typed one step late says nothing of the clock. */
const calm = <Taken extends { drift: number }>(taken: Taken): Taken => ({
  ...taken,
  drift: Math.abs(taken.drift) <= 1 ? 0 : taken.drift,
})

async function stepOf(world: World, device: MfaDevice, codes: readonly [string, string], within: number) {
  if (!(await mayTry(world, device))) throw wrongCode()
  const step = consecutiveStep(device.seed, codes, world.now(), within)
  if (step === undefined || step <= device.lastStep) throw wrongCode()
  return step
}

export async function resyncDevice(
  world: World,
  user: User,
  device: MfaDevice,
  codes: readonly [string, string],
): Promise<void> {
  if (device.userId !== user.id) noSuchDevice(serialNumber(world.settings, device))
  const step = await stepOf(world, device, codes, driftAllowed.resync)
  const { drift } = calm({ drift: step - stepAt(world.now()) })
  if (!(await consumeStep(world.db, world.settings.account, device.name, step, drift))) throw wrongCode()
}

export async function deactivateDevice(world: World, user: User, device: MfaDevice): Promise<void> {
  if (await releaseDevice(world.db, world.settings.account, user.id, device.name)) return
  noSuchDevice(serialNumber(world.settings, device))
}

export async function deleteDevice(world: World, device: MfaDevice): Promise<void> {
  if (await removeDevice(world.db, world.settings.account, device.name)) return
  fail('DeleteConflictException', 'MFA VirtualDevice in use. Must deactivate first.')
}

export const changeTags = (world: World, device: MfaDevice, change: (before: readonly Tag[]) => Tag[]): Promise<void> =>
  world.db.transaction(async (db) => {
    const { account } = world.settings
    const now = await readDevice(db, world.seal, account, device.name)
    const tags = change((now ?? noSuchDevice(serialNumber(world.settings, device))).tags)
    if (tags.length > mostTags) fail('LimitExceededException', `Cannot exceed quota for TagsPerMFADevice: ${mostTags}`)
    await updateTags(db, account, device.name, tags)
  })
