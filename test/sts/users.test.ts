/** IAM users at STS, through the SDK: their keys sign, make sessions with and without a second factor, federate, and are revoked. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { CognitoSyncClient, ListIdentityPoolUsageCommand } from '@aws-sdk/client-cognito-sync'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  EnableMFADeviceCommand,
  ListRolesCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam'
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import {
  AssumeRoleCommand,
  DecodeAuthorizationMessageCommand,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from '@aws-sdk/client-sts'
import { fromTemporaryCredentials } from '@aws-sdk/credential-providers'
import { fromBase32 } from '../../src/protocols/base32.ts'
import { hotp } from '../../src/protocols/totp.ts'
import { account, allowing, assume, document, keysOf, makeRole, trusting } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

const iam = () => server.clients.iam
let users = 0

async function makeUser(policy?: string) {
  const UserName = `user-${++users}`
  const { User } = await iam().send(new CreateUserCommand({ UserName }))
  if (policy) await iam().send(new PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: policy }))
  const { AccessKey } = await iam().send(new CreateAccessKeyCommand({ UserName }))
  const keys = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  return { UserName, id: User!.UserId!, arn: User!.Arn!, keys, ...server.clientsWith(keys) }
}
type User = Awaited<ReturnType<typeof makeUser>>

/** A device of the user's, and its codes as time goes by: no two are the same. */
async function giveDevice({ UserName }: User) {
  const made = await iam().send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: UserName }))
  const seed = fromBase32(Buffer.from(made.VirtualMFADevice!.Base32StringSeed!).toString())!
  const SerialNumber = made.VirtualMFADevice!.SerialNumber!
  const code = (ahead = 0) => hotp(seed, Math.floor(server.world.now() / 30_000) + ahead)
  await iam().send(
    new EnableMFADeviceCommand({
      UserName,
      SerialNumber,
      AuthenticationCode1: code(-1),
      AuthenticationCode2: code(),
    }),
  )
  return {
    SerialNumber,
    next() {
      server.world.clock.advance(30_000)
      return code()
    },
  }
}

const identityOf = async (clients: Pick<User, 'sts'>) => (await clients.sts.send(new GetCallerIdentityCommand({}))).Arn
const noSuchKey = { name: 'InvalidClientTokenId' }

describe("a user's keys", () => {
  test('sign until they are inactive or gone', async () => {
    const user = await makeUser()
    assert.equal(await identityOf(user), user.arn)
    const key = { UserName: user.UserName, AccessKeyId: user.keys.accessKeyId }
    await iam().send(new UpdateAccessKeyCommand({ ...key, Status: 'Inactive' }))
    await assert.rejects(identityOf(user), noSuchKey)
    await iam().send(new UpdateAccessKeyCommand({ ...key, Status: 'Active' }))
    assert.equal(await identityOf(user), user.arn)
    await iam().send(new DeleteAccessKeyCommand(key))
    await assert.rejects(identityOf(user), noSuchKey)
  })

  test('tell the account, and assume the roles that trust it, by the credential provider too', async () => {
    const policy = document({ Effect: 'Allow', Action: ['sts:AssumeRole', 'sts:GetAccessKeyInfo'], Resource: '*' })
    const user = await makeUser(policy)
    const { Account } = await user.sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: user.keys.accessKeyId }))
    assert.equal(Account, account)
    const role = await makeRole(server.clients, 'ForUsers', { trust: trusting(user.arn) })
    const given = await fromTemporaryCredentials({
      params: { RoleArn: role, RoleSessionName: 'me' },
      masterCredentials: user.keys,
      clientConfig: { endpoint: server.endpoint, region: 'us-east-1' },
    })()
    const { accessKeyId, secretAccessKey, sessionToken } = given
    const clients = server.clientsWith({ accessKeyId, secretAccessKey, sessionToken: sessionToken! })
    assert.match((await identityOf(clients))!, /assumed-role\/ForUsers\/me$/)
    const nobody = await makeUser()
    await assert.rejects(assume(server, nobody, role), { name: 'AccessDenied' })
  })
})

