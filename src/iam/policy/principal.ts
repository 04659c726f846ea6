/** Who asks, and whether a Principal or NotPrincipal element means them (AWS: IAM JSON policy elements, Principal). */
import type { Effect } from './condition.ts'

export type PrincipalKind = 'root' | 'user' | 'role' | 'federated' | 'anonymous' | 'service' | 'web-identity' | 'saml'

export type Principal = {
  /** `web-identity` and `saml` are the callers of AssumeRoleWithWebIdentity and AssumeRoleWithSAML, who are nobody in IAM yet. */
  kind: PrincipalKind
  /** Twelve digits; empty for callers without an account (anonymous, service, web-identity, saml). */
  account: string
  /** Root, user, federated-user or role **session** ARN; the name for a service; empty if there is none. */
  arn: string
  /** AIDA… for a user, `AROA…:session` for a role session, `account:name` for a federated user. */
  userId: string
  /** Of a role session: the role's ARN, with its path. */
  roleArn?: string
  /** Of a federated user: the ARN of the user who called GetFederationToken. */
  federatedBy?: string
  /** The identity provider: `cognito-identity.amazonaws.com` or a provider's ARN. For role sessions, the one they were issued through. */
  provider?: string
  /** S3's canonical user id of the account. */
  canonicalId?: string
  /** The session is for what somebody approved: no policy of a resource or a role adds to that. */
  delegated?: true
}

/** A compiled Principal element. */
export type Principals = {
  negated: boolean
  everyone: boolean
  accounts: ReadonlySet<string>
  /** ARNs and unique ids. */
  aws: ReadonlySet<string>
  federated: ReadonlySet<string>
  services: ReadonlySet<string>
  canonical: ReadonlySet<string>
  /** As written, for explanations. */
  written: readonly string[]
}

/** How directly a statement names the caller; the more directly, the less else is needed (see evaluate.ts). */
export type Directness = 0 | 1 | 2 | 3
export const notNamed = 0
export const byAccount = 1
export const byRole = 2
export const directly = 3

const outsiders: ReadonlySet<PrincipalKind> = new Set(['web-identity', 'saml', 'service', 'anonymous'])
/** Callers without an account, hence without identity policies. */
export const isOutsider = (principal: Principal): boolean => outsiders.has(principal.kind)

/** How a statement's principals name this caller. `trust`: the statement is part of a role's trust policy. */
export function directnessOf(principals: Principals, caller: Principal, effect: Effect, trust: boolean): Directness {
  if (principals.negated) return exceptionApplies(principals, caller, effect, trust) ? directly : notNamed
  return namedAs(principals, caller, effect, trust)
}

function namedAs(principals: Principals, caller: Principal, effect: Effect, trust: boolean): Directness {
  // In a trust policy `*` means every AWS principal; a token from outside must be named. A Deny means everyone all the same.
  if (principals.everyone && !(trust && effect === 'Allow' && isOutsider(caller))) return directly
  switch (caller.kind) {
    case 'anonymous':
      return notNamed
    case 'service':
      return principals.services.has(caller.arn) ? directly : notNamed
    case 'web-identity':
    case 'saml':
      return caller.provider !== undefined && principals.federated.has(caller.provider) ? directly : notNamed
    default:
      return namedInAws(principals, caller, effect, trust)
  }
}

function namedInAws(principals: Principals, caller: Principal, effect: Effect, trust: boolean): Directness {
  if (principals.aws.has(caller.arn)) return directly
  if (caller.kind === 'user' && principals.aws.has(caller.userId)) return directly
  if (caller.kind === 'role') {
    if (caller.roleArn !== undefined && principals.aws.has(caller.roleArn)) return byRole
    if (principals.aws.has(roleIdOf(caller))) return byRole
  }
  if (caller.federatedBy !== undefined && principals.aws.has(caller.federatedBy)) return byRole
  // unproved: a Federated principal of an ordinary resource policy also means the sessions issued through that provider, limited
  // like a grant to their role. AWS's page said so once ("web identity session principals"), and now that only trust policies know
  // it; there it means the token itself.
  if (caller.provider !== undefined && principals.federated.has(caller.provider) && !(trust && effect === 'Allow'))
    return byRole
  if (principals.accounts.has(caller.account)) return byAccount
  return caller.canonicalId !== undefined && principals.canonical.has(caller.canonicalId) ? byAccount : notNamed
}

const roleIdOf = (caller: Principal) => caller.userId.split(':', 1)[0]!

/**
 * Does a NotPrincipal statement apply? An Allow spares whoever is listed in any way. A Deny spares only those of whom everything is
 * listed: for a role session its session, its role and its account, else it is denied through the one that is missing.
 */
function exceptionApplies(principals: Principals, caller: Principal, effect: Effect, trust: boolean): boolean {
  if (principals.everyone) return false
  if (effect === 'Allow' || isOutsider(caller)) return namedAs(principals, caller, 'Deny', trust) === notNamed
  const { aws, accounts } = principals
  const spared =
    accounts.has(caller.account) &&
    (caller.kind === 'root' || aws.has(caller.arn) || (caller.kind === 'user' && aws.has(caller.userId))) &&
    (caller.kind !== 'role' || (caller.roleArn !== undefined && aws.has(caller.roleArn)) || aws.has(roleIdOf(caller)))
  return !spared
}
