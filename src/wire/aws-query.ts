/** AWS Query: form parameters in (`Tags.member.1.Key`), XML out. Smithy, "AWS Query protocol". Spoken by STS and IAM. */

import type { World } from '../world.ts'
import { mostUnsigned, readBody } from './body.ts'
import { AwsError, denialHeaders } from './errors.ts'
import { formText, readForm } from './form.ts'
import type { Answer, Call } from './http.ts'
import { type Model, type Shape, shapeName, shapeOf, wireError } from './model.ts'
import { project, xmlLeaves } from './project.ts'
import { type Authenticate, answerOperation, findOperation, type Service } from './service.ts'
import { signedService } from './signed-service.ts'
import { element, type XmlValue } from './xml.ts'

/** A form posted to the root, or a GET with an Action: presigned STS calls are made so. */
export const isQueryCall = (call: Call): boolean =>
  call.path === '/' &&
  (call.method === 'POST'
    ? (call.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded')
    : call.method === 'GET' && /(^|&)Action=/.test(call.query))

export async function answerQuery(
  services: ReadonlyMap<string, Service>,
  call: Call,
  world: World,
  authenticate: Authenticate,
  note: (operation: string) => void,
): Promise<Answer> {
  let service: Service | undefined
  try {
    // The operation stands in the body, so that it is read before anybody has proved to have sent it.
    const body = await readBody(call, signedService(call) === undefined ? mostUnsigned : undefined)
    const parameters = new Map(readForm(call.method === 'GET' ? call.query : formText(body)))
    const name = parameters.get('Action') ?? ''
    const version = parameters.get('Version') ?? ''
    service = services.get(version) ?? [...services.values()].find((one) => Object.hasOwn(one.model.operations, name))
    const unknown = () =>
      new AwsError('InvalidAction', `Could not find operation ${name} for version ${version || 'NO_VERSION_SPECIFIED'}`)
    if (!service) throw unknown()
    const { model } = service
    note(`${model.service}:${name}`)
    const operation = findOperation(service, name, unknown)
    const described = model.operations[name]
    const parse = () => readInput(model, described?.input, parameters)
    const sent = { call, body: () => Promise.resolve(body), parse }
    const output = await answerOperation(service, operation, sent, world, authenticate, 'query')
    const result =
      described?.output && described.resultWrapper
        ? element(
            described.resultWrapper,
            printShape(model, described.output, project(model, described.output, output ?? {}, xmlLeaves)),
          )
        : ''
    const metadata = element('ResponseMetadata', { RequestId: call.id })
    const text = `<${name}Response xmlns="${model.xmlNamespace}">${result}${metadata}</${name}Response>\n`
    return { status: 200, headers: headersFor(call), body: text }
  } catch (error) {
    if (error instanceof AwsError) return refuse(service, call, error, world.settings.dev)
    throw error
  }
}

const readInput = (model: Model, shape: string | undefined, parameters: ReadonlyMap<string, string>): unknown =>
  (shape && readShape(model, shape, new Parameters(parameters), '')) ?? {}

/** Deeper than any member lies. Of a name that is nothing but dots the prefixes together are the square of its length. */
const deepest = 16

/** Parameters with an index of their dotted prefixes, so that "is there anything below Tags.member.3" is one look-up. */
class Parameters {
  readonly #values: ReadonlyMap<string, string>
  readonly #prefixes = new Set<string>()

  constructor(values: ReadonlyMap<string, string>) {
    this.#values = values
    for (const name of values.keys()) {
      let end = -1
      for (let depth = 0; depth < deepest && end < name.length; depth++) {
        const dot = name.indexOf('.', end + 1)
        end = dot < 0 ? name.length : dot
        this.#prefixes.add(name.slice(0, end))
      }
    }
  }

  get = (name: string): string | undefined => this.#values.get(name)
  any = (prefix: string): boolean => prefix === '' || this.#prefixes.has(prefix)
}

const below = (prefix: string, name: string) => (prefix ? `${prefix}.${name}` : name)

/** The value of a shape as JSON would have carried it, or undefined where nothing was sent. */
function readShape(model: Model, name: string, parameters: Parameters, prefix: string): unknown {
  const shape = shapeOf(model, name)
  if (!parameters.any(prefix)) return undefined
  if (shape.type === 'structure')
    return Object.fromEntries(
      Object.entries(shape.members ?? {}).map(([member, ref]) => [
        member,
        readShape(model, shapeName(ref), parameters, below(prefix, member)),
      ]),
    )
  if (shape.type === 'list')
    return readItems(parameters, below(prefix, 'member'), (at) => readShape(model, shape.member ?? '', parameters, at))
  if (shape.type === 'map')
    return Object.fromEntries(
      readItems(parameters, below(prefix, 'entry'), (at) => [
        parameters.get(`${at}.key`) ?? '',
        readShape(model, shape.value ?? '', parameters, `${at}.value`),
      ]),
    )
  return readLeaf(shape, parameters.get(prefix))
}

function readItems<Item>(parameters: Parameters, prefix: string, read: (at: string) => Item): Item[] {
  const items: Item[] = []
  for (let index = 1; parameters.any(`${prefix}.${index}`); index++) items.push(read(`${prefix}.${index}`))
  return items
}

const leafReaders: Partial<Record<Shape['type'], (text: string) => unknown>> = {
  integer: readNumber,
  long: readNumber,
  float: readNumber,
  double: readNumber,
  boolean: (text) => (text === 'true' ? true : text === 'false' ? false : text),
}

function readNumber(text: string): unknown {
  return /^[+-]?\d+(\.\d+)?$/.test(text) ? Number(text) : text
}

const readLeaf = (shape: Shape, text: string | undefined) =>
  text === undefined ? undefined : (leafReaders[shape.type]?.(text) ?? text)

/** The projected tree with lists as `<member>` and maps as `<entry>`. */
function printShape(model: Model, name: string, value: unknown): XmlValue {
  const shape = shapeOf(model, name)
  if (shape.type === 'structure')
    return Object.fromEntries(
      Object.entries(value as Record<string, unknown>).map(([member, part]) => [
        member,
        printShape(model, shapeName(shape.members?.[member] ?? ''), part),
      ]),
    )
  if (shape.type === 'list')
    return { member: (value as unknown[]).map((item) => printShape(model, shape.member ?? '', item)) }
  if (shape.type === 'map')
    return {
      entry: Object.entries(value as Record<string, unknown>).map(([key, part]) => ({
        key,
        value: printShape(model, shape.value ?? '', part),
      })),
    }
  return value as XmlValue
}

const headersFor = (call: Call) => ({
  'content-type': 'text/xml',
  'x-amzn-requestid': call.id,
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'x-amzn-RequestId,Date',
})

/** AWS's error document; the status comes from the refusal, the model, or is 400. */
export function refuse(service: Service | undefined, call: Call, error: AwsError, explained = false): Answer {
  const known = service ? wireError(service.model, error.code) : { code: error.code, status: undefined }
  const status = error.status ?? known.status ?? 400
  // The interpreter is shared with the JSON services; Query has its own name for a value of the wrong type.
  const code = known.code === 'SerializationException' ? 'MalformedInput' : known.code
  const namespace = service?.model.xmlNamespace ?? 'https://sts.amazonaws.com/doc/2011-06-15/'
  const detail = element('Error', { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: error.message })
  return {
    status,
    headers: { ...headersFor(call), ...denialHeaders(error, explained) },
    body: `<ErrorResponse xmlns="${namespace}">${detail}${element('RequestId', call.id)}</ErrorResponse>\n`,
  }
}
