/** A compiled statement: its elements as matchers, and each element's question to a request. */
import type { Condition, Effect } from './condition.ts'
import type { Context } from './context.ts'
import type { Span } from './json.ts'
import { compilePattern, compileTokens, matchesPattern, type Pattern, readTokens, splitArn } from './pattern.ts'
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

/** `head` is what is matched part by part: text to be found as it is, or a pattern for each part; `rest` is matched as a whole. */
type ResourcePattern = { head: string | readonly Pattern[]; rest: Pattern }

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

/** ARNs or `*`. Variables are known after the fifth colon only. */
export function compileResources(written: readonly string[], negated: boolean, variables: boolean): Resources {
  const patterns = written.flatMap((resource) => (resource === '*' ? [] : [compileArn(resource, variables)]))
  return { negated, any: written.includes('*'), patterns, written }
}

/** Where the parts of an ARN stand: the region and the account follow the service, and the sixth part takes the rest. */
const [region, own] = [3, 5]

/**
 * A star stays in its part, unless it is the last character of it: then it may run on across colons, and may stand for all parts
 * that are left (AWS: IAM JSON policy elements, Resource). No star runs across the service, which has to be named.
 */
function compileArn(resource: string, variables: boolean): ResourcePattern {
  const parts = splitArn(resource) ?? resource.split(':')
  const open = parts.findIndex((part, index) => index >= region && index < own && part.endsWith('*'))
  const cut = open < 0 ? own : open
  const head = parts.slice(0, cut)
  const fixed = head.map((part) => `${part}:`).join('')
  return {
    head: wildcard.test(fixed)
      ? head.map((part) => compilePattern(part, { wildcards: true, variables: false }))
      : fixed,
    rest: compileTokens(
      parts
        .slice(cut)
        .flatMap((part, index) => [
          ...(index > 0 ? [':'] : []),
          ...readTokens(part, { wildcards: true, variables: variables && cut + index === own }),
        ]),
    ),
  }
}

export function matchesResource(resources: Resources | undefined, resource: string, context: Context): boolean {
  if (!resources) return true
  if (resources.any) return !resources.negated
  for (const pattern of resources.patterns) {
    if (matchesArn(pattern, resource, context)) return !resources.negated
  }
  return resources.negated
}

function matchesArn({ head, rest }: ResourcePattern, resource: string, context: Context): boolean {
  if (typeof head === 'string') {
    return resource.startsWith(head) && matchesPattern(rest, resource, head.length, context)
  }
  let from = 0
  for (const pattern of head) {
    const colon = resource.indexOf(':', from)
    if (colon < 0 || !matchesPattern(pattern, resource.slice(from, colon), 0, context)) return false
    from = colon + 1
  }
  return matchesPattern(rest, resource, from, context)
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
