/**
 * A denial in full, sealed: whoever was refused may hand it to somebody who is allowed to read it.
 * AWS: STS API Reference, DecodeAuthorizationMessage.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import type { World } from '../world.ts'
import type { Decision } from './policy/evaluate.ts'
import type { AccessRequest } from './policy/statement.ts'

const purpose = 'authorization-message'

/** As AWS prints it. unproved: the members of an item of matchedStatements; here it says where the statement stands. */
const documentOf = ({ action, resource, principal, context }: AccessRequest, decision: Decision) => ({
  allowed: false,
  explicitDeny: decision.outcome === 'explicitDeny',
  matchedStatements: {
    items: decision.statement
      ? [
          {
            statementId: decision.statement.sid ?? '',
            effect: 'DENY',
            policy: decision.statement.policy,
            statement: decision.statement.index,
            kind: decision.reason,
          },
        ]
      : [],
  },
  failures: { items: [] },
  context: {
    principal: { id: principal.userId, arn: principal.arn },
    action,
    resource,
    conditions: {
      items: [...context].map(([key, values]) => ({
        key,
        values: { items: [values].flat().map((value) => ({ value })) },
      })),
    },
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
