/** When roles were used last, and the access advisor, over the wire: who asked which service, by which policy they might. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ListIdentityPoolsCommand } from '@aws-sdk/client-cognito-identity'
import { DescribeUserPoolCommand, ListUserPoolsCommand } from '@aws-sdk/client-cognito-identity-provider'
import type { IAMClient } from '@aws-sdk/client-iam'
import * as api from '@aws-sdk/client-iam'
import { ListBucketsCommand } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { account, allowing, assume, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let iam: IAMClient
before(async () => {
  server = await startTestServer()
  iam = server.clients.iam
})
after(() => server.close())

const minutes = 60_000
const arn = (kind: string, name: string) => `arn:aws:iam::${account}:${kind}/${name}`

async function makeUser(UserName: string, PolicyDocument?: string) {
  await iam.send(new api.CreateUserCommand({ UserName }))
  if (PolicyDocument) await iam.send(new api.PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }))
  const { AccessKey } = await iam.send(new api.CreateAccessKeyCommand({ UserName }))
  return server.clientsWith({ accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! })
}

describe('a role', () => {
  const lastUsed = async (RoleName: string) => (await iam.send(new api.GetRoleCommand({ RoleName }))).Role!.RoleLastUsed

  test('that nobody used says nothing of its use', async () => {
    await makeRole(server.clients, 'Unused')
    assert.deepEqual(await lastUsed('Unused'), {})
  })

  test('says when and where a session of it was used last, be it for a call that is refused', async () => {
    const session = await assume(server, server.clients, await makeRole(server.clients, 'Used'))
    assert.deepEqual(await lastUsed('Used'), {})
    const first = server.world.now()
    await assert.rejects(session.s3.send(new ListBucketsCommand({})), { name: 'AccessDenied' })
    const used = await lastUsed('Used')
    assert.equal(used!.Region, 'us-east-1')
    assert.equal(used!.LastUsedDate!.getTime(), Math.floor(first / 1000) * 1000)
    server.world.clock.advance(6 * minutes)
    await session.sts.send(new GetCallerIdentityCommand({}))
    const later = (await lastUsed('Used'))!.LastUsedDate!.getTime()
    assert.ok(later >= first + 5 * minutes, `${later}`)
    const { RoleDetailList } = await iam.send(new api.GetAccountAuthorizationDetailsCommand({ Filter: ['Role'] }))
    const detail = RoleDetailList!.find(({ RoleName }) => RoleName === 'Used')
    assert.equal(detail!.RoleLastUsed!.LastUsedDate!.getTime(), later)
    const { Roles } = await iam.send(new api.ListRolesCommand({}))
    assert.ok(Roles!.every(({ RoleLastUsed }) => RoleLastUsed === undefined))
  })

  test('is not noted at every request, and a wrong signature notes nothing', async () => {
    const role = await makeRole(server.clients, 'Busy')
    const session = await assume(server, server.clients, role)
    const forged = server.clientsWith({ ...session.keys, secretAccessKey: 'x'.repeat(40) })
    await assert.rejects(forged.sts.send(new GetCallerIdentityCommand({})), { name: 'SignatureDoesNotMatch' })
    assert.deepEqual(await lastUsed('Busy'), {})
    await session.sts.send(new GetCallerIdentityCommand({}))
    const first = (await lastUsed('Busy'))!.LastUsedDate!
    server.world.clock.advance(2 * minutes)
    await session.sts.send(new GetCallerIdentityCommand({}))
    assert.deepEqual((await lastUsed('Busy'))!.LastUsedDate, first)
  })
})

describe('the access advisor', () => {
  const generate = async (Arn: string, Granularity?: api.AccessAdvisorUsageGranularityType, client = iam) =>
    (await client.send(new api.GenerateServiceLastAccessedDetailsCommand({ Arn, Granularity }))).JobId!
  const details = async (Arn: string, Granularity?: api.AccessAdvisorUsageGranularityType) => {
    const JobId = await generate(Arn, Granularity)
    return iam.send(new api.GetServiceLastAccessedDetailsCommand({ JobId }))
  }
  const entities = async (Arn: string, ServiceNamespace: string) => {
    const JobId = await generate(Arn)
    return iam.send(new api.GetServiceLastAccessedDetailsWithEntitiesCommand({ JobId, ServiceNamespace }))
  }
  const namespaces = ({ ServicesLastAccessed = [] }: Partial<api.GetServiceLastAccessedDetailsResponse>) =>
    ServicesLastAccessed.map(({ ServiceNamespace }) => ServiceNamespace)

  test('lists the services that a role’s policies allow, and when it asked each, refused or not', async () => {
    const policy = document(
      { Effect: 'Allow', Action: ['s3:Get*', 'COGNITO-IDP:ListUserPools', 'ec2:*'], Resource: '*' },
      { Effect: 'Deny', Action: 'dynamodb:*', Resource: '*' },
    )
    const role = await makeRole(server.clients, 'Reader', { policy })
    const session = await assume(server, server.clients, role)
    await assert.rejects(session.s3.send(new ListBucketsCommand({})), { name: 'AccessDenied' })
    const report = await details(role)
    assert.deepEqual([report.JobStatus, report.JobType, report.IsTruncated], ['COMPLETED', 'SERVICE_LEVEL', false])
    const [pools, storage, ...others] = report.ServicesLastAccessed!
    assert.deepEqual(others, [])
    assert.deepEqual(pools, {
      ServiceName: 'Amazon Cognito User Pools',
      ServiceNamespace: 'cognito-idp',
      TotalAuthenticatedEntities: 0,
    })
    assert.deepEqual(
      [storage!.ServiceName, storage!.LastAuthenticatedEntity, storage!.LastAuthenticatedRegion],
      ['Amazon S3', role, 'us-east-1'],
    )
    assert.equal(storage!.TotalAuthenticatedEntities, 1)
    assert.ok(storage!.LastAuthenticated instanceof Date)
  })

  test('tells actions apart where asked to', async () => {
    const role = await makeRole(server.clients, 'Actor', { policy: allowing(['cognito-idp:*UserPools', 's3:*']) })
    const session = await assume(server, server.clients, role)
    await session.idp.send(new ListUserPoolsCommand({ MaxResults: 1 }))
    await assert.rejects(session.idp.send(new DescribeUserPoolCommand({ UserPoolId: 'us-east-1_none' })))
    const report = await details(role, 'ACTION_LEVEL')
    assert.equal(report.JobType, 'ACTION_LEVEL')
    const [pools, storage] = report.ServicesLastAccessed!
    assert.deepEqual(storage!.TrackedActionsLastAccessed, [])
    const [action, ...others] = pools!.TrackedActionsLastAccessed!
    assert.deepEqual(others, [])
    assert.deepEqual(
      [action!.ActionName, action!.LastAccessedEntity, action!.LastAccessedRegion],
      ['ListUserPools', role, 'us-east-1'],
    )
    assert.deepEqual(action!.LastAccessedTime, pools!.LastAuthenticated)
  })

  test('knows of a group and of a policy who of them asked', async () => {
    const { Policy } = await iam.send(
      new api.CreatePolicyCommand({ PolicyName: 'Pools', PolicyDocument: allowing('cognito-identity:*') }),
    )
    const PolicyArn = Policy!.Arn!
    await iam.send(new api.CreateGroupCommand({ GroupName: 'Team' }))
    await iam.send(new api.AttachGroupPolicyCommand({ GroupName: 'Team', PolicyArn }))
    const active = await makeUser('Active')
    await makeUser('Idle')
    for (const UserName of ['Active', 'Idle']) {
      await iam.send(new api.AddUserToGroupCommand({ GroupName: 'Team', UserName }))
    }
    const role = await makeRole(server.clients, 'Attached')
    await iam.send(new api.AttachRolePolicyCommand({ RoleName: 'Attached', PolicyArn }))
    await active.identity.send(new ListIdentityPoolsCommand({ MaxResults: 1 }))

    for (const subject of [arn('group', 'Team'), PolicyArn]) {
      const report = await details(subject)
      assert.deepEqual(namespaces(report), ['cognito-identity'])
      assert.equal(report.ServicesLastAccessed![0]!.LastAuthenticatedEntity, arn('user', 'Active'))
      assert.equal(report.ServicesLastAccessed![0]!.TotalAuthenticatedEntities, 1)
    }
    const session = await assume(server, server.clients, role)
    server.world.clock.advance(minutes)
    await session.identity.send(new ListIdentityPoolsCommand({ MaxResults: 1 }))
    const [both] = (await details(PolicyArn)).ServicesLastAccessed!
    assert.deepEqual([both!.LastAuthenticatedEntity, both!.TotalAuthenticatedEntities], [role, 2])

    const found = await entities(PolicyArn, 'cognito-identity')
    assert.deepEqual(
      found.EntityDetailsList!.map(({ EntityInfo, LastAuthenticated }) => [
        EntityInfo!.Type,
        EntityInfo!.Name,
        EntityInfo!.Path,
        LastAuthenticated !== undefined,
      ]),
      [
        ['ROLE', 'Attached', '/', true],
        ['USER', 'Active', '/', true],
        ['USER', 'Idle', '/', false],
      ],
    )
    assert.deepEqual((await entities(PolicyArn, 's3')).EntityDetailsList, [])
    assert.deepEqual(
      (await entities(arn('group', 'Team'), 'cognito-identity')).EntityDetailsList!.map(
        ({ EntityInfo }) => EntityInfo!.Name,
      ),
      ['Active', 'Idle'],
    )
  })

  test('goes by pages', async () => {
    const JobId = await generate('arn:aws:iam::aws:policy/AdministratorAccess')
    const all: (string | undefined)[] = []
    let Marker: string | undefined
    do {
      const page: api.GetServiceLastAccessedDetailsResponse = await iam.send(
        new api.GetServiceLastAccessedDetailsCommand({ JobId, MaxItems: 5, Marker }),
      )
      all.push(...namespaces(page))
      Marker = page.Marker
    } while (Marker !== undefined)
    assert.equal(all.length, 13)
    assert.deepEqual(all, [...new Set(all)].sort())
  })

  test('shows a report only to who asked for it, in the same session', async () => {
    const role = await makeRole(server.clients, 'Auditor', { policy: allowing('iam:*') })
    const auditor = await assume(server, server.clients, role)
    const JobId = await generate(role, undefined, auditor.iam)
    const read = (client: IAMClient) => client.send(new api.GetServiceLastAccessedDetailsCommand({ JobId }))
    await read(auditor.iam)
    const gone = { name: 'NoSuchEntityException' }
    await assert.rejects(read(iam), gone)
    const other = await assume(server, server.clients, role, { RoleSessionName: 'another' })
    await assert.rejects(read(other.iam), gone)
  })

  test('refuses what is no user, group, role or policy, and those that are not there', async () => {
    await assert.rejects(generate(`arn:aws:iam::${account}:mfa/none`), { name: 'InvalidInputException' })
    for (const kind of ['user', 'group', 'role', 'policy']) {
      await assert.rejects(generate(arn(kind, 'none')), { name: 'NoSuchEntityException' })
    }
  })

  test('says which policies let a user ask a service: attached, inline, and through groups', async () => {
    const limited = await iam.send(
      new api.CreatePolicyCommand({
        PolicyName: 'AllButStorage',
        PolicyDocument: document({ Effect: 'Allow', NotAction: 's3:*', Resource: '*' }),
      }),
    )
    await makeUser('Asked', allowing(['s3:GetObject', 'ec2:RunInstances']))
    const PolicyArn = limited.Policy!.Arn!
    await iam.send(new api.AttachUserPolicyCommand({ UserName: 'Asked', PolicyArn }))
    await iam.send(new api.CreateGroupCommand({ GroupName: 'Storage' }))
    await iam.send(
      new api.PutGroupPolicyCommand({ GroupName: 'Storage', PolicyName: 'all', PolicyDocument: allowing('s3:*') }),
    )
    await iam.send(new api.AddUserToGroupCommand({ GroupName: 'Storage', UserName: 'Asked' }))
    const list = async (Arn: string, ...ServiceNamespaces: string[]) => {
      const command = new api.ListPoliciesGrantingServiceAccessCommand({ Arn, ServiceNamespaces })
      const { PoliciesGrantingServiceAccess } = await iam.send(command)
      return PoliciesGrantingServiceAccess!.map(({ ServiceNamespace, Policies }) => [ServiceNamespace, Policies])
    }
    const own = { PolicyName: 'own', PolicyType: 'INLINE', EntityType: 'USER', EntityName: 'Asked' }
    const all = { PolicyName: 'all', PolicyType: 'INLINE', EntityType: 'GROUP', EntityName: 'Storage' }
    const managed = { PolicyName: 'AllButStorage', PolicyType: 'MANAGED', PolicyArn }
    assert.deepEqual(await list(arn('user', 'Asked'), 's3', 'sqs', 'ec2'), [
      ['ec2', [managed, own]],
      ['s3', [own, all]],
      ['sqs', [managed]],
    ])
    assert.deepEqual(await list(arn('group', 'Storage'), 's3', 'sqs'), [
      ['s3', [all]],
      ['sqs', []],
    ])
    await assert.rejects(list(PolicyArn, 's3'), { name: 'InvalidInputException' })
  })
})
