/** IAM's users, groups, access keys and what they may do, over the wire. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { IAMClient } from '@aws-sdk/client-iam'
import * as api from '@aws-sdk/client-iam'
import { CreateBucketCommand } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { account, allowing, assume, document, makeRole, trusting } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let iam: IAMClient
before(async () => {
  server = await startTestServer()
  iam = server.clients.iam
})
after(() => server.close())

const arn = (kind: string, name: string) => `arn:aws:iam::${account}:${kind}/${name}`
const makeUser = async (UserName: string, more: Partial<api.CreateUserCommandInput> = {}) =>
  (await iam.send(new api.CreateUserCommand({ UserName, ...more }))).User!
const put = (UserName: string, PolicyDocument: string, PolicyName = 'p') =>
  iam.send(new api.PutUserPolicyCommand({ UserName, PolicyName, PolicyDocument }))
const makePolicy = async (PolicyName: string, PolicyDocument = allowing('iam:GetRole')) =>
  (await iam.send(new api.CreatePolicyCommand({ PolicyName, PolicyDocument }))).Policy!.Arn!

/** A user with a key, and clients that sign with it. */
async function userWithKey(name: string, policy?: string) {
  const user = await makeUser(name)
  if (policy) await put(name, policy)
  const { AccessKey } = await iam.send(new api.CreateAccessKeyCommand({ UserName: name }))
  const keys = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  return { user, keys, clients: server.clientsWith(keys) }
}

const missing = (name: string) => ({
  name: 'NoSuchEntityException',
  message: `The user with name ${name} cannot be found.`,
})

describe('users', () => {
  test('are made, shown, listed below a path, moved, renamed and removed', async () => {
    const made = await makeUser('Ann', { Path: '/team/a/', Tags: [{ Key: 'k', Value: 'v' }] })
    assert.match(made.UserId!, /^AIDA[A-Z2-7]{17}$/)
    assert.equal(made.Arn, arn('user', 'team/a/Ann'))
    assert.deepEqual((await iam.send(new api.GetUserCommand({ UserName: 'Ann' }))).User, made)
    await assert.rejects(makeUser('ANN'), {
      name: 'EntityAlreadyExistsException',
      message: 'User with name ANN already exists.',
    })
    await makeUser('Bob', { Path: '/team-b/' })
    const listed = await iam.send(new api.ListUsersCommand({ PathPrefix: '/team/' }))
    assert.deepEqual(
      listed.Users!.map(({ UserName }) => UserName),
      ['Ann'],
    )
    await iam.send(new api.UpdateUserCommand({ UserName: 'Ann', NewUserName: 'Anna', NewPath: '/' }))
    const renamed = (await iam.send(new api.GetUserCommand({ UserName: 'Anna' }))).User!
    assert.deepEqual([renamed.UserId, renamed.Arn], [made.UserId, arn('user', 'Anna')])
    await assert.rejects(iam.send(new api.UpdateUserCommand({ UserName: 'Anna', NewUserName: 'bob' })), {
      name: 'EntityAlreadyExistsException',
    })
    await iam.send(new api.UpdateUserCommand({ UserName: 'Anna', NewUserName: 'ANNA' }))
    await iam.send(new api.DeleteUserCommand({ UserName: 'ANNA' }))
    await assert.rejects(iam.send(new api.GetUserCommand({ UserName: 'ANNA' })), missing('ANNA'))
  })

  test('are listed page by page', async () => {
    for (const name of ['p1', 'p2', 'p3']) await makeUser(name, { Path: '/pages/' })
    const first = await iam.send(new api.ListUsersCommand({ PathPrefix: '/pages/', MaxItems: 2 }))
    assert.deepEqual([first.Users!.length, first.IsTruncated], [2, true])
    const second = await iam.send(
      new api.ListUsersCommand({ PathPrefix: '/pages/', MaxItems: 2, Marker: first.Marker }),
    )
    assert.deepEqual(
      second.Users!.map(({ UserName }) => UserName),
      ['p3'],
    )
  })

  test('take tags, whose keys are one whatever their case', async () => {
    await makeUser('Tagged')
    await iam.send(new api.TagUserCommand({ UserName: 'Tagged', Tags: [{ Key: 'Team', Value: 'a' }] }))
    await iam.send(new api.TagUserCommand({ UserName: 'Tagged', Tags: [{ Key: 'team', Value: 'b' }] }))
    const listed = () => iam.send(new api.ListUserTagsCommand({ UserName: 'Tagged' }))
    assert.deepEqual((await listed()).Tags, [{ Key: 'team', Value: 'b' }])
    await iam.send(new api.UntagUserCommand({ UserName: 'Tagged', TagKeys: ['TEAM', 'none'] }))
    assert.deepEqual((await listed()).Tags, [])
  })

  test('go only when nothing of theirs is left', async () => {
    await makeUser('Full')
    await iam.send(new api.CreateGroupCommand({ GroupName: 'FullGroup' }))
    await iam.send(new api.AddUserToGroupCommand({ GroupName: 'FullGroup', UserName: 'Full' }))
    const { AccessKey } = await iam.send(new api.CreateAccessKeyCommand({ UserName: 'Full' }))
    await iam.send(new api.CreateLoginProfileCommand({ UserName: 'Full', Password: 'Correct-horse-7' }))
    await put('Full', allowing('s3:*'))
    const PolicyArn = await makePolicy('OfFull')
    await iam.send(new api.AttachUserPolicyCommand({ UserName: 'Full', PolicyArn }))
    const steps: [string, () => Promise<unknown>][] = [
      [
        'remove users from group',
        () => iam.send(new api.RemoveUserFromGroupCommand({ GroupName: 'FullGroup', UserName: 'Full' })),
      ],
      [
        'delete access keys',
        () => iam.send(new api.DeleteAccessKeyCommand({ UserName: 'Full', AccessKeyId: AccessKey!.AccessKeyId })),
      ],
      ['delete login profile', () => iam.send(new api.DeleteLoginProfileCommand({ UserName: 'Full' }))],
      ['delete policies', () => iam.send(new api.DeleteUserPolicyCommand({ UserName: 'Full', PolicyName: 'p' }))],
      ['detach all policies', () => iam.send(new api.DetachUserPolicyCommand({ UserName: 'Full', PolicyArn }))],
    ]
    for (const [loss, lose] of steps) {
      await assert.rejects(iam.send(new api.DeleteUserCommand({ UserName: 'Full' })), {
        name: 'DeleteConflictException',
        message: `Cannot delete entity, must ${loss} first.`,
      })
      await lose()
    }
    await iam.send(new api.DeleteUserCommand({ UserName: 'Full' }))
    await assert.rejects(iam.send(new api.GetUserCommand({ UserName: 'Full' })), missing('Full'))
  })
})

