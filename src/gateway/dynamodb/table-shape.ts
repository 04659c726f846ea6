/** Which attributes are the partition keys of a table and of its indexes: what `dynamodb:LeadingKeys` is made of. */
import { AwsError } from '../../wire/errors.ts'
import type { UpstreamServer } from '../../world.ts'
import type { Asking } from '../forward/asking.ts'
import { pass, readAnswer } from '../forward/pass.ts'
import type { Incoming } from '../forward/pools.ts'
import { askEngine, hasTables } from './engine.ts'

export type TableShape = {
  /** Usually one; indexes may have up to four. */
  readonly partition: readonly string[]
  readonly indexes: ReadonlyMap<string, readonly string[]>
}

/** Asks the server behind a table, or the embedded one. */
export async function askTables(
  { world, region }: Asking,
  server: UpstreamServer | undefined,
  operation: string,
  input: object,
  target = 'DynamoDB_20120810',
): Promise<Incoming> {
  if (!server) return askEngine(world, region, operation, input)
  return pass(
    world,
    { server, service: 'dynamodb', region },
    {
      ...{ method: 'POST', path: '/' },
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `${target}.${operation}` },
      body: Buffer.from(JSON.stringify(input)),
    },
  )
}

/**
 * The shape of a table as it is now, undefined where there is no such table: nothing is remembered, for a table that was
 * made again with other keys would be judged by those that it had. Refuses while the server behind it does not tell.
 */
export async function shapeOf(
  asking: Asking,
  server: UpstreamServer | undefined,
  TableName: string,
): Promise<TableShape | undefined> {
  if (!server && !hasTables(asking.world, asking.region)) return undefined
  const incoming = await askTables(asking, server, 'DescribeTable', { TableName })
  const text = (await readAnswer(incoming, 1024 * 1024).catch(() => Buffer.alloc(0))).toString()
  if (incoming.statusCode === 400 && /#?ResourceNotFoundException"/.test(text)) return undefined
  if (incoming.statusCode !== 200) throw unknown(`${incoming.statusCode} ${text.slice(0, 500)}`)
  try {
    return readShape((JSON.parse(text) as { Table: Described }).Table)
  } catch {
    throw unknown(`nonsense: ${text.slice(0, 500)}`)
  }
}

const unknown = (detail: string) =>
  new AwsError('ServiceUnavailable', 'The server behind this table does not tell its keys.', { status: 503, detail })

type KeySchema = readonly { readonly AttributeName: string; readonly KeyType: string }[]
type Index = { readonly IndexName: string; readonly KeySchema: KeySchema }
type Described = {
  readonly KeySchema: KeySchema
  readonly GlobalSecondaryIndexes?: readonly Index[]
  readonly LocalSecondaryIndexes?: readonly Index[]
}

function readShape({ KeySchema, GlobalSecondaryIndexes = [], LocalSecondaryIndexes = [] }: Described): TableShape {
  const partition = partitionOf(KeySchema)
  if (partition.length === 0) throw new Error('no partition key')
  const indexes = [...GlobalSecondaryIndexes, ...LocalSecondaryIndexes]
  return { partition, indexes: new Map(indexes.map((one) => [one.IndexName, partitionOf(one.KeySchema)])) }
}

const partitionOf = (schema: KeySchema) =>
  schema.filter(({ KeyType }) => KeyType === 'HASH').map(({ AttributeName }) => AttributeName)
