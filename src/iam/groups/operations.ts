/**
 * Groups of IAM's users: whoever is in one may do what its policies allow.
 *
 * Owns tables iam_groups and iam_memberships. Never decides a request (policy/ does). AWS: IAM API Reference.
 */
import { type Context, type Operation, operationsOf } from '../../wire/operation.ts'
import { account } from '../entity-door.ts'
import { paged, pagedByPath } from '../paged.ts'
import { attachPolicy, deleteInline, detachPolicy, putInline } from '../policies/attachments.ts'
import { listAttached, listInline, showInline } from '../policies/listed.ts'
import { user } from '../users/doors.ts'
import { usersById } from '../users/find.ts'
import { describeUser } from '../users/show.ts'
import { addMember, changeGroup, createGroup, deleteGroup, dropMember } from './changes.ts'
import { attachable, group, membership, newGroup, renamed } from './doors.ts'
import { groupOwner, groupsOfUser } from './find.ts'
import { type Group, groupArn } from './group.ts'
import { readGroups, readMemberIds } from './store.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

const describe = ({ world: { settings } }: Context, one: Group) => ({
  Path: one.path,
  GroupName: one.name,
  GroupId: one.id,
  Arn: groupArn(settings, one),
  CreateDate: new Date(one.createdAt),
})

export const CreateGroup = operation('CreateGroup', newGroup, async ({ GroupName, Path }, context) => ({
  Group: describe(context, await createGroup(context.world, GroupName, Path)),
}))

/** The group, and its members page by page. */
export const GetGroup = operation('GetGroup', group, async (input, context) => {
  const { world, group } = context
  const { rows, ...rest } = await paged(
    context,
    input,
    group.id,
    (after, limit) => readMemberIds(world.db, world.settings.account, group.id, { after, limit }),
    (id) => id,
  )
  const members = await usersById(world, rows)
  const order = (id: string) => rows.indexOf(id)
  const Users = members.sort((a, b) => order(a.id) - order(b.id)).map((one) => describeUser(world, one))
  return { Group: describe(context, group), Users, ...rest }
})

export const ListGroups = operation('ListGroups', account, async (input, context) => {
  const { rows, ...rest } = await pagedByPath(context, input, readGroups)
  return { Groups: rows.map((one) => describe(context, one)), ...rest }
})

export const ListGroupsForUser = operation('ListGroupsForUser', user, async (input, context) => {
  const groups = await groupsOfUser(context.world, context.user.id)
  const { rows, ...rest } = await paged(
    context,
    input,
    context.user.id,
    async (after = '', limit) => groups.filter(({ name }) => name.toLowerCase() > after).slice(0, limit),
    ({ name }) => name.toLowerCase(),
  )
  return { Groups: rows.map((one) => describe(context, one)), ...rest }
})

export const UpdateGroup = operation('UpdateGroup', renamed, ({ NewGroupName, NewPath }, { world, group }) =>
  changeGroup(world, group, {
    ...(NewGroupName !== undefined && { name: NewGroupName }),
    ...(NewPath !== undefined && { path: NewPath }),
  }),
)

export const DeleteGroup = operation('DeleteGroup', group, (_, { world, group }) => deleteGroup(world, group))

export const AddUserToGroup = operation('AddUserToGroup', membership, (_, { world, group, user }) =>
  addMember(world, group, user),
)

export const RemoveUserFromGroup = operation('RemoveUserFromGroup', membership, (_, { world, group, user }) =>
  dropMember(world, group, user),
)

export const PutGroupPolicy = operation('PutGroupPolicy', group, (input, { world, group }) =>
  putInline(world, groupOwner(world, group), input.PolicyName, input.PolicyDocument),
)

export const GetGroupPolicy = operation('GetGroupPolicy', group, async ({ PolicyName }, context) => ({
  GroupName: context.group.name,
  ...(await showInline(context, groupOwner(context.world, context.group), PolicyName)),
}))

export const ListGroupPolicies = operation('ListGroupPolicies', group, (input, context) =>
  listInline(context, input, groupOwner(context.world, context.group)),
)

export const DeleteGroupPolicy = operation('DeleteGroupPolicy', group, ({ PolicyName }, { world, group }) =>
  deleteInline(world, groupOwner(world, group), PolicyName),
)

export const AttachGroupPolicy = operation('AttachGroupPolicy', attachable, ({ PolicyArn }, { world, group }) =>
  attachPolicy(world, groupOwner(world, group), PolicyArn),
)

export const DetachGroupPolicy = operation('DetachGroupPolicy', attachable, ({ PolicyArn }, { world, group }) =>
  detachPolicy(world, groupOwner(world, group), PolicyArn),
)

export const ListAttachedGroupPolicies = operation('ListAttachedGroupPolicies', group, (input, context) =>
  listAttached(context, input, groupOwner(context.world, context.group)),
)

export const operations: Operation[] = [
  ...[CreateGroup, GetGroup, ListGroups, ListGroupsForUser, UpdateGroup, DeleteGroup],
  ...[AddUserToGroup, RemoveUserFromGroup],
  ...[PutGroupPolicy, GetGroupPolicy, ListGroupPolicies, DeleteGroupPolicy],
  ...[AttachGroupPolicy, DetachGroupPolicy, ListAttachedGroupPolicies],
]
