/**
 * IAM's managed policies and who uses them.
 *
 * Owns tables managed_policies, managed_policy_versions, and what principals have of policies: inline_policies, attachments and
 * permissions_boundaries. Never decides a request (policy/ does).
 * AWS: IAM API Reference; IAM User Guide, "Managed policies and inline policies".
 */
import { type Context, type Operation, operationsOf } from '../../wire/operation.ts'
import { account, newPolicy, policy } from '../doors.ts'
import { groupsById } from '../groups/find.ts'
import { paged, pagedTags } from '../paged.ts'
import { rolesById } from '../roles/find.ts'
import type { Tag } from '../tags.ts'
import { usersById } from '../users/find.ts'
import { readUsers } from './attachment-store.ts'
import { withUses } from './attachments.ts'
import { awsPolicies } from './aws-managed.ts'
import { encodeDocument } from './documents.ts'
import {
  createPolicy,
  createVersion,
  deletePolicy,
  deleteVersion,
  noSuchVersion,
  setDefaultVersion,
  tagPolicy,
  untagPolicy,
  versionsOf,
} from './managed.ts'
import { type ManagedPolicy, orderOf, type PolicyVersion, policyArn, readVersion } from './managed-policy.ts'
import { readPolicies } from './store.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

const describe = (one: ManagedPolicy) => ({
  PolicyName: one.name,
  PolicyId: one.id,
  Arn: policyArn(one),
  Path: one.path,
  DefaultVersionId: `v${one.defaultVersion}`,
  AttachmentCount: one.attachments,
  PermissionsBoundaryUsageCount: one.boundaries,
  IsAttachable: true,
  CreateDate: new Date(one.createdAt),
  UpdateDate: new Date(one.updatedAt),
})

const withTags = ({ tags }: ManagedPolicy) => (tags.length > 0 ? { Tags: [...tags] } : {})

const describeVersion = ({ version, createdAt }: PolicyVersion, defaultVersion: number) => ({
  VersionId: `v${version}`,
  IsDefaultVersion: version === defaultVersion,
  CreateDate: new Date(createdAt),
})

export const CreatePolicy = operation('CreatePolicy', newPolicy, async (input, context) => {
  const made = await createPolicy(context.world, {
    name: input.PolicyName,
    document: input.PolicyDocument,
    ...(input.Path !== undefined && { path: input.Path }),
    ...(input.Description !== undefined && { description: input.Description }),
    ...(input.Tags && { tags: input.Tags as Tag[] }),
  })
  return { Policy: { ...describe(made), ...withTags(made) } }
})

export const GetPolicy = operation('GetPolicy', policy, async (_, { world, policy }) => {
  const [counted = policy] = await withUses(world, [policy])
  return { Policy: { ...describe(counted), Description: policy.description, ...withTags(policy) } }
})

/** Ours and AWS's in one list, by name. Descriptions and tags are left out, as on AWS. */
export const ListPolicies = operation('ListPolicies', account, async (input, context) => {
  const { world } = context
  const { Scope = 'All', OnlyAttached: attached = false, PathPrefix: prefix = '/', PolicyUsageFilter = '' } = input
  const bounding = PolicyUsageFilter === 'PermissionsBoundary'
  const only = attached || PolicyUsageFilter === 'PermissionsPolicy'
  const aws = Scope === 'Local' ? [] : await withUses(world, awsPolicies)
  const wanted = aws.filter(
    (one) => one.path.startsWith(prefix) && (!only || one.attachments > 0) && (!bounding || one.boundaries > 0),
  )
  const { rows, ...rest } = await paged(
    context,
    input,
    `${Scope}:${prefix}:${attached}:${PolicyUsageFilter}`,
    async (after, limit) => {
      const query = { prefix, after: after?.split('\n')[0], limit, attached: only, bounding }
      const ours = Scope === 'AWS' ? [] : await readPolicies(world.db, world.settings.account, query)
      return [...ours, ...wanted.filter((one) => orderOf(one) > (after ?? ''))]
        .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1))
        .filter((one) => orderOf(one) > (after ?? ''))
        .slice(0, limit)
    },
    orderOf,
  )
  return { Policies: rows.map(describe), ...rest }
})

export const DeletePolicy = operation('DeletePolicy', policy, (_, { world, policy }) => deletePolicy(world, policy))

