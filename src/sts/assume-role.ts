/** Assuming a role with signed credentials. AWS: STS API Reference, AssumeRole; decision 0005 for root. */

import { policiesOf, principalOf } from '../iam/authorize.ts'
import type { PolicySet } from '../iam/policy/evaluate.ts'
import type { Principal } from '../iam/policy/principal.ts'
import { readRoleArn } from '../iam/roles/role.ts'
import type { Tag } from '../iam/tags.ts'
import type { Caller } from '../wire/caller.ts'
import { AwsError, fail } from '../wire/errors.ts'
import type { Context } from '../wire/operation.ts'
import { proveMfa } from './mfa.ts'
import { durationFor, requireTrust } from './role-session.ts'
import { type PolicyRequest, packedSize, readSessionPolicies } from './session-policies.ts'
import { readTagging } from './session-tags.ts'
import { everything, mintSession, type TokenRequest } from './sessions.ts'

export type AssumeRoleRequest = PolicyRequest &
  TokenRequest & {
    RoleArn: string
    RoleSessionName: string
    DurationSeconds?: number
    Tags?: readonly Tag[]
    TransitiveTagKeys?: readonly string[]
    ExternalId?: string
    SerialNumber?: string
    TokenCode?: string
    SourceIdentity?: string
  }

const denied = (message: string, detail?: string) =>
  new AwsError('AccessDenied', message, { status: 403, ...(detail !== undefined && { detail }) })

export async function assumeRole(context: Context, wanted: AssumeRoleRequest) {
  const { world, caller } = context
  const { RoleArn, RoleSessionName, ExternalId } = wanted
  if (!readRoleArn(RoleArn)) fail('ValidationError', `${RoleArn} is invalid`)
  const mfaAt = await proveMfa(context, wanted)
  const tagging = readTagging(wanted.Tags, wanted.TransitiveTagKeys, caller)
  const sessionPolicies = await readSessionPolicies(world, wanted)
  const packed = packedSize(sessionPolicies, tagging.tags)
  const sourceIdentity = sourceIdentityOf(caller, wanted.SourceIdentity)

  const role = await requireTrust(world, context, {
    roleArn: RoleArn,
    actions: [
      'sts:AssumeRole',
      // Inherited tags need the permission like passed ones: every role further down a chain must allow it.
      ...(tagging.tags.length > 0 ? ['sts:TagSession'] : []),
      ...(sourceIdentity !== undefined ? ['sts:SetSourceIdentity'] : []),
    ],
    caller: mfaAt === undefined ? caller : { ...caller, issuedAt: caller.issuedAt ?? mfaAt, mfaAt },
    ...assumer(caller),
    keys: {
      ...tagging.keys,
      'sts:RoleSessionName': RoleSessionName,
      ...(ExternalId !== undefined && { 'sts:ExternalId': ExternalId }),
      ...(sourceIdentity !== undefined && { 'sts:SourceIdentity': sourceIdentity }),
    },
    refusal: (action) => `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${RoleArn}`,
  })

  const { assumedRole, ...credentials } = mintSession(world, {
    role,
    sessionName: RoleSessionName,
    durationSeconds: Math.min(durationFor(role, wanted.DurationSeconds, caller.kind === 'role'), left(context)),
    leastToken: wanted.MinimumSessionTokenSize,
    sourceIdentity,
    tags: tagging.tags,
    transitiveTags: tagging.transitiveTags,
    sessionPolicies,
    ...(caller.signIns && { signIns: caller.signIns }),
    ...(caller.delegation && { delegation: caller.delegation }),
  })
  return {
    Credentials: credentials,
    AssumedRoleUser: assumedRole,
    PackedPolicySize: packed,
    SourceIdentity: sourceIdentity,
  }
}

/** Seconds. What is assumed with delegated credentials is part of the delegation, and ends with it (decision 51). */
const left = ({ world, caller: { delegation, expiresAt = 0 } }: Context): number =>
  delegation ? Math.floor((expiresAt - world.now()) / 1000) : Number.POSITIVE_INFINITY

/** Once set, a source identity stays for the whole chain. */
function sourceIdentityOf({ context }: Caller, wanted: string | undefined): string | undefined {
  const before = context['aws:SourceIdentity'] as string | undefined
  if (before !== undefined && wanted !== undefined && wanted !== before) {
    // unproved: AWS's sentence.
    throw denied('The source identity of the calling session cannot be changed.')
  }
  return before ?? wanted
}

/** Root counts as a user of its account who may do everything: a trust policy must let the account in (decision 0005). */
function assumer(caller: Caller): { principal: Principal; policies: PolicySet } {
  if (caller.kind !== 'root') return { principal: principalOf(caller), policies: policiesOf(caller) }
  return {
    principal: { ...principalOf(caller), kind: 'user' },
    policies: policiesOf({ ...caller, identityPolicies: [everything] }),
  }
}
