/** Attacks on identity pools and what they hand out. The numbers are those of the project's list of cases. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateIdentityPoolCommand,
  DeleteIdentitiesCommand,
  DeleteIdentityPoolCommand,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  GetOpenIdTokenCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  ListIdentitiesCommand,
  UpdateIdentityPoolCommand,
} from '@aws-sdk/client-cognito-identity'
import {
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  CreateUserPoolClientCommand,
  GetUserCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { GetRoleCommand } from '@aws-sdk/client-iam'
import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts'
import { readAccessToken } from '../../src/user-pools/tokens/access-token.ts'
import { signOutEverywhere } from '../../src/user-pools/users/sign-out.ts'
import {
  addUser,
  giveRoles,
  loginsOf,
  makeIdentityPool,
  makeUserPool,
  tokensOf,
  trustingIdentities,
  type UserPool,
} from '../support/identities.ts'
import { allowing, keysOf, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let people: UserPool
let others: UserPool
let pool: string
const cognito = 'cognito-identity.amazonaws.com'

before(async () => {
  server = await startTestServer()
  people = await makeUserPool(server)
  others = await makeUserPool(server)
  for (const name of ['ann', 'bob']) await addUser(server, people, name)
  await addUser(server, others, 'ann')
  pool = await makeIdentityPool(server, [people])
})
after(() => server.close())

type Logins = Record<string, string>
const identity = () => server.clients.identity
const getId = async (Logins?: Logins, IdentityPoolId = pool) =>
  (await identity().send(new GetIdCommand({ IdentityPoolId, Logins }))).IdentityId!
const getToken = async (IdentityId: string, Logins?: Logins) =>
  (await identity().send(new GetOpenIdTokenCommand({ IdentityId, Logins }))).Token!
const getCredentials = async (IdentityId: string, Logins?: Logins) => {
  const { Credentials } = await identity().send(new GetCredentialsForIdentityCommand({ IdentityId, Logins }))
  const { SecretKey, ...rest } = Credentials!
  return server.clientsWith(keysOf({ ...rest, SecretAccessKey: SecretKey } as Parameters<typeof keysOf>[0]))
}
const enter = (RoleArn: string, WebIdentityToken: string) =>
  server.clients.sts.send(new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'me', WebIdentityToken }))
const refused = { name: 'NotAuthorizedException' }

test('case 21: an access token is no login', async () => {
  const { AccessToken } = await tokensOf(server, people, 'ann')
  await assert.rejects(getId({ [people.provider]: AccessToken }), {
    ...refused,
    message: 'Invalid login token. Missing a required claim: aud',
  })
})

test('case 21: the ID token of another pool, and of another client of the pool, is no login', async () => {
  const { IdToken } = await tokensOf(server, others, 'ann')
  for (const provider of [people.provider, others.provider, people.issuer]) {
    await assert.rejects(getId({ [provider]: IdToken }), refused)
  }
  const { UserPoolClient } = await server.clients.idp.send(
    new CreateUserPoolClientCommand({ UserPoolId: people.id, ClientName: 'other' }),
  )
  const second = await tokensOf(server, { ...people, clientId: UserPoolClient!.ClientId! }, 'ann')
  await assert.rejects(getId({ [people.provider]: second.IdToken }), {
    ...refused,
    message: 'Token is not from a supported provider of this identity pool.',
  })
})

test("case 21: an identity pool's token is neither a login nor an access token, and a login is no token for STS", async () => {
  const logins = await loginsOf(server, people, 'ann')
  const token = await getToken(await getId(logins), logins)
  await assert.rejects(getId({ [people.provider]: token }), refused)
  await assert.rejects(getId({ [cognito]: token }), refused)
  await assert.rejects(server.clients.idp.send(new GetUserCommand({ AccessToken: token })), refused)
  const role = await makeRole(server.clients, 'TakesIdentities', { trust: trustingIdentities(pool, 'authenticated') })
  await enter(role, token)
  for (const wrong of [logins[people.provider]!, (await tokensOf(server, people, 'ann')).AccessToken]) {
    await assert.rejects(enter(role, wrong), { name: 'InvalidIdentityTokenException' })
  }
})

/** A pool that asks the user pool, and one that trusts the token, as AWS's do unless told. */
const makeAsking = (ServerSideTokenCheck: boolean) =>
  makeIdentityPool(server, [], {
    CognitoIdentityProviders: [{ ProviderName: people.provider, ClientId: people.clientId, ServerSideTokenCheck }],
  })

