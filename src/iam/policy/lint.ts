/** A policy document with everything that is wrong with it, and where: errors that IAM refuses, warnings that it does not. */
import { AwsError } from '../../wire/errors.ts'
import { hintsFor, type Whose } from './hints.ts'
import { positionAt, readJson } from './json.ts'
import { parsePolicy } from './parse.ts'
import type { Policy, PolicyKind } from './statement.ts'

export type Problem = {
  readonly level: 'error' | 'warning'
  readonly line: number
  readonly column: number
  readonly sentence: string
  /** The rule of a warning. */
  readonly rule: string | undefined
}

/** The problems in the order of the text. */
export function lintPolicy(text: string, kind: PolicyKind, whose?: Whose): Problem[] {
  const parsed = parse(text, kind)
  if (typeof parsed === 'string') {
    return [{ level: 'error', ...positionAt(text, errorOffset(text, kind)), sentence: parsed, rule: undefined }]
  }
  return hintsFor(parsed, whose)
    .map(({ rule, sentence, statement, about }): Problem => {
      const [start, end] = parsed.statements[statement]?.span ?? [0, text.length]
      const within = text.slice(start, end).indexOf(JSON.stringify(about))
      return { level: 'warning', ...positionAt(text, start + Math.max(within, 0)), sentence, rule }
    })
    .sort((a, b) => a.line - b.line || a.column - b.column)
}

/** The policy, or the sentence with which it is refused. */
function parse(text: string, kind: PolicyKind): Policy | string {
  try {
    return parsePolicy(text, kind, { saving: true })
  } catch (error) {
    if (error instanceof AwsError) return error.message
    throw error
  }
}

/** Where a refused document is wrong: the first statement that is refused alone, or where it stops being JSON. */
function errorOffset(text: string, kind: PolicyKind): number {
  const document = readJson(text)
  if (!document) return brokenAt(text)
  const root = document.value
  const found = root instanceof Map ? root.get('Statement') : undefined
  const version = root instanceof Map ? (root.get('Version') ?? '2008-10-17') : '2008-10-17'
  for (const statement of [found].flat()) {
    const span = statement instanceof Map ? document.spans.get(statement) : undefined
    if (!span) continue
    const alone = `{"Version":${JSON.stringify(version)},"Statement":${text.slice(...span)}}`
    if (typeof parse(alone, kind) === 'string') return span[0]
  }
  return 0
}

/** The longest beginning that could still become JSON ends there: found by the engine's own reader where it says so. */
function brokenAt(text: string): number {
  try {
    JSON.parse(text)
    return 0
  } catch (error) {
    const [, position] = /position (\d+)/.exec(String(error)) ?? []
    return position === undefined ? text.length : Number(position)
  }
}
