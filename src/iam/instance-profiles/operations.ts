/**
 * Instance profiles: roles as EC2 would hand them to machines.
 *
 * Owns table instance_profiles. Never hands out credentials: there are no machines here and no metadata service, but the
 * modules and scripts that make roles make these beside them. AWS: IAM API Reference.
 */
import type { Context, Door } from '../../wire/operation.ts'
import { type Operation, operationsOf } from '../../wire/operation.ts'
import { authorize } from '../authorize.ts'
import { role } from '../doors.ts'
import { about, account, future, type Subject, type Tagging } from '../entity-door.ts'
import { paged, pagedByPath, pagedTags } from '../paged.ts'
import { findRole, noSuchRole } from '../roles/find.ts'
import { type Role, roleArn } from '../roles/role.ts'
import { checkTags, mergeTags, sameKey, type Tag } from '../tags.ts'
import { addRole, changeTags, createProfile, deleteProfile, removeRole } from './changes.ts'
import { findProfile, noSuchProfile } from './find.ts'
import { type InstanceProfile, profileArn } from './instance-profile.ts'
import { describeProfiles } from './show.ts'
import { readProfiles } from './store.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

type OfProfile = { InstanceProfileName: string } & Tagging

const profiles: Subject<OfProfile, InstanceProfile> = {
  find: ({ InstanceProfileName }, { world }) => findProfile(world, InstanceProfileName),
  arn: ({ InstanceProfileName: name }, { world }, found) => profileArn(world.settings, found ?? { name, path: '/' }),
  tags: ({ tags }) => tags,
  missing: ({ InstanceProfileName }) => noSuchProfile(InstanceProfileName),
}

const profile = about('profile', profiles)

const newProfile = future<OfProfile & { Path?: string }>(({ InstanceProfileName: name, Path: path = '/' }, account) =>
  profileArn({ account }, { name, path }),
)

/** A profile and a role; permission is asked on the profile. */
const profileAndRole: Door<OfProfile & { RoleName: string }, { profile: InstanceProfile; role: Role }> = {
  signed: true,
  async admit(request, context) {
    const learned = await profile.admit(request, context)
    return { ...learned, role: (await findRole(context.world, request.RoleName)) ?? noSuchRole(request.RoleName) }
  },
}

const withTags = ({ tags }: InstanceProfile) => (tags.length > 0 ? { Tags: [...tags] } : {})

async function describe({ world }: Context, one: InstanceProfile) {
  const [shown] = await describeProfiles(world, [one])
  return { ...shown!, ...withTags(one) }
}

export const CreateInstanceProfile = operation('CreateInstanceProfile', newProfile, async (input, context) => {
  const made = await createProfile(context.world, {
    name: input.InstanceProfileName,
    ...(input.Path !== undefined && { path: input.Path }),
    ...(input.Tags && { tags: input.Tags as Tag[] }),
  })
  return { InstanceProfile: await describe(context, made) }
})

export const GetInstanceProfile = operation('GetInstanceProfile', profile, async (_, context) => ({
  InstanceProfile: await describe(context, context.profile),
}))

export const DeleteInstanceProfile = operation('DeleteInstanceProfile', profile, (_, { world, profile }) =>
  deleteProfile(world, profile),
)

/** AWS leaves tags out of the lists. */
export const ListInstanceProfiles = operation('ListInstanceProfiles', account, async (input, context) => {
  const { rows, ...rest } = await pagedByPath(context, input, readProfiles)
  return { InstanceProfiles: await describeProfiles(context.world, rows), ...rest }
})

/** Terraform asks before it deletes a role. */
export const ListInstanceProfilesForRole = operation('ListInstanceProfilesForRole', role, async (input, context) => {
  const { world } = context
  const { id: roleId } = context.role
  const { rows, ...rest } = await paged(
    context,
    input,
    roleId,
    (after, limit) => readProfiles(world.db, world.settings.account, { prefix: '/', after, limit, roleId }),
    ({ name }) => name.toLowerCase(),
  )
  return { InstanceProfiles: await describeProfiles(world, rows), ...rest }
})

/** Who puts a role in must be allowed to pass it. AWS: AddRoleToInstanceProfile. */
export const AddRoleToInstanceProfile = operation('AddRoleToInstanceProfile', profileAndRole, async (_, context) => {
  const { world, profile, role } = context
  await authorize(context, {
    action: 'iam:PassRole',
    resource: roleArn(world.settings, role),
    more: { 'iam:PassedToService': 'ec2.amazonaws.com' },
  })
  await addRole(world, profile, role)
})

export const RemoveRoleFromInstanceProfile = operation(
  'RemoveRoleFromInstanceProfile',
  profileAndRole,
  (_, { world, profile, role }) => removeRole(world, profile, role),
)

export const TagInstanceProfile = operation('TagInstanceProfile', profile, ({ Tags }, { world, profile }) => {
  checkTags(Tags as Tag[])
  return changeTags(world, profile, (before) => mergeTags(before, Tags as Tag[]))
})

export const UntagInstanceProfile = operation('UntagInstanceProfile', profile, ({ TagKeys }, { world, profile }) =>
  changeTags(world, profile, (before) => before.filter(({ Key }) => !TagKeys.some((key) => sameKey(key, Key)))),
)

export const ListInstanceProfileTags = operation('ListInstanceProfileTags', profile, (input, context) =>
  pagedTags(context, input, context.profile.id, context.profile.tags),
)

export const operations: Operation[] = [
  ...[CreateInstanceProfile, GetInstanceProfile, DeleteInstanceProfile],
  ...[ListInstanceProfiles, ListInstanceProfilesForRole],
  ...[AddRoleToInstanceProfile, RemoveRoleFromInstanceProfile],
  ...[TagInstanceProfile, UntagInstanceProfile, ListInstanceProfileTags],
]
