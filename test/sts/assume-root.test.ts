/** Privileged sessions of the root user, through the SDKs: a locked bucket is opened again, and nothing else is done. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CreateLoginProfileCommand,
  CreateUserCommand,
  DeactivateMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  DisableOrganizationsRootCredentialsManagementCommand,
  DisableOrganizationsRootSessionsCommand,
  EnableOrganizationsRootCredentialsManagementCommand,
  EnableOrganizationsRootSessionsCommand,
  GetAccessKeyLastUsedCommand,
  GetAccountSummaryCommand,
  GetLoginProfileCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  ListMFADevicesCommand,
  ListOrganizationsFeaturesCommand,
  ListUsersCommand,
} from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteBucketPolicyCommand,
  GetBucketPolicyCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { AssumeRootCommand, type AssumeRootCommandInput, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { findCredentials } from '../../src/sts/credentials.ts'
import { account, allowing, assume, document, keysOf, makeRole, trusting } from '../support/roles.ts'
import { type Clients, startTestServer, type TestServer } from '../support/server.ts'

const root = `arn:aws:iam::${account}:root`
const taskArn = (name: string) => `arn:aws:iam::aws:policy/root-task/${name}`

let server: TestServer
let admin: Clients
before(async () => {
  server = await startTestServer()
  const role = await makeRole(server.clients, 'Admin', { policy: allowing('*') })
  admin = await assume(server, server.clients, role)
})
after(() => server.close())

const assumeRoot = ({ sts }: Pick<Clients, 'sts'>, task: string, more: Partial<AssumeRootCommandInput> = {}) =>
  sts.send(new AssumeRootCommand({ TargetPrincipal: account, TaskPolicyArn: { arn: taskArn(task) }, ...more }))
const rootClients = async (task: string) => server.clientsWith(keysOf((await assumeRoot(admin, task)).Credentials))
const openRootSessions = () => admin.iam.send(new EnableOrganizationsRootSessionsCommand({}))
const openCredentials = () => admin.iam.send(new EnableOrganizationsRootCredentialsManagementCommand({}))
const denied = { name: 'AccessDenied' }

describe('the features of centralized root access', () => {
  const OrganizationId = `o-${account}`

  test('are off at first, and each is turned on and off by itself, as often as one likes', async () => {
    const listed = async () => {
      const told = await admin.iam.send(new ListOrganizationsFeaturesCommand({}))
      assert.equal(told.OrganizationId, OrganizationId)
      return told.EnabledFeatures
    }
    assert.deepEqual(await listed(), [])
    for (let times = 0; times < 2; times++) {
      const on = await openRootSessions()
      assert.deepEqual([on.OrganizationId, on.EnabledFeatures], [OrganizationId, ['RootSessions']])
    }
    assert.deepEqual((await openCredentials()).EnabledFeatures, ['RootCredentialsManagement', 'RootSessions'])
    assert.deepEqual(await listed(), ['RootCredentialsManagement', 'RootSessions'])
    const off = await admin.iam.send(new DisableOrganizationsRootSessionsCommand({}))
    assert.deepEqual(off.EnabledFeatures, ['RootCredentialsManagement'])
    const none = await admin.iam.send(new DisableOrganizationsRootCredentialsManagementCommand({}))
    assert.deepEqual(none.EnabledFeatures, [])
    await admin.iam.send(new DisableOrganizationsRootSessionsCommand({}))
  })

  test('are for those whom policy lets', async () => {
    const nobody = await assume(server, server.clients, await makeRole(server.clients, 'Nobody'))
    for (const Command of [
      EnableOrganizationsRootSessionsCommand,
      DisableOrganizationsRootSessionsCommand,
      EnableOrganizationsRootCredentialsManagementCommand,
      DisableOrganizationsRootCredentialsManagementCommand,
      ListOrganizationsFeaturesCommand,
    ]) {
      await assert.rejects(nobody.iam.send(new Command({})), denied)
    }
  })
})

describe('AssumeRoot', () => {
  test('refuses the wrong type', async () => {
    const { sts } = admin
    await assert.rejects(sts.send(new AssumeRootCommand({} as AssumeRootCommandInput)), { name: 'ValidationError' })
    const DurationSeconds = 'long' as unknown as number
    await assert.rejects(assumeRoot(admin, 'S3UnlockBucketPolicy', { DurationSeconds }))
  })

  test('refuses the wrong value', async () => {
    const invalid = { name: 'ValidationError' }
    await assert.rejects(assumeRoot(admin, 'S3UnlockBucketPolicy', { DurationSeconds: 901 }), invalid)
    await assert.rejects(assumeRoot(admin, 'S3UnlockBucketPolicy', { TargetPrincipal: 'not-an-account' }), invalid)
    const TargetPrincipal = `arn:aws:iam::${account}:role/Admin`
    await assert.rejects(assumeRoot(admin, 'S3UnlockBucketPolicy', { TargetPrincipal }), invalid)
    for (const arn of [taskArn('Everything'), 'arn:aws:iam::aws:policy/AdministratorAccess', taskArn('toString')]) {
      await assert.rejects(assumeRoot(admin, '', { TaskPolicyArn: { arn } }), invalid)
    }
    await assert.rejects(assumeRoot(admin, '', { TaskPolicyArn: {} }), invalid)
  })

  test('gives nothing while the feature of the task is off', async () => {
    const off = (feature: string) => ({ ...denied, message: `${feature} is not enabled for centralized root access.` })
    await assert.rejects(assumeRoot(admin, 'S3UnlockBucketPolicy'), off('RootSessions'))
    await openRootSessions()
    await assumeRoot(admin, 'S3UnlockBucketPolicy')
    await assert.rejects(assumeRoot(admin, 'IAMAuditRootUserCredentials'), off('RootCredentialsManagement'))
    await openCredentials()
    await assumeRoot(admin, 'IAMAuditRootUserCredentials')
  })

  test('is refused to root itself, to another account, and to whom policy lets no such task', async () => {
    const onRoot = `is not authorized to perform: sts:AssumeRoot on resource: ${root}`
    await assert.rejects(assumeRoot(server.clients, 'S3UnlockBucketPolicy'), {
      ...denied,
      message: `User: ${root} ${onRoot}`,
    })
    await assert.rejects(assumeRoot(admin, 'S3UnlockBucketPolicy', { TargetPrincipal: '111122223333' }), denied)
    const oneTask = document({
      ...{ Effect: 'Allow', Action: 'sts:AssumeRoot', Resource: root },
      Condition: { ArnEquals: { 'sts:TaskPolicyArn': taskArn('IAMAuditRootUserCredentials') } },
    })
    const auditor = await assume(server, server.clients, await makeRole(server.clients, 'Auditor', { policy: oneTask }))
    await assumeRoot(auditor, 'IAMAuditRootUserCredentials', { TargetPrincipal: root })
    await assert.rejects(assumeRoot(auditor, 'S3UnlockBucketPolicy'), denied)
  })

  test('answers credentials of root for fifteen minutes at most, and hands the source identity on', async () => {
    const traced = await assume(
      server,
      server.clients,
      await makeRole(server.clients, 'Traced', {
        trust: trusting(account, ['sts:AssumeRole', 'sts:SetSourceIdentity']),
        policy: allowing('sts:AssumeRoot'),
      }),
      { SourceIdentity: 'Alice' },
    )
    const { Credentials, SourceIdentity } = await assumeRoot(traced, 'S3UnlockBucketPolicy')
    assert.equal(SourceIdentity, 'Alice')
    const life = Credentials!.Expiration!.getTime() - server.world.now()
    assert.ok(life > 890_000 && life <= 901_000, `${life}`)
    const keys = keysOf(Credentials)
    const { sts } = server.clientsWith(keys)
    const found = await findCredentials(server.world, keys.accessKeyId, keys.sessionToken)
    assert.ok('caller' in found)
    assert.deepEqual(found.caller.context, { 'aws:AssumedRoot': 'true', 'aws:SourceIdentity': 'Alice' })
    const { Arn, UserId, Account } = await sts.send(new GetCallerIdentityCommand({}))
    assert.deepEqual([Arn, UserId, Account], [root, account, account])
    const short = await assumeRoot(admin, 'S3UnlockBucketPolicy', { DurationSeconds: 60 })
    assert.ok(short.Credentials!.Expiration!.getTime() - server.world.now() <= 61_000)
  })
})

describe('a bucket whose policy denies everybody', () => {
  const Bucket = 'locked'
  const Policy = document({
    ...{ Effect: 'Deny', Principal: '*', Action: 's3:*' },
    Resource: [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`],
  })

  before(async () => {
    await openRootSessions()
    await admin.s3.send(new CreateBucketCommand({ Bucket }))
    await admin.s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'kept' }))
    await admin.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
  })

  test('is opened by a session for that task, which can do nothing else with it', async () => {
    await assert.rejects(admin.s3.send(new DeleteBucketPolicyCommand({ Bucket })), denied)
    const { s3 } = await rootClients('S3UnlockBucketPolicy')
    assert.deepEqual(
      (await s3.send(new ListBucketsCommand({}))).Buckets?.map(({ Name }) => Name),
      [Bucket],
    )
    assert.equal((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy, Policy)
    await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: 'k' })), denied)
    await assert.rejects(s3.send(new DeleteBucketCommand({ Bucket })), denied)
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }))
    await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: 'k' })), denied)
    const { Body } = await admin.s3.send(new GetObjectCommand({ Bucket, Key: 'k' }))
    assert.equal(await Body!.transformToString(), 'kept')
  })

  test('is opened by the root keys too, which are denied the rest', async () => {
    const { s3 } = server.clients
    await admin.s3.send(new PutBucketPolicyCommand({ Bucket, Policy }))
    await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: 'k' })), denied)
    assert.equal((await s3.send(new GetBucketPolicyCommand({ Bucket }))).Policy, Policy)
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }))
  })
})

describe("the root user's credentials", () => {
  const AccessKeyId = 'AKIAROOTROOTROOTROOT'
  before(async () => {
    ;(server.world.rootKeys as Map<string, string>).set(AccessKeyId, 'secret')
    await openRootSessions()
    await openCredentials()
  })

  test('are looked at in a session for audits, and only those', async () => {
    const { iam } = await rootClients('IAMAuditRootUserCredentials')
    const { User } = await iam.send(new GetUserCommand({}))
    assert.deepEqual([User!.Arn, User!.UserId], [root, account])
    const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({}))
    assert.deepEqual(
      AccessKeyMetadata!.map(({ AccessKeyId, Status }) => [AccessKeyId, Status]),
      [
        [AccessKeyId, 'Active'],
        ['local', 'Active'],
        ['test', 'Active'],
      ],
    )
    assert.deepEqual((await iam.send(new ListMFADevicesCommand({}))).MFADevices, [])
    await assert.rejects(iam.send(new GetLoginProfileCommand({})), { name: 'NoSuchEntityException' })
    assert.equal((await iam.send(new GetAccountSummaryCommand({}))).SummaryMap!['AccountAccessKeysPresent'], 1)
    await admin.iam.send(new CreateUserCommand({ UserName: 'somebody' }))
    await assert.rejects(iam.send(new GetUserCommand({ UserName: 'somebody' })), denied)
    await assert.rejects(iam.send(new ListAccessKeysCommand({ UserName: 'somebody' })), denied)
    await assert.rejects(iam.send(new DeleteAccessKeyCommand({ AccessKeyId })), denied)
    await assert.rejects(iam.send(new ListUsersCommand({})), denied)
    const { UserName, AccessKeyLastUsed } = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId }))
    assert.deepEqual([UserName, AccessKeyLastUsed!.ServiceName], [undefined, 'N/A'])
  })

  test('are configured: a session that may delete them is told where they are set', async () => {
    const { iam } = await rootClients('IAMDeleteRootUserCredentials')
    await assert.rejects(iam.send(new DeleteAccessKeyCommand({ AccessKeyId })), {
      ...denied,
      message: /set where it is started: POOLHOUSE_ACCESS_KEYS/,
    })
    const absent = { name: 'NoSuchEntityException' }
    await assert.rejects(iam.send(new DeleteAccessKeyCommand({ AccessKeyId: 'AKIAIOSFODNN7EXAMPLE' })), absent)
    await assert.rejects(iam.send(new DeleteLoginProfileCommand({})), absent)
    const SerialNumber = `arn:aws:iam::${account}:mfa/phone`
    await assert.rejects(iam.send(new DeactivateMFADeviceCommand({ SerialNumber })), absent)
    await server.clients.iam.send(new GetUserCommand({}))
  })

  test('have no password to recover', async () => {
    const { iam } = await rootClients('IAMCreateRootUserPassword')
    await assert.rejects(iam.send(new CreateLoginProfileCommand({})), {
      ...denied,
      message: /it gets no password/,
    })
    await assert.rejects(iam.send(new GetLoginProfileCommand({})), { name: 'NoSuchEntityException' })
    await assert.rejects(iam.send(new ListAccessKeysCommand({})), denied)
  })
})
