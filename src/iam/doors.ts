/** Who may call IAM: whoever signed and is allowed `iam:<operation>` on the entity that the call is about. */
import { about, future, type Subject, type Tagging } from './entity-door.ts'
import { boundaryKey } from './policies/attachments.ts'
import { findPolicy, noSuchPolicy } from './policies/managed.ts'
import { type ManagedPolicy, policyArn } from './policies/managed-policy.ts'
import { findRole, noSuchRole } from './roles/find.ts'
import { type Role, roleArn } from './roles/role.ts'

export { account } from './entity-door.ts'

type OfRole = { RoleName: string } & Tagging

const roles: Subject<OfRole, Role> = {
  find: ({ RoleName }, { world }) => findRole(world, RoleName),
  arn: ({ RoleName }, { world }, found) => roleArn(world.settings, found ?? { name: RoleName, path: '/' }),
  tags: ({ tags }) => tags,
  keys: (_, context, found) => boundaryKey(context, found),
  missing: ({ RoleName }) => noSuchRole(RoleName),
}

export const newRole = future<{ RoleName: string; Path?: string; PermissionsBoundary?: string } & Tagging>(
  ({ RoleName: name, Path: path = '/' }, account) => roleArn({ account }, { name, path }),
)

export const role = about('role', roles)

/** A role that a policy is attached to or detached from. */
export const attachable = about<'role', OfRole & { PolicyArn: string }, Role>('role', {
  ...roles,
  keys: async ({ PolicyArn }, context, found) => ({
    'iam:PolicyARN': PolicyArn,
    ...(await boundaryKey(context, found)),
  }),
})

/** A role that is to get a boundary. */
export const bounded = about<'role', OfRole & { PermissionsBoundary: string }, Role>('role', {
  ...roles,
  keys: ({ PermissionsBoundary }) => ({ 'iam:PermissionsBoundary': PermissionsBoundary }),
})

export const newPolicy = future<{ PolicyName: string; Path?: string } & Tagging>(
  ({ PolicyName: name, Path: path = '/' }, account) => policyArn({ account, name, path }),
)

/** A managed policy by its ARN. */
export const policy = about<'policy', { PolicyArn: string } & Tagging, ManagedPolicy>('policy', {
  find: ({ PolicyArn }, { world }) => findPolicy(world, PolicyArn),
  arn: ({ PolicyArn }) => PolicyArn,
  tags: ({ tags }) => tags,
  missing: ({ PolicyArn }) => noSuchPolicy(PolicyArn),
})
