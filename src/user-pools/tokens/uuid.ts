/** UUIDs of sessions and tokens, from the world's randomness. */
import type { World } from '../../world.ts'
import { uuidOf } from '../users/uuid.ts'

export const makeUuid = (world: Pick<World, 'random'>): string => uuidOf(world.random(16))
