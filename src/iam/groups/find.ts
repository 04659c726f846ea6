/** Finding groups of IAM's users, and the groups that a user is in. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Owner } from '../policies/attachments.ts'
import { quotas } from '../policies/documents.ts'
import { type Group, readGroupArn } from './group.ts'
import { readGroup, readGroups, readGroupsById, readGroupsOf, readMemberIds } from './store.ts'

type Reading = Pick<World, 'db' | 'settings'>

/** The group of that ARN or name, or undefined. */
export async function findGroup(world: Reading, nameOrArn: string): Promise<Group | undefined> {
  const { account } = world.settings
  if (!nameOrArn.startsWith('arn:')) return readGroup(world.db, account, nameOrArn)
  const wanted = readGroupArn(nameOrArn)
  if (wanted?.account !== account) return undefined
  const group = await readGroup(world.db, account, wanted.name)
  return group?.path === wanted.path ? group : undefined
}

export const noSuchGroup = (name: string): never =>
  fail('NoSuchEntityException', `The group with name ${name} cannot be found.`)

/** The groups with these ids, in no order. */
export const groupsById = (world: Reading, ids: readonly string[]): Promise<Group[]> =>
  readGroupsById(world.db, world.settings.account, ids)

/** The groups of a user, by folded name. */
export const groupsOfUser = (world: Reading, userId: string): Promise<Group[]> =>
  readGroupsOf(world.db, world.settings.account, userId)

/** The group as policies see it. */
export const groupOwner = ({ settings: { account } }: Pick<World, 'settings'>, { id, name }: Group): Owner => ({
  kind: 'group',
  id,
  name,
  require: async (db) => (await readGroupsById(db, account, [id]))[0] ?? noSuchGroup(name),
})

/** All of them, by folded name after the given one. */
export const listGroups = (world: Reading, after: string, limit: number): Promise<Group[]> =>
  readGroups(world.db, world.settings.account, { prefix: '/', after, limit })

/** The ids of all users in a group. */
export const membersOf = (world: Reading, groupId: string): Promise<string[]> =>
  readMemberIds(world.db, world.settings.account, groupId, { after: undefined, limit: quotas.usersPerAccount })
