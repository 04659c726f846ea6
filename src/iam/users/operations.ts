/**
 * IAM's users: people and programs with keys of their own, not users of a user pool.
 *
 * Owns table iam_users. Never decides a request (policy/ does). AWS: IAM API Reference.
 */
import { type Context, type Operation, operationsOf } from '../../wire/operation.ts'
import { keysOf } from '../access-keys/keys.ts'
import { account } from '../entity-door.ts'
import { groupsOfUser } from '../groups/find.ts'
import { loginProfileOf } from '../login-profiles/find.ts'
import { devicesOf } from '../mfa-devices/find.ts'
import { pagedByPath, pagedTags } from '../paged.ts'
import { boundaryOf } from '../policies/attachments.ts'
import { publicKeysOf } from '../public-keys/keys.ts'
import { describeRoot } from '../root-user/root.ts'
import type { Tag } from '../tags.ts'
import { type Belonging, changeUser, createUser, deleteUser, tagUser, untagUser } from './changes.ts'
import { newUser, renamed, user, userOrRoot } from './doors.ts'
import { operations as policyOperations } from './policy-operations.ts'
import { describeUser } from './show.ts'
import { readUsers } from './store.ts'
import type { User } from './user.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

const describe = ({ world }: Context, one: User) => describeUser(world, one)

const withTags = ({ tags }: User) => (tags.length > 0 ? { Tags: [...tags] } : {})

export const CreateUser = operation('CreateUser', newUser, async (input, context) => {
  const made = await createUser(context.world, {
    name: input.UserName,
    ...(input.Path !== undefined && { path: input.Path }),
    ...(input.Tags && { tags: input.Tags as Tag[] }),
    ...(input.PermissionsBoundary !== undefined && { boundary: input.PermissionsBoundary }),
  })
  return { User: { ...describe(context, made), ...withTags(made), ...(await boundaryOf(context.world, made.id)) } }
})

export const GetUser = operation('GetUser', userOrRoot, async (_, { world, user }) => ({
  User: user
    ? { ...describeUser(world, user), ...withTags(user), ...(await boundaryOf(world, user.id)) }
    : describeRoot(world),
}))

/** AWS leaves tags and boundary out of this list. */
export const ListUsers = operation('ListUsers', account, async (input, context) => {
  const { rows, ...rest } = await pagedByPath(context, input, readUsers)
  return { Users: rows.map((one) => describe(context, one)), ...rest }
})

export const UpdateUser = operation('UpdateUser', renamed, ({ NewUserName, NewPath }, { world, user }) =>
  changeUser(world, user, {
    ...(NewUserName !== undefined && { name: NewUserName }),
    ...(NewPath !== undefined && { path: NewPath }),
  }),
)

/** What a user must have lost before, with AWS's word for losing it. unproved: the order in which AWS asks. */
const belongings: readonly Belonging[] = [
  { loss: 'remove users from group', has: async (world, id) => (await groupsOfUser(world, id)).length > 0 },
  { loss: 'delete access keys', has: async (world, id) => (await keysOf(world, id)).length > 0 },
  { loss: 'delete login profile', has: async (world, id) => (await loginProfileOf(world, id)) !== undefined },
  { loss: 'delete SSH public keys', has: async (world, id) => (await publicKeysOf(world, id, 'ssh')).length > 0 },
  {
    loss: 'delete signing certificates',
    has: async (world, id) => (await publicKeysOf(world, id, 'certificate')).length > 0,
  },
  { loss: 'delete MFA device', has: async (world, id) => (await devicesOf(world, id)).length > 0 },
]

export const DeleteUser = operation('DeleteUser', user, (_, { world, user }) => deleteUser(world, user, belongings))

export const TagUser = operation('TagUser', user, ({ Tags }, { world, user }) => tagUser(world, user, Tags as Tag[]))

export const UntagUser = operation('UntagUser', user, ({ TagKeys }, { world, user }) => untagUser(world, user, TagKeys))

export const ListUserTags = operation('ListUserTags', user, (input, context) =>
  pagedTags(context, input, context.user.id, context.user.tags),
)

export const operations: Operation[] = [
  ...[CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser, TagUser, UntagUser, ListUserTags],
  ...policyOperations,
]
