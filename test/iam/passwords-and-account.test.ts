/** Passwords of IAM's users, the account's settings and its reports, over the wire. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { IAMClient } from '@aws-sdk/client-iam'
import * as api from '@aws-sdk/client-iam'
import { account, allowing, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let iam: IAMClient
before(async () => {
  server = await startTestServer()
  iam = server.clients.iam
})
after(() => server.close())

async function userWithKey(UserName: string, policy?: string) {
  await iam.send(new api.CreateUserCommand({ UserName }))
  if (policy) await iam.send(new api.PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: policy }))
  const { AccessKey } = await iam.send(new api.CreateAccessKeyCommand({ UserName }))
  return server.clientsWith({ accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! })
}
const setPassword = (UserName: string, Password: string) =>
  iam.send(new api.CreateLoginProfileCommand({ UserName, Password }))
const weak = (message: string) => ({ name: 'PasswordPolicyViolationException', message })

describe('login profiles', () => {
  test('are made, shown, changed and removed', async () => {
    await userWithKey('Ann')
    const { LoginProfile } = await iam.send(
      new api.CreateLoginProfileCommand({ UserName: 'Ann', Password: 'Correct-horse-7', PasswordResetRequired: true }),
    )
    assert.deepEqual([LoginProfile!.UserName, LoginProfile!.PasswordResetRequired], ['Ann', true])
    await assert.rejects(setPassword('Ann', 'Correct-horse-7'), { name: 'EntityAlreadyExistsException' })
    await iam.send(new api.UpdateLoginProfileCommand({ UserName: 'Ann', PasswordResetRequired: false }))
    const shown = await iam.send(new api.GetLoginProfileCommand({ UserName: 'Ann' }))
    assert.equal(shown.LoginProfile!.PasswordResetRequired, false)
    await iam.send(new api.DeleteLoginProfileCommand({ UserName: 'Ann' }))
    const gone = { name: 'NoSuchEntityException', message: 'Login Profile for User Ann cannot be found.' }
    await assert.rejects(iam.send(new api.GetLoginProfileCommand({ UserName: 'Ann' })), gone)
    await assert.rejects(iam.send(new api.DeleteLoginProfileCommand({ UserName: 'Ann' })), gone)
  })

  test('take no password that the account does not let pass', async () => {
    await userWithKey('Weak')
    await assert.rejects(setPassword('Weak', 'Ab1'), weak('Password should have a minimum length of 8'))
    await assert.rejects(
      setPassword('Weak', 'abcdefgh1'),
      weak(
        'Password should meet 1 more of the following requirements: ' +
          'Password should have at least one uppercase letter, Password should have at least one symbol',
      ),
    )
    await iam.send(
      new api.UpdateAccountPasswordPolicyCommand({
        MinimumPasswordLength: 12,
        RequireSymbols: true,
        PasswordReusePrevention: 2,
      }),
    )
    await assert.rejects(setPassword('Weak', 'Correctly7'), weak('Password should have a minimum length of 12'))
    await assert.rejects(setPassword('Weak', 'Correcthorse77'), weak('Password should have at least one symbol'))
    await setPassword('Weak', 'Correct-horse-77')
    const change = (Password: string) => iam.send(new api.UpdateLoginProfileCommand({ UserName: 'Weak', Password }))
    await assert.rejects(change('Correct-horse-77'), weak('Password has been used before'))
    for (const password of ['Correct-horse-78', 'Correct-horse-79', 'Correct-horse-77']) await change(password)
    await iam.send(new api.DeleteAccountPasswordPolicyCommand({}))
  })

  test('users change their own password where a policy or the account lets them, knowing the old one', async () => {
    const clients = await userWithKey('Self')
    await setPassword('Self', 'Correct-horse-7')
    const change = (OldPassword: string, NewPassword: string) =>
      clients.iam.send(new api.ChangePasswordCommand({ OldPassword, NewPassword }))
    await assert.rejects(change('Correct-horse-7', 'Correct-horse-8'), {
      name: 'AccessDenied',
      message: /is not authorized to perform: iam:ChangePassword/,
    })
    await iam.send(new api.UpdateAccountPasswordPolicyCommand({ AllowUsersToChangePassword: true }))
    await assert.rejects(change('Wrong-horse-7', 'Correct-horse-8'), { message: 'The old password was incorrect.' })
    await change('Correct-horse-7', 'Correct-horse-8')
    const PolicyDocument = document({ Effect: 'Deny', Action: 'iam:ChangePassword', Resource: '*' })
    await iam.send(new api.PutUserPolicyCommand({ UserName: 'Self', PolicyName: 'no', PolicyDocument }))
    await assert.rejects(change('Correct-horse-8', 'Correct-horse-9'), { name: 'AccessDenied' })
    await assert.rejects(
      iam.send(new api.ChangePasswordCommand({ OldPassword: 'Correct-horse-8', NewPassword: 'Correct-horse-9' })),
      { name: 'InvalidUserTypeException' },
    )
    await iam.send(new api.DeleteAccountPasswordPolicyCommand({}))
  })
})

describe('the account', () => {
  test('has one alias', async () => {
    const list = async () => (await iam.send(new api.ListAccountAliasesCommand({}))).AccountAliases
    assert.deepEqual(await list(), [])
    await iam.send(new api.CreateAccountAliasCommand({ AccountAlias: 'first-one' }))
    await iam.send(new api.CreateAccountAliasCommand({ AccountAlias: 'second-one' }))
    assert.deepEqual(await list(), ['second-one'])
    await assert.rejects(iam.send(new api.CreateAccountAliasCommand({ AccountAlias: 'second-one' })), {
      name: 'EntityAlreadyExistsException',
    })
    await assert.rejects(iam.send(new api.DeleteAccountAliasCommand({ AccountAlias: 'first-one' })), {
      name: 'NoSuchEntityException',
    })
    await iam.send(new api.DeleteAccountAliasCommand({ AccountAlias: 'second-one' }))
    assert.deepEqual(await list(), [])
  })

  test('has a password policy once one was set; what it is not told falls back', async () => {
    const read = () => iam.send(new api.GetAccountPasswordPolicyCommand({}))
    const none = {
      name: 'NoSuchEntityException',
      message: `The Password Policy with domain name ${account} cannot be found.`,
    }
    await assert.rejects(read(), none)
    await assert.rejects(iam.send(new api.DeleteAccountPasswordPolicyCommand({})), none)
    await iam.send(new api.UpdateAccountPasswordPolicyCommand({ MinimumPasswordLength: 20, MaxPasswordAge: 90 }))
    const { PasswordPolicy } = await read()
    assert.deepEqual(
      [PasswordPolicy!.MinimumPasswordLength, PasswordPolicy!.MaxPasswordAge, PasswordPolicy!.ExpirePasswords],
      [20, 90, true],
    )
    await iam.send(new api.UpdateAccountPasswordPolicyCommand({ RequireNumbers: true }))
    assert.equal((await read()).PasswordPolicy!.MinimumPasswordLength, 6)
    await iam.send(new api.DeleteAccountPasswordPolicyCommand({}))
  })

  test('knows how much of everything there is', async () => {
    const { SummaryMap } = await iam.send(new api.GetAccountSummaryCommand({}))
    const { Users } = await iam.send(new api.ListUsersCommand({}))
    assert.deepEqual(
      [SummaryMap!.Users, SummaryMap!.AccessKeysPerUserQuota, SummaryMap!.AccountAccessKeysPresent],
      [Users!.length, 2, 1],
    )
  })

  test('tells everybody with their policies, page by page, and only the kinds that are asked for', async () => {
    await makeRole(server.clients, 'Detailed', { policy: allowing('s3:*') })
    await iam.send(new api.CreateGroupCommand({ GroupName: 'Grouped' }))
    await iam.send(new api.AddUserToGroupCommand({ GroupName: 'Grouped', UserName: 'Ann' }))
    const PolicyArn = 'arn:aws:iam::aws:policy/AWSDenyAll'
    await iam.send(new api.AttachUserPolicyCommand({ UserName: 'Ann', PolicyArn }))
    await iam.send(new api.CreatePolicyCommand({ PolicyName: 'Own', PolicyDocument: allowing('sqs:*') }))
    const seen: string[] = []
    let Marker: string | undefined
    do {
      const page: api.GetAccountAuthorizationDetailsCommandOutput = await iam.send(
        new api.GetAccountAuthorizationDetailsCommand({
          Filter: ['User', 'Group', 'Role', 'LocalManagedPolicy'],
          MaxItems: 2,
          ...(Marker && { Marker }),
        }),
      )
      const { UserDetailList, GroupDetailList, RoleDetailList, Policies } = page
      seen.push(
        ...UserDetailList!.map(({ UserName }) => UserName!),
        ...GroupDetailList!.map(({ GroupName }) => GroupName!),
        ...RoleDetailList!.map(({ RoleName }) => RoleName!),
        ...Policies!.map(({ PolicyName }) => PolicyName!),
      )
      const ann = UserDetailList!.find(({ UserName }) => UserName === 'Ann')
      if (ann) {
        assert.deepEqual(ann.GroupList, ['Grouped'])
        assert.deepEqual(ann.AttachedManagedPolicies, [{ PolicyName: 'AWSDenyAll', PolicyArn }])
      }
      const role = RoleDetailList!.find(({ RoleName }) => RoleName === 'Detailed')
      if (role) assert.equal(decodeURIComponent(role.RolePolicyList![0]!.PolicyDocument!), allowing('s3:*'))
      Marker = page.Marker
    } while (Marker)
    assert.deepEqual(seen, ['Ann', 'Self', 'Weak', 'Grouped', 'Detailed', 'Own'])
    const aws = await iam.send(new api.GetAccountAuthorizationDetailsCommand({ Filter: ['AWSManagedPolicy'] }))
    assert.ok(aws.Policies!.every(({ Arn }) => Arn!.startsWith('arn:aws:iam::aws:')))
    const counted = aws.Policies!.filter(({ AttachmentCount }) => AttachmentCount)
    assert.deepEqual(
      counted.map(({ PolicyName, AttachmentCount }) => [PolicyName, AttachmentCount]),
      [['AWSDenyAll', 1]],
    )
  })

  test('reports who has which credentials', async () => {
    assert.equal((await iam.send(new api.GenerateCredentialReportCommand({}))).State, 'COMPLETE')
    const { Content, ReportFormat } = await iam.send(new api.GetCredentialReportCommand({}))
    assert.equal(ReportFormat, 'text/csv')
    const [head, root, ...users] = Buffer.from(Content!).toString().trim().split('\n')
    const columns = head!.split(',')
    assert.equal(root!.split(',')[0], '<root_account>')
    const weakUser = users.find((line) => line.startsWith('Weak,'))!.split(',')
    const of = (column: string) => weakUser[columns.indexOf(column)]
    assert.deepEqual(
      [of('password_enabled'), of('mfa_active'), of('access_key_1_active'), of('access_key_2_active')],
      ['true', 'false', 'true', 'false'],
    )
    assert.ok([root!, ...users].every((line) => line.split(',').length === columns.length))
  })
})
