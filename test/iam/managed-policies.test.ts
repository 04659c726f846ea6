/** IAM's managed policies over the wire: made, versioned, attached, in force. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AttachRolePolicyCommand,
  CreatePolicyCommand,
  type CreatePolicyCommandInput,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteRoleCommand,
  DetachRolePolicyCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRoleCommand,
  type IAMClient,
  ListAttachedRolePoliciesCommand,
  type ListAttachedRolePoliciesCommandOutput,
  ListEntitiesForPolicyCommand,
  ListPoliciesCommand,
  ListPolicyTagsCommand,
  ListPolicyVersionsCommand,
  PutRolePermissionsBoundaryCommand,
  SetDefaultPolicyVersionCommand,
  TagPolicyCommand,
  UntagPolicyCommand,
} from '@aws-sdk/client-iam'
import { account, allowing, assume, makeRole, trusting } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let iam: IAMClient
before(async () => {
  server = await startTestServer()
  iam = server.clients.iam
})
after(() => server.close())

const arnOf = (name: string) => `arn:aws:iam::${account}:policy/${name}`
const create = (PolicyName: string, more: Partial<CreatePolicyCommandInput> = {}) =>
  iam.send(new CreatePolicyCommand({ PolicyName, PolicyDocument: allowing('iam:GetRole'), ...more }))
const notFound = (arn: string) => ({ name: 'NoSuchEntityException', message: `Policy ${arn} was not found.` })
const attach = (RoleName: string, PolicyArn: string) => iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }))
const detach = (RoleName: string, PolicyArn: string) => iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }))
const newVersion = (PolicyArn: string, PolicyDocument: string, SetAsDefault = true) =>
  iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault }))

describe('CreatePolicy', () => {
  test('refuses the wrong value', async () => {
    await assert.rejects(create('a b'), { name: 'ValidationError' })
    await assert.rejects(create('X', { PolicyDocument: '{' }), { name: 'MalformedPolicyDocumentException' })
    await assert.rejects(create('X', { PolicyDocument: trusting() }), { message: 'Has prohibited field Principal' })
    const old = JSON.stringify({ Version: '2008-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } })
    await assert.rejects(create('X', { PolicyDocument: old }), {
      message: 'Policy document must be version 2012-10-17 or greater.',
    })
    const big = allowing(
      's3:*',
      Array.from({ length: 250 }, (_, index) => `arn:aws:s3:::bucket/${1000 + index}/*`),
    )
    await assert.rejects(create('X', { PolicyDocument: big }), {
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for PolicySize: 6144',
    })
  })

  test('does it', async () => {
    const { Policy } = await create('Made', { Path: '/team/', Description: 'd', Tags: [{ Key: 'k', Value: 'v' }] })
    assert.match(Policy!.PolicyId!, /^ANPA[A-Z2-7]{17}$/)
    assert.equal(Policy!.Arn, arnOf('team/Made'))
    assert.deepEqual([Policy!.DefaultVersionId, Policy!.AttachmentCount, Policy!.IsAttachable], ['v1', 0, true])
    const read = await iam.send(new GetPolicyCommand({ PolicyArn: Policy!.Arn }))
    assert.deepEqual(read.Policy, { ...Policy, Description: 'd' })
    await assert.rejects(create('MADE'), {
      name: 'EntityAlreadyExistsException',
      message: 'A policy called MADE already exists. Duplicate names are not allowed.',
    })
  })
})

test("every operation on a policy refuses one that is not there, also under another path and AWS's own", async () => {
  for (const PolicyArn of [arnOf('None'), arnOf('Made'), 'arn:aws:iam::aws:policy/ReadOnlyAccess']) {
    const calls = [
      () => iam.send(new GetPolicyCommand({ PolicyArn })),
      () => iam.send(new DeletePolicyCommand({ PolicyArn })),
      () => newVersion(PolicyArn, allowing('*')),
      () => iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' })),
      () => iam.send(new ListPolicyVersionsCommand({ PolicyArn })),
      () => iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' })),
      () => iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v1' })),
      () => iam.send(new ListEntitiesForPolicyCommand({ PolicyArn })),
      () => iam.send(new TagPolicyCommand({ PolicyArn, Tags: [] })),
      () => iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: [] })),
      () => iam.send(new ListPolicyTagsCommand({ PolicyArn })),
    ]
    for (const call of calls) await assert.rejects(call(), notFound(PolicyArn))
  }
})

describe('versions', () => {
  test('are numbered on and never again, five at most, one of them the default', async () => {
    const { Policy } = await create('Versions')
    const PolicyArn = Policy!.Arn!
    const second = allowing('iam:ListRoles')
    assert.equal((await newVersion(PolicyArn, second, false)).PolicyVersion!.VersionId, 'v2')
    const read = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: 'v2' }))
    assert.equal(decodeURIComponent(read.PolicyVersion!.Document!), second)
    assert.equal(read.PolicyVersion!.IsDefaultVersion, false)
    await assert.rejects(iam.send(new DeletePolicyCommand({ PolicyArn })), {
      name: 'DeleteConflictException',
      message: /^This policy has more than one version\./,
    })
    await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v2' }))
    await assert.rejects(iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v2' })), {
      name: 'DeleteConflictException',
      message: 'Cannot delete the default version of a policy.',
    })
    await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v1' }))
    const gone = {
      name: 'NoSuchEntityException',
      message: `Policy ${PolicyArn} version v1 does not exist or is not attachable.`,
    }
    for (const Command of [GetPolicyVersionCommand, SetDefaultPolicyVersionCommand, DeletePolicyVersionCommand]) {
      await assert.rejects(iam.send(new Command({ PolicyArn, VersionId: 'v1' }) as GetPolicyVersionCommand), gone)
    }
    for (const version of ['v3', 'v4', 'v5', 'v6']) {
      assert.equal((await newVersion(PolicyArn, second)).PolicyVersion!.VersionId, version)
    }
    await assert.rejects(newVersion(PolicyArn, second), {
      name: 'LimitExceededException',
      message: /^A managed policy can have up to 5 versions\./,
    })
    const first = await iam.send(new ListPolicyVersionsCommand({ PolicyArn, MaxItems: 3 }))
    const rest = await iam.send(new ListPolicyVersionsCommand({ PolicyArn, Marker: first.Marker }))
    assert.deepEqual(
      [...first.Versions!, ...rest.Versions!].map(({ VersionId }) => VersionId),
      ['v6', 'v5', 'v4', 'v3', 'v2'],
    )
    assert.deepEqual(
      first.Versions!.map(({ IsDefaultVersion }) => IsDefaultVersion),
      [true, false, false],
    )
  })

  test('two made at once have two numbers', async () => {
    const { Policy } = await create('AtOnce')
    const made = await Promise.all([1, 2, 3].map(() => newVersion(Policy!.Arn!, allowing('*'))))
    assert.deepEqual(made.map(({ PolicyVersion }) => PolicyVersion!.VersionId).sort(), ['v2', 'v3', 'v4'])
  })
})

describe('attached policies', () => {
  test('are in force for sessions that exist, by their default version, until they are detached', async () => {
    const { Policy } = await create('Force')
    const PolicyArn = Policy!.Arn!
    const session = await assume(server, server.clients, await makeRole(server.clients, 'Attached'))
    const read = () => session.iam.send(new GetRoleCommand({ RoleName: 'Attached' }))
    const denied = { name: 'AccessDenied', message: /because no identity-based policy allows the iam:GetRole action$/ }
    await assert.rejects(read(), denied)
    await attach('Attached', PolicyArn)
    await attach('Attached', PolicyArn)
    await read()
    await newVersion(PolicyArn, allowing('iam:ListRoles'))
    await assert.rejects(read(), denied)
    await iam.send(new SetDefaultPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }))
    await read()
    await detach('Attached', PolicyArn)
    await assert.rejects(read(), denied)
    await assert.rejects(detach('Attached', PolicyArn), notFound(PolicyArn))
  })

  test('are listed on both sides, counted, and keep role and policy from being deleted', async () => {
    const { Policy } = await create('Kept', { Path: '/kept/' })
    const PolicyArn = Policy!.Arn!
    await makeRole(server.clients, 'Keeper')
    await attach('Keeper', PolicyArn)
    const listed = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'Keeper' }))
    assert.deepEqual([listed.AttachedPolicies, listed.IsTruncated], [[{ PolicyName: 'Kept', PolicyArn }], false])
    const elsewhere = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName: 'Keeper', PathPrefix: '/other/' }))
    assert.deepEqual(elsewhere.AttachedPolicies, [])
    const entities = await iam.send(new ListEntitiesForPolicyCommand({ PolicyArn }))
    assert.deepEqual(
      entities.PolicyRoles!.map(({ RoleName }) => RoleName),
      ['Keeper'],
    )
    assert.equal((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy!.AttachmentCount, 1)
    await assert.rejects(iam.send(new DeleteRoleCommand({ RoleName: 'Keeper' })), {
      name: 'DeleteConflictException',
      message: 'Cannot delete entity, must detach all policies first.',
    })
    await assert.rejects(iam.send(new DeletePolicyCommand({ PolicyArn })), {
      name: 'DeleteConflictException',
      message: 'Cannot delete a policy attached to entities.',
    })
    await detach('Keeper', PolicyArn)
    await iam.send(new DeletePolicyCommand({ PolicyArn }))
    await iam.send(new DeleteRoleCommand({ RoleName: 'Keeper' }))
    await assert.rejects(iam.send(new GetPolicyCommand({ PolicyArn })), notFound(PolicyArn))
  })

  test('are all listed page by page, though one of ours is called like one of AWS’s', async () => {
    const { Policy } = await create('AmazonS3ReadOnlyAccess')
    await makeRole(server.clients, 'Namesakes')
    const arns = ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess', Policy!.Arn!]
    for (const one of arns) await attach('Namesakes', one)
    const seen: string[] = []
    for (let Marker: string | undefined; ; ) {
      const page: ListAttachedRolePoliciesCommandOutput = await iam.send(
        new ListAttachedRolePoliciesCommand({ RoleName: 'Namesakes', MaxItems: 1, Marker }),
      )
      seen.push(...page.AttachedPolicies!.map(({ PolicyArn }) => PolicyArn!))
      Marker = page.Marker
      if (!page.IsTruncated) break
    }
    assert.deepEqual(seen.sort(), arns.sort())
  })

  test('are named by ARNs of policies: what is none is told so', async () => {
    await makeRole(server.clients, 'Misnamed')
    for (const PolicyArn of ['a-policy-without-an-arn', `arn:aws:iam::${account}:role/Misnamed`]) {
      const invalid = { name: 'InvalidInputException', message: `ARN ${PolicyArn} is not valid.` }
      const bounding = { RoleName: 'Misnamed', PermissionsBoundary: PolicyArn }
      await assert.rejects(attach('Misnamed', PolicyArn), invalid)
      await assert.rejects(detach('Misnamed', PolicyArn), invalid)
      await assert.rejects(iam.send(new GetPolicyCommand({ PolicyArn })), invalid)
      await assert.rejects(iam.send(new DeletePolicyCommand({ PolicyArn })), invalid)
      await assert.rejects(iam.send(new PutRolePermissionsBoundaryCommand(bounding)), invalid)
    }
  })

  test('are ten at most, and must exist', async () => {
    await makeRole(server.clients, 'Many')
    const arns = await Promise.all(
      Array.from({ length: 11 }, async (_, index) => (await create(`Many${index}`)).Policy!.Arn!),
    )
    for (const arn of arns.slice(0, 10)) await attach('Many', arn)
    await assert.rejects(attach('Many', arns[10]!), {
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for PoliciesPerRole: 10',
    })
    await assert.rejects(attach('Many', arnOf('None')), {
      name: 'NoSuchEntityException',
      message: `Policy ${arnOf('None')} does not exist or is not attachable.`,
    })
    await assert.rejects(attach('None', arns[0]!), { message: 'The role with name None cannot be found.' })
  })

  test('may be limited to some by a condition', async () => {
    const { Policy } = await create('Harmless')
    const policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: {
        Effect: 'Allow',
        Action: 'iam:AttachRolePolicy',
        Resource: '*',
        Condition: { ArnEquals: { 'iam:PolicyARN': Policy!.Arn } },
      },
    })
    const session = await assume(server, server.clients, await makeRole(server.clients, 'Attacher', { policy }))
    const own = (PolicyArn: string) =>
      session.iam.send(new AttachRolePolicyCommand({ RoleName: 'Attacher', PolicyArn }))
    await own(Policy!.Arn!)
    await assert.rejects(own(arnOf('Force')), { name: 'AccessDenied' })
  })
})

describe('lists and tags', () => {
  test('policies are listed page by page, by path, by use and by whose they are', async () => {
    for (const name of ['l2', 'L1']) await create(name, { Path: '/list/' })
    const list = async (more: object) =>
      (await iam.send(new ListPoliciesCommand({ PathPrefix: '/list/', ...more }))).Policies!.map(
        ({ PolicyName }) => PolicyName,
      )
    assert.deepEqual(await list({}), ['L1', 'l2'])
    const first = await iam.send(new ListPoliciesCommand({ PathPrefix: '/list/', MaxItems: 1 }))
    assert.equal(first.IsTruncated, true)
    assert.deepEqual(await list({ Marker: first.Marker }), ['l2'])
    assert.deepEqual(await list({ OnlyAttached: true }), [])
    assert.deepEqual(await list({ Scope: 'AWS' }), [])
    assert.deepEqual(await list({ Scope: 'Local' }), ['L1', 'l2'])
    await assert.rejects(list({ Scope: 'Mine' }), { name: 'ValidationError' })
  })

  test('tags are put, listed and taken away', async () => {
    const PolicyArn = arnOf('list/L1')
    await iam.send(
      new TagPolicyCommand({
        PolicyArn,
        Tags: [
          { Key: 'b', Value: '1' },
          { Key: 'a', Value: '2' },
        ],
      }),
    )
    await iam.send(new UntagPolicyCommand({ PolicyArn, TagKeys: ['B'] }))
    assert.deepEqual((await iam.send(new ListPolicyTagsCommand({ PolicyArn }))).Tags, [{ Key: 'a', Value: '2' }])
    assert.deepEqual((await iam.send(new GetPolicyCommand({ PolicyArn }))).Policy!.Tags, [{ Key: 'a', Value: '2' }])
  })
})
