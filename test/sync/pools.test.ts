/** What administrators set for Cognito Sync: streams, bulk publishing, push, the Sync trigger; and what comes of it. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  BulkPublishCommand,
  type CognitoSyncClient,
  DeleteDatasetCommand,
  GetBulkPublishDetailsCommand,
  GetCognitoEventsCommand,
  GetIdentityPoolConfigurationCommand,
  RegisterDeviceCommand,
  SetCognitoEventsCommand,
  SetIdentityPoolConfigurationCommand,
  SubscribeToDatasetCommand,
  UnsubscribeFromDatasetCommand,
} from '@aws-sdk/client-cognito-sync'
import {
  CreateStreamCommand,
  DescribeStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
} from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import kinesalite from 'kinesalite'
import { readSync } from '../../src/sync/destinations.ts'
import { publishOnce } from '../../src/sync/streams/publisher.ts'
import { allowing, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { list, makeSyncPool, type Someone, someone, syncClient, write } from '../support/sync.ts'
import { until } from '../support/until.ts'

const trigger = `
exports.handler = async (event) => {
  const records = event.datasetRecords
  if (records.fail) throw new Error('no')
  if (records.shape) return { datasetRecords: {}, version: 3 }
  if (records.text) return 'text'
  if (records.slow) await new Promise((done) => setTimeout(done, 60_000))
  for (const [key, record] of Object.entries(records)) {
    if (record.op === 'replace') record.newValue = record.newValue.toUpperCase() + '/' + record.oldValue
    if (key === 'drop') delete records[key]
    if (key === 'unwanted') record.op = 'remove'
  }
  records.seen = { newValue: Object.keys(records).sort().join(), op: 'replace' }
  return event
}`

/** A posted message, as a receiver sees it. */
type Posted = { readonly headers: IncomingMessage['headers']; readonly body: string }

