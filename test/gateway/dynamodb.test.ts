/** DynamoDB with the credentials of an identity pool: everybody their own items, and no attribute that is not theirs. */
import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  BatchExecuteStatementCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ExecuteStatementCommand,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  QueryCommand as DocumentQuery,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb'
import dynalite from 'dynalite'
import { openLane } from '../../bench/load.ts'
import { signed } from '../../bench/sign.ts'
import { embeddedStores } from '../../src/gateway/resources.ts'
import type { Upstreams } from '../../src/world.ts'
import { type Behind, listenBehind, makePeople, type People, type Person, self, upstream } from '../support/gateway.ts'
import { document } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const root = { accessKeyId: 'test', secretAccessKey: 'test' }
const table = (name: string): CreateTableCommandInput => ({
  TableName: name,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: 'owner', AttributeType: 'S' },
    { AttributeName: 'at', AttributeType: 'N' },
    { AttributeName: 'tag', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'owner', KeyType: 'HASH' },
    { AttributeName: 'at', KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'by-tag',
      KeySchema: [{ AttributeName: 'tag', KeyType: 'HASH' }],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
})

const arn = (name: string) => `arn:aws:dynamodb:us-east-1:000000000000:table/${name}`
const ownItems = (name: string, more: object = {}) => ({
  Effect: 'Allow',
  Action: ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'BatchGetItem', 'BatchWriteItem'].map(
    (one) => `dynamodb:${one}`,
  ),
  Resource: [arn(name), `${arn(name)}/index/*`],
  Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [self] }, ...more },
})

const denied = (action: string) => (error: Error) => {
  assert.equal(error.name, 'AccessDeniedException')
  assert.match(
    error.message,
    new RegExp(
      `^User: arn:aws:sts::000000000000:assumed-role/people-.* is not authorized to perform: dynamodb:${action} on resource: arn:aws:dynamodb:us-east-1:000000000000:table/\\S+ because no identity-based policy allows the dynamodb:${action} action$`,
    ),
  )
  return true
}

