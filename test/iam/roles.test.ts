/** IAM's roles over the wire, as an SDK or Terraform uses them. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CreateRoleCommand,
  type CreateRoleCommandInput,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  type IAMClient,
  ListInstanceProfilesForRoleCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
  UpdateRoleCommand,
} from '@aws-sdk/client-iam'
import { account, allowing, assume, document, makeRole, postForm, trusting } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let iam: IAMClient
before(async () => {
  server = await startTestServer()
  iam = server.clients.iam
})
after(() => server.close())

const create = (RoleName: string, more: Partial<CreateRoleCommandInput> = {}) =>
  iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trusting(), ...more }))
const noRole = (name: string) => ({
  name: 'NoSuchEntityException',
  message: `The role with name ${name} cannot be found.`,
})
const badName = {
  name: 'ValidationError',
  message:
    "1 validation error detected: Value 'a b' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+",
}

describe('CreateRole', () => {
  test('refuses the wrong type', async () => {
    await assert.rejects(create('X', { MaxSessionDuration: 'long' as unknown as number }), { name: 'MalformedInput' })
  })

  test('refuses the wrong value', async () => {
    await assert.rejects(create('a b'), badName)
    await assert.rejects(create('X', { MaxSessionDuration: 60 }), { name: 'ValidationError' })
    await assert.rejects(create('X', { Path: 'no-slash' }), { name: 'ValidationError' })
  })

  test('does it', async () => {
    const trust = document({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' })
    const { Role } = await create('App', {
      Path: '/team/',
      Description: 'An app',
      MaxSessionDuration: 7200,
      AssumeRolePolicyDocument: trust,
      Tags: [{ Key: 'k', Value: 'v' }],
    })
    assert.match(Role!.RoleId!, /^AROA[A-Z2-7]{17}$/)
    assert.equal(Role!.Arn, `arn:aws:iam::${account}:role/team/App`)
    assert.equal(decodeURIComponent(Role!.AssumeRolePolicyDocument!), trust)
    assert.match(Role!.AssumeRolePolicyDocument!, /^%7B%22Version%22%3A/)
    assert.deepEqual(Role!.Tags, [{ Key: 'k', Value: 'v' }])
    const read = await iam.send(new GetRoleCommand({ RoleName: 'App' }))
    assert.deepEqual(read.Role, { ...Role, RoleLastUsed: {} })
    assert.equal(read.Role!.MaxSessionDuration, 7200)
    assert.ok(Math.abs(read.Role!.CreateDate!.getTime() - Date.now()) < 60_000)
  })

  test('a name is taken whatever its case', async () => {
    await assert.rejects(create('APP'), {
      name: 'EntityAlreadyExistsException',
      message: 'Role with name APP already exists.',
    })
  })

  test('two calls at once make one role', async () => {
    const made = await Promise.allSettled([create('Twice'), create('Twice'), create('Twice')])
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  test('a trust policy is checked, and whom it names must exist', async () => {
    const refused = (AssumeRolePolicyDocument: string, message: string | RegExp) =>
      assert.rejects(create('Bad', { AssumeRolePolicyDocument }), { name: 'MalformedPolicyDocumentException', message })
    await refused('{', 'This policy contains invalid Json')
    await refused(allowing('sts:AssumeRole'), 'Missing required field Principal')
    await refused(trusting(account, 'sts:AssumeRole', { Resource: '*' }), 'Has prohibited field Resource')
    for (const arn of ['role/None', 'user/ann'].map((name) => `arn:aws:iam::${account}:${name}`)) {
      await refused(trusting(arn), `Invalid principal in policy: "AWS":"${arn}"`)
    }
    await refused(trusting('AROAQQQQQQQQQQQQQQQQQ'), /^Invalid principal/)
  })

  test('a role that trusts a provider of many says whom of them, from the beginning and ever after', async () => {
    const gitlab = `arn:aws:iam::${account}:oidc-provider/gitlab.com`
    const trust = (Condition?: object) =>
      document({
        ...{ Effect: 'Allow', Principal: { Federated: gitlab }, Action: 'sts:AssumeRoleWithWebIdentity', Condition },
      })
    const everybody = trust({ StringEquals: { 'gitlab.com:aud': 'sts.amazonaws.com' } })
    const refusal = {
      name: 'MalformedPolicyDocumentException',
      message: `Trust policy with trusted principal ${gitlab} must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, gitlab.com:sub which is not scoped to all.`,
    }
    await assert.rejects(create('Pipeline', { AssumeRolePolicyDocument: everybody }), refusal)
    const AssumeRolePolicyDocument = trust({ StringLike: { 'gitlab.com:sub': 'project_path:mine/*' } })
    await create('Pipeline', { AssumeRolePolicyDocument })
    await assert.rejects(
      iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'Pipeline', PolicyDocument: everybody })),
      refusal,
    )
  })

  test('a trust policy has at most 2048 characters besides white space', async () => {
    const long = (length: number) => trusting(Array.from({ length }, (_, index) => `${111_111_110_000 + index}`))
    await assert.rejects(create('Long', { AssumeRolePolicyDocument: long(200) }), {
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for ACLSizePerRole: 2048',
    })
    await create('Long', { AssumeRolePolicyDocument: `${long(100)}${' '.repeat(2048)}` })
  })

  test('tags have keys that differ by more than case, and not the prefix of the system', async () => {
    const tags = (...keys: string[]) => ({ Tags: keys.map((Key) => ({ Key, Value: '' })) })
    await assert.rejects(create('T', tags('a', 'A')), {
      name: 'InvalidInputException',
      message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    })
    await assert.rejects(create('T', tags('aws:a')), { name: 'InvalidInputException' })
  })

  test('there is no policy that could be a boundary', async () => {
    const PermissionsBoundary = `arn:aws:iam::${account}:policy/None`
    await assert.rejects(create('B', { PermissionsBoundary }), {
      name: 'NoSuchEntityException',
      message: `Scope ARN: ${PermissionsBoundary} does not exist or is not attachable.`,
    })
  })
})

describe('ListRoles', () => {
  test('refuses the wrong type', async () => {
    await assert.rejects(iam.send(new ListRolesCommand({ MaxItems: 'x' as unknown as number })), {
      name: 'MalformedInput',
    })
  })

  test('refuses the wrong value', async () => {
    await assert.rejects(iam.send(new ListRolesCommand({ MaxItems: 0 })), { name: 'ValidationError' })
    await assert.rejects(iam.send(new ListRolesCommand({ Marker: 'forged' })), { name: 'ValidationError' })
  })

  test('does it, page by page', async () => {
    for (const name of ['l3', 'L1', 'l2']) await create(name, { Path: '/list/' })
    await create('beside', { Path: '/list-not/' })
    const names: string[] = []
    let Marker: string | undefined
    do {
      const answer = await iam.send(new ListRolesCommand({ PathPrefix: '/list/', MaxItems: 2, Marker }))
      assert.equal(answer.IsTruncated, answer.Marker !== undefined)
      names.push(...answer.Roles!.map(({ RoleName }) => RoleName!))
      Marker = answer.Marker
    } while (Marker)
    assert.deepEqual(names, ['L1', 'l2', 'l3'])
  })

  test('a marker of another list is refused', async () => {
    const { Marker } = await iam.send(new ListRolesCommand({ PathPrefix: '/list/', MaxItems: 2 }))
    await assert.rejects(iam.send(new ListRolesCommand({ PathPrefix: '/list-not/', Marker })), {
      name: 'ValidationError',
    })
  })
})

/** Every operation on one role, with what it needs besides the name. */
const onRole: [string, (RoleName: string) => Promise<unknown>][] = [
  ['GetRole', (RoleName) => iam.send(new GetRoleCommand({ RoleName }))],
  ['UpdateRole', (RoleName) => iam.send(new UpdateRoleCommand({ RoleName, Description: 'd' }))],
  [
    'UpdateAssumeRolePolicy',
    (RoleName) => iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: trusting() })),
  ],
  ['DeleteRole', (RoleName) => iam.send(new DeleteRoleCommand({ RoleName }))],
  [
    'PutRolePolicy',
    (RoleName) => iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'p', PolicyDocument: allowing('*') })),
  ],
  ['GetRolePolicy', (RoleName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName: 'p' }))],
  ['ListRolePolicies', (RoleName) => iam.send(new ListRolePoliciesCommand({ RoleName }))],
  ['DeleteRolePolicy', (RoleName) => iam.send(new DeleteRolePolicyCommand({ RoleName, PolicyName: 'p' }))],
  ['TagRole', (RoleName) => iam.send(new TagRoleCommand({ RoleName, Tags: [] }))],
  ['UntagRole', (RoleName) => iam.send(new UntagRoleCommand({ RoleName, TagKeys: [] }))],
  ['ListRoleTags', (RoleName) => iam.send(new ListRoleTagsCommand({ RoleName }))],
  ['ListInstanceProfilesForRole', (RoleName) => iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }))],
]

