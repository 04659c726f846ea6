/** Doors to calls about a group of IAM's users. */
import type { Context, Door } from '../../wire/operation.ts'
import { authorize } from '../authorize.ts'
import { about, future, type Subject, type Tagging } from '../entity-door.ts'
import { findUser, noSuchUser } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { findGroup, noSuchGroup } from './find.ts'
import { type Group, groupArn } from './group.ts'

type OfGroup = { GroupName: string }

const groups: Subject<OfGroup, Group> = {
  find: ({ GroupName }, { world }) => findGroup(world, GroupName),
  arn: ({ GroupName }, { world }, found) => groupArn(world.settings, found ?? { name: GroupName, path: '/' }),
  missing: ({ GroupName }) => noSuchGroup(GroupName),
}

export const newGroup = future<{ GroupName: string; Path?: string } & Tagging>(
  ({ GroupName: name, Path: path = '/' }, account) => groupArn({ account }, { name, path }),
)

export const group = about('group', groups)

/** A group that is to have another name or path: permission is asked on what it is and on what it will be. AWS: API_UpdateGroup. */
export const renamed: Door<OfGroup & { NewGroupName?: string; NewPath?: string }, { group: Group }> = {
  signed: true,
  async admit(request, context) {
    const learned = await group.admit(request, context)
    const { NewGroupName: name = learned.group.name, NewPath: path = learned.group.path } = request
    await authorize(context, { action: 'iam:UpdateGroup', resource: groupArn(context.world.settings, { name, path }) })
    return learned
  },
}

/** A group that a policy is attached to or detached from. */
export const attachable = about<'group', OfGroup & { PolicyArn: string }, Group>('group', {
  ...groups,
  keys: ({ PolicyArn }) => ({ 'iam:PolicyARN': PolicyArn }),
})

/** A group and a user who enters or leaves it; permission is asked on the group. */
export const membership = {
  ...group,
  async admit(request: OfGroup & { UserName: string }, context: Context): Promise<{ group: Group; user: User }> {
    const learned = await group.admit(request, context)
    return { ...learned, user: (await findUser(context.world, request.UserName)) ?? noSuchUser(request.UserName) }
  },
}
