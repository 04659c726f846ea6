/** Decides whether a request is allowed, from all the policies that have a say in it (AWS: Policy evaluation logic). */
import { byRole, type Directness, directly, directnessOf, isOutsider, notNamed, type Principal } from './principal.ts'
import { type AccessRequest, applies, type Policy, type Statement } from './statement.ts'

/** A compiled policy and what explanations call it: `{ id: 'photos', label: 'role policy' }`. */
export type NamedPolicy = { id: string; label: string; policy: Policy }

export type PolicySet = {
  /** Of the role or user: inline, managed, of its groups. */
  identity: readonly NamedPolicy[]
  /** Of the resource that is asked for: a bucket policy, a queue policy. */
  resource?: NamedPolicy | undefined
  /** The permissions boundary of the role or user. */
  boundary?: NamedPolicy | undefined
  /** Passed when the session was made; one Allow in any of them suffices. Undefined: none was passed. An empty list allows nothing. */
  session?: readonly NamedPolicy[] | undefined
  /** Service control policies of the caller's organisation, one list per level; each level must allow. Compiled as `boundary`. */
  scp?: readonly (readonly NamedPolicy[])[] | undefined
  /** Resource control policies of the resource's organisation, likewise. Compiled as `resource`. */
  rcp?: readonly (readonly NamedPolicy[])[] | undefined
}

/** Which kind of policy decided; `root` is the account's root user, whom no policy needs to allow. */
export type Reason = 'identity' | 'resource' | 'boundary' | 'session' | 'trust' | 'scp' | 'rcp' | 'root'
/** A statement, found again: the policy's id, the Sid if there is one, the place in the document from 0; and what it says. */
export type StatementReference = { policy: string; sid: string | undefined; index: number; says: Statement }

export type Decision = {
  allowed: boolean
  outcome: 'allowed' | 'explicitDeny' | 'implicitDeny'
  reason: Reason
  /** The statement that decided; an implicit deny has none. */
  statement: StatementReference | undefined
}

/** Decides a request for anything but assuming a role. */
export function evaluate(request: AccessRequest, policies: PolicySet): Decision {
  return decide(request, policies, policies.resource, 'resource')
}

/**
 * Decides whether the caller may assume a role. The trust policy must allow by itself: an identity policy alone never suffices, while
 * a grant to the caller's account needs one as well. `policies` are the caller's; tokens (web identity, SAML) have none.
 */
export function evaluateTrust(
  request: AccessRequest,
  trust: NamedPolicy,
  policies: PolicySet = { identity: [] },
): Decision {
  return decide(request, policies, trust, 'trust')
}

type Side = 'resource' | 'trust'

function decide(request: AccessRequest, policies: PolicySet, owner: NamedPolicy | undefined, side: Side): Decision {
  const { principal } = request
  const action = request.action.toLowerCase()
  const denied = findDenial(request, action, policies, owner, side)
  if (denied) return denied

  const outsider = isOutsider(principal)
  if (!outsider && policies.scp && !everyLevelAllows(policies.scp, request, action)) return implicitDeny('scp')
  if (policies.rcp && !everyLevelAllows(policies.rcp, request, action)) return implicitDeny('rcp')

  const grant = strongestGrant(owner, request, action, side)
  const granted = () => allowed(side, reference(owner!, grant.statement!))
  if (outsider) return grant.statement ? granted() : implicitDeny(side)

  const local = principal.account === request.resourceAccount
  if (principal.kind === 'root') {
    // AWS: "Roles may not be assumed by root accounts."
    if (side === 'trust') return implicitDeny(side)
    if (!local && !grant.statement) return implicitDeny(side)
    // Nothing need allow root, but a session of root may have been limited.
    if (!sessionAllows(principal, policies, request, action)) return implicitDeny('session')
    return local ? allowed('root', undefined) : granted()
  }
  // The other account must open its door, as must a role's trust policy, before the caller's own policies matter.
  if (!grant.statement && (side === 'trust' || !local)) return implicitDeny(side)
  // Naming the user, the session or everyone is enough; implicit denies of the caller's own policies no longer matter.
  // unproved: that no grant takes a delegated session past what was approved (decision 51).
  if (
    local &&
    grant.directness === directly &&
    (!principal.delegated || sessionAllows(principal, policies, request, action))
  )
    return granted()
  if (policies.boundary && !findAllow(policies.boundary.policy, request, action)) return implicitDeny('boundary')
  if (!sessionAllows(principal, policies, request, action)) return implicitDeny('session')
  if (local && grant.directness === byRole) return granted()
  for (const named of policies.identity) {
    const statement = findAllow(named.policy, request, action)
    if (statement) return allowed('identity', reference(named, statement))
  }
  return implicitDeny('identity')
}

