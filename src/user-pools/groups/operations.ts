/**
 * Groups collect users and lend them an IAM role. Owns the tables groups and memberships. Knows nothing of tokens:
 * what they say of groups is asked for through groups-of.ts.
 * AWS: API Reference, CreateGroup and its neighbours; Developer Guide, "Adding groups to a user pool".
 */
import type { GroupType } from '@aws-sdk/client-cognito-identity-provider'
import { authorize } from '../../iam/authorize.ts'
import { passing } from '../../iam/roles/pass-role.ts'
import { fail } from '../../wire/errors.ts'
import type { Context, Operation } from '../../wire/operation.ts'
import { page, readPage } from '../../wire/paging.ts'
import type { World } from '../../world.ts'
import { admin, operation } from '../doors.ts'
import { type Pool, poolArn } from '../pools/pool.ts'
import { requireUser, usersBySubs } from '../users/find.ts'
import { describeUser } from '../users/user.ts'
import type { Group } from './group.ts'
import * as store from './store.ts'

const describe = (group: Group): GroupType => ({
  GroupName: group.name,
  UserPoolId: group.poolId,
  Description: group.description,
  RoleArn: group.roleArn,
  Precedence: group.precedence,
  CreationDate: new Date(group.createdAt),
  LastModifiedDate: new Date(group.modifiedAt),
})

const refuseGroup = (): never => fail('ResourceNotFoundException', 'Group not found.')

const requireGroup = async (world: World, pool: Pool, name: string): Promise<Group> =>
  (await store.readGroup(world.db, pool.id, name)) ?? refuseGroup()

/** AWS: Quotas, "Groups per user pool", "Groups that a user can belong to". */
const mostGroups = 10_000
const mostGroupsOfUser = 100

const worstPrecedence = 2 ** 31 - 1

/** AWS: API_GroupType: up to 2^31-1. unproved: the sentence, made like those of other limits. */
function checkPrecedence(precedence: number | undefined): void {
  if (precedence === undefined || precedence <= worstPrecedence) return
  fail(
    'InvalidParameterException',
    `1 validation error detected: Value '${precedence}' at 'precedence' failed to satisfy constraint: Member must have value less than or equal to ${worstPrecedence}`,
  )
}

/**
 * A group lends its role to its members, so whoever gives it one must be allowed to pass it on. AWS refuses a role of
 * another account in these words, and CloudFormation lists the right to pass roles among those it needs for a group.
 */
async function requirePassable(context: Context & { pool: Pool }, role: string | undefined): Promise<void> {
  if (role === undefined) return
  const [, , , , account] = role.split(':')
  if (account !== context.world.settings.account) {
    fail('InvalidParameterException', 'Cross-account pass role is not allowed.')
  }
  const resource = poolArn(context.world.settings, context.pool)
  await authorize(context, passing({ service: 'cognito-idp.amazonaws.com', resource }, role))
}

export const CreateGroup = operation('CreateGroup', admin, async (input, context) => {
  const { world, pool } = context
  checkPrecedence(input.Precedence)
  await requirePassable(context, input.RoleArn)
  const now = world.now()
  const group: Group = {
    poolId: pool.id,
    name: input.GroupName,
    description: input.Description,
    roleArn: input.RoleArn,
    precedence: input.Precedence,
    createdAt: now,
    modifiedAt: now,
  }
  await world.db.transaction(async (db) => {
    const many = await store.insertGroup(db, group)
    if (many === undefined) return fail('GroupExistsException', 'A group with the name already exists')
    // unproved: the sentence.
    if (many > mostGroups) fail('LimitExceededException', `A user pool cannot have more than ${mostGroups} groups.`)
  })
  return { Group: describe(group) }
})

export const GetGroup = operation('GetGroup', admin, async ({ GroupName }, { world, pool }) => ({
  Group: describe(await requireGroup(world, pool, GroupName)),
}))

const longestPage = 60

/** AWS: Limit 0 is as good as none. */
const limitOf = (limit: number | undefined) => limit || longestPage

