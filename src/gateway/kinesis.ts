/** Kinesis in the gateway: streams of a server behind it. */
import type { AwsError } from '../wire/errors.ts'
import type { Answer, Call } from '../wire/http.ts'
import type { World } from '../world.ts'
import { answerJsonService, type JsonService, refuseJsonService } from './forward/json-service.ts'
import { plan } from './kinesis/plan.ts'

const kinesis: JsonService = {
  service: 'kinesis',
  contentType: 'application/x-amz-json-1.1',
  // AWS: "PutRecords", ten mebibytes, in base64.
  mostBytes: 16 * 1024 * 1024,
  denying: { code: 'AccessDeniedException', status: 400 },
  decisive: ['StreamName', 'StreamARN', 'ShardIterator', 'NextToken', 'Tags', 'TagKeys'],
  typeOf: (code) => code,
  plan,
}

export const isKinesisCall = ({ headers }: Call): boolean =>
  headers['x-amz-target']?.startsWith('Kinesis_20131202.') === true

export const refuseKinesis = (call: Call, error: AwsError): Answer => refuseJsonService(kinesis, call, error)

export const answerKinesis = (world: World, call: Call, note: (operation: string) => void): Promise<Answer> =>
  answerJsonService(kinesis, world, call, note)
