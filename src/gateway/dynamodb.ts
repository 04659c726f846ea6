/** DynamoDB in the gateway: authorised to the item and the attribute, served by the embedded engine or by the server behind. */
import type { AwsError } from '../wire/errors.ts'
import type { Answer, Call } from '../wire/http.ts'
import type { World } from '../world.ts'
import { askEngine, hasTables } from './dynamodb/engine.ts'
import { plan } from './dynamodb/plan.ts'
import { planStreams } from './dynamodb/streams.ts'
import type { Asking } from './forward/asking.ts'
import { answerJsonService, type Input, type JsonService, refuseJsonService } from './forward/json-service.ts'
import { passAnswer } from './forward/pass.ts'

export { closeEngines, isInstalled } from './dynamodb/engine.ts'

/** Who refuses, by the code: the frame of AWS's services, its checks, or DynamoDB itself. */
const framework =
  /^(?:AccessDenied|MissingAuthenticationToken|IncompleteSignature|InvalidSignature|UnrecognizedClient|ExpiredToken|Serialization|UnknownOperation)/

const typeOf = (code: string): string => {
  if (framework.test(code)) return `com.amazon.coral.service#${code}`
  if (code === 'ValidationException') return `com.amazon.coral.validate#${code}`
  return `com.amazonaws.dynamodb.v20120810#${code}`
}

const tables: JsonService = {
  service: 'dynamodb',
  contentType: 'application/x-amz-json-1.0',
  mostBytes: 16 * 1024 * 1024,
  denying: { code: 'AccessDeniedException', status: 400 },
  typeOf,
  plan,
  serve,
}

/** Where no table was ever made there is nothing to ask, and nothing to start. */
async function serve({ world, region }: Asking, operation: string, input: Input): Promise<Answer> {
  const headers = { 'content-type': 'application/x-amz-json-1.0' }
  if (operation === 'ListTables' && !hasTables(world, region))
    return { status: 200, headers, body: '{"TableNames":[]}' }
  if (operation !== 'CreateTable' && !hasTables(world, region)) {
    const __type = typeOf('ResourceNotFoundException')
    return { status: 400, headers, body: JSON.stringify({ __type, message: 'Requested resource not found' }) }
  }
  return passAnswer(await askEngine(world, region, operation, input), 'POST')
}

const { serve: _, ...elsewhere } = tables
const streams: JsonService = { ...elsewhere, plan: planStreams }

const byTarget: Readonly<Record<string, JsonService>> = {
  DynamoDB_20120810: tables,
  DynamoDBStreams_20120810: streams,
}

const serviceFor = ({ headers }: Call) => {
  const target = (headers['x-amz-target'] ?? '').split('.')[0] ?? ''
  return Object.hasOwn(byTarget, target) ? byTarget[target] : undefined
}

export const isDynamoDbCall = (call: Call): boolean => serviceFor(call) !== undefined

export const refuseDynamoDb = (call: Call, error: AwsError): Answer => refuseJsonService(tables, call, error)

export const answerDynamoDb = (world: World, call: Call, note: (operation: string) => void): Promise<Answer> =>
  answerJsonService(serviceFor(call) ?? tables, world, call, note)
