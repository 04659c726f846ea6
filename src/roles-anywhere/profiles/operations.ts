/**
 * Profiles: which roles certificates may lead to.
 *
 * Owns no table (resources do). Never gives credentials: a profile only narrows what a role's trust policy gives.
 * AWS: IAM Roles Anywhere API Reference, CreateProfile and its neighbours.
 */
import type { Context, Operation } from '../../wire/operation.ts'
import { about, account, lists, operation } from '../doors.ts'
import { changeResource, listResources, makeResource, removeResource } from '../resources/find.ts'
import { type Resource, readTags } from '../resources/resource.ts'
import { deleteMapping, putMapping, usualMappings } from './mappings.ts'
import { checkSessionPolicy, type Profile, printProfile, requirePassable, usualDuration } from './profile.ts'

const profile = about<Profile, 'profileId'>('profile', 'profileId')

const show = ({ world }: Context, resource: Resource<Profile>) => ({ profile: printProfile(world.settings, resource) })

const change = async (
  context: Context & { resource: Resource<Profile> },
  how: (before: Resource<Profile>) => Partial<Resource<Profile>>,
) => show(context, await changeResource(context, context.resource, how))

/** unproved: as for trust anchors, that a profile is off unless it is asked to be on. */
const enabledUnasked = false

export const CreateProfile = operation('CreateProfile', account, async (wanted, context) => {
  const { name, roleArns, sessionPolicy, enabled = enabledUnasked } = wanted
  checkSessionPolicy(sessionPolicy)
  await requirePassable(context, roleArns)
  const document: Profile = {
    roleArns,
    ...(sessionPolicy && { sessionPolicy }),
    managedPolicyArns: wanted.managedPolicyArns ?? [],
    durationSeconds: wanted.durationSeconds ?? usualDuration,
    acceptRoleSessionName: wanted.acceptRoleSessionName ?? false,
    requireInstanceProperties: wanted.requireInstanceProperties ?? false,
    mappings: usualMappings,
  }
  const made = { kind: 'profile' as const, name, enabled, document, tags: readTags(wanted.tags) }
  return show(context, await makeResource(context, made))
})

export const GetProfile = operation('GetProfile', profile, (_, context) => show(context, context.resource))

export const ListProfiles = operation('ListProfiles', lists, async (request, context) => {
  const { rows, nextToken } = await listResources<Profile>(context, 'profile', request)
  return { profiles: rows.map((row) => printProfile(context.world.settings, row)), nextToken }
})

export const UpdateProfile = operation('UpdateProfile', profile, async (request, context) => {
  const { profileId: _, name, ...settings } = request
  checkSessionPolicy(settings.sessionPolicy)
  await requirePassable(context, settings.roleArns ?? [])
  return change(context, ({ document }) => ({
    ...(name !== undefined && { name }),
    document: { ...document, ...settings },
  }))
})

export const DeleteProfile = operation('DeleteProfile', profile, async (_, context) => {
  await removeResource(context, context.resource)
  return show(context, context.resource)
})

export const EnableProfile = operation('EnableProfile', profile, (_, context) =>
  change(context, () => ({ enabled: true })),
)

export const DisableProfile = operation('DisableProfile', profile, (_, context) =>
  change(context, () => ({ enabled: false })),
)

export const PutAttributeMapping = operation('PutAttributeMapping', profile, (request, context) =>
  change(context, ({ document }) => ({
    document: { ...document, mappings: putMapping(document.mappings, request.certificateField, request.mappingRules) },
  })),
)

export const DeleteAttributeMapping = operation('DeleteAttributeMapping', profile, (request, context) =>
  change(context, ({ document }) => ({
    document: { ...document, mappings: deleteMapping(document.mappings, request.certificateField, request.specifiers) },
  })),
)

export const operations: Operation[] = [
  ...[CreateProfile, GetProfile, ListProfiles, UpdateProfile, DeleteProfile],
  ...[EnableProfile, DisableProfile, PutAttributeMapping, DeleteAttributeMapping],
]
