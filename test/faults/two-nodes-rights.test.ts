/** Two processes on one PostgreSQL: what is taken away at one node is gone at the other with the next request. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import {
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  AdminSetUserPasswordCommand,
  GetUserCommand,
  InitiateAuthCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import {
  AcceptDelegationRequestCommand,
  AssociateDelegationRequestCommand,
  CreateAccessKeyCommand,
  CreateDelegationRequestCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DisableOrganizationsRootSessionsCommand,
  EnableOrganizationsRootSessionsCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  SendDelegationTokenCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectCommand,
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { AssumeRoleCommand, AssumeRootCommand, GetDelegatedAccessTokenCommand } from '@aws-sdk/client-sts'
import { type Product, startProduct } from '../support/product.ts'
import { type QueueServer, startQueueServer } from '../support/queue-server.ts'
import { account, allowing, document, keysOf, makeRole } from '../support/roles.ts'
import { type Clients, clientsFor, type Keys } from '../support/server.ts'
import { until } from '../support/until.ts'
import { makePlace, type Side, sideOf, signIn } from './deeds.ts'
import { freshPostgres } from './fresh-postgres.ts'

let database: Awaited<ReturnType<typeof freshPostgres>>
const folders: string[] = []
const nodes: Product[] = []
let one: Side
let other: Side
let behind: QueueServer
const heard: number[] = []

const told = createServer(async (request, response) => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  heard.push((JSON.parse(Buffer.concat(parts).toString()) as { n: number }).n)
  response.writeHead(200).end('{}')
})

before(async () => {
  database = await freshPostgres()
  told.listen(0, '127.0.0.1')
  await once(told, 'listening')
  const masterKey = randomBytes(32).toString('hex')
  const url = `http://127.0.0.1:${(told.address() as AddressInfo).port}`
  behind = await startQueueServer()
  process.env['BEHIND_KEY_ID'] = 'outside'
  process.env['BEHIND_KEY_SECRET'] = 'outside-secret'
  const upstreams = JSON.stringify({
    sns: [
      {
        ...{ match: 'partner-*', endpoint: behind.url, region: 'eu-west-1' },
        credentials: { accessKeyIdVariable: 'BEHIND_KEY_ID', secretAccessKeyVariable: 'BEHIND_KEY_SECRET' },
      },
    ],
  })
  const functions = JSON.stringify({ told: { url, secret: 's' } })
  const flags = ['--issuer', 'http://nodes.localhost', '--functions', functions, '--upstreams', upstreams]
  const start = () => {
    const data = mkdtempSync(join(tmpdir(), 'poolhouse-faults-'))
    folders.push(data)
    return startProduct({ data, databaseUrl: database.url, masterKey, flags })
  }
  nodes.push(...(await Promise.all([start(), start()])))
  const [first, second] = nodes as [Product, Product]
  const place = await makePlace(first.endpoint)
  one = sideOf(first.endpoint, place)
  other = sideOf(second.endpoint, place)
})
after(async () => {
  await Promise.all(nodes.map((node) => node.end('SIGTERM')))
  await behind?.close()
  told.closeAllConnections()
  told.close()
  await database?.drop()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** The same caller at both nodes. */
const both = (keys: Keys): readonly [Clients, Clients] => [
  clientsFor(one.endpoint, keys),
  clientsFor(other.endpoint, keys),
]

const list = ({ s3 }: Pick<Clients, 's3'>) => s3.send(new ListBucketsCommand({}))

test('a role that loses its policy, or is deleted, at one node, has lost it at the other', async () => {
  const RoleArn = await makeRole(one, 'leaving', { policy: allowing('s3:*') })
  const { Credentials } = await one.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me' }))
  const [here, there] = both(keysOf(Credentials))
  for (const side of [here, there]) await list(side)
  const RoleName = 'leaving'
  await one.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: allowing('sqs:*') }))
  await assert.rejects(list(there), { name: 'AccessDenied' })
  await other.iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: allowing('s3:*') }))
  for (const side of [here, there]) await list(side)
  await other.iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'p' }))
  await other.iam.send(new DeleteRoleCommand({ RoleName }))
  await assert.rejects(list(here), { name: 'InvalidToken' })
})

test('an access key that is turned off, or whose user is deleted, at one node, opens nothing at the other', async () => {
  const UserName = 'ann'
  await one.iam.send(new CreateUserCommand({ UserName }))
  await one.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: allowing('*') }))
  const { AccessKey } = await one.iam.send(new CreateAccessKeyCommand({ UserName }))
  const { AccessKeyId = '', SecretAccessKey = '' } = AccessKey ?? {}
  const [here, there] = both({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey })
  for (const side of [here, there]) await list(side)
  await one.iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' }))
  await assert.rejects(list(there), { name: 'InvalidAccessKeyId' })
  await other.iam.send(new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Active' }))
  for (const side of [here, there]) await list(side)
  await other.iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }))
  await assert.rejects(list(here), { name: 'InvalidAccessKeyId' })
})

test('sessions of the root user end at both nodes when one turns them off', async () => {
  await one.iam.send(new EnableOrganizationsRootSessionsCommand({}))
  const RoleArn = await makeRole(one, 'unlocker', { policy: allowing('*') })
  const { Credentials: admin } = await one.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me' }))
  const TaskPolicyArn = { arn: 'arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy' }
  const assumed = await both(keysOf(admin))[1].sts.send(
    new AssumeRootCommand({ TargetPrincipal: account, TaskPolicyArn }),
  )
  const [here, there] = both(keysOf(assumed.Credentials))
  for (const side of [here, there]) await list(side)
  await other.iam.send(new DisableOrganizationsRootSessionsCommand({}))
  await assert.rejects(list(here), { name: 'InvalidToken' })
})

