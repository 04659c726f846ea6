/** Log delivery from outside: what may be configured, and that records arrive in files, buckets, servers and Firehose. */
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  GetLogDeliveryConfigurationCommand,
  type LogConfigurationType,
  SetLogDeliveryConfigurationCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import { flush } from '../../src/user-pools/risk/event-log.ts'
import { stopWatching } from '../../src/user-pools/risk/stop.ts'
import type { Message } from '../../src/world.ts'
import { makePool, refused, type TestPool } from '../support/people.ts'
import { allowing, assume, makeRole } from '../support/roles.ts'
import type { TestServer } from '../support/server.ts'
import { callFrom, makeWatchedPool, signInFrom, startWatchedServer } from '../support/watched.ts'

const LogGroupArn = 'arn:aws:logs:us-east-1:000000000000:log-group:/aws/vendedlogs/people'
const notifications: LogConfigurationType = {
  EventSource: 'userNotification',
  LogLevel: 'ERROR',
  CloudWatchLogsConfiguration: { LogGroupArn },
}
const events: LogConfigurationType = {
  EventSource: 'userAuthEvents',
  LogLevel: 'INFO',
  S3Configuration: { BucketArn: 'arn:aws:s3:::sign-ins' },
}

const configure = ({ clients }: TestServer, pool: TestPool, LogConfigurations: LogConfigurationType[]) =>
  clients.idp.send(new SetLogDeliveryConfigurationCommand({ UserPoolId: pool.id, LogConfigurations }))

describe('SetLogDeliveryConfiguration and GetLogDeliveryConfiguration', () => {
  let server: TestServer
  before(async () => {
    server = await startWatchedServer()
  })
  after(() => server.close())

  test('refuse the wrong type', async () => {
    const pool = await makePool(server)
    await refused(configure(server, pool, 'all' as never), 'SerializationException')
    const call = new GetLogDeliveryConfigurationCommand({ UserPoolId: 7 as never })
    await refused(server.clients.idp.send(call), 'SerializationException')
  })

  test('refuse the wrong value', async () => {
    const pool = await makeWatchedPool(server)
    const StreamArn = 'arn:aws:firehose:eu-west-1:000000000000:deliverystream/x'
    const wrong: [LogConfigurationType[], RegExp][] = [
      [[notifications, notifications], /^Following event sources appear more then once in a request$/],
      [[{ ...notifications, LogLevel: 'INFO' }], /Log level INFO/],
      [[{ ...events, LogLevel: 'ERROR' }], /Log level ERROR/],
      [[{ ...events, CloudWatchLogsConfiguration: { LogGroupArn } }], /Exactly one destination/],
      [[{ EventSource: 'userAuthEvents', LogLevel: 'INFO' }], /Exactly one destination/],
      [[{ ...events, EventSource: 'userNotification', LogLevel: 'ERROR' }], /Destination is not supported/],
      [
        [{ EventSource: 'userAuthEvents', LogLevel: 'INFO', FirehoseConfiguration: { StreamArn } }],
        /^Request validation Failed\. \[.* failed with the following validation errors: ARN does not belong to current region\. \]$/,
      ],
      [[{ ...events, S3Configuration: { BucketArn: 'x' } }], /failed to satisfy/],
      [[events, notifications, events], /less than or equal to 2/],
    ]
    for (const [given, sentence] of wrong)
      await refused(configure(server, pool, given), 'InvalidParameterException', sentence)
    await refused(
      configure(server, await makePool(server), [events]),
      'FeatureUnavailableInTierException',
      'The following feature is not available for the ESSENTIALS pricing tier configured: Log Streaming',
    )
    const nobody = new GetLogDeliveryConfigurationCommand({ UserPoolId: 'us-east-1_nobody000' })
    await refused(server.clients.idp.send(nobody), 'ResourceNotFoundException')
  })

  test('a bucket is named by whoever could open it to the server', async () => {
    const pool = await makeWatchedPool(server)
    const editor = await makeRole(server.clients, 'log-editor', { policy: allowing('cognito-idp:*') })
    const { idp } = await assume(server, server.clients, editor)
    const set = () =>
      idp.send(new SetLogDeliveryConfigurationCommand({ UserPoolId: pool.id, LogConfigurations: [events] }))
    await refused(set(), 'AccessDeniedException', /s3:PutBucketPolicy on resource: arn:aws:s3:::sign-ins/)
    const found = await server.clients.idp.send(new GetLogDeliveryConfigurationCommand({ UserPoolId: pool.id }))
    assert.deepEqual(found.LogDeliveryConfiguration?.LogConfigurations, [])
    await server.clients.iam.send(
      new PutRolePolicyCommand({
        ...{ RoleName: 'log-editor', PolicyName: 'bucket' },
        PolicyDocument: allowing('s3:PutBucketPolicy', 'arn:aws:s3:::sign-ins'),
      }),
    )
    await set()
  })

  test('do it: what is set replaces what was, an empty list ends it', async () => {
    const pool = await makeWatchedPool(server)
    const read = async () =>
      (await server.clients.idp.send(new GetLogDeliveryConfigurationCommand({ UserPoolId: pool.id })))
        .LogDeliveryConfiguration
    const LogConfigurations = [notifications, events]
    const set = await configure(server, pool, LogConfigurations)
    assert.deepEqual(set.LogDeliveryConfiguration, { UserPoolId: pool.id, LogConfigurations })
    assert.deepEqual(await read(), set.LogDeliveryConfiguration)
    await configure(server, pool, [])
    assert.deepEqual(await read(), { UserPoolId: pool.id, LogConfigurations: [] })
  })
})

