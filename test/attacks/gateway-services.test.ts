/** Attacks on the gateway's services: calls that nobody proved, proofs for something else, sessions held narrower than their role. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { after, before, describe, test } from 'node:test'
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import { signRequest } from '../../src/wire/sigv4-sign.ts'
import { type Behind, listenBehind, upstream } from '../support/gateway.ts'
import { assume, document, keysOf, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const root = { accessKeyId: 'test', secretAccessKey: 'test' }
const account = '000000000000'

type Ask = {
  readonly service: string
  readonly path: string
  readonly headers: Record<string, string>
  readonly body: string
}

const json = (service: string, target: string, body: object): Ask => ({
  ...{ service, path: '/', body: JSON.stringify(body) },
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target },
})

const asks: readonly Ask[] = [
  json('dynamodb', 'DynamoDB_20120810.ListTables', {}),
  json('dynamodb', 'DynamoDBStreams_20120810.ListStreams', {}),
  json('sqs', 'AmazonSQS.ListQueues', {}),
  json('kinesis', 'Kinesis_20131202.ListStreams', {}),
  { service: 'lambda', path: '/2015-03-31/functions/f/invocations', headers: {}, body: '{}' },
  { service: 'execute-api', path: '/_aws/execute-api/abc/prod/x', headers: {}, body: '' },
]

describe('the gateway', { timeout: 60_000 }, () => {
  let server: TestServer
  let reached = 0
  let heard: IncomingHttpHeaders | undefined
  let behind: Behind

  before(async () => {
    behind = await listenBehind((request, response) => {
      reached++
      heard = request.headers
      response.end('{}')
    })
    const rows = [upstream(behind.url)]
    server = await startTestServer({
      settings: {
        upstreams: {
          dynamodb: rows,
          sqs: rows,
          sns: rows,
          kinesis: rows,
          lambda: rows,
          'execute-api': [upstream(behind.url, { match: 'abc' })],
        },
      },
    })
  })
  after(async () => {
    await server.close()
    await behind.close()
  })

  const signed = ({ service, path, headers, body }: Ask, keys = root, query = '') => {
    const { host: _, ...all } = signRequest({
      ...{ method: 'POST', host: new URL(server.endpoint).host, path, query, headers, keys, service },
      ...{ payloadHash: hash('sha256', body), region: 'us-east-1', now: Date.now() },
    }).headers
    return all
  }
  const post = (ask: Ask, headers: Record<string, string>, query = '') =>
    fetch(`${server.endpoint}${ask.path}${query}`, { method: 'POST', headers, body: ask.body })

  test('case 78: no service takes a call without a proof, with a proof for another service, with two proofs or a changed body', async () => {
    for (const ask of asks) {
      const name = `${ask.service} ${ask.headers['x-amz-target'] ?? ''}`
      const refused = async (headers: Record<string, string>, query = '', body = ask.body) => {
        const { status } = await post({ ...ask, body }, headers, query)
        assert.ok(status >= 400 && status < 500, `${name}: ${status}`)
      }
      await refused(ask.headers)
      await refused({
        ...ask.headers,
        authorization: 'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/x/aws4_request',
      })
      await refused(signed({ ...ask, service: 's3' }))
      await refused(signed(ask, { ...root, secretAccessKey: 'wrong' }))
      await refused(signed(ask), '', `${ask.body} `)
      const link = '?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=local%2F20260101%2Fus-east-1%2Fx%2Faws4_request'
      await refused(signed(ask), link)
    }
    assert.equal(reached, 0)
    for (const ask of asks) assert.equal((await post(ask, signed(ask))).status, 200, ask.service)
    assert.equal(reached, asks.length)
  })

  test('case 2: a slash or a parameter at the end of an API’s path leads nowhere that the path without it does not', async () => {
    const role = await makeRole(server.clients, 'api', {
      policy: document(
        {
          Effect: 'Allow',
          Action: 'execute-api:Invoke',
          Resource: `arn:aws:execute-api:*:${account}:abc/prod/POST/a*`,
        },
        {
          Effect: 'Allow',
          Action: 'execute-api:Invoke',
          Resource: `arn:aws:execute-api:*:${account}:abc/prod/POST/b/*`,
        },
        {
          Effect: 'Deny',
          Action: 'execute-api:Invoke',
          Resource: `arn:aws:execute-api:*:${account}:abc/prod/POST/admin`,
        },
      ),
    })
    const { keys } = await assume(server, server.clients, role)
    const ask = async (path: string) => {
      const one = { service: 'execute-api', path: `/_aws/execute-api/abc/prod/${path}`, headers: {}, body: '' }
      return (await post(one, signed(one, keys))).status
    }
    for (const path of ['api', 'api/', 'b/x', 'b/x/']) assert.equal(await ask(path), 200, path)
    for (const path of ['admin', 'admin/', 'b', 'b/', 'admin//', 'admin;x', 'admin;/', 'admin;a=b/;', 'b/;x'])
      assert.equal(await ask(path), 403, path)
  })

  test('case 81: headers that servers read as another request, or as our word, do not pass to an API', async () => {
    const sent = {
      ...{ 'x-http-method-override': 'DELETE', 'X-Original-URL': '/admin', x_rewrite_url: '/admin', 'x-mine': 'yes' },
      ...{ 'x-poolhouse-caller': '{}', 'x-amzn-oidc-identity': 'root', x_poolhouse_claims: '{}' },
    }
    const one = { service: 'execute-api', path: '/_aws/execute-api/abc/prod/x', headers: {}, body: '' }
    assert.equal((await post(one, { ...sent, ...signed(one) })).status, 200)
    const names = Object.keys(sent).map((name) => name.toLowerCase())
    assert.deepEqual(
      names.filter((name) => heard?.[name] !== undefined),
      ['x-mine'],
    )
  })

  test('case 81: tags, protocols and endpoints in a form are seen by policies, a topic by one name only, and it leads to no queue or function that is denied', async () => {
    const deny = (Action: string, Condition: object) => ({ Effect: 'Deny', Action, Resource: '*', Condition })
    const tagged = { 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'owner' } }
    const topic = `arn:aws:sns:us-east-1:${account}:open`
    const policy = document(
      { Effect: 'Allow', Action: ['sqs:*', 'sns:*', 'lambda:*'], Resource: '*' },
      { Effect: 'Deny', Action: 'sqs:SendMessage', Resource: `arn:aws:sqs:*:*:pay` },
      { Effect: 'Deny', Action: 'lambda:InvokeFunction', Resource: `arn:aws:lambda:*:*:function:pay` },
      ...['sqs:TagQueue', 'sqs:UntagQueue', 'sqs:CreateQueue', 'sns:CreateTopic'].map((one) => deny(one, tagged)),
      deny('sns:Subscribe', { StringEquals: { 'sns:Protocol': 'http' } }),
      deny('sns:Subscribe', { StringLike: { 'sns:Endpoint': '*@elsewhere.example' } }),
      { Effect: 'Deny', Action: 'sns:Publish', Resource: topic.replace('open', 'secret') },
    )
    const { keys } = await assume(server, server.clients, await makeRole(server.clients, 'forms', { policy }))
    const ask = async (service: string, form: Record<string, string>) => {
      const type = { 'content-type': 'application/x-www-form-urlencoded' }
      const one = { service, path: '/', headers: type, body: new URLSearchParams(form).toString() }
      return (await post(one, signed(one, keys))).status
    }
    const queue = `${server.endpoint}/${account}/q`
    const queueArn = (name: string) => `arn:aws:sqs:us-east-1:${account}:${name}`
    const functionArn = (name: string) => `arn:aws:lambda:us-east-1:${account}:function:${name}`
    for (const [service, form, status] of [
      ['sqs', { Action: 'TagQueue', QueueUrl: queue, 'Tag.1.Key': 'colour', 'Tag.1.Value': 'x' }, 200],
      ['sqs', { Action: 'TagQueue', QueueUrl: queue, 'Tag.1.Key': 'owner', 'Tag.1.Value': 'x' }, 403],
      ['sqs', { Action: 'UntagQueue', QueueUrl: queue, 'TagKey.1': 'owner' }, 403],
      [
        'sqs',
        { Action: 'UntagQueue', QueueUrl: queue, 'TagKey.1': 'owner', 'Tag.1.Key': 'x', 'Tag.1.Value': 'y' },
        403,
      ],
      ['sqs', { Action: 'TagQueue', QueueUrl: queue, 'Tag.1.Key': 'a', 'Tag.2.Key': 'A' }, 400],
      ['sqs', { Action: 'CreateQueue', QueueName: 'q', 'Tag.2.Key': 'owner', 'Tag.2.Value': 'x' }, 403],
      ['sns', { Action: 'CreateTopic', Name: 't', 'Tags.member.1.Key': 'owner', 'Tags.member.1.Value': 'x' }, 403],
      ['sns', { Action: 'CreateTopic', Name: 't' }, 200],
      ['sns', { Action: 'Subscribe', TopicArn: topic, Protocol: 'https', Endpoint: 'https://x' }, 200],
      ['sns', { Action: 'Subscribe', TopicArn: topic, Protocol: 'http', Endpoint: 'http://x' }, 403],
      ['sns', { Action: 'Subscribe', TopicArn: topic, Protocol: 'email', Endpoint: 'me@elsewhere.example' }, 403],
      ['sns', { Action: 'Subscribe', TopicArn: topic, Protocol: 'HTTP', Endpoint: 'http://x' }, 400],
      ['sns', { Action: 'Subscribe', TopicArn: topic, Protocol: 'sqs', Endpoint: queueArn('news') }, 200],
      ['sns', { Action: 'Subscribe', TopicArn: topic, Protocol: 'sqs', Endpoint: queueArn('pay') }, 403],
      ['sns', { Action: 'Subscribe', TopicArn: topic, Protocol: 'sqs', Endpoint: `${behind.url}/${account}/pay` }, 403],
      ['sns', { Action: 'Subscribe', TopicArn: topic, Protocol: 'lambda', Endpoint: functionArn('news') }, 200],
      ['sns', { Action: 'Subscribe', TopicArn: topic, Protocol: 'lambda', Endpoint: functionArn('pay') }, 403],
      ['sns', { Action: 'CreateTopic', Name: 'open:secret' }, 400],
      ['sns', { Action: 'Publish', TopicArn: topic, Message: 'm' }, 200],
      ['sns', { Action: 'Publish', TopicArn: topic.replace('open', 'secret'), Message: 'm' }, 403],
      ['sns', { Action: 'Publish', TopicArn: topic.replace('open', 'secret:x'), Message: 'm' }, 400],
    ] as const) {
      assert.equal(await ask(service, form), status, JSON.stringify(form))
    }
    const untag = json('sqs', 'AmazonSQS.UntagQueue', { QueueUrl: queue, Tags: { x: 'y' }, TagKeys: ['owner'] })
    assert.equal((await post(untag, signed(untag, keys))).status, 403)
  })

  test("case 77: a session policy narrows a role at the gateway's services as well", async (t) => {
    const here = await startTestServer()
    t.after(() => here.close())
    const admin = new DynamoDBClient({
      endpoint: here.endpoint,
      region: 'us-east-1',
      credentials: root,
      maxAttempts: 1,
    })
    await admin.send(
      new CreateTableCommand({
        ...{
          TableName: 'Notes',
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        },
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      }),
    )
    const role = await makeRole(here.clients, 'wide', {
      policy: document({ Effect: 'Allow', Action: '*', Resource: '*' }),
    })
    const Policy = document({
      ...{ Effect: 'Allow', Action: 'dynamodb:*Item', Resource: `arn:aws:dynamodb:*:${account}:table/Notes` },
      Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['mine'] } },
    })
    const { Credentials } = await here.clients.sts.send(
      new AssumeRoleCommand({ RoleArn: role, RoleSessionName: 'narrow', Policy }),
    )
    const narrow = new DynamoDBClient({
      endpoint: here.endpoint,
      region: 'us-east-1',
      credentials: keysOf(Credentials),
      maxAttempts: 1,
    })
    const put = (id: string) => narrow.send(new PutItemCommand({ TableName: 'Notes', Item: { id: { S: id } } }))
    await put('mine')
    await assert.rejects(put('theirs'), /because no session policy allows the dynamodb:PutItem action$/)
    await assert.rejects(narrow.send(new GetItemCommand({ TableName: 'Other', Key: { id: { S: 'mine' } } })), {
      name: 'AccessDeniedException',
    })
    for (const client of [narrow, admin]) client.destroy()
  })
})
