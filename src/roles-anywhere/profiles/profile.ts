/** Profiles: the roles that certificates may lead to, what limits their sessions, and which attributes become tags. */
import { parsePolicy } from '../../iam/policy/parse.ts'
import { requirePassableTo } from '../../iam/roles/pass-role.ts'
import { AwsError, fail } from '../../wire/errors.ts'
import type { Context } from '../../wire/operation.ts'
import type { Settings } from '../../world.ts'
import type { AttributeMapping, ProfileDetail } from '../api.ts'
import { type Resource, resourceArn } from '../resources/resource.ts'

export type Profile = {
  readonly roleArns: readonly string[]
  readonly sessionPolicy?: string
  readonly managedPolicyArns: readonly string[]
  readonly durationSeconds: number
  readonly acceptRoleSessionName: boolean
  readonly requireInstanceProperties: boolean
  readonly mappings: readonly AttributeMapping[]
}

export const usualDuration = 3600

/** Roles of another account cannot be reached, and whoever opens a role to certificates must be allowed to pass it. */
export const requirePassable = (context: Context, roles: readonly string[]): Promise<void> =>
  requirePassableTo(context, { service: 'rolesanywhere.amazonaws.com' }, new Set(roles), (arn) =>
    // unproved: the sentence; it is the one of other services for the same refusal.
    fail(
      'AccessDeniedException',
      `User: ${context.caller.arn} is not authorized to perform: iam:PassRole on resource: ${arn}`,
    ),
  )

/** A session policy that can be read; an empty one is none. */
export function checkSessionPolicy(document: string | undefined): void {
  if (!document) return
  try {
    parsePolicy(document, 'session', { saving: true })
  } catch (error) {
    if (error instanceof AwsError) fail('ValidationException', error.message)
    throw error
  }
}

export const printProfile = (
  settings: Pick<Settings, 'account'>,
  { document, ...profile }: Resource<Profile>,
): ProfileDetail => ({
  profileId: profile.id,
  profileArn: resourceArn(settings, profile),
  name: profile.name,
  enabled: profile.enabled,
  createdBy: settings.account,
  roleArns: [...document.roleArns],
  ...(document.sessionPolicy !== undefined && { sessionPolicy: document.sessionPolicy }),
  managedPolicyArns: [...document.managedPolicyArns],
  durationSeconds: document.durationSeconds,
  acceptRoleSessionName: document.acceptRoleSessionName,
  requireInstanceProperties: document.requireInstanceProperties,
  attributeMappings: [...document.mappings],
  createdAt: new Date(profile.createdAt),
  updatedAt: new Date(profile.updatedAt),
})
