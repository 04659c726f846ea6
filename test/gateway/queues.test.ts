/** SQS, SNS and APIs of a server behind the gateway: allowed here, signed with that server's keys, refused in AWS's words. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { PublishBatchCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { DecodeAuthorizationMessageCommand } from '@aws-sdk/client-sts'
import { SignatureV4 } from '@smithy/signature-v4'
import { pino } from 'pino'
import { signRequest } from '../../src/wire/sigv4-sign.ts'
import { makePeople, type Person, upstream } from '../support/gateway.ts'
import { type QueueServer, startQueueServer } from '../support/queue-server.ts'
import { document } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { Sha256 } from '../support/sha256.ts'

const test1 = { accessKeyId: 'test', secretAccessKey: 'test' }

describe('services of a server behind the gateway', { timeout: 60_000 }, () => {
  let behind: QueueServer
  let server: TestServer
  let me: Person
  let sqs: SQSClient
  let sns: SNSClient

  before(async () => {
    behind = await startQueueServer()
    const row = upstream(behind.url, { region: 'eu-west-1', account: '111122223333' })
    server = await startTestServer({
      settings: { upstreams: { sqs: [row], sns: [row], 'execute-api': [{ ...row, match: 'abc' }] } },
    })
    const people = await makePeople(server)
    me = await people.join()
    const of = (service: string, rest: string) => `arn:aws:${service}:us-east-1:000000000000:${rest}`
    await people.allow(
      document(
        { Effect: 'Allow', Action: ['sqs:SendMessage', 'sqs:GetQueueUrl'], Resource: of('sqs', 'mine') },
        { Effect: 'Allow', Action: 'sns:Publish', Resource: of('sns', 'news') },
        { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: of('execute-api', 'abc/prod/GET/pets/*') },
      ),
    )
    sqs = new SQSClient(me.config)
    sns = new SNSClient(me.config)
  })
  after(async () => {
    sqs?.destroy()
    sns?.destroy()
    await server?.close()
    await behind?.close()
  })

  const url = (name: string) => `${server.endpoint}/000000000000/${name}`
  const md5 = (text: string) => hash('md5', text)

  test('a message goes to the queue there, by the URL that the queue has there', async () => {
    behind.reply = () => JSON.stringify({ MessageId: 'm', MD5OfMessageBody: md5('hello') })
    assert.equal(
      (await sqs.send(new SendMessageCommand({ QueueUrl: url('mine'), MessageBody: 'hello' }))).MessageId,
      'm',
    )
    const { service, target, body } = behind.heard.at(-1) ?? assert.fail()
    assert.deepEqual([service, target], ['sqs', 'AmazonSQS.SendMessage'])
    assert.deepEqual(JSON.parse(body), { QueueUrl: `${behind.url}/111122223333/mine`, MessageBody: 'hello' })
  })

  test('its own URLs come back as ours', async () => {
    behind.reply = () => JSON.stringify({ QueueUrl: `${behind.url}/111122223333/mine` })
    assert.equal((await sqs.send(new GetQueueUrlCommand({ QueueName: 'mine' }))).QueueUrl, url('mine'))
  })

  test('a server that answers nothing to an operation without output is understood', async () => {
    behind.reply = () => ''
    const root = new SQSClient({ endpoint: server.endpoint, region: 'us-east-1', credentials: test1, maxAttempts: 1 })
    await root.send(new DeleteQueueCommand({ QueueUrl: url('mine') }))
    root.destroy()
  })

  test('a batch needs the permission of the single call; other queues, calls and accounts are denied in lower case', async () => {
    const denied = (action: string) => (error: Error & { $metadata?: { httpStatusCode?: number } }) => {
      assert.equal(error.$metadata?.httpStatusCode, 403)
      assert.match(error.name, /^AccessDenied/)
      assert.match(
        error.message,
        new RegExp(
          `is not authorized to perform: sqs:${action} on resource: \\S+ because no identity-based policy allows the sqs:${action} action$`,
        ),
      )
      return true
    }
    const count = behind.heard.length
    await assert.rejects(
      sqs.send(new SendMessageCommand({ QueueUrl: url('theirs'), MessageBody: 'x' })),
      denied('sendmessage'),
    )
    await assert.rejects(sqs.send(new ReceiveMessageCommand({ QueueUrl: url('mine') })), denied('receivemessage'))
    await assert.rejects(sqs.send(new CreateQueueCommand({ QueueName: 'mine' })), denied('createqueue'))
    await assert.rejects(sqs.send(new ListQueuesCommand({})), denied('listqueues'))
    const elsewhere = url('mine').replace('000000000000', '222233334444')
    await assert.rejects(sqs.send(new SendMessageCommand({ QueueUrl: elsewhere, MessageBody: 'x' })), (error: Error) =>
      /^AccessDenied/.test(error.name),
    )
    assert.equal(behind.heard.length, count)
    behind.reply = () =>
      JSON.stringify({ Successful: [{ Id: '1', MessageId: 'm', MD5OfMessageBody: md5('x') }], Failed: [] })
    const Entries = [{ Id: '1', MessageBody: 'x' }]
    await sqs.send(new SendMessageBatchCommand({ QueueUrl: url('mine'), Entries }))
    await assert.rejects(
      sqs.send(new SendMessageBatchCommand({ QueueUrl: url('theirs'), Entries })),
      denied('sendmessage'),
    )
  })

  /** A form as SDKs sent it before JSON. */
  async function form(service: string, path: string, fields: string, keys = test1) {
    const host = new URL(server.endpoint).host
    const { host: _, ...headers } = signRequest({
      ...{ method: 'POST', host, path, query: '', region: 'us-east-1', service, now: Date.now(), keys },
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payloadHash: hash('sha256', fields),
    }).headers
    const answer = await fetch(`${server.endpoint}${path}`, { method: 'POST', headers, body: fields })
    return { status: answer.status, text: await answer.text() }
  }

  test('the Query protocol means the same: the queue in the path, URLs ours, denials as XML', async () => {
    behind.reply = () => '<SendMessageResponse><QueueUrl>http://x/111122223333/mine</QueueUrl></SendMessageResponse>'
    const sent = await form('sqs', '/000000000000/mine', 'Action=SendMessage&MessageBody=hello')
    assert.equal(sent.status, 200)
    assert.match(sent.text, new RegExp(`<QueueUrl>${url('mine')}</QueueUrl>`))
    assert.equal(behind.heard.at(-1)?.path, '/111122223333/mine')
    const credentials = await me.config.credentials()
    const denied = await form('sqs', '/000000000000/theirs', 'Action=SendMessage&MessageBody=hello', credentials)
    assert.equal(denied.status, 403)
    assert.match(denied.text, /<Code>AccessDenied<\/Code><Message>User: .* sqs:sendmessage on resource: .*theirs/)
    const twice = await form('sqs', '/', `Action=SendMessage&QueueUrl=${url('a')}&QueueUrl=${url('b')}&MessageBody=x`)
    assert.match(twice.text, /comes twice/)
  })

  test('SNS publishes to the topics that policy names, one and in a batch', async () => {
    const topic = (name: string) => `arn:aws:sns:us-east-1:000000000000:${name}`
    behind.reply = () => '<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>'
    await sns.send(new PublishCommand({ TopicArn: topic('news'), Message: 'hello' }))
    const { service, body } = behind.heard.at(-1) ?? assert.fail()
    assert.deepEqual(
      [service, new URLSearchParams(body).get('TopicArn')],
      ['sns', 'arn:aws:sns:eu-west-1:111122223333:news'],
    )
    const denied = (error: Error) => error.name.startsWith('AuthorizationError') && /sns:Publish/.test(error.message)
    await assert.rejects(sns.send(new PublishCommand({ TopicArn: topic('other'), Message: 'x' })), denied)
    await assert.rejects(sns.send(new PublishCommand({ PhoneNumber: '+15550100', Message: 'x' })), denied)
    await assert.rejects(
      sns.send(
        new PublishBatchCommand({ TopicArn: topic('other'), PublishBatchRequestEntries: [{ Id: '1', Message: 'x' }] }),
      ),
      denied,
    )
  })

  test('an API is asked by IAM: method and path by policy, tricks with paths refused, unsigned calls told so', async () => {
    const signer = new SignatureV4({
      service: 'execute-api',
      region: 'us-east-1',
      credentials: me.config.credentials,
      sha256: Sha256,
      uriEscapePath: true,
    })
    const { hostname, port, host } = new URL(server.endpoint)
    const ask = async (path: string, method = 'GET') => {
      const signed = await signer.sign({
        method,
        protocol: 'http:',
        hostname,
        port: Number(port),
        path,
        headers: { host },
        query: {},
      })
      const answer = await fetch(`${server.endpoint}${path}`, {
        method,
        headers: signed.headers as Record<string, string>,
      })
      const sealed = answer.headers.get('x-poolhouse-encoded-denial') ?? undefined
      return { status: answer.status, text: await answer.text(), ...(sealed && { sealed }) }
    }
    behind.reply = ({ path }) => `you asked ${path}`
    assert.deepEqual(await ask('/_aws/execute-api/abc/prod/pets/1'), { status: 200, text: 'you asked /prod/pets/1' })
    assert.match(
      (await ask('/_aws/execute-api/abc/prod/admin')).text,
      /execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:\*+0000:abc\/prod\/GET\/admin/,
    )
    const denied = await ask('/_aws/execute-api/abc/prod/pets/1', 'DELETE')
    assert.equal(denied.status, 403)
    const told = await server.clients.sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage: denied.sealed }))
    assert.match(told.DecodedMessage ?? '', /"resource":"arn:aws:execute-api:us-east-1:0+:abc\/prod\/DELETE\/pets\/1"/)
    const lines: Record<string, unknown>[] = []
    const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>)
    Object.assign(server.world, { log: pino({ level: 'info' }, { write }) })
    assert.equal((await ask('/_aws/execute-api/other/prod/pets/1')).status, 403)
    const [said] = lines.filter(({ api }) => api === 'other')
    assert.equal(said?.['msg'], 'No server is set up for this API. See --upstreams.')
    for (const trick of ['pets/%2e%2e/admin', 'pets%2f..%2fadmin', 'pets//admin', 'pets/%5cadmin'])
      assert.equal((await ask(`/_aws/execute-api/abc/prod/${trick}`)).status, 403, trick)
    const unsigned = await fetch(`${server.endpoint}/_aws/execute-api/abc/prod/pets/1`)
    assert.deepEqual([unsigned.status, await unsigned.json()], [403, { message: 'Missing Authentication Token' }])
  })

  test('without a server behind them there is a sentence that says what to set', async () => {
    const bare = await startTestServer()
    const client = new SQSClient({ endpoint: bare.endpoint, region: 'us-east-1', credentials: test1, maxAttempts: 1 })
    await assert.rejects(client.send(new CreateQueueCommand({ QueueName: 'q' })), /No server is set up .* --upstreams/)
    client.destroy()
    await bare.close()
  })
})