const reference = (named: NamedPolicy, statement: Statement): StatementReference => ({
  policy: named.id,
  sid: statement.sid,
  index: statement.index,
  says: statement,
})
const allowed = (reason: Reason, statement: StatementReference | undefined): Decision => ({
  allowed: true,
  outcome: 'allowed',
  reason,
  statement,
})
const implicitDeny = (reason: Reason): Decision => ({
  allowed: false,
  outcome: 'implicitDeny',
  reason,
  statement: undefined,
})

/** The first Deny that applies, in any policy at all. */
function findDenial(
  request: AccessRequest,
  action: string,
  policies: PolicySet,
  owner: NamedPolicy | undefined,
  side: Side,
): Decision | undefined {
  return (
    (policies.scp && !isOutsider(request.principal) && denyInLevels('scp', policies.scp, request, action)) ||
    (policies.rcp && denyInLevels('rcp', policies.rcp, request, action)) ||
    (owner && denyIn(side, owner, request, action)) ||
    denyInAny('identity', policies.identity, request, action) ||
    (policies.boundary && denyIn('boundary', policies.boundary, request, action)) ||
    (policies.session && denyInAny('session', policies.session, request, action))
  )
}

function denyInLevels(
  reason: Reason,
  levels: readonly (readonly NamedPolicy[])[],
  request: AccessRequest,
  action: string,
): Decision | undefined {
  for (const level of levels) {
    const found = denyInAny(reason, level, request, action)
    if (found) return found
  }
  return undefined
}

function denyInAny(
  reason: Reason,
  list: readonly NamedPolicy[],
  request: AccessRequest,
  action: string,
): Decision | undefined {
  for (const named of list) {
    const found = denyIn(reason, named, request, action)
    if (found) return found
  }
  return undefined
}

function denyIn(reason: Reason, named: NamedPolicy, request: AccessRequest, action: string): Decision | undefined {
  for (const statement of named.policy.denies) {
    if (applies(statement, request, action) && names(statement, request, reason === 'trust') !== notNamed) {
      return { allowed: false, outcome: 'explicitDeny', reason, statement: reference(named, statement) }
    }
  }
  return undefined
}

/** How directly the statement names the caller; a policy that belongs to the caller names nobody and means them. */
export function names(statement: Statement, request: AccessRequest, trust: boolean): Directness {
  const { principals, effect } = statement
  return principals ? directnessOf(principals, request.principal, effect, trust) : directly
}

function findAllow(policy: Policy, request: AccessRequest, action: string): Statement | undefined {
  for (const statement of policy.allows) {
    if (applies(statement, request, action) && names(statement, request, false) !== notNamed) return statement
  }
  return undefined
}

const allows = (list: readonly NamedPolicy[], request: AccessRequest, action: string) =>
  list.some(({ policy }) => findAllow(policy, request, action) !== undefined)

const everyLevelAllows = (levels: readonly (readonly NamedPolicy[])[], request: AccessRequest, action: string) =>
  levels.every((level) => allows(level, request, action))

/** Without session policies a role session may do what its role may, and a federated user nothing. */
function sessionAllows(principal: Principal, { session }: PolicySet, request: AccessRequest, action: string): boolean {
  return session ? allows(session, request, action) : principal.kind !== 'federated'
}

type Grant = { directness: Directness; statement: Statement | undefined }
const noGrant: Grant = { directness: notNamed, statement: undefined }

/** The Allow of the resource's or trust policy that names the caller most directly. */
function strongestGrant(owner: NamedPolicy | undefined, request: AccessRequest, action: string, side: Side): Grant {
  let best = noGrant
  for (const statement of owner?.policy.allows ?? []) {
    // A policy that was compiled as another kind names nobody, and must not mean everybody.
    const directness = statement.principals ? names(statement, request, side === 'trust') : notNamed
    if (directness > best.directness && applies(statement, request, action)) best = { directness, statement }
  }
  return best
}
