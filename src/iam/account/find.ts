/** The settings of the account that rules ask for. */
import type { World } from '../../world.ts'
import type { PasswordPolicy } from './password-policy.ts'
import { readAccount } from './store.ts'

/** Undefined: AWS's usual demands. */
export const passwordPolicyOf = async (world: Pick<World, 'db' | 'settings'>): Promise<PasswordPolicy | undefined> =>
  (await readAccount(world.db, world.settings.account)).passwordPolicy
