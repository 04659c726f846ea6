/** One condition of a statement: an operator, a key and the values it may have, with the rules for absent and multi-valued keys. */
import { type Context, valuesOf } from './context.ts'
import { operators, type Test } from './operators.ts'
import { readBoolean } from './values.ts'

export type Effect = 'Allow' | 'Deny'
export type Qualifier = 'ForAllValues' | 'ForAnyValue'
export type Condition = {
  /** As written, qualifier and suffix included: `ForAnyValue:StringLikeIfExists`. */
  operator: string
  /** As written. */
  key: string
  expected: readonly string[]
  holds(context: Context): boolean
}

const form = /^(?:(ForAllValues|ForAnyValue):)?([A-Za-z]+?)(IfExists)?$/

/** Operators whose broken values AWS finds only when it reads the document a second time. */
const measured = /^(?:Numeric|Date|(?:Not)?IpAddress)/

/** AWS's words for a condition that `compileCondition` does not take. */
export function conditionRefusal(operator: string): string {
  const [, , name = ''] = form.exec(operator) ?? []
  return operators.has(name) && measured.test(name) ? 'The policy failed legacy parsing' : 'Syntax errors in policy.'
}

/** Compiles one operator with one key; undefined if the operator does not exist or a value is not of its kind. */
export function compileCondition(
  operator: string,
  key: string,
  expected: readonly string[],
  effect: Effect,
  variables: boolean,
): Condition | undefined {
  const lowered = key.toLowerCase()
  if (operator === 'Null') {
    const wanted = expected.map(readBoolean)
    if (wanted.includes(undefined)) return undefined
    const holds = (context: Context) => wanted.includes(valuesOf(context, lowered) === undefined)
    return { operator, key, expected, holds }
  }
  const [, qualifier, name = '', suffix] = form.exec(operator) ?? []
  const known = operators.get(name)
  const test = known?.compile(expected, variables)
  if (!known || !test) return undefined
  const rules = {
    negated: known.negated,
    qualifier: qualifier as Qualifier | undefined,
    ifExists: suffix !== undefined,
    effect,
  }
  return { operator, key, expected, holds: compileHolds(lowered, test, rules) }
}

type Rules = { negated: boolean; qualifier: Qualifier | undefined; ifExists: boolean; effect: Effect }

function compileHolds(key: string, test: Test, { negated, qualifier, ifExists, effect }: Rules): Condition['holds'] {
  const whenAbsent = ifExists || (qualifier === 'ForAllValues' ? true : qualifier === 'ForAnyValue' ? false : negated)
  // unproved: AWS leaves open what an operator without set qualifier does with several values. The closed reading: such a
  // condition supports an Allow only if every value satisfies it, and a Deny already if one does.
  const every = qualifier ? qualifier === 'ForAllValues' : effect === 'Allow'
  return (context) => {
    const actual = valuesOf(context, key)
    if (actual === undefined) return whenAbsent
    // AWS: to a set operator, an empty text is a set of nothing ("Single-valued vs. multivalued context keys").
    if (actual === '' && qualifier) return every
    if (typeof actual === 'string') return test(actual, context) !== negated
    return every
      ? actual.every((value) => test(value, context) !== negated)
      : actual.some((value) => test(value, context) !== negated)
  }
}
