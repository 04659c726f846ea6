/** Finding a user's login profile. */
import type { World } from '../../world.ts'
import type { LoginProfile } from './profile.ts'
import { readProfile } from './store.ts'

export const loginProfileOf = (
  world: Pick<World, 'db' | 'settings'>,
  userId: string,
): Promise<LoginProfile | undefined> => readProfile(world.db, world.settings.account, userId)
