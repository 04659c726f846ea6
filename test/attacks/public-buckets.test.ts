/** Case 81: Block Public Access keeps a bucket from everybody, also from everybody under another name. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetBucketPolicyStatusCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { openFiles } from '../support/open-files.ts'
import { document } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const Bucket = 'not-for-all'
let server: TestServer
before(async () => {
  server = await startTestServer()
  await server.clients.s3.send(new CreateBucketCommand({ Bucket }))
  await server.clients.s3.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x' }))
})
after(() => server.close())

const everybody = (Condition: object) =>
  document({
    ...{ Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: `arn:aws:s3:::${Bucket}/*` },
    Condition,
  })

const forAll: readonly object[] = [
  { StringEquals: { 'aws:userid': 'anonymous' } },
  { StringEqualsIgnoreCase: { 'aws:UserId': ['AIDAX', 'Anonymous'] } },
  { IpAddress: { 'aws:SourceIp': ['0.0.0.0/1', '128.0.0.0/1'] } },
  { IpAddress: { 'aws:SourceIp': '127.0.0.0/7' } },
  { IpAddress: { 'aws:SourceIp': '::ffff:0:0/97' } },
  { IpAddress: { 'aws:SourceIp': ['2000::/3', '127.0.0.1'] } },
]

test('case 81: a policy for anonymous callers, or for half the internet, is public', async () => {
  const { s3 } = server.clients
  for (const condition of forAll) {
    const Policy = everybody(condition)
    const name = JSON.stringify(condition)
    await s3.send(new DeletePublicAccessBlockCommand({ Bucket }))
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
    const { PolicyStatus } = await s3.send(new GetBucketPolicyStatusCommand({ Bucket }))
    assert.equal(PolicyStatus?.IsPublic, true, name)
    const all = { BlockPublicPolicy: true, RestrictPublicBuckets: true }
    await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: all }))
    await assert.rejects(s3.send(new PutBucketPolicyCommand({ Bucket, Policy })), { name: 'AccessDenied' }, name)
    assert.equal((await fetch(`${server.endpoint}/${Bucket}/x`)).status, 403, name)
  }
})

test('case 81: a policy for a network of one’s own is not', async () => {
  for (const network of ['10.0.0.0/8', '127.0.0.1', '2001:db8::/32', '192.168.0.0/16']) {
    const Policy = everybody({ IpAddress: { 'aws:SourceIp': network } })
    await server.clients.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
  }
})

test('requests for an object that are refused for what they ask of its headers leave no file open', async () => {
  const { s3 } = server.clients
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket }))
  await s3.send(
    new PutBucketPolicyCommand({ Bucket, Policy: everybody({ IpAddress: { 'aws:SourceIp': '127.0.0.0/7' } }) }),
  )
  await s3.send(new PutObjectCommand({ Bucket, Key: 'large', Body: Buffer.alloc(100_000) }))
  const link = `${server.endpoint}/${Bucket}/large`
  for (let time = 0; time < 10; time++) assert.equal((await fetch(`${link}?response-expires=x`)).status, 400)
  const unfit = new GetObjectCommand({ Bucket, Key: 'large', ResponseContentDisposition: 'a\0b' })
  assert.equal((await fetch(await getSignedUrl(s3, unfit))).status, 400)
  assert.equal(openFiles(server.world.settings.dataFolder), 0)
  assert.equal((await (await fetch(link)).arrayBuffer()).byteLength, 100_000)
})
