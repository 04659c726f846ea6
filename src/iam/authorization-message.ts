/**
 * A denial in full, sealed: whoever was refused may hand it to somebody who is allowed to read it.
 * AWS: STS API Reference, DecodeAuthorizationMessage.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { World } from '../world.ts'
import type { Decision, StatementReference } from './policy/evaluate.ts'
import type { AccessRequest } from './policy/statement.ts'

const purpose = 'authorization-message'

const valuesIn = (values: readonly unknown[]) => ({ items: values.map((value) => ({ value })) })

/** The statement, and where it stands: the last three are our own. A policy that names no principal is its principal's own. */
const matched = (
  { policy, sid, index, says }: StatementReference,
  { principal }: AccessRequest,
  { reason: kind }: Decision,
) => ({
  statementId: sid ?? '',
  effect: 'DENY',
  principals: valuesIn(says.principals?.written ?? principal.userId.split(':').slice(0, 1)),
  principalGroups: valuesIn([]),
  actions: valuesIn(says.actions.written),
  resources: valuesIn(says.resources?.written ?? []),
  conditions: { items: says.conditions.map(({ key, expected }) => ({ key, values: valuesIn(expected) })) },
  ...{ policy, statement: index, kind },
})

/** As AWS prints it. AWS: IAM User Guide, "Use DecodeAuthorizationMessage with a CLI". */
const documentOf = (request: AccessRequest, decision: Decision) => ({
  allowed: false,
  explicitDeny: decision.outcome === 'explicitDeny',
  matchedStatements: { items: decision.statement ? [matched(decision.statement, request, decision)] : [] },
  failures: { items: [] },
  context: {
    principal: { id: request.principal.userId, arn: request.principal.arn },
    action: request.action,
    resource: request.resource,
    conditions: { items: [...request.context].map(([key, values]) => ({ key, values: valuesIn([values].flat()) })) },
  },
})

/** What the decoded message may be long: it travels in a header. */
const longest = 6_000

/** The sealed message; undefined where it would be too long. */
export function encodeDenial(
  { seal }: Pick<World, 'seal'>,
  request: AccessRequest,
  decision: Decision,
): string | undefined {
  const sealed = seal.seal(purpose, deflateRawSync(JSON.stringify(documentOf(request, decision))))
  return sealed.length <= longest ? sealed : undefined
}

/** The JSON text in the message, or undefined if it is none of ours. */
export function decodeDenial({ seal }: Pick<World, 'seal'>, message: string): string | undefined {
  const opened = seal.open(purpose, message)
  return opened && inflateRawSync(opened).toString('utf8')
}
