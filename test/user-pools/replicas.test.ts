/** Replicas of pools: made, activated, listed, deleted; and what their region may ask. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminRespondToAuthChallengeCommand,
  CognitoIdentityProviderClient,
  CreateUserPoolReplicaCommand,
  DeleteUserPoolCommand,
  DeleteUserPoolReplicaCommand,
  DescribeUserPoolCommand,
  GetUserCommand,
  ListTagsForResourceCommand,
  ListUserPoolReplicasCommand,
  ListUserPoolsCommand,
  ListUsersCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateUserPoolCommand,
  UpdateUserPoolReplicaCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { allowing, assume, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf } from '../support/sign-in.ts'

const target = (operation: string) => `AWSCognitoIdentityProviderService.${operation}`
const KmsKeyArn = 'arn:aws:kms:us-east-1:000000000000:key/mrk-1234abcd12ab34cd56ef1234567890ab'
const KeyConfiguration = { KeyType: 'CUSTOMER_MANAGED_KEY' as const, KmsKeyArn }
const flows = { ExplicitAuthFlows: ['ALLOW_ADMIN_USER_PASSWORD_AUTH' as const] }
const elsewhere = 'eu-west-1'

let server: TestServer
/** Signs in the replica's region. */
let there: CognitoIdentityProviderClient
let pool: TestPool
before(async () => {
  server = await startTestServer()
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  there = new CognitoIdentityProviderClient({
    endpoint: server.endpoint,
    region: elsewhere,
    credentials,
    maxAttempts: 1,
  })
  pool = await makePool(server, { KeyConfiguration }, flows)
  await pool.add('ann')
})
after(async () => {
  there.destroy()
  await server.close()
})

const here = () => server.clients.idp
const create = (UserPoolId = pool.id, RegionName = elsewhere, UserPoolTags?: Record<string, string>) =>
  here().send(new CreateUserPoolReplicaCommand({ UserPoolId, RegionName, ...(UserPoolTags && { UserPoolTags }) }))
const update = (Status: 'ACTIVE' | 'INACTIVE', UserPoolId = pool.id, RegionName = elsewhere, by = here()) =>
  by.send(new UpdateUserPoolReplicaCommand({ UserPoolId, RegionName, Status }))
const remove = (UserPoolId = pool.id, RegionName = elsewhere, by = here()) =>
  by.send(new DeleteUserPoolReplicaCommand({ UserPoolId, RegionName }))
const listed = async (UserPoolId = pool.id, by = here()) =>
  (await by.send(new ListUserPoolReplicasCommand({ UserPoolId }))).UserPoolReplicas
const arn = (region: string, id = pool.id) => `arn:aws:cognito-idp:${region}:000000000000:userpool/${id}`
const replica = (Status: string, id = pool.id) => ({
  ...{ RegionName: elsewhere, Role: 'SECONDARY', Status },
  UserPoolArn: arn(elsewhere, id),
})
const notThere = 'OperationNotEnabledException'
const signIn = (by: CognitoIdentityProviderClient, of = pool) =>
  by.send(
    new AdminInitiateAuthCommand({
      ...{ UserPoolId: of.id, ClientId: of.clientId, AuthFlow: 'ADMIN_USER_PASSWORD_AUTH' },
      AuthParameters: { USERNAME: 'ann', PASSWORD: password },
    }),
  )

/** A pool of the test's own with a replica of that status. */
async function replicated(status: 'ACTIVE' | 'INACTIVE' = 'ACTIVE', tags?: Record<string, string>): Promise<TestPool> {
  const made = await makePool(server, { KeyConfiguration }, flows)
  await made.add('ann')
  await create(made.id, elsewhere, tags)
  if (status === 'ACTIVE') await update('ACTIVE', made.id)
  return made
}

const commands = [
  CreateUserPoolReplicaCommand,
  UpdateUserPoolReplicaCommand,
  DeleteUserPoolReplicaCommand,
  ListUserPoolReplicasCommand,
]
test('each of the four refuses the wrong type, and whoever did not sign', async () => {
  for (const Command of commands) {
    const wrong = { UserPoolId: 1, RegionName: elsewhere, Status: 'ACTIVE' } as never
    const Typed = Command as typeof ListUserPoolReplicasCommand
    await refused(here().send(new Typed(wrong)), 'SerializationException')
    const unsigned = await server.post(target(Command.name.replace('Command', '')), { UserPoolId: pool.id })
    assert.equal(unsigned.body.__type, 'MissingAuthenticationTokenException')
  }
})

