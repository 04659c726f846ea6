/** A service of AWS's JSON protocol in the gateway: proved, planned, permitted, passed on or served here, refused in its own form. */
import { crc32 } from 'node:zlib'
import type { Wanted } from '../../iam/authorize.ts'
import { AwsError, denialHeaders, fail } from '../../wire/errors.ts'
import type { Answer, Call } from '../../wire/http.ts'
import type { ResourceService, UpstreamServer, World } from '../../world.ts'
import { type Asking, type Denying, isOnePlace, permit, readAsking } from './asking.ts'
import { pass, passAnswer, readAnswer } from './pass.ts'

export type Input = Readonly<Record<string, unknown>>

export type Plan = {
  /** Every permission that the request needs. */
  readonly wanted: readonly Wanted[]
  readonly server: UpstreamServer | undefined
  /** What is sent on: what was understood, printed anew, so that nobody reads anything else in it. */
  readonly input: Input
  /** What is wrong with the request, told only to those who may make it. */
  readonly refusal?: AwsError
  /** Of a successful answer; without it answers pass as they are. */
  readonly rewrite?: (output: Record<string, unknown>) => Record<string, unknown>
}

export type JsonService = {
  readonly service: ResourceService
  readonly contentType: 'application/x-amz-json-1.0' | 'application/x-amz-json-1.1'
  readonly mostBytes: number
  readonly denying: Denying
  /** Members that plans read. Servers in Go read them in any case: nobody may write them otherwise than AWS does. */
  readonly decisive?: readonly string[]
  /** `__type` of a refusal of ours. */
  typeOf(code: string): string
  /** Further headers of a refusal. */
  headersOf?(error: AwsError): Readonly<Record<string, string>>
  plan(asking: Asking, operation: string, input: Input): Plan | Promise<Plan>
  /** Where no server is set. */
  serve?(asking: Asking, operation: string, input: Input): Promise<Answer>
}

const mostAnswerBytes = 32 * 1024 * 1024

export async function answerJsonService(
  service: JsonService,
  world: World,
  call: Call,
  note: (operation: string) => void,
): Promise<Answer> {
  // All that follows the version: servers that look behind the last dot must not find another operation there.
  const operation = /\.(.*)$/s.exec(call.headers['x-amz-target'] ?? '')?.[1] ?? ''
  note(`${service.service}:${operation.slice(0, 80)}`)
  try {
    const asking = await readAsking(world, call, { ...service, style: 'json' })
    const plan = await service.plan(asking, operation, parse(service, call, asking.body))
    // What is served here is kept apart by region.
    await permit(asking, plan.wanted, service.denying, plan.server !== undefined && isOnePlace(plan.server))
    if (plan.refusal) throw plan.refusal
    return readable(await carryOut(service, asking, operation, plan))
  } catch (error) {
    if (error instanceof AwsError) return refuseJsonService(service, call, error, world.settings.dev)
    throw error
  }
}

function parse({ decisive = [] }: JsonService, { headers }: Call, body: Buffer): Input {
  if ((headers['content-type'] ?? '').includes('cbor')) {
    fail('UnsupportedMediaType', 'This endpoint speaks JSON only. Turn CBOR off in the SDK (AWS_CBOR_DISABLE=1).', {
      status: 415,
    })
  }
  if (isDeep(body)) fail('SerializationException', 'The request body is nested too deeply.')
  let read: unknown
  try {
    read = JSON.parse(body.length === 0 ? '{}' : body.toString('utf8'))
  } catch {
    fail('SerializationException', 'The request body is not valid JSON.')
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read))
    return fail('SerializationException', 'Start of structure or map found where not expected.')
  const known = new Set(decisive.map((name) => name.toLowerCase()))
  const names = Object.keys(read).filter((name) => known.has(name.toLowerCase()))
  const odd = names.find((name) => !decisive.includes(name))
  if (odd !== undefined) fail('SerializationException', `The member ${odd.slice(0, 80)} is spelled wrong.`)
  if (new Set(names.map((name) => name.toLowerCase())).size < names.length)
    fail('SerializationException', 'Of members whose names differ in case only, one may be given.')
  return read as Input
}