test('a delegation ends at both nodes when one deletes its approver, and its token is released once', async () => {
  const UserName = 'approver'
  const { iam } = one
  await iam.send(new CreateUserCommand({ UserName }))
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: allowing('*') }))
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
  const { AccessKeyId = '', SecretAccessKey = '' } = AccessKey ?? {}
  const approver = both({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey })
  const { Policy } = await iam.send(new CreatePolicyCommand({ PolicyName: 'Lists', PolicyDocument: allowing('s3:*') }))
  const { DelegationRequestId } = await iam.send(
    new CreateDelegationRequestCommand({
      ...{ Description: 'lists buckets', RequestorWorkflowId: 'nodes', SessionDuration: 3600 },
      ...{ Permissions: { PolicyTemplateArn: Policy?.Arn ?? '' } },
      NotificationChannel: `arn:aws:sns:us-east-1:${account}:partner-notices`,
    }),
  )
  const id = { DelegationRequestId: DelegationRequestId ?? '' }
  await approver[0].iam.send(new AssociateDelegationRequestCommand(id))
  await approver[1].iam.send(new AcceptDelegationRequestCommand(id))
  const sent = await Promise.allSettled(approver.map(({ iam }) => iam.send(new SendDelegationTokenCommand(id))))
  assert.equal(sent.filter(({ status }) => status === 'fulfilled').length, 1)
  const tokens = behind.heard
    .map(({ body }) => JSON.parse(new URLSearchParams(body).get('Message') ?? '{}') as { ExchangeToken?: string })
    .flatMap(({ ExchangeToken }) => ExchangeToken ?? [])
  assert.equal(tokens.length, 1)
  const { Credentials } = await other.sts.send(new GetDelegatedAccessTokenCommand({ TradeInToken: tokens[0] ?? '' }))
  const delegated = both(keysOf(Credentials))
  for (const side of delegated) await list(side)
  await other.iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }))
  await other.iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'p' }))
  await other.iam.send(new DeleteUserCommand({ UserName }))
  for (const side of delegated) await assert.rejects(list(side), { name: 'InvalidToken' })
})

test('a user who is disabled at one node has no tokens at the other', async () => {
  const { UserPoolId, ClientId } = one.place
  await one.idp.send(new AdminCreateUserCommand({ UserPoolId, Username: 'dora', MessageAction: 'SUPPRESS' }))
  const Password = 'Passw0rd!'
  await one.idp.send(new AdminSetUserPasswordCommand({ UserPoolId, Username: 'dora', Password, Permanent: true }))
  const { AuthenticationResult } = await signIn(other, 'dora', Password)
  const { AccessToken, RefreshToken = '' } = AuthenticationResult ?? {}
  for (const { idp } of [one, other]) await idp.send(new GetUserCommand({ AccessToken }))
  await one.idp.send(new AdminDisableUserCommand({ UserPoolId, Username: 'dora' }))
  const refused = { name: /NotAuthorized|UserNotConfirmed|UserDisabled/ }
  await assert.rejects(other.idp.send(new GetUserCommand({ AccessToken })), refused)
  const AuthParameters = { REFRESH_TOKEN: RefreshToken }
  const refresh = new InitiateAuthCommand({ ClientId, AuthFlow: 'REFRESH_TOKEN_AUTH', AuthParameters })
  await assert.rejects(other.idp.send(refresh), refused)
  await assert.rejects(signIn(other, 'dora', Password), refused)
})

test('a bucket that is closed to the public, or deleted, at one node, is so at the other', async () => {
  const Bucket = 'shared-by-nodes'
  await one.s3.send(new CreateBucketCommand({ Bucket }))
  await one.s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))
  await one.s3.send(new DeletePublicAccessBlockCommand({ Bucket }))
  const Policy = document({
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: `arn:aws:s3:::${Bucket}/*`,
  })
  await one.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
  const look = ({ endpoint }: Side) => fetch(`${endpoint}/${Bucket}/k`).then(({ status }) => status)
  assert.deepEqual([await look(one), await look(other)], [200, 200])
  await other.s3.send(new DeleteBucketPolicyCommand({ Bucket }))
  assert.deepEqual([await look(one), await look(other)], [403, 403])
  await one.s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))
  await one.s3.send(new DeleteBucketCommand({ Bucket }))
  await assert.rejects(other.s3.send(new GetObjectCommand({ Bucket, Key: 'k' })), { name: 'NoSuchBucket' })
  await assert.rejects(other.s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' })), { name: 'NoSuchBucket' })
})

test('an event that either node took is brought to its function once, by one of them', async () => {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const lambdas = [one, other].map(
    ({ endpoint }) => new LambdaClient({ endpoint, region: 'us-east-1', maxAttempts: 1, credentials }),
  )
  const events = 120
  await Promise.all(
    Array.from({ length: events }, (_, n) =>
      lambdas[n % 2]!.send(
        new InvokeCommand({ FunctionName: 'told', InvocationType: 'Event', Payload: JSON.stringify({ n }) }),
      ),
    ),
  )
  await until(() => heard.length >= events)
  // Whoever took one twice would have brought it by now.
  await pause(1_000)
  for (const lambda of lambdas) lambda.destroy()
  assert.deepEqual(
    heard.toSorted((a, b) => a - b),
    Array.from({ length: events }, (_, n) => n),
  )
})