/** The same story whether the tables are here or elsewhere. */
function story(name: string, prepare: () => Promise<{ upstreams: Upstreams; behind?: Behind }>) {
  describe(name, { timeout: 60_000 }, () => {
    let server: TestServer
    let behind: Behind | undefined
    let people: People
    let me: Person
    let you: Person
    let mine: DynamoDBDocumentClient
    let plain: DynamoDBClient
    let admin: DynamoDBClient

    before(async () => {
      const prepared = await prepare()
      behind = prepared.behind
      server = await startTestServer({ settings: { upstreams: prepared.upstreams } })
      people = await makePeople(server)
      ;[me, you] = await Promise.all([people.join(), people.join()])
      plain = new DynamoDBClient(me.config)
      mine = DynamoDBDocumentClient.from(plain)
      admin = new DynamoDBClient({ endpoint: server.endpoint, region: 'us-east-1', credentials: root, maxAttempts: 1 })
      await admin.send(new CreateTableCommand(table('Notes')))
      for (const [owner, at] of [
        [me.identityId, '1'],
        [you.identityId, '1'],
      ] as const)
        await admin.send(
          new PutItemCommand({
            TableName: 'Notes',
            Item: { owner: { S: owner }, at: { N: at }, text: { S: 'hello' }, secret: { S: 'x' }, tag: { S: owner } },
          }),
        )
      await people.allow(document(ownItems('Notes')))
    })
    after(async () => {
      for (const client of [plain, admin]) client?.destroy()
      await server?.close()
      await behind?.close()
    })

    test('a user reads, writes, queries and removes items under the own identity', async () => {
      const Key = { owner: me.identityId, at: 2 }
      await mine.send(new PutCommand({ TableName: 'Notes', Item: { ...Key, text: 'mine' } }))
      assert.equal((await mine.send(new GetCommand({ TableName: 'Notes', Key }))).Item?.['text'], 'mine')
      assert.equal((await mine.send(new GetCommand({ TableName: arn('Notes'), Key }))).Item?.['text'], 'mine')
      await mine.send(
        new UpdateCommand({
          ...{ TableName: 'Notes', Key, UpdateExpression: 'SET #t = :t' },
          ExpressionAttributeNames: { '#t': 'text' },
          ExpressionAttributeValues: { ':t': 'changed' },
        }),
      )
      const found = await mine.send(
        new DocumentQuery({
          ...{ TableName: 'Notes', KeyConditionExpression: '#o = :me AND #a > :zero' },
          ExpressionAttributeNames: { '#o': 'owner', '#a': 'at' },
          ExpressionAttributeValues: { ':me': me.identityId, ':zero': 0 },
        }),
      )
      assert.deepEqual(
        found.Items?.map(({ text }) => text),
        ['hello', 'changed'],
      )
      const many = await mine.send(new BatchGetCommand({ RequestItems: { Notes: { Keys: [Key] } } }))
      assert.equal(many.Responses?.['Notes']?.length, 1)
      await mine.send(new BatchWriteCommand({ RequestItems: { Notes: [{ DeleteRequest: { Key } }] } }))
      assert.equal((await mine.send(new GetCommand({ TableName: 'Notes', Key }))).Item, undefined)
    })

    test("nothing of somebody else's: not by key, by query, in a batch, nor through an index", async () => {
      const theirs = { owner: you.identityId, at: 1 }
      const other = { ':o': you.identityId }
      await assert.rejects(mine.send(new GetCommand({ TableName: 'Notes', Key: theirs })), denied('GetItem'))
      await assert.rejects(mine.send(new PutCommand({ TableName: 'Notes', Item: theirs })), denied('PutItem'))
      await assert.rejects(mine.send(new DeleteCommand({ TableName: 'Notes', Key: theirs })), denied('DeleteItem'))
      await assert.rejects(
        mine.send(
          new DocumentQuery({
            ...{ TableName: 'Notes', KeyConditionExpression: '#o = :o' },
            ExpressionAttributeNames: { '#o': 'owner' },
            ExpressionAttributeValues: other,
          }),
        ),
        denied('Query'),
      )
      await assert.rejects(
        mine.send(
          new DocumentQuery({
            ...{ TableName: 'Notes', IndexName: 'by-tag', KeyConditionExpression: 'tag = :o' },
            ExpressionAttributeValues: other,
          }),
        ),
        denied('Query'),
      )
      const both = [{ owner: me.identityId, at: 1 }, theirs]
      await assert.rejects(
        mine.send(new BatchGetCommand({ RequestItems: { Notes: { Keys: both } } })),
        denied('BatchGetItem'),
      )
      await assert.rejects(
        mine.send(new BatchWriteCommand({ RequestItems: { Notes: both.map((Item) => ({ PutRequest: { Item } })) } })),
        denied('BatchWriteItem'),
      )
    })

    test('an own index partition is readable, a query without its key is refused before it is asked', async () => {
      const found = await plain.send(
        new QueryCommand({
          ...{ TableName: 'Notes', IndexName: 'by-tag', KeyConditionExpression: 'tag = :o' },
          ExpressionAttributeValues: { ':o': { S: me.identityId } },
        }),
      )
      assert.equal(found.Count, 1)
      for (const KeyConditionExpression of ['#a = :x', '#o > :x', 'begins_with(#o, :x)', '#o = :x OR #a = :x'])
        await assert.rejects(
          plain.send(
            new QueryCommand({
              ...{ TableName: 'Notes', KeyConditionExpression },
              ExpressionAttributeNames: { '#o': 'owner', '#a': 'at' },
              ExpressionAttributeValues: { ':x': { S: me.identityId } },
            }),
          ),
          { name: 'ValidationException' },
        )
    })

    test('Scan, and tables that the policy does not name, are denied', async () => {
      await assert.rejects(plain.send(new ScanCommand({ TableName: 'Notes' })), denied('Scan'))
      await assert.rejects(
        plain.send(new GetItemCommand({ TableName: 'Other', Key: { owner: { S: me.identityId } } })),
        denied('GetItem'),
      )
      await assert.rejects(plain.send(new DescribeTableCommand({ TableName: 'Notes' })), denied('DescribeTable'))
      await assert.rejects(plain.send(new DeleteTableCommand({ TableName: 'Notes' })), denied('DeleteTable'))
    })

    test('a member that stands twice means one thing to policy and to the table', async () => {
      const twice = `{"TableName":"Notes","Key":{"owner":{"S":"${you.identityId}"},"at":{"N":"1"}},"Key":{"owner":{"S":"${me.identityId}"},"at":{"N":"1"}}}`
      plain.middlewareStack.add(
        (next) => async (args) => {
          ;(args.request as { body: string }).body = twice
          const headers = (args.request as { headers: Record<string, string> }).headers
          headers['content-length'] = String(Buffer.byteLength(twice))
          return next(args)
        },
        { step: 'build', name: 'twice', priority: 'low' },
      )
      const found = await plain.send(new GetItemCommand({ TableName: 'Notes', Key: {} }))
      plain.middlewareStack.remove('twice')
      assert.equal(found.Item?.['owner']?.S, me.identityId)
    })

    test('only the attributes that policy names are readable, with a projection that names them', async () => {
      const keys = ['owner', 'at']
      await people.allow(
        document(
          ownItems('Notes', {
            'ForAllValues:StringEquals': {
              'dynamodb:LeadingKeys': [self],
              'dynamodb:Attributes': [...keys, 'text'],
            },
            StringEqualsIfExists: {
              'dynamodb:Select': 'SPECIFIC_ATTRIBUTES',
              'dynamodb:ReturnValues': ['NONE', 'UPDATED_OLD', 'UPDATED_NEW'],
            },
          }),
        ),
      )
      const Key = { owner: { S: me.identityId }, at: { N: '1' } }
      const get = (more: object) => plain.send(new GetItemCommand({ TableName: 'Notes', Key, ...more }))
      const names = { '#x': 'text' }
      const allowed = await get({ ProjectionExpression: '#x', ExpressionAttributeNames: names })
      assert.deepEqual(allowed.Item, { text: { S: 'hello' } })
      await assert.rejects(get({}), denied('GetItem'))
      await assert.rejects(get({ ProjectionExpression: 'secret' }), denied('GetItem'))
      await assert.rejects(
        get({ ProjectionExpression: '#x, #s.b[0]', ExpressionAttributeNames: { ...names, '#s': 'secret' } }),
        denied('GetItem'),
      )
      await assert.rejects(get({ AttributesToGet: ['secret'] }), denied('GetItem'))
      await assert.rejects(get({ Select: 'SPECIFIC_ATTRIBUTES' }), denied('GetItem'))
      const update = (more: object) => plain.send(new UpdateItemCommand({ TableName: 'Notes', Key, ...more }))
      const x = { ':x': { S: 'x' } }
      await update({ UpdateExpression: 'SET #x = :x', ExpressionAttributeNames: names, ExpressionAttributeValues: x })
      for (const more of [
        { UpdateExpression: 'SET secret = :x' },
        { UpdateExpression: 'SET #x = secret', ExpressionAttributeNames: names },
        { UpdateExpression: 'SET #x = :x', ExpressionAttributeNames: names, ConditionExpression: 'secret = :x' },
        { UpdateExpression: 'SET #x = :x', ExpressionAttributeNames: names, ReturnValues: 'ALL_NEW' },
        {
          ...{ UpdateExpression: 'SET #x = :x', ExpressionAttributeNames: names },
          ...{ ConditionExpression: '#x = :y', ReturnValuesOnConditionCheckFailure: 'ALL_OLD' },
        },
      ])
        await assert.rejects(
          update({ ExpressionAttributeValues: { ...x, ':y': { S: 'no' } }, ...more }),
          denied('UpdateItem'),
        )
      await people.allow(document(ownItems('Notes')))
    })

    test('transactions ask for each item by its own action, inside the transaction', async () => {
      const Key = (owner: string) => ({ owner: { S: owner }, at: { N: '1' } })
      await assert.rejects(
        plain.send(
          new TransactGetItemsCommand({
            TransactItems: [me, you].map(({ identityId }) => ({ Get: { TableName: 'Notes', Key: Key(identityId) } })),
          }),
        ),
        denied('GetItem'),
      )
      await assert.rejects(
        plain.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              { ConditionCheck: { TableName: 'Notes', Key: Key(me.identityId), ConditionExpression: 'at = :x' } },
            ],
          }),
        ),
        denied('ConditionCheckItem'),
      )
    })

    test('PartiQL is refused to those whose policies have conditions on items', async () => {
      const statement = `SELECT * FROM "Notes" WHERE owner = '${you.identityId}'`
      await assert.rejects(plain.send(new ExecuteStatementCommand({ Statement: statement })), {
        name: 'AccessDeniedException',
      })
      await people.allow(document({ Effect: 'Allow', Action: 'dynamodb:PartiQLSelect', Resource: arn('Elsewhere') }))
      await assert.rejects(plain.send(new ExecuteStatementCommand({ Statement: statement })), {
        name: /AccessDenied|UnknownOperation/,
      })
      await assert.rejects(
        plain.send(new BatchExecuteStatementCommand({ Statements: [{ Statement: `DELETE FROM "Notes" -- x` }] })),
        { name: 'ValidationException' },
      )
      await people.allow(document(ownItems('Notes')))
    })

    test('a table that is not there is not there, to those who may know', async () => {
      await assert.rejects(admin.send(new GetItemCommand({ TableName: 'Nothing', Key: { owner: { S: 'x' } } })), {
        name: 'ResourceNotFoundException',
      })
      assert.deepEqual((await admin.send(new ListTablesCommand({}))).TableNames, ['Notes'])
    })
  })
}