describe('access keys', () => {
  test('sign as the user, whose name may then be left out', async () => {
    const { user, clients } = await userWithKey('Signer', allowing('iam:GetUser', arn('user', '${aws:username}')))
    const who = await clients.sts.send(new GetCallerIdentityCommand({}))
    assert.deepEqual([who.Arn, who.UserId, who.Account], [user.Arn, user.UserId, account])
    assert.equal((await clients.iam.send(new api.GetUserCommand({}))).User!.UserName, 'Signer')
    await assert.rejects(clients.iam.send(new api.GetUserCommand({ UserName: 'Zoe' })), {
      name: 'AccessDenied',
      message: `User: ${user.Arn} is not authorized to perform: iam:GetUser on resource: ${arn('user', 'Zoe')} because no identity-based policy allows the iam:GetUser action`,
    })
    await assert.rejects(iam.send(new api.CreateAccessKeyCommand({})), {
      name: 'ValidationError',
      message: 'Must specify userName when calling with non-User credentials',
    })
  })

  test('are two at most; one that is not active or deleted signs nothing', async () => {
    const { keys, clients } = await userWithKey('Rotating')
    const UserName = 'Rotating'
    const second = (await iam.send(new api.CreateAccessKeyCommand({ UserName }))).AccessKey!
    await assert.rejects(iam.send(new api.CreateAccessKeyCommand({ UserName })), {
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for AccessKeysPerUser: 2',
    })
    const { AccessKeyMetadata } = await iam.send(new api.ListAccessKeysCommand({ UserName }))
    assert.deepEqual(
      AccessKeyMetadata!.map(({ AccessKeyId }) => AccessKeyId).sort(),
      [keys.accessKeyId, second.AccessKeyId].sort(),
    )
    assert.ok(!JSON.stringify(AccessKeyMetadata).includes(keys.secretAccessKey))
    const ask = () => clients.sts.send(new GetCallerIdentityCommand({}))
    const setStatus = (Status: api.StatusType) =>
      iam.send(new api.UpdateAccessKeyCommand({ UserName, AccessKeyId: keys.accessKeyId, Status }))
    await ask()
    await assert.rejects(setStatus('Expired'), { name: 'InvalidInputException' })
    await ask()
    await setStatus('Inactive')
    await assert.rejects(ask(), { name: 'InvalidClientTokenId' })
    await setStatus('Active')
    await ask()
    await iam.send(new api.DeleteAccessKeyCommand({ UserName, AccessKeyId: keys.accessKeyId }))
    await assert.rejects(ask(), { name: 'InvalidClientTokenId' })
    const gone = {
      name: 'NoSuchEntityException',
      message: `The Access Key with id ${keys.accessKeyId} cannot be found.`,
    }
    await assert.rejects(setStatus('Active'), gone)
    await assert.rejects(iam.send(new api.GetAccessKeyLastUsedCommand({ AccessKeyId: keys.accessKeyId })), gone)
  })

  test("one user cannot touch another's key by its id", async () => {
    const { keys } = await userWithKey('Victim')
    const { clients } = await userWithKey('Thief', allowing('iam:*', arn('user', 'Thief')))
    const AccessKeyId = keys.accessKeyId
    await assert.rejects(clients.iam.send(new api.DeleteAccessKeyCommand({ AccessKeyId })), {
      name: 'NoSuchEntityException',
    })
    await assert.rejects(clients.iam.send(new api.DeleteAccessKeyCommand({ AccessKeyId, UserName: 'Victim' })), {
      name: 'AccessDenied',
    })
    await assert.rejects(clients.iam.send(new api.GetAccessKeyLastUsedCommand({ AccessKeyId })), {
      name: 'AccessDenied',
    })
  })

  test('say when they were used last, where and for which service', async () => {
    const { keys, clients } = await userWithKey('Used', allowing('iam:ListUsers'))
    const used = () => iam.send(new api.GetAccessKeyLastUsedCommand({ AccessKeyId: keys.accessKeyId }))
    assert.deepEqual((await used()).AccessKeyLastUsed, { ServiceName: 'N/A', Region: 'N/A' })
    await clients.iam.send(new api.ListUsersCommand({}))
    const after = await used()
    assert.equal(after.UserName, 'Used')
    assert.deepEqual([after.AccessKeyLastUsed!.ServiceName, after.AccessKeyLastUsed!.Region], ['iam', 'us-east-1'])
    assert.ok(after.AccessKeyLastUsed!.LastUsedDate instanceof Date)
  })

  test("say so of a browser's form, too, that they signed", async () => {
    const { keys, clients } = await userWithKey('FormMaker', allowing('s3:PutObject'))
    await server.clients.s3.send(new CreateBucketCommand({ Bucket: 'forms-used' }))
    const { url, fields } = await createPresignedPost(clients.s3, { Bucket: 'forms-used', Key: 'k' })
    const form = new FormData()
    for (const [name, value] of Object.entries(fields)) form.append(name, value)
    form.append('file', new Blob(['x']), 'x')
    assert.equal((await fetch(url, { method: 'POST', body: form })).status, 204)
    const used = await iam.send(new api.GetAccessKeyLastUsedCommand({ AccessKeyId: keys.accessKeyId }))
    assert.deepEqual([used.AccessKeyLastUsed!.ServiceName, used.AccessKeyLastUsed!.Region], ['s3', 'us-east-1'])
  })
})

