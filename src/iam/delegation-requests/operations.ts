/**
 * Temporary delegation: somebody asks to do a thing for a while, somebody else answers for it, a third approves, and a token that
 * STS takes goes to the first.
 *
 * Owns table delegation_requests. Never makes credentials (sts does), never keeps a token. AWS: IAM User Guide, "IAM temporary
 * delegation"; decision 51 for what is here with one account.
 */
import { fail } from '../../wire/errors.ts'
import { type Context, type Operation, operationsOf } from '../../wire/operation.ts'
import { paged } from '../paged.ts'
import { compiled } from '../policy/compiled.ts'
import {
  acceptRequest,
  associateRequest,
  createRequest,
  forwardRequest,
  rejectRequest,
  releaseToken,
} from './changes.ts'
import { delegationRequest, newRequest, ownedBy, summarized } from './doors.ts'
import { ownedRequests } from './find.ts'
import { boundariesOf, checkPermissions } from './permissions.ts'
import type { DelegationRequest } from './request.ts'
import { summarize } from './summary.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

const date = (time: number) => new Date(time)

const describe = ({ world }: Context, { wish, ...request }: DelegationRequest) => ({
  DelegationRequestId: request.id,
  OwnerAccountId: request.ownerAccount,
  Description: wish.description,
  RequestMessage: wish.message,
  Permissions: {
    PolicyTemplateArn: wish.templateArn,
    Parameters: wish.parameters.map(({ name, values, list }) => ({
      ...{ Name: name, Values: [...values] },
      Type: list ? ('stringList' as const) : ('string' as const),
    })),
  },
  PermissionPolicy: wish.policy,
  RolePermissionRestrictionArns: boundariesOf(compiled(wish.policy, 'session')),
  OwnerId: request.owner?.arn,
  ApproverId: request.approver?.arn,
  State: request.state,
  ExpirationTime: date(request.expiresAt),
  RequestorId: world.settings.account,
  RequestorName: wish.requestorName,
  CreateDate: date(request.createdAt),
  SessionDuration: wish.sessionSeconds,
  RedirectUrl: wish.redirectUrl,
  Notes: request.notes,
  RejectionReason: request.rejectionReason,
  OnlySendByOwner: wish.onlySendByOwner,
  UpdatedTime: date(request.updatedAt),
})

/** There is no console to link to: the answer has no ConsoleDeepLink. */
export const CreateDelegationRequest = operation('CreateDelegationRequest', newRequest, async (input, { world }) => {
  const { PolicyTemplateArn: templateArn, Parameters = [] } = input.Permissions
  if (templateArn === undefined) return fail('InvalidInputException', 'Permissions must name a policy template.')
  const DelegationRequestId = await createRequest(world, {
    ...{ templateArn, workflowId: input.RequestorWorkflowId, ownerAccount: input.OwnerAccountId },
    parameters: Parameters.map(({ Name: name = '', Values: values = [], Type }) => ({
      ...{ name, values },
      list: Type === 'stringList',
    })),
    ...{ description: input.Description, message: input.RequestMessage, redirectUrl: input.RedirectUrl },
    ...{ channel: input.NotificationChannel, sessionSeconds: input.SessionDuration },
    onlySendByOwner: input.OnlySendByOwner ?? false,
  })
  return { DelegationRequestId }
})

export const GetDelegationRequest = operation('GetDelegationRequest', delegationRequest, (input, context) => ({
  DelegationRequest: describe(context, context.request),
  ...(input.DelegationPermissionCheck && {
    PermissionCheckStatus: 'COMPLETE' as const,
    PermissionCheckResult: checkPermissions(context, context.request.wish.policy),
  }),
}))

export const ListDelegationRequests = operation('ListDelegationRequests', ownedBy, async (input, context) => {
  const { OwnerId: arn } = input
  const { arn: own, userId } = context.caller
  // Whoever had the ARN before the caller was somebody else.
  const owner = arn === undefined ? undefined : { arn, ...(arn === own && { id: userId }) }
  const { rows, IsTruncated, Marker } = await paged(
    ...[context, input, arn ?? ''],
    (after, limit) => ownedRequests(context.world, owner, after, limit),
    ({ id }) => id,
  )
  return { DelegationRequests: rows.map((one) => describe(context, one)), isTruncated: IsTruncated, Marker }
})

export const AssociateDelegationRequest = operation(
  'AssociateDelegationRequest',
  delegationRequest,
  (_, { world, request, caller }) => associateRequest(world, request, caller),
)

export const UpdateDelegationRequest = operation(
  'UpdateDelegationRequest',
  delegationRequest,
  ({ Notes }, { world, request }) => forwardRequest(world, request, Notes),
)

export const AcceptDelegationRequest = operation(
  'AcceptDelegationRequest',
  delegationRequest,
  (_, { world, request, caller }) => acceptRequest(world, request, caller),
)

export const RejectDelegationRequest = operation(
  'RejectDelegationRequest',
  delegationRequest,
  ({ Notes }, { world, request }) => rejectRequest(world, request, Notes),
)

export const SendDelegationToken = operation(
  'SendDelegationToken',
  delegationRequest,
  (_, { world, request, caller }) => releaseToken(world, request, caller),
)

/** In English only. */
export const GetHumanReadableSummary = operation(
  'GetHumanReadableSummary',
  summarized,
  ({ Locale = 'en' }, { request }) => {
    if (!/^en(?:[-_]|$)/i.test(Locale)) return { SummaryState: 'NOT_SUPPORTED' as const, Locale }
    const policy = compiled(request.wish.policy, 'session')
    return {
      SummaryContent: summarize(request, policy, boundariesOf(policy)),
      Locale,
      SummaryState: 'AVAILABLE' as const,
    }
  },
)

export const operations: readonly Operation[] = [
  ...[CreateDelegationRequest, GetDelegationRequest, ListDelegationRequests, AssociateDelegationRequest],
  ...[UpdateDelegationRequest, AcceptDelegationRequest, RejectDelegationRequest, SendDelegationToken],
  GetHumanReadableSummary,
]
