/** The services that credentials open besides S3: which call is meant for which, and their end. */
import type { Answer, Call } from '../wire/http.ts'
import type { World } from '../world.ts'
import { answerDynamoDb, closeEngines, isDynamoDbCall } from './dynamodb.ts'
import { closePools } from './forward/pools.ts'

type Note = (operation: string) => void
type Resource = {
  claims(call: Call): boolean
  answer(world: World, call: Call, note: Note): Promise<Answer>
}

const resources: readonly Resource[] = [{ claims: isDynamoDbCall, answer: answerDynamoDb }]

export const isResourceCall = (call: Call): boolean => resources.some(({ claims }) => claims(call))

export const answerResource = (world: World, call: Call, note: Note): Promise<Answer> =>
  (resources.find(({ claims }) => claims(call)) as Resource).answer(world, call, note)

/** Ends what the gateway keeps open. */
export async function closeGateway(world: Pick<World, 'db'>): Promise<void> {
  await closePools(world)
  await closeEngines(world)
}
