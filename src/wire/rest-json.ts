/**
 * REST-JSON 1: the operation in method and path, members in path, query, headers and a JSON body. Smithy, "AWS restJson1
 * protocol". A call finds its service by the credential scope of its signature.
 */
import type { World } from '../world.ts'
import { lazyBody, mostUnsigned } from './body.ts'
import { AwsError, denialHeaders } from './errors.ts'
import type { Answer, Call } from './http.ts'
import { type MemberRef, type Model, type OperationModel, shapeName, shapeOf, wireError } from './model.ts'
import { jsonLeaves, project } from './project.ts'
import { type Authenticate, answerOperation, findOperation, type Service } from './service.ts'
import { signedService } from './signed-service.ts'

/** Whether one of these services, by signing name, is meant. */
export const isRestCall = (services: ReadonlyMap<string, Service>, call: Call): boolean =>
  services.has(signedService(call) ?? '')

/** Answers one REST-JSON call; refusals become AWS's error bodies, anything else thrown passes to the caller of this. */
export async function answerRest(
  services: ReadonlyMap<string, Service>,
  call: Call,
  world: World,
  authenticate: Authenticate,
  note: (operation: string) => void,
): Promise<Answer> {
  const service = services.get(signedService(call) ?? '')
  try {
    if (!service) throw unknownOperation()
    const { model } = service
    const found = findRoute(model, call)
    if (!found) throw unknownOperation()
    const { name, labels } = found
    note(`${model.service}:${name}`)
    const operation = findOperation(service, name, unknownOperation)
    const body = lazyBody(call, operation.signed ? undefined : mostUnsigned)
    const described = model.operations[name] as OperationModel
    const parse = (given: Buffer) => readInput(model, described.input, labels, call, given)
    const output = await answerOperation(service, operation, { call, body, parse }, world, authenticate, 'rest-json')
    const { output: shape, http } = described
    const text = shape === undefined ? '' : JSON.stringify(project(model, shape, output ?? {}, jsonLeaves))
    return { status: http?.responseCode ?? 200, headers: headersFor(call), body: text }
  } catch (error) {
    if (error instanceof AwsError) return refuseRest(service, call, error, world.settings.dev)
    throw error
  }
}

const unknownOperation = () => new AwsError('UnknownOperationException', '', { status: 404 })

type Route = { readonly name: string; readonly method: string; readonly segments: readonly string[] }
const tables = new WeakMap<Model, readonly Route[]>()

function routesOf(model: Model): readonly Route[] {
  const table =
    tables.get(model) ??
    Object.entries(model.operations).flatMap(([name, { http }]) =>
      http ? [{ name, method: http.method, segments: http.requestUri.split('?')[0]?.split('/') ?? [] }] : [],
    )
  tables.set(model, table)
  return table
}

const isLabel = (segment: string) => segment.startsWith('{')

/**
 * The operation whose method and path these are, and its labels. A word of the path goes before a label in its place. A
 * signature says nothing of dot segments, which are gone from what it covers: with them a path would be another's.
 */
function findRoute(model: Model, call: Call): { name: string; labels: ReadonlyMap<string, string> } | undefined {
  const given = call.path.split('/')
  if (given.includes('.') || given.includes('..')) return undefined
  const fitting = routesOf(model).filter(
    ({ method, segments }) =>
      method === call.method &&
      segments.length === given.length &&
      segments.every((segment, at) => (isLabel(segment) ? given[at] !== '' : segment === given[at])),
  )
  const [route] = fitting.toSorted((a, b) => a.segments.filter(isLabel).length - b.segments.filter(isLabel).length)
  if (!route) return undefined
  const labels = route.segments.flatMap((segment, at) =>
    isLabel(segment) ? [[segment.slice(1, -1), decodeLabel(given[at] ?? '')] as const] : [],
  )
  return { name: route.name, labels: new Map(labels) }
}

function decodeLabel(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new AwsError('SerializationException', 'The path is not valid UTF-8.', { status: 400 })
  }
}

function readInput(
  model: Model,
  shape: string | undefined,
  labels: ReadonlyMap<string, string>,
  call: Call,
  body: Buffer,
): unknown {
  if (shape === undefined) return {}
  const given = parse(body)
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given
  const query = new URLSearchParams(call.query)
  const members = Object.entries(shapeOf(model, shape).members ?? {})
  const input: Record<string, unknown> = Object.create(null)
  for (const [member, ref] of members) {
    const value = locate(ref, {
      uri: (name) => labels.get(name),
      querystring: (name) => inQuery(model, ref, query.getAll(name)),
      header: (name) => call.headers[name.toLowerCase()],
      body: () => (Object.hasOwn(given, member) ? (given as Record<string, unknown>)[member] : undefined),
    })
    if (value !== undefined) input[member] = typed(model, ref, value)
  }
  return input
}

type Places = Record<'uri' | 'querystring' | 'header', (name: string) => unknown> & { body(): unknown }

/** A member comes from its own place and from no other: a body cannot replace what the path says. */
function locate(ref: MemberRef, places: Places): unknown {
  if (typeof ref === 'string' || ref.location === undefined || ref.location === 'headers') return places.body()
  const value = places[ref.location](ref.locationName ?? '')
  if (!ref.orBody) return value
  const other = places.body()
  // Two readers could choose differently.
  if (value !== undefined && other !== undefined && value !== other)
    throw new AwsError('ValidationException', `The query and the body disagree about ${ref.locationName}.`)
  return value ?? other
}

/** A list is a parameter that comes several times. Of any other the first value counts. */
function inQuery(model: Model, ref: MemberRef, values: readonly string[]): unknown {
  if (values.length === 0) return undefined
  return shapeOf(model, shapeName(ref)).type === 'list' ? values : values[0]
}

/** The text of a path, query or header as the type that its shape has; what cannot be read stays text, and is refused as such. */
function typed(model: Model, ref: MemberRef, value: unknown): unknown {
  if (typeof ref === 'string' || ref.location === undefined || typeof value !== 'string') return value
  const { type } = shapeOf(model, shapeName(ref))
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value
  const isNumber = type === 'integer' || type === 'long'
  return isNumber && /^-?\d{1,15}$/.test(value) ? Number(value) : value
}

function parse(body: Buffer): unknown {
  if (body.length === 0) return {}
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new AwsError('SerializationException', 'The request body is not valid JSON.', { status: 400 })
  }
}

const headersFor = (call: Call) => ({
  'content-type': 'application/json',
  'x-amzn-requestid': call.id,
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date',
})

/** `{"message"}` with the type in a header; the status is the error shape's, 400 where it has none. */
export function refuseRest(service: Service | undefined, call: Call, error: AwsError, explained = false): Answer {
  const { code, status } = service ? wireError(service.model, error.code) : { code: error.code, status: undefined }
  return {
    status: error.code === 'AccessDeniedException' ? 403 : (error.status ?? status ?? 400),
    headers: { ...headersFor(call), ...denialHeaders(error, explained), 'x-amzn-errortype': code },
    body: JSON.stringify({ ...error.extra, message: error.message }),
  }
}