test('case 23: with ServerSideTokenCheck a user who signed out everywhere gets nothing more; a new sign-in counts', async () => {
  const asking = await makeAsking(true)
  await giveRoles(server, asking)
  const tokens = await tokensOf(server, people, 'ann')
  const logins = { [people.provider]: tokens.IdToken }
  const id = await getId(logins, asking)
  await getToken(id, logins)
  const { pool: userPool, user } = await readAccessToken(server.world, tokens.AccessToken)
  await signOutEverywhere(server.world, userPool, user.sub)
  const revoked = { ...refused, message: 'Invalid login token. Token has been revoked.' }
  await assert.rejects(getId(logins, asking), revoked)
  await assert.rejects(getToken(id, logins), revoked)
  await assert.rejects(getCredentials(id, logins), revoked)
  assert.equal(await getId(await loginsOf(server, people, 'ann'), asking), id)
  // As AWS documents it: without the check an unexpired token still works.
  await getId(logins, await makeAsking(false))
})

test('case 24: with ServerSideTokenCheck a disabled and a deleted user get nothing more', async () => {
  const asking = await makeAsking(true)
  await giveRoles(server, asking)
  for (const [name, Command] of [
    ['disabled', AdminDisableUserCommand],
    ['deleted', AdminDeleteUserCommand],
  ] as const) {
    await addUser(server, people, name)
    const logins = await loginsOf(server, people, name)
    const id = await getId(logins, asking)
    await getCredentials(id, logins)
    await server.clients.idp.send(new Command({ UserPoolId: people.id, Username: name }))
    await assert.rejects(getId(logins, asking), refused)
    await assert.rejects(getToken(id, logins), refused)
    await assert.rejects(getCredentials(id, logins), refused)
  }
})

test('case 24: a disabled identity gets neither token nor credentials', async () => {
  const own = await makeIdentityPool(server, [people])
  await giveRoles(server, own)
  const logins = await loginsOf(server, people, 'ann')
  const id = await getId(logins, own)
  const guest = await getId(undefined, own)
  await getToken(guest, logins)
  await assert.rejects(getToken(guest), refused)
  await assert.rejects(getCredentials(guest), refused)
  assert.notEqual(guest, id)
})

