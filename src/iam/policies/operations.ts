/**
 * IAM's managed policies and what they are attached to.
 *
 * Owns tables managed_policies, managed_policy_versions and role_attachments. Never decides a request (policy/ does).
 * AWS: IAM API Reference; IAM User Guide, "Managed policies and inline policies".
 */
import { type Context, type Operation, operationsOf } from '../../wire/operation.ts'
import { account, attachable, newPolicy, policy, role } from '../doors.ts'
import { paged, pagedTags } from '../paged.ts'
import type { Tag } from '../tags.ts'
import { encodeDocument } from './documents.ts'
import {
  attachPolicy,
  createPolicy,
  createVersion,
  deletePolicy,
  deleteVersion,
  detachPolicy,
  noSuchVersion,
  setDefaultVersion,
  tagPolicy,
  untagPolicy,
  versionsOf,
} from './managed.ts'
import { type ManagedPolicy, type PolicyVersion, policyArn, readVersion } from './managed-policy.ts'
import { readAttachedPolicies, readAttachedRoles, readPolicies } from './store.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

const describe = ({ world: { settings } }: Context, one: ManagedPolicy) => ({
  PolicyName: one.name,
  PolicyId: one.id,
  Arn: policyArn(settings, one),
  Path: one.path,
  DefaultVersionId: `v${one.defaultVersion}`,
  AttachmentCount: one.attachments,
  PermissionsBoundaryUsageCount: 0,
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
  return { Policy: { ...describe(context, made), ...withTags(made) } }
})

export const GetPolicy = operation('GetPolicy', policy, (_, context) => ({
  Policy: {
    ...describe(context, context.policy),
    Description: context.policy.description,
    ...withTags(context.policy),
  },
}))

/** AWS's own policies are not here, and no policy is anybody's boundary. Descriptions and tags are left out, as on AWS. */
export const ListPolicies = operation('ListPolicies', account, async (input, context) => {
  const { world } = context
  const { Scope, OnlyAttached: attached = false, PathPrefix: prefix = '/', PolicyUsageFilter } = input
  if (Scope === 'AWS' || PolicyUsageFilter === 'PermissionsBoundary') return { Policies: [], IsTruncated: false }
  const { rows, ...rest } = await paged(
    context,
    input,
    `${prefix}:${attached}`,
    (after, limit) => readPolicies(world.db, world.settings.account, { prefix, after, limit, attached }),
    ({ name }) => name.toLowerCase(),
  )
  return { Policies: rows.map((one) => describe(context, one)), ...rest }
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

export const ListEntitiesForPolicy = operation('ListEntitiesForPolicy', policy, async (input, context) => {
  const { world, policy } = context
  const { PathPrefix: prefix = '/', EntityFilter = 'Role', PolicyUsageFilter } = input
  const none = { PolicyGroups: [], PolicyUsers: [], PolicyRoles: [], IsTruncated: false }
  if (EntityFilter !== 'Role' || PolicyUsageFilter === 'PermissionsBoundary') return none
  const { rows, ...rest } = await paged(
    context,
    input,
    `${policy.id}:${prefix}`,
    (after, limit) => readAttachedRoles(world.db, world.settings.account, policy.id, { prefix, after, limit }),
    ({ name }) => name.toLowerCase(),
  )
  return { ...none, PolicyRoles: rows.map(({ name, id }) => ({ RoleName: name, RoleId: id })), ...rest }
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

export const AttachRolePolicy = operation('AttachRolePolicy', attachable, ({ PolicyArn }, { world, role }) =>
  attachPolicy(world, role, PolicyArn),
)

export const DetachRolePolicy = operation('DetachRolePolicy', attachable, ({ PolicyArn }, { world, role }) =>
  detachPolicy(world, role, PolicyArn),
)

export const ListAttachedRolePolicies = operation('ListAttachedRolePolicies', role, async (input, context) => {
  const { world, role } = context
  const { PathPrefix: prefix = '/' } = input
  const { rows, ...rest } = await paged(
    context,
    input,
    `${role.id}:${prefix}`,
    (after, limit) => readAttachedPolicies(world.db, world.settings.account, role.id, { prefix, after, limit }),
    ({ name }) => name.toLowerCase(),
  )
  const AttachedPolicies = rows.map((one) => ({ PolicyName: one.name, PolicyArn: policyArn(world.settings, one) }))
  return { AttachedPolicies, ...rest }
})

export const operations: Operation[] = [
  ...[CreatePolicy, GetPolicy, ListPolicies, DeletePolicy, TagPolicy, UntagPolicy, ListPolicyTags],
  ...[CreatePolicyVersion, GetPolicyVersion, ListPolicyVersions, SetDefaultPolicyVersion, DeletePolicyVersion],
  ...[AttachRolePolicy, DetachRolePolicy, ListAttachedRolePolicies, ListEntitiesForPolicy],
]
