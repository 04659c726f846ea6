/** Who may call STS: anybody who signed, and for some operations only by long-term keys or by policy; for tokens, anybody. */

import { authorize } from '../iam/authorize.ts'
import { rootArn } from '../iam/root-user/root.ts'
import type { RootTask } from '../iam/root-user/tasks.ts'
import type { Caller } from '../wire/caller.ts'
import { AwsError } from '../wire/errors.ts'
import type { Context, Door } from '../wire/operation.ts'
import { type RootWanted, readRootWanted } from './assume-root.ts'

/** No permission needed: proof of who one is cannot be denied. */
export const signedIn: Door<unknown, object> = { signed: true, admit: () => ({}) }

/** The token in the request is the proof. */
export const token: Door<unknown, object> = { signed: false, admit: () => ({}) }

const denied = (message: string) => new AwsError('AccessDenied', message, { status: 403 })

/**
 * AssumeRole: the rule asks the trust policy and the caller's own. Federated users are kept out whatever those say.
 * AWS: STS API Reference, GetFederationToken, "Permissions".
 */
export const roleAssumer: Door<{ RoleArn: string }, object> = {
  signed: true,
  admit({ RoleArn }, { caller }) {
    if (caller.kind !== 'federated') return {}
    throw denied(`User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`)
  },
}

/** Credentials of GetSessionToken or GetFederationToken. */
export const isOwnSession = ({ kind, issuedAt, madeBy }: Caller): boolean =>
  kind !== 'role' && issuedAt !== undefined && madeBy === undefined

const refuseOwnSession = ({ caller, operation }: Context) => {
  if (isOwnSession(caller)) throw denied(`User: ${caller.arn} is not authorized to perform: sts:${operation}`)
}

/** Not with credentials of GetSessionToken or GetFederationToken; the rule asks the policies. */
export const ownIdentity: Door<unknown, object> = {
  signed: true,
  admit(_, context) {
    refuseOwnSession(context)
    return {}
  },
}

/**
 * AssumeRoot: by policy on the root user that is named, and not by root, nor with credentials of GetSessionToken or
 * GetFederationToken. AWS: STS API Reference, AssumeRoot.
 */
export const rootAssumer: Door<RootWanted, { task: RootTask }> = {
  signed: true,
  async admit(request, context) {
    refuseOwnSession(context)
    const { arn: resource, task } = readRootWanted(request)
    const { caller, world } = context
    const refuse = (): never => {
      throw denied(`User: ${caller.arn} is not authorized to perform: sts:AssumeRoot on resource: ${resource}`)
    }
    if (caller.kind === 'root') refuse()
    const more = { 'sts:TaskPolicyArn': request.TaskPolicyArn.arn ?? '' }
    await authorize(context, { action: 'sts:AssumeRoot', resource, more })
    return resource === rootArn(world.settings) ? { task } : refuse()
  },
}

/** By policy, and not with credentials of GetSessionToken or GetFederationToken. The refusals name no resource. */
export const permitted: Door<unknown, object> = {
  signed: true,
  async admit(_, context) {
    refuseOwnSession(context)
    await authorize(context, { action: `sts:${context.operation}`, resource: '*', nameless: true })
    return {}
  },
}

/** Long-term keys only. */
export const longTerm: Door<unknown, object> = {
  signed: true,
  admit(_, { caller, operation }) {
    if (caller.issuedAt !== undefined) throw denied(`Cannot call ${operation} with session credentials`)
    return {}
  },
}
