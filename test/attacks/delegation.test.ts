/** Attacks on temporary delegation: tokens that are guessed, credentials that outlive, requests that grow after approval. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AcceptDelegationRequestCommand,
  AssociateDelegationRequestCommand,
  ChangePasswordCommand,
  CreateLoginProfileCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeleteAccessKeyCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetDelegationRequestCommand,
  ListAccessKeysCommand,
  ListDelegationRequestsCommand,
  PutUserPolicyCommand,
  RejectDelegationRequestCommand,
  SendDelegationTokenCommand,
  UpdateAccountPasswordPolicyCommand,
  UpdateDelegationRequestCommand,
} from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  DeletePublicAccessBlockCommand,
  GetObjectCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { AssumeRoleCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts'
import { sql } from '../../src/store/db.ts'
import { type Delegation, startDelegation, templateArn } from '../support/delegation.ts'
import { account, allowing, assume, document, makeRole } from '../support/roles.ts'
import type { Clients } from '../support/server.ts'

let given: Delegation
before(async () => {
  given = await startDelegation()
  const { s3 } = given.server.clients
  await s3.send(new CreateBucketCommand({ Bucket: 'photos' }))
  await s3.send(new PutObjectCommand({ Bucket: 'photos', Key: 'k', Body: 'x' }))
})
after(() => given?.close())

const denied = { name: 'AccessDenied' }
const dead = { name: 'InvalidToken' }
const photo = ({ s3 }: Pick<Clients, 's3'>) => s3.send(new GetObjectCommand({ Bucket: 'photos', Key: 'k' }))

async function deleteUser(UserName: string): Promise<void> {
  const { iam } = given.server.clients
  const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName }))
  for (const { AccessKeyId } of AccessKeyMetadata!) {
    await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: AccessKeyId! }))
  }
  await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'p' })).catch(() => {})
  await iam.send(new DeleteUserCommand({ UserName }))
}

test('the token is kept as a keyed hash only, and is not the id of the request', async () => {
  const id = await given.release()
  const token = given.tokenOf(id)
  const rows = await given.server.world.db.all(sql`select * from delegation_requests`)
  assert.ok(!JSON.stringify(rows).includes(token))
  await assert.rejects(given.redeem(id.DelegationRequestId), denied)
  await assert.rejects(given.redeem(`${token}x`), denied)
  await assert.rejects(given.redeem(token.toLowerCase()), denied)
})

test('delegated credentials die with the approver, also when another takes the name', async () => {
  const approver = await given.user('leaver', allowing('*'))
  const id = await given.release({}, approver)
  const delegated = await given.clientsOf(id)
  await photo(delegated)
  await deleteUser('leaver')
  await assert.rejects(photo(delegated), dead)
  await given.user('leaver', allowing('*'))
  await assert.rejects(photo(delegated), dead)
  await assert.rejects(given.redeem(given.tokenOf(id)), denied)
})

test('delegated credentials die with the role that approved', async () => {
  const { iam } = given.server.clients
  const role = await makeRole(given.server.clients, 'Leaver', { policy: allowing('*') })
  const delegated = await given.clientsOf(
    await given.release({}, await assume(given.server, given.server.clients, role)),
  )
  await photo(delegated)
  await iam.send(new DeleteRolePolicyCommand({ RoleName: 'Leaver', PolicyName: 'p' }))
  await assert.rejects(photo(delegated), denied)
  await iam.send(new DeleteRoleCommand({ RoleName: 'Leaver' }))
  await assert.rejects(photo(delegated), dead)
})

test('delegated credentials die with the owner of the request, whom a namesake does not replace', async () => {
  const owner = await given.user('short-lived')
  const id = await given.ask()
  await owner.iam.send(new AssociateDelegationRequestCommand(id))
  await given.admin.iam.send(new AcceptDelegationRequestCommand(id))
  await given.admin.iam.send(new SendDelegationTokenCommand(id))
  const delegated = await given.clientsOf(id)
  await photo(delegated)
  const other = await given.ask()
  await owner.iam.send(new AssociateDelegationRequestCommand(other))
  await deleteUser('short-lived')
  await assert.rejects(photo(delegated), dead)
  const namesake = await given.user('short-lived')
  await assert.rejects(photo(delegated), dead)
  await assert.rejects(namesake.iam.send(new RejectDelegationRequestCommand(other)), denied)
  await given.admin.iam.send(new AcceptDelegationRequestCommand(other))
  await assert.rejects(given.admin.iam.send(new SendDelegationTokenCommand(other)), { name: 'InvalidInputException' })
})

test('a policy that denies older sessions of the approver ends the delegation, however often the token is traded in', async () => {
  const approver = await given.user('revoker', allowing('*'))
  const id = await given.release({}, approver)
  await photo(await given.clientsOf(id))
  const { world } = given.server
  const PolicyDocument = document(
    { Effect: 'Allow', Action: '*', Resource: '*' },
    {
      ...{ Effect: 'Deny', Action: '*', Resource: '*' },
      Condition: { DateLessThan: { 'aws:TokenIssueTime': new Date(world.now() + 1000).toISOString() } },
    },
  )
  await given.admin.iam.send(new PutUserPolicyCommand({ UserName: 'revoker', PolicyName: 'p', PolicyDocument }))
  await approver.iam.send(new GetDelegationRequestCommand(id))
  await assert.rejects(photo(await given.clientsOf(id)), denied)
})

test('delegated credentials approve nothing, make no other session, and own nothing of the approver', async () => {
  const PolicyDocument = allowing(['iam:*DelegationRequest*', 'iam:SendDelegationToken', 'sts:*'])
  const { Policy } = await given.admin.iam.send(new CreatePolicyCommand({ PolicyName: 'Wide', PolicyDocument }))
  const wide = await given.clientsOf(await given.release({ Permissions: { PolicyTemplateArn: Policy!.Arn! } }))
  const next = await given.ask()
  await given.owner.iam.send(new AssociateDelegationRequestCommand(next))
  await assert.rejects(wide.iam.send(new AcceptDelegationRequestCommand(next)), { name: 'ValidationError' })
  await assert.rejects(wide.sts.send(new GetSessionTokenCommand({})), denied)
  const narrow = await given.clientsOf(await given.release())
  const own = await given.ask()
  await given.admin.iam.send(new AssociateDelegationRequestCommand(own))
  for (const command of [
    new GetDelegationRequestCommand(own),
    new UpdateDelegationRequestCommand(own),
    new RejectDelegationRequestCommand(own),
    new ListDelegationRequestsCommand({ OwnerId: given.admin.arn }),
  ]) {
    await assert.rejects(narrow.iam.send(command as GetDelegationRequestCommand), denied)
  }
  const RoleArn = await makeRole(given.server.clients, 'Open')
  await assert.rejects(narrow.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me' })), denied)
})

test('a role that is assumed with delegated credentials approves nothing: its approval would outlive them', async () => {
  const PolicyDocument = allowing('sts:AssumeRole')
  const { Policy } = await given.admin.iam.send(new CreatePolicyCommand({ PolicyName: 'Enters', PolicyDocument }))
  const RoleArn = await makeRole(given.server.clients, 'Approves', { policy: allowing('*') })
  const delegated = await given.clientsOf(await given.release({ Permissions: { PolicyTemplateArn: Policy!.Arn! } }))
  const inside = await assume(given.server, delegated, RoleArn)
  const next = await given.ask()
  await given.owner.iam.send(new AssociateDelegationRequestCommand(next))
  await assert.rejects(inside.iam.send(new AcceptDelegationRequestCommand(next)), { name: 'ValidationError' })
})

test('of many that release the token at once one does, and one token is sent', async () => {
  const id = await given.ask()
  await given.owner.iam.send(new AssociateDelegationRequestCommand(id))
  await given.admin.iam.send(new AcceptDelegationRequestCommand(id))
  const sends = await Promise.allSettled(
    Array.from({ length: 8 }, () => given.admin.iam.send(new SendDelegationTokenCommand(id))),
  )
  assert.equal(sends.filter(({ status }) => status === 'fulfilled').length, 1)
  const tokens = given.notices().filter((one) => one['RequestId'] === id.DelegationRequestId && one['ExchangeToken'])
  assert.equal(tokens.length, 1)
})

test('a request that is rejected and accepted at once is one of the two', async () => {
  const id = await given.ask()
  await given.owner.iam.send(new AssociateDelegationRequestCommand(id))
  const both = await Promise.allSettled([
    given.admin.iam.send(new AcceptDelegationRequestCommand(id)),
    given.owner.iam.send(new RejectDelegationRequestCommand(id)),
  ])
  const { DelegationRequest } = await given.admin.iam.send(new GetDelegationRequestCommand(id))
  const won = both.filter(({ status }) => status === 'fulfilled').length
  // An accepted request may still be rejected, so both may have come in turn.
  assert.ok(won === 2 ? DelegationRequest!.State === 'REJECTED' : won === 1)
  if (DelegationRequest!.State === 'REJECTED') {
    await assert.rejects(given.admin.iam.send(new SendDelegationTokenCommand(id)), { name: 'ValidationError' })
  }
})

test('what was approved does not grow with the managed policy that it came from', async () => {
  const { iam } = given.admin
  const { Policy } = await iam.send(
    new CreatePolicyCommand({ PolicyName: 'Grows', PolicyDocument: allowing('s3:ListBucket') }),
  )
  const PolicyArn = Policy!.Arn!
  const delegated = await given.clientsOf(await given.release({ Permissions: { PolicyTemplateArn: PolicyArn } }))
  await assert.rejects(photo(delegated), denied)
  await iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument: allowing('*'), SetAsDefault: true }))
  await assert.rejects(photo(delegated), denied)
})

test('a parameter adds no statement to the policy', async () => {
  const value = 'x"},{"Effect":"Allow","Action":"*","Resource":"*'
  const Parameters = [{ Name: 'bucketName', Values: [value], Type: 'string' as const }]
  const id = await given.ask({ Permissions: { PolicyTemplateArn: templateArn, Parameters } })
  const { DelegationRequest } = await given.admin.iam.send(new GetDelegationRequestCommand(id))
  const { Statement } = JSON.parse(DelegationRequest!.PermissionPolicy!) as { Statement: { Action: string[] }[] }
  assert.deepEqual(
    Statement.map(({ Action }) => Action),
    [['s3:GetObject']],
  )
})

test('no bucket policy that names the approver, or everybody, lets delegated credentials do more than was approved', async () => {
  const { s3 } = given.server.clients
  await s3.send(new CreateBucketCommand({ Bucket: 'diaries' }))
  await s3.send(new PutObjectCommand({ Bucket: 'diaries', Key: 'k', Body: 'x' }))
  await s3.send(new DeletePublicAccessBlockCommand({ Bucket: 'diaries' }))
  const diary = (clients: Pick<Clients, 's3'>) => clients.s3.send(new GetObjectCommand({ Bucket: 'diaries', Key: 'k' }))
  const approver = await given.user('diarist', allowing('iam:*'))
  const RoleArn = await makeRole(given.server.clients, 'Diarist', { policy: allowing('iam:*') })
  const session = await assume(given.server, given.server.clients, RoleArn)
  const byUser = await given.clientsOf(await given.release({}, approver))
  const byRole = await given.clientsOf(await given.release({}, session))
  const sessionArn = `arn:aws:sts::${account}:assumed-role/Diarist/me`
  for (const AWS of [approver.arn, sessionArn, RoleArn]) {
    const Policy = document({
      ...{ Effect: 'Allow', Principal: { AWS }, Action: 's3:GetObject', Resource: 'arn:aws:s3:::diaries/*' },
    })
    await s3.send(new PutBucketPolicyCommand({ Bucket: 'diaries', Policy }))
    await diary(AWS === approver.arn ? approver : session)
    await assert.rejects(diary(byUser), denied, AWS)
    await assert.rejects(diary(byRole), denied, AWS)
  }
})

test('no trust policy that names the approver, or everybody, lets delegated credentials into its role', async () => {
  const approver = await given.user('trusted', allowing('iam:*'))
  const byUser = await given.clientsOf(await given.release({}, approver))
  const byRoot = await given.clientsOf(await given.release({}, given.server.clients))
  for (const AWS of [approver.arn, '*']) {
    const trust = document({ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' })
    const RoleArn = await makeRole(given.server.clients, `Trusts${AWS.length}`, { trust })
    const enter = ({ sts }: Pick<Clients, 'sts'>) => sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me' }))
    await enter(approver)
    await assert.rejects(enter(byUser), denied, AWS)
    await assert.rejects(enter(byRoot), denied, AWS)
  }
})

test('what delegated credentials assume ends with them: with the approver, and with the time', async () => {
  const PolicyDocument = allowing(['sts:AssumeRole', 's3:*'])
  const { Policy } = await given.admin.iam.send(new CreatePolicyCommand({ PolicyName: 'Assumes', PolicyDocument }))
  const more = { SessionDuration: 1200, Permissions: { PolicyTemplateArn: Policy!.Arn! } }
  const RoleArn = await makeRole(given.server.clients, 'Onwards', { policy: allowing('*') })
  const onwards = async (approver: Pick<Clients, 'iam'>) => {
    const delegated = await given.clientsOf(await given.release(more, approver))
    const first = await assume(given.server, delegated, RoleArn)
    return [first, await assume(given.server, first, RoleArn)] as const
  }
  const gone = await onwards(await given.user('passing', allowing('*')))
  for (const one of gone) await photo(one)
  await deleteUser('passing')
  for (const one of gone) await assert.rejects(photo(one), dead)

  const staying = await given.user('staying', allowing('*'))
  const delegated = await given.clientsOf(await given.release(more, staying))
  given.server.world.clock.advance(800_000)
  const { Credentials } = await delegated.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me' }))
  assert.ok(Credentials!.Expiration!.getTime() - given.server.world.now() <= 401_000)
  given.server.world.clock.advance(-800_000)
})

test('the rule that users change their own passwords is not one for those whom they delegate to', async () => {
  const approver = await given.user('password-owner', allowing('iam:AcceptDelegationRequest'))
  const { iam } = given.admin
  const [OldPassword, NewPassword] = ['Old-Passw0rd', 'New-Passw0rd']
  await iam.send(new CreateLoginProfileCommand({ UserName: 'password-owner', Password: OldPassword }))
  await iam.send(new UpdateAccountPasswordPolicyCommand({ AllowUsersToChangePassword: true }))
  const change = new ChangePasswordCommand({ OldPassword, NewPassword })
  const id = await given.ask()
  await given.owner.iam.send(new AssociateDelegationRequestCommand(id))
  await approver.iam.send(new AcceptDelegationRequestCommand(id))
  await given.admin.iam.send(new SendDelegationTokenCommand(id))
  await assert.rejects((await given.clientsOf(id)).iam.send(change), denied)
  await approver.iam.send(change)
})

test('whoever takes the name of an owner is not shown the requests of the former one', async () => {
  const owner = await given.user('former')
  await owner.iam.send(new AssociateDelegationRequestCommand(await given.ask()))
  const mine = ({ iam, arn: OwnerId }: { iam: Clients['iam']; arn: string }) =>
    iam.send(new ListDelegationRequestsCommand({ OwnerId }))
  assert.equal((await mine(owner)).DelegationRequests!.length, 1)
  await deleteUser('former')
  assert.deepEqual((await mine(await given.user('former'))).DelegationRequests, [])
})
