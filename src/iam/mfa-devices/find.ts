/** Finding virtual MFA devices. */
import type { World } from '../../world.ts'
import { type MfaDevice, readSerial } from './device.ts'
import { type Listed, readDevice, readDevicesOf } from './store.ts'

/** The device with that serial number, or undefined. */
export async function findDevice(
  world: Pick<World, 'db' | 'seal' | 'settings'>,
  serial: string,
): Promise<MfaDevice | undefined> {
  const wanted = readSerial(world.settings, serial)
  const found = wanted && (await readDevice(world.db, world.seal, world.settings.account, wanted.name))
  return found?.path === wanted?.path ? found : undefined
}

export const devicesOf = (world: Pick<World, 'db' | 'settings'>, userId: string): Promise<Listed[]> =>
  readDevicesOf(world.db, world.settings.account, userId)
