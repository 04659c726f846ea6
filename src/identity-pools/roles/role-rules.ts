/** What the roles and role mappings of a pool must be. AWS: API Reference, SetIdentityPoolRoles, RoleMapping. */
import type { RoleMapping } from '@aws-sdk/client-cognito-identity'
import { requirePassableTo } from '../../iam/roles/pass-role.ts'
import { fail } from '../../wire/errors.ts'
import type { Context } from '../../wire/operation.ts'
import type { Settings } from '../../world.ts'
import { type Pool, type PoolRoles, poolArn } from '../pools/pool.ts'
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
    // unproved: the sentences but the last. AWS's documents require all, and its API refuses rules beside tokens.
    if (mapping.AmbiguousRoleResolution === undefined) refuse(`AmbiguousRoleResolution is required for (${key}).`)
    const rules = mapping.RulesConfiguration?.Rules
    if (mapping.Type === 'Rules' && !rules) refuse(`RulesConfiguration is required for (${key}).`)
    if (mapping.Type === 'Token' && mapping.RulesConfiguration) refuse(`RulesConfiguration is not for (${key}).`)
    if (rules && rules.length > mostRules) refuse(`The number of rules in the request exceeded ${mostRules}.`)
  }
}

const rolesIn = ({ Roles, RoleMappings }: PoolRoles): ReadonlySet<string> =>
  new Set([
    ...Object.values(Roles ?? {}),
    ...Object.values(RoleMappings ?? {}).flatMap(
      ({ RulesConfiguration }) => RulesConfiguration?.Rules?.flatMap(({ RoleARN }) => RoleARN ?? []) ?? [],
    ),
  ])

/** Whoever sets the roles must be allowed to pass each to identity pools; those that another STS gives are none of ours. */
export const requirePassable = (
  context: Context,
  pool: Pick<Pool, 'id' | 'region'>,
  roles: PoolRoles,
): Promise<void> => {
  const { settings } = context.world
  const passing = { service: 'cognito-identity.amazonaws.com', resource: poolArn(settings, pool) }
  return requirePassableTo(context, passing, rolesIn(roles), refuseRole, (arn) =>
    settings.outsideSts.some((one) => arn.startsWith(one.roles)),
  )
}
