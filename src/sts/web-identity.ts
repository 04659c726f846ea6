/** Assuming a role with a token that says who somebody is. AWS: STS API Reference, AssumeRoleWithWebIdentity. */

import type { Facts, Keys } from '../iam/request-context.ts'
import type { Tag } from '../iam/tags.ts'
import { anonymous } from '../wire/caller.ts'
import type { World } from '../world.ts'
import { durationFor, requireTrust } from './role-session.ts'
import { packedSize, type SessionPolicies } from './session-policies.ts'
import { readTagging } from './session-tags.ts'
import { mintSession } from './sessions.ts'
import type { SignIn } from './sign-ins.ts'

/** What a verified token says. */
export type WebIdentity = {
  /** What trust policies name and condition keys begin with: `cognito-identity.amazonaws.com`. */
  readonly provider: string
  /** The token's `iss`. */
  readonly issuer: string
  readonly subject: string
  readonly audience: string
  /** How the holder proved who they are: `authenticated`, provider names, `unauthenticated`. */
  readonly amr: readonly string[]
  /** Principal tags; each has one value. */
  readonly tags?: readonly Tag[]
  readonly transitiveTags?: readonly string[]
  readonly sourceIdentity?: string
  /** Condition keys that the session has too; `<provider>:aud`, `:sub` and `:amr` unless told. */
  readonly kept?: Keys
  /** Condition keys that only the trust policy may ask about. */
  readonly asked?: Keys
  /** Credentials last no longer than these. */
  readonly signIns?: readonly SignIn[]
}

export type WebIdentityRequest = {
  readonly identity: WebIdentity
  readonly roleArn: string
  /** `CognitoIdentityCredentials` in the enhanced flow of identity pools. */
  readonly sessionName: string
  readonly durationSeconds?: number | undefined
  readonly sessionPolicies?: SessionPolicies | undefined
  /** Limits the session to what guests of an identity pool's enhanced flow may do. */
  readonly guest?: boolean
}

const action = 'sts:AssumeRoleWithWebIdentity'

/**
 * Credentials of a session of the role for a verified identity. Refuses with AccessDenied whatever the reason: unknown role,
 * wrong principal, failed condition, tags without sts:TagSession.
 */
export async function assumeRoleWithWebIdentity(world: World, facts: Facts, wanted: WebIdentityRequest) {
  const { identity, roleArn, sessionName, sessionPolicies } = wanted
  const { provider, sourceIdentity } = identity
  const tagging = readTagging(identity.tags, identity.transitiveTags)
  const packed = packedSize(sessionPolicies, tagging.tags)
  const own = identity.kept ?? {
    [`${provider}:aud`]: identity.audience,
    [`${provider}:sub`]: identity.subject,
    [`${provider}:amr`]: identity.amr,
  }
  const role = await requireTrust(world, facts, {
    roleArn,
    actions: [
      action,
      ...(tagging.tags.length > 0 ? ['sts:TagSession'] : []),
      ...(sourceIdentity !== undefined ? ['sts:SetSourceIdentity'] : []),
    ],
    caller: anonymous,
    principal: { kind: 'web-identity', account: '', arn: '', userId: identity.subject, provider },
    keys: {
      ...own,
      ...identity.asked,
      ...tagging.keys,
      'sts:RoleSessionName': sessionName,
      'aws:FederatedProvider': provider,
      ...(sourceIdentity !== undefined && { 'sts:SourceIdentity': sourceIdentity }),
    },
    // One sentence for every action, as AWS words it.
    refusal: () => `Not authorized to perform ${action}`,
  })
  const { assumedRole, ...credentials } = mintSession(world, {
    role,
    sessionName,
    durationSeconds: durationFor(role, wanted.durationSeconds),
    context: own,
    provider,
    tags: tagging.tags,
    transitiveTags: tagging.transitiveTags,
    sessionPolicies,
    sourceIdentity,
    ...(identity.signIns && { signIns: identity.signIns }),
    ...(wanted.guest && { guest: true }),
  })
  return {
    Credentials: credentials,
    AssumedRoleUser: assumedRole,
    PackedPolicySize: packed,
    SourceIdentity: sourceIdentity,
  }
}
