/** UUIDs of sessions and tokens, from the world's randomness. */

import { uuidOf } from '../../protocols/uuid.ts'
import type { World } from '../../world.ts'

export const makeUuid = (world: Pick<World, 'random'>): string => uuidOf(world.random(16))
