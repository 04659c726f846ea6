/** Roles as the answers show them. */
import type { World } from '../../world.ts'
import { encodeDocument } from '../policies/documents.ts'
import { showPrincipals } from './bind.ts'
import { type Role, roleArn } from './role.ts'

type Reading = Pick<World, 'db' | 'settings'>

/** The trust policies, encoded. */
export const trustsOf = async (world: Reading, roles: readonly Role[]): Promise<string[]> =>
  (
    await showPrincipals(
      world,
      roles.map(({ trust, boundTrust }) => ({ written: trust, bound: boundTrust })),
    )
  ).map(encodeDocument)

export async function describeRoles(world: Reading, roles: readonly Role[]) {
  const trusts = await trustsOf(world, roles)
  return roles.map((one, index) => ({
    Path: one.path,
    RoleName: one.name,
    RoleId: one.id,
    Arn: roleArn(world.settings, one),
    CreateDate: new Date(one.createdAt),
    AssumeRolePolicyDocument: trusts[index],
    Description: one.description,
    MaxSessionDuration: one.longestSession,
  }))
}
