/** Making and changing groups of IAM's users, and who is in them. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { uniqueId } from '../ids.ts'
import { letGo } from '../policies/attachments.ts'
import { quotas } from '../policies/documents.ts'
import { requireUser } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { groupOwner, noSuchGroup } from './find.ts'
import type { Group } from './group.ts'
import {
  countGroups,
  insertGroup,
  insertMember,
  readGroupsOf,
  readMemberIds,
  readNameOwner,
  removeGroup,
  removeMember,
  updateGroup,
} from './store.ts'

const taken = (name: string): never => fail('EntityAlreadyExistsException', `Group with name ${name} already exists.`)

export async function createGroup(world: World, name: string, path = '/'): Promise<Group> {
  const made: Group = { id: uniqueId(world, 'AGPA'), name, path, createdAt: world.now() }
  const { account } = world.settings
  await world.db.transaction(async (db) => {
    if (!(await insertGroup(db, account, made))) taken(name)
    if ((await countGroups(db, account)) > quotas.groupsPerAccount) {
      fail('LimitExceededException', `Cannot exceed quota for GroupsPerAccount: ${quotas.groupsPerAccount}`)
    }
  })
  return made
}

export async function changeGroup(
  world: World,
  group: Group,
  change: Partial<Pick<Group, 'name' | 'path'>>,
): Promise<void> {
  const { account } = world.settings
  await world.db.transaction(async (db) => {
    if (change.name !== undefined) {
      const owner = await readNameOwner(db, account, change.name)
      if (owner !== undefined && owner !== group.id) taken(change.name)
    }
    if (!(await updateGroup(db, account, group.id, change))) noSuchGroup(group.name)
  })
}

/** Refuses while the group has members or policies. */
export async function deleteGroup(world: World, group: Group): Promise<void> {
  const { account } = world.settings
  await world.db.transaction(async (db) => {
    if ((await readMemberIds(db, account, group.id, { after: undefined, limit: 1 })).length > 0) {
      fail('DeleteConflictException', 'Cannot delete entity, must remove users from group first.')
    }
    await letGo(db, account, group.id)
    if (!(await removeGroup(db, account, group.id))) noSuchGroup(group.name)
  })
}

/** A member already is no error. */
export async function addMember(world: World, group: Group, user: User): Promise<void> {
  const { account } = world.settings
  await world.db.transaction(async (db) => {
    await groupOwner(world, group).require(db)
    await requireUser(db, account, user)
    await insertMember(db, account, user.id, group.id)
    if ((await readGroupsOf(db, account, user.id)).length > quotas.groupsPerUser) {
      fail('LimitExceededException', `Cannot exceed quota for GroupsPerUser: ${quotas.groupsPerUser}`)
    }
  })
}

export async function dropMember(world: World, group: Group, user: User): Promise<void> {
  if (await removeMember(world.db, world.settings.account, user.id, group.id)) return
  // unproved: AWS's sentence for a user who is not in the group; that it refuses with NoSuchEntity is documented.
  fail('NoSuchEntityException', `User ${user.name} is not in group ${group.name}.`)
}
