/** Finding instance profiles, and those that hold a role. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { quotas } from '../policies/documents.ts'
import type { InstanceProfile } from './instance-profile.ts'
import { readProfile, readProfiles } from './store.ts'

type Reading = Pick<World, 'db' | 'settings'>

export const findProfile = (world: Reading, name: string): Promise<InstanceProfile | undefined> =>
  readProfile(world.db, world.settings.account, name)

export const noSuchProfile = (name: string): never =>
  fail('NoSuchEntityException', `Instance Profile ${name} cannot be found.`)

/** All profiles that hold the role, by folded name. */
export const profilesOfRole = (world: Reading, roleId: string): Promise<InstanceProfile[]> =>
  readProfiles(world.db, world.settings.account, {
    ...{ prefix: '/', after: undefined, limit: quotas.profilesPerAccount, roleId },
  })

export async function isInProfile({ db, settings }: Reading, roleId: string): Promise<boolean> {
  return (await readProfiles(db, settings.account, { prefix: '/', after: undefined, limit: 1, roleId })).length > 0
}
