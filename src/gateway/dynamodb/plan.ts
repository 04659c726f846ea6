/**
 * What a DynamoDB request needs to be allowed and where it goes: a row for each operation. Nothing without a row passes.
 * AWS: Service Authorization Reference, "Amazon DynamoDB"; Developer Guide, "Using IAM policy conditions for
 * fine-grained access control", "Using IAM with transactions".
 */
import type { Wanted } from '../../iam/authorize.ts'
import type { Keys } from '../../iam/request-context.ts'
import { AwsError, fail } from '../../wire/errors.ts'
import type { UpstreamServer } from '../../world.ts'
import { type Resource, readArn, readResource, serverArn } from '../forward/arns.ts'
import type { Asking } from '../forward/asking.ts'
import type { Input, Plan } from '../forward/json-service.ts'
import { tagKeys } from '../forward/tag-keys.ts'
import { findUpstream } from '../forward/upstreams.ts'
import { asksOfItems, asksOfRequests } from './asked-of-items.ts'
import { keysOfAttributes, keysOfItems, keysOfQuery, listIn, objectIn, textIn } from './item-keys.ts'
import { readStatement } from './partiql.ts'
import { shapeOf, type TableShape } from './table-shape.ts'

type Planner = (asking: Asking, operation: string, input: Input) => Promise<Plan>

const tableNames = {
  restOf: (name: string) => `table/${name}`,
  nameOf: (rest: string) => /^table\/([^/]+)/.exec(rest)?.[1],
}

const readTable = (asking: Asking, given: string): Resource => readResource(asking, 'dynamodb', given, tableNames)

function requiredTable(asking: Asking, part: Input): Resource {
  const given = textIn(part, 'TableName')
  if (given === undefined || given === '') {
    const text =
      "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: Member must not be null"
    return fail('ValidationException', text)
  }
  const table = readTable(asking, given)
  return /:table\/[^/]+$/.test(table.arn) ? table : fail('ValidationException', `Invalid table: ${given.slice(0, 200)}`)
}

const wantedOf = (action: string, { arn, account }: Resource, more: Keys = {}, index?: string): Wanted => ({
  action: `dynamodb:${action}`,
  resource: index === undefined ? arn : `${arn}/index/${index}`,
  resourceAccount: account,
  more,
})

/** The one server of all tables of a request. */
function serverOf(tables: readonly Resource[]): UpstreamServer | undefined {
  const [first, ...others] = tables
  if (others.some(({ server }) => server !== first?.server)) {
    fail('ValidationException', 'The tables of one request must be behind the same server.')
  }
  return first?.server
}

/** Told to whoever may ask, once they may. */
const noTable = () => new AwsError('ResourceNotFoundException', 'Requested resource not found')

type Part = {
  readonly table: Resource
  readonly action: string
  readonly keys: (shape: TableShape) => Keys
  readonly index?: string | undefined
}

/** The permissions of parts, each with the keys that its table's shape makes of it, where policies ask for any. */
async function planParts(asking: Asking, parts: readonly Part[], input: Input): Promise<Plan> {
  const server = serverOf(parts.map(({ table }) => table))
  if (!asksOfRequests(asking.caller)) {
    return { wanted: parts.map(({ table, action, index }) => wantedOf(action, table, {}, index)), server, input }
  }
  const shapes = new Map<string, TableShape | undefined>()
  for (const { table } of parts) {
    if (!shapes.has(table.name)) shapes.set(table.name, await shapeOf(asking, table.server, table.name))
  }
  const wanted = parts.map(({ table, action, keys, index }) => {
    const shape = shapes.get(table.name)
    return wantedOf(action, table, shape ? keys(shape) : {}, index)
  })
  const lacking = [...shapes.values()].some((shape) => shape === undefined)
  return { wanted, server, input, ...(lacking && { refusal: noTable() }) }
}

const onKey =
  (doing: { reads: boolean; writes: boolean }, member: 'Key' | 'Item'): Planner =>
  (asking, action, input) => {
    const table = requiredTable(asking, input)
    const keys = (shape: TableShape): Keys => ({
      ...keysOfItems(shape, [objectIn(input, member)]),
      ...keysOfAttributes(input, doing),
    })
    return planParts(asking, [{ table, action, keys }], { ...input, TableName: table.name })
  }

