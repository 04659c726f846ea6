/** Attacks by way of other issuers: their tokens at identity pools and STS. The numbers are those of the project's list of cases. */
import assert from 'node:assert/strict'
import { createHmac, createPublicKey } from 'node:crypto'
import { after, before, test } from 'node:test'
import {
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  GetOpenIdTokenCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
} from '@aws-sdk/client-cognito-identity'
import { AdminDeleteUserCommand, AdminDisableUserCommand } from '@aws-sdk/client-cognito-identity-provider'
import { CreateOpenIDConnectProviderCommand, GetRoleCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam'
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  GetCallerIdentityCommand,
} from '@aws-sdk/client-sts'
import { readAccessToken } from '../../src/user-pools/tokens/access-token.ts'
import { signOutEverywhere } from '../../src/user-pools/users/sign-out.ts'
import {
  addUser,
  giveRoles,
  makeIdentityPool,
  makeUserPool,
  tokensOf,
  trustingIdentities,
  type UserPool,
} from '../support/identities.ts'
import { type Issuer, listenLocally, startIssuer } from '../support/issuer.ts'
import { allowing, assume, document, keysOf, makeRole, trusting } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let people: UserPool
let pool: string
let company: Issuer
let role: string
const developer = 'login.mycompany'
const cognito = 'cognito-identity.amazonaws.com'