describe('groups', () => {
  test('are made, shown with their members, renamed and removed', async () => {
    const { Group } = await iam.send(new api.CreateGroupCommand({ GroupName: 'Admins', Path: '/g/' }))
    assert.match(Group!.GroupId!, /^AGPA[A-Z2-7]{17}$/)
    assert.equal(Group!.Arn, arn('group', 'g/Admins'))
    await assert.rejects(iam.send(new api.CreateGroupCommand({ GroupName: 'ADMINS' })), {
      message: 'Group with name ADMINS already exists.',
    })
    await makeUser('Member')
    const add = () => iam.send(new api.AddUserToGroupCommand({ GroupName: 'Admins', UserName: 'Member' }))
    await add()
    await add()
    const shown = await iam.send(new api.GetGroupCommand({ GroupName: 'Admins' }))
    assert.deepEqual(
      shown.Users!.map(({ UserName }) => UserName),
      ['Member'],
    )
    const of = await iam.send(new api.ListGroupsForUserCommand({ UserName: 'Member' }))
    assert.deepEqual(of.Groups, [Group])
    await assert.rejects(iam.send(new api.DeleteGroupCommand({ GroupName: 'Admins' })), {
      name: 'DeleteConflictException',
    })
    await iam.send(new api.UpdateGroupCommand({ GroupName: 'Admins', NewGroupName: 'Chiefs', NewPath: '/' }))
    const drop = () => iam.send(new api.RemoveUserFromGroupCommand({ GroupName: 'Chiefs', UserName: 'Member' }))
    await drop()
    await assert.rejects(drop(), { name: 'NoSuchEntityException' })
    await iam.send(new api.DeleteGroupCommand({ GroupName: 'Chiefs' }))
    await assert.rejects(iam.send(new api.GetGroupCommand({ GroupName: 'Chiefs' })), {
      message: 'The group with name Chiefs cannot be found.',
    })
    assert.deepEqual((await iam.send(new api.ListGroupsCommand({ PathPrefix: '/g/' }))).Groups, [])
  })

  test('lend their members what their policies allow, from the next request on', async () => {
    const { clients } = await userWithKey('Lent')
    const list = () => clients.iam.send(new api.ListUsersCommand({}))
    await iam.send(new api.CreateGroupCommand({ GroupName: 'Readers' }))
    const PolicyArn = 'arn:aws:iam::aws:policy/IAMReadOnlyAccess'
    await iam.send(new api.AttachGroupPolicyCommand({ GroupName: 'Readers', PolicyArn }))
    await assert.rejects(list(), { name: 'AccessDenied' })
    await iam.send(new api.AddUserToGroupCommand({ GroupName: 'Readers', UserName: 'Lent' }))
    await list()
    const PolicyDocument = document({ Effect: 'Deny', Action: 'iam:ListUsers', Resource: '*' })
    await iam.send(new api.PutGroupPolicyCommand({ GroupName: 'Readers', PolicyName: 'no', PolicyDocument }))
    await assert.rejects(list(), { message: /with an explicit deny in an identity-based policy$/ })
    const read = await iam.send(new api.GetGroupPolicyCommand({ GroupName: 'Readers', PolicyName: 'no' }))
    assert.equal(decodeURIComponent(read.PolicyDocument!), PolicyDocument)
    const names = await iam.send(new api.ListGroupPoliciesCommand({ GroupName: 'Readers' }))
    assert.deepEqual(names.PolicyNames, ['no'])
    const attached = await iam.send(new api.ListAttachedGroupPoliciesCommand({ GroupName: 'Readers' }))
    assert.deepEqual(attached.AttachedPolicies, [{ PolicyName: 'IAMReadOnlyAccess', PolicyArn }])
    await iam.send(new api.DeleteGroupPolicyCommand({ GroupName: 'Readers', PolicyName: 'no' }))
    await list()
    await iam.send(new api.DetachGroupPolicyCommand({ GroupName: 'Readers', PolicyArn }))
    await assert.rejects(list(), { name: 'AccessDenied' })
  })

  test('are ten at most for a user', async () => {
    await makeUser('Joiner')
    for (let index = 0; index < 11; index += 1) {
      await iam.send(new api.CreateGroupCommand({ GroupName: `g${index}` }))
      const join = iam.send(new api.AddUserToGroupCommand({ GroupName: `g${index}`, UserName: 'Joiner' }))
      if (index < 10) await join
      else await assert.rejects(join, { message: 'Cannot exceed quota for GroupsPerUser: 10' })
    }
  })
})

