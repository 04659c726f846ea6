/** Attacks with privileged sessions of the root user: to do more than the task, to last longer, to make more of them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DisableOrganizationsRootSessionsCommand,
  EnableOrganizationsRootCredentialsManagementCommand,
  EnableOrganizationsRootSessionsCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam'
import { CreateBucketCommand, GetObjectCommand, ListBucketsCommand, PutBucketPolicyCommand } from '@aws-sdk/client-s3'
import {
  AssumeRoleCommand,
  AssumeRootCommand,
  type Credentials,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from '@aws-sdk/client-sts'
import { services } from '../../src/app.ts'
import { account, allowing, assume, document, keysOf, makeRole } from '../support/roles.ts'
import { type Clients, startTestServer, type TestServer } from '../support/server.ts'

const arn = 'arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy'
const wanted = { TargetPrincipal: account, TaskPolicyArn: { arn } }
const denied = { name: 'AccessDenied' }

let server: TestServer
let admin: Clients
before(async () => {
  server = await startTestServer()
  admin = await assume(server, server.clients, await makeRole(server.clients, 'Admin', { policy: allowing('*') }))
  await admin.iam.send(new EnableOrganizationsRootSessionsCommand({}))
  await admin.iam.send(new EnableOrganizationsRootCredentialsManagementCommand({}))
})
after(() => server.close())

const unlock = async (): Promise<Credentials> => (await admin.sts.send(new AssumeRootCommand(wanted))).Credentials!

test('a session for unlocking buckets makes no other session, of root or of anybody', async () => {
  const { sts } = server.clientsWith(keysOf(await unlock()))
  await assert.rejects(sts.send(new AssumeRootCommand(wanted)), denied)
  await assert.rejects(sts.send(new GetSessionTokenCommand({})), denied)
  await assert.rejects(sts.send(new GetFederationTokenCommand({ Name: 'me', Policy: allowing('*') })), denied)
  const RoleArn = `arn:aws:iam::${account}:role/Admin`
  await assert.rejects(sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me' })), denied)
})

test('a bucket policy cannot give a session for unlocking what its task denies', async () => {
  const Bucket = 'generous'
  await admin.s3.send(new CreateBucketCommand({ Bucket }))
  const { s3 } = server.clientsWith(keysOf(await unlock()))
  const Policy = document({
    ...{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 's3:*' },
    Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
  })
  await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
  await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: 'k' })), denied)
})

test('a session for unlocking buckets is denied every signed operation of IAM', async () => {
  const { iam } = server.clientsWith(keysOf(await unlock()))
  const commands = (await import('@aws-sdk/client-iam')) as unknown as Record<string, new (input: object) => never>
  let asked = 0
  for (const { name } of services['iam']!.operations.values()) {
    const error = await iam.send(new commands[`${name}Command`]!({})).then(
      () => 'answered',
      (refusal: Error) => refusal.name,
    )
    assert.notEqual(error, 'answered', name)
    if (error !== 'ValidationError') assert.match(error, /^(AccessDenied|InvalidUserType)/, name)
    asked++
  }
  assert.ok(asked > 100)
})

test('credentials of GetSessionToken do not become root, nor does a federated user', async () => {
  await admin.iam.send(new CreateUserCommand({ UserName: 'sue' }))
  const PolicyDocument = allowing('*')
  await admin.iam.send(new PutUserPolicyCommand({ UserName: 'sue', PolicyName: 'p', PolicyDocument }))
  const { AccessKey } = await admin.iam.send(new CreateAccessKeyCommand({ UserName: 'sue' }))
  const sue = server.clientsWith({ accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! })
  await sue.sts.send(new AssumeRootCommand(wanted))
  const own = await sue.sts.send(new GetSessionTokenCommand({}))
  await assert.rejects(server.clientsWith(keysOf(own.Credentials)).sts.send(new AssumeRootCommand(wanted)), denied)
  const federated = await sue.sts.send(new GetFederationTokenCommand({ Name: 'me', Policy: PolicyDocument }))
  await assert.rejects(
    server.clientsWith(keysOf(federated.Credentials)).sts.send(new AssumeRootCommand(wanted)),
    denied,
  )
})

test('turning the feature off ends the sessions that run, and so does their time', async () => {
  const { s3, sts } = server.clientsWith(keysOf(await unlock()))
  await s3.send(new ListBucketsCommand({}))
  await admin.iam.send(new DisableOrganizationsRootSessionsCommand({}))
  await assert.rejects(s3.send(new ListBucketsCommand({})), { name: 'InvalidToken' })
  await assert.rejects(sts.send(new GetCallerIdentityCommand({})), { name: 'InvalidClientTokenId' })
  await admin.iam.send(new EnableOrganizationsRootSessionsCommand({}))
  await s3.send(new ListBucketsCommand({}))
  server.world.clock.advance(901_000)
  await assert.rejects(s3.send(new ListBucketsCommand({})), { name: /Expired|RequestTimeTooSkewed/ })
})
