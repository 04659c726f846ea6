/** Reads and compiles policy documents, and refuses what AWS refuses, in AWS's words (AWS: Grammar of the IAM JSON policy language). */
import { fail } from '../../wire/errors.ts'
import { type Condition, compileCondition, conditionRefusal, type Effect } from './condition.ts'
import { checkAction, checkResource, compilePrincipals, type Refuse } from './grammar.ts'
import { type Json, type JsonObject, readJson, type Span } from './json.ts'
import { checkSaved } from './saved.ts'
import { compileActions, compileResources, type Policy, type PolicyKind, type Statement } from './statement.ts'

export type ParseOptions = {
  /** The document is new: also refuse what AWS refuses today but still evaluates where it is already stored. */
  saving?: boolean
  /** The document is a managed policy, which must be of version 2012-10-17. */
  managed?: boolean
  /** The code of the refusal; S3 says `MalformedPolicy`. */
  code?: string
}

const topElements = new Set(['Version', 'Id', 'Statement'])
const elements = new Set([
  ...['Sid', 'Effect', 'Principal', 'NotPrincipal', 'Action', 'NotAction', 'Resource', 'NotResource', 'Condition'],
])
const versions = new Set(['2008-10-17', '2012-10-17'])
const allowedText = /^[\t\n\r\u0020-\u00ff]*$/
const syntaxError = 'Syntax errors in policy.'
const noStatements = 'Could not parse the policy: Statement is empty!'
const sameSids = 'The Statement Ids in the policy are not unique'
const missing = (element: string) => `Missing required field ${element}`

/** What belongs to its principal. Policies that name principals are refused in other words, the same in every service. */
const isOwned = (kind: PolicyKind): boolean => kind !== 'resource' && kind !== 'trust'

/** Compiles a document. Refuses an invalid one with MalformedPolicyDocument (or `code`). Size limits are the caller's. */
export function parsePolicy(text: string, kind: PolicyKind, options: ParseOptions = {}): Policy {
  const refuse: Refuse = (message) => fail(options.code ?? 'MalformedPolicyDocument', message, { status: 400 })
  const owned = isOwned(kind)
  const document = readJson(text)
  if (!document) refuse(kind === 'identity' || kind === 'boundary' ? syntaxError : 'This policy contains invalid Json')
  if (kind !== 'resource' && !allowedText.test(text)) refuse(syntaxError)
  const root = document.value
  if (!(root instanceof Map)) refuse(syntaxError)
  for (const key of root.keys()) if (!topElements.has(key)) refuse(syntaxError)
  const version = root.has('Version') ? root.get('Version') : '2008-10-17'
  if (typeof version !== 'string' || !versions.has(version)) refuse(syntaxError)
  if (options.managed && version !== '2012-10-17') refuse('Policy document must be version 2012-10-17 or greater.')
  if (owned && root.has('Id')) refuse('Has prohibited field Id')
  if (root.has('Id') && typeof root.get('Id') !== 'string') refuse(syntaxError)

  const found = root.get('Statement')
  const list = Array.isArray(found) ? found : found === undefined ? [] : [found]
  if (list.length === 0) refuse(owned ? syntaxError : found ? noStatements : missing('Statement'))
  const variables = version === '2012-10-17'
  const statements = list.map((item, index): Statement => {
    if (!(item instanceof Map)) return refuse(syntaxError)
    return compileStatement(item, {
      index,
      kind,
      variables,
      span: document.spans.get(item)!,
      saving: options.saving,
      refuse,
    })
  })
  const sids = statements.flatMap(({ sid }) => (sid ? [sid] : []))
  if (new Set(sids).size < sids.length) {
    refuse(owned ? 'Statement IDs (SID) in a single policy must be unique.' : sameSids)
  }
  const policy: Policy = {
    kind,
    variables,
    statements,
    allows: statements.filter(({ effect }) => effect === 'Allow'),
    denies: statements.filter(({ effect }) => effect === 'Deny'),
  }
  if (options.saving) checkSaved(policy, refuse)
  return policy
}

type Setting = {
  index: number
  kind: PolicyKind
  variables: boolean
  span: Span
  saving: boolean | undefined
  refuse: Refuse
}

