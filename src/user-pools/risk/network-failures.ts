/** Failed sign-ins by network over the last hour, over all users: what one user's history cannot show. Kept by each process. */
import type { World } from '../../world.ts'

const hour = 3_600_000
/** Of one network, and of all: whoever has many networks, as with IPv6 anybody has, fills no memory. */
const mostKept = 200
export const mostOfAll = 100_000

type Failure = { readonly at: number; readonly who: string }

type Known = { readonly networks: Map<string, Failure[]>; count: number }

const worlds = new WeakMap<World['seal'], Known>()

const keyOf = (poolId: string, network: string) => `${poolId}/${network}`

/** Notes a failed sign-in for that name, known or not. */
export function noteFailure(world: World, poolId: string, network: string | undefined, who: string): void {
  if (network === undefined) return
  const known = worlds.get(world.seal) ?? { networks: new Map(), count: 0 }
  worlds.set(world.seal, known)
  const { networks } = known
  const key = keyOf(poolId, network)
  const before = networks.get(key) ?? []
  const failures = [...before, { at: world.now(), who }].slice(-mostKept)
  known.count += failures.length - before.length
  // Moved to the end: the network that has been quiet the longest is forgotten first.
  networks.delete(key)
  networks.set(key, failures)
  for (const [oldest, gone] of networks) {
    if (known.count <= mostOfAll) break
    networks.delete(oldest)
    known.count -= gone.length
  }
}

export function failuresOf(
  world: World,
  poolId: string,
  network: string | undefined,
): { count: number; users: number } {
  const all = network === undefined ? [] : (worlds.get(world.seal)?.networks.get(keyOf(poolId, network)) ?? [])
  const recent = all.filter(({ at }) => at > world.now() - hour)
  return { count: recent.length, users: new Set(recent.map(({ who }) => who)).size }
}
