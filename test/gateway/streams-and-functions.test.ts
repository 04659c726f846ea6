/** Kinesis of a server behind the gateway, and functions that run here, with the credentials of an identity pool. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  CreateStreamCommand,
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import kinesalite from 'kinesalite'
import { type Behind, listenBehind, makePeople, type People, type Person, upstream } from '../support/gateway.ts'
import { document } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const test1 = { accessKeyId: 'test', secretAccessKey: 'test' }

const code = `
exports.handler = async (event, context) => {
  console.log('it was called')
  if (event.fail) throw new TypeError('on purpose')
  return { event, identity: context.identity, client: context.clientContext }
}
`

describe('streams and functions', { timeout: 60_000 }, () => {
  let behind: Behind
  let server: TestServer
  let people: People
  let me: Person
  let kinesis: KinesisClient
  let admin: KinesisClient
  let lambda: LambdaClient
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-functions-'))

  before(async () => {
    mkdirSync(join(folder, 'hello'))
    writeFileSync(join(folder, 'hello', 'index.cjs'), code)
    writeFileSync(join(folder, 'hello', 'function.json'), JSON.stringify({ handler: 'index.handler' }))
    behind = await listenBehind(kinesalite({ createStreamMs: 0 }))
    server = await startTestServer({ functions: folder, settings: { upstreams: { kinesis: [upstream(behind.url)] } } })
    people = await makePeople(server)
    me = await people.join()
    await people.allow(
      document(
        {
          Effect: 'Allow',
          Action: ['kinesis:PutRecord*', 'kinesis:Get*', 'kinesis:ListShards'],
          Resource: 'arn:aws:kinesis:us-east-1:000000000000:stream/mine',
        },
        {
          Effect: 'Allow',
          Action: 'lambda:InvokeFunction',
          Resource: 'arn:aws:lambda:us-east-1:000000000000:function:hello',
        },
      ),
    )
    kinesis = new KinesisClient(me.config)
    lambda = new LambdaClient(me.config)
    admin = new KinesisClient({ ...me.config, credentials: test1 })
    for (const StreamName of ['mine', 'theirs']) {
      await admin.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
      await until(
        async () =>
          (await admin.send(new DescribeStreamCommand({ StreamName }))).StreamDescription?.StreamStatus === 'ACTIVE',
      )
    }
  })
  after(async () => {
    for (const client of [kinesis, admin, lambda]) client?.destroy()
    await server?.close()
    await behind?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const denied = (action: string) => (error: Error) => {
    assert.equal(error.name, 'AccessDeniedException')
    assert.match(
      error.message,
      new RegExp(
        `is not authorized to perform: ${action} on resource: \\S+ because no identity-based policy allows the ${action} action$`,
      ),
    )
    return true
  }

  test('records go in and come out of the stream that policy names', async () => {
    const Data = Buffer.from('hello')
    await kinesis.send(new PutRecordCommand({ StreamName: 'mine', Data, PartitionKey: 'k' }))
    await kinesis.send(
      new PutRecordsCommand({
        StreamARN: 'arn:aws:kinesis:us-east-1:000000000000:stream/mine',
        Records: [{ Data, PartitionKey: 'k' }],
      }),
    )
    const { Shards } = await kinesis.send(new ListShardsCommand({ StreamName: 'mine' }))
    const ShardId = Shards?.[0]?.ShardId
    const { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({ StreamName: 'mine', ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
    )
    const first = await kinesis.send(new GetRecordsCommand({ ShardIterator }))
    assert.deepEqual(
      first.Records?.map((one) => Buffer.from(one.Data ?? []).toString()),
      ['hello', 'hello'],
    )
    const next = await kinesis.send(new GetRecordsCommand({ ShardIterator: first.NextShardIterator }))
    assert.deepEqual(next.Records, [])
  })

  test('no other stream, and no iterator of another stream, opens anything', async () => {
    const theirs = { StreamName: 'theirs', Data: Buffer.from('x'), PartitionKey: 'k' }
    await assert.rejects(kinesis.send(new PutRecordCommand(theirs)), denied('kinesis:PutRecord'))
    const { ShardIterator } = await admin.send(
      new GetShardIteratorCommand({
        StreamName: 'theirs',
        ShardId: 'shardId-000000000000',
        ShardIteratorType: 'LATEST',
      }),
    )
    await assert.rejects(kinesis.send(new GetRecordsCommand({ ShardIterator })), denied('kinesis:GetRecords'))
    const elsewhere = new KinesisClient({ ...me.config, region: 'eu-west-1', credentials: test1 })
    await assert.rejects(elsewhere.send(new GetRecordsCommand({ ShardIterator })), {
      name: 'InvalidArgumentException',
    })
    const [name, mac, token] = (ShardIterator ?? '').split('.')
    assert.equal(Buffer.from(name ?? '', 'base64url').toString(), 'theirs')
    const renamed = `${Buffer.from('mine').toString('base64url')}.${mac}.${token}`
    for (const forged of [renamed, token ?? '', 'x'])
      await assert.rejects(kinesis.send(new GetRecordsCommand({ ShardIterator: forged })), {
        name: 'InvalidArgumentException',
      })
    await assert.rejects(
      kinesis.send(new DescribeStreamCommand({ StreamName: 'mine' })),
      denied('kinesis:DescribeStream'),
    )
  })

  test('a function is invoked, knows who called, and shows the end of its log', async () => {
    const answer = await lambda.send(
      new InvokeCommand({
        ...{ FunctionName: 'hello', Payload: JSON.stringify({ a: 1 }), LogType: 'Tail' },
        ClientContext: Buffer.from(JSON.stringify({ custom: { b: 2 } })).toString('base64'),
      }),
    )
    assert.deepEqual([answer.StatusCode, answer.FunctionError, answer.ExecutedVersion], [200, undefined, '$LATEST'])
    const said = JSON.parse(Buffer.from(answer.Payload ?? []).toString()) as {
      event: unknown
      identity: { cognitoIdentityId: string }
      client: unknown
    }
    assert.deepEqual([said.event, said.client], [{ a: 1 }, { custom: { b: 2 } }])
    assert.equal(said.identity.cognitoIdentityId, me.identityId)
    assert.match(Buffer.from(answer.LogResult ?? '', 'base64').toString(), /it was called/)
  })

  test('what a function throws is an answer; events and dry runs answer at once', async () => {
    const failed = await lambda.send(new InvokeCommand({ FunctionName: 'hello', Payload: '{"fail":true}' }))
    assert.deepEqual([failed.StatusCode, failed.FunctionError], [200, 'Unhandled'])
    assert.match(Buffer.from(failed.Payload ?? []).toString(), /"errorMessage":"on purpose"/)
    const invoke = (InvocationType: 'Event' | 'DryRun') =>
      lambda.send(
        new InvokeCommand({
          FunctionName: 'arn:aws:lambda:us-east-1:000000000000:function:hello',
          InvocationType,
          Payload: '{}',
        }),
      )
    assert.equal((await invoke('Event')).StatusCode, 202)
    assert.equal((await invoke('DryRun')).StatusCode, 204)
    await assert.rejects(lambda.send(new InvokeCommand({ FunctionName: 'hello', Payload: 'no json' })), {
      name: 'InvalidRequestContentException',
    })
  })

  test('other functions are denied, and a qualifier is another resource', async () => {
    await assert.rejects(lambda.send(new InvokeCommand({ FunctionName: 'other' })), denied('lambda:InvokeFunction'))
    await assert.rejects(
      lambda.send(new InvokeCommand({ FunctionName: 'hello', Qualifier: 'live' })),
      denied('lambda:InvokeFunction'),
    )
    const root = new LambdaClient({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: test1,
      maxAttempts: 1,
    })
    await assert.rejects(root.send(new InvokeCommand({ FunctionName: 'nothing' })), {
      name: 'ResourceNotFoundException',
    })
    root.destroy()
  })
})
