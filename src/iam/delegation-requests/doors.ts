/**
 * Doors to delegation requests. The owner of a request has some permissions on it by default, and on a request without one
 * everybody in the account has those to look at it and to take it: as a policy, so that boundaries, session policies and denials
 * count all the same. AWS: IAM User Guide, "Managing Permissions for Delegation Requests".
 */
import type { Caller } from '../../wire/caller.ts'
import { fail } from '../../wire/errors.ts'
import type { Context, Door } from '../../wire/operation.ts'
import { authorize } from '../authorize.ts'
import { noSuchRequest } from './changes.ts'
import { findRequest } from './find.ts'
import { type DelegationRequest, isOwner, readRequestArn, requestArn } from './request.ts'

const anybodys = ['iam:AssociateDelegationRequest', 'iam:GetDelegationRequest', 'iam:GetHumanReadableSummary']
const owners = [
  ...['iam:GetDelegationRequest', 'iam:GetHumanReadableSummary', 'iam:UpdateDelegationRequest'],
  ...['iam:RejectDelegationRequest', 'iam:SendDelegationToken'],
]

const withPolicy = (caller: Caller, actions: readonly string[], resource: string): Caller => {
  const text = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: actions, Resource: resource },
  })
  const policy = { id: 'default permissions on delegation requests', text }
  return { ...caller, identityPolicies: [...(caller.identityPolicies ?? []), policy] }
}

const defaultsOf = (request: DelegationRequest | undefined, caller: Caller): readonly string[] => {
  if (!request) return []
  if (!request.owner) return anybodys
  return isOwner(request, caller) ? owners : []
}

async function admitTo(id: string, context: Context): Promise<{ request: DelegationRequest }> {
  const { world, caller, operation } = context
  const found = await findRequest(world, id)
  const resource = requestArn(world.settings, id)
  const defaults = defaultsOf(found, caller)
  await authorize(defaults.length > 0 ? { ...context, caller: withPolicy(caller, defaults, resource) } : context, {
    action: `iam:${operation}`,
    resource,
    more: found?.owner ? { 'iam:DelegationRequestOwner': found.owner.arn } : {},
  })
  return { request: found ?? noSuchRequest(id) }
}

/** A request by its id. */
export const delegationRequest: Door<{ DelegationRequestId: string }, { request: DelegationRequest }> = {
  signed: true,
  admit: ({ DelegationRequestId }, context) => admitTo(DelegationRequestId, context),
}

/** A request by its ARN. */
export const summarized: Door<{ EntityArn: string }, { request: DelegationRequest }> = {
  signed: true,
  async admit({ EntityArn: arn }, context) {
    const id = readRequestArn(context.world.settings, arn)
    if (id !== undefined) return admitTo(id, context)
    await authorize(context, { action: `iam:${context.operation}`, resource: arn })
    // unproved: AWS's sentence.
    return fail('InvalidInputException', `${arn} is not the ARN of a delegation request of this account.`)
  },
}

/** A new one. Whoever is to be told must be one that the requester may tell: it is this server that publishes (decision 51). */
export const newRequest: Door<
  { NotificationChannel: string; SessionDuration: number; Permissions: { PolicyTemplateArn?: string } },
  object
> = {
  signed: true,
  async admit({ NotificationChannel, SessionDuration, Permissions: { PolicyTemplateArn: template } }, context) {
    await authorize(context, {
      action: `iam:${context.operation}`,
      resource: '*',
      more: {
        'iam:NotificationChannel': NotificationChannel,
        'iam:DelegationDuration': `${SessionDuration}`,
        ...(template !== undefined && { 'iam:TemplateArn': template }),
      },
    })
    await authorize(context, { action: 'sns:Publish', resource: NotificationChannel })
    return {}
  },
}

/** The caller's own by default; all, or another's, by policy. */
export const ownedBy: Door<{ OwnerId?: string }, object> = {
  signed: true,
  async admit({ OwnerId }, context) {
    const { caller, operation } = context
    const action = `iam:${operation}`
    await authorize(OwnerId === caller.arn ? { ...context, caller: withPolicy(caller, [action], '*') } : context, {
      ...{ action, resource: '*' },
      more: OwnerId === undefined ? {} : { 'iam:DelegationRequestOwner': OwnerId },
    })
    return {}
  },
}