describe('policies of users', () => {
  test('are put inline, replaced, read and removed, within their size', async () => {
    await makeUser('Inline')
    await put('Inline', allowing('s3:GetObject'))
    await put('Inline', allowing('s3:PutObject'))
    const read = await iam.send(new api.GetUserPolicyCommand({ UserName: 'Inline', PolicyName: 'p' }))
    assert.equal(decodeURIComponent(read.PolicyDocument!), allowing('s3:PutObject'))
    const listed = await iam.send(new api.ListUserPoliciesCommand({ UserName: 'Inline' }))
    assert.deepEqual(listed.PolicyNames, ['p'])
    const big = allowing(
      's3:*',
      Array.from({ length: 60 }, (_, index) => `arn:aws:s3:::a-bucket-name/${1000 + index}/*`),
    )
    await assert.rejects(put('Inline', big, 'q'), {
      name: 'LimitExceededException',
      message: 'Maximum policy size of 2048 bytes exceeded for user Inline',
    })
    await assert.rejects(put('Inline', '{', 'q'), { name: 'MalformedPolicyDocumentException' })
    await iam.send(new api.DeleteUserPolicyCommand({ UserName: 'Inline', PolicyName: 'p' }))
    await assert.rejects(iam.send(new api.GetUserPolicyCommand({ UserName: 'Inline', PolicyName: 'p' })), {
      message: 'The user policy with name p cannot be found.',
    })
  })

  test("AWS's own policies are read, attached and counted, and never changed", async () => {
    const PolicyArn = 'arn:aws:iam::aws:policy/AmazonCognitoPowerUser'
    await makeUser('Power')
    await iam.send(new api.AttachUserPolicyCommand({ UserName: 'Power', PolicyArn }))
    const { Policy } = await iam.send(new api.GetPolicyCommand({ PolicyArn }))
    assert.deepEqual([Policy!.Arn, Policy!.AttachmentCount], [PolicyArn, 1])
    const version = await iam.send(new api.GetPolicyVersionCommand({ PolicyArn, VersionId: Policy!.DefaultVersionId }))
    assert.match(decodeURIComponent(version.PolicyVersion!.Document!), /"cognito-idp:\*"/)
    const users = await iam.send(new api.ListEntitiesForPolicyCommand({ PolicyArn }))
    assert.deepEqual(
      users.PolicyUsers!.map(({ UserName }) => UserName),
      ['Power'],
    )
    const listed = await iam.send(new api.ListPoliciesCommand({ Scope: 'AWS', OnlyAttached: true }))
    assert.ok(listed.Policies!.some(({ Arn }) => Arn === PolicyArn))
    assert.ok(listed.Policies!.every(({ Arn }) => Arn!.startsWith('arn:aws:iam::aws:policy/')))
    await assert.rejects(iam.send(new api.DeletePolicyCommand({ PolicyArn })), {
      name: 'AccessDenied',
      message: 'Policy is outside your own account.',
    })
    await assert.rejects(iam.send(new api.CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allowing('*') })), {
      name: 'AccessDenied',
    })
  })

  test('all policies are listed in one list, page by page, ours and those of AWS', async () => {
    await makePolicy('AdministratorAccess')
    const seen: string[] = []
    let Marker: string | undefined
    do {
      const page = await iam.send(new api.ListPoliciesCommand({ MaxItems: 3, ...(Marker && { Marker }) }))
      seen.push(...page.Policies!.map(({ Arn }) => Arn!))
      Marker = page.Marker
    } while (Marker)
    assert.equal(new Set(seen).size, seen.length)
    assert.equal(seen.filter((one) => one.endsWith('/AdministratorAccess')).length, 2)
  })
})

