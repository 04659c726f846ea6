/** The services that credentials open besides S3: which call is meant for which, and their end. */
import type { AwsError } from '../wire/errors.ts'
import type { Answer, Call } from '../wire/http.ts'
import type { World } from '../world.ts'
import { answerDynamoDb, closeEngines, isDynamoDbCall, isInstalled, refuseDynamoDb } from './dynamodb.ts'
import { answerApi, isApiCall, refuseApi } from './execute-api.ts'
import { closePools } from './forward/pools.ts'
import { answerKinesis, isKinesisCall, refuseKinesis } from './kinesis.ts'
import { answerLambda, isLambdaCall, refuseLambda } from './lambda.ts'
import { answerSns, isSnsCall, refuseSns } from './sns.ts'
import { answerSqs, isSqsCall, refuseSqs } from './sqs.ts'

type Note = (operation: string) => void
type Resource = {
  claims(call: Call): boolean
  answer(world: World, call: Call, note: Note): Promise<Answer>
  /** A refusal in the form of the service. */
  refuse(call: Call, error: AwsError): Answer
}

const resources: readonly Resource[] = [
  { claims: isApiCall, answer: answerApi, refuse: refuseApi },
  { claims: isLambdaCall, answer: answerLambda, refuse: refuseLambda },
  { claims: isDynamoDbCall, answer: answerDynamoDb, refuse: refuseDynamoDb },
  { claims: isSqsCall, answer: answerSqs, refuse: refuseSqs },
  { claims: isSnsCall, answer: answerSns, refuse: refuseSns },
  { claims: isKinesisCall, answer: answerKinesis, refuse: refuseKinesis },
]

const resourceOf = (call: Call) => resources.find(({ claims }) => claims(call)) as Resource

export const isResourceCall = (call: Call): boolean => resources.some(({ claims }) => claims(call))

export const answerResource = (world: World, call: Call, note: Note): Promise<Answer> =>
  resourceOf(call).answer(world, call, note)

/** What went wrong without being refused, in the form of the service that was asked. */
export const refuseResource = (call: Call, error: AwsError): Answer => resourceOf(call).refuse(call, error)

/** What nodes on one database have to know of the stores that are not in it; empty where servers behind keep everything. */
export function embeddedStores({ upstreams, dataFolder }: World['settings']): string[] {
  const everything = (rows: World['settings']['upstreams'][keyof World['settings']['upstreams']]) =>
    rows?.some(({ match }) => match === '*') === true
  return [
    ...(everything(upstreams.s3)
      ? []
      : [
          `S3 keeps large objects in ${dataFolder}: nodes must share that folder, or give buckets to a server (--upstreams).`,
        ]),
    ...(everything(upstreams.dynamodb) || !isInstalled()
      ? []
      : ['The embedded DynamoDB serves one node only: for several, give tables to a server (--upstreams).']),
  ]
}

/** Ends what the gateway keeps open. */
export async function closeGateway(world: Pick<World, 'db'>): Promise<void> {
  await closePools(world)
  await closeEngines(world)
}
