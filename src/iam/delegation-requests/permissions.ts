/** What a rendered policy asks for: the boundaries of the roles it may make, and whether somebody may do all of it themselves. */
import { fail } from '../../wire/errors.ts'
import type { Context } from '../../wire/operation.ts'
import { policiesOf, principalOf } from '../authorize.ts'
import { compiled } from '../policy/compiled.ts'
import { evaluate } from '../policy/evaluate.ts'
import { matchesAction, type Policy, type Statement } from '../policy/statement.ts'
import { requestContext } from '../request-context.ts'

const makesRoles = ({ actions }: Statement) =>
  ['iam:createrole', 'iam:putrolepermissionsboundary'].some((action) => matchesAction(actions, action))

const boundariesIn = ({ conditions }: Statement): string[] =>
  conditions
    .filter(
      ({ operator, key }) => /^(?:String|Arn)(?:Equals|Like)$/.test(operator) && /^iam:PermissionsBoundary$/i.test(key),
    )
    .flatMap(({ expected }) => expected)

/** The boundaries that roles made with the policy get. */
export const boundariesOf = (policy: Policy): string[] => [
  ...new Set(policy.allows.filter(makesRoles).flatMap(boundariesIn)),
]

/** Boundaries by their names: a pattern, which a parameter may be, would let one that bounds nothing pass. */
const isBounded = (statement: Statement): boolean => {
  const boundaries = boundariesIn(statement)
  return boundaries.length > 0 && boundaries.every((arn) => !/[*?$]/.test(arn))
}

/** AWS: "Product providers must attach a permission boundary to any IAM role created through temporary delegation." */
export function requireBoundaries(policy: Policy): void {
  if (policy.allows.some((statement) => makesRoles(statement) && !isBounded(statement))) {
    fail(
      'InvalidInputException',
      'A policy template that allows iam:CreateRole or iam:PutRolePermissionsBoundary must ask for an iam:PermissionsBoundary in its condition.',
    )
  }
}

/**
 * Whether the caller may do all that the policy allows, as far as can be told: each action and resource is asked about as it is
 * written, stars included, so that a wider Allow covers it. Conditions, exceptions and denials leave it open.
 */
export function checkPermissions(context: Context, document: string): 'ALLOWED' | 'DENIED' | 'UNSURE' {
  const { world, caller } = context
  const policies = policiesOf(caller)
  const own = [...policies.identity, ...(policies.boundary ? [policies.boundary] : [])].map(({ policy }) => policy)
  let unsure = own.some(({ denies, allows }) => denies.length > 0 || allows.some(isOpen))
  for (const statement of compiled(document, 'session').allows) {
    if (isOpen(statement)) unsure = true
    if (statement.actions.negated || statement.resources?.negated) continue
    for (const action of statement.actions.written) {
      for (const resource of statement.resources?.written ?? ['*']) {
        const request = {
          ...{ action, resource, principal: principalOf(caller), resourceAccount: world.settings.account },
          context: requestContext(world, caller, context, {}),
        }
        if (!evaluate(request, policies).allowed)
          return own.some(({ allows }) => allows.some(isOpen)) ? 'UNSURE' : 'DENIED'
      }
    }
  }
  return unsure ? 'UNSURE' : 'ALLOWED'
}

/** A statement that cannot be compared by its texts alone. */
const isOpen = ({ conditions, actions, resources }: Statement): boolean =>
  conditions.length > 0 ||
  actions.negated ||
  (resources?.negated ?? false) ||
  (resources?.written.some((resource) => resource.includes('${')) ?? false)
