/** Case 81: whatever a server behind reads in a request, it finds what was judged here and nothing else. */
import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { after, before, beforeEach, test } from 'node:test'
import { SignatureV4 } from '@smithy/signature-v4'
import { signRequest } from '../../src/wire/sigv4-sign.ts'
import { type Behind, listenBehind, upstream } from '../support/gateway.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { Sha256 } from '../support/sha256.ts'

const keys = { accessKeyId: 'test', secretAccessKey: 'test' }
const account = '000000000000'

type Heard = { readonly method: string; readonly url: string; readonly headers: Headers; readonly body: string }
type Headers = Readonly<Record<string, string | string[] | undefined>>

let server: TestServer
let behind: Behind
let heard: Heard[] = []
before(async () => {
  behind = await listenBehind(async (asked, answer) => {
    const { method = '', url = '', headers } = asked
    const body = Buffer.concat(await Array.fromAsync(asked)).toString()
    heard.push({ method, url, headers, body })
    answer.end(method === 'GET' ? '' : '{}')
  })
  const rows = [upstream(behind.url)]
  const s3 = [upstream(behind.url, { match: 'auth' }), upstream(behind.url)]
  const upstreams = { s3, dynamodb: rows, sqs: rows, sns: rows, kinesis: rows, 'execute-api': rows }
  server = await startTestServer({ settings: { upstreams } })
})
beforeEach(() => {
  heard = []
})
after(async () => {
  await server?.close()
  await behind?.close()
})

type Ask = {
  readonly service: string
  readonly method?: string
  readonly path?: string
  readonly query?: string
  readonly headers?: Record<string, string>
  readonly body?: string
}

/** The status of a request that is signed well, sent as it is written. */
async function ask({
  service,
  method = 'POST',
  path = '/',
  query = '',
  headers = {},
  body = '',
}: Ask): Promise<number> {
  const { host, hostname, port } = new URL(server.endpoint)
  const told = signRequest({
    ...{ method, host, path, query, headers, keys, service, payloadHash: hash('sha256', body) },
    ...{ region: 'us-east-1', now: server.world.now() },
  }).headers
  const all = { ...headers, ...told, host, 'content-length': String(Buffer.byteLength(body)) }
  const sent = request({ hostname, port, method, path: `${path}?${query}`, headers: all, agent: false })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  answer.resume()
  return answer.statusCode ?? 0
}

const json = (service: string, target: string, body: object | string): Ask => ({
  ...{ service, body: typeof body === 'string' ? body : JSON.stringify(body) },
  headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target },
})

test('case 81: an operation has one name: none that ends in another', async () => {
  const stream = { StreamName: 's', Data: '', PartitionKey: 'p' }
  const queue = { QueueUrl: `${server.endpoint}/${account}/q`, MessageBody: 'm' }
  assert.equal(await ask(json('kinesis', 'Kinesis_20131202.PutRecord', stream)), 200)
  assert.equal(await ask(json('sqs', 'AmazonSQS.SendMessage', queue)), 200)
  heard = []
  for (const [service, target, body] of [
    ['kinesis', 'Kinesis_20131202.PutRecord.DeleteStream', stream],
    ['sqs', 'AmazonSQS.SendMessage.DeleteQueue', queue],
    ['dynamodb', 'DynamoDB_20120810.ListTables.DeleteTable', {}],
    ['dynamodb', 'DynamoDBStreams_20120810.ListStreams.DeleteTable', {}],
  ] as const)
    assert.equal(await ask(json(service, target, body)), 400, target)
  assert.deepEqual(heard, [])
})

test('case 81: the signature of a link goes no further', async () => {
  const { host, hostname, port, protocol } = new URL(server.endpoint)
  const link = async (service: string, path: string, query: Record<string, string>) => {
    const signer = new SignatureV4({ credentials: keys, region: 'us-east-1', service, sha256: Sha256 })
    const made = await signer.presign({
      ...{ method: 'GET', protocol, hostname, port: Number(port), path, query, headers: { host } },
    })
    return fetch(`${server.endpoint}${path}?${new URLSearchParams(made.query as Record<string, string>)}`)
  }
  assert.equal((await link('sqs', '/', { Action: 'ListQueues', Version: '2012-11-05' })).status, 200)
  assert.equal(heard[0]?.body, 'Action=ListQueues&Version=2012-11-05')
  assert.equal((await link('execute-api', '/_aws/execute-api/abc/prod/x', { a: '1' })).status, 200)
  assert.equal(heard[1]?.url, '/prod/x?a=1')
})
