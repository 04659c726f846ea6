/** Everybody and everything with its policies, page by page: GetAccountAuthorizationDetails. AWS: IAM API Reference. */
import type { Context } from '../../wire/operation.ts'
import { groupsOfUser, listGroups } from '../groups/find.ts'
import { type Group, groupArn } from '../groups/group.ts'
import { profilesOfRole } from '../instance-profiles/find.ts'
import { describeProfiles } from '../instance-profiles/show.ts'
import { type PageRequest, paged } from '../paged.ts'
import { boundaryOf, documentsOf, withUses } from '../policies/attachments.ts'
import { awsPolicies } from '../policies/aws-managed.ts'
import { encodeDocument } from '../policies/documents.ts'
import { listPolicies, versionsOf } from '../policies/managed.ts'
import { type ManagedPolicy, policyArn } from '../policies/managed-policy.ts'
import { listRoles } from '../roles/find.ts'
import { type Role, roleArn } from '../roles/role.ts'
import { trustsOf } from '../roles/show.ts'
import { lastUsedOf } from '../service-access/uses.ts'
import { listUsers } from '../users/find.ts'
import { type User, userArn } from '../users/user.ts'

type World = Context['world']

/** The kinds in the order of the pages: a page may end in one and the next begin in the following. */
const kinds = ['User', 'Group', 'Role', 'LocalManagedPolicy', 'AWSManagedPolicy'] as const
type Kind = (typeof kinds)[number]
type Entity = { readonly kind: Kind; readonly order: string; readonly it: User | Group | Role | ManagedPolicy }

const listers: Readonly<
  Record<Kind, (world: World, after: string, limit: number) => Promise<readonly Entity['it'][]>>
> = {
  User: listUsers,
  Group: listGroups,
  Role: listRoles,
  LocalManagedPolicy: listPolicies,
  AWSManagedPolicy: async (_, after, limit) =>
    awsPolicies.filter(({ name }) => name.toLowerCase() > after).slice(0, limit),
}

/** Entities from the given place on: the digit of the kind, then the folded name. */
async function readEntities(world: World, wanted: readonly Kind[], after: string, limit: number): Promise<Entity[]> {
  const found: Entity[] = []
  const begin = after === '' ? 0 : Number(after[0])
  for (const [index, kind] of kinds.entries()) {
    if (index < begin || !wanted.includes(kind) || found.length >= limit) continue
    const from = index === begin ? after.slice(1) : ''
    const list = await listers[kind](world, from, limit - found.length)
    found.push(...list.map((it) => ({ kind, it, order: `${index}${it.name.toLowerCase()}` })))
  }
  return found
}

export async function authorizationDetails(context: Context, input: PageRequest & { Filter?: readonly Kind[] }) {
  const { world } = context
  const wanted = input.Filter && input.Filter.length > 0 ? input.Filter : kinds
  const { rows, ...rest } = await paged(
    context,
    input,
    wanted.join(),
    (after = '', limit) => readEntities(world, wanted, after, limit),
    ({ order }) => order,
  )
  const of = <It>(...which: Kind[]) => rows.filter(({ kind }) => which.includes(kind)).map(({ it }) => it as It)
  return {
    UserDetailList: await Promise.all(of<User>('User').map((user) => userDetail(world, user))),
    GroupDetailList: await Promise.all(of<Group>('Group').map((group) => groupDetail(world, group))),
    RoleDetailList: await Promise.all(of<Role>('Role').map((role) => roleDetail(world, role))),
    Policies: await Promise.all(
      (await withUses(world, of<ManagedPolicy>('LocalManagedPolicy', 'AWSManagedPolicy'))).map((policy) =>
        policyDetail(world, policy),
      ),
    ),
    ...rest,
  }
}

async function policiesOf(world: World, principalId: string) {
  const { inline, attached } = await documentsOf(world, principalId)
  return {
    inline: inline.map(({ name, document }) => ({ PolicyName: name, PolicyDocument: encodeDocument(document) })),
    attached: attached.map(({ policy }) => ({ PolicyName: policy.name, PolicyArn: policyArn(policy) })),
  }
}

async function userDetail(world: World, user: User) {
  const { inline, attached } = await policiesOf(world, user.id)
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: userArn(world.settings, user),
    CreateDate: new Date(user.createdAt),
    UserPolicyList: inline,
    GroupList: (await groupsOfUser(world, user.id)).map(({ name }) => name),
    AttachedManagedPolicies: attached,
    ...(await boundaryOf(world, user.id)),
    Tags: [...user.tags],
  }
}

async function groupDetail(world: World, group: Group) {
  const { inline, attached } = await policiesOf(world, group.id)
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: groupArn(world.settings, group),
    CreateDate: new Date(group.createdAt),
    GroupPolicyList: inline,
    AttachedManagedPolicies: attached,
  }
}

async function roleDetail(world: World, role: Role) {
  const [AssumeRolePolicyDocument] = await trustsOf(world, [role])
  const { inline, attached } = await policiesOf(world, role.id)
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: roleArn(world.settings, role),
    CreateDate: new Date(role.createdAt),
    AssumeRolePolicyDocument,
    InstanceProfileList: await describeProfiles(world, await profilesOfRole(world, role.id)),
    RolePolicyList: inline,
    AttachedManagedPolicies: attached,
    ...(await boundaryOf(world, role.id)),
    Tags: [...role.tags],
    RoleLastUsed: await lastUsedOf(world, role.id),
  }
}

async function policyDetail(world: World, policy: ManagedPolicy) {
  const versions = await versionsOf(world, policy)
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: policyArn(policy),
    Path: policy.path,
    DefaultVersionId: `v${policy.defaultVersion}`,
    AttachmentCount: policy.attachments,
    PermissionsBoundaryUsageCount: policy.boundaries,
    IsAttachable: true,
    ...(policy.description !== undefined && { Description: policy.description }),
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(policy.updatedAt),
    PolicyVersionList: versions.map(({ version, document, createdAt }) => ({
      Document: encodeDocument(document),
      VersionId: `v${version}`,
      IsDefaultVersion: version === policy.defaultVersion,
      CreateDate: new Date(createdAt),
    })),
  }
}
