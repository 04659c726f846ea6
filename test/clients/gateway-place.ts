/** A server with something of each service that credentials may reach: storage, tables and functions kept here, queues and streams behind the gateway. */
import { hash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateStreamCommand, DescribeStreamCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import kinesalite from 'kinesalite'
import { listenBehind, upstream } from '../support/gateway.ts'
import { startQueueServer } from '../support/queue-server.ts'
import { document } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:000000000000:${rest}`
const allow = (actions: string, Resource: string, Condition?: object) => {
  const [service, names = ''] = actions.split(':')
  const Action = names.split(' ').map((name) => `${service}:${name}`)
  return { Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) }
}

/** Whoever it is: their own folder of `pictures` and their own items of `notes`; of queues, functions and streams one. */
export const ownThings = (who: string): string =>
  document(
    allow('s3:GetObject PutObject', `arn:aws:s3:::pictures/users/${who}/*`),
    allow('s3:ListBucket', 'arn:aws:s3:::pictures', { StringLike: { 's3:prefix': `users/${who}/*` } }),
    allow('dynamodb:GetItem PutItem Query BatchGetItem', arn('dynamodb', 'table/notes'), {
      'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [who] },
    }),
    allow('sqs:GetQueueUrl SendMessage', arn('sqs', 'mine')),
    allow('lambda:InvokeFunction', arn('lambda', 'function:hello')),
    allow('kinesis:PutRecord GetRecords GetShardIterator ListShards', arn('kinesis', 'stream/mine')),
  )

const handler = `export const handler = async (event, { identity }) => ({ event, identity: identity?.cognitoIdentityId })`

export type Place = { readonly server: TestServer; readonly folder: string; close(): Promise<void> }

/** `pictures`, `notes`, the functions `hello` and `secret`, the streams `mine` and `theirs`, and queues of any name. */
export async function openPlace(): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-place-'))
  for (const name of ['hello', 'secret']) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'index.mjs'), handler)
  }
  const streams = await listenBehind(kinesalite({ createStreamMs: 0 }))
  const queues = await startQueueServer()
  queues.reply = ({ target, body }) =>
    target === 'AmazonSQS.GetQueueUrl'
      ? JSON.stringify({ QueueUrl: `${queues.url}/111122223333/${JSON.parse(body).QueueName}` })
      : JSON.stringify({ MessageId: 'm', MD5OfMessageBody: hash('md5', JSON.parse(body).MessageBody) })
  const upstreams = {
    kinesis: [upstream(streams.url)],
    sqs: [upstream(queues.url, { region: 'eu-west-1', account: '111122223333' })],
  }
  const server = await startTestServer({ functions: folder, settings: { upstreams } })
  await server.clients.s3.send(new CreateBucketCommand({ Bucket: 'pictures' }))
  const root = {
    ...{ endpoint: server.endpoint, region: 'us-east-1', maxAttempts: 1 },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }
  await makeTable(new DynamoDBClient(root))
  await makeStreams(new KinesisClient(root))
  return {
    server,
    folder,
    async close() {
      await server.close()
      for (const behind of [streams, queues]) await behind.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function makeTable(client: DynamoDBClient) {
  await client.send(
    new CreateTableCommand({
      ...{ TableName: 'notes', BillingMode: 'PAY_PER_REQUEST' },
      AttributeDefinitions: [
        { AttributeName: 'owner', AttributeType: 'S' },
        { AttributeName: 'at', AttributeType: 'N' },
      ],
      KeySchema: [
        { AttributeName: 'owner', KeyType: 'HASH' },
        { AttributeName: 'at', KeyType: 'RANGE' },
      ],
    }),
  )
  client.destroy()
}

async function makeStreams(client: KinesisClient) {
  for (const StreamName of ['mine', 'theirs']) {
    await client.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
    await until(
      async () =>
        (await client.send(new DescribeStreamCommand({ StreamName }))).StreamDescription?.StreamStatus === 'ACTIVE',
    )
  }
  client.destroy()
}
