/** Users that a developer vouches for, through the SDK: their tokens and credentials, looking up, merging, unlinking. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CreateIdentityPoolCommand,
  DescribeIdentityCommand,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  GetOpenIdTokenCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  type GetOpenIdTokenForDeveloperIdentityCommandInput,
  LookupDeveloperIdentityCommand,
  type LookupDeveloperIdentityCommandInput,
  MergeDeveloperIdentitiesCommand,
  SetIdentityPoolRolesCommand,
  UnlinkDeveloperIdentityCommand,
  UnlinkIdentityCommand,
} from '@aws-sdk/client-cognito-identity'
import { CreateRoleCommand, GetRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { fromCognitoIdentity } from '@aws-sdk/credential-providers'
import { decodeJwt } from 'jose'
import {
  addUser,
  giveRoles,
  loginsOf,
  makeIdentityPool,
  makeUserPool,
  trustingIdentities,
  type UserPool,
} from '../support/identities.ts'
import { account, allowing, assume, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let people: UserPool
let pool: string
const developer = 'login.mycompany'
const cognito = 'cognito-identity.amazonaws.com'

before(async () => {
  server = await startTestServer()
  people = await makeUserPool(server)
  for (const name of ['ann', 'bob', 'cat', 'dan', 'eve', 'fay']) await addUser(server, people, name)
  pool = await makeIdentityPool(server, [people], { DeveloperProviderName: developer })
  await giveRoles(server, pool)
})
after(() => server.close())

type Logins = Record<string, string>
const identity = () => server.clients.identity
const tokenFor = (user: string, more: Partial<GetOpenIdTokenForDeveloperIdentityCommandInput> = {}) =>
  identity().send(
    new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId: pool, Logins: { [developer]: user }, ...more }),
  )
const idOf = async (user: string, more: Partial<GetOpenIdTokenForDeveloperIdentityCommandInput> = {}) =>
  (await tokenFor(user, more)).IdentityId!
const getId = async (Logins?: Logins) =>
  (await identity().send(new GetIdCommand({ IdentityPoolId: pool, Logins }))).IdentityId!
const lookUp = (input: Omit<LookupDeveloperIdentityCommandInput, 'IdentityPoolId'>) =>
  identity().send(new LookupDeveloperIdentityCommand({ IdentityPoolId: pool, ...input }))
const merge = (source: string, destination: string, provider = developer) =>
  identity().send(
    new MergeDeveloperIdentitiesCommand({
      IdentityPoolId: pool,
      DeveloperProviderName: provider,
      SourceUserIdentifier: source,
      DestinationUserIdentifier: destination,
    }),
  )
const unlink = (IdentityId: string, user: string, provider = developer) =>
  identity().send(
    new UnlinkDeveloperIdentityCommand({
      IdentityId,
      IdentityPoolId: pool,
      DeveloperProviderName: provider,
      DeveloperUserIdentifier: user,
    }),
  )
const credentialsBy = (IdentityId: string, token: string, more: Logins = {}) =>
  identity().send(new GetCredentialsForIdentityCommand({ IdentityId, Logins: { [cognito]: token, ...more } }))
const at = (name: string) => loginsOf(server, people, name)
const mismatch = {
  name: 'NotAuthorizedException',
  message: "Logins don't match. Please include at least one valid login for this identity or identity pool.",
}
const noDeveloper = {
  name: 'InvalidParameterException',
  message: 'This identity pool does not support the specified developer provider',
}
const unknownUser = (user: string) => ({
  name: 'ResourceNotFoundException',
  message: `Developer user '${user}' not found.`,
})

describe('GetOpenIdTokenForDeveloperIdentity', () => {
  test('refuses the wrong type', async () => {
    await assert.rejects(tokenFor('u1', { TokenDuration: 'x' as never }), { name: 'SerializationException' })
  })

  test('refuses the wrong value: a day and a second, another provider, a reserved tag, an unknown identity', async () => {
    await assert.rejects(tokenFor('u1', { TokenDuration: 86_401 }), { name: 'ValidationException' })
    await assert.rejects(tokenFor('u1', { Logins: { other: 'u1' } }), noDeveloper)
    const plain = await makeIdentityPool(server, [])
    await assert.rejects(tokenFor('u1', { IdentityPoolId: plain }), noDeveloper)
    await assert.rejects(tokenFor('u1', { PrincipalTags: { 'aws:team': 'x' } }), { name: 'InvalidParameterException' })
    const IdentityId = 'us-east-1:00000000-0000-0000-0000-000000000000'
    await assert.rejects(tokenFor('u1', { IdentityId }), { name: 'ResourceNotFoundException' })
  })

  test('gives a user the same identity every time, and a token for as long as it was told', async () => {
    const { IdentityId, Token } = await tokenFor('u1', { TokenDuration: 60, PrincipalTags: { team: 'blue' } })
    assert.equal(await idOf('u1'), IdentityId)
    assert.notEqual(await idOf('u2'), IdentityId)
    const claims = decodeJwt(Token!)
    assert.equal(claims.sub, IdentityId)
    assert.equal(claims.exp! - claims.iat!, 60)
    assert.deepEqual(claims['amr'], ['authenticated', developer, `${developer}:${pool}:u1`])
    assert.deepEqual(claims['https://aws.amazon.com/tags'], { principal_tags: { team: ['blue'] } })
    const usual = decodeJwt((await tokenFor('u1')).Token!)
    assert.equal(usual.exp! - usual.iat!, 900)
  })

  test('gives one identity to thirty calls at once', async () => {
    const ids = await Promise.all(Array.from({ length: 30 }, () => idOf('crowd')))
    assert.equal(new Set(ids).size, 1)
  })

  test('links a user to the guest, or to the identity of a login that is proved with it', async () => {
    const guest = await getId()
    assert.equal(await idOf('from-guest', { IdentityId: guest }), guest)
    const known = await getId(await at('ann'))
    const Logins = { [developer]: 'ann-here', ...(await at('ann')) }
    assert.equal(await idOf('', { IdentityId: known, Logins }), known)
    assert.equal(await idOf('ann-here'), known)
    assert.equal(await getId(await at('ann')), known)
    const { Logins: names } = await identity().send(new DescribeIdentityCommand({ IdentityId: known }))
    assert.deepEqual(names, [people.provider, developer].sort())
  })

  test('links several users to an identity that only developers vouch for, and to a known login only with its proof', async () => {
    const own = await idOf('first')
    assert.equal(await idOf('second', { IdentityId: own }), own)
    const { Logins } = await identity().send(new DescribeIdentityCommand({ IdentityId: own }))
    assert.deepEqual(Logins, [developer])
    const known = await getId(await at('bob'))
    await assert.rejects(tokenFor('third', { IdentityId: known }), mismatch)
  })

  test('does not take a user from another identity', async () => {
    await idOf('taken')
    await assert.rejects(tokenFor('taken', { IdentityId: await getId() }), {
      name: 'DeveloperUserAlreadyRegisteredException',
    })
  })

  test('is for those whom policy lets', async () => {
    const role = await makeRole(server.clients, 'Backend', {
      policy: allowing(
        'cognito-identity:GetOpenIdTokenForDeveloperIdentity',
        `arn:aws:cognito-identity:us-east-1:${account}:identitypool/${pool}`,
      ),
    })
    const { identity: backend } = await assume(server, server.clients, role)
    const Logins = { [developer]: 'by-role' }
    await backend.send(new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId: pool, Logins }))
    await assert.rejects(
      backend.send(new LookupDeveloperIdentityCommand({ IdentityPoolId: pool, DeveloperUserIdentifier: 'by-role' })),
      { name: 'AccessDeniedException' },
    )
    const { body } = await server.post('AWSCognitoIdentityService.GetOpenIdTokenForDeveloperIdentity', {
      IdentityPoolId: pool,
      Logins,
    })
    assert.equal(body.__type, 'MissingAuthenticationTokenException')
  })
})

describe("a developer's user", () => {
  test('gets credentials for the token, with the tags that the developer gave', async () => {
    const tagged = await makeIdentityPool(server, [], { DeveloperProviderName: developer })
    const roles = await giveRoles(server, tagged)
    const name = roles.authenticated.split('/')[1]!
    const RoleName = `${name}-tagged`
    await server.clients.iam.send(
      new CreateRoleCommand({
        RoleName,
        AssumeRolePolicyDocument: trustingIdentities(tagged, 'authenticated', [
          'sts:AssumeRoleWithWebIdentity',
          'sts:TagSession',
        ]),
      }),
    )
    await server.clients.iam.send(
      new PutRolePolicyCommand({
        RoleName,
        PolicyName: 'p',
        PolicyDocument: document({
          Effect: 'Allow',
          Action: 'iam:GetRole',
          Resource: '*',
          Condition: { StringEquals: { 'aws:PrincipalTag/team': 'blue' } },
        }),
      }),
    )
    await identity().send(
      new SetIdentityPoolRolesCommand({
        IdentityPoolId: tagged,
        Roles: { authenticated: `arn:aws:iam::${account}:role/${RoleName}` },
      }),
    )
    const { IdentityId, Token } = await tokenFor('blue', { IdentityPoolId: tagged, PrincipalTags: { team: 'blue' } })
    const provider = fromCognitoIdentity({
      identityId: IdentityId!,
      logins: { [cognito]: Token! },
      clientConfig: { endpoint: server.endpoint, region: 'us-east-1' },
    })
    const { sts, iam } = server.clientsWith(await provider())
    assert.match((await sts.send(new GetCallerIdentityCommand({}))).Arn!, /CognitoIdentityCredentials$/)
    await iam.send(new GetRoleCommand({ RoleName }))
  })

  test('is not let in by an expired token, another identity of it, another pool or after being unlinked', async () => {
    const { IdentityId, Token } = await tokenFor('short', { TokenDuration: 60 })
    await credentialsBy(IdentityId!, Token!)
    await assert.rejects(credentialsBy(await idOf('somebody-else'), Token!), mismatch)
    await assert.rejects(credentialsBy(IdentityId!, Token!, await at('cat')), mismatch)
    await unlink(IdentityId!, 'short')
    await assert.rejects(credentialsBy(IdentityId!, Token!), mismatch)
    const again = await tokenFor('late', { TokenDuration: 60 })
    server.world.clock.advance(61_000)
    await assert.rejects(credentialsBy(again.IdentityId!, again.Token!), /Invalid login token. Token expired/)
    server.world.clock.advance(-61_000)
  })

  test('cannot sign in by the bare name of the provider, nor with its token at GetId and GetOpenIdToken', async () => {
    const { IdentityId, Token } = await tokenFor('bare')
    const unsupported = { message: 'Token is not from a supported provider of this identity pool.' }
    const own = { message: "Invalid login token. Can't pass in a Cognito token." }
    for (const [Logins, refused] of [
      [{ [developer]: 'bare' }, unsupported],
      [{ [developer]: Token! }, own],
      [{ [cognito]: Token! }, own],
    ] as [Logins, { message: string }][]) {
      await assert.rejects(getId(Logins), refused)
      await assert.rejects(identity().send(new GetOpenIdTokenCommand({ IdentityId, Logins })), refused)
    }
  })

  test('is no other provider: its name cannot be one that has another meaning', async () => {
    for (const [DeveloperProviderName, more] of [
      [cognito, {}],
      ['graph.facebook.com', { SupportedLoginProviders: { 'graph.facebook.com': '1' } }],
    ] as const) {
      await assert.rejects(
        identity().send(
          new CreateIdentityPoolCommand({
            IdentityPoolName: 'x',
            AllowUnauthenticatedIdentities: false,
            DeveloperProviderName,
            ...more,
          }),
        ),
        { name: 'InvalidParameterException' },
      )
    }
  })
})

describe('LookupDeveloperIdentity', () => {
  test('refuses the wrong type, and the wrong value', async () => {
    await assert.rejects(lookUp({ MaxResults: 'x' as never }), { name: 'SerializationException' })
    await assert.rejects(lookUp({ DeveloperUserIdentifier: 'u', MaxResults: 61 }), { name: 'ValidationException' })
    await assert.rejects(lookUp({}), { name: 'InvalidParameterException' })
    await assert.rejects(lookUp({ DeveloperUserIdentifier: 'nobody' }), unknownUser('nobody'))
  })

  test('finds the identity of a user and the users of an identity, page by page; both must match', async () => {
    const id = await idOf('l1')
    for (const user of ['l2', 'l3']) await idOf(user, { IdentityId: id })
    assert.equal((await lookUp({ DeveloperUserIdentifier: 'l2' })).IdentityId, id)
    const first = await lookUp({ IdentityId: id, MaxResults: 2 })
    assert.deepEqual(first.DeveloperUserIdentifierList, ['l1', 'l2'])
    const second = await lookUp({ IdentityId: id, MaxResults: 2, NextToken: first.NextToken })
    assert.deepEqual([second.DeveloperUserIdentifierList, second.NextToken], [['l3'], undefined])
    await lookUp({ IdentityId: id, DeveloperUserIdentifier: 'l1' })
    await assert.rejects(lookUp({ IdentityId: await idOf('l4'), DeveloperUserIdentifier: 'l1' }), {
      name: 'ResourceConflictException',
    })
  })
})

describe('MergeDeveloperIdentities', () => {
  test('refuses the wrong type, and the wrong value', async () => {
    await assert.rejects(merge([] as never, 'm'), { name: 'SerializationException' })
    await assert.rejects(merge('', 'm'), { name: 'ValidationException' })
    await idOf('m')
    await assert.rejects(merge('nobody', 'm'), unknownUser('nobody'))
    await assert.rejects(merge('m', 'm', 'other'), noDeveloper)
  })

  test('gives both users the identity of the destination', async () => {
    const [source, destination] = [await idOf('source'), await idOf('destination')]
    assert.equal((await merge('source', 'destination')).IdentityId, destination)
    assert.notEqual(source, destination)
    assert.equal(await idOf('source'), destination)
    assert.equal((await merge('source', 'destination')).IdentityId, destination)
  })

  test('does not merge two users of one provider', async () => {
    await idOf('', { Logins: { [developer]: 'with-cat', ...(await at('cat')) } })
    await idOf('', { Logins: { [developer]: 'with-dan', ...(await at('dan')) } })
    await assert.rejects(merge('with-cat', 'with-dan'), { name: 'ResourceConflictException' })
  })
})

describe('UnlinkDeveloperIdentity', () => {
  test('refuses the wrong type, and the wrong value', async () => {
    await assert.rejects(unlink({} as never, 'u'), { name: 'SerializationException' })
    await assert.rejects(unlink('x', 'u'), { name: 'ValidationException' })
    await assert.rejects(unlink(await idOf('somebody'), 'nobody'), unknownUser('nobody'))
  })

  test('makes the user new the next time, and leaves the identity to its other users', async () => {
    const id = await idOf('stays')
    await idOf('goes', { IdentityId: id })
    await unlink(id, 'goes')
    assert.equal(await idOf('stays'), id)
    assert.notEqual(await idOf('goes'), id)
  })
})

describe('UnlinkIdentity', () => {
  const remove = (IdentityId: string, Logins: Logins, LoginsToRemove: string[]) =>
    identity().send(new UnlinkIdentityCommand({ IdentityId, Logins, LoginsToRemove }))

  test('refuses the wrong type, and the wrong value', async () => {
    await assert.rejects(remove('x', [] as never, []), { name: 'SerializationException' })
    await assert.rejects(remove('x', {}, []), { name: 'ValidationException' })
    const id = await getId(await at('eve'))
    await assert.rejects(remove(id, {}, [people.provider]), mismatch)
    await assert.rejects(remove(id, await at('fay'), [people.provider]), mismatch)
  })

  test("removes logins, by either name of the provider, and not a developer's", async () => {
    const id = await getId(await at('eve'))
    await idOf('', { IdentityId: id, Logins: { [developer]: 'eve-here', ...(await at('eve')) } })
    await remove(id, await at('eve'), [people.issuer, developer, 'graph.facebook.com'])
    assert.equal(await idOf('eve-here'), id)
    assert.notEqual(await getId(await at('eve')), id)
  })

  test('leaves an identity without logins out of reach', async () => {
    const id = await getId(await at('fay'))
    await remove(id, await at('fay'), [people.provider])
    await assert.rejects(identity().send(new GetOpenIdTokenCommand({ IdentityId: id })), {
      message: `Access to Identity '${id}' is forbidden.`,
    })
    await assert.rejects(
      identity().send(new GetOpenIdTokenCommand({ IdentityId: id, Logins: await at('fay') })),
      mismatch,
    )
    await assert.rejects(tokenFor('wants-it', { IdentityId: id }), mismatch)
  })
})