describe('GetSessionToken of a user', () => {
  const session = async (
    user: User,
    more: { DurationSeconds?: number; SerialNumber?: string; TokenCode?: string } = {},
  ) => (await user.sts.send(new GetSessionTokenCommand(more))).Credentials!

  test('lasts half a day unless told, and has the rights of the user but for IAM and STS', async () => {
    const user = await makeUser(allowing(['iam:ListRoles', 'sts:*', 's3:ListAllMyBuckets']))
    const credentials = await session(user)
    const seconds = (credentials.Expiration!.getTime() - server.world.now()) / 1000
    assert.ok(seconds > 43_190 && seconds <= 43_201, `${seconds}`)
    const clients = server.clientsWith(keysOf(credentials))
    assert.equal(await identityOf(clients), user.arn)
    await clients.s3.send(new ListBucketsCommand({}))
    await assert.rejects(clients.iam.send(new ListRolesCommand({})), noSuchKey)
    await assert.rejects(clients.sts.send(new GetSessionTokenCommand({})), { name: 'AccessDenied' })
    await assert.rejects(clients.sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: user.keys.accessKeyId })), {
      name: 'AccessDenied',
    })
  })

  test('with a second factor reaches IAM, and what policies keep for those who have one', async () => {
    const user = await makeUser(
      document({
        Effect: 'Allow',
        Action: 'iam:ListRoles',
        Resource: '*',
        Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
      }),
    )
    await assert.rejects(user.iam.send(new ListRolesCommand({})), { name: 'AccessDenied' })
    const { SerialNumber, next } = await giveDevice(user)
    const TokenCode = next()
    const clients = server.clientsWith(keysOf(await session(user, { SerialNumber, TokenCode })))
    await clients.iam.send(new ListRolesCommand({}))
    const wrong = { name: 'AccessDenied', message: /^MultiFactorAuthentication failed/ }
    await assert.rejects(session(user, { SerialNumber, TokenCode }), wrong)
    await assert.rejects(session(user, { SerialNumber }), wrong)
    await assert.rejects(session(user, { SerialNumber: `${SerialNumber}x`, TokenCode: next() }), wrong)
    await assert.rejects(session(await makeUser(), { SerialNumber, TokenCode: next() }), wrong)
  })

  test('case 50: one code makes one session, of twenty that ask at once', async () => {
    const user = await makeUser()
    const { SerialNumber, next } = await giveDevice(user)
    const TokenCode = next()
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, () => session(user, { SerialNumber, TokenCode })),
    )
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  })

  test('ends with the user, and loses the rights that the user loses', async () => {
    const user = await makeUser(allowing('s3:ListAllMyBuckets'))
    const { s3, sts } = server.clientsWith(keysOf(await session(user)))
    await s3.send(new ListBucketsCommand({}))
    const { UserName } = user
    await iam().send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'p' }))
    await assert.rejects(s3.send(new ListBucketsCommand({})), { name: 'AccessDenied' })
    await iam().send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: user.keys.accessKeyId }))
    await iam().send(new DeleteUserCommand({ UserName }))
    await assert.rejects(sts.send(new GetCallerIdentityCommand({})), noSuchKey)
  })
})

test('AssumeRole with a second factor opens roles that want one', async () => {
  const user = await makeUser(allowing('sts:AssumeRole'))
  const RoleArn = await makeRole(server.clients, 'Careful', {
    trust: trusting(user.arn, 'sts:AssumeRole', { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }),
  })
  const RoleSessionName = 'me'
  await assert.rejects(user.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName })), { name: 'AccessDenied' })
  const { SerialNumber, next } = await giveDevice(user)
  await user.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName, SerialNumber, TokenCode: next() }))
})

describe('GetFederationToken of a user', () => {
  test('needs the permission, and gives what both the user and the policy allow', async () => {
    const nobody = await makeUser()
    await assert.rejects(nobody.sts.send(new GetFederationTokenCommand({ Name: 'ann' })), {
      name: 'AccessDenied',
      message: `User: ${nobody.arn} is not authorized to perform: sts:GetFederationToken on resource: arn:aws:sts::${account}:federated-user/ann because no identity-based policy allows the sts:GetFederationToken action`,
    })
    const user = await makeUser(allowing(['sts:GetFederationToken', 's3:ListAllMyBuckets']))
    const federate = async (Policy: string) =>
      server.clientsWith(
        keysOf((await user.sts.send(new GetFederationTokenCommand({ Name: 'ann', Policy }))).Credentials),
      )
    const wide = await federate(allowing('s3:*'))
    await wide.s3.send(new ListBucketsCommand({}))
    await assert.rejects(wide.s3.send(new CreateBucketCommand({ Bucket: 'not-the-users-right' })), {
      name: 'AccessDenied',
    })
    const narrow = await federate(allowing('s3:GetObject'))
    await assert.rejects(narrow.s3.send(new ListBucketsCommand({})), { name: 'AccessDenied' })
  })
})

