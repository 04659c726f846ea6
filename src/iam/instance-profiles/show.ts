/** An instance profile as the answers show it, with the role that it holds. */
import type { World } from '../../world.ts'
import { rolesById } from '../roles/find.ts'
import { describeRoles } from '../roles/show.ts'
import { type InstanceProfile, profileArn } from './instance-profile.ts'

export async function describeProfiles(world: Pick<World, 'db' | 'settings'>, profiles: readonly InstanceProfile[]) {
  const roles = await rolesById(
    world,
    profiles.flatMap(({ roleId }) => roleId ?? []),
  )
  const shown = await describeRoles(world, roles)
  return profiles.map((profile) => ({
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profileArn(world.settings, profile),
    CreateDate: new Date(profile.createdAt),
    Roles: shown.filter(({ RoleId }) => RoleId === profile.roleId),
  }))
}
