/**
 * AWS: IAM User Guide, "AWS global condition context keys", "IAM and AWS STS condition context keys": which keys requests have,
 * seen in the traces of denials. Keys of SAML assertions: test/sts/saml.test.ts; of OIDC tokens: test/sts/providers.test.ts.
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import {
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity'
import * as iamApi from '@aws-sdk/client-iam'
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import * as stsApi from '@aws-sdk/client-sts'
import { denialsOf } from '../../../src/iam/denials.ts'
import { fromBase32 } from '../../../src/protocols/base32.ts'
import { hotp } from '../../../src/protocols/totp.ts'
import { addUser, giveRoles, loginsOf, makeIdentityPool, makeUserPool } from '../../support/identities.ts'
import { account, allowing, assume, document, keysOf, makeRole, trusting } from '../../support/roles.ts'
import { type Clients, startTestServer, type TestServer } from '../../support/server.ts'

let server: TestServer
let iam: Clients['iam']
before(async () => {
  server = await startTestServer()
  server.world.clock.stand()
  iam = server.clients.iam
  await server.clients.s3.send(new CreateBucketCommand({ Bucket: 'shelf' }))
})
after(() => server.close())
// So many denials are kept in a second, and no more.
beforeEach(() => server.world.clock.advance(1000))

const arn = (kind: string, name: string) => `arn:aws:iam::${account}:${kind}/${name}`
const cognito = 'cognito-identity.amazonaws.com'

let users = 0
async function makeUser(policy?: string) {
  const UserName = `user${++users}`
  const { User } = await iam.send(new iamApi.CreateUserCommand({ UserName, Tags: [{ Key: 'Team', Value: 'red' }] }))
  if (policy) await iam.send(new iamApi.PutUserPolicyCommand({ UserName, PolicyName: 'p', PolicyDocument: policy }))
  const { AccessKey } = await iam.send(new iamApi.CreateAccessKeyCommand({ UserName }))
  const keys = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! }
  return { UserName, id: User!.UserId!, arn: User!.Arn!, ...server.clientsWith(keys) }
}

/** The keys of a request that is denied. */
async function keysIn(call: Promise<unknown>, action?: string) {
  const error = await call.then(
    () => assert.fail('It was allowed.'),
    (thrown: { $metadata?: { requestId?: string } }) => thrown,
  )
  const found = await denialsOf(server.world, error.$metadata?.requestId ?? '')
  const denial = found.find(({ Action }) => action === undefined || Action === action)
  return denial?.Context ?? assert.fail(`no denial was kept: ${String(error)}`)
}

type Expected = Readonly<Record<string, string | readonly string[] | RegExp | undefined>>
function has(keys: Readonly<Record<string, string | readonly string[]>>, expected: Expected) {
  for (const [key, value] of Object.entries(expected)) {
    const actual = keys[key.toLowerCase()]
    if (value instanceof RegExp) assert.match(String(actual), value, key)
    else assert.deepEqual(actual, value, key)
  }
}

const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const always: Expected = {
  'aws:CurrentTime': time,
  'aws:EpochTime': /^\d{10}$/,
  'aws:SecureTransport': 'false',
  'aws:SourceIp': '127.0.0.1',
  'aws:RequestedRegion': 'us-east-1',
  'aws:ResourceAccount': account,
  'aws:ViaAWSService': 'false',
  'aws:CalledVia': undefined,
  'aws:SourceArn': undefined,
  'aws:SourceVpc': undefined,
  'aws:PrincipalOrgID': undefined,
  'aws:PrincipalServiceName': undefined,
}
const signed: Expected = {
  ...always,
  'aws:UserAgent': /aws-sdk-js/,
  'aws:PrincipalAccount': account,
  'aws:PrincipalIsAWSService': 'false',
}
const longTerm: Expected = {
  'aws:TokenIssueTime': undefined,
  'aws:MultiFactorAuthPresent': undefined,
  'aws:MultiFactorAuthAge': undefined,
}
const list = (clients: Pick<Clients, 'iam'>) => clients.iam.send(new iamApi.ListUsersCommand({}))

