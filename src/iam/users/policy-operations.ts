/** The policies of users: inline, attached, and the boundary. Owns no table; the rules are policies/attachments.ts. */
import { type Operation, operationsOf } from '../../wire/operation.ts'
import {
  attachPolicy,
  deleteBoundary,
  deleteInline,
  detachPolicy,
  putBoundary,
  putInline,
} from '../policies/attachments.ts'
import { listAttached, listInline, showInline } from '../policies/listed.ts'
import { attachable, bounded, user } from './doors.ts'
import { userOwner } from './find.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

export const PutUserPolicy = operation('PutUserPolicy', user, (input, { world, user }) =>
  putInline(world, userOwner(world, user), input.PolicyName, input.PolicyDocument),
)

export const GetUserPolicy = operation('GetUserPolicy', user, async ({ PolicyName }, context) => ({
  UserName: context.user.name,
  ...(await showInline(context, userOwner(context.world, context.user), PolicyName)),
}))

export const ListUserPolicies = operation('ListUserPolicies', user, (input, context) =>
  listInline(context, input, userOwner(context.world, context.user)),
)

export const DeleteUserPolicy = operation('DeleteUserPolicy', user, ({ PolicyName }, { world, user }) =>
  deleteInline(world, userOwner(world, user), PolicyName),
)

export const AttachUserPolicy = operation('AttachUserPolicy', attachable, ({ PolicyArn }, { world, user }) =>
  attachPolicy(world, userOwner(world, user), PolicyArn),
)

export const DetachUserPolicy = operation('DetachUserPolicy', attachable, ({ PolicyArn }, { world, user }) =>
  detachPolicy(world, userOwner(world, user), PolicyArn),
)

export const ListAttachedUserPolicies = operation('ListAttachedUserPolicies', user, (input, context) =>
  listAttached(context, input, userOwner(context.world, context.user)),
)

export const PutUserPermissionsBoundary = operation(
  'PutUserPermissionsBoundary',
  bounded,
  ({ PermissionsBoundary }, { world, user }) => putBoundary(world, userOwner(world, user), PermissionsBoundary),
)

export const DeleteUserPermissionsBoundary = operation('DeleteUserPermissionsBoundary', user, (_, { world, user }) =>
  deleteBoundary(world, userOwner(world, user)),
)

export const operations: Operation[] = [
  ...[PutUserPolicy, GetUserPolicy, ListUserPolicies, DeleteUserPolicy],
  ...[AttachUserPolicy, DetachUserPolicy, ListAttachedUserPolicies],
  ...[PutUserPermissionsBoundary, DeleteUserPermissionsBoundary],
]
