/** Says, statement by statement, why a request was decided as it was. Slower than `evaluate`, and never on its path. */
import type { Condition } from './condition.ts'
import { valuesOf } from './context.ts'
import {
  type Decision,
  evaluate,
  evaluateTrust,
  type NamedPolicy,
  names,
  type PolicySet,
  type Reason,
} from './evaluate.ts'
import { fillIn, variablesOf } from './pattern.ts'
import { isOutsider, notNamed } from './principal.ts'
import { type AccessRequest, matchesAction, matchesResource, type Policy, type Statement } from './statement.ts'

/** The first element of a statement that does not fit the request. */
export type Failure = {
  element: 'principal' | 'action' | 'resource' | 'condition'
  /** The statement lists what it does not mean: NotAction, NotResource, NotPrincipal. */
  negated: boolean
  /** What the statement asks for, its variables filled in. */
  expected: readonly string[]
  /** What the request has; an empty list if the condition key is absent. */
  actual: readonly string[]
  /** Of a condition. */
  operator: string | undefined
  key: string | undefined
  /** Variables in `expected` that have no value in this request. */
  missing: readonly string[]
}
export type StatementExplanation = {
  index: number
  sid: string | undefined
  effect: 'Allow' | 'Deny'
  /** Undefined if the statement applies to the request. */
  failure: Failure | undefined
}
export type PolicyExplanation = {
  kind: Exclude<Reason, 'root'>
  id: string
  label: string
  statements: readonly StatementExplanation[]
}
export type Explanation = {
  request: AccessRequest
  decision: Decision
  policies: readonly PolicyExplanation[]
  /** Condition keys and variables that statements asked for and the request did not have, as written. */
  missingKeys: readonly string[]
}

/** Explains `evaluate`. */
export function explain(request: AccessRequest, policies: PolicySet): Explanation {
  return explainAll(request, evaluate(request, policies), policies, policies.resource, 'resource')
}

/** Explains `evaluateTrust`. */
export function explainTrust(
  request: AccessRequest,
  trust: NamedPolicy,
  policies: PolicySet = { identity: [] },
): Explanation {
  return explainAll(request, evaluateTrust(request, trust, policies), policies, trust, 'trust')
}

function explainAll(
  request: AccessRequest,
  decision: Decision,
  policies: PolicySet,
  owner: NamedPolicy | undefined,
  side: 'resource' | 'trust',
): Explanation {
  const missing = new Set<string>()
  const explainEach = (kind: PolicyExplanation['kind'], list: readonly NamedPolicy[]) =>
    list.map(({ id, label, policy }): PolicyExplanation => {
      const asked: Asked = { request, trust: kind === 'trust', variables: policy.variables, missing }
      return { kind, id, label, statements: policy.statements.map((statement) => explainStatement(statement, asked)) }
    })
  return {
    request,
    decision,
    policies: [
      ...explainEach('scp', isOutsider(request.principal) ? [] : (policies.scp ?? []).flat()),
      ...explainEach('rcp', (policies.rcp ?? []).flat()),
      ...explainEach(side, owner ? [owner] : []),
      ...explainEach('boundary', policies.boundary ? [policies.boundary] : []),
      ...explainEach('session', policies.session ?? []),
      ...explainEach('identity', policies.identity),
    ],
    missingKeys: [...missing],
  }
}

type Asked = { request: AccessRequest; trust: boolean; variables: boolean; missing: Set<string> }

function explainStatement(statement: Statement, asked: Asked): StatementExplanation {
  const { request, missing } = asked
  const failure = failureOf(statement, asked)
  // The simulator names what is missing only where action and resource made a statement worth asking.
  if (!failure || failure.element === 'condition' || failure.missing.length > 0) {
    for (const key of failure?.missing ?? []) missing.add(key)
    for (const { key, operator } of statement.conditions) {
      if (operator !== 'Null' && valuesOf(request.context, key.toLowerCase()) === undefined) missing.add(key)
    }
  }
  return { index: statement.index, sid: statement.sid, effect: statement.effect, failure }
}

function failureOf(statement: Statement, asked: Asked): Failure | undefined {
  const { request, trust } = asked
  const { principals, actions, resources, conditions } = statement
  const { context, principal } = request
  const plain = { operator: undefined, key: undefined, missing: [] }
  if (!matchesAction(actions, request.action.toLowerCase())) {
    return {
      ...plain,
      element: 'action',
      negated: actions.negated,
      expected: actions.written,
      actual: [request.action],
    }
  }
  if (principals && names(statement, request, trust) === notNamed) {
    const actual = [principal.arn || principal.provider || 'anonymous']
    return { ...plain, element: 'principal', negated: principals.negated, expected: principals.written, actual }
  }
  if (resources && !matchesResource(resources, request.resource, context)) {
    const filled = fillAll(resources.written, asked)
    return { ...plain, ...filled, element: 'resource', negated: resources.negated, actual: [request.resource] }
  }
  const failed = conditions.find((condition) => !condition.holds(context))
  return failed && conditionFailure(failed, asked)
}

function conditionFailure({ operator, key, expected }: Condition, asked: Asked): Failure {
  const value = valuesOf(asked.request.context, key.toLowerCase())
  return {
    ...fillAll(expected, asked),
    element: 'condition',
    negated: operator.includes('Not'),
    actual: value === undefined ? [] : typeof value === 'string' ? [value] : value,
    operator,
    key,
  }
}

/** Templates with the request's values in them, and which values there were none for: a multi-valued key cannot be a variable. */
function fillAll(templates: readonly string[], { request: { context }, variables }: Asked) {
  if (!variables) return { expected: templates, missing: [] }
  const missing = templates.flatMap(variablesOf).filter(({ key, fallback }) => {
    const value = context.get(key)
    return typeof value !== 'string' && (value !== undefined || fallback === undefined)
  })
  return {
    expected: templates.map((template) => fillIn(template, context)),
    missing: missing.map(({ written }) => written),
  }
}

/** The condition keys that a policy asks for, in conditions and variables (GetContextKeysForCustomPolicy). */
export function contextKeysOf(policy: Policy): string[] {
  const keys = new Set<string>()
  for (const { conditions, resources } of policy.statements) {
    const templates = [...(resources?.written ?? []), ...conditions.flatMap(({ expected }) => expected)]
    for (const { key } of conditions) keys.add(key)
    if (policy.variables) for (const { written } of templates.flatMap(variablesOf)) keys.add(written)
  }
  return [...keys]
}
