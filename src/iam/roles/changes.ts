/** Making and changing roles, within the quotas and with the refusals of IAM. */

import type { Db } from '../../store/db.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { uniqueId } from '../ids.ts'
import { countedLength, quotas } from '../policies/documents.ts'
import { parsePolicy } from '../policy/parse.ts'
import { mergeTags, mostTags, repeatedKey, sameKey, type Tag } from '../tags.ts'
import type { Role } from './role.ts'
import {
  countRoles,
  insertRole,
  readRole,
  readRolePolicies,
  removeRole,
  removeRolePolicy,
  updateRole,
  writeRolePolicy,
} from './store.ts'
import { bindTrust } from './trust.ts'

export type NewRole = Pick<Role, 'name' | 'trust'> &
  Partial<Pick<Role, 'path' | 'description' | 'longestSession' | 'tags'>>

export const noSuchRole = (name: string): never =>
  fail('NoSuchEntityException', `The role with name ${name} cannot be found.`)

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
    if ((await countRoles(db, account)) > quotas.rolesPerAccount) {
      fail('LimitExceededException', `Cannot exceed quota for RolesPerAccount: ${quotas.rolesPerAccount}`)
    }
  })
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
  if (!(await updateRole(world.db, world.settings.account, role.id, { trust, boundTrust }))) noSuchRole(role.name)
}

export async function deleteRole(world: World, role: Role): Promise<void> {
  if (await removeRole(world.db, world.settings.account, role.id)) return
  if ((await readRole(world.db, world.settings.account, role.name))?.id !== role.id) noSuchRole(role.name)
  const inline = await readRolePolicies(world.db, world.settings.account, role.id)
  fail(
    'DeleteConflictException',
    `Cannot delete entity, must ${inline.length > 0 ? 'delete policies' : 'detach all policies'} first.`,
  )
}

/** Adds the inline policy, or replaces the one of that name. */
export async function putRolePolicy(world: World, role: Role, name: string, document: string): Promise<void> {
  parsePolicy(document, 'identity', { saving: true })
  await withRole(world, role, async (db, account) => {
    const others = (await readRolePolicies(db, account, role.id)).filter((policy) => policy.name !== name)
    const size = [...others, { document }].reduce((sum, policy) => sum + countedLength(policy.document), 0)
    if (size > quotas.inlineOfRole) {
      fail(
        'LimitExceededException',
        `Maximum policy size of ${quotas.inlineOfRole} bytes exceeded for role ${role.name}`,
      )
    }
    await writeRolePolicy(db, account, role.id, { name, document })
  })
}

export const noSuchRolePolicy = (name: string): never =>
  fail('NoSuchEntityException', `The role policy with name ${name} cannot be found.`)

export async function deleteRolePolicy(world: World, role: Role, name: string): Promise<void> {
  if (!(await removeRolePolicy(world.db, world.settings.account, role.id, name))) noSuchRolePolicy(name)
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

export function checkTags(tags: readonly Tag[]): void {
  const keys = tags.map(({ Key }) => Key)
  if (repeatedKey(keys) !== undefined) {
    fail('InvalidInputException', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  }
  // unproved: AWS's sentence; its guide only says that the prefix is reserved.
  if (keys.some((key) => /^aws:/i.test(key))) fail('InvalidInputException', 'System tags cannot be added or changed.')
}
