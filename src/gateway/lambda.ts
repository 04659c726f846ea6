/** Lambda's Invoke in the gateway: functions that run here, or behind. */

import { AwsError, encodedHeader, explainHeader } from '../wire/errors.ts'
import type { Answer, Call } from '../wire/http.ts'
import { signedService } from '../wire/signed-service.ts'
import { readQuery } from '../wire/sigv4-canonical.ts'
import type { World } from '../world.ts'
import { isOnePlace, permit, readAsking } from './forward/asking.ts'
import { pass, passAnswer } from './forward/pass.ts'
import { findUpstream } from './forward/upstreams.ts'
import { readFunction } from './lambda/names.ts'
import { run, tooLarge } from './lambda/run.ts'

export { startFunctionEvents } from './lambda/events.ts'

const invocations = /^\/2015-03-31\/functions\/([^/]{1,512})\/invocations\/?$/
/** AWS: "Lambda quotas", invocation payload; a little more, so that the refusal is Lambda's. */
const mostBytes = 6 * 1024 * 1024

export const isLambdaCall = (call: Call): boolean =>
  invocations.test(call.path) && (call.method === 'POST' || call.method === 'OPTIONS') && signedService(call) !== 's3'

/** unproved: which headers Lambda lets pages read; those that SDKs read. */
const readable = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers':
    'x-amzn-RequestId,x-amzn-ErrorType,x-amz-function-error,x-amz-executed-version,x-amz-log-result,Date',
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return ''
  }
}

const sent = ['content-type', 'x-amz-invocation-type', 'x-amz-log-type', 'x-amz-client-context'] as const

export async function answerLambda(world: World, call: Call, note: (operation: string) => void): Promise<Answer> {
  if (call.method === 'OPTIONS') {
    return {
      status: 200,
      headers: {
        ...readable,
        'access-control-allow-methods': 'POST, OPTIONS',
        'access-control-allow-headers': call.headers['access-control-request-headers'] ?? 'content-type',
        'access-control-max-age': '172800',
      },
    }
  }
  note('lambda:Invoke')
  try {
    const asking = await readAsking(world, call, { service: 'lambda', style: 'rest-json', mostBytes })
    const given = decode(invocations.exec(call.path)?.[1] ?? '')
    const asked = readQuery(call.query).find(([name]) => name === 'Qualifier')?.[1]
    const name = /(?:^(?!function:)|function:)([A-Za-z0-9_-]+)(?::[^:]*)?$/.exec(given)?.[1]
    const server = findUpstream(world.settings.upstreams, 'lambda', name ?? '')
    const named = readFunction(asking, given, asked, server?.account)
    const wanted = { action: 'lambda:InvokeFunction', resource: named.arn, resourceAccount: named.account }
    const onePlace = server === undefined || isOnePlace(server)
    await permit(asking, [wanted], { code: 'AccessDeniedException', status: 403 }, onePlace)
    if (!server) {
      const answer = await run(asking, named)
      return { ...answer, headers: { 'x-amzn-requestid': call.id, ...answer.headers, ...readable } }
    }
    const headers = Object.fromEntries(
      sent.flatMap((header) => (call.headers[header] === undefined ? [] : [[header, call.headers[header]]])),
    )
    const incoming = await pass(
      world,
      { server, service: 'lambda', region: asking.region },
      {
        ...{ method: 'POST', path: `/2015-03-31/functions/${named.name}/invocations`, headers, body: asking.body },
        query: named.qualifier === undefined ? '' : `Qualifier=${encodeURIComponent(named.qualifier)}`,
        whenGone: call.whenGone,
      },
    )
    const answer = passAnswer(incoming, 'POST')
    return { ...answer, headers: { ...answer.headers, ...readable } }
  } catch (error) {
    if (error instanceof AwsError) return refuseLambda(call, error, world.settings.dev)
    throw error
  }
}

export function refuseLambda(call: Call, error: AwsError, explained = false): Answer {
  const unread = error.code === 'RequestEntityTooLarge'
  const code = unread ? 'RequestTooLargeException' : error.code
  const denied = code === 'AccessDeniedException'
  const text = unread ? tooLarge(mostBytes) : error.message
  return {
    status: error.status ?? 400,
    headers: {
      ...{ 'content-type': 'application/json', 'x-amzn-requestid': call.id, 'x-amzn-errortype': code },
      ...encodedHeader(error),
      ...(explained && explainHeader(error)),
      ...readable,
    },
    body: JSON.stringify(denied ? { Message: text } : { Type: 'User', Message: text }),
  }
}