story('tables of the embedded engine', async () => ({ upstreams: {} }))

story('tables behind the gateway', async () => {
  const behind = await listenBehind(dynalite({ createTableMs: 0 }))
  return { upstreams: { dynamodb: [upstream(behind.url)] }, behind }
})

test('no region of a signature starts an engine before a table is made in it', async () => {
  const server = await startTestServer()
  const client = new DynamoDBClient({ endpoint: server.endpoint, region: 'aa-bb-1', credentials: root, maxAttempts: 1 })
  assert.deepEqual((await client.send(new ListTablesCommand({}))).TableNames, [])
  await assert.rejects(client.send(new DescribeTableCommand({ TableName: 'T' })), { name: 'ResourceNotFoundException' })
  client.destroy()
  await server.close()
})

test('nodes on one database are told of stores that are not in it, unless servers behind keep everything', async () => {
  const settings = { dataFolder: '/data', upstreams: {} } as Parameters<typeof embeddedStores>[0]
  assert.deepEqual(
    embeddedStores(settings).map((sentence) => /^(S3|The embedded DynamoDB) /.exec(sentence)?.[1]),
    ['S3', 'The embedded DynamoDB'],
  )
  const upstreams = { s3: [upstream('http://x', { match: 'a*' })], dynamodb: [upstream('http://x')] }
  assert.equal(embeddedStores({ ...settings, upstreams }).length, 1)
  assert.deepEqual(embeddedStores({ ...settings, upstreams: { ...upstreams, s3: [upstream('http://x')] } }), [])
})

