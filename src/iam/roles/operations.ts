/**
 * IAM's roles and their policies.
 *
 * Owns tables roles and role_policies. Never makes credentials (sts does) and never decides a request (policy/ does).
 * AWS: IAM API Reference.
 */
import { fail } from '../../wire/errors.ts'
import { type Context, type Operation, operationsOf } from '../../wire/operation.ts'
import { account, newRole, role } from '../doors.ts'
import { paged, pagedTags } from '../paged.ts'
import { encodeDocument } from '../policies/documents.ts'
import type { Tag } from '../tags.ts'
import {
  changeRole,
  changeTrust,
  createRole,
  deleteRole,
  deleteRolePolicy,
  noSuchRolePolicy,
  putRolePolicy,
  tagRole,
  untagRole,
} from './changes.ts'
import { type Role, roleArn } from './role.ts'
import { readRolePolicy, readRolePolicyNames, readRoles } from './store.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

const describe = (
  { world: { settings } }: Context,
  { name, path, id, createdAt, trust, description, longestSession }: Role,
) => ({
  Path: path,
  RoleName: name,
  RoleId: id,
  Arn: roleArn(settings, { name, path }),
  CreateDate: new Date(createdAt),
  AssumeRolePolicyDocument: encodeDocument(trust),
  Description: description,
  MaxSessionDuration: longestSession,
})

const withTags = ({ tags }: Role) => (tags.length > 0 ? { Tags: [...tags] } : {})

export const CreateRole = operation('CreateRole', newRole, async (input, context) => {
  // Permissions boundaries are not here yet, so that no policy can be one.
  if (input.PermissionsBoundary !== undefined) {
    fail('NoSuchEntityException', `Scope ARN: ${input.PermissionsBoundary} does not exist or is not attachable.`)
  }
  const made = await createRole(context.world, {
    name: input.RoleName,
    trust: input.AssumeRolePolicyDocument,
    ...(input.Path !== undefined && { path: input.Path }),
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.MaxSessionDuration !== undefined && { longestSession: input.MaxSessionDuration }),
    ...(input.Tags && { tags: input.Tags as Tag[] }),
  })
  return { Role: { ...describe(context, made), ...withTags(made) } }
})

export const GetRole = operation('GetRole', role, (_, context) => ({
  Role: { ...describe(context, context.role), ...withTags(context.role) },
}))

/** AWS leaves tags and boundary out of this list. */
export const ListRoles = operation('ListRoles', account, async (input, context) => {
  const { world } = context
  const prefix = input.PathPrefix ?? '/'
  const { rows, ...rest } = await paged(
    context,
    input,
    prefix,
    (after, limit) => readRoles(world.db, world.settings.account, { prefix, after, limit }),
    ({ name }) => name.toLowerCase(),
  )
  return { Roles: rows.map((one) => describe(context, one)), ...rest }
})

export const UpdateRole = operation('UpdateRole', role, async (input, { world, role }) => {
  await changeRole(world, role, {
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.MaxSessionDuration !== undefined && { longestSession: input.MaxSessionDuration }),
  })
  return {}
})

export const UpdateAssumeRolePolicy = operation('UpdateAssumeRolePolicy', role, async (input, { world, role }) =>
  changeTrust(world, role, input.PolicyDocument),
)

export const DeleteRole = operation('DeleteRole', role, (_, { world, role }) => deleteRole(world, role))

export const PutRolePolicy = operation('PutRolePolicy', role, (input, { world, role }) =>
  putRolePolicy(world, role, input.PolicyName, input.PolicyDocument),
)

export const GetRolePolicy = operation('GetRolePolicy', role, async ({ PolicyName }, { world, role }) => {
  const policy =
    (await readRolePolicy(world.db, world.settings.account, role.id, PolicyName)) ?? noSuchRolePolicy(PolicyName)
  return { RoleName: role.name, PolicyName: policy.name, PolicyDocument: encodeDocument(policy.document) }
})

export const ListRolePolicies = operation('ListRolePolicies', role, async (input, context) => {
  const { world, role } = context
  const { rows, ...rest } = await paged(
    context,
    input,
    role.id,
    (after, limit) => readRolePolicyNames(world.db, world.settings.account, role.id, { after, limit }),
    (name) => name,
  )
  return { PolicyNames: rows, ...rest }
})

export const DeleteRolePolicy = operation('DeleteRolePolicy', role, ({ PolicyName }, { world, role }) =>
  deleteRolePolicy(world, role, PolicyName),
)

export const TagRole = operation('TagRole', role, ({ Tags }, { world, role }) => tagRole(world, role, Tags as Tag[]))

export const UntagRole = operation('UntagRole', role, ({ TagKeys }, { world, role }) => untagRole(world, role, TagKeys))

export const ListRoleTags = operation('ListRoleTags', role, (input, context) =>
  pagedTags(context, input, context.role.id, context.role.tags),
)

/** Instance profiles belong to EC2, which is not here, so no role is in one. Terraform asks before it deletes a role. */
export const ListInstanceProfilesForRole = operation('ListInstanceProfilesForRole', role, () => ({
  InstanceProfiles: [],
  IsTruncated: false,
}))

export const operations: Operation[] = [
  ...[CreateRole, GetRole, ListRoles, UpdateRole, UpdateAssumeRolePolicy, DeleteRole],
  ...[PutRolePolicy, GetRolePolicy, ListRolePolicies, DeleteRolePolicy],
  ...[TagRole, UntagRole, ListRoleTags, ListInstanceProfilesForRole],
]
