/** The SDK's credential providers, each with five services: what policy allows works, and the rest is denied with its reason. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { GetIdCommand, GetOpenIdTokenCommand } from '@aws-sdk/client-cognito-identity'
import {
  BatchGetItemCommand,
  DynamoDBClient,
  PutItemCommand,
  QueryCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb'
import {
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  type KinesisClientConfig,
  ListShardsCommand,
  PutRecordCommand,
} from '@aws-sdk/client-kinesis'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { GetQueueUrlCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import {
  fromCognitoIdentity,
  fromCognitoIdentityPool,
  fromTemporaryCredentials,
  fromWebToken,
} from '@aws-sdk/credential-providers'
import { self } from '../support/gateway.ts'
import { addUser, giveRoles, loginsOf, makeIdentityPool, makeUserPool } from '../support/identities.ts'
import { makeRole } from '../support/roles.ts'
import { openPlace, ownThings, type Place } from './gateway-place.ts'

/** Whose folder and items these credentials open, and whether a function is told of an identity. */
type Session = {
  readonly me: string
  readonly identity: string | undefined
  readonly credentials: NonNullable<KinesisClientConfig['credentials']>
}

let place: Place
let identityPoolId: string
let userRole: string
let partnerRole: string
let logins: Record<string, string>
let ann: string
before(async () => {
  place = await openPlace()
  const { server } = place
  const userPool = await makeUserPool(server)
  await addUser(server, userPool, 'ann')
  identityPoolId = await makeIdentityPool(server, [userPool], { AllowClassicFlow: true })
  userRole = (await giveRoles(server, identityPoolId, { user: ownThings(self) })).authenticated
  partnerRole = await makeRole(server.clients, 'partner', { policy: ownThings('partner') })
  logins = await loginsOf(server, userPool, 'ann')
  const got = await server.clients.identity.send(new GetIdCommand({ IdentityPoolId: identityPoolId, Logins: logins }))
  ann = got.IdentityId ?? assert.fail('no identity')
})
after(() => place?.close())

const here = () => ({ endpoint: place.server.endpoint, region: 'us-east-1' })

const providers: Record<string, () => Promise<Session>> = {
  async fromCognitoIdentityPool() {
    const credentials = fromCognitoIdentityPool({ identityPoolId, logins, clientConfig: here() })
    return { me: ann, identity: ann, credentials }
  },
  async fromCognitoIdentity() {
    const credentials = fromCognitoIdentity({ identityId: ann, logins, clientConfig: here() })
    return { me: ann, identity: ann, credentials }
  },
  async fromWebToken() {
    const { identity } = place.server.clients
    const { Token } = await identity.send(new GetOpenIdTokenCommand({ IdentityId: ann, Logins: logins }))
    const given = { roleArn: userRole, webIdentityToken: Token ?? '', clientConfig: here() }
    return { me: ann, identity: ann, credentials: fromWebToken(given) }
  },
  async fromTemporaryCredentials() {
    const credentials = fromTemporaryCredentials({
      params: { RoleArn: partnerRole, RoleSessionName: 'partner' },
      masterCredentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      clientConfig: here(),
    })
    return { me: 'partner', identity: undefined, credentials }
  },
}

async function isDenied(action: string, call: Promise<unknown>) {
  await assert.rejects(call, (error: Error) => {
    assert.match(error.name, /^AccessDenied/, error.message)
    const reason = `is not authorized to perform: ${action} on resource: \\S+ because no identity-based policy allows the ${action} action$`
    assert.match(error.message, new RegExp(reason))
    return true
  })
}

