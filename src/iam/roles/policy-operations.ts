/** The policies of roles: inline, attached, and the boundary. Owns no table; the rules are policies/attachments.ts. */
import { type Operation, operationsOf } from '../../wire/operation.ts'
import { attachable, bounded, role } from '../doors.ts'
import {
  attachPolicy,
  deleteBoundary,
  deleteInline,
  detachPolicy,
  putBoundary,
  putInline,
} from '../policies/attachments.ts'
import { listAttached, listInline, showInline } from '../policies/listed.ts'
import { roleOwner } from './find.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

export const PutRolePolicy = operation('PutRolePolicy', role, (input, { world, role }) =>
  putInline(world, roleOwner(world, role), input.PolicyName, input.PolicyDocument),
)

export const GetRolePolicy = operation('GetRolePolicy', role, async ({ PolicyName }, context) => ({
  RoleName: context.role.name,
  ...(await showInline(context, roleOwner(context.world, context.role), PolicyName)),
}))

export const ListRolePolicies = operation('ListRolePolicies', role, (input, context) =>
  listInline(context, input, roleOwner(context.world, context.role)),
)

export const DeleteRolePolicy = operation('DeleteRolePolicy', role, ({ PolicyName }, { world, role }) =>
  deleteInline(world, roleOwner(world, role), PolicyName),
)

export const AttachRolePolicy = operation('AttachRolePolicy', attachable, ({ PolicyArn }, { world, role }) =>
  attachPolicy(world, roleOwner(world, role), PolicyArn),
)

export const DetachRolePolicy = operation('DetachRolePolicy', attachable, ({ PolicyArn }, { world, role }) =>
  detachPolicy(world, roleOwner(world, role), PolicyArn),
)

export const ListAttachedRolePolicies = operation('ListAttachedRolePolicies', role, (input, context) =>
  listAttached(context, input, roleOwner(context.world, context.role)),
)

export const PutRolePermissionsBoundary = operation(
  'PutRolePermissionsBoundary',
  bounded,
  ({ PermissionsBoundary }, { world, role }) => putBoundary(world, roleOwner(world, role), PermissionsBoundary),
)

export const DeleteRolePermissionsBoundary = operation('DeleteRolePermissionsBoundary', role, (_, { world, role }) =>
  deleteBoundary(world, roleOwner(world, role)),
)

export const operations: Operation[] = [
  ...[PutRolePolicy, GetRolePolicy, ListRolePolicies, DeleteRolePolicy],
  ...[AttachRolePolicy, DetachRolePolicy, ListAttachedRolePolicies],
  ...[PutRolePermissionsBoundary, DeleteRolePermissionsBoundary],
]
