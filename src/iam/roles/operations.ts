/**
 * IAM's roles.
 *
 * Owns table roles. Never makes credentials (sts does) and never decides a request (policy/ does).
 * AWS: IAM API Reference.
 */
import { type Context, type Operation, operationsOf } from '../../wire/operation.ts'
import { account, newRole, role } from '../doors.ts'
import { isInProfile } from '../instance-profiles/find.ts'
import { pagedByPath, pagedTags } from '../paged.ts'
import { boundaryOf } from '../policies/attachments.ts'
import { lastUsedOf } from '../service-access/uses.ts'
import type { Tag } from '../tags.ts'
import { changeRole, changeTrust, createRole, deleteRole, tagRole, untagRole } from './changes.ts'
import { operations as policyOperations } from './policy-operations.ts'
import type { Role } from './role.ts'
import { describeRoles } from './show.ts'
import { readRoles } from './store.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

async function describe({ world }: Context, one: Role) {
  const [shown] = await describeRoles(world, [one])
  return shown!
}

const withTags = ({ tags }: Role) => (tags.length > 0 ? { Tags: [...tags] } : {})

export const CreateRole = operation('CreateRole', newRole, async (input, context) => {
  const made = await createRole(context.world, {
    name: input.RoleName,
    trust: input.AssumeRolePolicyDocument,
    ...(input.Path !== undefined && { path: input.Path }),
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.MaxSessionDuration !== undefined && { longestSession: input.MaxSessionDuration }),
    ...(input.Tags && { tags: input.Tags as Tag[] }),
    ...(input.PermissionsBoundary !== undefined && { boundary: input.PermissionsBoundary }),
  })
  return {
    Role: { ...(await describe(context, made)), ...withTags(made), ...(await boundaryOf(context.world, made.id)) },
  }
})

export const GetRole = operation('GetRole', role, async (_, context) => {
  const { world, role } = context
  const RoleLastUsed = await lastUsedOf(world, role.id)
  return {
    Role: {
      ...(await describe(context, role)),
      ...withTags(role),
      ...(await boundaryOf(world, role.id)),
      RoleLastUsed,
    },
  }
})

/** AWS leaves tags, boundary and last use out of this list. */
export const ListRoles = operation('ListRoles', account, async (input, context) => {
  const { rows, ...rest } = await pagedByPath(context, input, readRoles)
  return { Roles: await describeRoles(context.world, rows), ...rest }
})

export const UpdateRole = operation('UpdateRole', role, async (input, { world, role }) => {
  await changeRole(world, role, {
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.MaxSessionDuration !== undefined && { longestSession: input.MaxSessionDuration }),
  })
  return {}
})

/** What UpdateRole came to replace. */
export const UpdateRoleDescription = operation('UpdateRoleDescription', role, async ({ Description }, context) => {
  await changeRole(context.world, context.role, { description: Description })
  return { Role: await describe(context, { ...context.role, description: Description }) }
})

export const UpdateAssumeRolePolicy = operation('UpdateAssumeRolePolicy', role, async (input, { world, role }) =>
  changeTrust(world, role, input.PolicyDocument),
)

export const DeleteRole = operation('DeleteRole', role, (_, { world, role }) => deleteRole(world, role, isInProfile))

export const TagRole = operation('TagRole', role, ({ Tags }, { world, role }) => tagRole(world, role, Tags as Tag[]))

export const UntagRole = operation('UntagRole', role, ({ TagKeys }, { world, role }) => untagRole(world, role, TagKeys))

export const ListRoleTags = operation('ListRoleTags', role, (input, context) =>
  pagedTags(context, input, context.role.id, context.role.tags),
)

export const operations: Operation[] = [
  ...[CreateRole, GetRole, ListRoles, UpdateRole, UpdateRoleDescription, UpdateAssumeRolePolicy, DeleteRole],
  ...policyOperations,
  ...[TagRole, UntagRole, ListRoleTags],
]
