/** The two names of a device: its key, made at a sign-in, and its group's key, which follows from it and needs no row. */

import { uuidOf } from '../../protocols/uuid.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { alphanumeric } from '../pools/random-text.ts'

export type NewDeviceMetadata = { readonly DeviceKey: string; readonly DeviceGroupKey: string }

const groupKeyLetters = 8

/** The group key is no secret; that it is the same at the sign-in and at the confirmation is all that matters. */
export function groupKeyOf(world: Pick<World, 'seal'>, pool: Pick<Pool, 'id'>, sub: string, key: string): string {
  const bytes = world.seal.mac('device-group', JSON.stringify([pool.id, sub, key])).subarray(0, groupKeyLetters)
  return `-${[...bytes].map((byte) => alphanumeric[byte % alphanumeric.length]).join('')}`
}

/** For a sign-in from a device that nobody knows yet. */
export function newDevice(world: World, pool: Pick<Pool, 'id' | 'region'>, sub: string): NewDeviceMetadata {
  const DeviceKey = `${pool.region}_${uuidOf(world.random(16))}`
  return { DeviceKey, DeviceGroupKey: groupKeyOf(world, pool, sub, DeviceKey) }
}
