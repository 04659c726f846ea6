/** Finding roles by the names that callers use, and what becomes of a role's sessions. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Owner } from '../policies/attachments.ts'
import { currentDocuments as documentsById } from '../policies/managed.ts'
import { currentPrincipal } from '../principals/find.ts'
import { type Role, readRoleArn } from './role.ts'
import { readRole, readRoles, readRolesById } from './store.ts'

/** The role of that ARN or name, or undefined. An ARN with another account or another path is no role of ours. */
export async function findRole(world: Pick<World, 'db' | 'settings'>, nameOrArn: string): Promise<Role | undefined> {
  const { account } = world.settings
  if (!nameOrArn.startsWith('arn:')) return readRole(world.db, account, nameOrArn)
  const wanted = readRoleArn(nameOrArn)
  if (wanted?.account !== account) return undefined
  const role = await readRole(world.db, account, wanted.name)
  return role?.path === wanted.path ? role : undefined
}

/** What the role with this id is and may do now: one query. Undefined if the role is gone. */
export const currentRole = currentPrincipal

/** The default versions of the managed policies with these ids; those that are gone are left out. */
export const currentDocuments = async (
  world: Pick<World, 'db' | 'settings'>,
  ids: readonly string[],
): Promise<string[]> => (await documentsById(world, ids)).map(({ document }) => document)

/** The roles with these ids, in no order. */
export const rolesById = (world: Pick<World, 'db' | 'settings'>, ids: readonly string[]): Promise<Role[]> =>
  readRolesById(world.db, world.settings.account, ids)

/** The role as policies see it. */
export const roleOwner = ({ settings: { account } }: Pick<World, 'settings'>, { id, name }: Role): Owner => ({
  kind: 'role',
  id,
  name,
  require: async (db) => (await readRole(db, account, name))?.id === id || noSuchRole(name),
})

export const noSuchRole = (name: string): never =>
  fail('NoSuchEntityException', `The role with name ${name} cannot be found.`)

/** All of them, by folded name after the given one. */
export const listRoles = (world: Pick<World, 'db' | 'settings'>, after: string, limit: number): Promise<Role[]> =>
  readRoles(world.db, world.settings.account, { prefix: '/', after, limit })