for (const [name, call] of onRole) {
  test(`${name} refuses a broken name, and a role that does not exist`, async () => {
    await assert.rejects(call('a b'), badName)
    await assert.rejects(call('None'), noRole('None'))
    // Names differ by case when they are asked for.
    await assert.rejects(call('aPP'), noRole('aPP'))
  })

  test(`${name} is refused to whom no policy allows it, and tells them nothing of whether the role exists`, async () => {
    const session = await assume(server, server.clients, `arn:aws:iam::${account}:role/Nobody`).catch(async () =>
      assume(server, server.clients, await makeRole(server.clients, 'Nobody')),
    )
    const own = iam
    iam = session.iam
    try {
      for (const [role, path] of [
        ['App', '/team/App'],
        ['None', '/None'],
      ] as const) {
        await assert.rejects(call(role), {
          name: 'AccessDenied',
          message: `User: arn:aws:sts::${account}:assumed-role/Nobody/me is not authorized to perform: iam:${name} on resource: arn:aws:iam::${account}:role${path} because no identity-based policy allows the iam:${name} action`,
        })
      }
    } finally {
      iam = own
    }
  })
}

test('an operation that needs a name refuses to go without, and every missing member is named', async () => {
  const { status, text } = await postForm(server.endpoint, { Action: 'GetRole', Version: '2010-05-08' })
  assert.equal(status, 403)
  assert.match(text, /MissingAuthenticationToken/)
  await assert.rejects(iam.send(new PutRolePolicyCommand({ RoleName: 'App' } as never)), {
    name: 'ValidationError',
    message: /^2 validation errors detected: .*'policyName'.*'policyDocument'/,
  })
})