describe('CreateUserPoolReplica', () => {
  test('refuses the wrong value', async () => {
    await refused(create('us-east-1_none'), 'ResourceNotFoundException')
    await refused(create(pool.id, 'us'), 'InvalidParameterException', /regionName/)
    await refused(create(pool.id, 'nowhere'), 'InvalidParameterException', 'Invalid region: nowhere')
    await refused(create(pool.id, 'us-east-1'), 'InvalidParameterException', /Region of the primary/)
    await refused(create(pool.id, elsewhere, { 'aws:x': 'y' }), 'UserPoolTaggingException')
    const plain = await makePool(server)
    await refused(create(plain.id), 'InvalidParameterException', /multi-Region customer managed key/)
    const lite = await makePool(server, { KeyConfiguration, UserPoolTier: 'LITE' })
    await refused(create(lite.id), 'FeatureUnavailableInTierException')
  })
  test('does it once for a region, INACTIVE, and the region lists the pool', async () => {
    const made = await makePool(server, { KeyConfiguration }, flows)
    await refused(there.send(new DescribeUserPoolCommand({ UserPoolId: made.id })), 'ResourceNotFoundException')
    const all = await Promise.allSettled([create(made.id), create(made.id), create(made.id)])
    assert.equal(all.filter(({ status }) => status === 'fulfilled').length, 1)
    const answers = all.flatMap((one) => (one.status === 'fulfilled' ? [one.value.UserPoolReplica] : []))
    assert.deepEqual(answers, [replica('INACTIVE', made.id)])
    await refused(create(made.id), 'InvalidParameterException', /already/)
    const primary = {
      RegionName: 'us-east-1',
      Role: 'PRIMARY',
      Status: 'ACTIVE',
      UserPoolArn: arn('us-east-1', made.id),
    }
    for (const by of [here(), there])
      assert.deepEqual(await listed(made.id, by), [primary, replica('INACTIVE', made.id)])
    for (const by of [here(), there]) {
      const { UserPools } = await by.send(new ListUserPoolsCommand({ MaxResults: 60 }))
      assert.deepEqual(UserPools?.find(({ Id }) => Id === made.id)?.ReplicaRegions, [elsewhere])
    }
    const { UserPool } = await there.send(new DescribeUserPoolCommand({ UserPoolId: made.id }))
    assert.equal(UserPool?.Arn, arn(elsewhere, made.id))
  })
  test('is for the primary alone', async () => {
    const made = await replicated()
    const call = new CreateUserPoolReplicaCommand({ UserPoolId: made.id, RegionName: 'eu-west-2' })
    await refused(there.send(call), notThere)
  })
  test('demands that the caller may make pools', async () => {
    const made = await makePool(server, { KeyConfiguration })
    const policy = allowing('cognito-idp:CreateUserPoolReplica')
    const only = await assume(server, server.clients, await makeRole(server.clients, 'copier', { policy }))
    const call = new CreateUserPoolReplicaCommand({ UserPoolId: made.id, RegionName: elsewhere })
    await refused(only.idp.send(call), 'AccessDeniedException', /cognito-idp:CreateUserPool /)
  })
})

describe('UpdateUserPoolReplica', () => {
  test('refuses the wrong value', async () => {
    await refused(update('GONE' as never), 'InvalidParameterException', /enum value set/)
    await refused(update('ACTIVE', pool.id, 'eu-west-3'), 'ResourceNotFoundException', /eu-west-3/)
    await refused(update('INACTIVE', pool.id, 'us-east-1'), 'InvalidParameterException', /primary/)
  })
  test('does it from either region, and sign-ins there follow', async () => {
    const made = await replicated('INACTIVE')
    await refused(signIn(there, made), notThere, 'The user pool replica is not active.')
    const active = await update('ACTIVE', made.id, elsewhere, there)
    assert.deepEqual(active.UserPoolReplica, replica('ACTIVE', made.id))
    const { AuthenticationResult } = await signIn(there, made)
    const primary = await signIn(here(), made)
    // One issuer: each region's tokens are good in both.
    assert.equal(
      claimsOf(AuthenticationResult?.AccessToken)['iss'],
      claimsOf(primary.AuthenticationResult?.AccessToken)['iss'],
    )
    for (const by of [here(), there]) {
      const AccessToken = AuthenticationResult?.AccessToken
      assert.equal((await by.send(new GetUserCommand({ AccessToken }))).Username, 'ann')
    }
    await update('INACTIVE', made.id)
    await refused(signIn(there, made), notThere)
    assert.ok((await signIn(here(), made)).AuthenticationResult)
  })
})