const onRange =
  (partitioned: boolean): Planner =>
  (asking, action, input) => {
    const table = requiredTable(asking, input)
    const keys = (shape: TableShape): Keys => ({
      ...(partitioned && keysOfQuery(shape, input)),
      ...keysOfAttributes(input, { reads: true, writes: false, selects: true }),
    })
    const index = textIn(input, 'IndexName')
    return planParts(asking, [{ table, action, keys, index }], { ...input, TableName: table.name })
  }

const batchGet: Planner = (asking, action, input) => {
  const items = Object.entries(objectIn(input, 'RequestItems'))
  const parts = items.map(([given, part]): Part & { input: Input } => {
    const table = requiredTable(asking, { TableName: given })
    const asked = objectIn({ part }, 'part')
    const keys = (shape: TableShape): Keys => ({
      ...keysOfItems(shape, listIn(asked, 'Keys')),
      // The keys of a batch stand in a list: a projection counts them by the first.
      ...keysOfAttributes({ ...asked, Key: listIn(asked, 'Keys')[0] ?? {} }, { reads: true, writes: false }, input),
    })
    return { table, action, keys, input: asked }
  })
  const RequestItems = Object.fromEntries(parts.map((part) => [part.table.name, part.input]))
  return planParts(asking, needed(parts), { ...input, RequestItems })
}

function needed<Item>(parts: readonly Item[]): readonly Item[] {
  return parts.length > 0
    ? parts
    : fail('ValidationException', '1 validation error detected: the request must name at least one item')
}

const batchWrite: Planner = (asking, action, input) => {
  const items = Object.keys(objectIn(input, 'RequestItems'))
  const parts = items.map((given): Part & { input: Input[] } => {
    const table = requiredTable(asking, { TableName: given })
    const requests = listIn(objectIn(input, 'RequestItems'), given)
    const written = requests.flatMap((one) => [
      ...('PutRequest' in one ? [objectIn(objectIn(one, 'PutRequest'), 'Item')] : []),
      ...('DeleteRequest' in one ? [objectIn(objectIn(one, 'DeleteRequest'), 'Key')] : []),
    ])
    const keys = (shape: TableShape): Keys => ({
      ...keysOfItems(shape, written),
      ...keysOfAttributes(
        { Item: Object.fromEntries(written.flatMap((one) => Object.entries(one))) },
        { reads: false, writes: true },
        input,
      ),
    })
    return { table, action, keys, input: requests }
  })
  const RequestItems = Object.fromEntries(parts.map((part) => [part.table.name, part.input]))
  return planParts(asking, needed(parts), { ...input, RequestItems })
}

type Member = {
  readonly member: string
  readonly action: string
  readonly key: 'Key' | 'Item'
  readonly reads: boolean
}

const transactions: Readonly<Record<string, readonly Member[]>> = {
  TransactGetItems: [{ member: 'Get', action: 'GetItem', key: 'Key', reads: true }],
  TransactWriteItems: [
    { member: 'Put', action: 'PutItem', key: 'Item', reads: false },
    { member: 'Update', action: 'UpdateItem', key: 'Key', reads: false },
    { member: 'Delete', action: 'DeleteItem', key: 'Key', reads: false },
    { member: 'ConditionCheck', action: 'ConditionCheckItem', key: 'Key', reads: false },
  ],
}

/** Each item by its own action; the transaction is a condition key. */
const transact: Planner = (asking, operation, input) => {
  const members = transactions[operation] ?? []
  const parts: Part[] = []
  const TransactItems = listIn(input, 'TransactItems').map((one) => {
    const named = members.filter(({ member }) => one[member] !== undefined && one[member] !== null)
    if (named.length !== 1)
      return fail('ValidationException', 'TransactItems can only contain one of Check, Put, Update or Delete')
    const [{ member, action, key, reads }] = named as [Member]
    const part = objectIn(one, member)
    const table = requiredTable(asking, part)
    const keys = (shape: TableShape): Keys => ({
      ...keysOfItems(shape, [objectIn(part, key)]),
      ...keysOfAttributes(part, { reads, writes: !reads }, input),
      'dynamodb:EnclosingOperation': operation,
    })
    parts.push({ table, action, keys })
    return { [member]: { ...part, TableName: table.name } }
  })
  return planParts(asking, needed(parts), { ...input, TransactItems })
}