describe('UpdateRole', () => {
  test('changes what is given and keeps the rest', async () => {
    await create('Changed', { Description: 'before' })
    await iam.send(new UpdateRoleCommand({ RoleName: 'Changed', MaxSessionDuration: 43_200 }))
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'Changed' }))
    assert.equal(Role!.MaxSessionDuration, 43_200)
    assert.equal(Role!.Description, 'before')
    await assert.rejects(iam.send(new UpdateRoleCommand({ RoleName: 'Changed', MaxSessionDuration: 43_201 })), {
      name: 'ValidationError',
    })
  })
})

describe('UpdateAssumeRolePolicy', () => {
  test('decides who is let in from then on', async () => {
    const arn = await makeRole(server.clients, 'Lock')
    await assume(server, server.clients, arn)
    const PolicyDocument = trusting('111122223333')
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'Lock', PolicyDocument }))
    await assert.rejects(assume(server, server.clients, arn), { name: 'AccessDenied' })
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'Lock' }))
    assert.equal(decodeURIComponent(Role!.AssumeRolePolicyDocument!), PolicyDocument)
    await assert.rejects(iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'Lock', PolicyDocument: '{' })), {
      name: 'MalformedPolicyDocumentException',
    })
  })

  test('a role that is made again under the name of a trusted one is not trusted', async () => {
    const trusted = await makeRole(server.clients, 'Friend')
    const target = await makeRole(server.clients, 'TrustsFriend', { trust: trusting(trusted) })
    await assume(server, await assume(server, server.clients, trusted), target)
    await iam.send(new DeleteRoleCommand({ RoleName: 'Friend' }))
    await makeRole(server.clients, 'Friend')
    await assert.rejects(assume(server, await assume(server, server.clients, trusted), target), {
      name: 'AccessDenied',
    })
  })
})

