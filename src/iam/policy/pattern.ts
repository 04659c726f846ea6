/**
 * Text with wildcards and policy variables, compiled once and matched without backtracking.
 *
 * A pattern is split at its stars into runs: the first is anchored at the start, the last at the end, and each one between is taken at
 * the first place where it fits, which is always right. So no input can make a match exponential, as it could with regular expressions,
 * and what anybody sends in a header or in an item is walked through once.
 */
import type { Context } from './context.ts'

/** `${key}` or `${key, 'fallback'}`; the key is lower-cased. */
export type Variable = { key: string; written: string; fallback: string | undefined }
const star = Symbol('*')
const hole = Symbol('?')
/** A token of a template: literal text, a wildcard, or a variable. */
export type Token = string | typeof star | typeof hole | Variable
export type Syntax = { wildcards: boolean; variables: boolean }
/** `holes` are the places in `text` where any one character fits. A run that has variables has `parts` instead of a fixed text. */
type Run = {
  text: string
  holes: readonly number[] | undefined
  parts: readonly Exclude<Token, typeof star>[] | undefined
}
export type Pattern = { runs: readonly Run[] }

const variable = /\$\{(?:([*?$])|([^'{}]*?)(?:,\s*'([^']*)'\s*)?)\}/y
const special = /[*?$]/g

/** Splits a template into tokens (AWS: IAM policy elements, Variables and tags). What is no well-formed variable stays literal. */
export function readTokens(template: string, syntax: Syntax): Token[] {
  const tokens: Token[] = []
  let literal = ''
  let from = 0
  const push = (token: Token) => {
    if (literal !== '') tokens.push(literal)
    literal = ''
    tokens.push(token)
  }
  for (;;) {
    special.lastIndex = from
    const found = special.exec(template)
    if (!found) break
    const at = found.index
    literal += template.slice(from, at)
    from = at + 1
    if (found[0] !== '$') {
      if (syntax.wildcards) push(found[0] === '*' ? star : hole)
      else literal += found[0]
      continue
    }
    variable.lastIndex = at
    const match = syntax.variables ? variable.exec(template) : null
    if (!match) {
      literal += '$'
      continue
    }
    from = variable.lastIndex
    const [, escaped, key = '', fallback] = match
    if (escaped !== undefined) literal += escaped
    else push({ key: key.trim().toLowerCase(), written: key.trim(), fallback })
  }
  literal += template.slice(from)
  if (literal !== '') tokens.push(literal)
  return tokens
}

/** Whether the template also matches nothing at all. */
export const mayBeEmpty = (template: string): boolean => /^\**$/.test(template)

/** Compiles tokens into runs. */
export function compileTokens(tokens: readonly Token[]): Pattern {
  const groups: Exclude<Token, typeof star>[][] = [[]]
  for (const token of tokens) {
    if (token === star) groups.push([])
    else groups.at(-1)!.push(token)
  }
  return { runs: groups.map(compileRun) }
}

export const compilePattern = (template: string, syntax: Syntax): Pattern => compileTokens(readTokens(template, syntax))

function compileRun(parts: readonly Exclude<Token, typeof star>[]): Run {
  const dynamic = parts.some((part) => typeof part === 'object')
  if (dynamic) return { text: '', holes: undefined, parts }
  const fixed = parts as readonly (string | typeof hole)[]
  return { ...joinParts(fixed), parts: undefined }
}

function joinParts(parts: readonly (string | typeof hole)[]): { text: string; holes: number[] | undefined } {
  let text = ''
  const holes: number[] = []
  for (const part of parts) {
    if (part === hole) holes.push(text.length)
    text += part === hole ? '?' : part
  }
  return { text, holes: holes.length > 0 ? holes : undefined }
}

/** A variable's value. Multi-valued keys cannot be variables, not even through the fallback; undefined matches nothing. */
function variableValue(name: Variable, context: Context): string | undefined {
  const value = context.get(name.key)
  if (typeof value === 'string') return value
  return value === undefined ? name.fallback : undefined
}

/** Fills in the variables. Their values are literal: a star in a tag is a star, not a wildcard. Undefined if one has no value. */
export function substitute(tokens: readonly Token[], context: Context): Exclude<Token, Variable>[] | undefined {
  const filled: Exclude<Token, Variable>[] = []
  for (const token of tokens) {
    if (typeof token !== 'object') {
      filled.push(token)
      continue
    }
    const value = variableValue(token, context)
    if (value === undefined) return undefined
    filled.push(value)
  }
  return filled
}

function fixRun(run: Run, context: Context): Run | undefined {
  if (!run.parts) return run
  // The usual case, text and variables without `?`, is one concatenation.
  let text = ''
  for (const part of run.parts) {
    if (typeof part === 'string') text += part
    else if (part === hole) {
      const filled = substitute(run.parts, context) as (string | typeof hole)[] | undefined
      return filled && { ...joinParts(filled), parts: undefined }
    } else {
      const value = variableValue(part, context)
      if (value === undefined) return undefined
      text += value
    }
  }
  return { text, holes: undefined, parts: undefined }
}

function fitsAt(run: Run, subject: string, at: number): boolean {
  if (!run.holes) return subject.startsWith(run.text, at)
  if (at + run.text.length > subject.length) return false
  let from = 0
  for (const place of run.holes) {
    if (!subject.startsWith(run.text.slice(from, place), at + from)) return false
    from = place + 1
  }
  return subject.startsWith(run.text.slice(from), at + from)
}

function firstFit(run: Run, subject: string, from: number, end: number): number {
  if (run.holes) return firstFitOfHoles(run.text, run.holes, subject, from, end)
  const at = subject.indexOf(run.text, from)
  return at + run.text.length <= end ? at : -1
}

/**
 * Where a run with holes first fits, in one walk: every place of the run is a bit, and the bits that are set are the places
 * that the characters so far lead to (Baeza-Yates and Gonnet, "A New Approach to Text Searching": shift-and).
 */
function firstFitOfHoles(text: string, holes: readonly number[], subject: string, from: number, end: number): number {
  const size = text.length
  const words = Math.ceil(size / 32)
  const open = new Int32Array(words)
  for (const place of holes) open[place >> 5]! |= 1 << (place & 31)
  const fitting = new Map<number, Int32Array>()
  const known = new Set(holes)
  for (let place = 0; place < size; place++) {
    if (known.has(place)) continue
    const code = text.charCodeAt(place)
    const mask = fitting.get(code) ?? open.slice()
    fitting.set(code, mask)
    mask[place >> 5]! |= 1 << (place & 31)
  }
  const state = new Int32Array(words)
  const [last, done] = [words - 1, 1 << ((size - 1) & 31)]
  for (let at = from; at < end; at++) {
    const mask = fitting.get(subject.charCodeAt(at)) ?? open
    let carry = 1
    for (let word = 0; word < words; word++) {
      const before = state[word]!
      state[word] = ((before << 1) | carry) & mask[word]!
      carry = before >>> 31
    }
    if (state[last]! & done) return at - size + 1
  }
  return -1
}

/** Matches a run where it must stand, part by part, so that a mismatch is found before any text is put together; its end or -1. */
function endOfRun(run: Run, subject: string, at: number, context: Context): number {
  if (!run.parts) return fitsAt(run, subject, at) ? at + run.text.length : -1
  for (const part of run.parts) {
    if (part === hole) {
      if (at++ >= subject.length) return -1
      continue
    }
    const text = typeof part === 'string' ? part : variableValue(part, context)
    if (text === undefined || !subject.startsWith(text, at)) return -1
    at += text.length
  }
  return at
}

/** Does the pattern cover the whole of `subject` from `start` on? False if one of its variables has no value. */
export function matchesPattern(pattern: Pattern, subject: string, start: number, context: Context): boolean {
  const { runs } = pattern
  const last = runs.length - 1
  let at = endOfRun(runs[0]!, subject, start, context)
  if (last === 0 || at < 0) return at === subject.length
  const tail = fixRun(runs[last]!, context)
  if (!tail) return false
  const end = subject.length - tail.text.length
  if (end < at || !fitsAt(tail, subject, end)) return false
  for (let index = 1; index < last; index++) {
    const run = fixRun(runs[index]!, context)
    const found = run ? firstFit(run, subject, at, end) : -1
    if (!run || found < 0) return false
    at = found + run.text.length
  }
  return true
}

/** The six parts of an ARN-like list of tokens: colons in literal text separate, the sixth part takes the rest. */
export function splitTokens(tokens: readonly Token[]): Token[][] {
  const parts: Token[][] = [[]]
  for (const token of tokens) {
    if (typeof token !== 'string') {
      parts.at(-1)!.push(token)
      continue
    }
    let from = 0
    while (parts.length < 6) {
      const colon = token.indexOf(':', from)
      if (colon < 0) break
      if (colon > from) parts.at(-1)!.push(token.slice(from, colon))
      parts.push([])
      from = colon + 1
    }
    if (from < token.length) parts.at(-1)!.push(token.slice(from))
  }
  return parts
}

/** The six parts of an ARN, or undefined if there are fewer. */
export function splitArn(arn: string): string[] | undefined {
  const parts: string[] = []
  let from = 0
  for (let count = 0; count < 5; count++) {
    const colon = arn.indexOf(':', from)
    if (colon < 0) return undefined
    parts.push(arn.slice(from, colon))
    from = colon + 1
  }
  parts.push(arn.slice(from))
  return parts
}

/** Writes a template with the values of this request in place of its variables; a variable without a value stays as written. */
export function fillIn(template: string, context: Context): string {
  return readTokens(template, { wildcards: false, variables: true })
    .map((token) =>
      typeof token === 'object' ? (variableValue(token, context) ?? `\${${token.written}}`) : String(token),
    )
    .join('')
}

/** The variables of a template, as written. */
export const variablesOf = (template: string): Variable[] =>
  readTokens(template, { wildcards: false, variables: true }).filter(
    (token): token is Variable => typeof token === 'object',
  )
