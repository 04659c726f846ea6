/** Keeps for a while why requests were denied, so that `poolhouse explain <request-id>` can say it on any node. */
import { isOutage } from '../store/errors.ts'
import type { Caller } from '../wire/caller.ts'
import type { World } from '../world.ts'
import { insertDenial, readDenials, trimDenials } from './denials-store.ts'
import { compiled } from './policy/compiled.ts'
import type { Explanation, StatementExplanation } from './policy/explain.ts'
import { hintsFor, type Whose } from './policy/hints.ts'
import { explainSentence } from './policy/message.ts'

type Writing = Pick<World, 'now' | 'settings' | 'log' | 'db'>

/** A day, the newest ten thousand; each process writes so many in a second, and the log has the rest. */
const life = 86_400_000
const kept = 10_000
const mostEachSecond = 20
const trimEvery = 500

const mostStatements = 40
const longestValue = 300
const longestTrace = 48_000

/** As the explain API answers it. */
export type Denial = {
  readonly At: string
  readonly Caller: string
  readonly Action: string
  readonly Resource: string
  readonly Outcome: string
  /** Which kind of policy decided. */
  readonly Reason: string
  readonly Sentence: string
  readonly Hints: readonly string[]
  readonly MissingKeys: readonly string[]
  readonly Policies: readonly {
    readonly Kind: string
    readonly Name: string
    readonly Statements: readonly { Statement: string; Effect: string; Why: string }[]
  }[]
  readonly Context: Readonly<Record<string, string | readonly string[]>>
}

/** S3's clients are shown the first sixteen digits of an id in upper case, all others the whole: either finds the denial. */
const keyOf = (requestId: string) => requestId.replaceAll('-', '').slice(0, 16).toUpperCase()

const written = new WeakMap<object, { second: number; count: number; total: number }>()

/** Keeps the trace, unless too many came in this second. What cannot be kept changes nothing of the denial. */
export async function keepDenial(
  world: Writing,
  caller: Caller,
  requestId: string | undefined,
  explanation: Explanation,
): Promise<void> {
  const now = world.now()
  if (requestId === undefined || !admit(world.db, now)) return
  const { account } = world.settings
  try {
    const trace = JSON.stringify(denialOf(caller, explanation, now))
    if (trace.length > longestTrace) return
    await insertDenial(world.db, account, { requestId: keyOf(requestId), trace, at: now, expiresAt: now + life })
    if ((written.get(world.db)?.total ?? 0) % trimEvery === 0) await trimDenials(world.db, account, kept)
  } catch (error) {
    if (!isOutage(error)) world.log.warn({ err: error, requestId }, 'The trace of a denial was not kept.')
  }
}

function admit(db: object, now: number): boolean {
  const second = Math.floor(now / 1000)
  const { second: before, count, total } = written.get(db) ?? { second, count: 0, total: 0 }
  const sofar = before === second ? count : 0
  if (sofar >= mostEachSecond) return false
  written.set(db, { second, count: sofar + 1, total: total + 1 })
  return true
}

function denialOf(caller: Caller, explanation: Explanation, now: number): Denial {
  const { request, decision, policies, missingKeys } = explanation
  return {
    At: new Date(now).toISOString(),
    Caller: caller.arn || caller.userId,
    Action: request.action,
    Resource: request.resource,
    Outcome: decision.outcome,
    Reason: decision.reason,
    Sentence: explainSentence(explanation),
    Hints: hintsOf(caller, request.action),
    MissingKeys: missingKeys,
    Policies: policies.map(({ kind, label, id, statements }) => ({
      Kind: kind,
      Name: `${label} ${id}`,
      Statements: statements.slice(0, mostStatements).map(whyOf),
    })),
    Context: Object.fromEntries([...request.context].map(([key, value]) => [key, shorten(value)])),
  }
}

const shorten = (value: string | readonly string[]) =>
  typeof value === 'string' ? value.slice(0, longestValue) : value.slice(0, 20).map((one) => one.slice(0, longestValue))

function whyOf({ sid, index, effect, failure }: StatementExplanation) {
  const Statement = sid || `${index + 1}`
  if (!failure) return { Statement, Effect: effect, Why: 'applies' }
  const { element, negated, expected, actual, operator, key, missing } = failure
  const name = element === 'condition' ? `${operator} ${key}` : `${negated ? 'not ' : ''}${element}`
  const wanted = expected.slice(0, 10).join(', ').slice(0, longestValue)
  const had = actual.length > 0 ? actual.slice(0, 10).join(', ').slice(0, longestValue) : 'nothing'
  const without = missing.length > 0 ? `; no value for ${missing.join(', ')}` : ''
  return {
    Statement,
    Effect: effect,
    Why: `does not apply: ${name} asks for ${wanted}, the request has ${had}${without}`,
  }
}

/** What is wrong with the caller's own statements about the action: they may be why it was denied. */
function hintsOf(caller: Caller, action: string): string[] {
  const whose: Whose = caller.kind === 'role' || caller.kind === 'user' ? caller.kind : undefined
  const vendor = action.split(':')[0]?.toLowerCase() ?? ''
  return (caller.identityPolicies ?? []).flatMap(({ id, text }) => {
    const policy = compiled(text, 'identity')
    const about = (index: number) =>
      policy.statements[index]?.actions.written.some((one) => one === '*' || one.toLowerCase().startsWith(`${vendor}:`))
    return hintsFor(policy, whose)
      .filter(({ statement }) => about(statement))
      .map(({ sentence }) => `${id}: ${sentence}`)
  })
}

/** The denials of a request that are still kept, in the order in which they came. */
export const denialsOf = async (world: Pick<World, 'db' | 'settings' | 'now'>, requestId: string): Promise<Denial[]> =>
  (await readDenials(world.db, world.settings.account, keyOf(requestId), world.now())).map(
    (trace) => JSON.parse(trace) as Denial,
  )
