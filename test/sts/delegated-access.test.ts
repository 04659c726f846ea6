/** Trading in the token of a delegation, through the SDK: a session of the approver, limited by the policy that was approved. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CreatePolicyCommand,
  CreateRoleCommand,
  DeleteUserPolicyCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
  TagUserCommand,
} from '@aws-sdk/client-iam'
import { CreateBucketCommand, GetObjectCommand, ListBucketsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import {
  GetCallerIdentityCommand,
  GetDelegatedAccessTokenCommand,
  type GetDelegatedAccessTokenCommandInput,
  STSClient,
} from '@aws-sdk/client-sts'
import { type Delegation, startDelegation } from '../support/delegation.ts'
import { account, allowing, assume, document, keysOf, makeRole, trusting } from '../support/roles.ts'
import type { Clients } from '../support/server.ts'

let given: Delegation
before(async () => {
  given = await startDelegation()
  const { s3 } = given.server.clients
  for (const Bucket of ['photos', 'others']) {
    await s3.send(new CreateBucketCommand({ Bucket }))
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: Bucket }))
  }
})
after(() => given?.close())

const denied = { name: 'AccessDenied' }
const photo = ({ s3 }: Pick<Clients, 's3'>, Bucket = 'photos') => s3.send(new GetObjectCommand({ Bucket, Key: 'k' }))
const whoIs = async ({ sts }: Pick<Clients, 'sts'>) => (await sts.send(new GetCallerIdentityCommand({}))).Arn

describe('GetDelegatedAccessToken', () => {
  test('refuses the wrong type', async () => {
    const nothing = {} as GetDelegatedAccessTokenCommandInput
    await assert.rejects(given.partner.sts.send(new GetDelegatedAccessTokenCommand(nothing)), {
      name: 'ValidationError',
    })
  })

  test('refuses the wrong value: a token that was never given', async () => {
    await assert.rejects(given.redeem('x'.repeat(43)), { ...denied, message: 'The trade-in token is not valid.' })
  })

  test('answers credentials of the approver that can do what was approved, and nothing else', async () => {
    const id = await given.release()
    const { Credentials, AssumedPrincipal, PackedPolicySize } = await given.redeem(given.tokenOf(id))
    assert.deepEqual([AssumedPrincipal, PackedPolicySize], [given.admin.arn, undefined])
    const delegated = given.server.clientsWith(keysOf(Credentials))
    assert.equal(await whoIs(delegated), given.admin.arn)
    await photo(delegated)
    await assert.rejects(photo(delegated, 'others'), denied)
    await assert.rejects(delegated.s3.send(new ListBucketsCommand({})), denied)
    await assert.rejects(delegated.iam.send(new ListUsersCommand({})), denied)
  })

  test('gives no more than the approver has, and what the approver loses is lost at once', async () => {
    const may = (...actions: string[]) =>
      allowing(['iam:AcceptDelegationRequest', 'iam:SendDelegationToken', ...actions])
    const weak = await given.user('weak', may())
    const delegated = await given.clientsOf(await given.release({}, weak))
    await assert.rejects(photo(delegated), denied)
    const put = (PolicyDocument: string) =>
      given.admin.iam.send(new PutUserPolicyCommand({ UserName: 'weak', PolicyName: 'p', PolicyDocument }))
    await put(may('s3:GetObject'))
    await photo(delegated)
    await given.admin.iam.send(new DeleteUserPolicyCommand({ UserName: 'weak', PolicyName: 'p' }))
    await assert.rejects(photo(delegated), denied)
  })

  test('may be asked again and again, and all that comes of it ends at one time', async () => {
    const id = await given.release({ SessionDuration: 900 })
    const token = given.tokenOf(id)
    const ends = async () => (await given.redeem(token)).Credentials!.Expiration!.getTime()
    const first = await ends()
    const { world, endpoint } = given.server
    const left = first - world.now()
    assert.ok(left > 890_000 && left <= 900_000, `${left}`)
    world.clock.advance(600_000)
    assert.equal(await ends(), first)
    world.clock.advance(left - 600_000)
    const late = new STSClient({
      ...{ endpoint, region: 'us-east-1', maxAttempts: 1, systemClockOffset: left },
      credentials: given.partner.sts.config.credentials,
    })
    await assert.rejects(late.send(new GetDelegatedAccessTokenCommand({ TradeInToken: token })), {
      name: 'ExpiredTradeInTokenException',
    })
    late.destroy()
    world.clock.advance(-left)
  })

  test('takes the session of a role as it was: its name, its tags, its source identity', async () => {
    const trust = trusting(account, ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'])
    const policy = document(
      { Effect: 'Allow', Action: ['iam:*'], Resource: '*' },
      {
        ...{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::${aws:PrincipalTag/bucket}/*' },
        Condition: { StringEquals: { 'aws:SourceIdentity': 'Alice' } },
      },
    )
    const role = await makeRole(given.server.clients, 'Approver', { trust, policy })
    const approver = await assume(given.server, given.server.clients, role, {
      ...{ Tags: [{ Key: 'bucket', Value: 'photos' }], SourceIdentity: 'Alice' },
    })
    const delegated = await given.clientsOf(await given.release({}, approver))
    assert.equal(await whoIs(delegated), `arn:aws:sts::${account}:assumed-role/Approver/me`)
    await photo(delegated)
  })

  test('looks the tags of the approver up when they count', async () => {
    const PolicyDocument = document(
      { Effect: 'Allow', Action: ['iam:*'], Resource: '*' },
      { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::${aws:PrincipalTag/bucket}/*' },
    )
    const tagged = await given.user('tagged', PolicyDocument)
    const tag = (Value: string) =>
      given.admin.iam.send(new TagUserCommand({ UserName: 'tagged', Tags: [{ Key: 'bucket', Value }] }))
    await tag('photos')
    const delegated = await given.clientsOf(await given.release({}, tagged))
    await photo(delegated)
    await tag('others')
    await assert.rejects(photo(delegated), denied)
  })

  test('of root is limited too, and calls IAM where that was approved', async () => {
    const delegated = await given.clientsOf(await given.release({}, given.server.clients))
    assert.equal(await whoIs(delegated), `arn:aws:iam::${account}:root`)
    await photo(delegated)
    await assert.rejects(photo(delegated, 'others'), denied)
    await assert.rejects(delegated.iam.send(new ListUsersCommand({})), denied)
    const boundary = `arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess`
    const making = document({
      ...{ Effect: 'Allow', Action: 'iam:CreateRole', Resource: `arn:aws:iam::${account}:role/partner/*` },
      Condition: { StringEquals: { 'iam:PermissionsBoundary': boundary } },
    })
    const { Policy } = await given.admin.iam.send(
      new CreatePolicyCommand({ PolicyName: 'MakesRoles', PolicyDocument: making }),
    )
    const maker = await given.clientsOf(await given.release({ Permissions: { PolicyTemplateArn: Policy!.Arn! } }))
    const role = { RoleName: 'Long', Path: '/partner/', AssumeRolePolicyDocument: trusting() }
    await assert.rejects(maker.iam.send(new CreateRoleCommand(role)), denied)
    await maker.iam.send(new CreateRoleCommand({ ...role, PermissionsBoundary: boundary }))
  })

  test('needs the permission as well as the token', async () => {
    const token = given.tokenOf(await given.release())
    await assert.rejects(given.redeem(token, given.owner), { ...denied, message: /sts:GetDelegatedAccessToken/ })
    await given.redeem(token)
  })
})
