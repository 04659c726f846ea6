/** Case 81: a bucket lends nobody its way to a queue, a topic or a function that they may not reach, whatever its ARN is written like. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import {
  CreateBucketCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { upstream } from '../support/gateway.ts'
import { account, assume, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const Bucket = 'tells'
let server: TestServer
let folder: string
let s3: S3Client
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poolhouse-functions-'))
  writeFileSync(join(folder, 'pay.mjs'), 'export const handler = () => ({})\n')
  const rows = [upstream('http://127.0.0.1:9', { account: '111122223333' })]
  const lambda = [upstream('http://127.0.0.1:9', { match: 'tell', account: '111122223333' })]
  server = await startTestServer({ functions: folder, settings: { upstreams: { sqs: rows, sns: rows, lambda } } })
  await server.clients.s3.send(new CreateBucketCommand({ Bucket }))
  const denied = [
    `sqs:us-east-1:${account}:pay`,
    `sns:us-east-1:${account}:pay`,
    `lambda:us-east-1:${account}:function:pay`,
  ]
  const policy = document(
    { Effect: 'Allow', Action: ['s3:*', 'sqs:*', 'sns:*', 'lambda:*'], Resource: '*' },
    { Effect: 'Deny', Action: ['sqs:*', 'sns:*', 'lambda:*'], Resource: denied.map((rest) => `arn:aws:${rest}`) },
  )
  const role = await makeRole(server.clients, 'teller', { policy })
  ;({ s3 } = await assume(server, server.clients, role))
})
after(async () => {
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

const Events: NonNullable<NonNullable<NotificationConfiguration['QueueConfigurations']>[number]['Events']> = [
  's3:ObjectCreated:*',
]
const tell = (NotificationConfiguration: NotificationConfiguration) =>
  s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }))
const queue = (QueueArn: string) => tell({ QueueConfigurations: [{ QueueArn, Events }] })
const topic = (TopicArn: string) => tell({ TopicConfigurations: [{ TopicArn, Events }] })
const lambda = (LambdaFunctionArn: string) => tell({ LambdaFunctionConfigurations: [{ LambdaFunctionArn, Events }] })

test('case 81: what is denied is no receiver under another account, region or partition', async () => {
  for (const place of [
    `aws:SERVICE:us-east-1:${account}`,
    'aws:SERVICE:us-east-1:999999999999',
    'aws:SERVICE:us-east-1:111122223333',
    `aws:SERVICE:eu-west-3:${account}`,
    `aws-cn:SERVICE:us-east-1:${account}`,
    `aws-cn:SERVICE:cn-north-1:${account}`,
  ]) {
    const arn = (service: string, name: string) => `arn:${place.replace('SERVICE', service)}:${name}`
    const refused = { name: /^(?:AccessDenied|InvalidArgument)$/ }
    await assert.rejects(queue(arn('sqs', 'pay')), refused, `queue ${place}`)
    await assert.rejects(topic(arn('sns', 'pay')), refused, `topic ${place}`)
    await assert.rejects(lambda(arn('lambda', 'function:pay')), refused, `function ${place}`)
  }
})

test('case 81: what is not denied is one, under our account and under that of the server behind', async () => {
  for (const owner of [account, '111122223333']) {
    await queue(`arn:aws:sqs:us-east-1:${owner}:news`)
    await topic(`arn:aws:sns:us-east-1:${owner}:news`)
  }
  for (const owner of [account, '111122223333'])
    for (const alias of ['', ':live']) await lambda(`arn:aws:lambda:us-east-1:${owner}:function:tell${alias}`)
})