export const ListGroups = operation('ListGroups', admin, async ({ Limit, NextToken }, { world, pool }) => {
  const paging = { list: `ListGroups ${pool.id}`, seal: world.seal, now: world.now() }
  const [after = ''] = readPage(paging, NextToken) ?? []
  const groups = await store.readGroups(world.db, pool.id, String(after), limitOf(Limit) + 1)
  const { rows, next } = page(paging, groups, limitOf(Limit), ({ name }) => [name])
  return { Groups: rows.map(describe), NextToken: next }
})

/** unproved: that what is left out stays as it is. Terraform sends only what changed, and expects that. */
export const UpdateGroup = operation('UpdateGroup', admin, async (input, context) => {
  const { world, pool } = context
  checkPrecedence(input.Precedence)
  await requirePassable(context, input.RoleArn)
  const change = { description: input.Description, roleArn: input.RoleArn, precedence: input.Precedence }
  const group = await store.updateGroup(world.db, pool.id, input.GroupName, change, world.now())
  return { Group: describe(group ?? refuseGroup()) }
})

export const DeleteGroup = operation('DeleteGroup', admin, async ({ GroupName }, { world, pool }) => {
  if (!(await store.deleteGroup(world.db, pool.id, GroupName))) refuseGroup()
})

export const AdminAddUserToGroup = operation('AdminAddUserToGroup', admin, async (input, { world, pool }) => {
  const user = await requireUser(world, pool, input.Username)
  const member = { sub: user.sub, now: world.now(), most: mostGroupsOfUser }
  const added = await store.addMember(world.db, pool.id, input.GroupName, member)
  if (added === 'no group') refuseGroup()
  // unproved: code and sentence; AWS's model names no LimitExceededException here.
  if (added === 'full')
    fail('InvalidParameterException', `A user cannot be a member of more than ${mostGroupsOfUser} groups.`)
})

export const AdminRemoveUserFromGroup = operation('AdminRemoveUserFromGroup', admin, async (input, context) => {
  const { world, pool } = context
  const user = await requireUser(world, pool, input.Username)
  await requireGroup(world, pool, input.GroupName)
  await store.removeMember(world.db, pool.id, input.GroupName, user.sub)
})

export const AdminListGroupsForUser = operation('AdminListGroupsForUser', admin, async (input, { world, pool }) => {
  const user = await requireUser(world, pool, input.Username)
  const limit = limitOf(input.Limit)
  const paging = { list: `AdminListGroupsForUser ${pool.id} ${user.sub}`, seal: world.seal, now: world.now() }
  const [after = ''] = readPage(paging, input.NextToken) ?? []
  const groups = await store.readGroupsOfPage(world.db, pool.id, user.sub, String(after), limit + 1)
  const { rows, next } = page(paging, groups, limit, ({ name }) => [name])
  return { Groups: rows.map(describe), NextToken: next }
})

export const ListUsersInGroup = operation('ListUsersInGroup', admin, async (input, { world, pool }) => {
  const group = await requireGroup(world, pool, input.GroupName)
  const limit = limitOf(input.Limit)
  const paging = { list: `ListUsersInGroup ${pool.id} ${group.name}`, seal: world.seal, now: world.now() }
  const key = readPage(paging, input.NextToken)
  const after = key && { joinedAt: Number(key[0]), sub: String(key[1]) }
  const members = await store.readMembers(world.db, pool.id, group.name, after, limit + 1)
  const { rows, next } = page(paging, members, limit, ({ joinedAt, sub }) => [joinedAt, sub])
  // Who was deleted meanwhile is no member any more.
  const users = await usersBySubs(
    world,
    pool,
    rows.map(({ sub }) => sub),
  )
  return { Users: users.map(describeUser), NextToken: next }
})

export const operations: readonly Operation[] = [
  CreateGroup,
  GetGroup,
  ListGroups,
  UpdateGroup,
  DeleteGroup,
  AdminAddUserToGroup,
  AdminRemoveUserFromGroup,
  AdminListGroupsForUser,
  ListUsersInGroup,
]
