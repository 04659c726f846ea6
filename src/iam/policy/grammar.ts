/** What actions, resources and principals may look like, and AWS's sentence for each that may not. */

import { contextOf } from './context.ts'
import { compilePattern, matchesPattern } from './pattern.ts'
import type { Principals } from './principal.ts'
import type { Policy, PolicyKind } from './statement.ts'

export type Refuse = (message: string) => never

const nothing = contextOf({})
const trustActions = [
  ...['sts:assumerole', 'sts:assumerolewithsaml', 'sts:assumerolewithwebidentity'],
  ...['sts:tagsession', 'sts:setsourceidentity', 'sts:setcontext'],
]

const vendorWildcards = 'Action vendors (e.g., aws, ec2, etc.) must not contain wildcards.'

export function checkAction(action: string, kind: PolicyKind, refuse: Refuse): void {
  if (action !== '*') {
    const [vendor = '', name, ...rest] = action.split(':')
    if (name === undefined) refuse('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.')
    if (rest.length > 0) refuse('Actions/Condition can contain only one colon.')
    if (vendor !== '*' && /[*?]/.test(vendor)) refuse(vendorWildcards)
    if (vendor !== '*' && !/^[A-Za-z0-9.-]+$/.test(vendor)) refuse(`Vendor ${vendor} is not valid`)
    if (name === '') refuse('The policy failed legacy parsing')
  }
  if (kind !== 'trust') return
  const pattern = compilePattern(action.toLowerCase(), { wildcards: true, variables: false })
  if (!/^sts:/i.test(action) || !trustActions.some((known) => matchesPattern(pattern, known, 0, nothing))) {
    refuse('AssumeRole policy may only specify STS AssumeRole actions.')
  }
}

/** Six parts beginning with `arn:`, a known partition (or a wildcard), a service without wildcards; or `*`. A star at the end may stand for parts. */
export function checkResource(resource: string, kind: PolicyKind, refuse: Refuse): void {
  if (resource === '*') return
  const say: Refuse = (sentence) => refuse(kind === 'resource' ? 'Policy has invalid resource' : sentence)
  const [scheme, partition, ...rest] = resource.split(':')
  if (scheme !== 'arn' || partition === undefined) say(`Resource ${resource} must be in ARN format or "*".`)
  if (!/^(?:aws(?:-[a-z]+)*|.*[*?].*)$/.test(partition)) {
    const shown = rest.length > 3 ? [...rest.slice(0, 3), rest.slice(3).join(':')] : [...rest]
    while (shown.length < 4) shown.push('*')
    say(`Partition "${partition}" is not valid for resource "arn:${partition}:${shown.join(':')}".`)
  }
  const [vendor] = rest
  if (vendor !== undefined && rest.length < 4 && !(rest.length > 1 && resource.endsWith('*')))
    say('The policy failed legacy parsing')
  if (vendor === undefined || /[*?]/.test(vendor))
    say('Resource vendor must be fully qualified and cannot contain regexes.')
}

const accountId = /^\d{12}$/
const rootArn = /^arn:aws[a-z-]*:iam::(\d{12}):root$/
const awsPrincipal =
  /^(?:arn:aws[a-z-]*:(?:iam::\w+:(?:user|role)\/[^*?]+|sts::\d{12}:(?:assumed-role\/[^*?/]+\/[^*?/]+|federated-user\/[^*?/]+))|A(?:IDA|ROA)[A-Z0-9]+)$/
const provider = /^(?:arn:aws[a-z-]*:iam::\d{12}:(?:oidc-provider|saml-provider)\/[^*?]+|[a-z0-9-]+(?:\.[a-z0-9-]+)+)$/
const service = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/
const canonicalId = /^[0-9a-f]{64}$/

/** Compiles `{ AWS: […], Federated: […] }`. No partial wildcards: a session principal names its session. */
export function compilePrincipals(
  named: ReadonlyMap<string, readonly string[]>,
  negated: boolean,
  kind: PolicyKind,
  refuse: Refuse,
): Principals {
  const accounts = new Set<string>()
  const aws = new Set<string>()
  let everyone = false
  const invalid = (type: string, value: string) =>
    refuse(kind === 'resource' ? 'Invalid principal in policy' : `Invalid principal in policy: "${type}":"${value}"`)

  for (const value of named.get('AWS') ?? []) {
    if (value === '*') everyone = true
    else if (accountId.test(value)) accounts.add(value)
    else if (rootArn.test(value)) accounts.add(rootArn.exec(value)![1]!)
    else if (awsPrincipal.test(value)) aws.add(value)
    else invalid('AWS', value)
  }
  const checked = (type: string, form: RegExp, sentence?: string): Set<string> => {
    const values = named.get(type) ?? []
    for (const value of values) if (!form.test(value)) sentence ? refuse(sentence) : invalid(type, value)
    return new Set(values)
  }
  const federated = checked(
    'Federated',
    provider,
    kind === 'trust' ? 'Federated principals must be valid domain names or SAML metadata ARNs' : undefined,
  )
  const services = checked('Service', service)
  const canonical = checked('CanonicalUser', kind === 'resource' ? canonicalId : /^(?!)/)
  const known = new Set(['AWS', 'Federated', 'Service', 'CanonicalUser'])
  for (const [type, values] of named) if (!known.has(type) || values.length === 0) invalid(type, values[0] ?? '')
  return { negated, everyone, accounts, aws, federated, services, canonical, written: [...named.values()].flat() }
}

/** The AWS principals (ARNs and unique ids) that a document names: the caller checks that they exist. */
export const awsPrincipalsOf = (policy: Policy): string[] => [
  ...new Set(policy.statements.flatMap(({ principals }) => [...(principals?.aws ?? [])])),
]