test('naming regions starts no processes without end', async () => {
  const server = await startTestServer()
  try {
    for (let at = 0; at < 16; at++)
      mkdirSync(join(server.world.settings.dataFolder, 'dynamodb', `full-${at}`), { recursive: true })
    const client = new DynamoDBClient({
      endpoint: server.endpoint,
      region: 'one-more-1',
      credentials: root,
      maxAttempts: 1,
    })
    await assert.rejects(client.send(new CreateTableCommand(table('Notes'))), { name: 'LimitExceededException' })
    client.destroy()
  } finally {
    await server.close()
  }
})

test('a stream of DynamoDB Local is asked by the ARN that it gave, and judged by ours', async () => {
  const heard: string[] = []
  const behind = await listenBehind(async (request, response) => {
    heard.push(Buffer.concat(await Array.fromAsync(request)).toString())
    response.end('{}')
  })
  const server = await startTestServer({
    settings: { account: '111122223333', upstreams: { dynamodb: [upstream(behind.url, { region: 'eu-west-1' })] } },
  })
  const lane = await openLane(Number(new URL(server.endpoint).port))
  const ask = (StreamArn: string) =>
    lane.ask(
      signed(root, {
        ...{ service: 'dynamodb', method: 'POST', path: '/', body: JSON.stringify({ StreamArn }) },
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'DynamoDBStreams_20120810.DescribeStream',
        },
      }),
    )
  const rest = 'table/Notes/stream/2026-01-01T00:00:00.000'
  try {
    for (const [given, sent] of [
      [`arn:aws:dynamodb:ddblocal:000000000000:${rest}`, `arn:aws:dynamodb:ddblocal:000000000000:${rest}`],
      [`arn:aws:dynamodb:us-east-1:111122223333:${rest}`, `arn:aws:dynamodb:eu-west-1:111122223333:${rest}`],
    ] as const) {
      assert.equal((await ask(given)).status, 200)
      assert.deepEqual(JSON.parse(heard.at(-1) ?? ''), { StreamArn: sent })
    }
    const refused = await ask(`arn:aws:dynamodb:ddblocal:999999999999:${rest}`)
    assert.match(refused.body, /AccessDenied|ResourceNotFound|Validation/)
    assert.equal(heard.length, 2)
  } finally {
    lane.close()
    await server.close()
    await behind.close()
  }
})