describe('policies of a role', () => {
  const put = (PolicyName: string, PolicyDocument: string) =>
    iam.send(new PutRolePolicyCommand({ RoleName: 'Holder', PolicyName, PolicyDocument }))

  test('are put, replaced, read, listed and deleted; a role that has some is not deleted', async () => {
    await create('Holder')
    await put('b', allowing('s3:*'))
    await put('a', allowing('s3:*'))
    const newer = allowing('s3:GetObject', 'arn:aws:s3:::b/${aws:userid}/*')
    await put('a', newer)
    const read = await iam.send(new GetRolePolicyCommand({ RoleName: 'Holder', PolicyName: 'a' }))
    assert.deepEqual([read.RoleName, read.PolicyName, decodeURIComponent(read.PolicyDocument!)], ['Holder', 'a', newer])
    const first = await iam.send(new ListRolePoliciesCommand({ RoleName: 'Holder', MaxItems: 1 }))
    assert.deepEqual([first.PolicyNames, first.IsTruncated], [['a'], true])
    const second = await iam.send(
      new ListRolePoliciesCommand({ RoleName: 'Holder', MaxItems: 1, Marker: first.Marker }),
    )
    assert.deepEqual([second.PolicyNames, second.IsTruncated], [['b'], false])
    await assert.rejects(iam.send(new DeleteRoleCommand({ RoleName: 'Holder' })), {
      name: 'DeleteConflictException',
      message: 'Cannot delete entity, must delete policies first.',
    })
    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'Holder', PolicyName: 'b' }))
    const none = { name: 'NoSuchEntityException', message: 'The role policy with name b cannot be found.' }
    await assert.rejects(iam.send(new DeleteRolePolicyCommand({ RoleName: 'Holder', PolicyName: 'b' })), none)
    await assert.rejects(iam.send(new GetRolePolicyCommand({ RoleName: 'Holder', PolicyName: 'b' })), none)
    await iam.send(new DeleteRolePolicyCommand({ RoleName: 'Holder', PolicyName: 'a' }))
    await iam.send(new DeleteRoleCommand({ RoleName: 'Holder' }))
    await assert.rejects(iam.send(new GetRoleCommand({ RoleName: 'Holder' })), noRole('Holder'))
  })

  test('are checked, and have 10240 characters together besides white space', async () => {
    await create('Holder')
    await assert.rejects(put('x', trusting()), {
      name: 'MalformedPolicyDocumentException',
      message: 'Has prohibited field Principal',
    })
    await assert.rejects(put('x', allowing('s3:ListBucket', 'arn:aws:s3:us-east-1::bucket')), {
      name: 'MalformedPolicyDocumentException',
      message: 'Resource arn:aws:s3:us-east-1::bucket can not contain region information.',
    })
    const big = allowing(
      's3:GetObject',
      Array.from({ length: 200 }, (_, index) => `arn:aws:s3:::bucket/${1000 + index}/*`),
    )
    await put('one', big)
    await put('one', big)
    await assert.rejects(put('two', big), {
      name: 'LimitExceededException',
      message: 'Maximum policy size of 10240 bytes exceeded for role Holder',
    })
    assert.ok(big.length > 5121 && big.length < 10_240)
  })
})

describe('tags of a role', () => {
  test('are put, replaced without regard to case, listed in order and page by page, taken away', async () => {
    await create('Tagged')
    const RoleName = 'Tagged'
    await iam.send(
      new TagRoleCommand({
        RoleName,
        Tags: [
          { Key: 'b', Value: '1' },
          { Key: 'a', Value: '1' },
        ],
      }),
    )
    await iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'B', Value: '2' }] }))
    const first = await iam.send(new ListRoleTagsCommand({ RoleName, MaxItems: 1 }))
    assert.deepEqual(first.Tags, [{ Key: 'B', Value: '2' }])
    const second = await iam.send(new ListRoleTagsCommand({ RoleName, Marker: first.Marker }))
    assert.deepEqual([second.Tags, second.IsTruncated], [[{ Key: 'a', Value: '1' }], false])
    await iam.send(new UntagRoleCommand({ RoleName, TagKeys: ['b', 'none'] }))
    assert.deepEqual((await iam.send(new ListRoleTagsCommand({ RoleName }))).Tags, [{ Key: 'a', Value: '1' }])
    await assert.rejects(iam.send(new TagRoleCommand({ RoleName, Tags: [{ Key: 'a', Value: 'x'.repeat(300) }] })), {
      name: 'ValidationError',
    })
  })

  test('number fifty at most', async () => {
    const Tags = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: '' }))
    await assert.rejects(iam.send(new TagRoleCommand({ RoleName: 'Tagged', Tags })), {
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for TagsPerRole: 50',
    })
  })

  test('two calls at once lose no tag', async () => {
    await create('Race')
    const tag = (Key: string) => iam.send(new TagRoleCommand({ RoleName: 'Race', Tags: [{ Key, Value: '' }] }))
    await Promise.all(['a', 'b', 'c', 'd'].map(tag))
    const { Tags } = await iam.send(new ListRoleTagsCommand({ RoleName: 'Race' }))
    assert.deepEqual(
      Tags!.map(({ Key }) => Key),
      ['a', 'b', 'c', 'd'],
    )
  })

  test('decide who may touch the role, and which tags may be put', async () => {
    await makeRole(server.clients, 'Tagger', {
      policy: document(
        {
          Effect: 'Allow',
          Action: 'iam:GetRole',
          Resource: '*',
          Condition: { StringEquals: { 'iam:ResourceTag/a': '1' } },
        },
        {
          Effect: 'Allow',
          Action: 'iam:TagRole',
          Resource: '*',
          Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['ok'] } },
        },
      ),
    })
    const session = await assume(server, server.clients, `arn:aws:iam::${account}:role/Tagger`)
    await session.iam.send(new GetRoleCommand({ RoleName: 'Tagged' }))
    await assert.rejects(session.iam.send(new GetRoleCommand({ RoleName: 'Race' })), { name: 'AccessDenied' })
    const tag = (Key: string) => session.iam.send(new TagRoleCommand({ RoleName: 'Race', Tags: [{ Key, Value: '' }] }))
    await tag('ok')
    await assert.rejects(tag('other'), { name: 'AccessDenied' })
  })
})
