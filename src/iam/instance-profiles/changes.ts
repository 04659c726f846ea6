/** Making, filling, emptying and removing instance profiles, within the quotas and with the refusals of IAM. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { uniqueId } from '../ids.ts'
import { quotas } from '../policies/documents.ts'
import { noSuchRole, roleOwner } from '../roles/find.ts'
import type { Role } from '../roles/role.ts'
import { checkTags, mergeTags, mostTags, type Tag } from '../tags.ts'
import { noSuchProfile } from './find.ts'
import type { InstanceProfile } from './instance-profile.ts'
import {
  countProfiles,
  emptyProfile,
  fillProfile,
  insertProfile,
  readProfile,
  removeProfile,
  updateTags,
} from './store.ts'

export async function createProfile(
  world: World,
  { name, path = '/', tags = [] }: { name: string; path?: string; tags?: readonly Tag[] },
): Promise<InstanceProfile> {
  checkTags(tags)
  const made: InstanceProfile = {
    ...{ id: uniqueId(world, 'AIPA'), name, path, roleId: undefined, tags: mergeTags([], tags) },
    createdAt: world.now(),
  }
  const { account } = world.settings
  await world.db.transaction(async (db) => {
    if (!(await insertProfile(db, account, made))) {
      fail('EntityAlreadyExistsException', `Instance Profile ${name} already exists.`)
    }
    if ((await countProfiles(db, account)) > quotas.profilesPerAccount) {
      fail('LimitExceededException', `Cannot exceed quota for InstanceProfilesPerAccount: ${quotas.profilesPerAccount}`)
    }
  })
  return made
}

export function addRole(world: World, profile: InstanceProfile, role: Role): Promise<void> {
  const { account } = world.settings
  return world.db.transaction(async (db) => {
    await roleOwner(world, role).require(db)
    if (await fillProfile(db, account, profile, role.id)) return
    if (!(await readProfile(db, account, profile.name))) noSuchProfile(profile.name)
    fail('LimitExceededException', 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1')
  })
}

/** unproved: AWS's sentence for a role that is not in the profile. */
export async function removeRole(world: World, profile: InstanceProfile, role: Role): Promise<void> {
  if (!(await emptyProfile(world.db, world.settings.account, profile, role.id))) noSuchRole(role.name)
}

export async function deleteProfile(world: World, profile: InstanceProfile): Promise<void> {
  const { account } = world.settings
  if (await removeProfile(world.db, account, profile)) return
  if (!(await readProfile(world.db, account, profile.name))) noSuchProfile(profile.name)
  fail('DeleteConflictException', 'Cannot delete entity, must remove roles from instance profile first.')
}

export const changeTags = (
  world: World,
  profile: InstanceProfile,
  change: (before: readonly Tag[]) => Tag[],
): Promise<void> =>
  world.db.transaction(async (db) => {
    const { account } = world.settings
    const now = await readProfile(db, account, profile.name)
    const tags = change((now?.id === profile.id ? now : noSuchProfile(profile.name)).tags)
    if (tags.length > mostTags) {
      fail('LimitExceededException', `Cannot exceed quota for TagsPerInstanceProfile: ${mostTags}`)
    }
    await updateTags(db, account, profile, tags)
  })
