/** Roles, role mappings and principal tags through the SDK, to what the credentials may do. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  GetIdentityPoolRolesCommand,
  GetOpenIdTokenCommand,
  GetPrincipalTagAttributeMapCommand,
  type RoleMapping,
  SetIdentityPoolRolesCommand,
  SetPrincipalTagAttributeMapCommand,
  type SetPrincipalTagAttributeMapCommandInput,
} from '@aws-sdk/client-cognito-identity'
import { AdminAddUserToGroupCommand, CreateGroupCommand } from '@aws-sdk/client-cognito-identity-provider'
import { GetRoleCommand } from '@aws-sdk/client-iam'
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import {
  addUser,
  loginsOf,
  makeIdentityPool,
  makeUserPool,
  trustingIdentities,
  type UserPool,
} from '../support/identities.ts'
import { account, assume, document, keysOf, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let people: UserPool
let pool: string
let mappingKey: string
/** The names of the roles are those of the groups. */
const roles: Record<string, string> = {}
const withTags = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession']

before(async () => {
  server = await startTestServer()
  people = await makeUserPool(server)
  pool = await makeIdentityPool(server, [people])
  mappingKey = `${people.provider}:${people.clientId}`
  for (const name of ['users', 'admins', 'editors']) {
    roles[name] = await makeRole(server.clients, name, { trust: trustingIdentities(pool, 'authenticated') })
  }
  for (const [group, precedence] of [
    ['admins', 1],
    ['editors', 1],
  ] as const) {
    await server.clients.idp.send(
      new CreateGroupCommand({
        UserPoolId: people.id,
        GroupName: group,
        Precedence: precedence,
        RoleArn: roles[group],
      }),
    )
  }
  for (const [name, groups] of [
    ['ann', ['admins']],
    ['bob', ['admins', 'editors']],
    ['cat', []],
  ] as const) {
    await addUser(server, people, name)
    for (const GroupName of groups) {
      await server.clients.idp.send(
        new AdminAddUserToGroupCommand({ UserPoolId: people.id, Username: name, GroupName }),
      )
    }
  }
})
after(() => server.close())

const identity = () => server.clients.identity
const setRoles = (Roles: Record<string, string>, RoleMappings?: Record<string, RoleMapping>, client = identity()) =>
  client.send(new SetIdentityPoolRolesCommand({ IdentityPoolId: pool, Roles, RoleMappings }))

const credentialsOf = async (name: string, CustomRoleArn?: string) => {
  const Logins = await loginsOf(server, people, name)
  const { IdentityId } = await identity().send(new GetIdCommand({ IdentityPoolId: pool, Logins }))
  const { Credentials } = await identity().send(
    new GetCredentialsForIdentityCommand({ IdentityId, Logins, CustomRoleArn }),
  )
  const { SecretKey, ...rest } = Credentials!
  return server.clientsWith(keysOf({ ...rest, SecretAccessKey: SecretKey } as Parameters<typeof keysOf>[0]))
}
/** The name of the role that the user gets. */
const roleOf = async (name: string, custom?: string) => {
  const { Arn } = await (await credentialsOf(name, custom)).sts.send(new GetCallerIdentityCommand({}))
  return Arn?.split('/')[1]
}

