/** The policy simulator: what the evaluator would decide, with the statements that decided. AWS: SimulatePrincipalPolicy. */
import { contextOf } from '../policy/context.ts'
import { evaluate, type NamedPolicy, type PolicySet } from '../policy/evaluate.ts'
import { explain } from '../policy/explain.ts'
import { positionAt } from '../policy/json.ts'
import type { Principal } from '../policy/principal.ts'
import type { AccessRequest } from '../policy/statement.ts'
import type { Source } from './sources.ts'

export type Scene = {
  readonly identity: readonly Source[]
  readonly boundary: Source | undefined
  readonly resource: Source | undefined
  /** Service control policies, one list for each level of the organisation. */
  readonly levels: readonly (readonly Source[])[]
  readonly principal: Principal
  readonly resourceAccount: string
  readonly context: ReturnType<typeof contextOf>
}

export const sourcesIn = ({ identity, boundary, resource, levels }: Scene): Source[] =>
  [identity, boundary ?? [], resource ?? [], ...levels].flat()

/** By their numbers: policies of one principal may have the same name. */
function policiesOf(scene: Scene): PolicySet {
  const { identity, boundary, resource, levels } = scene
  const sources = sourcesIn(scene)
  const numbered = (source: Source): NamedPolicy => ({ ...named(source), id: `${sources.indexOf(source)}` })
  return {
    identity: identity.map(numbered),
    boundary: boundary && numbered(boundary),
    resource: resource && numbered(resource),
    ...(levels.length > 0 && { scp: levels.map((level) => level.map(numbered)) }),
  }
}

const named = ({ id, policy }: Source): NamedPolicy => ({ id, label: 'policy', policy })

/** What is said of one action on one resource. */
export function simulate(scene: Scene, action: string, resource: string) {
  const { principal, resourceAccount, context, boundary } = scene
  const request: AccessRequest = { action, resource, principal, resourceAccount, context }
  const { decision, policies, missingKeys } = explain(request, policiesOf(scene))
  const sources = sourcesIn(scene)
  const effect = decision.allowed ? 'Allow' : 'Deny'
  const MatchedStatements = policies.flatMap(({ id, statements }) => {
    const source = sources[Number(id)]
    return statements
      .filter((statement) => statement.failure === undefined && statement.effect === effect)
      .flatMap(({ index }) => (source ? [matched(source, index)] : []))
  })
  const decided = {
    MatchedStatements: decision.outcome === 'implicitDeny' ? [] : MatchedStatements,
    ...(boundary && {
      PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: boundaryAllows(boundary, request) },
    }),
  }
  const organisation = scene.levels.length > 0 && {
    OrganizationsDecisionDetail: {
      AllowedByOrganizations: scene.levels.every(
        (level) => evaluate({ ...request, principal: bystander(request) }, { identity: level.map(named) }).allowed,
      ),
    },
  }
  const result = {
    EvalActionName: action,
    EvalResourceName: resource,
    EvalDecision: decision.outcome,
    ...decided,
    ...organisation,
    MissingContextValues: resource === '*' ? [...missingKeys] : [],
  }
  if (resource === '*') return result
  const specific = { EvalResourceName: resource, EvalResourceDecision: decision.outcome, ...decided }
  return { ...result, ResourceSpecificResults: [{ ...specific, MissingContextValues: [...missingKeys] }] }
}

/** A user of the account that owns the resource: what a list of policies allows by itself. */
const bystander = ({ principal, resourceAccount }: AccessRequest): Principal => ({
  ...principal,
  kind: 'user',
  account: resourceAccount,
})

const boundaryAllows = (boundary: Source, request: AccessRequest) =>
  evaluate({ ...request, principal: bystander(request) }, { identity: [named(boundary)] }).allowed

function matched({ id, text, policy }: Source, index: number) {
  const [start, end] = policy.statements[index]?.span ?? [0, 0]
  const place = (offset: number) => {
    const { line, column } = positionAt(text, offset)
    return { Line: line, Column: column }
  }
  return {
    SourcePolicyId: id,
    // AWS's simulator prints this, whatever the policy is attached to, though its model names the kinds.
    SourcePolicyType: 'IAM Policy' as 'user',
    StartPosition: place(start),
    EndPosition: place(end),
  }
}

type Entry = { ContextKeyName?: string; ContextKeyValues?: readonly string[]; ContextKeyType?: string }

/** The condition keys of a simulation: a list type makes a multi-valued key. */
export const contextOfEntries = (entries: readonly Entry[]) =>
  contextOf(
    Object.fromEntries(
      entries.map(({ ContextKeyName = '', ContextKeyValues = [], ContextKeyType = 'string' }) => [
        ContextKeyName,
        ContextKeyType.endsWith('List') ? [...ContextKeyValues] : ContextKeyValues[0],
      ]),
    ),
  )
