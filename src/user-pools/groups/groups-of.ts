/** The groups of a user, as tokens need them. */
import type { World } from '../../world.ts'
import type { Group } from './group.ts'
import { readGroupsOf } from './store.ts'

export { type Group, roleClaims } from './group.ts'

/** In order of precedence, then of name; groups without precedence last. */
export const groupsOf = (world: Pick<World, 'db'>, poolId: string, sub: string): Promise<Group[]> =>
  readGroupsOf(world.db, poolId, sub)