describe('SetIdentityPoolRoles', () => {
  test('refuses the wrong type and the wrong value', async () => {
    await assert.rejects(setRoles('x' as never), { name: 'SerializationException' })
    await assert.rejects(setRoles({ admin: roles['users']! }), { name: 'ValidationException' })
  })

  test('refuses a mapping for a provider that the pool does not have', async () => {
    const mapping: RoleMapping = { Type: 'Token', AmbiguousRoleResolution: 'Deny' }
    for (const key of [people.provider, `${people.provider}:other`, 'accounts.google.com']) {
      await assert.rejects(setRoles({}, { [key]: mapping }), {
        name: 'InvalidParameterException',
        message: `(${key}) is not a valid RoleMapping ProviderName or is not a configured provider.`,
      })
    }
  })

  test('refuses a mapping that leaves open what it needs', async () => {
    const refused = { name: 'InvalidParameterException' }
    await assert.rejects(setRoles({}, { [mappingKey]: { Type: 'Token' } }), refused)
    await assert.rejects(setRoles({}, { [mappingKey]: { Type: 'Rules', AmbiguousRoleResolution: 'Deny' } }), refused)
  })

  test('refuses rules beside tokens, and more than 25 rules', async () => {
    const rule = { Claim: 'sub', MatchType: 'Equals' as const, Value: 'x', RoleARN: roles['users']! }
    const set = (Type: 'Token' | 'Rules', count: number) =>
      setRoles(
        {},
        {
          [mappingKey]: {
            ...{ Type, AmbiguousRoleResolution: 'Deny' as const },
            RulesConfiguration: { Rules: Array.from({ length: count }, () => rule) },
          },
        },
      )
    await assert.rejects(set('Token', 1), { name: 'InvalidParameterException' })
    await assert.rejects(set('Rules', 26), {
      name: 'InvalidParameterException',
      message: 'The number of rules in the request exceeded 25.',
    })
  })

  test('replaces both maps, as GetIdentityPoolRoles shows', async () => {
    const read = async () => {
      const { $metadata: _, ...shown } = await identity().send(
        new GetIdentityPoolRolesCommand({ IdentityPoolId: pool }),
      )
      return shown
    }
    assert.deepEqual(await read(), { IdentityPoolId: pool })
    const Roles = { authenticated: roles['users']! }
    const RoleMappings: Record<string, RoleMapping> = {
      [mappingKey]: { Type: 'Token', AmbiguousRoleResolution: 'Deny' },
    }
    await setRoles(Roles, RoleMappings)
    assert.deepEqual(await read(), { IdentityPoolId: pool, Roles, RoleMappings })
    await setRoles(Roles)
    assert.deepEqual(await read(), { IdentityPoolId: pool, Roles })
  })

  test('refuses roles that the caller may not pass, wherever they are named', async () => {
    const policy = document(
      { Effect: 'Allow', Action: 'cognito-identity:*', Resource: '*' },
      {
        Effect: 'Allow',
        Action: 'iam:PassRole',
        Resource: roles['users'],
        Condition: { StringEquals: { 'iam:PassedToService': 'cognito-identity.amazonaws.com' } },
      },
    )
    const caller = await assume(server, server.clients, await makeRole(server.clients, 'PoolAdmin', { policy }))
    await setRoles({ authenticated: roles['users']! }, undefined, caller.identity)
    const refused = { name: 'NotAuthorizedException', message: `Access to Role '${roles['admins']}' is forbidden.` }
    await assert.rejects(setRoles({ authenticated: roles['admins']! }, undefined, caller.identity), refused)
    const rule = { Claim: 'sub', MatchType: 'NotEqual', Value: 'x', RoleARN: roles['admins'] } as const
    const mapping: RoleMapping = {
      Type: 'Rules',
      AmbiguousRoleResolution: 'Deny',
      RulesConfiguration: { Rules: [rule] },
    }
    await assert.rejects(setRoles({}, { [mappingKey]: mapping }, caller.identity), refused)
    const foreign = 'arn:aws:iam::111111111111:role/theirs'
    await assert.rejects(setRoles({ authenticated: foreign }), {
      name: 'NotAuthorizedException',
      message: `Access to Role '${foreign}' is forbidden.`,
    })
  })
})

describe('role mappings', () => {
  test('by token give a user the role of their group', async () => {
    const Roles = { authenticated: roles['users']! }
    await setRoles(Roles, { [mappingKey]: { Type: 'Token', AmbiguousRoleResolution: 'AuthenticatedRole' } })
    assert.equal(await roleOf('ann'), 'admins')
    assert.equal(await roleOf('bob'), 'users')
    assert.equal(await roleOf('bob', roles['editors']), 'editors')
    assert.equal(await roleOf('cat'), 'users')
    await assert.rejects(roleOf('cat', roles['admins']), {
      name: 'NotAuthorizedException',
      message: `Access to Role '${roles['admins']}' is forbidden.`,
    })
    await setRoles(Roles, { [mappingKey]: { Type: 'Token', AmbiguousRoleResolution: 'Deny' } })
    await assert.rejects(roleOf('bob'), {
      name: 'NotAuthorizedException',
      message: `The ambiguous role mapping rules for: ${people.provider} denied this request.`,
    })
  })

  test('by rules give the role of the first rule that matches', async () => {
    const rule = (MatchType: 'Equals' | 'Contains', Value: string, role: string) => ({
      Claim: 'cognito:groups',
      MatchType,
      Value,
      RoleARN: roles[role],
    })
    await setRoles(
      { authenticated: roles['users']! },
      {
        [`${people.issuer}:${people.clientId}`]: {
          Type: 'Rules',
          AmbiguousRoleResolution: 'AuthenticatedRole',
          RulesConfiguration: { Rules: [rule('Equals', 'editors', 'editors'), rule('Contains', 'admin', 'admins')] },
        },
      },
    )
    assert.equal(await roleOf('bob'), 'editors')
    assert.equal(await roleOf('ann'), 'admins')
    assert.equal(await roleOf('cat'), 'users')
  })
})

