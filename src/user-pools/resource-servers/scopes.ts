/** The custom scopes a pool knows, for those who let a client have them and put them into tokens. */
import type { World } from '../../world.ts'
import { mostServers, scopeTexts } from './resource-server.ts'
import { readServers } from './store.ts'

/** Every `identifier/name` of the pool's resource servers. */
export async function customScopes(world: Pick<World, 'db'>, poolId: string): Promise<ReadonlySet<string>> {
  const servers = await readServers(world.db, poolId, '', mostServers)
  return new Set(servers.flatMap(scopeTexts))
}

/** Of scopes that were granted those that still mean something. AWS: one whose resource server is gone is dropped in silence. */
export async function stillDefined(
  world: Pick<World, 'db'>,
  poolId: string,
  scopes: readonly string[],
): Promise<readonly string[]> {
  if (scopes.every((scope) => !scope.includes('/'))) return scopes
  const custom = await customScopes(world, poolId)
  return scopes.filter((scope) => !scope.includes('/') || custom.has(scope))
}
