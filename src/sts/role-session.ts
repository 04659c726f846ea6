/** What AssumeRole and its siblings have in common: the trust policy is asked, then the durations are. */

import { logDenial } from '../iam/authorize.ts'
import { keepDenial } from '../iam/denials.ts'
import type { PolicySet } from '../iam/policy/evaluate.ts'
import type { Principal } from '../iam/policy/principal.ts'
import { type Facts, type Keys, requestContext } from '../iam/request-context.ts'
import { findRole } from '../iam/roles/find.ts'
import type { Role } from '../iam/roles/role.ts'
import { decideTrust } from '../iam/roles/trust.ts'
import { tagKeys } from '../iam/tags.ts'
import type { Caller } from '../wire/caller.ts'
import { AwsError, fail } from '../wire/errors.ts'
import type { World } from '../world.ts'

export type Question = {
  readonly roleArn: string
  /** `sts:AssumeRole`, and `sts:TagSession` if there are tags: each must be allowed. */
  readonly actions: readonly string[]
  readonly caller: Caller
  readonly principal: Principal
  /** The caller's own policies; tokens have none. */
  readonly policies?: PolicySet
  readonly keys: Keys
  /** AWS's sentence for the action that was refused. */
  refusal(action: string): string
}

/** The role, if its trust policy lets the caller in. An unknown role is refused like one that does not. */
export async function requireTrust(world: World, facts: Facts, question: Question): Promise<Role> {
  const { caller, principal, roleArn, keys } = question
  const role = await findRole(world, roleArn)
  const tags = role?.tags ?? []
  const more = { ...keys, ...tagKeys('aws:ResourceTag', tags), ...tagKeys('iam:ResourceTag', tags) }
  for (const action of question.actions) {
    const refuse = (explanation: string, encoded?: string) =>
      new AwsError('AccessDenied', question.refusal(action), { status: 403, explanation, encoded })
    if (!role) throw refuse(`There is no role ${roleArn}.`)
    const context = requestContext(world, caller, facts, { more })
    const request = { action, resource: roleArn, principal, resourceAccount: world.settings.account, context }
    const verdict = decideTrust(world, role, request, question.policies)
    if (verdict.allowed) continue
    logDenial(world, caller, facts, { action, resource: roleArn }, verdict)
    await keepDenial(world, caller, facts.requestId, verdict.trace())
    throw refuse(verdict.explain(), verdict.encode())
  }
  return role ?? fail('AccessDenied', question.refusal('sts:AssumeRole'), { status: 403 })
}

const usualDuration = 3600
const longestChained = 3600

/** Seconds that the session will live. */
export function durationFor(role: Role, wanted: number | undefined, chained = false): number {
  const seconds = wanted ?? usualDuration
  if (chained && seconds > longestChained) {
    fail(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    )
  }
  if (seconds > role.longestSession) {
    fail('ValidationError', 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.')
  }
  return seconds
}
