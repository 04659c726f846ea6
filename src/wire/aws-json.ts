/** AWS JSON 1.1: the operation in X-Amz-Target, a JSON object in and out. Smithy, "AWS JSON 1.1 protocol". */

import type { World } from '../world.ts'
import { lazyBody, mostUnsigned } from './body.ts'
import { AwsError, denialHeaders } from './errors.ts'
import type { Answer, Call } from './http.ts'
import { wireError } from './model.ts'
import { jsonLeaves, project } from './project.ts'
import { type Authenticate, answerOperation, findOperation, type Service } from './service.ts'

const contentType = 'application/x-amz-json-1.1'
const exposed = 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date'

export const isJsonCall = (call: Call): boolean => call.headers['x-amz-target'] !== undefined

const longestHeader = 4_096

const unknownOperation = () => new AwsError('UnknownOperationException', '')

/** Answers one AWS JSON call; refusals become AWS's error bodies, anything else thrown passes to the caller of this. */
export async function answerJson(
  services: ReadonlyMap<string, Service>,
  call: Call,
  world: World,
  authenticate: Authenticate,
  note: (operation: string) => void,
): Promise<Answer> {
  const target = call.headers['x-amz-target'] ?? ''
  const dot = target.indexOf('.')
  const service = services.get(target.slice(0, dot))
  try {
    if (!service) throw unknownOperation()
    const name = target.slice(dot + 1)
    note(`${service.model.service}:${name}`)
    const operation = findOperation(service, name, unknownOperation)
    const body = lazyBody(call, operation.signed ? undefined : mostUnsigned)
    const output = await answerOperation(service, operation, { call, body, parse }, world, authenticate, 'json')
    const shape = service.model.operations[name]?.output
    const text = shape === undefined ? '' : JSON.stringify(project(service.model, shape, output ?? {}, jsonLeaves))
    return { status: 200, headers: headersFor(call), body: text }
  } catch (error) {
    if (error instanceof AwsError) return refuse(service, call, error, world.settings.dev)
    throw error
  }
}

function parse(body: Buffer): unknown {
  if (body.length === 0) return {}
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new AwsError('SerializationException', 'The request body is not valid JSON.')
  }
}

const headersFor = (call: Call) => ({
  'content-type': contentType,
  'x-amzn-requestid': call.id,
  'access-control-allow-origin': '*',
  'access-control-expose-headers': exposed,
})

/** `{"__type", "message"}` with the two headers that browsers read; client errors are 400 unless the refusal says otherwise. */
export function refuse(service: Service | undefined, call: Call, error: AwsError, explained = false): Answer {
  const { code } = service ? wireError(service.model, error.code) : error
  const body: Record<string, unknown> = { __type: code, ...error.extra }
  if (error.message) body.message = error.message
  return {
    status: error.status ?? 400,
    headers: {
      ...headersFor(call),
      ...denialHeaders(error, explained),
      'x-amzn-errortype': `${code}:`,
      // A header holds one line of Latin-1, and not a long one; the body has the sentence whole.
      'x-amzn-errormessage': error.message
        .slice(0, longestHeader)
        .replace(/[^\x20-\x7e\xa1-\xff]/g, ' ')
        .trim(),
    },
    body: JSON.stringify(body),
  }
}