test('case 72: a login of somebody else neither opens nor joins an identity', async () => {
  const own = await makeIdentityPool(server, [people])
  await giveRoles(server, own)
  const ann = await getId(await loginsOf(server, people, 'ann'), own)
  const bobs = await loginsOf(server, people, 'bob')
  const mismatch = { ...refused, message: /^Logins don't match\./ }
  for (let round = 0; round < 2; round++) {
    await assert.rejects(getToken(ann, bobs), mismatch)
    await assert.rejects(getCredentials(ann, bobs), mismatch)
    // The second time bob has an identity of his own.
    assert.notEqual(await getId(bobs, own), ann)
  }
})

test('cases 75, 76: a token for one pool does not open the roles of another, in either flow', async () => {
  const theirs = await makeIdentityPool(server, [people])
  const role = await makeRole(server.clients, 'OfTheOtherPool', {
    trust: trustingIdentities(theirs, 'authenticated'),
  })
  const logins = await loginsOf(server, people, 'ann')
  await enter(role, await getToken(await getId(logins, theirs), logins))
  const denied = { name: 'AccessDenied', message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity' }
  await assert.rejects(enter(role, await getToken(await getId(logins), logins)), denied)
  // A guest of the right pool is no user of it.
  await assert.rejects(enter(role, await getToken(await getId(undefined, theirs))), denied)
})

test('cases 30, 31, 76: STS takes no token of the issuer that its key did not sign', async () => {
  const role = await makeRole(server.clients, 'Guests', { trust: trustingIdentities(pool, 'unauthenticated') })
  const token = await getToken(await getId())
  await enter(role, token)
  const [head, body, signature] = token.split('.') as [string, string, string]
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const read = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString())
  for (const forged of [
    `${head}.${part({ ...read(body), sub: 'us-east-1:00000000-0000-0000-0000-00000000000a' })}.${signature}`,
    `${part({ ...read(head), alg: 'none' })}.${body}.${signature}`,
    `${part({ ...read(head), alg: 'RS256' })}.${body}.${signature}`,
    `${part({ ...read(head), alg: 'HS512' })}.${body}.${signature}`,
    `${part({ ...read(head), kid: 'us-east-19' })}.${body}.${signature}`,
  ]) {
    await assert.rejects(enter(role, forged), { name: 'InvalidIdentityTokenException' })
  }
})

test('case 80: a guest may do no more than guests may, however wide the role', async () => {
  const own = await makeIdentityPool(server, [people], { AllowClassicFlow: false })
  const everything = allowing('*')
  await giveRoles(server, own, { user: everything, guest: everything })
  const read = new GetRoleCommand({ RoleName: 'Guests' })
  const guest = await getCredentials(await getId(undefined, own))
  await assert.rejects(guest.iam.send(read), { name: 'AccessDenied' })
  await guest.identity.send(new ListIdentitiesCommand({ IdentityPoolId: own, MaxResults: 1 }))
  const logins = await loginsOf(server, people, 'ann')
  await (await getCredentials(await getId(logins, own), logins)).iam.send(read)
  // The way round it, a token and a call to STS, is closed.
  await assert.rejects(getToken(await getId(undefined, own)), { name: 'InvalidParameterException' })
})

test('case 80: a pool without guests makes none, and serves none that it had', async () => {
  const own = await makeIdentityPool(server, [people])
  await giveRoles(server, own)
  const guest = await getId(undefined, own)
  await getCredentials(guest)
  await identity().send(
    new UpdateIdentityPoolCommand({
      IdentityPoolId: own,
      IdentityPoolName: 'closed',
      AllowUnauthenticatedIdentities: false,
    }),
  )
  const closed = { ...refused, message: 'Unauthenticated access is not supported for this identity pool.' }
  await assert.rejects(getId(undefined, own), closed)
  await assert.rejects(getCredentials(guest), closed)
  await assert.rejects(getToken(guest), closed)
})

test('case 24: the token of an identity, or of a pool, that was deleted opens no role any more, however long it was to last', async () => {
  const { IdentityPoolId: own = '' } = await identity().send(
    new CreateIdentityPoolCommand({
      ...{ IdentityPoolName: 'made', AllowUnauthenticatedIdentities: false, DeveloperProviderName: 'dev' },
    }),
  )
  const role = await makeRole(server.clients, 'Developers', { trust: trustingIdentities(own, 'authenticated') })
  const join = (user: string) =>
    identity().send(
      new GetOpenIdTokenForDeveloperIdentityCommand({
        ...{ IdentityPoolId: own, Logins: { dev: user }, TokenDuration: 86_400 },
      }),
    )
  const [ann, bob] = await Promise.all([join('ann'), join('bob')])
  await enter(role, ann.Token ?? '')
  await identity().send(new DeleteIdentitiesCommand({ IdentityIdsToDelete: [ann.IdentityId ?? ''] }))
  const gone = { name: 'InvalidIdentityTokenException' }
  await assert.rejects(enter(role, ann.Token ?? ''), gone)
  await enter(role, bob.Token ?? '')
  await identity().send(new DeleteIdentityPoolCommand({ IdentityPoolId: own }))
  await assert.rejects(enter(role, bob.Token ?? ''), gone)
})

test('case 72: a developer provider is not called like a provider whose users would then be its own', async () => {
  const OpenIdConnectProviderARNs = ['arn:aws:iam::000000000000:oidc-provider/login.example.com']
  const named = { IdentityPoolName: 'p', AllowUnauthenticatedIdentities: false, OpenIdConnectProviderARNs }
  const make = (DeveloperProviderName: string) =>
    identity().send(new CreateIdentityPoolCommand({ ...named, DeveloperProviderName }))
  const same = { name: 'InvalidParameterException' }
  await assert.rejects(make('login.example.com'), same)
  const { IdentityPoolId = '' } = await make('example.com')
  const added = { ...named, IdentityPoolId, DeveloperProviderName: 'example.com' }
  const arn = 'arn:aws:iam::000000000000:oidc-provider/example.com'
  await assert.rejects(
    identity().send(new UpdateIdentityPoolCommand({ ...added, OpenIdConnectProviderARNs: [arn] })),
    same,
  )
  await identity().send(new UpdateIdentityPoolCommand(added))
})
