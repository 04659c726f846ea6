/**
 * Push synchronisation: devices of an identity that are told when a dataset has changed. Owns the tables sync_devices and
 * sync_subscriptions. AWS: Developer Guide, "Push sync"; API Reference, RegisterDevice, SubscribeToDataset.
 */

import { makeUuid } from '../../user-pools/tokens/uuid.ts'
import { fail } from '../../wire/errors.ts'
import type { Operation } from '../../wire/operation.ts'
import type { World } from '../../world.ts'
import type { Target } from '../dataset.ts'
import { refuseDataset } from '../datasets/changes.ts'
import { isAlive } from '../datasets/content.ts'
import { device as oneDevice, operation, subscription } from '../doors.ts'
import { findSyncPool } from '../pools/find.ts'
import { registerTarget, targetPurpose } from './deliver.ts'
import { countDevices, insertDevice, subscribe, unsubscribe } from './store.ts'

/** unproved: AWS names no limit; one device registers again at times, a program without end must not. */
const mostDevices = 100
const longestToken = 4096

export const RegisterDevice = operation('RegisterDevice', oneDevice, async (input, { world, pool, identity }) => {
  const { Platform, Token } = input
  if (Token === '' || Token.length > longestToken) fail('InvalidParameterException', 'The device token is invalid.')
  const { push } = await findSyncPool(world, pool.id)
  if ((await countDevices(world.db, pool.id, identity.id)) >= mostDevices)
    fail('InvalidParameterException', `An identity can have at most ${mostDevices} devices.`)
  const target = await registerTarget(world, pool.region, push?.ApplicationArns ?? [], Platform, Token)
  const id = makeUuid(world)
  const sealed = world.seal.seal(targetPurpose, JSON.stringify(target), id)
  const device = { poolId: pool.id, identityId: identity.id, id, platform: Platform, target: sealed }
  await insertDevice(world.db, device, world.now())
  return { DeviceId: id }
})

async function requirePush(world: World, { pool }: Target) {
  const { push } = await findSyncPool(world, pool.id)
  if (!push?.ApplicationArns?.length)
    fail('InvalidConfigurationException', 'The identity pool is not configured for push sync.')
}

const keyOf = ({ pool, identity }: Target, id: string) => ({ poolId: pool.id, identityId: identity.id, id })

/** unproved: AWS's sentence. */
const refuseDevice = (id: string): never => fail('ResourceNotFoundException', `Device '${id}' not found.`)

export const SubscribeToDataset = operation(
  'SubscribeToDataset',
  subscription,
  async ({ DeviceId }, { world, target }) => {
    await requirePush(world, target)
    if (!(await isAlive(world, target))) refuseDataset(target.name)
    return (await subscribe(world.db, keyOf(target, DeviceId), target.name)) ? {} : refuseDevice(DeviceId)
  },
)

export const UnsubscribeFromDataset = operation(
  'UnsubscribeFromDataset',
  subscription,
  async ({ DeviceId }, { world, target }) => {
    await requirePush(world, target)
    return (await unsubscribe(world.db, keyOf(target, DeviceId), target.name)) ? {} : refuseDevice(DeviceId)
  },
)

export const operations: Operation[] = [RegisterDevice, SubscribeToDataset, UnsubscribeFromDataset]
