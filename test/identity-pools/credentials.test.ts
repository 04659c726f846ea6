/** What identities get, through the SDK and its credential providers: credentials in both flows, and the token between. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  GetOpenIdTokenCommand,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { fromCognitoIdentity, fromCognitoIdentityPool } from '@aws-sdk/credential-providers'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { addUser, giveRoles, loginsOf, makeIdentityPool, makeUserPool, type UserPool } from '../support/identities.ts'
import { account, allowing, document, keysOf } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let people: UserPool
let pool: string
let roles: { authenticated: string; unauthenticated: string }
const cognito = 'cognito-identity.amazonaws.com'

before(async () => {
  server = await startTestServer()
  people = await makeUserPool(server)
  for (const name of ['ann', 'bob']) await addUser(server, people, name)
  pool = await makeIdentityPool(server, [people])
  roles = await giveRoles(server, pool, {
    user: document({
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:PutObject'],
      Resource: `arn:aws:s3:::photos/users/\${${cognito}:sub}/*`,
    }),
    guest: allowing(['iam:GetRole', 's3:GetObject'], '*'),
  })
  await server.clients.s3.send(new CreateBucketCommand({ Bucket: 'photos' }))
})
after(() => server.close())

type Logins = Record<string, string>
const identity = () => server.clients.identity
const getId = async (Logins?: Logins, IdentityPoolId = pool) =>
  (await identity().send(new GetIdCommand({ IdentityPoolId, Logins }))).IdentityId!
const getCredentials = (IdentityId: string, Logins?: Logins, CustomRoleArn?: string) =>
  identity().send(new GetCredentialsForIdentityCommand({ IdentityId, Logins, CustomRoleArn }))
const getToken = async (IdentityId: string, Logins?: Logins) =>
  (await identity().send(new GetOpenIdTokenCommand({ IdentityId, Logins }))).Token!
const at = (name: string) => loginsOf(server, people, name)
const misconfigured = {
  name: 'InvalidIdentityPoolConfigurationException',
  message: 'Invalid identity pool configuration. Check assigned IAM roles for this pool.',
}
const clientsOf = ({ Credentials }: Awaited<ReturnType<typeof getCredentials>>) =>
  server.clientsWith({
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretKey!,
    sessionToken: Credentials!.SessionToken!,
  })

describe('GetCredentialsForIdentity', () => {
  test('refuses the wrong type and the wrong value', async () => {
    await assert.rejects(getCredentials({} as never), { name: 'SerializationException' })
    await assert.rejects(getCredentials('x'), { name: 'ValidationException' })
  })

  test('gives a user one hour as the role of users', async () => {
    const logins = await at('ann')
    const id = await getId(logins)
    const given = await getCredentials(id, logins)
    assert.equal(given.IdentityId, id)
    assert.match(given.Credentials?.AccessKeyId ?? '', /^ASIA/)
    const left = given.Credentials!.Expiration!.getTime() - server.world.now()
    assert.ok(left > 3590_000 && left <= 3601_000, `${left}`)
    const { Arn } = await clientsOf(given).sts.send(new GetCallerIdentityCommand({}))
    const name = roles.authenticated.split('/')[1]
    assert.equal(Arn, `arn:aws:sts::${account}:assumed-role/${name}/CognitoIdentityCredentials`)
  })

  test('gives a guest the role of guests, without logins and only without', async () => {
    const { Arn } = await clientsOf(await getCredentials(await getId())).sts.send(new GetCallerIdentityCommand({}))
    assert.match(Arn ?? '', new RegExp(roles.unauthenticated.split('/')[1]!))
    const id = await getId(await at('ann'))
    await assert.rejects(getCredentials(id), {
      name: 'NotAuthorizedException',
      message: `Access to Identity '${id}' is forbidden.`,
    })
  })

  test('blames the pool where it has no role, or STS refuses the role it has', async () => {
    const bare = await makeIdentityPool(server, [people])
    await assert.rejects(getCredentials(await getId(undefined, bare)), misconfigured)
    // These roles trust the other pool.
    await identity().send(new SetIdentityPoolRolesCommand({ IdentityPoolId: bare, Roles: roles }))
    await assert.rejects(getCredentials(await getId(undefined, bare)), misconfigured)
    const gone = { authenticated: `arn:aws:iam::${account}:role/gone` }
    await identity().send(new SetIdentityPoolRolesCommand({ IdentityPoolId: bare, Roles: gone }))
    const logins = await at('ann')
    await assert.rejects(getCredentials(await getId(logins, bare), logins), misconfigured)
  })

  test('refuses a role of the caller’s own choice', async () => {
    const logins = await at('ann')
    await assert.rejects(getCredentials(await getId(logins), logins, roles.unauthenticated), {
      name: 'NotAuthorizedException',
      message: `Access to Role '${roles.unauthenticated}' is forbidden.`,
    })
  })
})

describe("the SDK's credential providers", () => {
  const clientConfig = () => ({ endpoint: server.endpoint, region: 'us-east-1' })
  const s3With = (credentials: ReturnType<typeof fromCognitoIdentityPool>) =>
    new S3Client({ ...clientConfig(), credentials, forcePathStyle: true, maxAttempts: 1 })

  test("fromCognitoIdentityPool opens a user's own folder and no other", async () => {
    const logins = await at('ann')
    const id = await getId(logins)
    const credentials = fromCognitoIdentityPool({ identityPoolId: pool, logins, clientConfig: clientConfig() })
    assert.equal((await credentials()).identityId, id)
    const s3 = s3With(credentials)
    const put = (Key: string) => s3.send(new PutObjectCommand({ Bucket: 'photos', Key, Body: 'picture' }))
    await put(`users/${id}/cat.jpg`)
    const read = await s3.send(new GetObjectCommand({ Bucket: 'photos', Key: `users/${id}/cat.jpg` }))
    assert.equal(await read.Body?.transformToString(), 'picture')
    await assert.rejects(put(`users/${await getId(await at('bob'))}/cat.jpg`), { name: 'AccessDenied' })
  })

  test('fromCognitoIdentityPool makes a guest', async () => {
    const given = await fromCognitoIdentityPool({ identityPoolId: pool, clientConfig: clientConfig() })()
    assert.match(given.identityId, /^us-east-1:/)
    const { Arn } = await server.clientsWith(given).sts.send(new GetCallerIdentityCommand({}))
    assert.match(Arn ?? '', new RegExp(roles.unauthenticated.split('/')[1]!))
  })

  test('fromCognitoIdentity takes an identity and its logins', async () => {
    const logins = await at('bob')
    const identityId = await getId(logins)
    const given = await fromCognitoIdentity({ identityId, logins, clientConfig: clientConfig() })()
    await server.clientsWith(given).sts.send(new GetCallerIdentityCommand({}))
  })
})

describe('GetOpenIdToken', () => {
  const issuer = () => `${server.endpoint}/cognito-identity`
  const keys = () => createRemoteJWKSet(new URL(`${issuer()}/.well-known/jwks_uri`))

  test('tells of a user who they are and how they proved it, signed with a published key', async () => {
    const logins = await at('ann')
    const id = await getId(logins)
    const { payload, protectedHeader } = await jwtVerify(await getToken(id, logins), keys(), {
      issuer: issuer(),
      audience: pool,
      algorithms: ['RS512'],
    })
    const { sub } = JSON.parse(Buffer.from(logins[people.provider]!.split('.')[1]!, 'base64url').toString())
    const { iat, exp, ...claims } = payload
    assert.deepEqual(protectedHeader, { kid: 'us-east-11', typ: 'JWS', alg: 'RS512' })
    assert.equal(exp! - iat!, 600)
    assert.deepEqual(claims, {
      sub: id,
      aud: pool,
      amr: ['authenticated', people.provider, `${people.provider}:CognitoSignIn:${sub}`],
      iss: issuer(),
      'https://cognito-identity.amazonaws.com/identity-pool-arn': `arn:aws:cognito-identity:us-east-1:${account}:identitypool/${pool}`,
    })
  })

  test('tells of a guest that they are one', async () => {
    const { payload } = await jwtVerify(await getToken(await getId()), keys(), { issuer: issuer() })
    assert.deepEqual(payload['amr'], ['unauthenticated'])
  })

  test('opens the role of the caller’s choice at STS, under a name of their own', async () => {
    const token = await getToken(await getId())
    const assumed = await server.clients.sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: roles.unauthenticated,
        RoleSessionName: 'mine',
        WebIdentityToken: token,
      }),
    )
    assert.equal(assumed.Audience, pool)
    const { Arn } = await server.clientsWith(keysOf(assumed.Credentials)).sts.send(new GetCallerIdentityCommand({}))
    assert.match(Arn ?? '', /\/mine$/)
  })

  test('is closed by AllowClassicFlow false and by role mappings, and open where nothing was said', async () => {
    const closed = await makeIdentityPool(server, [people], { AllowClassicFlow: false })
    await assert.rejects(getToken(await getId(undefined, closed)), {
      name: 'InvalidParameterException',
      message: 'Basic (classic) flow is not enabled, please use enhanced flow.',
    })
    const mapped = await makeIdentityPool(server, [people])
    await getToken(await getId(undefined, mapped))
    await identity().send(
      new SetIdentityPoolRolesCommand({
        IdentityPoolId: mapped,
        Roles: {},
        RoleMappings: {
          [`${people.provider}:${people.clientId}`]: { Type: 'Token', AmbiguousRoleResolution: 'Deny' },
        },
      }),
    )
    await assert.rejects(getToken(await getId(undefined, mapped)), {
      name: 'InvalidParameterException',
      message: 'Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.',
    })
  })

  test('gives a token that dies after ten minutes', async () => {
    const token = await getToken(await getId())
    server.world.clock.advance(601_000)
    await assert.rejects(
      server.clients.sts.send(
        new AssumeRoleWithWebIdentityCommand({
          RoleArn: roles.unauthenticated,
          RoleSessionName: 'late',
          WebIdentityToken: token,
        }),
      ),
      {
        name: 'ExpiredTokenException',
        message: /^Token expired: current date\/time \d{10} must be before the expiration date\/time \d{10}$/,
      },
    )
  })
})

describe('the issuer', () => {
  test('publishes where its keys are, for pages of any origin, for caches', async () => {
    const issuer = `${server.endpoint}/cognito-identity`
    const answer = await fetch(`${issuer}/.well-known/openid-configuration`)
    assert.equal(answer.headers.get('access-control-allow-origin'), '*')
    assert.match(answer.headers.get('cache-control') ?? '', /max-age=\d{4,}/)
    const configuration = (await answer.json()) as { issuer: string; jwks_uri: string }
    assert.equal(configuration.issuer, issuer)
    const keySets = await Promise.all(
      [configuration.jwks_uri, `${issuer}/.well-known/jwks.json`].map(async (url) => (await fetch(url)).json()),
    )
    assert.deepEqual(keySets[0], keySets[1])
    const [key] = (keySets[0] as { keys: Record<string, string>[] }).keys
    assert.deepEqual(Object.keys(key!).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use'])
    assert.equal(key!['alg'], 'RS512')
  })

  test('answers no other path', async () => {
    assert.equal((await fetch(`${server.endpoint}/cognito-identity/.well-known/other`)).status, 404)
  })
})
