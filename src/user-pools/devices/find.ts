/** Finding a user's device, and noting that it was signed in with. A device is only ever its own user's. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import type { Device } from './device.ts'
import { readDevice, touchDevice } from './store.ts'

export const findDevice = (
  world: Pick<World, 'db' | 'seal'>,
  pool: Pick<Pool, 'id'>,
  sub: string,
  key: string,
): Promise<Device | undefined> => readDevice(world.db, world.seal, { poolId: pool.id, sub, key })

/** AWS's clients look for this sentence, forget the device and try again without it. */
export const refuseDevice = (): never => fail('ResourceNotFoundException', 'Device does not exist.')

export const noteSignIn = (
  world: World,
  pool: Pick<Pool, 'id'>,
  sub: string,
  key: string,
  address: string | undefined,
): Promise<void> => touchDevice(world.db, { poolId: pool.id, sub, key }, address, world.now())
