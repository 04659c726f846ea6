/** Whether a caller may do a thing, by all policies that have a say; and the refusal, in the words of the service. */
import type { Caller, PolicySource } from '../wire/caller.ts'
import { AwsError } from '../wire/errors.ts'
import type { Context } from '../wire/operation.ts'
import type { World } from '../world.ts'
import { encodeDenial } from './authorization-message.ts'
import { keepDenial } from './denials.ts'
import { compiled } from './policy/compiled.ts'
import { type Decision, evaluate, type NamedPolicy, type PolicySet } from './policy/evaluate.ts'
import { type Explanation, explain } from './policy/explain.ts'
import { deniedMessage, explainSentence } from './policy/message.ts'
import type { Principal } from './policy/principal.ts'
import type { AccessRequest, PolicyKind } from './policy/statement.ts'
import { type Facts, type Keys, requestContext } from './request-context.ts'

/** One action on one resource. A call that needs several such pairs asks once for each. */
export type Wanted = {
  /** `s3:PutObject`. */
  readonly action: string
  /** An ARN, or `*` for actions without a resource. */
  readonly resource: string
  /** Condition keys of the action: `s3:prefix`, `aws:RequestTag/…`. */
  readonly more?: Keys
  readonly resourcePolicy?: PolicySource | undefined
  /** Whose the resource is; our own account unless told. */
  readonly resourceAccount?: string
  /** Refusals of this action do not name the resource. */
  readonly nameless?: boolean
}

/** The decision; `explain` says in a plain sentence why, and is slow enough to be asked for denials only. */
export type Verdict = Decision & {
  explain(): string
  /** All of it, statement by statement. */
  trace(): Explanation
  /** The denial in full, sealed for DecodeAuthorizationMessage. */
  encode(): string | undefined
}

/** Decides, and logs a denial with its reason. For callers that phrase their own refusals; `authorize` refuses by itself. */
export async function decide(
  world: Pick<World, 'now' | 'settings' | 'log' | 'seal' | 'db'>,
  caller: Caller,
  facts: Facts,
  wanted: Wanted,
): Promise<Verdict> {
  const request: AccessRequest = {
    action: wanted.action,
    resource: wanted.resource,
    principal: principalOf(caller),
    resourceAccount: wanted.resourceAccount ?? world.settings.account,
    context: requestContext(world, caller, facts, wanted),
  }
  const policies = policiesOf(caller, wanted.resourcePolicy)
  const decision = evaluate(request, policies)
  if (!decision.allowed) {
    logDenial(world, caller, facts, wanted, decision)
    await keepDenial(world, caller, facts.requestId, explain(request, policies))
  }
  return {
    ...decision,
    explain: () => explainSentence(explain(request, policies)),
    trace: () => explain(request, policies),
    encode: () => encodeDenial(world, request, decision),
  }
}

/** Refuses unless the caller may: AccessDeniedException 400 for JSON services, AccessDenied 403 for Query services. */
export async function authorize(context: Context, wanted: Wanted): Promise<void> {
  const { world, caller, service } = context
  const verdict = await decide(world, caller, context, wanted)
  if (verdict.allowed) return
  const { code, status } = refusals[service] ?? { code: 'AccessDeniedException', status: 400 }
  const shown = wanted.nameless ? undefined : wanted.resource
  throw new AwsError(code, deniedMessage(caller.arn, wanted.action, shown, verdict), {
    status,
    explanation: verdict.explain(),
    encoded: verdict.encode(),
  })
}

/** The services that do not refuse as JSON services do. */
const refusals: Readonly<Record<string, { code: string; status: number }>> = {
  sts: { code: 'AccessDenied', status: 403 },
  iam: { code: 'AccessDenied', status: 403 },
}

export const principalOf = (caller: Caller): Principal => ({
  kind: caller.kind,
  account: caller.account,
  arn: caller.arn,
  userId: caller.userId,
  ...(caller.roleArn !== undefined && { roleArn: caller.roleArn }),
  ...(caller.provider !== undefined && { provider: caller.provider }),
  ...(caller.federatedBy !== undefined && { federatedBy: caller.federatedBy }),
  ...(caller.madeBy === 'GetDelegatedAccessToken' && { delegated: true }),
})

const nameAll = (sources: readonly PolicySource[], kind: PolicyKind, label: string): NamedPolicy[] =>
  sources.map(({ id, text }) => ({ id, label, policy: compiled(text, kind) }))

/** Documents are compiled once per text, so that an edited one counts from the next request on, on every node. */
export function policiesOf(caller: Caller, resource?: PolicySource): PolicySet {
  const session = caller.sessionPolicies?.map((text, index) => ({ id: `${index + 1}`, text }))
  return {
    identity: nameAll(caller.identityPolicies ?? [], 'identity', caller.kind === 'role' ? 'role policy' : 'policy'),
    boundary: caller.boundary && nameAll([caller.boundary], 'boundary', 'permissions boundary')[0],
    session: session && nameAll(session, 'session', 'session policy'),
    resource: resource && nameAll([resource], 'resource', 'resource policy')[0],
  }
}

/** One line for each denial: who, what, on what, and which statement of which policy said so. */
export function logDenial(
  world: Pick<World, 'log'>,
  caller: Caller,
  facts: Facts,
  { action, resource }: Pick<Wanted, 'action' | 'resource'>,
  { outcome, reason, statement }: Decision,
) {
  const { requestId } = facts
  const line = { requestId, caller: caller.arn || caller.userId, action, resource, outcome, reason }
  world.log.info({ ...line, policy: statement?.policy, statement: statement?.sid ?? statement?.index }, 'denied')
}
