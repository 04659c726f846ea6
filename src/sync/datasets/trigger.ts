/**
 * The Sync trigger: the pool's function sees what an identity is about to write, and may change it. AWS: Developer Guide,
 * "Amazon Cognito Events".
 */
import { isDeepStrictEqual } from 'node:util'
import { fail } from '../../wire/errors.ts'
import type { Context } from '../../wire/operation.ts'
import type { SyncRecord, Target } from '../dataset.ts'
import type { Patch } from './patches.ts'

/** AWS: "must respond within 5 seconds". */
const timeoutMs = 5_000
const longestKey = 1024
const longestValue = 1_048_575

type Shown = { oldValue?: string; newValue?: string | null; op: string }
type Event = {
  version: 2
  eventType: 'SyncTrigger'
  region: string
  identityPoolId: string
  identityId: string
  datasetName: string
  datasetRecords: Record<string, Shown>
}

const refuse = (sentence: string): never => fail('InvalidLambdaFunctionOutputException', sentence)

/** The patches as the function wants them. Refuses, and writes nothing, when it fails or answers something else. */
export async function askTrigger(
  context: Context,
  arn: string,
  target: Target,
  patches: readonly Patch[],
  current: ReadonlyMap<string, SyncRecord>,
): Promise<Patch[]> {
  const event = eventOf(target, patches, current)
  const result = await context.world.invoke(arn, JSON.stringify(event), { timeoutMs, requestId: context.requestId })
  if (result.outcome === 'throttled') fail('LambdaThrottledException', 'The Lambda function was throttled.')
  // unproved: the sentences. AWS names a LambdaSocketTimeoutException that its API does not declare.
  if (result.outcome === 'timed-out') return refuse('The Lambda function did not respond in 5 seconds.')
  if (result.outcome === 'failed') return refuse(`The Lambda function failed with error ${result.message}.`)
  if (result.outcome === 'unavailable') {
    context.world.log.warn({ function: arn, reason: result.reason, detail: result.detail }, 'sync trigger')
    return refuse('The Lambda function could not be invoked.')
  }
  return readAnswer(event, parse(result.payload), patches, current)
}

/** unproved: the `op` of records that are not being written. */
function eventOf(target: Target, patches: readonly Patch[], current: ReadonlyMap<string, SyncRecord>): Event {
  const records: [string, Shown][] = [...current.values()].flatMap(({ key, value }) =>
    value === undefined ? [] : [[key, { oldValue: value, newValue: value, op: 'none' }]],
  )
  const shown = new Map(records)
  for (const { key, value } of patches) {
    const { oldValue } = shown.get(key) ?? {}
    shown.set(key, {
      ...(oldValue !== undefined && { oldValue }),
      ...(value === undefined ? { op: 'remove' } : { newValue: value, op: 'replace' }),
    })
  }
  return {
    version: 2,
    eventType: 'SyncTrigger',
    region: target.pool.region,
    identityPoolId: target.pool.id,
    identityId: target.identity.id,
    datasetName: target.name,
    datasetRecords: Object.fromEntries(shown),
  }
}

function parse(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch {
    return refuse('The Lambda function did not answer JSON.')
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Records are its own to change; all else it must give back as it came. What it leaves out is not written. */
function readAnswer(
  event: Event,
  answer: unknown,
  patches: readonly Patch[],
  current: ReadonlyMap<string, SyncRecord>,
): Patch[] {
  if (!isObject(answer) || !isObject(answer['datasetRecords']))
    return refuse('The Lambda function did not answer the event.')
  const { datasetRecords, ...rest } = answer
  const { datasetRecords: _, ...sent } = event
  if (!isDeepStrictEqual(rest, sent)) refuse('The Lambda function changed fields that are read-only.')
  const given = new Map(patches.map((patch) => [patch.key, patch]))
  return Object.entries(datasetRecords).flatMap(([key, shown]) => {
    if (!isObject(shown)) return refuse(`The Lambda function answered no record for ${key}.`)
    const { op, newValue } = shown
    const patch = given.get(key)
    const stored = current.get(key)
    const removes = op === 'remove' || newValue === null
    if (!removes && op !== 'replace') return []
    if (
      !removes &&
      (typeof newValue !== 'string' || newValue.length > longestValue || key.length > longestKey || key === '')
    )
      return refuse(`The Lambda function answered an invalid record for ${key}.`)
    const value = removes ? undefined : (newValue as string)
    // Nothing was asked, and nothing is changed.
    if (!patch && value === stored?.value) return []
    return [
      {
        key,
        value,
        syncCount: patch?.syncCount ?? stored?.syncCount ?? 0,
        deviceModifiedAt: patch?.deviceModifiedAt,
      },
    ]
  })
}
