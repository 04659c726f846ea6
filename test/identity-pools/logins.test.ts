/** Logins of providers elsewhere, through the SDK against issuers of this machine: social, OpenID Connect, SAML, user pools. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  DescribeIdentityCommand,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  GetOpenIdTokenCommand,
  SetIdentityPoolRolesCommand,
  SetPrincipalTagAttributeMapCommand,
  UnlinkIdentityCommand,
} from '@aws-sdk/client-cognito-identity'
import {
  CreateOpenIDConnectProviderCommand,
  CreateSAMLProviderCommand,
  ListRolesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam'
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { fromCognitoIdentityPool } from '@aws-sdk/credential-providers'
import { decodeJwt, type JWTPayload } from 'jose'
import {
  addUser,
  giveRoles,
  loginsOf,
  makeIdentityPool,
  makeUserPool,
  trustingIdentities,
  type UserPool,
} from '../support/identities.ts'
import { type Issuer, startIssuer, startShown } from '../support/issuer.ts'
import { allowing, document, makeRole } from '../support/roles.ts'
import {
  encode,
  type IdpKey,
  idpEntity,
  makeIdpKey,
  makeMetadata,
  responseXml,
  signXml,
} from '../support/saml-messages.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let people: UserPool
let pool: string
const issuers: Record<'google' | 'apple' | 'company' | 'elsewhere', Issuer> = {} as never
let shown: Awaited<ReturnType<typeof startShown>>
let companyArn: string
let samlArn: string
let samlKey: IdpKey
const google = 'accounts.google.com'
const apple = 'appleid.apple.com'
const facebook = 'graph.facebook.com'
const amazon = 'www.amazon.com'
/** A user pool of AWS, by its name as a provider. */
const elsewhere = 'cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Elsewhere'

before(async () => {
  issuers.google = await startIssuer({ issuer: `https://${google}` })
  issuers.apple = await startIssuer({ issuer: `https://${apple}`, alg: 'ES256' })
  issuers.company = await startIssuer()
  issuers.elsewhere = await startIssuer({ issuer: `https://${elsewhere}` })
  shown = await startShown({
    'fb-ann': { user: '1001', app: '424242' },
    'fb-bob': { user: '1002', app: '424242' },
    'fb-cat': { user: '1003', app: '424242' },
    'fb-other-app': { user: '1001', app: '999' },
    'amzn-ann': { user: 'amzn1.account.ANN', app: 'amzn1.application.x' },
  })
  const keys = (issuer: Issuer) => ({ jwksUri: `${issuer.url}/keys` })
  server = await startTestServer({
    settings: {
      loginProviders: {
        [google]: keys(issuers.google),
        [apple]: keys(issuers.apple),
        [elsewhere]: keys(issuers.elsewhere),
        [facebook]: { url: shown.url },
        [amazon]: { url: shown.url },
      },
    },
  })
  people = await makeUserPool(server)
  for (const name of ['ann', 'bob']) await addUser(server, people, name)
  const { iam } = server.clients
  const registered = await iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: issuers.company.url, ClientIDList: ['web', 'mobile'] }),
  )
  companyArn = registered.OpenIDConnectProviderArn!
  samlKey = await makeIdpKey()
  const SAMLMetadataDocument = makeMetadata({ keys: [samlKey] })
  samlArn = (await iam.send(new CreateSAMLProviderCommand({ Name: 'Office', SAMLMetadataDocument }))).SAMLProviderArn!
  pool = await makeIdentityPool(server, [people], {
    AllowUnauthenticatedIdentities: true,
    SupportedLoginProviders: {
      [google]: 'google-app',
      [apple]: 'com.example.app',
      [facebook]: '424242',
      [amazon]: 'amzn1.application.x',
    },
    OpenIdConnectProviderARNs: [companyArn],
    SamlProviderARNs: [samlArn],
    CognitoIdentityProviders: [
      { ProviderName: people.provider, ClientId: people.clientId },
      { ProviderName: elsewhere, ClientId: 'elsewhereclient' },
    ],
  })
  await giveRoles(server, pool)
})
after(async () => {
  await server.close()
  await shown.close()
  for (const issuer of Object.values(issuers)) await issuer.close()
})

