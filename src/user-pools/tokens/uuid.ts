/** Random UUIDs from the world's randomness. */
import type { World } from '../../world.ts'

/** A version 4 UUID. RFC 9562 5.4. */
export function makeUuid(world: Pick<World, 'random'>): string {
  const bytes = world.random(16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
