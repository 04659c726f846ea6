/** The services that credentials open besides S3: which call is meant for which, and their end. */
import type { Answer, Call } from '../wire/http.ts'
import type { World } from '../world.ts'
import { answerDynamoDb, closeEngines, isDynamoDbCall, isInstalled } from './dynamodb.ts'
import { answerApi, isApiCall } from './execute-api.ts'
import { closePools } from './forward/pools.ts'
import { answerKinesis, isKinesisCall } from './kinesis.ts'
import { answerLambda, isLambdaCall } from './lambda.ts'
import { answerSns, isSnsCall } from './sns.ts'
import { answerSqs, isSqsCall } from './sqs.ts'

type Note = (operation: string) => void
type Resource = {
  claims(call: Call): boolean
  answer(world: World, call: Call, note: Note): Promise<Answer>
}

const resources: readonly Resource[] = [
  { claims: isApiCall, answer: answerApi },
  { claims: isLambdaCall, answer: answerLambda },
  { claims: isDynamoDbCall, answer: answerDynamoDb },
  { claims: isSqsCall, answer: answerSqs },
  { claims: isSnsCall, answer: answerSns },
  { claims: isKinesisCall, answer: answerKinesis },
]

export const isResourceCall = (call: Call): boolean => resources.some(({ claims }) => claims(call))

export const answerResource = (world: World, call: Call, note: Note): Promise<Answer> =>
  (resources.find(({ claims }) => claims(call)) as Resource).answer(world, call, note)

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