function compileStatement(source: JsonObject, setting: Setting): Statement {
  const { index, kind, variables, span, saving } = setting
  // Annotated, so that the compiler knows that what follows a refusal is not reached.
  const refuse: Refuse = setting.refuse
  for (const key of source.keys()) if (!elements.has(key)) refuse(syntaxError)
  const sid = source.get('Sid')
  if (sid !== undefined && typeof sid !== 'string') refuse(syntaxError)
  if (sid && kind !== 'resource' && !/^[A-Za-z0-9]*$/.test(sid)) refuse(syntaxError)
  const effect = source.get('Effect')
  if (effect !== 'Allow' && effect !== 'Deny') return refuse(effectRefusal(effect, kind))

  const action = either(source, 'Action', refuse)
  if (action.values.length === 0) refuse(isOwned(kind) ? 'Policy statement must contain actions.' : missing('Action'))
  for (const value of action.values) checkAction(value, kind, refuse)

  return {
    index,
    sid,
    effect,
    span,
    principals: readPrincipals(source, kind, saving, refuse),
    actions: compileActions(action.values, action.negated),
    resources: readResources(source, kind, variables, refuse),
    conditions: readConditions(source.get('Condition'), effect, variables, refuse),
  }
}

function effectRefusal(effect: Json | undefined, kind: PolicyKind): string {
  if (isOwned(kind)) return /^(allow|deny)$/i.test(String(effect)) ? 'The policy failed legacy parsing' : syntaxError
  if (effect === undefined) return missing('Effect')
  return typeof effect === 'string' ? `Invalid effect: ${effect}` : syntaxError
}

/** `Action` or `NotAction`, `Resource` or `NotResource`: never both, one string or a list of strings. */
function either(source: JsonObject, name: string, refuse: Refuse): { values: string[]; negated: boolean } {
  const negated = source.has(`Not${name}`)
  if (negated && source.has(name)) refuse(syntaxError)
  return { values: readStrings(source.get(negated ? `Not${name}` : name), refuse), negated }
}

function readStrings(value: Json | undefined, refuse: Refuse): string[] {
  const list = value === undefined ? [] : Array.isArray(value) ? value : [value]
  return list.map((item) => (typeof item === 'string' ? item : refuse(syntaxError)))
}

function readResources(source: JsonObject, kind: PolicyKind, variables: boolean, refuse: Refuse) {
  if (kind === 'trust') {
    if (source.has('Resource')) refuse('Has prohibited field Resource')
    if (source.has('NotResource')) refuse('AssumeRole policy must not contain resources.')
    return undefined
  }
  const resource = either(source, 'Resource', refuse)
  if (resource.values.length === 0) {
    refuse(kind === 'resource' ? missing('Resource') : 'Policy statement must contain resources.')
  }
  for (const value of resource.values) checkResource(value, kind, refuse)
  return compileResources(resource.values, resource.negated, variables)
}

function readPrincipals(source: JsonObject, kind: PolicyKind, saving: boolean | undefined, refuse: Refuse) {
  if (kind !== 'resource' && kind !== 'trust') {
    for (const name of ['Principal', 'NotPrincipal']) if (source.has(name)) refuse(`Has prohibited field ${name}`)
    return undefined
  }
  const negated = source.has('NotPrincipal')
  if (negated && kind === 'trust') {
    const allows = source.get('Effect') === 'Allow'
    refuse(
      allows ? 'Allow with NotPrincipal is not allowed.' : 'AssumeRole policy must not contain NotPrincipal field.',
    )
  }
  if (negated && source.has('Principal')) refuse(syntaxError)
  const principal = source.get(negated ? 'NotPrincipal' : 'Principal')
  if (principal === undefined) return refuse(missing('Principal'))
  if (principal === '*' && kind === 'trust' && saving)
    return refuse('AssumeRolepolicy contained an invalid principal: "STAR":"*".')
  const named = new Map<string, string[]>()
  if (principal === '*') named.set('AWS', ['*'])
  else if (!(principal instanceof Map)) return refuse(syntaxError)
  else if (principal.size === 0) return refuse(`${missing('Principal')} cannot be empty!`)
  else for (const [type, value] of principal) named.set(type, readStrings(value, refuse))
  return compilePrincipals(named, negated, kind, refuse)
}

function readConditions(source: Json | undefined, effect: Effect, variables: boolean, refuse: Refuse): Condition[] {
  if (source === undefined) return []
  if (!(source instanceof Map)) return refuse(syntaxError)
  const conditions: Condition[] = []
  for (const [operator, keys] of source) {
    if (!(keys instanceof Map)) return refuse(syntaxError)
    for (const [key, value] of keys) {
      if (!key.includes(':')) refuse('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.')
      const expected = (Array.isArray(value) ? value : [value]).map((item) =>
        item === null || typeof item === 'object' ? refuse(syntaxError) : String(item),
      )
      conditions.push(
        compileCondition(operator, key, expected, effect, variables) ?? refuse(conditionRefusal(operator)),
      )
    }
  }
  return conditions
}
