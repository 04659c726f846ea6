/** Routes that end in a function: the request becomes an event, the function's answer an answer. The function is found as those of triggers are. */
import { readBody } from '../../wire/body.ts'
import { AwsError } from '../../wire/errors.ts'
import type { Answer } from '../../wire/http.ts'
import type { World } from '../../world.ts'
import type { ApiRoute } from '../api-authorizers/authorized.ts'
import { eventOne } from '../api-authorizers/event-1.ts'
import { eventTwo } from '../api-authorizers/event-2.ts'
import { functionAnswer, type Payload } from '../api-authorizers/function-answer.ts'
import { mostBytes } from '../api-authorizers/iam.ts'
import { httpRefusal, restRefusal } from '../api-authorizers/refusals.ts'
import type { Visit } from './visit.ts'

export type FunctionEnd = { readonly arn: string; readonly payload: Payload; readonly timeoutMs: number }

export async function callFunction(
  world: World,
  visit: Visit,
  route: ApiRoute,
  { arn, payload, timeoutMs }: FunctionEnd,
): Promise<Answer> {
  const { call } = visit
  const body = await wholeBody(visit, payload)
  if (!Buffer.isBuffer(body)) return body
  const event = eventOf(world, visit, route, payload, body)
  const result = await world.invoke(arn, JSON.stringify(event), { timeoutMs, requestId: call.id })
  if (result.outcome !== 'answered') world.log.warn({ requestId: call.id, function: arn, ...result }, 'function failed')
  return functionAnswer(call, result, payload)
}

/** What earlier steps say of the user, a function finds where a server would. */
function eventOf(world: World, visit: Visit, route: ApiRoute, payload: Payload, body: Buffer): object {
  const { call, authorized } = visit
  const headers = { ...call.headers, ...visit.headers }
  const told = { ...call, headers, rawHeaders: withMore(call.rawHeaders, visit.headers) }
  const asked = { call: told, route, authorized, body, account: world.settings.account, now: world.now() }
  return payload === '1.0' ? eventOne(asked) : eventTwo(asked)
}

/** The event for a server, in the manner of aws-serverless-express: percent-encoded JSON, without the body. */
export const eventHeader = (world: World, visit: Visit, route: ApiRoute, payload: Payload): Record<string, string> => ({
  'x-apigateway-event': encodeURIComponent(JSON.stringify(eventOf(world, visit, route, payload, Buffer.alloc(0)))),
})

const withMore = (raw: readonly string[], more: Readonly<Record<string, string>>): readonly string[] => {
  const added = Object.entries(more).flat()
  return added.length > 0 ? [...raw, ...added] : raw
}

/** unproved: the words of HTTP APIs for a body beyond ten megabytes. REST APIs refuse it before they look at anything. */
async function wholeBody({ call, hasBody, authorized }: Visit, payload: Payload): Promise<Buffer | Answer> {
  if (authorized?.kind === 'iam') return authorized.body
  if (!hasBody) return Buffer.alloc(0)
  try {
    return await readBody(call, mostBytes)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const status = error.status ?? 400
    if (payload === '2.0') return httpRefusal(call, status, status === 413 ? 'Request Entity Too Large' : 'Bad Request')
    const headers = { 'content-type': 'text/plain' }
    return status === 413
      ? { status, headers, body: `HTTP content length exceeded ${mostBytes} bytes.` }
      : restRefusal(call, status, 'Bad Request', 'BadRequestException')
  }
}