before(async () => {
  company = await startIssuer()
  server = await startTestServer()
  people = await makeUserPool(server)
  const { OpenIDConnectProviderArn: arn } = await server.clients.iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: company.url, ClientIDList: ['web'] }),
  )
  pool = await makeIdentityPool(server, [people], {
    OpenIdConnectProviderARNs: [arn!],
    DeveloperProviderName: developer,
  })
  await giveRoles(server, pool)
  const trust = document({
    Effect: 'Allow',
    Principal: { Federated: arn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${company.name}:aud`]: 'web' } },
  })
  role = await makeRole(server.clients, 'Company', { trust, policy: allowing('iam:GetRole') })
})
after(async () => {
  await server.close()
  await company.close()
})

type Logins = Record<string, string>
const identity = () => server.clients.identity
const getId = async (Logins?: Logins, IdentityPoolId = pool) =>
  (await identity().send(new GetIdCommand({ IdentityPoolId, Logins }))).IdentityId!
const credentialsOf = async (IdentityId: string, Logins: Logins) => {
  const { Credentials } = await identity().send(new GetCredentialsForIdentityCommand({ IdentityId, Logins }))
  const { SecretKey, ...rest } = Credentials!
  return server.clientsWith(keysOf({ ...rest, SecretAccessKey: SecretKey } as Parameters<typeof keysOf>[0]))
}
const enter = (WebIdentityToken: string, more: Partial<AssumeRoleWithWebIdentityCommandInput> = {}) =>
  server.clients.sts.send(
    new AssumeRoleWithWebIdentityCommand({ RoleArn: role, RoleSessionName: 'me', WebIdentityToken, ...more }),
  )
const claims = () => {
  const now = Math.floor(Date.now() / 1000)
  return { iss: company.url, aud: 'web', sub: 'ann', iat: now, exp: now + 600 }
}
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const both = async (token: string) => {
  await assert.rejects(getId({ [company.name]: token }), { name: 'NotAuthorizedException' })
  await assert.rejects(enter(token), { name: 'InvalidIdentityTokenException' })
}

test('cases 30 and 31: no signature, and one made with the public key as a secret, count for nothing', async () => {
  await enter(await company.sign({ aud: 'web', sub: 'ann' }))
  for (const alg of ['none', 'nOnE', 'None']) {
    const text = `${encode({ alg, kid: 'k1' })}.${encode(claims())}`
    await both(`${text}.`)
    await both(`${text}.AAAA`)
  }
  const { keys } = (await (await fetch(`${company.url}/keys`)).json()) as { keys: [JsonWebKey] }
  const pem = createPublicKey({ key: keys[0] as never, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
  const text = `${encode({ alg: 'HS256', kid: 'k1' })}.${encode(claims())}`
  await both(`${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`)
})

test('case 33: a token does not choose where its key is', async () => {
  const evil = await startIssuer()
  const { keys } = (await (await fetch(`${evil.url}/keys`)).json()) as { keys: [JsonWebKey] }
  const token = await evil.sign({ ...claims(), iss: company.url })
  const [, body, signature] = token.split('.')
  for (const more of [{ jku: `${evil.url}/keys` }, { jwk: keys[0] }, { x5u: `${evil.url}/keys` }]) {
    await both(`${encode({ alg: 'RS256', kid: 'k1', ...more })}.${body}.${signature}`)
  }
  await both(token)
  await evil.close()
})

test('case 73: neither the configuration of an issuer nor its keys are fetched from private addresses, unless allowed', async () => {
  let asked = 0
  const trap = await listenLocally((_, answer) => {
    asked++
    answer.end('{}')
  })
  const careful = await startTestServer({
    privateHosts: [],
    settings: {
      loginProviders: {
        'accounts.google.com': { jwksUri: `${trap.url}/keys` },
        'graph.facebook.com': { url: trap.url },
      },
    },
  })
  const { clients } = careful
  await clients.iam.send(new CreateOpenIDConnectProviderCommand({ Url: trap.url, ClientIDList: ['web'] }))
  const attempts: [string, string?][] = [
    [await company.sign({ iss: trap.url, aud: 'web', sub: 'x' })],
    [await company.sign({ iss: 'https://accounts.google.com', aud: 'web', sub: 'x' })],
    ['token', 'graph.facebook.com'],
  ]
  for (const [WebIdentityToken, ProviderId] of attempts) {
    await assert.rejects(
      clients.sts.send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: role,
          RoleSessionName: 'me',
          WebIdentityToken,
          ...(ProviderId !== undefined && { ProviderId }),
        }),
      ),
      { name: 'IDPCommunicationErrorException' },
    )
  }
  assert.equal(asked, 0)
  await careful.close()
  await trap.close()
})

test("case 76: a token that the provider made for another app, or for nobody's, is neither a login nor a web identity", async () => {
  for (const aud of ['another-app', 'web ', ['another-app'], undefined]) {
    await both(await company.sign({ sub: 'ann', ...(aud !== undefined && { aud }) }))
  }
  await both(await company.sign({ sub: 'ann', aud: 'web', azp: 'another-app' }))
})

test('case 76: the token of a developer opens its own identity of its own pool, and nothing else', async () => {
  const other = await makeIdentityPool(server, [people], { DeveloperProviderName: developer })
  await giveRoles(server, other)
  const tokenOf = (IdentityPoolId: string) =>
    identity().send(
      new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId, Logins: { [developer]: 'same-name' } }),
    )
  const [mine, theirs] = [await tokenOf(pool), await tokenOf(other)]
  await credentialsOf(mine.IdentityId!, { [cognito]: mine.Token! })
  for (const [id, token] of [
    [mine.IdentityId, theirs.Token],
    [theirs.IdentityId, mine.Token],
  ]) {
    await assert.rejects(credentialsOf(id!, { [cognito]: token! }), { name: 'NotAuthorizedException' })
  }
})

test("case 80: a guest's token, and a user's of the classic flow, are not taken for a developer's", async () => {
  const guest = await getId()
  const { Token } = await identity().send(new GetOpenIdTokenCommand({ IdentityId: guest }))
  await assert.rejects(credentialsOf(guest, { [cognito]: Token! }), { name: 'NotAuthorizedException' })
  const logins = { [company.name]: await company.sign({ aud: 'web', sub: 'classic' }) }
  const user = await getId(logins)
  const classic = await identity().send(new GetOpenIdTokenCommand({ IdentityId: user, Logins: logins }))
  await assert.rejects(credentialsOf(user, { [cognito]: classic.Token! }), { name: 'NotAuthorizedException' })
})

test('case 77: a session policy limits what a web identity may do', async () => {
  const token = await company.sign({ aud: 'web', sub: 'ann' })
  const free = server.clientsWith(keysOf((await enter(token)).Credentials))
  await free.iam.send(new GetRoleCommand({ RoleName: 'Company' }))
  const held = server.clientsWith(keysOf((await enter(token, { Policy: allowing('s3:*') })).Credentials))
  await assert.rejects(held.iam.send(new GetRoleCommand({ RoleName: 'Company' })), { name: 'AccessDenied' })
})

test('case 78: nobody speaks for a developer without a signature', async () => {
  const calls = {
    GetOpenIdTokenForDeveloperIdentity: { IdentityPoolId: pool, Logins: { [developer]: 'x' } },
    LookupDeveloperIdentity: { IdentityPoolId: pool, DeveloperUserIdentifier: 'x' },
    MergeDeveloperIdentities: {
      IdentityPoolId: pool,
      SourceUserIdentifier: 'x',
      DestinationUserIdentifier: 'y',
      DeveloperProviderName: developer,
    },
    UnlinkDeveloperIdentity: {
      IdentityPoolId: pool,
      IdentityId: pool,
      DeveloperProviderName: developer,
      DeveloperUserIdentifier: 'x',
    },
  }
  for (const [name, input] of Object.entries(calls)) {
    const { body } = await server.post(`AWSCognitoIdentityService.${name}`, input)
    assert.equal(body.__type, 'MissingAuthenticationTokenException', name)
  }
})

/** A pool that asks the user pool; a role that its classic flow may enter. */
async function makeAsking() {
  const asking = await makeIdentityPool(server, [], {
    CognitoIdentityProviders: [
      { ProviderName: people.provider, ClientId: people.clientId, ServerSideTokenCheck: true },
    ],
  })
  await giveRoles(server, asking)
  return asking
}
let made = 0

test('case 23: where the pool asks, credentials and sessions die with the sign-in that they came from', async () => {
  const asking = await makeAsking()
  await addUser(server, people, 'signs-out')
  const tokens = await tokensOf(server, people, 'signs-out')
  const logins = { [people.provider]: tokens.IdToken }
  const id = await getId(logins, asking)
  const { Token } = await identity().send(new GetOpenIdTokenCommand({ IdentityId: id, Logins: logins }))
  const trust = trustingIdentities(asking, 'authenticated')
  const RoleArn = await makeRole(server.clients, `Classic${++made}`, { trust })
  const classic = server.clientsWith(keysOf((await enter(Token!, { RoleArn })).Credentials))
  const enhanced = await credentialsOf(id, logins)
  const next = await makeRole(server.clients, `Next${made}`, { trust: trusting() })
  await server.clients.iam.send(
    new PutRolePolicyCommand({
      RoleName: `Classic${made}`,
      PolicyName: 'p',
      PolicyDocument: allowing('sts:AssumeRole', next),
    }),
  )
  const chained = await assume(server, classic, next)
  const sessions = [classic, enhanced, chained]
  for (const clients of sessions) await clients.sts.send(new GetCallerIdentityCommand({}))
  const { pool: userPool, user } = await readAccessToken(server.world, tokens.AccessToken)
  await signOutEverywhere(server.world, userPool, user.sub)
  for (const { sts } of sessions) {
    await assert.rejects(sts.send(new GetCallerIdentityCommand({})), { name: 'InvalidClientTokenId' })
  }
})

test('case 24: where the pool asks, the credentials of a disabled and of a deleted user are dead', async () => {
  const asking = await makeAsking()
  for (const [name, Command] of [
    ['is-disabled', AdminDisableUserCommand],
    ['is-deleted', AdminDeleteUserCommand],
  ] as const) {
    await addUser(server, people, name)
    const logins = { [people.provider]: (await tokensOf(server, people, name)).IdToken }
    const { sts } = await credentialsOf(await getId(logins, asking), logins)
    await sts.send(new GetCallerIdentityCommand({}))
    await server.clients.idp.send(new Command({ UserPoolId: people.id, Username: name }))
    await assert.rejects(sts.send(new GetCallerIdentityCommand({})), { name: 'InvalidClientTokenId' })
  }
})
