/** Trust policies: what may be saved, and what they decide. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { encodeDenial } from '../authorization-message.ts'
import type { Verdict } from '../authorize.ts'
import { checkTrustSize } from '../policies/documents.ts'
import { compiled } from '../policy/compiled.ts'
import { evaluateTrust, type PolicySet } from '../policy/evaluate.ts'
import { explainTrust } from '../policy/explain.ts'
import { explainSentence } from '../policy/message.ts'
import { parsePolicy } from '../policy/parse.ts'
import type { AccessRequest } from '../policy/statement.ts'
import { bindPrincipals } from './bind.ts'
import type { Role } from './role.ts'

/**
 * Checks a new trust policy and answers it with unique ids in place of the ARNs of our roles and users, so that one
 * re-created under the same name is not trusted. Refuses broken documents and principals of this account that do not exist.
 */
export async function bindTrust(world: Pick<World, 'db' | 'settings'>, document: string): Promise<string> {
  const policy = parsePolicy(document, 'trust', { saving: true })
  checkTrustSize(document)
  return bindPrincipals(world, policy, document, (principal) =>
    fail('MalformedPolicyDocument', `Invalid principal in policy: "AWS":"${principal}"`),
  )
}

/** Whether the role lets the caller in, and the caller's own policies, where they matter, let the caller ask. */
export function decideTrust(
  world: Pick<World, 'seal'>,
  role: Role,
  request: AccessRequest,
  policies?: PolicySet,
): Verdict {
  const trust = { id: role.name, label: 'trust policy', policy: compiled(role.boundTrust, 'trust') }
  const decision = evaluateTrust(request, trust, policies)
  return {
    ...decision,
    explain: () => explainSentence(explainTrust(request, trust, policies)),
    trace: () => explainTrust(request, trust, policies),
    encode: () => encodeDenial(world, request, decision),
  }
}
