/** Doors to calls about a user of IAM; where AWS lets the name be left out, the user is the caller. */
import type { Caller } from '../../wire/caller.ts'
import { fail } from '../../wire/errors.ts'
import type { Context, Door } from '../../wire/operation.ts'
import { authorize } from '../authorize.ts'
import { about, future, resourceTagKeys, type Subject, type Tagging } from '../entity-door.ts'
import { boundaryKey } from '../policies/attachments.ts'
import { rootArn } from '../root-user/root.ts'
import { findUser, noSuchUser } from './find.ts'
import { type User, userArn } from './user.ts'

type OfUser = { UserName?: string } & Tagging

const nameOf = ({ UserName }: OfUser, { caller }: Context): string =>
  UserName ?? ownName(caller) ?? fail('ValidationError', 'Must specify userName when calling with non-User credentials')

/** The name of the user who calls, or undefined if the caller is none. */
export const ownName = ({ kind, arn }: Caller): string | undefined =>
  kind === 'user' ? arn.slice(arn.lastIndexOf('/') + 1) : undefined

const users: Subject<OfUser, User> = {
  find: (request, context) => findUser(context.world, nameOf(request, context)),
  arn: (request, context, found) =>
    userArn(context.world.settings, found ?? { name: nameOf(request, context), path: '/' }),
  tags: ({ tags }) => tags,
  keys: (_, context, found) => boundaryKey(context, found),
  missing: (request, context) => noSuchUser(nameOf(request, context)),
}

export const newUser = future<{ UserName: string; Path?: string; PermissionsBoundary?: string } & Tagging>(
  ({ UserName: name, Path: path = '/' }, account) => userArn({ account }, { name, path }),
)

export const user = about('user', users)

/** A user, or where the name is left out and root calls, the root user: then `user` is undefined. AWS: DeleteAccessKey. */
export const userOrRoot: Door<OfUser, { user: User | undefined }> = {
  signed: true,
  async admit(request, context) {
    const { caller, operation, world } = context
    if (request.UserName !== undefined || caller.kind !== 'root') return user.admit(request, context)
    await authorize(context, { action: `iam:${operation}`, resource: rootArn(world.settings) })
    return { user: undefined }
  },
}

/**
 * A user who is to have another name or path: permission is asked on what they are and on what they will be. AWS: IAM User
 * Guide, "Rename an IAM user".
 */
export const renamed: Door<OfUser & { NewUserName?: string; NewPath?: string }, { user: User }> = {
  signed: true,
  async admit(request, context) {
    const learned = await user.admit(request, context)
    const { NewUserName: name = learned.user.name, NewPath: path = learned.user.path } = request
    await authorize(context, {
      action: 'iam:UpdateUser',
      resource: userArn(context.world.settings, { name, path }),
      more: { ...resourceTagKeys(learned.user.tags), ...(await boundaryKey(context, learned.user)) },
    })
    return learned
  },
}

/** A user that a policy is attached to or detached from. */
export const attachable = about<'user', OfUser & { PolicyArn: string }, User>('user', {
  ...users,
  keys: async ({ PolicyArn }, context, found) => ({
    'iam:PolicyARN': PolicyArn,
    ...(await boundaryKey(context, found)),
  }),
})

/** A user that is to get a boundary. */
export const bounded = about<'user', OfUser & { PermissionsBoundary: string }, User>('user', {
  ...users,
  keys: ({ PermissionsBoundary }) => ({ 'iam:PermissionsBoundary': PermissionsBoundary }),
})
