/**
 * Reads DynamoDB's expressions as far as policies ask: the attributes that they name and the values that a key must have.
 * What it cannot read it refuses, so that nothing passes that was not understood. AWS: DynamoDB Developer Guide,
 * "Expressions", "Reserved words".
 */
import { fail } from '../../wire/errors.ts'

export type Kind =
  | 'ProjectionExpression'
  | 'ConditionExpression'
  | 'FilterExpression'
  | 'KeyConditionExpression'
  | 'UpdateExpression'

/** `text` of a name is the attribute's own, of a value its placeholder. */
export type Token = {
  readonly kind: 'name' | 'value' | 'index' | 'mark'
  readonly text: string
  readonly bare: boolean
}

export type Names = Readonly<Record<string, string>>

/** DynamoDB's own limit is 4 KB. */
const longest = 8 * 1024
const pattern =
  /\s*(?:(#[A-Za-z0-9_-]+)|(:[A-Za-z0-9_-]+)|([A-Za-z_][A-Za-z0-9_]*)|\[\s*(\d+)\s*\]|(<>|<=|>=|[=<>+\-(),.]))/y

const invalid = (kind: Kind, sentence: string): never => fail('ValidationException', `Invalid ${kind}: ${sentence}`)

export function tokenize(kind: Kind, text: string, names: Names = {}): Token[] {
  if (text.length > longest) {
    invalid(kind, `Expression size has exceeded the maximum allowed size; expression size: ${text.length}`)
  }
  const tokens: Token[] = []
  const end = text.trimEnd().length
  pattern.lastIndex = 0
  while (pattern.lastIndex < end) {
    const from = pattern.lastIndex
    const match = pattern.exec(text)
    if (!match) return invalid(kind, `Syntax error; token: "${text.slice(from).trim().slice(0, 20)}"`)
    const [, placeholder, value, name, index, mark] = match
    if (placeholder !== undefined) {
      if (!Object.hasOwn(names, placeholder) || typeof names[placeholder] !== 'string') {
        invalid(
          kind,
          `An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
        )
      }
      tokens.push({ kind: 'name', text: names[placeholder] as string, bare: false })
    } else if (value !== undefined) tokens.push({ kind: 'value', text: value, bare: false })
    else if (name !== undefined) tokens.push({ kind: 'name', text: name, bare: true })
    else if (index !== undefined) tokens.push({ kind: 'index', text: index, bare: false })
    else tokens.push({ kind: 'mark', text: mark ?? '', bare: false })
  }
  if (tokens.length === 0) invalid(kind, 'The expression can not be empty;')
  return tokens
}

/** Words between operands; all of them are reserved, so that no attribute stands bare under such a name. */
const connectives = new Set(['and', 'or', 'not', 'between', 'in'])
/** REMOVE is not reserved: whether it begins a clause follows from its neighbours. */
const clauses = new Set(['set', 'remove', 'add', 'delete'])

const isMark = (token: Token | undefined, text: string) => token?.kind === 'mark' && token.text === text

/** After these an operand is over, and a clause may begin. */
const endsOperand = (token: Token | undefined) => token === undefined || token.kind !== 'mark' || token.text === ')'

function isKeyword(kind: Kind, tokens: readonly Token[], at: number, clause: boolean): boolean {
  const word = tokens[at]?.text.toLowerCase() ?? ''
  if (kind === 'ProjectionExpression') return false
  if (kind !== 'UpdateExpression') return connectives.has(word)
  return clauses.has(word) && !clause && endsOperand(tokens[at - 1]) && tokens[at + 1]?.kind === 'name'
}

/** The top-level attributes that an expression names, each once, in their order. */
export function attributesIn(kind: Kind, text: string, names?: Names): string[] {
  const tokens = tokenize(kind, text, names)
  const found = new Set<string>()
  let clause = false
  for (const [at, token] of tokens.entries()) {
    if (token.kind !== 'name') {
      clause = false
      continue
    }
    const inside = isMark(tokens[at - 1], '.')
    const called = token.bare && isMark(tokens[at + 1], '(')
    clause = token.bare && !inside && isKeyword(kind, tokens, at, clause)
    if (!inside && !called && !clause) found.add(token.text)
  }
  return [...found]
}

/** The placeholders of the values that a key condition asks of each attribute with `=`. Knows AND and nothing looser. */
export function equalitiesIn(text: string, names?: Names): Map<string, string[]> {
  const kind = 'KeyConditionExpression'
  const tokens = tokenize(kind, text, names)
  const found = new Map<string, string[]>()
  for (const [at, token] of tokens.entries()) {
    if (token.bare && ['or', 'not', 'in'].includes(token.text.toLowerCase())) {
      invalid(kind, `Invalid operator used in KeyConditionExpression: ${token.text.toUpperCase()}`)
    }
    if (isMark(token, '<>')) invalid(kind, 'Invalid operator used in KeyConditionExpression: <>')
    if (isMark(token, '.') || token.kind === 'index') {
      invalid(kind, 'KeyConditionExpressions cannot have conditions on nested attributes')
    }
    if (!isMark(token, '=')) continue
    const [left, right] = [tokens[at - 1], tokens[at + 1]]
    const [name, value] = left?.kind === 'name' ? [left, right] : [right, left]
    if (name?.kind !== 'name' || value?.kind !== 'value') continue
    found.set(name.text, [...(found.get(name.text) ?? []), value.text])
  }
  return found
}
