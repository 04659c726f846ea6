/**
 * boto3 with the credentials of an identity pool: what gateway_boto3.py does with five services, storage, tables and functions
 * kept here, queues and streams by servers behind the gateway. Skipped without boto3.
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { GetIdCommand } from '@aws-sdk/client-cognito-identity'
import { UpdateUserPoolClientCommand } from '@aws-sdk/client-cognito-identity-provider'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateStreamCommand, DescribeStreamCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import kinesalite from 'kinesalite'
import { type Behind, listenBehind, self, upstream } from '../support/gateway.ts'
import { addUser, giveRoles, loginsOf, makeIdentityPool, makeUserPool } from '../support/identities.ts'
import { type QueueServer, startQueueServer } from '../support/queue-server.ts'
import { document } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const script = fileURLToPath(new URL('gateway_boto3.py', import.meta.url))
const has = spawnSync('python3', ['-c', 'import boto3'], { stdio: 'ignore' }).status === 0
const skip = has ? false : 'boto3 is not installed'

const handler =
  'export const handler = async (event, { identity }) => ({ event, identity: identity.cognitoIdentityId })'

const arn = (service: string, rest: string) => `arn:aws:${service}:us-east-1:000000000000:${rest}`
const allow = (actions: string, Resource: string, Condition?: object) => {
  const [service, names] = actions.split(':') as [string, string]
  const Action = names.split(' ').map((name) => `${service}:${name}`)
  return { Effect: 'Allow', Action, Resource, ...(Condition && { Condition }) }
}
/** Everybody their own folder and items, and of queues, functions and streams one. */
const policy = document(
  allow('s3:GetObject PutObject', `arn:aws:s3:::pictures/users/${self}/*`),
  allow('s3:ListBucket', 'arn:aws:s3:::pictures', { StringLike: { 's3:prefix': `users/${self}/*` } }),
  allow('dynamodb:GetItem PutItem Query BatchGetItem', arn('dynamodb', 'table/notes'), {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [self] },
  }),
  allow('sqs:GetQueueUrl SendMessage', arn('sqs', 'mine')),
  allow('lambda:InvokeFunction', arn('lambda', 'function:hello')),
  allow('kinesis:PutRecord GetRecords GetShardIterator ListShards', arn('kinesis', 'stream/mine')),
)

let server: TestServer
let streams: Behind
let queues: QueueServer
let environment: Record<string, string>
const folder = mkdtempSync(join(tmpdir(), 'poolhouse-boto3-gateway-'))

before(async () => {
  for (const name of ['hello', 'secret']) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'index.mjs'), handler)
  }
  streams = await listenBehind(kinesalite({ createStreamMs: 0 }))
  queues = await startQueueServer()
  const upstreams = {
    kinesis: [upstream(streams.url)],
    sqs: [upstream(queues.url, { region: 'eu-west-1', account: '111122223333' })],
  }
  server = await startTestServer({ functions: folder, settings: { upstreams } })
  queues.reply = ({ target, body }) =>
    target === 'AmazonSQS.GetQueueUrl'
      ? JSON.stringify({ QueueUrl: `${queues.url}/111122223333/${JSON.parse(body).QueueName}` })
      : JSON.stringify({ MessageId: 'm', MD5OfMessageBody: hash('md5', JSON.parse(body).MessageBody) })

  const { s3, idp, identity } = server.clients
  await s3.send(new CreateBucketCommand({ Bucket: 'pictures' }))
  const root = {
    ...{ endpoint: server.endpoint, region: 'us-east-1', maxAttempts: 1 },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  }
  const dynamodb = new DynamoDBClient(root)
  await dynamodb.send(
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
  // HTTP/1.1: this client would otherwise begin with HTTP/2.
  const kinesis = new KinesisClient({ ...root, requestHandler: new NodeHttpHandler() })
  for (const StreamName of ['mine', 'theirs']) {
    await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
    for (let tries = 0; tries < 50; tries++) {
      const { StreamDescription } = await kinesis.send(new DescribeStreamCommand({ StreamName }))
      if (StreamDescription?.StreamStatus === 'ACTIVE') break
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
  for (const client of [dynamodb, kinesis]) client.destroy()

  const userPool = await makeUserPool(server)
  const names = { UserPoolId: userPool.id, ClientId: userPool.clientId }
  const ExplicitAuthFlows = ['ALLOW_USER_PASSWORD_AUTH' as const, 'ALLOW_REFRESH_TOKEN_AUTH' as const]
  await idp.send(new UpdateUserPoolClientCommand({ ...names, ExplicitAuthFlows }))
  for (const name of ['ann', 'bob']) await addUser(server, userPool, name)
  const IdentityPoolId = await makeIdentityPool(server, [userPool])
  await giveRoles(server, IdentityPoolId, { user: policy })
  const Logins = await loginsOf(server, userPool, 'bob')
  const { IdentityId: OTHER = '' } = await identity.send(new GetIdCommand({ IdentityPoolId, Logins }))
  environment = {
    ...{ POOL: userPool.id, CLIENT: userPool.clientId, IDENTITY_POOL: IdentityPoolId, OTHER },
    ...{ AWS_ENDPOINT_URL: server.endpoint, AWS_DEFAULT_REGION: 'us-east-1', AWS_MAX_ATTEMPTS: '1' },
    // No keys but those that the identity pool hands out.
    ...{ AWS_CONFIG_FILE: join(folder, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials') },
    ...{ AWS_EC2_METADATA_DISABLED: 'true', PATH: process.env['PATH'] ?? '', HOME: folder },
  }
})
after(async () => {
  await server?.close()
  for (const behind of [streams, queues]) await behind?.close()
  rmSync(folder, { recursive: true, force: true })
})

test('boto3 uses five services with the credentials of an identity, and reads why the rest is denied', {
  skip,
}, async (t) => {
  const python = spawn('python3', [script], { stdio: ['ignore', 'pipe', 'inherit'], env: environment })
  const told: string[] = []
  for await (const line of createInterface({ input: python.stdout })) {
    const { service, error } = JSON.parse(line) as { service: string; error: string | null }
    told.push(service)
    await t.test(service, () => assert.equal(error, null))
  }
  assert.deepEqual(told, ['s3', 'dynamodb', 'sqs', 'lambda_', 'kinesis'])
})