type Logins = Record<string, string>
const identity = () => server.clients.identity
const getId = async (Logins?: Logins, IdentityPoolId = pool) =>
  (await identity().send(new GetIdCommand({ IdentityPoolId, Logins }))).IdentityId!
const getToken = async (IdentityId: string, Logins?: Logins) =>
  decodeJwt((await identity().send(new GetOpenIdTokenCommand({ IdentityId, Logins }))).Token!)
const credentialsOf = async (IdentityId: string, Logins?: Logins, CustomRoleArn?: string) => {
  const { Credentials } = await identity().send(
    new GetCredentialsForIdentityCommand({ IdentityId, Logins, CustomRoleArn }),
  )
  return server.clientsWith({
    accessKeyId: Credentials!.AccessKeyId!,
    secretAccessKey: Credentials!.SecretKey!,
    sessionToken: Credentials!.SessionToken!,
  })
}
const refusal = (message: string) => ({ name: 'NotAuthorizedException', message })
const unsupported = refusal('Token is not from a supported provider of this identity pool.')
const unverified = refusal("Invalid login token. Couldn't verify signed token.")
const roleOf = async (clients: Awaited<ReturnType<typeof credentialsOf>>) =>
  (await clients.sts.send(new GetCallerIdentityCommand({}))).Arn?.split('/')[1]

const byGoogle = async (more: JWTPayload = {}) => ({
  [google]: await issuers.google.sign({ aud: 'google-app', sub: 'g-ann', ...more }),
})
const byCompany = async (more: JWTPayload = {}) => ({
  [issuers.company.name]: await issuers.company.sign({ aud: 'web', sub: 'c-ann', ...more }),
})

const attribute = (name: string, ...values: string[]) =>
  `<saml:Attribute Name="${name}">${values.map((one) => `<saml:AttributeValue>${one}</saml:AttributeValue>`).join('')}</saml:Attribute>`
let made = 0
function bySaml(
  nameId: string,
  attributes = '',
  more: { now?: number; recipient?: string; key?: IdpKey } = {},
): Logins {
  const { now = server.world.now(), recipient = 'https://signin.aws.amazon.com/saml', key = samlKey } = more
  const xml = responseXml({
    nameId,
    now,
    id: `_a${made++}`,
    recipient,
    destination: recipient,
    audience: 'urn:amazon:webservices',
    issuer: idpEntity,
    attributes: `<saml:AttributeStatement>${attributes}${attribute('department', 'blue')}</saml:AttributeStatement>`,
  })
  return { [samlArn]: encode(signXml(xml, 'Assertion', key)) }
}

