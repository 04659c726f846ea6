/** Lambda's answers for functions that run here: to wait for, to be told of, or only to be allowed. */
import type { Caller } from '../../wire/caller.ts'
import { fail } from '../../wire/errors.ts'
import type { Answer } from '../../wire/http.ts'
import type { InvokeCall, InvokeResult } from '../../world.ts'
import type { Asking } from '../forward/asking.ts'
import { keepEvent } from './events.ts'
import type { Named } from './names.ts'

const longestMs = 60_000
const mostTailBytes = 4 * 1024
/** AWS: "Lambda quotas", base64 in a header. */
const mostContext = 3583
/** AWS: "Lambda quotas", invocation payload, asynchronous: a megabyte since 2025. */
const mostEventBytes = 1024 * 1024

function parse(body: Buffer): string {
  const text = body.length === 0 ? '{}' : body.toString('utf8')
  try {
    JSON.parse(text)
    return text
  } catch (error) {
    return fail(
      'InvalidRequestContentException',
      `Could not parse request body into json: ${(error as Error).message}`,
      {
        status: 400,
      },
    )
  }
}

/** Filled for callers with credentials of an identity pool. AWS: Developer Guide, "context object", identity. */
function identityOf({ context }: Caller): InvokeCall['identity'] {
  const id = context['cognito-identity.amazonaws.com:sub']
  const pool = context['cognito-identity.amazonaws.com:aud']
  return typeof id === 'string' && typeof pool === 'string'
    ? { cognitoIdentityId: id, cognitoIdentityPoolId: pool }
    : undefined
}

function readClientContext(header: string | undefined): unknown {
  if (header === undefined) return undefined
  try {
    if (header.length > mostContext) throw new Error('too long')
    return JSON.parse(Buffer.from(header, 'base64').toString('utf8'))
  } catch {
    return fail('InvalidRequestContentException', 'Client context must be a valid Base64-encoded JSON object.', {
      status: 400,
    })
  }
}

export const tooLarge = (most: number): string =>
  `Request must be smaller than ${most} bytes for the InvokeFunction operation`

const types = ['RequestResponse', 'Event', 'DryRun']

const refuseAbsent = (arn: string, detail?: string): never =>
  fail('ResourceNotFoundException', `Function not found: ${arn}`, { status: 404, ...(detail && { detail }) })

/** One invocation of a local function. Refuses as Lambda does; what a function throws is an answer. */
export async function run(asking: Asking, named: Named): Promise<Answer> {
  const { world, call, caller, body } = asking
  const type = call.headers['x-amz-invocation-type'] ?? 'RequestResponse'
  if (!types.includes(type))
    fail('InvalidParameterValueException', `Invalid invocation type: ${type.slice(0, 80)}`, { status: 400 })
  if (type !== 'RequestResponse' && !world.hasFunction(named.arn)) return refuseAbsent(named.arn)
  if (type === 'DryRun') return { status: 204, headers: {} }
  if (type === 'Event' && body.length > mostEventBytes)
    fail('RequestTooLargeException', tooLarge(mostEventBytes), { status: 413 })
  const event = parse(body)
  const clientContext = readClientContext(call.headers['x-amz-client-context'])
  const identity = identityOf(caller)
  const context = { ...(clientContext !== undefined && { clientContext }), ...(identity && { identity }) }
  if (type === 'Event') {
    await keepEvent(world, call.id, named.arn, { payload: event, ...context })
    return { status: 202, headers: {} }
  }
  const result = await world.invoke(named.arn, event, { timeoutMs: longestMs, requestId: call.id, ...context })
  // What the function printed last is read in the turn after its answer.
  await new Promise((resolve) => setImmediate(resolve))
  const tail = call.headers['x-amz-log-type'] === 'Tail' && 'log' in result ? result.log?.() : undefined
  const { status, headers = {}, body: payload } = answerOf(named, call.id, result)
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'x-amz-executed-version': named.qualifier ?? '$LATEST',
      ...(tail !== undefined && { 'x-amz-log-result': Buffer.from(tail).subarray(-mostTailBytes).toString('base64') }),
      ...headers,
    },
    body: payload,
  }
}

type Said = { readonly status: number; readonly headers?: Record<string, string>; readonly body: string }

const unhandled = (errorMessage: string, errorType: string): Said => ({
  status: 200,
  headers: { 'x-amz-function-error': 'Unhandled' },
  body: JSON.stringify({ errorType, errorMessage, trace: [] }),
})

function answerOf({ arn }: Named, requestId: string, result: InvokeResult): Said {
  if (result.outcome === 'answered') return { status: 200, body: result.payload }
  if (result.outcome === 'failed') {
    return unhandled(result.message, /Runtime exited/.test(result.message) ? 'Runtime.ExitError' : 'Error')
  }
  if (result.outcome === 'timed-out') {
    return unhandled(
      `RequestId: ${requestId} Error: Task timed out after ${(longestMs / 1000).toFixed(2)} seconds`,
      'Sandbox.Timedout',
    )
  }
  if (result.outcome === 'throttled') return fail('TooManyRequestsException', 'Rate Exceeded.', { status: 429 })
  if (result.reason === 'ResourceNotFoundException') return refuseAbsent(arn, result.detail)
  return fail('ServiceException', 'The function could not be asked.', { status: 502, detail: result.detail })
}