describe('global keys', () => {
  test('of a user with long-term keys', async () => {
    const user = await makeUser()
    has(await keysIn(list(user)), {
      ...signed,
      ...longTerm,
      'aws:username': user.UserName,
      'aws:userid': user.id,
      'aws:PrincipalType': 'User',
      'aws:PrincipalArn': user.arn,
      'aws:PrincipalTag/Team': 'red',
      'aws:FederatedProvider': undefined,
      'aws:SourceIdentity': undefined,
    })
  })

  test('of a user with temporary credentials, without a second factor and with one', async () => {
    const user = await makeUser(allowing('sts:GetSessionToken'))
    const own = async (more: stsApi.GetSessionTokenCommandInput = {}) =>
      server.clientsWith(keysOf((await user.sts.send(new stsApi.GetSessionTokenCommand(more))).Credentials))
    const plain = await own()
    has(await keysIn(plain.s3.send(new ListObjectsV2Command({ Bucket: 'shelf' }))), {
      ...signed,
      'aws:username': user.UserName,
      'aws:PrincipalType': 'User',
      'aws:TokenIssueTime': time,
      'aws:MultiFactorAuthPresent': 'false',
      'aws:MultiFactorAuthAge': undefined,
    })
    const { UserName } = user
    const made = await iam.send(new iamApi.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: UserName }))
    const SerialNumber = made.VirtualMFADevice!.SerialNumber!
    const seed = fromBase32(Buffer.from(made.VirtualMFADevice!.Base32StringSeed!).toString())!
    const code = (ahead: number) => hotp(seed, Math.floor(server.world.now() / 30_000) + ahead)
    const two = { AuthenticationCode1: code(-1), AuthenticationCode2: code(0) }
    await iam.send(new iamApi.EnableMFADeviceCommand({ UserName, SerialNumber, ...two }))
    server.world.clock.advance(30_000)
    const proved = await own({ SerialNumber, TokenCode: code(0) })
    server.world.clock.advance(90_000)
    has(await keysIn(list(proved)), { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': /^9[01]$/ })
  })

  test('of a session of a role', async () => {
    const trust = trusting(account, ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'])
    const session = await assume(server, server.clients, await makeRole(server.clients, 'Plain', { trust }), {
      RoleSessionName: 'me',
      SourceIdentity: 'ann',
      Tags: [{ Key: 'größe', Value: 'XL + more' }],
    })
    const { Role } = await iam.send(new iamApi.GetRoleCommand({ RoleName: 'Plain' }))
    has(await keysIn(list(session)), {
      ...signed,
      'aws:username': undefined,
      'aws:userid': `${Role!.RoleId}:me`,
      'aws:PrincipalType': 'AssumedRole',
      'aws:PrincipalArn': arn('role', 'Plain'),
      'aws:PrincipalTag/größe': 'XL + more',
      'aws:SourceIdentity': 'ann',
      'aws:TokenIssueTime': time,
      'aws:MultiFactorAuthPresent': 'false',
      'sts:RoleSessionName': undefined,
    })
  })

  test('of a federated user', async () => {
    const user = await makeUser(allowing('sts:GetFederationToken'))
    const { Credentials } = await user.sts.send(new stsApi.GetFederationTokenCommand({ Name: 'guest' }))
    const guest = server.clientsWith(keysOf(Credentials))
    has(await keysIn(guest.s3.send(new ListObjectsV2Command({ Bucket: 'shelf' }))), {
      ...signed,
      'aws:username': undefined,
      'aws:userid': `${account}:guest`,
      'aws:PrincipalType': 'FederatedUser',
      'aws:PrincipalArn': `arn:aws:sts::${account}:federated-user/guest`,
    })
  })

  test('of nobody', async () => {
    const answer = await fetch(`${server.endpoint}/shelf/x`, { headers: { referer: 'http://example.com/' } })
    const id = answer.headers.get('x-amz-request-id') ?? ''
    has((await denialsOf(server.world, id))[0]!.Context, {
      ...always,
      ...longTerm,
      'aws:Referer': 'http://example.com/',
      'aws:PrincipalType': 'Anonymous',
      'aws:userid': undefined,
      'aws:username': undefined,
      'aws:PrincipalArn': undefined,
      'aws:PrincipalAccount': undefined,
      'aws:PrincipalIsAWSService': undefined,
      's3:authType': undefined,
    })
  })

  test('of an identity of a pool, by its trust policy and afterwards', async () => {
    const people = await makeUserPool(server)
    const IdentityPoolId = await makeIdentityPool(server, [people])
    await giveRoles(server, IdentityPoolId)
    await addUser(server, people, 'ann')
    const Logins = await loginsOf(server, people, 'ann')
    const { identity } = server.clients
    const { IdentityId } = await identity.send(new GetIdCommand({ IdentityPoolId, Logins }))
    const { Credentials } = await identity.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins }))
    const clients = server.clientsWith({
      accessKeyId: Credentials!.AccessKeyId!,
      secretAccessKey: Credentials!.SecretKey!,
      sessionToken: Credentials!.SessionToken!,
    })
    const keys = await keysIn(clients.s3.send(new GetObjectCommand({ Bucket: 'shelf', Key: 'x' })), 's3:GetObject')
    const ofIdentity = { [`${cognito}:aud`]: IdentityPoolId, [`${cognito}:sub`]: IdentityId }
    has(keys, {
      ...signed,
      ...ofIdentity,
      'aws:FederatedProvider': cognito,
      'aws:userid': /:CognitoIdentityCredentials$/,
    })
    const methods = keys[`${cognito}:amr`]
    assert.ok(Array.isArray(methods) && methods.includes('authenticated') && methods.includes(people.provider))
  })
})

