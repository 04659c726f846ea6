/** Case 81: the attributes that a policy counts are those that are written, whatever they are called. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CreateTableCommand, DynamoDBClient, PutItemCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'
import { openLane } from '../../bench/load.ts'
import { signed } from '../../bench/sign.ts'
import { listenBehind, upstream } from '../support/gateway.ts'
import { assume, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
  const { endpoint } = server
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const admin = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 })
  await admin.send(
    new CreateTableCommand({
      TableName: 'Notes',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  )
  admin.destroy()
})
after(() => server?.close())

test('case 81: no name of an attribute hides it from dynamodb:Attributes', async () => {
  const role = await makeRole(server.clients, 'writer', {
    policy: document({
      ...{ Effect: 'Allow', Action: ['dynamodb:BatchWriteItem', 'dynamodb:PutItem'], Resource: '*' },
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['id', 'note'] } },
    }),
  })
  const { keys } = await assume(server, server.clients, role)
  const lane = await openLane(Number(new URL(server.endpoint).port))
  const ask = async (operation: string, body: string) => {
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` }
    const reply = await lane.ask(signed(keys, { service: 'dynamodb', method: 'POST', path: '/', headers, body }))
    return reply.status === 200 ? 'allowed' : /#(\w+)/.exec(reply.body)?.[1]
  }
  const batch = (item: string) => `{"RequestItems":{"Notes":[{"PutRequest":{"Item":${item}}}]}}`
  const put = (item: string) => `{"TableName":"Notes","Item":${item}}`
  assert.equal(await ask('BatchWriteItem', batch('{"id":{"S":"a"},"note":{"S":"x"}}')), 'allowed')
  for (const name of ['price', '__proto__', 'constructor', 'toString']) {
    const item = `{"id":{"S":"a"},"${name}":{"S":"x"}}`
    assert.equal(await ask('BatchWriteItem', batch(item)), 'AccessDeniedException', name)
    assert.equal(await ask('PutItem', put(item)), 'AccessDeniedException', name)
  }
  lane.close()
})

test('case 46: a condition that the engine would not come to the end of is not begun', async () => {
  const { endpoint } = server
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 })
  const put = (ConditionExpression: string) => {
    const ExpressionAttributeValues = { ':v': { S: 'x' } }
    const Put = { TableName: 'Notes', Item: { id: { S: 'b' } }, ConditionExpression, ExpressionAttributeValues }
    return [new PutItemCommand(Put), new TransactWriteItemsCommand({ TransactItems: [{ Put }] })] as const
  }
  const refused = { name: 'ValidationException' }
  for (const text of [
    `${'('.repeat(40)}note = :v`,
    `${'('.repeat(40)}note = :v${')'.repeat(40)}`,
    `${'NOT ('.repeat(40)}note = :v${')'.repeat(40)}`,
    `${'('.repeat(40)}note${')'.repeat(40)} = :v`,
  ]) {
    const [one, many] = put(text)
    await assert.rejects(client.send(one), refused, text)
    await assert.rejects(client.send(many), refused, text)
  }
  const [fine] = put('attribute_not_exists(note) AND (NOT (note = :v AND (id = :v OR (size(note) > :v))))')
  await client.send(fine)
  client.destroy()
})

test('case 46: what is nested beyond all items is refused, and is no failure of ours', async () => {
  const lane = await openLane(Number(new URL(server.endpoint).port))
  const put = async (depth: number) => {
    const value = `${'{"L":['.repeat(depth)}{"S":"\\"[[[{"}${']}'.repeat(depth)}`
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.PutItem' }
    const body = `{"TableName":"Notes","Item":{"id":{"S":"deep"},"x":${value}}}`
    const root = { accessKeyId: 'test', secretAccessKey: 'test' }
    return lane.ask(signed(root, { service: 'dynamodb', method: 'POST', path: '/', headers, body }))
  }
  assert.equal((await put(31)).status, 200)
  for (const depth of [60, 20_000]) {
    const { status, body } = await put(depth)
    assert.deepEqual([status, /SerializationException/.test(body)], [400, true], `${depth}`)
  }
  lane.close()
})

test('case 81: a table that was made again behind us, with other keys, is judged by those', async () => {
  let [hash, range] = ['owner', 'day']
  const asked: string[] = []
  const behind = await listenBehind(async (request, response) => {
    await Array.fromAsync(request)
    const operation = String(request.headers['x-amz-target']).split('.')[1] ?? ''
    asked.push(operation)
    const KeySchema = [
      { AttributeName: hash, KeyType: 'HASH' },
      { AttributeName: range, KeyType: 'RANGE' },
    ]
    response.end(operation === 'DescribeTable' ? JSON.stringify({ Table: { KeySchema } }) : '{}')
  })
  const near = await startTestServer({ settings: { upstreams: { dynamodb: [upstream(behind.url)] } } })
  const lane = await openLane(Number(new URL(near.endpoint).port))
  try {
    const actions = ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query']
    const statement = { Effect: 'Allow', Action: actions, Resource: '*' }
    const own = { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['me'] } }
    const roles = {
      own: await makeRole(near.clients, 'own', { policy: document({ ...statement, Condition: own }) }),
      all: await makeRole(near.clients, 'all', { policy: document(statement) }),
    }
    const keys = {
      own: (await assume(near, near.clients, roles.own)).keys,
      all: (await assume(near, near.clients, roles.all)).keys,
    }
    const ask = async (who: 'own' | 'all', operation: string, input: object) => {
      asked.length = 0
      const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` }
      const body = JSON.stringify({ TableName: 'Notes', ...input })
      const sent = signed(keys[who], { service: 'dynamodb', method: 'POST', path: '/', headers, body })
      const { status } = await lane.ask(sent)
      return [status, ...asked]
    }
    const both = { owner: { S: 'me' }, day: { S: 'you' } }
    const query = {
      KeyConditionExpression: '#o = :o AND #d = :d',
      ExpressionAttributeNames: { '#o': 'owner', '#d': 'day' },
      ExpressionAttributeValues: { ':o': both.owner, ':d': both.day },
    }
    const wanted = [
      ['GetItem', { Key: both }],
      ['PutItem', { Item: both }],
      ['Query', query],
    ] as const
    for (const [operation, input] of wanted)
      assert.deepEqual(await ask('own', operation, input), [200, 'DescribeTable', operation])
    ;[hash, range] = ['day', 'owner']
    for (const [operation, input] of wanted)
      assert.deepEqual(await ask('own', operation, input), [400, 'DescribeTable'], operation)
    // Whose policies do not ask for keys need none.
    for (const [operation, input] of wanted) assert.deepEqual(await ask('all', operation, input), [200, operation])
  } finally {
    lane.close()
    await near.close()
    await behind.close()
  }
})

test('case 81: what a request says of itself counts where policies ask for that alone', async () => {
  const behind = await listenBehind((request, response) => {
    request.resume()
    response.end('{}')
  })
  const near = await startTestServer({ settings: { upstreams: { dynamodb: [upstream(behind.url)] } } })
  const lane = await openLane(Number(new URL(near.endpoint).port))
  try {
    const denied = (key: string, value: string) => ({
      ...{ Effect: 'Deny', Action: 'dynamodb:*', Resource: '*' },
      Condition: { StringEquals: { [`dynamodb:${key}`]: value } },
    })
    const policy = document(
      { Effect: 'Allow', Action: 'dynamodb:*', Resource: '*' },
      denied('EnclosingOperation', 'ExecuteTransaction'),
      denied('ReturnConsumedCapacity', 'TOTAL'),
    )
    const { keys } = await assume(near, near.clients, await makeRole(near.clients, 'sparing', { policy }))
    const ask = async (operation: string, input: object) => {
      const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `DynamoDB_20120810.${operation}` }
      const sent = { service: 'dynamodb', method: 'POST', path: '/', headers, body: JSON.stringify(input) }
      return (await lane.ask(signed(keys, sent))).status
    }
    const statement = { Statement: 'SELECT * FROM Notes' }
    assert.equal(await ask('ExecuteStatement', statement), 200)
    assert.equal(await ask('ExecuteStatement', { ...statement, ReturnConsumedCapacity: 'TOTAL' }), 400)
    assert.equal(await ask('ExecuteTransaction', { TransactStatements: [statement] }), 400)
  } finally {
    lane.close()
    await near.close()
    await behind.close()
  }
})
