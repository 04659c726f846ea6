/** What a group is, and what its members' tokens say of it. AWS: Developer Guide, "Adding groups to a user pool". */

export type Group = {
  readonly poolId: string
  readonly name: string
  readonly description: string | undefined
  readonly roleArn: string | undefined
  /** The lowest number wins; none loses to all. */
  readonly precedence: number | undefined
  /** Epoch milliseconds, as is modifiedAt. */
  readonly createdAt: number
  readonly modifiedAt: number
}

/**
 * The claims cognito:groups, cognito:roles and cognito:preferred_role of a user in these groups, which come in order of
 * precedence. Two different roles of the same best precedence leave no role preferred.
 */
export function roleClaims(groups: readonly Group[]): { groups: string[]; roles: string[]; preferredRole?: string } {
  const withRole = groups.filter((group) => group.roleArn !== undefined)
  const best = Math.min(...withRole.map(rank))
  const preferred = new Set(withRole.filter((group) => rank(group) === best).map((group) => group.roleArn as string))
  const [only] = preferred
  return {
    groups: groups.map((group) => group.name),
    roles: [...new Set(withRole.map((group) => group.roleArn as string))],
    ...(preferred.size === 1 && only !== undefined && { preferredRole: only }),
  }
}

const rank = (group: Group) => group.precedence ?? Number.POSITIVE_INFINITY
