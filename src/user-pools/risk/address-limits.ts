/**
 * How often one address may have accounts made, codes sent and passwords recovered, whoever they are for: always on. Kept
 * by each process. Addresses that are not public (a proxy that is not trusted, the own network, this machine) are many
 * people's at once, and not counted. Security: an IPv6 subscriber has a /64, so that counts as one.
 */
import { isPrivate } from '../../outbound/private-address.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'

/** In an hour. Generous, because an office or a mobile carrier may be one address. */
export const perHour = { 'sign-up': 100, recovery: 100, code: 100, device: 100 } as const

export type Limited = keyof typeof perHour

const hour = 3_600_000
const mostKept = 50_000

type Window = { used: number; readonly endsAt: number }

const worlds = new WeakMap<World['seal'], Map<string, Window>>()

/** Counts one more. Refuses with LimitExceededException; `network` is as networkOf says. */
export function countAddress(world: World, network: string | undefined, kind: Limited): void {
  if (network === undefined || isPrivate(network.replace(/\/64$/, ''))) return
  let windows = worlds.get(world.seal)
  if (!windows) {
    windows = new Map()
    worlds.set(world.seal, windows)
  }
  const key = `${kind} ${network}`
  const now = world.now()
  const known = windows.get(key)
  const present = known && known.endsAt > now ? known : { used: 0, endsAt: now + hour }
  present.used++
  windows.delete(key)
  windows.set(key, present)
  // The one that has been quiet the longest is forgotten first.
  if (windows.size > mostKept) windows.delete(windows.keys().next().value as string)
  if (present.used > perHour[kind])
    fail('LimitExceededException', 'Attempt limit exceeded, please try after some time.')
}