describe('Cognito Sync: what a pool is set to', () => {
  let server: TestServer
  let admin: CognitoSyncClient
  let streamRole: string
  let kinesis: KinesisClient
  const folder = mkdtempSync(join(tmpdir(), 'sync-functions-'))
  const posted: Posted[] = []
  let answer = { status: 200, body: '' }
  const receiver = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    posted.push({ headers: request.headers, body: Buffer.concat(parts).toString() })
    response.writeHead(answer.status).end(answer.body)
  })
  const streams = kinesalite({ createStreamMs: 0 })

  before(async () => {
    mkdirSync(join(folder, 'on-sync'))
    writeFileSync(join(folder, 'on-sync', 'index.js'), trigger)
    receiver.listen(0, '127.0.0.1')
    streams.listen(0, '127.0.0.1')
    await Promise.all([once(receiver, 'listening'), once(streams, 'listening')])
    const at = (one: { address(): unknown }) => `http://127.0.0.1:${(one.address() as AddressInfo).port}`
    const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
    // HTTP/1.1: this server speaks nothing newer.
    const requestHandler = new NodeHttpHandler()
    kinesis = new KinesisClient({
      endpoint: at(streams),
      region: 'us-east-1',
      credentials: { ...keys },
      requestHandler,
    })
    for (const StreamName of ['changes', 'ordered', 'bulk'])
      await kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: 1 }))
    const url = at(receiver)
    const sync = readSync(
      JSON.stringify({
        streams: { posted: { url, secret: 's' }, '*': { endpoint: at(streams), region: 'us-east-1', ...keys } },
        push: { endpoint: url, region: 'us-east-1', ...keys },
      }),
    )
    server = await startTestServer({ functions: folder, settings: { sync } })
    admin = syncClient(server)
    streamRole = await makeRole(server.clients, 'streams', {
      trust: document({
        Effect: 'Allow',
        Principal: { Service: 'cognito-sync.amazonaws.com' },
        Action: 'sts:AssumeRole',
      }),
      policy: allowing('kinesis:PutRecords'),
    })
  })
  after(async () => {
    await server.close()
    receiver.close()
    streams.close()
    rmSync(folder, { recursive: true, force: true })
  })

  const refuses = (work: Promise<unknown>, name: string, message?: RegExp) =>
    assert.rejects(work, (error: Error) => {
      assert.equal(error.name, name, error.message)
      if (message) assert.match(error.message, message)
      return true
    })
  const configure = (IdentityPoolId: string, more: object) =>
    admin.send(new SetIdentityPoolConfigurationCommand({ IdentityPoolId, ...more }))
  const stream = (IdentityPoolId: string, StreamName: string, RoleArn = streamRole) =>
    configure(IdentityPoolId, { CognitoStreams: { StreamName, RoleArn, StreamingStatus: 'ENABLED' } })
  const place = ({ IdentityPoolId, IdentityId }: Someone, DatasetName: string) => ({
    IdentityPoolId,
    IdentityId,
    DatasetName,
  })
  const publish = async () => {
    while (await publishOnce(server.world));
  }
  const readStream = async (StreamName: string) => {
    const { StreamDescription } = await kinesis.send(new DescribeStreamCommand({ StreamName }))
    const ShardId = StreamDescription?.Shards?.[0]?.ShardId
    const from = { StreamName, ShardId, ShardIteratorType: 'TRIM_HORIZON' as const }
    const { ShardIterator } = await kinesis.send(new GetShardIteratorCommand(from))
    const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }))
    return Records.map(({ Data, PartitionKey }) => ({
      PartitionKey,
      ...JSON.parse(Buffer.from(Data ?? []).toString()),
    }))
  }

  describe('streams', () => {
    test('a pool with many changes leaves the others their turn', async () => {
      const [busy, other] = [await makeSyncPool(server), await makeSyncPool(server)]
      for (const pool of [busy, other]) await stream(pool, 'posted')
      const [one, two] = [await someone(server, busy), await someone(server, other)]
      // Of one identity they go one at a time.
      for (let at = 0; at < 25; at++) await write(one, 'd', { n: `${at}` })
      await write(two, 'd', { n: 'x' })
      posted.length = 0
      const poolOf = ({ body }: Posted) => (JSON.parse(body) as { identityPoolId: string }).identityPoolId
      await publishOnce(server.world)
      await publishOnce(server.world)
      const [ofBusy, ofOther] = [busy, other].map((pool) => posted.filter((one) => poolOf(one) === pool).length)
      assert.deepEqual([ofBusy, ofOther], [20, 1])
      await publish()
      assert.equal(posted.length, 26)
    })

    test('a change is in the stream as AWS documents it, and a removal too', async () => {
      const pool = await makeSyncPool(server)
      const { CognitoStreams } = await stream(pool, 'changes')
      assert.deepEqual(CognitoStreams, { StreamName: 'changes', RoleArn: streamRole, StreamingStatus: 'ENABLED' })
      assert.deepEqual(
        (await admin.send(new GetIdentityPoolConfigurationCommand({ IdentityPoolId: pool }))).CognitoStreams,
        CognitoStreams,
      )
      const who = await someone(server, pool)
      await write(who, 'd', { a: '1' })
      await write(who, 'd', { a: null })
      await who.client.send(new DeleteDatasetCommand(place(who, 'd')))
      await publish()
      const [first, second, third, ...more] = await readStream('changes')
      assert.deepEqual(more, [])
      const { lastModifiedDate } = first
      assert.deepEqual(first, {
        PartitionKey: who.IdentityId,
        identityPoolId: pool,
        identityId: who.IdentityId,
        dataSetName: 'd',
        operation: 'replace',
        kinesisSyncRecords: [
          { key: 'a', value: '1', syncCount: 1, lastModifiedDate, deviceLastModifiedDate: null, op: 'replace' },
        ],
        lastModifiedDate,
        kinesisSyncRecordsURL: null,
        payloadType: 'Inline',
        syncCount: 1,
      })
      assert.deepEqual([second.kinesisSyncRecords[0].op, second.kinesisSyncRecords[0].value], ['remove', null])
      assert.deepEqual([third.operation, third.kinesisSyncRecords, third.syncCount], ['remove', [], 3])
    })

    test('every change of many devices arrives, those of each in their order', async () => {
      const pool = await makeSyncPool(server)
      await stream(pool, 'ordered')
      const people = await Promise.all([1, 2, 3].map(() => someone(server, pool)))
      const publishing = (async () => {
        for (let round = 0; round < 20; round++) await publish()
      })()
      await Promise.all(
        people.map(async (who) => {
          for (let at = 1; at <= 15; at++) await write(who, 'd', { n: `${at}` })
        }),
      )
      await publishing
      await publish()
      const read = await readStream('ordered')
      for (const { IdentityId } of people)
        assert.deepEqual(
          read.filter(({ identityId }) => identityId === IdentityId).map(({ syncCount }) => syncCount),
          Array.from({ length: 15 }, (_, at) => at + 1),
        )
    })

    test('a stream that is gone, and a role that may not write, switch streaming off; what waits stays', async () => {
      const pool = await makeSyncPool(server)
      const powerless = await makeRole(server.clients, 'powerless', {
        trust: document({
          Effect: 'Allow',
          Principal: { Service: 'cognito-sync.amazonaws.com' },
          Action: 'sts:AssumeRole',
        }),
      })
      const untrusting = await makeRole(server.clients, 'untrusting', { policy: allowing('kinesis:*') })
      const who = await someone(server, pool)
      const status = async () =>
        (await admin.send(new GetIdentityPoolConfigurationCommand({ IdentityPoolId: pool }))).CognitoStreams
          ?.StreamingStatus
      for (const [name, role] of [
        ['nowhere', streamRole],
        ['changes', powerless],
        ['changes', untrusting],
      ] as const) {
        await stream(pool, name, role)
        await write(who, 'd', { [`${name}-${role}`]: '1' })
        await publish()
        assert.equal(await status(), 'DISABLED', `${name} ${role}`)
      }
      const before = (await readStream('changes')).length
      await stream(pool, 'changes')
      await publish()
      assert.equal((await readStream('changes')).length, before + 3)
    })

    test('an address gets each change signed; while it is down they wait, and nothing is lost', async () => {
      const pool = await makeSyncPool(server)
      await stream(pool, 'posted')
      const who = await someone(server, pool)
      answer = { status: 503, body: '' }
      await write(who, 'd', { a: '1' })
      await write(who, 'd', { a: '2' })
      await publish()
      answer = { status: 200, body: '' }
      posted.length = 0
      await publish()
      assert.equal(posted.length, 0, 'it is left alone for a while')
      server.world.clock.advance(2_000)
      await publish()
      assert.deepEqual(
        posted.map(({ body }) => JSON.parse(body).syncCount),
        [1, 2],
      )
      const { headers, body } = posted[0] as Posted
      const signed = createHmac('sha256', 's').update(`${headers['x-poolhouse-timestamp']}.${body}`).digest('hex')
      assert.equal(headers['x-poolhouse-signature'], `sha256=${signed}`)
      assert.equal(posted[0]?.headers['x-poolhouse-partition-key'], who.IdentityId)
      server.world.clock.advance(-2_000)
    })

    test('a change that is too long for a stream goes by its address', async () => {
      const pool = await makeSyncPool(server)
      await stream(pool, 'posted')
      const who = await someone(server, pool)
      posted.length = 0
      await write(who, 'd', { long: '"'.repeat(600_000) })
      await publish()
      const { payloadType, kinesisSyncRecordsURL, kinesisSyncRecords } = JSON.parse(posted[0]?.body ?? '')
      assert.deepEqual([payloadType, kinesisSyncRecords], ['S3Url', null])
      const whole = (await (await fetch(kinesisSyncRecordsURL)).json()) as { kinesisSyncRecords: { value: string }[] }
      assert.equal(whole.kinesisSyncRecords[0]?.value.length, 600_000)
      assert.equal((await fetch(`${kinesisSyncRecordsURL.slice(0, -1)}_`)).status, 404)
    })

    test('bulk publishing copies all there is; once at a time, and once a day', async () => {
      const pool = await makeSyncPool(server)
      const target = new BulkPublishCommand({ IdentityPoolId: pool })
      const details = () => admin.send(new GetBulkPublishDetailsCommand({ IdentityPoolId: pool }))
      await refuses(admin.send(target), 'InvalidParameterException', /not enabled/)
      assert.equal((await details()).BulkPublishStatus, 'NOT_STARTED')
      const people = await Promise.all([1, 2, 3, 4, 5, 6].map(() => someone(server, pool)))
      for (const who of people) await write(who, 'd', { a: '1', b: '2', gone: null })
      await stream(pool, 'bulk')
      await admin.send(target)
      await refuses(admin.send(target), 'DuplicateRequestException')
      assert.equal((await details()).BulkPublishStatus, 'IN_PROGRESS')
      await publish()
      const { BulkPublishStatus, BulkPublishCompleteTime } = await details()
      assert.equal(BulkPublishStatus, 'SUCCEEDED')
      assert.ok(BulkPublishCompleteTime)
      const read = await readStream('bulk')
      assert.deepEqual(
        read.map(({ identityId }) => identityId).sort(),
        people.map(({ IdentityId }) => IdentityId).sort(),
      )
      assert.deepEqual(
        read[0].kinesisSyncRecords.map(({ key }: { key: string }) => key),
        ['a', 'b'],
      )
      await refuses(admin.send(target), 'AlreadyStreamedException')
    })

    test('what cannot work is refused when it is set', async () => {
      const pool = await makeSyncPool(server)
      const RoleArn = streamRole
      await refuses(
        configure(pool, { CognitoStreams: { StreamingStatus: 'ENABLED', RoleArn } }),
        'InvalidParameterException',
        /StreamName/,
      )
      await refuses(
        configure(pool, { CognitoStreams: { StreamingStatus: 'ENABLED', StreamName: 's' } }),
        'InvalidParameterException',
        /RoleArn/,
      )
      await refuses(
        configure(pool, { CognitoStreams: { StreamName: 's', RoleArn: 'arn:aws:iam::111111111111:role/other' } }),
        'NotAuthorizedException',
      )
      await refuses(configure(pool, { CognitoStreams: { StreamName: 5 } }), 'SerializationException')
      await refuses(configure('us-east-1:00000000-0000-0000-0000-000000000000', {}), 'ResourceNotFoundException')
    })
  })

  describe('the Sync trigger', () => {
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:on-sync'

    test('is set, shown and taken away; other events and other ARNs are refused', async () => {
      const IdentityPoolId = await makeSyncPool(server)
      const set = (Events: Record<string, string>) =>
        admin.send(new SetCognitoEventsCommand({ IdentityPoolId, Events }))
      const get = async () => (await admin.send(new GetCognitoEventsCommand({ IdentityPoolId }))).Events
      await set({ SyncTrigger: arn })
      assert.deepEqual(await get(), { SyncTrigger: arn })
      await set({ SyncTrigger: '' })
      assert.deepEqual(await get(), {})
      await refuses(set({ Other: arn }), 'InvalidParameterException')
      await refuses(set({ SyncTrigger: 'nonsense' }), 'InvalidParameterException')
      await refuses(set({ SyncTrigger: 5 as never }), 'SerializationException')
    })

    test('sees what an identity writes, and may change, drop, remove and add', async () => {
      const IdentityPoolId = await makeSyncPool(server)
      const who = await someone(server, IdentityPoolId)
      await write(who, 'd', { unwanted: 'x', kept: 'y' })
      await admin.send(new SetCognitoEventsCommand({ IdentityPoolId, Events: { SyncTrigger: arn } }))
      const { Records } = await write(who, 'd', { colour: 'red', drop: 'z' })
      assert.deepEqual(Object.fromEntries((Records ?? []).map(({ Key, Value }) => [Key, Value])), {
        colour: 'RED/undefined',
        unwanted: undefined,
        seen: 'colour,kept,unwanted',
      })
      assert.deepEqual(
        Object.fromEntries(((await list(who, 'd')).Records ?? []).map(({ Key, Value }) => [Key, Value])),
        { colour: 'RED/undefined', kept: 'y', unwanted: undefined, seen: 'colour,kept,unwanted' },
      )
      const developer = { ...who, client: admin }
      await write(developer, 'd', { plain: 'as it is' })
      assert.equal((await list(who, 'd')).Records?.find(({ Key }) => Key === 'plain')?.Value, 'as it is')
    })

    test('that fails, or answers something else, refuses the update, and nothing is written', async () => {
      const IdentityPoolId = await makeSyncPool(server)
      const who = await someone(server, IdentityPoolId)
      await admin.send(new SetCognitoEventsCommand({ IdentityPoolId, Events: { SyncTrigger: arn } }))
      for (const key of ['fail', 'shape', 'text'])
        await refuses(write(who, 'd', { [key]: '1' }), 'InvalidLambdaFunctionOutputException')
      assert.equal((await list(who, 'd')).DatasetExists, false)
    })
  })

  describe('push synchronisation', () => {
    const application = 'arn:aws:sns:us-east-1:000000000000:app/GCM/notes'

    test('needs a configuration, and a platform that it names', async () => {
      const pool = await makeSyncPool(server)
      const who = await someone(server, pool)
      const register = (Platform: string) =>
        who.client.send(new RegisterDeviceCommand({ ...who, Platform: Platform as 'GCM', Token: 'token' }))
      await refuses(register('GCM'), 'InvalidConfigurationException')
      await refuses(
        who.client.send(new SubscribeToDatasetCommand({ ...place(who, 'd'), DeviceId: 'x' })),
        'InvalidConfigurationException',
      )
      await configure(pool, { PushSync: { ApplicationArns: [application], RoleArn: streamRole } })
      await refuses(register('APNS'), 'InvalidConfigurationException')
      await refuses(register('FAX'), 'InvalidParameterException')
      answer = { status: 400, body: '<ErrorResponse/>' }
      await refuses(register('GCM'), 'InvalidConfigurationException')
      await refuses(
        admin.send(new RegisterDeviceCommand({ ...who, Platform: 'GCM', Token: 'token' })),
        'NotAuthorizedException',
      )
    })

    test('tells the other devices of an identity, through SNS, that a dataset has changed', async () => {
      const pool = await makeSyncPool(server)
      await configure(pool, { PushSync: { ApplicationArns: [application], RoleArn: streamRole } })
      const who = await someone(server, pool)
      const register = async (name: string) => {
        answer = { status: 200, body: `<r><EndpointArn>arn:endpoint/${name}</EndpointArn></r>` }
        const input = { ...who, Platform: 'GCM' as const, Token: `token-${name}` }
        return (await who.client.send(new RegisterDeviceCommand(input))).DeviceId ?? ''
      }
      const [phone, tablet] = [await register('phone'), await register('tablet')]
      assert.match(posted.at(-1)?.body ?? '', /Action=CreatePlatformEndpoint.*Token=token-tablet/)
      assert.match(
        String(posted.at(-1)?.headers.authorization),
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/sns/,
      )
      const subscribe = (DeviceId: string, dataset = 'd') =>
        who.client.send(new SubscribeToDatasetCommand({ ...place(who, dataset), DeviceId }))
      await refuses(subscribe(phone), 'ResourceNotFoundException', /Dataset/)
      await write(who, 'd', { a: '1' })
      await subscribe(phone)
      await subscribe(tablet)
      await refuses(subscribe('unknown'), 'ResourceNotFoundException', /Device/)
      posted.length = 0
      await write(who, 'd', { a: '2' })
      await until(() => posted.length >= 2)
      const messages = posted.map(({ body }) => new URLSearchParams(body))
      assert.deepEqual(messages.map((one) => one.get('TargetArn')).sort(), [
        'arn:endpoint/phone',
        'arn:endpoint/tablet',
      ])
      const { GCM } = JSON.parse(messages[0]?.get('Message') ?? '')
      assert.deepEqual(JSON.parse(GCM).data, {
        source: 'cognito-sync',
        identityPoolId: pool,
        identityId: who.IdentityId,
        datasetName: 'd',
        syncCount: 2,
      })
      await who.client.send(new UnsubscribeFromDatasetCommand({ ...place(who, 'd'), DeviceId: phone }))
      await refuses(
        who.client.send(new UnsubscribeFromDatasetCommand({ ...place(who, 'd'), DeviceId: phone })),
        'ResourceNotFoundException',
      )
    })
  })
})