test('keys of S3: a listing always has the number of keys that it may have', async () => {
  const { s3 } = await makeUser()
  const listing = (MaxKeys?: number) => s3.send(new ListObjectsV2Command({ Bucket: 'shelf', MaxKeys }))
  has(await keysIn(listing()), { 's3:max-keys': '1000', 's3:prefix': undefined, 's3:delimiter': undefined })
  has(await keysIn(listing(5)), { 's3:max-keys': '5' })
})

describe('keys of IAM', () => {
  test('of what is made: its tags and its boundary', async () => {
    const user = await makeUser()
    const PermissionsBoundary = arn('policy', 'Bound')
    const made = {
      PermissionsBoundary,
      Tags: [
        { Key: 'a b', Value: '1' },
        { Key: 'größe:@/', Value: '' },
      ],
    }
    has(await keysIn(user.iam.send(new iamApi.CreateUserCommand({ UserName: 'new', ...made }))), {
      'aws:RequestTag/a b': '1',
      'aws:RequestTag/größe:@/': '',
      'aws:TagKeys': ['a b', 'größe:@/'],
      'iam:PermissionsBoundary': PermissionsBoundary,
      'aws:ResourceTag/a b': undefined,
    })
    has(await keysIn(user.iam.send(new iamApi.CreateUserCommand({ UserName: 'new' }))), {
      'aws:TagKeys': undefined,
      'iam:PermissionsBoundary': undefined,
    })
  })

  test('of what is there: its tags, its boundary, the policy that is attached', async () => {
    const user = await makeUser()
    const { Policy } = await iam.send(
      new iamApi.CreatePolicyCommand({ PolicyName: 'There', PolicyDocument: allowing('*') }),
    )
    const { UserName } = await makeUser()
    const PermissionsBoundary = Policy!.Arn!
    await iam.send(new iamApi.PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }))
    const entity = {
      'iam:ResourceTag/Team': 'red',
      'aws:ResourceTag/Team': 'red',
      'iam:PermissionsBoundary': PermissionsBoundary,
    }
    const PolicyArn = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
    const inline = { PolicyName: 'p', PolicyDocument: allowing('*') }
    for (const [command, more] of [
      [new iamApi.AttachUserPolicyCommand({ UserName, PolicyArn }), { 'iam:PolicyARN': PolicyArn }],
      [new iamApi.DetachUserPolicyCommand({ UserName, PolicyArn }), { 'iam:PolicyARN': PolicyArn }],
      [new iamApi.PutUserPolicyCommand({ UserName, ...inline }), {}],
      [new iamApi.DeleteUserPermissionsBoundaryCommand({ UserName }), {}],
      [new iamApi.UntagUserCommand({ UserName, TagKeys: ['Team'] }), { 'aws:TagKeys': ['Team'] }],
    ] as const)
      has(await keysIn(user.iam.send(command as iamApi.AttachUserPolicyCommand)), { ...entity, ...more })
    const other = arn('policy', 'Other')
    has(
      await keysIn(
        user.iam.send(new iamApi.PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: other })),
      ),
      {
        'iam:PermissionsBoundary': other,
      },
    )
  })

  test('of a role that is passed: to whom, and for what', async () => {
    const authenticated = await makeRole(server.clients, 'Passed')
    const IdentityPoolId = await makeIdentityPool(server, [])
    const user = await makeUser(allowing('cognito-identity:*'))
    const call = user.identity.send(new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles: { authenticated } }))
    has(await keysIn(call, 'iam:PassRole'), {
      'iam:PassedToService': cognito,
      'iam:AssociatedResourceArn': `arn:aws:cognito-identity:us-east-1:${account}:identitypool/${IdentityPoolId}`,
    })
  })
})

