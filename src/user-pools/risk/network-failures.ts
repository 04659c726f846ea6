/** Failed sign-ins by network over the last hour, over all users: what one user's history cannot show. Kept by each process. */
import type { World } from '../../world.ts'

const hour = 3_600_000
const mostNetworks = 20_000
const mostKept = 200

type Failure = { readonly at: number; readonly who: string }

const worlds = new WeakMap<World['seal'], Map<string, Failure[]>>()

const keyOf = (poolId: string, network: string) => `${poolId}/${network}`

/** Notes a failed sign-in for that name, known or not. */
export function noteFailure(world: World, poolId: string, network: string | undefined, who: string): void {
  if (network === undefined) return
  let networks = worlds.get(world.seal)
  if (!networks) {
    networks = new Map()
    worlds.set(world.seal, networks)
  }
  const key = keyOf(poolId, network)
  const failures = [...(networks.get(key) ?? []), { at: world.now(), who }].slice(-mostKept)
  // Moved to the end: the network that has been quiet the longest is forgotten first.
  networks.delete(key)
  networks.set(key, failures)
  if (networks.size > mostNetworks) networks.delete(networks.keys().next().value as string)
}

export function failuresOf(
  world: World,
  poolId: string,
  network: string | undefined,
): { count: number; users: number } {
  const all = network === undefined ? [] : (worlds.get(world.seal)?.get(keyOf(poolId, network)) ?? [])
  const recent = all.filter(({ at }) => at > world.now() - hour)
  return { count: recent.length, users: new Set(recent.map(({ who }) => who)).size }
}