const statementsOf: Readonly<Record<string, (input: Input) => readonly Input[]>> = {
  ExecuteStatement: (input) => [input],
  BatchExecuteStatement: (input) => listIn(input, 'Statements'),
  ExecuteTransaction: (input) => listIn(input, 'TransactStatements'),
}

const partiql: Planner = async (asking, operation, input) => {
  const tables: Resource[] = []
  const consumed = textIn(input, 'ReturnConsumedCapacity')
  const more: Keys = {
    ...(operation !== 'ExecuteStatement' && { 'dynamodb:EnclosingOperation': operation }),
    ...(consumed !== undefined && { 'dynamodb:ReturnConsumedCapacity': consumed }),
  }
  const wanted = (statementsOf[operation]?.(input) ?? []).flatMap((one) => {
    const statement = readStatement(textIn(one, 'Statement') ?? '')
    return statement.tables.map(({ table, index }, at): Wanted => {
      const resource = requiredTable(asking, { TableName: table })
      tables.push(resource)
      return wantedOf(at === 0 ? statement.action : 'PartiQLSelect', resource, more, index)
    })
  })
  const server = serverOf(needed(tables))
  if (asksOfItems(asking.caller)) {
    const [{ action, resource }] = wanted as [Wanted]
    fail(
      'AccessDeniedException',
      `User: ${asking.caller.arn} is not authorized to perform: ${action} on resource: ${resource} because its policies have conditions on items or attributes, which are not computed for PartiQL`,
    )
  }
  if (!server) unknownOperation(operation, ' The embedded DynamoDB has no PartiQL.')
  return { wanted, server, input }
}

const unknownOperation = (operation: string, why = ''): never =>
  fail('UnknownOperationException', `Poolhouse does not have dynamodb:${operation}.${why} See docs/guides/gateway.md.`)

const onTable: Planner = async (asking, action, input) => {
  const table = requiredTable(asking, input)
  return {
    wanted: [wantedOf(action, table, action === 'CreateTable' ? tagKeys(input['Tags']) : {})],
    server: table.server,
    input: { ...input, TableName: table.name },
  }
}

/** Tags are of a table or an index, named by its ARN. */
const onArn: Planner = async (asking, action, input) => {
  const given = textIn(input, 'ResourceArn') ?? ''
  if (!readArn(given)) fail('ValidationException', `Invalid TableArn: ${given.slice(0, 200)}`)
  const table = readTable(asking, given)
  return {
    wanted: [wantedOf(action, table, tagKeys(input['Tags'], input['TagKeys']))],
    server: table.server,
    input: { ...input, ResourceArn: table.server ? serverArn(asking, 'dynamodb', table) : table.arn },
  }
}

const onNothing: Planner = async (asking, action, input) => ({
  wanted: [{ action: `dynamodb:${action}`, resource: '*' }],
  server: findUpstream(asking.world.settings.upstreams, 'dynamodb', undefined),
  input,
})

const all = (names: readonly string[], planner: Planner) => Object.fromEntries(names.map((name) => [name, planner]))

export const planners: Readonly<Record<string, Planner>> = {
  GetItem: onKey({ reads: true, writes: false }, 'Key'),
  PutItem: onKey({ reads: false, writes: true }, 'Item'),
  UpdateItem: onKey({ reads: false, writes: true }, 'Key'),
  DeleteItem: onKey({ reads: false, writes: true }, 'Key'),
  Query: onRange(true),
  Scan: onRange(false),
  BatchGetItem: batchGet,
  BatchWriteItem: batchWrite,
  ...all(Object.keys(transactions), transact),
  ...all(Object.keys(statementsOf), partiql),
  ...all(['CreateTable', 'DeleteTable', 'DescribeTable', 'UpdateTable'], onTable),
  ...all(['DescribeTimeToLive', 'UpdateTimeToLive', 'DescribeContinuousBackups', 'UpdateContinuousBackups'], onTable),
  ...all(['TagResource', 'UntagResource', 'ListTagsOfResource'], onArn),
  ...all(['ListTables', 'DescribeLimits', 'DescribeEndpoints'], onNothing),
}

export const plan = (asking: Asking, operation: string, input: Input): Promise<Plan> =>
  (Object.hasOwn(planners, operation) ? planners[operation] : undefined)?.(asking, operation, input) ??
  unknownOperation(operation)
