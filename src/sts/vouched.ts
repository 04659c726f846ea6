/** A session of a role for somebody whom another party vouches for: by a token, or by an assertion. */
import type { Facts, Keys } from '../iam/request-context.ts'
import { anonymous } from '../wire/caller.ts'
import type { World } from '../world.ts'
import { durationFor, requireTrust } from './role-session.ts'
import { packedSize, type SessionPolicies } from './session-policies.ts'
import type { Tagging } from './session-tags.ts'
import { mintSession } from './sessions.ts'
import type { SignIn } from './sign-ins.ts'

export type Vouched = {
  readonly action: 'sts:AssumeRoleWithWebIdentity' | 'sts:AssumeRoleWithSAML'
  readonly roleArn: string
  readonly sessionName: string
  readonly durationSeconds: number | undefined
  readonly leastToken?: number | undefined
  readonly sessionPolicies: SessionPolicies | undefined
  /** Who vouches, as trust policies name it, and for whom. */
  readonly provider: string
  readonly principal: { readonly kind: 'web-identity' | 'saml'; readonly userId: string }
  readonly sourceIdentity: string | undefined
  readonly tagging: Tagging
  /** Condition keys that the session has too, and those that only the trust policy may ask about. */
  readonly kept: Keys
  readonly asked: Keys
  readonly signIns?: readonly SignIn[] | undefined
  readonly guest?: boolean | undefined
}

/** Refuses with AccessDenied whatever the reason: unknown role, wrong principal, failed condition, tags without sts:TagSession. */
export async function assumeVouched(world: World, facts: Facts, wanted: Vouched) {
  const { action, provider, roleArn, sessionName, sessionPolicies, sourceIdentity, tagging, kept } = wanted
  const { tags, transitiveTags } = tagging
  const packed = packedSize(sessionPolicies, tags)
  const role = await requireTrust(world, facts, {
    roleArn,
    actions: [
      action,
      ...(tags.length > 0 ? ['sts:TagSession'] : []),
      ...(sourceIdentity !== undefined ? ['sts:SetSourceIdentity'] : []),
    ],
    caller: anonymous,
    principal: { ...wanted.principal, account: '', arn: '', provider },
    keys: {
      ...kept,
      ...wanted.asked,
      ...tagging.keys,
      'sts:RoleSessionName': sessionName,
      'aws:FederatedProvider': provider,
      ...(sourceIdentity !== undefined && { 'sts:SourceIdentity': sourceIdentity }),
    },
    // One sentence for every action, as AWS words it.
    refusal: () => `Not authorized to perform ${action}`,
  })
  const { assumedRole, ...credentials } = mintSession(world, {
    ...{ role, sessionName, provider, tags, transitiveTags, sessionPolicies, sourceIdentity, context: kept },
    durationSeconds: durationFor(role, wanted.durationSeconds),
    leastToken: wanted.leastToken,
    ...(wanted.signIns && { signIns: wanted.signIns }),
    ...(wanted.guest && { guest: true }),
  })
  return {
    Credentials: credentials,
    AssumedRoleUser: assumedRole,
    PackedPolicySize: packed,
    SourceIdentity: sourceIdentity,
  }
}
