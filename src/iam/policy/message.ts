/** Puts decisions into words: AWS's access-denied sentence for the wire, and a plain one that names what would have to be true. */
import type { Decision, Reason } from './evaluate.ts'
import type { Explanation, Failure, PolicyExplanation } from './explain.ts'

/** `s3` quotes the resource; `sqs` writes the action in lower case. */
export type MessageStyle = 'default' | 's3' | 'sqs'

/** What AWS calls each kind of policy, with the article it takes. The root user is never denied for lack of an Allow. */
const policyNames: Record<Reason, readonly [article: string, name: string]> = {
  identity: ['an', 'identity-based policy'],
  resource: ['a', 'resource-based policy'],
  boundary: ['a', 'permissions boundary'],
  session: ['a', 'session policy'],
  scp: ['a', 'service control policy'],
  rcp: ['a', 'resource control policy'],
  trust: ['the', 'role trust policy'],
  root: ['an', 'identity-based policy'],
}

/** AWS's sentence (AWS: Troubleshoot access denied error messages). Without a resource, that part is left out. */
export function deniedMessage(
  principalArn: string,
  action: string,
  resource: string | undefined,
  decision: Decision,
  style: MessageStyle = 'default',
): string {
  const shownAction = style === 'sqs' ? action.toLowerCase() : action
  const shownResource = style === 's3' ? `"${resource}"` : resource
  const [article, name] = policyNames[decision.reason]
  const reason =
    decision.outcome === 'explicitDeny'
      ? `with an explicit deny in ${article} ${name}`
      : `because no ${name} allows the ${shownAction} action`
  const on = resource === undefined ? '' : ` on resource: ${shownResource}`
  return `User: ${principalArn} is not authorized to perform: ${shownAction}${on} ${reason}`
}

/** What to say if there is no policy of the kind that would have to allow. */
const nothingThere: Partial<Record<Reason, string>> = {
  identity: 'The caller has no identity policy at all',
  resource: 'The resource has no policy that lets the caller in, and its own account alone cannot grant this',
  session: 'The credentials of a federated user allow only what a session policy allows, and none was passed',
}

/** One plain sentence: who allowed or refused, and for a refusal what would have to be true. */
export function explainSentence(explanation: Explanation): string {
  const { decision, request } = explanation
  const { statement, reason } = decision
  if (statement) {
    const policy = explanation.policies.find(({ kind, id }) => kind === reason && id === statement.policy)
    const place = statement.sid ? `statement \`${statement.sid}\`` : `statement ${statement.index + 1}`
    const where = `${place} of the ${policy ? nameOf(policy) : `policy \`${statement.policy}\``}`
    return decision.allowed
      ? `${capitalised(where)} allows ${request.action} on ${request.resource}.`
      : `${capitalised(where)} denies ${request.action} on ${request.resource}, and a Deny outweighs every Allow.`
  }
  if (decision.allowed) return 'The root user may do anything in its own account.'
  const asked = explanation.policies.filter(({ kind }) => kind === reason)
  if (asked.length === 0) return `${nothingThere[reason] ?? `No ${policyNames[reason][1]} applies`}.`
  const nearest = nearestMiss(asked)
  if (!nearest) {
    const which =
      asked.length === 1 ? `The ${nameOf(asked[0]!)} does not allow` : `None of ${list(asked.map(nameOf))} allows`
    return `${which} ${request.action} at all.`
  }
  return `The ${nameOf(nearest.policy)} allows ${request.action} ${requirement(nearest.failure)}.`
}

const nameOf = ({ label, id }: PolicyExplanation) => `${label} \`${id}\``
const capitalised = (text: string) => text[0]!.toUpperCase() + text.slice(1)

/** In the order in which they are checked: the later the failure, the nearer the statement was. */
const nearness: Record<Failure['element'], number> = { action: 0, principal: 1, resource: 2, condition: 3 }

function nearestMiss(
  policies: readonly PolicyExplanation[],
): { policy: PolicyExplanation; failure: Failure } | undefined {
  const misses = policies.flatMap((policy) =>
    policy.statements.flatMap(({ effect, failure }) => (effect === 'Allow' && failure ? [{ policy, failure }] : [])),
  )
  return misses
    .filter(({ failure }) => failure.element !== 'action')
    .sort((one, other) => nearness[other.failure.element] - nearness[one.failure.element])[0]
}

function requirement(failure: Failure): string {
  const { element, negated, expected, missing } = failure
  const limit = negated ? 'except' : 'only'
  if (missing.length > 0) {
    const names = list(missing.map((name) => `\${${name}}`))
    const where = element === 'resource' ? `${limit} on ${list(expected)}` : conditionText(failure)
    return `${where}, and the request has no value for ${names}`
  }
  if (element === 'principal') return `${limit} to ${list(expected)}, and the caller is ${failure.actual[0]}`
  if (element === 'resource') return `${limit} on ${list(expected)}, and the request was for ${failure.actual[0]}`
  const had = failure.actual.length > 0 ? `has ${quoted(failure.actual, 'and')}` : `has no ${failure.key}`
  return `${conditionText(failure)}, and the request ${had}`
}

/** What an operator asks, by the first of these that its name contains. */
const phrases: readonly (readonly [RegExp, string])[] = [
  [/LessThanEquals/, 'is at most'],
  [/LessThan/, 'is less than'],
  [/GreaterThanEquals/, 'is at least'],
  [/GreaterThan/, 'is greater than'],
  [/NotIpAddress/, 'is not in'],
  [/IpAddress/, 'is in'],
  [/NotLike|ArnNot/, 'does not match'],
  [/Like|Arn/, 'matches'],
  [/Not/, 'is not'],
  [/./, 'is'],
]

function conditionText({ operator = '', key, expected }: Failure): string {
  if (operator === 'Null') return `only if ${key} is ${expected.includes('true') ? 'absent' : 'present'}`
  const phrase = phrases.find(([form]) => form.test(operator))![1]
  const subject = operator.startsWith('ForAllValues')
    ? `every value of ${key}`
    : operator.startsWith('ForAnyValue')
      ? `some value of ${key}`
      : key
  return `only if ${subject} ${phrase} ${quoted(expected, 'or')}`
}

const quoted = (values: readonly string[], word: 'and' | 'or') =>
  list(
    values.map((value) => `"${value}"`),
    word,
  )

/** "a, b or c"; no more than five by name. */
function list(values: readonly string[], word: 'and' | 'or' = 'or'): string {
  const shown = values.length > 5 ? [...values.slice(0, 4), `${values.length - 4} others`] : values
  return shown.length < 2 ? (shown[0] ?? 'nothing') : `${shown.slice(0, -1).join(', ')} ${word} ${shown.at(-1)}`
}