describe('permissions boundaries', () => {
  test('a boundary limits what a user may do, and goes when it is taken away', async () => {
    const { clients } = await userWithKey('Bounded', allowing('iam:*'))
    const PermissionsBoundary = await makePolicy('Bound', allowing(['iam:ListUsers', 'sts:*']))
    await iam.send(new api.PutUserPermissionsBoundaryCommand({ UserName: 'Bounded', PermissionsBoundary }))
    await clients.iam.send(new api.ListUsersCommand({}))
    await assert.rejects(clients.iam.send(new api.ListRolesCommand({})), {
      message: /because no permissions boundary allows the iam:ListRoles action$/,
    })
    const { User } = await iam.send(new api.GetUserCommand({ UserName: 'Bounded' }))
    assert.equal(User!.PermissionsBoundary!.PermissionsBoundaryArn, PermissionsBoundary)
    const { Policy } = await iam.send(new api.GetPolicyCommand({ PolicyArn: PermissionsBoundary }))
    assert.deepEqual([Policy!.AttachmentCount, Policy!.PermissionsBoundaryUsageCount], [0, 1])
    await assert.rejects(iam.send(new api.DeletePolicyCommand({ PolicyArn: PermissionsBoundary })), {
      name: 'DeleteConflictException',
    })
    const bounding = await iam.send(new api.ListPoliciesCommand({ PolicyUsageFilter: 'PermissionsBoundary' }))
    assert.deepEqual(
      bounding.Policies!.map(({ Arn }) => Arn),
      [PermissionsBoundary],
    )
    await iam.send(new api.DeleteUserPermissionsBoundaryCommand({ UserName: 'Bounded' }))
    await clients.iam.send(new api.ListRolesCommand({}))
  })

  test('a boundary that is not there is refused, for users and roles, new and old', async () => {
    const PermissionsBoundary = arn('policy', 'NoBoundary')
    const refusal = {
      name: 'NoSuchEntityException',
      message: `Scope ARN: ${PermissionsBoundary} does not exist or is not attachable.`,
    }
    await assert.rejects(makeUser('Unbound', { PermissionsBoundary }), refusal)
    await assert.rejects(iam.send(new api.GetUserCommand({ UserName: 'Unbound' })), missing('Unbound'))
    const role = { RoleName: 'Unbound', AssumeRolePolicyDocument: trusting() }
    await assert.rejects(iam.send(new api.CreateRoleCommand({ ...role, PermissionsBoundary })), refusal)
    await iam.send(new api.CreateRoleCommand(role))
    await assert.rejects(
      iam.send(new api.PutRolePermissionsBoundaryCommand({ RoleName: 'Unbound', PermissionsBoundary })),
      refusal,
    )
  })

  test("a role's boundary limits its sessions, those that there are already too", async () => {
    const PermissionsBoundary = await makePolicy('OfRole', allowing('iam:ListUsers'))
    const session = await assume(
      server,
      server.clients,
      await makeRole(server.clients, 'BoundRole', { policy: allowing('iam:*') }),
    )
    await session.iam.send(new api.ListRolesCommand({}))
    await iam.send(new api.PutRolePermissionsBoundaryCommand({ RoleName: 'BoundRole', PermissionsBoundary }))
    await session.iam.send(new api.ListUsersCommand({}))
    await assert.rejects(session.iam.send(new api.ListRolesCommand({})), {
      message: /because no permissions boundary allows the iam:ListRoles action$/,
    })
    const { Role } = await iam.send(new api.GetRoleCommand({ RoleName: 'BoundRole' }))
    assert.equal(Role!.PermissionsBoundary!.PermissionsBoundaryArn, PermissionsBoundary)
    const used = await iam.send(
      new api.ListEntitiesForPolicyCommand({
        PolicyArn: PermissionsBoundary,
        PolicyUsageFilter: 'PermissionsBoundary',
      }),
    )
    assert.deepEqual(
      used.PolicyRoles!.map(({ RoleName }) => RoleName),
      ['BoundRole'],
    )
    await iam.send(new api.DeleteRolePermissionsBoundaryCommand({ RoleName: 'BoundRole' }))
    await session.iam.send(new api.ListRolesCommand({}))
  })

  test('who may only make bounded users cannot make others, nor loosen the bound', async () => {
    const PermissionsBoundary = await makePolicy('Delegated', allowing('s3:*'))
    const { clients } = await userWithKey(
      'Delegate',
      document(
        {
          Effect: 'Allow',
          Action: ['iam:CreateUser', 'iam:PutUserPolicy', 'iam:DeleteUserPermissionsBoundary'],
          Resource: '*',
          Condition: { StringEquals: { 'iam:PermissionsBoundary': PermissionsBoundary } },
        },
        { Effect: 'Deny', Action: 'iam:DeleteUserPermissionsBoundary', Resource: '*' },
      ),
    )
    const mine = clients.iam
    await assert.rejects(mine.send(new api.CreateUserCommand({ UserName: 'Free' })), { name: 'AccessDenied' })
    await mine.send(new api.CreateUserCommand({ UserName: 'Confined', PermissionsBoundary }))
    const everything = { PolicyName: 'p', PolicyDocument: allowing('*') }
    await mine.send(new api.PutUserPolicyCommand({ UserName: 'Confined', ...everything }))
    await makeUser('Loose')
    await assert.rejects(mine.send(new api.PutUserPolicyCommand({ UserName: 'Loose', ...everything })), {
      name: 'AccessDenied',
    })
    await assert.rejects(mine.send(new api.DeleteUserPermissionsBoundaryCommand({ UserName: 'Confined' })), {
      name: 'AccessDenied',
    })
  })
})

test('a role may trust a user, by ARN and id, but not one that is not there; a namesake is not trusted', async () => {
  const { user } = await userWithKey('Trusted')
  for (const principal of [user.Arn!, user.UserId!]) {
    await iam.send(
      new api.CreateRoleCommand({ RoleName: `By${principal.length}`, AssumeRolePolicyDocument: trusting(principal) }),
    )
  }
  await assert.rejects(
    iam.send(
      new api.CreateRoleCommand({ RoleName: 'X', AssumeRolePolicyDocument: trusting(arn('user', 'NoSuchUser')) }),
    ),
    {
      name: 'MalformedPolicyDocumentException',
      message: `Invalid principal in policy: "AWS":"${arn('user', 'NoSuchUser')}"`,
    },
  )
})