/** DynamoDB's thirty-two levels are two of JSON each; what is deeper could be read and not be printed again. */
const deepest = 100
const [quote, backslash] = [0x22, 0x5c]
const opening: ReadonlySet<number> = new Set(Buffer.from('[{'))
const closing: ReadonlySet<number> = new Set(Buffer.from(']}'))

function isDeep(body: Buffer): boolean {
  let depth = 0
  let inText = false
  for (let at = 0; at < body.length; at++) {
    const byte = body[at]!
    if (inText && byte === backslash) at++
    else if (byte === quote) inText = !inText
    else if (!inText && opening.has(byte) && ++depth > deepest) return true
    else if (!inText && closing.has(byte)) depth--
  }
  return false
}

async function carryOut(service: JsonService, asking: Asking, operation: string, plan: Plan): Promise<Answer> {
  const { server, input, rewrite } = plan
  const { world, call, region } = asking
  if (!server) {
    if (service.serve) return rewritten(await service.serve(asking, operation, input), rewrite)
    return notSetUp(service.service)
  }
  const incoming = await pass(
    world,
    { server, service: service.service, region },
    {
      method: 'POST',
      path: '/',
      headers: { 'content-type': service.contentType, 'x-amz-target': call.headers['x-amz-target'] ?? '' },
      body: Buffer.from(JSON.stringify(input)),
      whenGone: call.whenGone,
    },
  )
  if (!rewrite || incoming.statusCode !== 200) return passAnswer(incoming, 'POST')
  const { headers, status } = passAnswer({ ...incoming }, 'POST')
  return rewritten({ status, headers, body: await whole(readAnswer(incoming, mostAnswerBytes)) }, rewrite)
}

export const notSetUp = (service: ResourceService): never =>
  fail('NotImplemented', `No server is set up for this resource of ${service}. See --upstreams.`, { status: 501 })

/** An answer that breaks off where it has to be read whole is no answer. */
export const whole = (reading: Promise<Buffer>): Promise<Buffer> =>
  reading.catch((error) => {
    throw new AwsError('ServiceUnavailable', 'The server behind this resource broke off its answer.', {
      status: 503,
      detail: String(error),
    })
  })

async function rewritten(answer: Answer, rewrite: Plan['rewrite']): Promise<Answer> {
  if (!rewrite || answer.status !== 200) return answer
  const { body } = answer
  const bytes = body instanceof Uint8Array || typeof body === 'string' ? Buffer.from(body as Uint8Array) : undefined
  const told = bytes ?? Buffer.concat(await Array.fromAsync(body as AsyncIterable<Buffer>))
  // An operation without output may be answered with nothing, as ElasticMQ does.
  if (told.length === 0) return { ...answer, body: told }
  let read: unknown
  try {
    read = JSON.parse(told.toString())
  } catch (error) {
    throw new AwsError('ServiceUnavailable', 'The server behind this resource answered nonsense.', {
      status: 502,
      detail: String(error),
    })
  }
  const text = JSON.stringify(rewrite((read ?? {}) as Record<string, unknown>))
  const { 'content-length': _, 'content-encoding': __, ...headers } = answer.headers
  return {
    ...answer,
    headers: { ...headers, ...('x-amz-crc32' in headers && { 'x-amz-crc32': String(crc32(text)) }) },
    body: text,
  }
}

const exposed = 'x-amzn-RequestId,x-amzn-ErrorType,x-amz-request-id,x-amz-id-2,x-amzn-ErrorMessage,Date'

/** Browsers may read every answer, as at AWS. */
const readable = (answer: Answer): Answer => ({
  ...answer,
  headers: {
    ...answer.headers,
    'access-control-allow-origin': '*',
    'access-control-expose-headers': exposed,
  },
})

export function refuseJsonService(service: JsonService, call: Call, error: AwsError, explained = false): Answer {
  const denied = error.code === service.denying.code
  const text = JSON.stringify({
    __type: service.typeOf(error.code),
    ...error.extra,
    // resource-based refusals of DynamoDB spell it with a capital letter; SDKs read both.
    [denied ? 'Message' : 'message']: error.message,
  })
  return readable({
    status: error.status ?? 400,
    headers: {
      'content-type': service.contentType,
      'x-amzn-requestid': call.id,
      'x-amz-crc32': String(crc32(text)),
      ...service.headersOf?.(error),
      ...denialHeaders(error, explained),
    },
    body: text,
  })
}