describe('revocation', () => {
  test('a policy that denies older sessions by aws:TokenIssueTime ends them, and spares newer ones', async () => {
    const role = await makeRole(server.clients, 'Revoked', { policy: allowing('iam:ListRoles') })
    const old = await assume(server, server.clients, role)
    await old.iam.send(new ListRolesCommand({}))
    server.world.clock.advance(2_000)
    const revoking = document({
      Effect: 'Deny',
      Action: '*',
      Resource: '*',
      Condition: { DateLessThan: { 'aws:TokenIssueTime': new Date(server.world.now()).toISOString() } },
    })
    await iam().send(
      new PutRolePolicyCommand({ RoleName: 'Revoked', PolicyName: 'AWSRevokeOlderSessions', PolicyDocument: revoking }),
    )
    await assert.rejects(old.iam.send(new ListRolesCommand({})), { name: 'AccessDenied' })
    server.world.clock.advance(2_000)
    const young = await assume(server, server.clients, role)
    await young.iam.send(new ListRolesCommand({}))
  })
})

describe('DecodeAuthorizationMessage', () => {
  const decode = (EncodedMessage: string, clients: Pick<User, 'sts'> = server.clients) =>
    clients.sts.send(new DecodeAuthorizationMessageCommand({ EncodedMessage }))
  const invalid = { name: 'InvalidAuthorizationMessageException', message: 'Message is not valid' }

  /** The header of a denial. */
  async function messageOf(ask: () => Promise<unknown>) {
    try {
      await ask()
    } catch (error) {
      const { $response } = error as { $response?: { headers: Record<string, string> } }
      return $response?.headers['x-poolhouse-encoded-denial'] ?? ''
    }
    return ''
  }
  const deniedMessage = (user: User) => messageOf(() => user.iam.send(new ListRolesCommand({})))

  test('refuses the wrong type', async () => {
    await assert.rejects(decode(''), { name: 'ValidationError' })
  })

  test('refuses the wrong value: what is no message, or was changed', async () => {
    await assert.rejects(decode('AAAA'), invalid)
    const message = await deniedMessage(await makeUser())
    await assert.rejects(decode(`${message.slice(0, -4)}AAAA`), invalid)
  })

  test('tells whoever is allowed to ask who wanted what, and which statement said no', async () => {
    const user = await makeUser(document({ Sid: 'NoRoles', Effect: 'Deny', Action: 'iam:ListRoles', Resource: '*' }))
    const message = await deniedMessage(user)
    assert.ok(!Buffer.from(message, 'base64url').includes('ListRoles'))
    await assert.rejects(decode(message, user), { name: 'AccessDenied' })
    const told = JSON.parse((await decode(message)).DecodedMessage!)
    assert.equal(told.allowed, false)
    assert.equal(told.explicitDeny, true)
    assert.deepEqual(told.context.principal, { id: user.id, arn: user.arn })
    assert.equal(told.context.action, 'iam:ListRoles')
    const [statement] = told.matchedStatements.items
    assert.deepEqual([statement.statementId, statement.effect], ['NoRoles', 'DENY'])
    assert.deepEqual(statement.principals, { items: [{ value: user.id }] })
    assert.deepEqual(statement.actions, { items: [{ value: 'iam:ListRoles' }] })
    assert.deepEqual(statement.resources, { items: [{ value: '*' }] })
    assert.deepEqual([statement.principalGroups, statement.conditions], [{ items: [] }, { items: [] }])
    const keys = told.context.conditions.items.map(({ key }: { key: string }) => key)
    assert.ok(keys.includes('aws:username') && keys.includes('aws:sourceip'))
    const implicit = JSON.parse((await decode(await deniedMessage(await makeUser()))).DecodedMessage!)
    assert.deepEqual([implicit.explicitDeny, implicit.matchedStatements.items], [false, []])
  })

  test('reads what S3 and services of the REST protocol refused; who is nobody gets no message', async () => {
    const user = await makeUser()
    await server.clients.s3.send(new CreateBucketCommand({ Bucket: 'sealed-denials' }))
    const { endpoint } = server
    const sync = new CognitoSyncClient({ endpoint, region: 'us-east-1', credentials: user.keys, maxAttempts: 1 })
    const place = { Bucket: 'sealed-denials', Key: 'k' }
    for (const [action, ask] of [
      ['s3:PutObject', () => user.s3.send(new PutObjectCommand({ ...place, Body: 'x' }))],
      ['s3:GetObject', () => user.s3.send(new GetObjectCommand(place))],
      ['s3:ListBucket', () => user.s3.send(new HeadBucketCommand(place))],
      ['cognito-sync:ListIdentityPoolUsage', () => sync.send(new ListIdentityPoolUsageCommand({}))],
    ] as const) {
      const told = JSON.parse((await decode(await messageOf(ask))).DecodedMessage!)
      assert.deepEqual([told.context.action, told.context.principal.arn], [action, user.arn])
    }
    sync.destroy()
    const stranger = await fetch(`${endpoint}/sealed-denials/k`)
    assert.deepEqual([stranger.status, stranger.headers.get('x-poolhouse-encoded-denial')], [403, null])
  })
})
