/**
 * Calling a trigger: the event AWS would send, the answer read strictly, and every failure a refusal in AWS's words.
 * AWS: Developer Guide, "Customizing user pool workflows with Lambda triggers", "Important considerations".
 */
import { setTimeout as pause } from 'node:timers/promises'
import { fail } from '../../wire/errors.ts'
import { requestIdNow } from '../../wire/request-id.ts'
import type { InvokeResult, World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { Misshapen, readMembers } from './shape.ts'
import { type RequestOf, type ResponseOf, type Row, type SourceOf, type Trigger, triggers } from './table.ts'

export type TriggerCall<T extends Trigger> = {
  readonly userName: string
  /** The app client; administrators' operations have none. */
  readonly clientId?: string | undefined
  readonly request: RequestOf<T>
}

/** What administrators' calls show as client, in events that were published. */
const noClient = 'CLIENT_ID_NOT_APPLICABLE'

/** Which function the pool has for a trigger. PreTokenGeneration's versions are one setting: see pre-token.ts. */
export function arnOf(pool: Pool, trigger: Trigger): string | undefined {
  const { config } = triggers[trigger]
  const { LambdaConfig: all } = pool.settings
  if (config === 'PreTokenGeneration') return all.PreTokenGenerationConfig?.LambdaArn ?? all.PreTokenGeneration
  const set = all[config]
  return typeof set === 'string' ? set : set?.LambdaArn
}

/**
 * Calls the pool's function for the trigger and answers what it said, or undefined where the pool has none. Refuses when
 * the function refuses, cannot be run, takes too long or answers nonsense: nothing goes on without its word.
 */
export async function callTrigger<T extends Trigger>(
  world: World,
  pool: Pool,
  trigger: T,
  source: SourceOf<T>,
  call: TriggerCall<T>,
): Promise<ResponseOf<T> | undefined> {
  const arn = arnOf(pool, trigger)
  if (arn === undefined) return undefined
  const { config } = triggers[trigger]
  const event = JSON.stringify(eventOf(pool, trigger, source, call))
  const result = await invoke(world, arn, event, requestIdNow() ?? ownId(world))
  return result.outcome === 'answered' ? readAnswer(trigger, result.payload) : refusals[result.outcome](config, result)
}

/** The event, member by member in AWS's order. */
export function eventOf<T extends Trigger>(pool: Pool, trigger: T, source: SourceOf<T>, call: TriggerCall<T>): object {
  const row: Row = triggers[trigger]
  return {
    version: row.version,
    triggerSource: source,
    region: pool.region,
    userPoolId: pool.id,
    userName: call.userName,
    callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: call.clientId ?? noClient },
    request: requestOf(row, call.request),
    response: row.skeleton,
  }
}

/** Of a call that no request waits for. */
const ownId = (world: World): string =>
  world
    .random(16)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')

function requestOf(row: Row, given: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.entries(row.request).flatMap(([name, presence]) => {
      const value = given[name]
      if (value !== undefined) return [[name, value]]
      return presence === 'omitted' ? [] : [[name, null]]
    }),
  )
}

const firstPauseMs = 50

/** Once more when there was no answer in time, or too many calls at a time; never when the function has spoken. */
async function invoke(world: World, arn: string, event: string, requestId: string): Promise<InvokeResult> {
  const { timeoutMs, attempts } = world.settings.triggers
  for (let attempt = 1; ; attempt++) {
    const result = await world.invoke(arn, event, { timeoutMs, requestId })
    const again = result.outcome === 'timed-out' || result.outcome === 'throttled'
    if (!again || attempt >= attempts) return result
    if (result.outcome === 'throttled') await pause(firstPauseMs * 2 ** attempt)
  }
}

const longestMessage = 8_192

type Failed = Exclude<InvokeResult, { outcome: 'answered' }>
type Refusals = { [O in Failed['outcome']]: (name: string, result: Failed) => never }

/** The sentences are those of reports; unproved: which error AWS names where a function is throttled. */
const refusals: Refusals = {
  failed: (name, result) => {
    const message = result.outcome === 'failed' ? result.message.slice(0, longestMessage) : ''
    return fail('UserLambdaValidationException', `${name} failed with error ${message}.`)
  },
  'timed-out': (name) =>
    fail(
      'UnexpectedLambdaException',
      `${name} invocation failed due to error Socket timeout while invoking Lambda function.`,
    ),
  throttled: (name) =>
    fail('UnexpectedLambdaException', `${name} invocation failed due to error TooManyRequestsException.`),
  unavailable: (name, result) => {
    const { reason = '', detail = '' } = result.outcome === 'unavailable' ? result : {}
    return fail('UnexpectedLambdaException', `${name} invocation failed due to error ${reason}.`, { detail })
  },
}

function readAnswer<T extends Trigger>(trigger: T, payload: string): ResponseOf<T> {
  try {
    const answer: unknown = parse(payload)
    const response = typeof answer === 'object' && answer !== null && 'response' in answer ? answer.response : undefined
    return readMembers(triggers[trigger].response, response, 'response') as ResponseOf<T>
  } catch (error) {
    if (!(error instanceof Misshapen)) throw error
    return fail('InvalidLambdaResponseException', 'Unrecognizable lambda output', { detail: error.message })
  }
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return fail('InvalidLambdaResponseException', 'Invalid lambda function output : Invalid JSON')
  }
}
