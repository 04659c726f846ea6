/** The condition operators of IAM as one table (AWS: IAM JSON policy elements, Condition operators). */
import type { Context } from './context.ts'
import {
  compilePattern,
  compileTokens,
  matchesPattern,
  type Pattern,
  readTokens,
  splitArn,
  splitTokens,
  substitute,
} from './pattern.ts'
import { contains, readAddress, readBoolean, readBytes, readDate, readNetwork, readNumber } from './values.ts'

/** Does one value of the request match any of the policy's values? Negation is not its business. */
export type Test = (actual: string, context: Context) => boolean
export type Operator = {
  negated: boolean
  /** Compiles the policy's values; undefined if one of them cannot be read. `variables` is false before version 2012-10-17. */
  compile(values: readonly string[], variables: boolean): Test | undefined
}

const identity = (text: string) => text
const lowerCase = (text: string) => text.toLowerCase()

/** Whole-string comparison; `fold` is applied to both sides. Values without variables go into a set. */
function equalText(fold: (text: string) => string): Operator['compile'] {
  return (values, variables) => {
    const fixed = new Set<string>()
    const templates: ReturnType<typeof readTokens>[] = []
    for (const value of values) {
      const tokens = readTokens(value, { wildcards: false, variables })
      if (tokens.every((token) => typeof token === 'string')) fixed.add(fold(tokens.join('')))
      else templates.push(tokens)
    }
    return (actual, context) => {
      const folded = fold(actual)
      if (fixed.has(folded)) return true
      return templates.some((tokens) => {
        const filled = substitute(tokens, context)
        return filled !== undefined && fold(filled.join('')) === folded
      })
    }
  }
}

const likeText: Operator['compile'] = (values, variables) => {
  const patterns = values.map((value) => compilePattern(value, { wildcards: true, variables }))
  return (actual, context) => patterns.some((pattern) => matchesPattern(pattern, actual, 0, context))
}

/** Six parts compared one by one, so that a star stays in its part; a star alone means every value. */
const likeArn: Operator['compile'] = (values, variables) => {
  const tests = values.map((value): Test => {
    if (value === '*') return () => true
    const tokens = readTokens(value, { wildcards: true, variables })
    if (!tokens.some((token) => typeof token === 'object')) {
      const fixed = splitTokens(tokens).map(compileTokens)
      return (actual, context) => matchesParts(fixed, actual, context)
    }
    // Where the colons are is known only once the variables have their values.
    return (actual, context) => {
      const filled = substitute(tokens, context)
      return filled !== undefined && matchesParts(splitTokens(filled).map(compileTokens), actual, context)
    }
  })
  return (actual, context) => tests.some((test) => test(actual, context))
}

function matchesParts(patterns: readonly Pattern[], actual: string, context: Context): boolean {
  const parts = splitArn(actual)
  if (!parts || patterns.length !== 6) return false
  return patterns.every((pattern, index) => matchesPattern(pattern, parts[index]!, 0, context))
}

/** For the typed families: policy values are read once, a request value that cannot be read matches nothing. */
function typed<Wanted, Actual = Wanted>(
  readWanted: (text: string) => Wanted | undefined,
  readActual: (text: string) => Actual | undefined,
  holds: (actual: Actual, wanted: Wanted) => boolean,
): Operator['compile'] {
  return (values) => {
    const wanted: Wanted[] = []
    for (const value of values) {
      const read = readWanted(value)
      if (read === undefined) return undefined
      wanted.push(read)
    }
    return (actual) => {
      const read = readActual(actual)
      return read !== undefined && wanted.some((one) => holds(read, one))
    }
  }
}

const equal = <Value>(actual: Value, wanted: Value) => actual === wanted
const order = (read: (text: string) => number | undefined) => ({
  equals: typed(read, read, equal),
  lessThan: typed<number>(read, read, (actual, wanted) => actual < wanted),
  lessThanEquals: typed<number>(read, read, (actual, wanted) => actual <= wanted),
  greaterThan: typed<number>(read, read, (actual, wanted) => actual > wanted),
  greaterThanEquals: typed<number>(read, read, (actual, wanted) => actual >= wanted),
})
const number = order(readNumber)
const date = order(readDate)

// unproved: whether Bool takes variables (two AWS pages contradict each other); it does not here, so that a mistyped value is refused.
const bool = typed(readBoolean, readBoolean, equal)
const bytes = typed(readBytes, readBytes, equal)
const network = typed(readNetwork, readAddress, (address, block) => contains(block, address))

const is = (compile: Operator['compile']): Operator => ({ negated: false, compile })
const isNot = (compile: Operator['compile']): Operator => ({ negated: true, compile })

/** Every operator but Null, by its exact name. unproved: letter case of operator names; AWS's pages only show these spellings. */
export const operators: ReadonlyMap<string, Operator> = new Map(
  Object.entries({
    StringEquals: is(equalText(identity)),
    StringNotEquals: isNot(equalText(identity)),
    StringEqualsIgnoreCase: is(equalText(lowerCase)),
    StringNotEqualsIgnoreCase: isNot(equalText(lowerCase)),
    StringLike: is(likeText),
    StringNotLike: isNot(likeText),
    NumericEquals: is(number.equals),
    NumericNotEquals: isNot(number.equals),
    NumericLessThan: is(number.lessThan),
    NumericLessThanEquals: is(number.lessThanEquals),
    NumericGreaterThan: is(number.greaterThan),
    NumericGreaterThanEquals: is(number.greaterThanEquals),
    DateEquals: is(date.equals),
    DateNotEquals: isNot(date.equals),
    DateLessThan: is(date.lessThan),
    DateLessThanEquals: is(date.lessThanEquals),
    DateGreaterThan: is(date.greaterThan),
    DateGreaterThanEquals: is(date.greaterThanEquals),
    Bool: is(bool),
    BinaryEquals: is(bytes),
    IpAddress: is(network),
    NotIpAddress: isNot(network),
    ArnEquals: is(likeArn),
    ArnLike: is(likeArn),
    ArnNotEquals: isNot(likeArn),
    ArnNotLike: isNot(likeArn),
  }),
)
