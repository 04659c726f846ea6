/** What the roles and role mappings of a pool must be. AWS: API Reference, SetIdentityPoolRoles, RoleMapping. */
import type { RoleMapping } from '@aws-sdk/client-cognito-identity'
import { decide } from '../../iam/authorize.ts'
import { readRoleArn } from '../../iam/roles/role.ts'
import { fail } from '../../wire/errors.ts'
import type { Context } from '../../wire/operation.ts'
import type { Settings } from '../../world.ts'
import type { Pool, PoolRoles } from '../pools/pool.ts'
import { canonicalMappingKey, mappingKeysOf } from '../pools/providers.ts'
import { refuseRole } from './refusals.ts'

/** AWS: "Quotas in Amazon Cognito", rules for each provider. */
const mostRules = 25

/** Refuses mappings of providers that the pool does not have, and mappings that could not be followed. */
export function checkMappings(
  settings: Pick<Settings, 'issuer'>,
  pool: Pick<Pool, 'settings'>,
  mappings: Readonly<Record<string, RoleMapping>> = {},
): void {
  const known = mappingKeysOf(settings, pool)
  for (const [key, mapping] of Object.entries(mappings)) {
    const refuse = (message: string) => fail('InvalidParameterException', message)
    if (!known.has(canonicalMappingKey(settings, key))) {
      refuse(`(${key}) is not a valid RoleMapping ProviderName or is not a configured provider.`)
    }
    // unproved: the three sentences. AWS's documents require all three.
    if (mapping.AmbiguousRoleResolution === undefined) refuse(`AmbiguousRoleResolution is required for (${key}).`)
    const rules = mapping.RulesConfiguration?.Rules
    if (mapping.Type === 'Rules' && !rules) refuse(`RulesConfiguration is required for (${key}).`)
    if (rules && rules.length > mostRules) refuse(`(${key}) has more than ${mostRules} rules.`)
  }
}

const rolesIn = ({ Roles, RoleMappings }: PoolRoles): ReadonlySet<string> =>
  new Set([
    ...Object.values(Roles ?? {}),
    ...Object.values(RoleMappings ?? {}).flatMap(
      ({ RulesConfiguration }) => RulesConfiguration?.Rules?.flatMap(({ RoleARN }) => RoleARN ?? []) ?? [],
    ),
  ])

/**
 * Whoever hands a role to a pool must be allowed to pass it, or they could give themselves more than they have. A role of
 * another account cannot be passed, unless the settings say which STS gives it. AWS: IAM User Guide, "Granting a user permissions to pass a role to an AWS service".
 */
export async function requirePassable(context: Context, roles: PoolRoles): Promise<void> {
  const { world, caller } = context
  for (const arn of rolesIn(roles)) {
    const elsewhere = world.settings.outsideSts.some((one) => arn.startsWith(one.roles))
    if (!elsewhere && readRoleArn(arn)?.account !== world.settings.account) refuseRole(arn)
    const more = { 'iam:PassedToService': 'cognito-identity.amazonaws.com' }
    const verdict = await decide(world, caller, context, { action: 'iam:PassRole', resource: arn, more })
    if (!verdict.allowed) refuseRole(arn)
  }
}
