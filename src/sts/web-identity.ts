/** Assuming a role with a token that says who somebody is. AWS: STS API Reference, AssumeRoleWithWebIdentity. */
import type { Facts, Keys } from '../iam/request-context.ts'
import type { Tag } from '../iam/tags.ts'
import type { World } from '../world.ts'
import type { SessionPolicies } from './session-policies.ts'
import { readTagging } from './session-tags.ts'
import type { SignIn } from './sign-ins.ts'
import { assumeVouched } from './vouched.ts'

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
  readonly leastToken?: number | undefined
  readonly sessionPolicies?: SessionPolicies | undefined
  /** Limits the session to what guests of an identity pool's enhanced flow may do. */
  readonly guest?: boolean
}

/** Credentials of a session of the role for a verified identity. */
export async function assumeRoleWithWebIdentity(world: World, facts: Facts, wanted: WebIdentityRequest) {
  const { identity, roleArn, sessionName, sessionPolicies } = wanted
  const { provider, sourceIdentity, audience, subject, amr, signIns } = identity
  return assumeVouched(world, facts, {
    action: 'sts:AssumeRoleWithWebIdentity',
    ...{ roleArn, sessionName, sessionPolicies, provider, sourceIdentity, signIns, guest: wanted.guest },
    durationSeconds: wanted.durationSeconds,
    leastToken: wanted.leastToken,
    principal: { kind: 'web-identity', userId: subject },
    tagging: readTagging(identity.tags, identity.transitiveTags),
    kept: identity.kept ?? { [`${provider}:aud`]: audience, [`${provider}:sub`]: subject, [`${provider}:amr`]: amr },
    asked: identity.asked ?? {},
  })
}
