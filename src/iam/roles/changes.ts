/** Making and changing roles, within the quotas and with the refusals of IAM. */

import type { Db } from '../../store/db.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { uniqueId } from '../ids.ts'
import { bind, letGo } from '../policies/attachments.ts'
import { quotas } from '../policies/documents.ts'
import { logHints } from '../policy-hints.ts'
import { checkTags, mergeTags, mostTags, sameKey, type Tag } from '../tags.ts'
import { noSuchRole } from './find.ts'
import type { Role } from './role.ts'
import { countRoles, insertRole, readRole, removeRole, updateRole } from './store.ts'
import { bindTrust } from './trust.ts'

export type NewRole = Pick<Role, 'name' | 'trust'> &
  Partial<Pick<Role, 'path' | 'description' | 'longestSession' | 'tags'>> & {
    /** The ARN of the policy that is to bound it. */
    boundary?: string
  }

/** Makes a role. `longestSession` is in seconds, one hour unless told. */
export async function createRole(world: World, wanted: NewRole): Promise<Role> {
  const tags = wanted.tags ?? []
  checkTags(tags)
  const role: Role = {
    id: uniqueId(world, 'AROA'),
    name: wanted.name,
    path: wanted.path ?? '/',
    description: wanted.description,
    trust: wanted.trust,
    boundTrust: await bindTrust(world, wanted.trust),
    longestSession: wanted.longestSession ?? 3600,
    tags: mergeTags([], tags),
    createdAt: world.now(),
  }
  const { account } = world.settings
  await world.db.transaction(async (db) => {
    if (!(await insertRole(db, account, role)))
      fail('EntityAlreadyExistsException', `Role with name ${role.name} already exists.`)
    if (wanted.boundary !== undefined) await bind(world, db, role.id, wanted.boundary)
    if ((await countRoles(db, account)) > quotas.rolesPerAccount) {
      fail('LimitExceededException', `Cannot exceed quota for RolesPerAccount: ${quotas.rolesPerAccount}`)
    }
  })
  logHints(world, role.trust, 'trust', { role: role.name }, 'role')
  return role
}

/** Puts in what is given; the rest stays. */
export async function changeRole(
  world: World,
  role: Role,
  change: Partial<Pick<Role, 'description' | 'longestSession'>>,
): Promise<void> {
  if (!(await updateRole(world.db, world.settings.account, role.id, change))) noSuchRole(role.name)
}

export async function changeTrust(world: World, role: Role, trust: string): Promise<void> {
  const boundTrust = await bindTrust(world, trust)
  logHints(world, trust, 'trust', { role: role.name }, 'role')
  if (!(await updateRole(world.db, world.settings.account, role.id, { trust, boundTrust }))) noSuchRole(role.name)
}

/** Refuses while the role has policies or is in an instance profile. unproved: the order in which AWS asks. */
export async function deleteRole(
  world: World,
  role: Role,
  isInProfile: (world: Pick<World, 'db' | 'settings'>, roleId: string) => Promise<boolean>,
): Promise<void> {
  const { settings } = world
  const { account } = settings
  await world.db.transaction(async (db) => {
    if (await isInProfile({ db, settings }, role.id)) {
      fail('DeleteConflictException', 'Cannot delete entity, must remove roles from instance profile first.')
    }
    await letGo(db, account, role.id)
    if (!(await removeRole(db, account, role.id))) noSuchRole(role.name)
  })
}

export async function tagRole(world: World, role: Role, tags: readonly Tag[]): Promise<void> {
  checkTags(tags)
  await changeTags(world, role, (before) => mergeTags(before, tags))
}

/** Keys that the role does not have are no error. */
export const untagRole = (world: World, role: Role, keys: readonly string[]): Promise<void> =>
  changeTags(world, role, (before) => before.filter(({ Key }) => !keys.some((key) => sameKey(key, Key))))

const changeTags = (world: World, role: Role, change: (before: readonly Tag[]) => Tag[]) =>
  withRole(world, role, async (db, account, now) => {
    const tags = change(now.tags)
    if (tags.length > mostTags) fail('LimitExceededException', `Cannot exceed quota for TagsPerRole: ${mostTags}`)
    await updateRole(db, account, role.id, { tags })
  })

/** Changes that depend on what the role has: with the role as it is inside the transaction. */
const withRole = (
  world: World,
  role: Role,
  work: (db: Db, account: string, now: Role) => Promise<void>,
): Promise<void> =>
  world.db.transaction(async (db) => {
    const { account } = world.settings
    const now = await readRole(db, account, role.name)
    if (now?.id !== role.id) return noSuchRole(role.name)
    await work(db, account, now)
  })