for (const [name, open] of Object.entries(providers)) {
  describe(name, { timeout: 60_000 }, () => {
    let me: string
    let identity: string | undefined
    let config: ReturnType<typeof here> & Pick<Session, 'credentials'> & { maxAttempts: number }
    before(async () => {
      const session = await open()
      ;({ me, identity } = session)
      config = { ...here(), maxAttempts: 1, credentials: session.credentials }
    })

    test('S3: the own folder and no other', async () => {
      const client = new S3Client({ ...config, forcePathStyle: true })
      const put = (Key: string) => client.send(new PutObjectCommand({ Bucket: 'pictures', Key, Body: 'meow' }))
      const get = (Key: string) => client.send(new GetObjectCommand({ Bucket: 'pictures', Key }))
      const list = (Prefix: string) => client.send(new ListObjectsV2Command({ Bucket: 'pictures', Prefix }))
      await put(`users/${me}/cat.jpg`)
      assert.equal(await (await get(`users/${me}/cat.jpg`)).Body?.transformToString(), 'meow')
      assert.equal((await list(`users/${me}/`)).KeyCount, 1)
      await isDenied('s3:PutObject', put('users/somebody/cat.jpg'))
      await isDenied('s3:GetObject', get('users/somebody/cat.jpg'))
      await isDenied('s3:ListBucket', list('users/'))
      client.destroy()
    })

    test('DynamoDB: the own items, by their leading key', async () => {
      const client = new DynamoDBClient(config)
      const TableName = 'notes'
      const of = (owner: string) => ({ owner: { S: owner }, at: { N: '1' } })
      const put = (owner: string) => client.send(new PutItemCommand({ TableName, Item: of(owner) }))
      const query = (owner: string) =>
        client.send(
          new QueryCommand({
            ...{ TableName, KeyConditionExpression: '#owner = :owner' },
            ExpressionAttributeNames: { '#owner': 'owner' },
            ExpressionAttributeValues: { ':owner': { S: owner } },
          }),
        )
      await put(me)
      assert.deepEqual((await query(me)).Items, [of(me)])
      await isDenied('dynamodb:PutItem', put('somebody'))
      await isDenied('dynamodb:Query', query('somebody'))
      const Keys = [of(me), of('somebody')]
      await isDenied(
        'dynamodb:BatchGetItem',
        client.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys } } })),
      )
      await isDenied('dynamodb:Scan', client.send(new ScanCommand({ TableName })))
      client.destroy()
    })

    test('SQS: one queue, and only into it', async () => {
      const client = new SQSClient(config)
      const { QueueUrl = '' } = await client.send(new GetQueueUrlCommand({ QueueName: 'mine' }))
      const send = (url: string) => client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'hello' }))
      assert.equal((await send(QueueUrl)).MessageId, 'm')
      await isDenied('sqs:sendmessage', send(QueueUrl.replace('/mine', '/theirs')))
      await isDenied('sqs:receivemessage', client.send(new ReceiveMessageCommand({ QueueUrl })))
      client.destroy()
    })

    test('Lambda: one function, which learns the identity', async () => {
      const client = new LambdaClient(config)
      const invoke = (FunctionName: string) => client.send(new InvokeCommand({ FunctionName, Payload: '{"a":1}' }))
      const { Payload, FunctionError } = await invoke('hello')
      assert.equal(FunctionError, undefined)
      const said = JSON.parse(Buffer.from(Payload ?? []).toString())
      assert.deepEqual(said, { event: { a: 1 }, ...(identity && { identity }) })
      await isDenied('lambda:InvokeFunction', invoke('secret'))
      client.destroy()
    })

    test('Kinesis: one stream', async () => {
      const client = new KinesisClient(config)
      const Data = Buffer.from(`from ${name}`)
      const put = (StreamName: string) => client.send(new PutRecordCommand({ StreamName, Data, PartitionKey: 'k' }))
      await put('mine')
      const { Shards } = await client.send(new ListShardsCommand({ StreamName: 'mine' }))
      const { ShardIterator } = await client.send(
        new GetShardIteratorCommand({
          ...{ StreamName: 'mine', ShardId: Shards?.[0]?.ShardId },
          ShardIteratorType: 'TRIM_HORIZON',
        }),
      )
      const { Records = [] } = await client.send(new GetRecordsCommand({ ShardIterator }))
      assert.equal(Buffer.from(Records.at(-1)?.Data ?? []).toString(), `from ${name}`)
      await isDenied('kinesis:PutRecord', put('theirs'))
      client.destroy()
    })
  })
}
