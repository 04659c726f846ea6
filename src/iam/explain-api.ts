/**
 * `POST /poolhouse/explain` with `{"RequestId": "…"}`, signed for the service `iam`: why a request was denied.
 *
 * The answer quotes policies, so only root and whoever is allowed `poolhouse:Explain` may ask.
 */
import { lazyBody } from '../wire/body.ts'
import { fail } from '../wire/errors.ts'
import type { Answer, Call } from '../wire/http.ts'
import { answerOwn } from '../wire/own-api.ts'
import type { Authenticate } from '../wire/service.ts'
import type { World } from '../world.ts'
import { decide } from './authorize.ts'
import { denialsOf } from './denials.ts'

const path = '/poolhouse/explain'
const action = 'poolhouse:Explain'
const longest = 1024

export const isExplainCall = (call: Call): boolean => call.path === path && call.method === 'POST'

export const answerExplain = (world: World, call: Call, authenticate: Authenticate): Promise<Answer> =>
  answerOwn(() => serve(world, call, authenticate))

async function serve(world: World, call: Call, authenticate: Authenticate): Promise<object> {
  const body = lazyBody(call, longest)
  const { caller, region } = await authenticate(call, body, 'iam', 'json')
  const facts = {
    ...{ requestId: call.id, address: call.address, secure: call.secure, region },
    userAgent: call.headers['user-agent'] ?? '',
  }
  const verdict = await decide(world, caller, facts, { action, resource: '*' })
  if (!verdict.allowed) {
    fail('AccessDeniedException', `User: ${caller.arn} is not authorized to perform: ${action}`, { status: 403 })
  }
  const requestId = readRequestId(await body())
  const denials = await denialsOf(world, requestId)
  if (denials.length === 0) {
    const sentence = `Nothing is known of a denial of the request ${requestId}. Denials are kept for a day, the newest only.`
    fail('NoSuchEntity', sentence, { status: 404 })
  }
  return { RequestId: requestId, Denials: denials }
}

function readRequestId(body: Buffer): string {
  try {
    const { RequestId } = JSON.parse(body.toString('utf8')) as { RequestId?: unknown }
    if (typeof RequestId === 'string' && /^[\w-]{1,64}$/.test(RequestId)) return RequestId
  } catch {
    // Refused below, like a body that is another JSON.
  }
  return fail('ValidationException', 'The body must be {"RequestId": "…"}.')
}
