/**
 * Temporary credentials that the holder of long-term keys makes for themselves, or for somebody they vouch for.
 * AWS: STS API Reference, GetSessionToken, GetFederationToken; IAM User Guide, "Compare AWS STS credentials".
 */
import { authorize } from '../iam/authorize.ts'
import { requestTagKeys, type Tag } from '../iam/tags.ts'
import type { Caller } from '../wire/caller.ts'
import type { Context } from '../wire/operation.ts'
import { type MfaRequest, proveMfa } from './mfa.ts'
import { type PolicyRequest, packedSize, readSessionPolicies } from './session-policies.ts'
import { readTagging } from './session-tags.ts'
import { federatedArn, mint, mintFederated, type TokenRequest } from './sessions.ts'

/** Seconds. Root's sessions last an hour at most, and longer wishes are cut, not refused. */
const usual = { root: 3600, user: 43_200 }

const durationOf = ({ kind }: Caller, seconds: number | undefined) =>
  kind === 'root' ? Math.min(seconds ?? usual.root, usual.root) : (seconds ?? usual.user)

/** The caller's own rights for a while, with the proof of a second factor if there was one. */
export async function getSessionToken(
  context: Context,
  wanted: MfaRequest & TokenRequest & { DurationSeconds?: number },
) {
  const { world, caller } = context
  const mfaAt = await proveMfa(context, wanted)
  const session = {
    kind: caller.kind === 'root' ? ('root' as const) : ('user' as const),
    name: '',
    ...(caller.kind === 'user' && { user: { id: caller.userId } }),
    ...(mfaAt !== undefined && { mfaAt }),
    context: {},
  }
  return mint(world, durationOf(caller, wanted.DurationSeconds), session, {
    leastToken: wanted.MinimumSessionTokenSize,
  })
}

type FederationRequest = PolicyRequest &
  TokenRequest & { Name: string; DurationSeconds?: number; Tags?: readonly Tag[] }

/** A federated user, who may do what both the caller and the session policies allow. */
export async function getFederationToken(context: Context, wanted: FederationRequest) {
  const { world, caller } = context
  const { Name: name } = wanted
  const { tags } = readTagging(wanted.Tags)
  const resource = federatedArn(world.settings.account, name)
  const more = requestTagKeys(wanted.Tags)
  await authorize(context, { action: 'sts:GetFederationToken', resource, more })
  if (tags.length > 0) await authorize(context, { action: 'sts:TagSession', resource, more })
  const policies = await readSessionPolicies(world, wanted)
  const PackedPolicySize = packedSize(policies, tags)
  const { federatedUser, ...Credentials } = mintFederated(world, {
    name,
    durationSeconds: durationOf(caller, wanted.DurationSeconds),
    leastToken: wanted.MinimumSessionTokenSize,
    tags,
    policies,
    by: caller.kind === 'user' ? { id: caller.userId } : undefined,
  })
  return { Credentials, FederatedUser: federatedUser, PackedPolicySize }
}