describe('Google and Apple', () => {
  test('let their users in, with the same identity every time and credentials by the SDK provider', async () => {
    const id = await getId(await byGoogle())
    assert.equal(await getId(await byGoogle()), id)
    assert.notEqual(await getId(await byGoogle({ sub: 'g-bob' })), id)
    const given = await fromCognitoIdentityPool({
      identityPoolId: pool,
      logins: await byGoogle(),
      clientConfig: { endpoint: server.endpoint, region: 'us-east-1' },
    })()
    assert.equal(given.identityId, id)
    await server.clientsWith(given).sts.send(new GetCallerIdentityCommand({}))
    assert.deepEqual((await getToken(id, await byGoogle()))['amr'], ['authenticated', google])
    await getId({ [apple]: await issuers.apple.sign({ aud: 'com.example.app', sub: 'a-ann' }) })
  })

  test('a token is taken of either form of the issuer of Google, and by azp before aud', async () => {
    const id = await getId(await byGoogle())
    assert.equal(await getId(await byGoogle({ iss: google })), id)
    assert.equal(await getId(await byGoogle({ azp: 'google-app', aud: 'backend' })), id)
    await assert.rejects(getId(await byGoogle({ azp: 'other', aud: 'google-app' })), unsupported)
  })

  test('refuses another app, another issuer, another key, an old token, and one of another provider', async () => {
    await assert.rejects(getId(await byGoogle({ aud: 'somebody-else' })), unsupported)
    await assert.rejects(
      getId(await byGoogle({ aud: undefined as never })),
      refusal('Invalid login token. Missing a required claim: aud'),
    )
    await assert.rejects(
      getId(await byGoogle({ iss: 'https://accounts.google.com.evil.example' })),
      refusal("Invalid login token. Issuer doesn't match providerName"),
    )
    const forged = await issuers.apple.sign({ iss: `https://${google}`, aud: 'google-app', sub: 'g-ann' })
    await assert.rejects(getId({ [google]: forged }), unverified)
    const [head, body] = (await byGoogle())[google]!.split('.')
    await assert.rejects(getId({ [google]: `${head}.${body}.AAAA` }), unverified)
    const old = Math.floor(Date.now() / 1000) - 301
    await assert.rejects(getId(await byGoogle({ exp: old })), /Invalid login token. Token expired: \d+ >= \d+/)
    await getId(await byGoogle({ exp: old + 60 }))
    await assert.rejects(getId({ [apple]: (await byGoogle())[google]! }), /Issuer doesn't match/)
  })
})

test('a name that is nobody in particular is not asked for its keys', async () => {
  const own = await makeIdentityPool(server, [], { SupportedLoginProviders: { 'api.twitter.com': 'key;secret' } })
  const token = await issuers.google.sign({ iss: 'https://api.twitter.com', aud: 'key;secret', sub: 'x' })
  for (const one of ['token;secret', token]) await assert.rejects(getId({ 'api.twitter.com': one }, own), unsupported)
})

describe('Facebook and Amazon', () => {
  test('are asked whose the token is', async () => {
    const id = await getId({ [facebook]: 'fb-ann' })
    assert.equal(await getId({ [facebook]: 'fb-ann' }), id)
    assert.notEqual(await getId({ [facebook]: 'fb-bob' }), id)
    await credentialsOf(id, { [facebook]: 'fb-ann' })
    await getId({ [amazon]: 'amzn-ann' })
  })

  test('a token of another app, one that nobody knows and a provider that does not answer let nobody in', async () => {
    await assert.rejects(getId({ [facebook]: 'fb-other-app' }), unsupported)
    await assert.rejects(getId({ [facebook]: 'forged' }), { name: 'NotAuthorizedException' })
    await assert.rejects(getId({ [amazon]: 'fb-ann' }), unsupported)
    await assert.rejects(getId({ [facebook]: 'broken' }), { name: 'ExternalServiceException' })
  })
})

describe('a provider of OpenID Connect registered in IAM', () => {
  test('lets its users in for each of its client ids, and no others', async () => {
    const id = await getId(await byCompany())
    assert.equal(await getId(await byCompany({ aud: 'mobile' })), id)
    await assert.rejects(getId(await byCompany({ aud: 'unknown' })), unsupported)
    const without = await makeIdentityPool(server, [people])
    await assert.rejects(getId(await byCompany(), without), unsupported)
  })

  test('has mappings and tags by its ARN', async () => {
    const own = await makeIdentityPool(server, [], { OpenIdConnectProviderARNs: [companyArn] })
    const { authenticated } = await giveRoles(server, own)
    const admins = await makeRole(server.clients, 'CompanyAdmins', {
      trust: trustingIdentities(own, 'authenticated', ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession']),
    })
    const Rules = [
      { Claim: 'groups', MatchType: 'Contains' as const, Value: 'admin', RoleARN: admins },
      { Claim: 'level', MatchType: 'StartsWith' as const, Value: 'top', RoleARN: admins },
    ]
    await identity().send(
      new SetIdentityPoolRolesCommand({
        IdentityPoolId: own,
        Roles: { authenticated },
        RoleMappings: {
          [companyArn]: { Type: 'Rules', AmbiguousRoleResolution: 'AuthenticatedRole', RulesConfiguration: { Rules } },
        },
      }),
    )
    await identity().send(
      new SetPrincipalTagAttributeMapCommand({
        IdentityPoolId: own,
        IdentityProviderName: companyArn,
        PrincipalTags: { team: 'team' },
      }),
    )
    await server.clients.iam.send(
      new PutRolePolicyCommand({
        RoleName: 'CompanyAdmins',
        PolicyName: 'p',
        PolicyDocument: document({
          Effect: 'Allow',
          Action: 'iam:ListRoles',
          Resource: '*',
          Condition: { StringEquals: { 'aws:PrincipalTag/team': 'blue' } },
        }),
      }),
    )
    const roleFor = async (claims: JWTPayload) => {
      const logins = await byCompany(claims)
      return roleOf(await credentialsOf(await getId(logins, own), logins))
    }
    assert.equal(await roleFor({}), authenticated.split('/')[1])
    assert.equal(await roleFor({ groups: ['staff', 'admins'] }), 'CompanyAdmins')
    assert.equal(await roleFor({ level: 'top-1' }), 'CompanyAdmins')
    const logins = await byCompany({ level: 'top', team: 'blue' })
    await (await credentialsOf(await getId(logins, own), logins)).iam.send(new ListRolesCommand({}))
    const other = await byCompany({ level: 'top', team: 'red' })
    await assert.rejects((await credentialsOf(await getId(other, own), other)).iam.send(new ListRolesCommand({})), {
      name: 'AccessDenied',
    })
  })
})

describe('a SAML provider registered in IAM', () => {
  const role = 'https://aws.amazon.com/SAML/Attributes/Role'

  test('lets its users in by a signed assertion, every time as the same', async () => {
    const id = await getId(bySaml('ada'))
    assert.equal(await getId(bySaml('ada')), id)
    assert.notEqual(await getId(bySaml('bea')), id)
    await credentialsOf(id, bySaml('ada'))
  })

  test('offers roles of its own; of several the caller chooses', async () => {
    const trust = trustingIdentities(pool, 'authenticated')
    const [one, two] = [
      await makeRole(server.clients, 'SamlOne', { trust }),
      await makeRole(server.clients, 'SamlTwo', { trust }),
    ]
    const id = await getId(bySaml('ada'))
    const single = () => bySaml('ada', attribute(role, `${one},${samlArn}`))
    assert.equal(await roleOf(await credentialsOf(id, single())), 'SamlOne')
    const both = () => bySaml('ada', attribute(role, `${one},${samlArn}`, `${samlArn},${two}`))
    assert.equal(await roleOf(await credentialsOf(id, both(), two)), 'SamlTwo')
    await assert.rejects(credentialsOf(id, both()), { name: 'InvalidParameterException' })
    await assert.rejects(credentialsOf(id, single(), two), { name: 'NotAuthorizedException' })
  })

  test('refuses what another key signed, what is old, for somebody else, or cut', async () => {
    await assert.rejects(getId(bySaml('ada', '', { key: await makeIdpKey() })), unverified)
    await assert.rejects(getId(bySaml('ada', '', { recipient: 'https://other.example/saml' })), unverified)
    await assert.rejects(getId(bySaml('ada', '', { now: server.world.now() - 600_000 })), /Token expired/)
    await assert.rejects(getId({ [samlArn]: 'eA==' }), unverified)
    await assert.rejects(getId({ [samlArn.replace('Office', 'Other')]: bySaml('ada')[samlArn]! }), unsupported)
  })
})

describe('a user pool elsewhere', () => {
  const sign = (more: JWTPayload = {}) =>
    issuers.elsewhere.sign({ aud: 'elsewhereclient', sub: 'e-ann', token_use: 'id', event_id: 'x', ...more })

  test('lets its users in as a pool of this server does', async () => {
    const logins = { [elsewhere]: await sign() }
    const id = await getId(logins)
    assert.equal(await getId({ [elsewhere]: await sign() }), id)
    assert.deepEqual((await getToken(id, logins))['amr'], [
      'authenticated',
      elsewhere,
      `${elsewhere}:CognitoSignIn:e-ann`,
    ])
  })

  test('refuses an access token, another client, and where a check is demanded that nobody can make', async () => {
    const use = refusal('Invalid login token. Missing a required claim: aud')
    await assert.rejects(getId({ [elsewhere]: await sign({ token_use: 'access' }) }), use)
    await assert.rejects(getId({ [elsewhere]: await sign({ aud: 'other' }) }), unsupported)
    const checked = await makeIdentityPool(server, [], {
      CognitoIdentityProviders: [{ ProviderName: elsewhere, ClientId: 'elsewhereclient', ServerSideTokenCheck: true }],
    })
    await assert.rejects(getId({ [elsewhere]: await sign() }, checked), /Token has been revoked/)
  })
})

describe('several logins of different providers', () => {
  test('are linked, merged when two identities turn out to be one, and unlinked', async () => {
    const [ann, saml] = [await loginsOf(server, people, 'ann'), bySaml('ann-at-work')]
    const first = await getId(ann)
    const second = await getId({ ...saml, [facebook]: 'fb-cat' })
    assert.notEqual(first, second)
    assert.equal(await getId({ ...ann, [facebook]: 'fb-cat' }), first)
    assert.equal(await getId(bySaml('ann-at-work')), first)
    const { Logins } = await identity().send(new DescribeIdentityCommand({ IdentityId: first }))
    assert.deepEqual(Logins, [samlArn, people.provider, facebook].sort())
    await identity().send(
      new UnlinkIdentityCommand({ IdentityId: first, Logins: ann, LoginsToRemove: [facebook, samlArn] }),
    )
    assert.notEqual(await getId({ [facebook]: 'fb-cat' }), first)
    assert.equal(await getId(ann), first)
  })

  test('at once, in parallel, end at one identity', async () => {
    const bob = await loginsOf(server, people, 'bob')
    const links = [await byGoogle({ sub: 'g-par' }), await byCompany({ sub: 'c-par' }), bySaml('par')]
    const ids = await Promise.all(
      Array.from({ length: 12 }, (_, index) => getId({ ...bob, ...links[index % links.length] })),
    )
    assert.equal(new Set(ids).size, 1)
    for (const login of [await byGoogle({ sub: 'g-par' }), await byCompany({ sub: 'c-par' }), bySaml('par')]) {
      assert.equal(await getId(login), ids[0])
    }
  })

  test('of one provider are a conflict', async () => {
    const id = await getId({ ...(await byGoogle({ sub: 'g-1' })), [amazon]: 'amzn-ann' })
    assert.ok(id)
    await assert.rejects(getId({ ...(await byGoogle({ sub: 'g-2' })), [amazon]: 'amzn-ann' }), {
      name: 'ResourceConflictException',
    })
  })

  test('by the classic flow reach a role that wants the provider', async () => {
    const cognito = 'cognito-identity.amazonaws.com'
    const trust = document({
      Effect: 'Allow',
      Principal: { Federated: cognito },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: { [`${cognito}:aud`]: pool },
        'ForAnyValue:StringEquals': { [`${cognito}:amr`]: google },
      },
    })
    const RoleArn = await makeRole(server.clients, 'GoogleOnly', { trust, policy: allowing('iam:GetRole') })
    const enter = async (logins: Logins) => {
      const IdentityId = await getId(logins)
      const { Token: WebIdentityToken } = await identity().send(
        new GetOpenIdTokenCommand({ IdentityId, Logins: logins }),
      )
      return server.clients.sts.send(
        new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'me', WebIdentityToken }),
      )
    }
    await enter(await byGoogle({ sub: 'classic' }))
    await assert.rejects(enter({ [facebook]: 'fb-ann' }), { name: 'AccessDenied' })
  })
})
