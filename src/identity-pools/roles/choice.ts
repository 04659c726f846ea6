/** Which role an identity gets. AWS: Developer Guide, "Role-based access control". */
import type { MappingRule, RoleMapping } from '@aws-sdk/client-cognito-identity'
import { fail } from '../../wire/errors.ts'
import type { Settings } from '../../world.ts'
import type { Proof } from '../identities/proofs.ts'
import type { Pool } from '../pools/pool.ts'
import { canonicalMappingKey } from '../pools/providers.ts'
import { refuseConfiguration, refuseRole } from './refusals.ts'

type Claims = Proof['claims']

/**
 * The ARN of the role for the logins, or for a guest if there are none. `wanted` is the caller's own choice among what a
 * mapping allows. unproved: of several logins with a mapping the first decides.
 */
export function chooseRole(
  settings: Pick<Settings, 'issuer'>,
  { roles }: Pick<Pool, 'roles'>,
  proofs: readonly Proof[],
  wanted?: string,
): string {
  const mappings = new Map(
    Object.entries(roles.RoleMappings ?? {}).map(([key, mapping]) => [canonicalMappingKey(settings, key), mapping]),
  )
  for (const { provider, clientId, claims, known = provider, roles: offered } of proofs) {
    const mapping = mappings.get(`${provider}:${clientId}`) ?? mappings.get(known)
    if (mapping) return mappedRole(mapping, claims, wanted) ?? ambiguous(mapping, roles.Roles, provider, wanted)
    if (offered && offered.length > 0) return offeredRole(offered, wanted)
  }
  return defaultRole(roles.Roles, proofs.length > 0 ? 'authenticated' : 'unauthenticated', wanted)
}

/** Of several roles that the provider's assertion offers the caller chooses. unproved: the refusal of one who does not. */
function offeredRole(offered: readonly string[], wanted: string | undefined): string {
  const [only, ...others] = offered
  if (wanted !== undefined) return offered.includes(wanted) ? wanted : refuseRole(wanted)
  if (only !== undefined && others.length === 0) return only
  return fail('InvalidParameterException', 'CustomRoleArn is required: the login offers several roles.')
}

/** The role that the mapping finds, or undefined if it finds none or too many. */
function mappedRole(mapping: RoleMapping, claims: Claims, wanted: string | undefined): string | undefined {
  const offered = mapping.Type === 'Token' ? listOf(claims['cognito:roles']) : rolesByRules(mapping, claims)
  if (wanted !== undefined) return offered.includes(wanted) ? wanted : refuseRole(wanted)
  if (mapping.Type === 'Rules') return offered[0]
  const preferred = claims['cognito:preferred_role']
  if (typeof preferred === 'string') return preferred
  return offered.length === 1 ? offered[0] : undefined
}

function ambiguous(mapping: RoleMapping, roles: Pool['roles']['Roles'], provider: string, wanted: string | undefined) {
  if (mapping.AmbiguousRoleResolution === 'AuthenticatedRole') return defaultRole(roles, 'authenticated', wanted)
  return fail('NotAuthorizedException', `The ambiguous role mapping rules for: ${provider} denied this request.`)
}

/** unproved: a choice where there is nothing to choose is refused, unless it is the very role. */
function defaultRole(roles: Pool['roles']['Roles'], kind: 'authenticated' | 'unauthenticated', wanted?: string) {
  const role = roles?.[kind] ?? refuseConfiguration(`no role for ${kind} identities`)
  return wanted === undefined || wanted === role ? role : refuseRole(wanted)
}

const rolesByRules = ({ RulesConfiguration }: RoleMapping, claims: Claims): string[] =>
  (RulesConfiguration?.Rules ?? []).flatMap((rule) => (rule.RoleARN && matches(rule, claims) ? [rule.RoleARN] : []))

const tests: Readonly<Record<string, (values: readonly string[], wanted: string) => boolean>> = {
  Equals: (values, wanted) => values.includes(wanted),
  NotEqual: (values, wanted) => !values.includes(wanted),
  StartsWith: (values, wanted) => values.some((value) => value.startsWith(wanted)),
  Contains: (values, wanted) => values.some((value) => value.includes(wanted)),
}

/**
 * A missing claim matches nothing, NotEqual neither. unproved: of a list claim one element must match, and for NotEqual
 * none may be equal.
 */
function matches({ Claim = '', MatchType, Value = '' }: MappingRule, claims: Claims): boolean {
  const claim = Object.hasOwn(claims, Claim) ? claims[Claim] : undefined
  if (claim === undefined || claim === null) return false
  const values = [claim].flat().map((value) => (typeof value === 'object' ? JSON.stringify(value) : String(value)))
  return tests[MatchType ?? '']?.(values, Value) ?? false
}

/** `cognito:roles` is a list in real tokens, and a text with commas in AWS's documents. */
function listOf(claim: unknown): string[] {
  if (typeof claim === 'string') return claim.split(',').map((role) => role.trim())
  return Array.isArray(claim) ? claim.filter((role) => typeof role === 'string') : []
}