describe('keys of STS', () => {
  test('of a role that is assumed', async () => {
    const user = await makeUser(allowing('sts:*'))
    await iam.send(
      new iamApi.CreateRoleCommand({
        RoleName: 'Closed',
        AssumeRolePolicyDocument: document({
          Effect: 'Allow',
          Principal: { Service: 'ec2.amazonaws.com' },
          Action: 'sts:*',
        }),
        Tags: [{ Key: 'Project', Value: 'peg' }],
      }),
    )
    const call = user.sts.send(
      new stsApi.AssumeRoleCommand({
        RoleArn: arn('role', 'Closed'),
        RoleSessionName: 'me',
        ExternalId: 'agreed',
        SourceIdentity: 'ann',
        DurationSeconds: 900,
        Tags: [{ Key: 'team', Value: 'blue' }],
        TransitiveTagKeys: ['team'],
      }),
    )
    has(await keysIn(call), {
      'sts:RoleSessionName': 'me',
      'sts:ExternalId': 'agreed',
      'sts:SourceIdentity': 'ann',
      'sts:TransitiveTagKeys': ['team'],
      // AWS: the key is of bearer tokens, "not present for AWS STS assume-role operations".
      'sts:DurationSeconds': undefined,
      'aws:RequestTag/team': 'blue',
      'aws:TagKeys': ['team'],
      'aws:PrincipalTag/Team': 'red',
      'aws:ResourceTag/Project': 'peg',
      'iam:ResourceTag/Project': 'peg',
      'aws:username': user.UserName,
    })
  })

  test('of a federated user who is made', async () => {
    const user = await makeUser()
    const Tags = [{ Key: 'team', Value: 'blue' }]
    has(await keysIn(user.sts.send(new stsApi.GetFederationTokenCommand({ Name: 'guest', Tags }))), {
      'aws:RequestTag/team': 'blue',
      'aws:TagKeys': ['team'],
      'aws:username': user.UserName,
    })
  })

  test('of a token for a service outside', async () => {
    const user = await makeUser()
    const asked = { Audience: ['a', 'b'], SigningAlgorithm: 'ES384', DurationSeconds: 120 }
    has(await keysIn(user.sts.send(new stsApi.GetWebIdentityTokenCommand(asked))), {
      'sts:IdentityTokenAudience': ['a', 'b'],
      'sts:SigningAlgorithm': 'ES384',
      'sts:DurationSeconds': '120',
    })
  })
})
