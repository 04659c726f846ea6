/** SQS in the gateway: queues of a server behind it, in both of SQS's protocols. */
import type { AwsError } from '../wire/errors.ts'
import type { Answer, Call } from '../wire/http.ts'
import { signedService } from '../wire/signed-service.ts'
import type { World } from '../world.ts'
import { answerJsonService, refuseJsonService } from './forward/json-service.ts'
import { answerQueryService, refuseQueryService } from './forward/query-service.ts'
import { sqsJson } from './sqs/json.ts'
import { sqsQuery } from './sqs/query.ts'

const isJson = ({ headers }: Call) => headers['x-amz-target']?.startsWith('AmazonSQS.') === true

export const isSqsCall = (call: Call): boolean =>
  isJson(call) || (call.headers['x-amz-target'] === undefined && signedService(call) === 'sqs')

export const refuseSqs = (call: Call, error: AwsError): Answer =>
  isJson(call) ? refuseJsonService(sqsJson, call, error) : refuseQueryService(call, error)

export const answerSqs = (world: World, call: Call, note: (operation: string) => void): Promise<Answer> =>
  isJson(call) ? answerJsonService(sqsJson, world, call, note) : answerQueryService(sqsQuery, world, call, note)