describe('DeleteUserPoolReplica', () => {
  test('refuses the wrong value', async () => {
    await refused(remove(pool.id, 'eu-west-3'), 'ResourceNotFoundException', /eu-west-3/)
    await refused(remove(pool.id, 'us-east-1'), 'InvalidParameterException', /primary/)
    const made = await replicated()
    await refused(remove(made.id), 'InvalidParameterException', 'The replica must be INACTIVE to be deleted.')
    await refused(remove(made.id, elsewhere, there), notThere)
  })
  test('does it, and the pool goes only after its replicas', async () => {
    const made = await replicated('INACTIVE')
    const gone = new DeleteUserPoolCommand({ UserPoolId: made.id })
    await refused(here().send(gone), 'InvalidParameterException', /replicas/)
    assert.deepEqual((await remove(made.id)).UserPoolReplica, replica('DELETING', made.id))
    assert.equal((await listed(made.id))?.length, 1)
    await refused(there.send(new DescribeUserPoolCommand({ UserPoolId: made.id })), 'ResourceNotFoundException')
    await here().send(gone)
  })
})

describe('ListUserPoolReplicas', () => {
  test('refuses the wrong value', async () => {
    await refused(listed('us-east-1_none'), 'ResourceNotFoundException')
    const call = new ListUserPoolReplicasCommand({ UserPoolId: pool.id, NextToken: 'not a token' })
    await refused(here().send(call), 'InvalidParameterException')
  })
  test('does it page by page', async () => {
    const made = await makePool(server, { KeyConfiguration })
    const regions = Array.from({ length: 25 }, (_, n) => `eu-north${'abcdefghijklmnopqrstuvwxyz'[n]}-1`)
    for (const region of regions) await create(made.id, region)
    const first = await here().send(new ListUserPoolReplicasCommand({ UserPoolId: made.id }))
    const call = new ListUserPoolReplicasCommand({ UserPoolId: made.id, NextToken: first.NextToken })
    const all = [...(first.UserPoolReplicas ?? []), ...((await here().send(call)).UserPoolReplicas ?? [])]
    assert.deepEqual(
      all.map(({ RegionName }) => RegionName),
      ['us-east-1', ...regions],
    )
  })
})

describe('in the region of a replica', () => {
  test('administrators read, and see at once what the primary writes', async () => {
    const made = await replicated()
    await made.add('ben')
    const { Users } = await there.send(new ListUsersCommand({ UserPoolId: made.id }))
    assert.deepEqual(Users?.map(({ Username }) => Username).sort(), ['ann', 'ben'])
  })
  test('nobody makes users, nor deletes the pool, nor answers what would change a user', async () => {
    const made = await replicated()
    await refused(there.send(new AdminCreateUserCommand({ UserPoolId: made.id, Username: 'cy' })), notThere)
    await refused(there.send(new DeleteUserPoolCommand({ UserPoolId: made.id })), notThere)
    for (const ChallengeName of ['NEW_PASSWORD_REQUIRED', 'MFA_SETUP', 'SOFTWARE_TOKEN_MFA'] as const) {
      const call = { UserPoolId: made.id, ClientId: made.clientId, ChallengeName, ChallengeResponses: {} }
      await refused(there.send(new AdminRespondToAuthChallengeCommand(call)), notThere)
    }
  })
  test('tags, triggers and messages are its own', async () => {
    const made = await replicated('ACTIVE', { team: 'west' })
    const there_ = { ResourceArn: arn(elsewhere, made.id) }
    await there.send(new TagResourceCommand({ ...there_, Tags: { cost: '7' } }))
    await there.send(new UntagResourceCommand({ ...there_, TagKeys: ['team'] }))
    assert.deepEqual((await there.send(new ListTagsForResourceCommand(there_))).Tags, { cost: '7' })
    const mine = new ListTagsForResourceCommand({ ResourceArn: arn('us-east-1', made.id) })
    assert.deepEqual((await here().send(mine)).Tags, {})
    const PreTokenGeneration = `arn:aws:lambda:${elsewhere}:000000000000:function:absent`
    const change = (more: object) => there.send(new UpdateUserPoolCommand({ UserPoolId: made.id, ...more }))
    await change({ LambdaConfig: { PreTokenGeneration } })
    await refused(signIn(there, made), 'UnexpectedLambdaException')
    assert.ok((await signIn(here(), made)).AuthenticationResult)
    await refused(change({ MfaConfiguration: 'OPTIONAL' }), notThere, /MfaConfiguration/)
    await refused(change({ PoolName: 'other' }), notThere, /PoolName/)
    const UserMigration = PreTokenGeneration
    await refused(change({ LambdaConfig: { UserMigration } }), notThere, /cannot create users/)
    await change({})
    assert.ok((await signIn(there, made)).AuthenticationResult)
  })
})
