/** What a function's answer means to the caller. AWS: "Output format of a Lambda function for proxy integration", "Lambda function response for format 2.0". */
import type { Answer, Call } from '../../wire/http.ts'
import type { InvokeResult } from '../../world.ts'
import { httpRefusal, idHeaders, restRefusal } from './refusals.ts'

export type Payload = '1.0' | '2.0'

type Structured = {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly multiValueHeaders: Readonly<Record<string, unknown>>
  readonly cookies: readonly unknown[]
  readonly body: string
  readonly isBase64Encoded: boolean
}

/** They describe the connection, which is ours. RFC 9110 7.6.1. */
const ofTheConnection = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'upgrade',
  'trailer',
])

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isStatus = (value: unknown): value is number => {
  const status = typeof value === 'string' ? Number(value) : value
  return Number.isInteger(status) && (status as number) >= 200 && (status as number) <= 599
}

/** Undefined for what API Gateway calls malformed. */
function readAnswer(payload: string, version: Payload): Structured | undefined {
  let read: unknown
  try {
    read = JSON.parse(payload)
  } catch {
    return undefined
  }
  if (isObject(read) && 'statusCode' in read) return readStructured(read)
  // AWS: format 2.0 takes any JSON without a status as a body of its own.
  if (version === '1.0' || read === undefined) return undefined
  const body = typeof read === 'string' ? read : JSON.stringify(read)
  return { statusCode: 200, headers: {}, multiValueHeaders: {}, cookies: [], body, isBase64Encoded: false }
}

function readStructured(given: Record<string, unknown>): Structured | undefined {
  const { statusCode, headers, multiValueHeaders, cookies, body, isBase64Encoded } = given
  if (!isStatus(statusCode) || !(body === undefined || body === null || typeof body === 'string')) return undefined
  return {
    statusCode: Number(statusCode),
    headers: isObject(headers) ? headers : {},
    multiValueHeaders: isObject(multiValueHeaders) ? multiValueHeaders : {},
    cookies: Array.isArray(cookies) ? cookies : [],
    body: body ?? '',
    isBase64Encoded: isBase64Encoded === true,
  }
}

/** A name and a value that can stand in a head. RFC 9110 5.1, 5.5. */
const stands = (name: string, value: string) =>
  /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value)

/** Values of `multiValueHeaders` win over those of `headers`; Set-Cookie alone may stand more than once. */
function headersOf({ headers, multiValueHeaders, cookies }: Structured) {
  const values = new Map<string, string[]>()
  const put = (name: string, given: readonly unknown[]) => {
    const texts = given.filter((one) => one !== null && one !== undefined).map(String)
    const lower = name.toLowerCase()
    const standing = texts.filter((one) => stands(lower, one))
    if (standing.length > 0 && !ofTheConnection.has(lower)) values.set(lower, standing)
  }
  for (const [name, value] of Object.entries(headers)) put(name, [value])
  for (const [name, value] of Object.entries(multiValueHeaders)) put(name, [value].flat())
  const set = [...(values.get('set-cookie') ?? []), ...cookies.map(String)].filter((one) => stands('set-cookie', one))
  values.delete('set-cookie')
  return { headers: Object.fromEntries([...values].map(([name, all]) => [name, all.join(', ')])), cookies: set }
}

/** The answer to the caller, whatever became of the function. */
export function functionAnswer(call: Call, result: InvokeResult, payload: Payload): Answer {
  const failed = failures[payload]
  if (result.outcome !== 'answered') return failed[result.outcome](call)
  const read = readAnswer(result.payload, payload)
  if (!read) return failed.failed(call)
  const { headers, cookies } = headersOf(read)
  return {
    status: read.statusCode,
    headers: { 'content-type': 'application/json', ...idHeaders(call, payload), ...headers },
    cookies,
    body: read.isBase64Encoded ? Buffer.from(read.body, 'base64') : read.body,
  }
}

type Failures = Readonly<Record<Exclude<InvokeResult['outcome'], 'answered'>, (call: Call) => Answer>>

const rest = (status: number, message: string, type: string) => (call: Call) => restRefusal(call, status, message, type)
const http = (status: number, message: string) => (call: Call) => httpRefusal(call, status, message)

/** unproved: the rows of throttled and unavailable functions. */
const failures: Readonly<Record<Payload, Failures>> = {
  '1.0': {
    failed: rest(502, 'Internal server error', 'InternalServerErrorException'),
    'timed-out': rest(504, 'Endpoint request timed out', 'GatewayTimeoutException'),
    throttled: rest(502, 'Internal server error', 'InternalServerErrorException'),
    unavailable: rest(500, 'Internal server error', 'InternalServerErrorException'),
  },
  '2.0': {
    failed: http(500, 'Internal Server Error'),
    'timed-out': http(503, 'Service Unavailable'),
    throttled: http(503, 'Service Unavailable'),
    unavailable: http(500, 'Internal Server Error'),
  },
}
