/**
 * Credentials for whoever was delegated to: a session of the approver, limited by the policy that was approved. A token may be
 * traded in again and again; all that comes of it ends at one time, counted from the release of the token.
 * AWS: STS API Reference, GetDelegatedAccessToken; IAM User Guide, "Exchange Tokens".
 */

import { isStanding, requestOfToken } from '../iam/delegation-requests/find.ts'
import { type Approver, accessEnds, type DelegationRequest } from '../iam/delegation-requests/request.ts'
import { readRoleArn } from '../iam/roles/role.ts'
import { AwsError, fail } from '../wire/errors.ts'
import type { Context } from '../wire/operation.ts'
import { mint } from './sessions.ts'
import type { Session } from './token.ts'

// unproved: AWS's code and sentence for a token that it never gave.
const refuse = () => new AwsError('AccessDenied', 'The trade-in token is not valid.', { status: 403 })

export async function getDelegatedAccessToken({ world, caller }: Context, { TradeInToken }: { TradeInToken: string }) {
  const request = await requestOfToken(world, TradeInToken)
  const { approver, releasedAt } = request ?? {}
  if (!request || !approver || releasedAt === undefined) throw refuse()
  if ((accessEnds(request) ?? 0) <= world.now() || request.state === 'EXPIRED') {
    fail(
      'ExpiredTradeInTokenException',
      'The trade-in token has expired and can no longer be exchanged for credentials.',
    )
  }
  if (!(await isStanding(world, request))) throw refuse()
  const Credentials = mint(world, request.wish.sessionSeconds, sessionOf(request, approver, releasedAt), {
    issuedAt: releasedAt,
  })
  world.log.info(
    { caller: caller.arn, accessKeyId: Credentials.AccessKeyId, request: request.id, approver: approver.arn },
    'access delegated',
  )
  return { Credentials, AssumedPrincipal: approver.arn }
}

/** The approver's own session but for its limit. */
function sessionOf(
  { id, wish }: DelegationRequest,
  approver: Approver,
  releasedAt: number,
): Parameters<typeof mint>[2] {
  const { kind, userId, context, provider, transitiveTags, signIns, mfaAt } = approver
  const [principalId = '', name = ''] = userId.split(/:(.*)/s)
  const role = approver.roleArn === undefined ? undefined : readRoleArn(approver.roleArn)
  return {
    ...{ kind, name, context, policies: [wish.policy], delegation: { id, releasedAt }, delegated: true as const },
    ...(kind === 'user' && { user: { id: principalId } }),
    ...(role && { role: { id: principalId, name: role.name, path: role.path } satisfies Session['role'] }),
    ...(provider !== undefined && { provider }),
    ...(transitiveTags && { transitiveTags }),
    ...(signIns && { signIns }),
    ...(mfaAt !== undefined && { mfaAt }),
  }
}
