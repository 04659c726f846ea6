/** A compiled statement: its elements as matchers, and each element's question to a request. */
import type { Condition, Effect } from './condition.ts'
import type { Context } from './context.ts'
import type { Span } from './json.ts'
import { compilePattern, matchesPattern, type Pattern, splitArn } from './pattern.ts'
import type { Principal, Principals } from './principal.ts'

/** What is asked: one action on one resource. A call that needs several such pairs asks once for each. */
export type AccessRequest = {
  /** `s3:PutObject`, in any letter case. */
  action: string
  /** An ARN, or `*` for actions that have no resource. */
  resource: string
  principal: Principal
  /** The account that owns the resource. */
  resourceAccount: string
  context: Context
}

/** Identity, boundary and session policies have no principal; resource and trust policies must name one; trust has no resource. */
export type PolicyKind = 'identity' | 'resource' | 'trust' | 'session' | 'boundary'

export type Statement = {
  index: number
  sid: string | undefined
  effect: Effect
  /** Where the statement stands in the document's text. */
  span: Span
  /** Absent in kinds of policy that belong to somebody already. */
  principals: Principals | undefined
  actions: Actions
  /** Absent in trust policies: the role is the resource. */
  resources: Resources | undefined
  conditions: readonly Condition[]
}

export type Policy = {
  kind: PolicyKind
  /** Version 2012-10-17: `${…}` is a variable. In older documents it is literal text. */
  variables: boolean
  statements: readonly Statement[]
  allows: readonly Statement[]
  denies: readonly Statement[]
}

/** Action or NotAction, lower-cased. */
export type Actions = {
  negated: boolean
  any: boolean
  exact: ReadonlySet<string>
  /** `s3:get*` as `s3:get`: by far the most common wildcard. */
  prefixes: readonly string[]
  patterns: readonly Pattern[]
  written: readonly string[]
}

/** Resource or NotResource. */
export type Resources = {
  negated: boolean
  any: boolean
  patterns: readonly ResourcePattern[]
  written: readonly string[]
}

/** `head` is what stands before the fifth colon: text to be found as it is, or five patterns if it has wildcards. */
type ResourcePattern = { head: string | readonly Pattern[]; tail: Pattern }

const wildcard = /[*?]/
const noContext = new Map() as unknown as Context

export function compileActions(written: readonly string[], negated: boolean): Actions {
  const exact = new Set<string>()
  const prefixes: string[] = []
  const patterns: Pattern[] = []
  for (const action of written) {
    const lowered = action.toLowerCase()
    if (!wildcard.test(lowered)) exact.add(lowered)
    else if (!wildcard.test(lowered.slice(0, -1)) && lowered.endsWith('*')) prefixes.push(lowered.slice(0, -1))
    else patterns.push(compilePattern(lowered, { wildcards: true, variables: false }))
  }
  return { negated, any: prefixes.includes(''), exact, prefixes, patterns, written }
}

/** `action` in lower case. */
export function matchesAction(actions: Actions, action: string): boolean {
  return isListed(actions, action) !== actions.negated
}

function isListed({ any, exact, prefixes, patterns }: Actions, action: string): boolean {
  if (any || exact.has(action)) return true
  for (const prefix of prefixes) if (action.startsWith(prefix)) return true
  for (const pattern of patterns) if (matchesPattern(pattern, action, 0, noContext)) return true
  return false
}

/** Six-part ARNs or `*`. Variables are known after the fifth colon only. */
export function compileResources(written: readonly string[], negated: boolean, variables: boolean): Resources {
  const patterns: ResourcePattern[] = []
  for (const resource of written) {
    const parts = splitArn(resource)
    if (!parts) continue
    const tail = compilePattern(parts.pop()!, { wildcards: true, variables })
    const head = parts.join(':')
    patterns.push({
      head: wildcard.test(head)
        ? parts.map((part) => compilePattern(part, { wildcards: true, variables: false }))
        : `${head}:`,
      tail,
    })
  }
  return { negated, any: written.includes('*'), patterns, written }
}

export function matchesResource(resources: Resources | undefined, resource: string, context: Context): boolean {
  if (!resources) return true
  if (resources.any) return !resources.negated
  for (const pattern of resources.patterns) {
    if (matchesArn(pattern, resource, context)) return !resources.negated
  }
  return resources.negated
}

// unproved: that a star of the first five parts stays in its part. AWS's page on Resource says so, its simulators differ.
function matchesArn({ head, tail }: ResourcePattern, resource: string, context: Context): boolean {
  if (typeof head === 'string') {
    return resource.startsWith(head) && matchesPattern(tail, resource, head.length, context)
  }
  const parts = splitArn(resource)
  return (
    parts !== undefined &&
    head.every((pattern, index) => matchesPattern(pattern, parts[index]!, 0, context)) &&
    matchesPattern(tail, parts[5]!, 0, context)
  )
}

export function matchesConditions(statement: Statement, context: Context): boolean {
  for (const condition of statement.conditions) if (!condition.holds(context)) return false
  return true
}

/** Everything but the principal. `action` in lower case. */
export function applies(statement: Statement, request: AccessRequest, action: string): boolean {
  return (
    matchesAction(statement.actions, action) &&
    matchesResource(statement.resources, request.resource, request.context) &&
    matchesConditions(statement, request.context)
  )
}