/** A server that keeps what it is sent and fails as often as told. */
function listener(failures: number) {
  const got: { headers: IncomingMessage['headers']; body: string }[] = []
  const taken = Promise.withResolvers<void>()
  const http = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      got.push({ headers: request.headers, body: Buffer.concat(parts).toString() })
      response.statusCode = got.length <= failures ? 500 : 200
      response.end('{"FailedPutCount":0}')
      if (got.length > failures) taken.resolve()
    })
  }).listen(0)
  return { got, taken: taken.promise, http, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/` }
}

/** What is on its way arrives. */
async function settle(server: TestServer) {
  await flush(server.world)
  await stopWatching(server.world)
}

const messageOf = (line = '{}') => JSON.parse(line) as { eventSource: string; message: Record<string, string> }

describe('log records', () => {
  test('go to a bucket of this server by its ARN, as AWS exports them', async () => {
    const server = await startWatchedServer()
    try {
      const pool = await makeWatchedPool(server)
      await server.clients.s3.send(new CreateBucketCommand({ Bucket: 'sign-ins' }))
      await configure(server, pool, [events])
      await pool.add('ann')
      await signInFrom(server, pool, 'ann')
      await settle(server)
      const { Contents } = await server.clients.s3.send(new ListObjectsV2Command({ Bucket: 'sign-ins' }))
      const Key = Contents?.[0]?.Key ?? assert.fail('nothing was written')
      const written = await server.clients.s3.send(new GetObjectCommand({ Bucket: 'sign-ins', Key }))
      const record = messageOf(await written.Body?.transformToString())
      assert.equal(record.eventSource, 'USER_ACTIVITY')
      assert.equal(record.message['eventType'], 'SIGN_IN')
      assert.equal(record.message['eventResponse'], 'Pass')
      assert.equal(record.message['ipAddress'], '8.8.8.8')
      assert.match(record.message['creationDate'] ?? '', /^\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4}$/)
    } finally {
      await server.close()
    }
  })

  test('of messages that could not be sent go to a file of the log group in the data folder, and hold no code', async () => {
    const server = await startWatchedServer()
    try {
      const pool = await makePool(server, { AutoVerifiedAttributes: ['email'] })
      await configure(server, pool, [notifications])
      let code = ''
      const send = (message: Message) => {
        code = message.code
        return Promise.reject(new Error('refused by the provider'))
      }
      Object.assign(server.world, { send })
      const UserAttributes = [{ Name: 'email', Value: 'ann@example.com' }]
      const signUp = { ClientId: pool.clientId, Username: 'ann', Password: 'Passw0rd!', UserAttributes }
      assert.equal((await callFrom(server, 'SignUp', signUp)).body.__type, 'CodeDeliveryFailureException')
      await new Promise((resolve) => setImmediate(resolve))
      await settle(server)
      const folder = join(server.world.settings.dataFolder, 'logs')
      const [group = ''] = readdirSync(folder)
      assert.equal(group, 'logs-%2Faws%2Fvendedlogs%2Fpeople')
      const [file = ''] = readdirSync(join(folder, group))
      const text = readFileSync(join(folder, group, file), 'utf8')
      assert.equal(messageOf(text).message['details'], 'E-mail message delivery has failed.')
      assert.match(code, /^\d{6}$/)
      assert.ok(!text.replace(/"eventTimestamp":"\d+"/, '').includes(code) && !text.includes('ann@example'))
    } finally {
      await server.close()
    }
  })

  test('go to an HTTP server that the settings name, signed, and are sent again when it fails', async () => {
    const { got, taken, http, url } = listener(1)
    const logDestinations = JSON.stringify({ 'sign-ins': { url, secret: 's3cret' } })
    const server = await startWatchedServer({ logDestinations })
    try {
      const pool = await makeWatchedPool(server)
      await configure(server, pool, [events])
      await pool.add('ann')
      await signInFrom(server, pool, 'ann')
      await flush(server.world)
      await taken
      assert.equal(got.length, 2)
      const [first, second] = got
      assert.equal(second?.body, first?.body)
      const timestamp = String(second?.headers['x-poolhouse-timestamp'])
      const expected = createHmac('sha256', 's3cret').update(`${timestamp}.${second?.body}`).digest('hex')
      assert.equal(second?.headers['x-poolhouse-signature'], `sha256=${expected}`)
      assert.equal(messageOf(second?.body.trim()).message['userName'], 'ann')
    } finally {
      http.close()
      await server.close()
    }
  })

  test('go to Firehose’s own API, signed for its region', async () => {
    const { got, http, url } = listener(0)
    const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
    const server = await startWatchedServer({ logDestinations: JSON.stringify({ stream: { endpoint: url, ...keys } }) })
    try {
      const pool = await makeWatchedPool(server)
      const StreamArn = 'arn:aws:firehose:us-east-1:000000000000:deliverystream/stream'
      await configure(server, pool, [
        { EventSource: 'userAuthEvents', LogLevel: 'INFO', FirehoseConfiguration: { StreamArn } },
      ])
      await pool.add('ann')
      await signInFrom(server, pool, 'ann')
      await settle(server)
      const [put] = got
      assert.equal(put?.headers['x-amz-target'], 'Firehose_20150804.PutRecordBatch')
      assert.match(
        put?.headers.authorization ?? '',
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/firehose\/aws4_request, /,
      )
      const body = JSON.parse(put?.body ?? '{}') as { DeliveryStreamName: string; Records: { Data: string }[] }
      assert.equal(body.DeliveryStreamName, 'stream')
      assert.equal(messageOf(Buffer.from(body.Records[0]?.Data ?? '', 'base64').toString()).message['userName'], 'ann')
    } finally {
      http.close()
      await server.close()
    }
  })

  test('that nobody takes hold up no sign-in', async () => {
    const server = await startWatchedServer({
      logDestinations: JSON.stringify({ '*': { url: 'http://127.0.0.1:1/', secret: 'x' } }),
    })
    try {
      const pool = await makeWatchedPool(server)
      await configure(server, pool, [events])
      await pool.add('ann')
      for (let n = 0; n < 3; n++) assert.ok((await signInFrom(server, pool, 'ann')).body['AuthenticationResult'])
      await flush(server.world)
      assert.ok((await signInFrom(server, pool, 'ann')).body['AuthenticationResult'])
    } finally {
      await server.close()
    }
  })
})
