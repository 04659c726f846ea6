/** The delivery that is shown for a user who does not exist. AWS: "Managing user existence error responses". */
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import type { Channel } from './channel.ts'
import { type Delivery, describeDelivery } from './deliver.ts'

/**
 * Looks like a real one and is the same at every attempt: the mask of the name itself where that is an address,
 * otherwise of an invented one. `subject` is the user's simulated sub.
 */
export function simulateDelivery(world: World, pool: Pool, name: string, subject: string, channel: Channel): Delivery {
  if (/.@./.test(name) && channel === 'email') return describeDelivery('email', name)
  if (/^\+\d{5,15}$/.test(name) && channel === 'phone_number') return describeDelivery('phone_number', name)
  const bytes = world.seal.mac('simulated-address', `${pool.id}/${subject}`)
  const letter = (index: number) => String.fromCharCode(97 + ((bytes[index] ?? 0) % 26))
  if (channel === 'email') return describeDelivery('email', `${letter(0)}@${letter(1)}`)
  return describeDelivery('phone_number', `+1206555${String(bytes.readUInt16BE(2) % 10_000).padStart(4, '0')}`)
}