export const CreatePolicyVersion = operation('CreatePolicyVersion', policy, async (input, { world, policy }) => {
  const setDefault = input.SetAsDefault ?? false
  const made = await createVersion(world, policy, input.PolicyDocument, setDefault)
  return { PolicyVersion: describeVersion(made, setDefault ? made.version : policy.defaultVersion) }
})

export const GetPolicyVersion = operation('GetPolicyVersion', policy, async (input, { world, policy }) => {
  const wanted = readVersion(input.VersionId)
  const found =
    (await versionsOf(world, policy)).find(({ version }) => version === wanted) ??
    noSuchVersion(input.PolicyArn, input.VersionId)
  return {
    PolicyVersion: { ...describeVersion(found, policy.defaultVersion), Document: encodeDocument(found.document) },
  }
})

/** Five at most, so that one page is enough unless less is asked for. */
export const ListPolicyVersions = operation('ListPolicyVersions', policy, async (input, context) => {
  const { world, policy } = context
  const versions = await versionsOf(world, policy)
  const { rows, ...rest } = await paged(
    context,
    input,
    policy.id,
    async (after, limit) =>
      versions.filter(({ version }) => after === undefined || version < Number(after)).slice(0, limit),
    ({ version }) => `${version}`,
  )
  return { Versions: rows.map((one) => describeVersion(one, policy.defaultVersion)), ...rest }
})

export const SetDefaultPolicyVersion = operation('SetDefaultPolicyVersion', policy, (input, { world, policy }) =>
  setDefaultVersion(world, policy, input.VersionId),
)

export const DeletePolicyVersion = operation('DeletePolicyVersion', policy, (input, { world, policy }) =>
  deleteVersion(world, policy, input.VersionId),
)

type Kind = 'Role' | 'User' | 'Group'
const prefixes: Readonly<Record<string, Kind>> = { AROA: 'Role', AIDA: 'User', AGPA: 'Group' }

export const ListEntitiesForPolicy = operation('ListEntitiesForPolicy', policy, async (input, context) => {
  const { world, policy } = context
  const { PathPrefix: prefix = '/', EntityFilter = '', PolicyUsageFilter } = input
  const as = PolicyUsageFilter === 'PermissionsBoundary' ? 'boundary' : 'policy'
  const { rows, ...rest } = await paged(
    context,
    input,
    `${policy.id}:${prefix}:${EntityFilter}:${as}`,
    (after, limit) => readUsers(world.db, world.settings.account, policy.id, { as, after, limit }),
    (id) => id,
  )
  const kindOf = (id: string) => prefixes[id.slice(0, 4)]
  type Named = { readonly id: string; readonly name: string; readonly path: string }
  type ById = (world: Context['world'], ids: readonly string[]) => Promise<readonly Named[]>
  const find = async (kind: Kind, byId: ById) => {
    if (EntityFilter !== '' && EntityFilter !== kind) return []
    const found = await byId(
      world,
      rows.filter((id) => kindOf(id) === kind),
    )
    return found.filter(({ path }) => path.startsWith(prefix)).sort((a, b) => (a.name < b.name ? -1 : 1))
  }
  return {
    PolicyRoles: (await find('Role', rolesById)).map(({ name, id }) => ({ RoleName: name, RoleId: id })),
    PolicyUsers: (await find('User', usersById)).map(({ name, id }) => ({ UserName: name, UserId: id })),
    PolicyGroups: (await find('Group', groupsById)).map(({ name, id }) => ({ GroupName: name, GroupId: id })),
    ...rest,
  }
})

export const TagPolicy = operation('TagPolicy', policy, ({ Tags }, { world, policy }) =>
  tagPolicy(world, policy, Tags as Tag[]),
)

export const UntagPolicy = operation('UntagPolicy', policy, ({ TagKeys }, { world, policy }) =>
  untagPolicy(world, policy, TagKeys),
)

export const ListPolicyTags = operation('ListPolicyTags', policy, (input, context) =>
  pagedTags(context, input, context.policy.id, context.policy.tags),
)

export const operations: Operation[] = [
  ...[CreatePolicy, GetPolicy, ListPolicies, DeletePolicy, TagPolicy, UntagPolicy, ListPolicyTags],
  ...[CreatePolicyVersion, GetPolicyVersion, ListPolicyVersions, SetDefaultPolicyVersion, DeletePolicyVersion],
  ListEntitiesForPolicy,
]
