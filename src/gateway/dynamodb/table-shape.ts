/** Which attributes are the partition keys of a table and of its indexes: what `dynamodb:LeadingKeys` is made of. */
import { AwsError } from '../../wire/errors.ts'
import type { UpstreamServer, World } from '../../world.ts'
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

type Known = { readonly shape: TableShape; readonly until: number }
const knownOf = new WeakMap<World['db'], Map<string, Known>>()
const keptMs = 30_000
const mostKept = 1_000

const nameOf = ({ region }: Asking, server: UpstreamServer | undefined, table: string) =>
  JSON.stringify([server?.endpoint, server?.region ?? region, table])

/** A table that is made, changed or removed through us is looked up anew. */
export const forgetShape = (asking: Asking, server: UpstreamServer | undefined, table: string): void =>
  void knownOf.get(asking.world.db)?.delete(nameOf(asking, server, table))

/** The shape of a table, undefined where there is no such table. Refuses while the server behind it does not tell. */
export async function shapeOf(
  asking: Asking,
  server: UpstreamServer | undefined,
  table: string,
): Promise<TableShape | undefined> {
  const { world } = asking
  const kept = knownOf.get(world.db) ?? new Map<string, Known>()
  knownOf.set(world.db, kept)
  const name = nameOf(asking, server, table)
  const known = kept.get(name)
  if (known && known.until > world.now()) return known.shape
  if (!server && !hasTables(world, asking.region)) return undefined
  const shape = await describe(asking, server, table)
  if (!shape) return undefined
  if (kept.size >= mostKept) kept.clear()
  kept.set(name, { shape, until: world.now() + keptMs })
  return shape
}

const unknown = (detail: string) =>
  new AwsError('ServiceUnavailable', 'The server behind this table does not tell its keys.', { status: 503, detail })

async function describe(
  asking: Asking,
  server: UpstreamServer | undefined,
  TableName: string,
): Promise<TableShape | undefined> {
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