describe('principal tags', () => {
  const setMap = (more: Partial<SetPrincipalTagAttributeMapCommandInput>) =>
    identity().send(
      new SetPrincipalTagAttributeMapCommand({
        IdentityPoolId: pool,
        IdentityProviderName: people.provider,
        ...more,
      }),
    )
  const getMap = (IdentityProviderName: string) =>
    identity().send(new GetPrincipalTagAttributeMapCommand({ IdentityPoolId: pool, IdentityProviderName }))

  test('refuse the wrong type, the wrong value, and unknown providers', async () => {
    await assert.rejects(setMap({ UseDefaults: 'x' as never }), { name: 'SerializationException' })
    await assert.rejects(setMap({ PrincipalTags: { a: '' } }), { name: 'ValidationException' })
    const broken: Partial<SetPrincipalTagAttributeMapCommandInput>[] = [
      { PrincipalTags: { 'aws:x': 'sub' } },
      { PrincipalTags: { a: 'sub', A: 'sub' } },
      { IdentityProviderName: 'accounts.google.com' },
    ]
    for (const more of broken) await assert.rejects(setMap(more), { name: 'InvalidParameterException' })
    await assert.rejects(getMap(people.provider), { name: 'ResourceNotFoundException' })
    await assert.rejects(getMap('__proto__'), { name: 'ResourceNotFoundException' })
  })

  test('reach the policies of a role whose trust policy lets sessions be tagged, and no other role', async () => {
    const policy = document({
      Effect: 'Allow',
      Action: 'iam:GetRole',
      Resource: `arn:aws:iam::${account}:role/\${aws:PrincipalTag/of}`,
    })
    const trust = trustingIdentities(pool, 'authenticated', withTags)
    const tagged = await makeRole(server.clients, 'tagged', { trust, policy })
    const { $metadata: _, ...map } = await setMap({ UseDefaults: false, PrincipalTags: { of: 'cognito:username' } })
    assert.deepEqual(map.PrincipalTags, { of: 'cognito:username' })
    const { UseDefaults, PrincipalTags } = await getMap(people.issuer)
    assert.deepEqual({ UseDefaults, PrincipalTags }, { UseDefaults: false, PrincipalTags: { of: 'cognito:username' } })
    await makeRole(server.clients, 'ann')

    await setRoles({ authenticated: tagged })
    const read = async (who: string) => (await credentialsOf(who)).iam.send(new GetRoleCommand({ RoleName: 'ann' }))
    await read('ann')
    await assert.rejects(read('bob'), { name: 'AccessDenied' })
    await setRoles({ authenticated: roles['users']! })
    await assert.rejects(credentialsOf('ann'), { name: 'InvalidIdentityPoolConfigurationException' })
    await setRoles({ authenticated: tagged })
  })

  test('travel in the token of the classic flow too', async () => {
    const Logins = await loginsOf(server, people, 'ann')
    const { IdentityId } = await identity().send(new GetIdCommand({ IdentityPoolId: pool, Logins }))
    const { Token } = await identity().send(new GetOpenIdTokenCommand({ IdentityId, Logins }))
    const claims = JSON.parse(Buffer.from(Token!.split('.')[1]!, 'base64url').toString())
    assert.deepEqual(claims['https://aws.amazon.com/tags'], { principal_tags: { of: ['ann'] } })
    const enter = (RoleArn: string) =>
      server.clients.sts.send(
        new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'me', WebIdentityToken: Token }),
      )
    const { Credentials } = await enter(`arn:aws:iam::${account}:role/tagged`)
    await server.clientsWith(keysOf(Credentials)).iam.send(new GetRoleCommand({ RoleName: 'ann' }))
    await assert.rejects(enter(roles['users']!), { name: 'AccessDenied' })
  })
})
