/** Finding roles by the names that callers use, and what becomes of a role's sessions. */
import type { PolicySource } from '../../wire/caller.ts'
import type { World } from '../../world.ts'
import { readDefaultDocuments } from '../policies/store.ts'
import type { Tag } from '../tags.ts'
import { type Role, readRoleArn } from './role.ts'
import { readRole, readSessionRole } from './store.ts'

/** The role of that ARN or name, or undefined. An ARN with another account or another path is no role of ours. */
export async function findRole(world: Pick<World, 'db' | 'settings'>, nameOrArn: string): Promise<Role | undefined> {
  const { account } = world.settings
  if (!nameOrArn.startsWith('arn:')) return readRole(world.db, account, nameOrArn)
  const wanted = readRoleArn(nameOrArn)
  if (wanted?.account !== account) return undefined
  const role = await readRole(world.db, account, wanted.name)
  return role?.path === wanted.path ? role : undefined
}

/** Tags and policies that the role with this id has now: one query. Undefined if the role is gone. */
export const currentRole = (
  world: Pick<World, 'db' | 'settings'>,
  id: string,
): Promise<{ tags: Tag[]; policies: PolicySource[] } | undefined> =>
  readSessionRole(world.db, world.settings.account, id)

/** The default versions of the managed policies with these ids; those that are gone are left out. */
export const currentDocuments = (world: Pick<World, 'db' | 'settings'>, ids: readonly string[]): Promise<string[]> =>
  readDefaultDocuments(world.db, world.settings.account, ids)
