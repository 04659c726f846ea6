/** Where the code of a new user goes: the first attribute that the pool verifies by itself, phone before e-mail. */
import type { Channel } from '../messages/channel.ts'
import type { Pool } from '../pools/pool.ts'
import type { User } from '../users/user.ts'

/** AWS: "Configuring email or phone verification". */
export function signUpAddress(
  pool: Pool,
  { attributes }: Pick<User, 'attributes'>,
): { channel: Channel; address: string } | undefined {
  for (const channel of ['phone_number', 'email'] as const) {
    const address = attributes[channel]
    if (address && pool.settings.AutoVerifiedAttributes?.includes(channel)) return { channel, address }
  }
  return undefined
}
