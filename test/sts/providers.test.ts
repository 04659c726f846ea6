/** AssumeRoleWithWebIdentity with tokens of other issuers, through the SDK: registered ones, Google, user pools, Facebook and Amazon. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { CreateOpenIDConnectProviderCommand, ListRolesCommand } from '@aws-sdk/client-iam'
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  GetCallerIdentityCommand,
} from '@aws-sdk/client-sts'
import { fromWebToken } from '@aws-sdk/credential-providers'
import type { JWTPayload } from 'jose'
import { addUser, makeUserPool, tokensOf } from '../support/identities.ts'
import { type Issuer, startIssuer, startShown } from '../support/issuer.ts'
import { allowing, document, keysOf, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let company: Issuer
let google: Issuer
let github: Issuer
let arn: string
let shown: Awaited<ReturnType<typeof startShown>>

before(async () => {
  company = await startIssuer({ alg: 'ES256' })
  google = await startIssuer({ issuer: 'https://accounts.google.com' })
  github = await startIssuer({ issuer: 'https://token.actions.githubusercontent.com' })
  shown = await startShown({ 'fb-ann': { user: '1001', app: '424242' } })
  server = await startTestServer({
    settings: {
      loginProviders: {
        'accounts.google.com': { jwksUri: `${google.url}/keys` },
        'token.actions.githubusercontent.com': { jwksUri: `${github.url}/keys` },
        'graph.facebook.com': { url: shown.url },
      },
    },
  })
  const made = await server.clients.iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: company.url, ClientIDList: ['web'] }),
  )
  arn = made.OpenIDConnectProviderArn!
})
after(async () => {
  await server.close()
  for (const one of [company, google, github, shown]) await one.close()
})

const trustingProvider = (provider: string, condition: object, actions: string[] = []) =>
  document({
    Effect: 'Allow',
    Principal: { Federated: provider },
    Action: ['sts:AssumeRoleWithWebIdentity', ...actions],
    Condition: condition,
  })
const trustingCompany = (more: object = {}, actions: string[] = []) =>
  trustingProvider(arn, { StringEquals: { [`${company.name}:aud`]: 'web', ...more } }, actions)
const sign = (more: JWTPayload = {}) => company.sign({ aud: 'web', sub: 'company-ann', ...more })
const enter = (RoleArn: string, WebIdentityToken: string, more: Partial<AssumeRoleWithWebIdentityCommandInput> = {}) =>
  server.clients.sts.send(
    new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'me', WebIdentityToken, ...more }),
  )
const denied = { name: 'AccessDenied', message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity' }
const invalid = (message: string) => ({ name: 'InvalidIdentityTokenException', message })

describe('a provider registered in IAM', () => {
  test('lets its users into the roles that trust it, and says who they are', async () => {
    const role = await makeRole(server.clients, 'Company', {
      trust: trustingCompany(),
      policy: allowing('iam:ListRoles'),
    })
    const answer = await enter(role, await sign())
    assert.equal(answer.SubjectFromWebIdentityToken, 'company-ann')
    assert.equal(answer.Audience, 'web')
    assert.equal(answer.Provider, arn)
    const { iam, sts } = server.clientsWith(keysOf(answer.Credentials))
    await iam.send(new ListRolesCommand({}))
    assert.match((await sts.send(new GetCallerIdentityCommand({}))).Arn!, /assumed-role\/Company\/me$/)
  })

  test('serves the credential provider of the SDK', async () => {
    const role = await makeRole(server.clients, 'ByToken', { trust: trustingCompany() })
    const clientConfig = { endpoint: server.endpoint, region: 'us-east-1' }
    const given = await fromWebToken({ roleArn: role, webIdentityToken: await sign(), clientConfig })()
    const keys = { accessKeyId: given.accessKeyId, secretAccessKey: given.secretAccessKey }
    const { sts } = server.clientsWith({ ...keys, sessionToken: given.sessionToken! })
    await sts.send(new GetCallerIdentityCommand({}))
  })

  test('has condition keys under its own name, in the trust policy and afterwards', async () => {
    const trust = trustingCompany({
      [`${company.name}:sub`]: 'company-ann',
      [`${company.name}:email`]: 'ann@example.com',
    })
    const policy = document({
      Effect: 'Allow',
      Action: 'iam:ListRoles',
      Resource: '*',
      Condition: { StringEquals: { [`${company.name}:sub`]: 'company-ann', 'aws:FederatedProvider': arn } },
    })
    const role = await makeRole(server.clients, 'OnlyAnn', { trust, policy })
    const { Credentials } = await enter(role, await sign({ email: 'ann@example.com' }))
    await server.clientsWith(keysOf(Credentials)).iam.send(new ListRolesCommand({}))
    await assert.rejects(enter(role, await sign({ email: 'bob@example.com' })), denied)
    await assert.rejects(enter(role, await sign({ sub: 'company-bob', email: 'ann@example.com' })), denied)
  })

  test('passes tags and a source identity, if the role allows both', async () => {
    const claims = {
      'https://aws.amazon.com/tags': { principal_tags: { team: ['blue'] }, transitive_tag_keys: ['team'] },
      'https://aws.amazon.com/source_identity': 'ann',
    }
    const plain = await makeRole(server.clients, 'Plain', { trust: trustingCompany() })
    await assert.rejects(enter(plain, await sign(claims)), denied)
    const policy = document({
      Effect: 'Allow',
      Action: 'iam:ListRoles',
      Resource: '*',
      Condition: { StringEquals: { 'aws:PrincipalTag/team': 'blue', 'aws:SourceIdentity': 'ann' } },
    })
    const trust = trustingCompany({}, ['sts:TagSession', 'sts:SetSourceIdentity'])
    const role = await makeRole(server.clients, 'Tagged', { trust, policy })
    const answer = await enter(role, await sign(claims))
    assert.equal(answer.SourceIdentity, 'ann')
    assert.ok(answer.PackedPolicySize! > 0)
    await server.clientsWith(keysOf(answer.Credentials)).iam.send(new ListRolesCommand({}))
    for (const broken of [{ principal_tags: { team: ['a', 'b'] } }, { principal_tags: [] }, 'x']) {
      await assert.rejects(enter(role, await sign({ 'https://aws.amazon.com/tags': broken })), {
        name: 'InvalidIdentityTokenException',
      })
    }
  })

  test('refuses another audience, another key, an old token and an issuer that nobody registered', async () => {
    const role = await makeRole(server.clients, 'Strict', { trust: trustingCompany() })
    await assert.rejects(enter(role, await sign({ aud: 'mobile' })), invalid('Incorrect token audience'))
    await assert.rejects(enter(role, await google.sign({ iss: company.url, aud: 'web', sub: 'x' })), {
      name: 'InvalidIdentityTokenException',
    })
    const now = Math.floor(Date.now() / 1000)
    await assert.rejects(enter(role, await sign({ exp: now - 1 })), { name: 'ExpiredTokenException' })
    await assert.rejects(
      enter(role, await sign({ iss: 'https://other.example' })),
      invalid('No OpenIDConnect provider found in your account for https://other.example'),
    )
  })
})

test('GitHub, GitLab and their like have keys for their own claims, in the trust policy only', async () => {
  const name = 'token.actions.githubusercontent.com'
  const Url = `https://${name}`
  const registered = await server.clients.iam.send(
    new CreateOpenIDConnectProviderCommand({ Url, ClientIDList: ['sts.amazonaws.com'] }),
  )
  const trust = trustingProvider(registered.OpenIDConnectProviderArn!, {
    StringLike: { [`${name}:job_workflow_ref`]: 'octo/automation/.github/workflows/*' },
    StringEquals: { [`${name}:repository_id`]: '74', [`${name}:environment`]: 'production' },
  })
  const asks = { StringEquals: { [`${name}:repository_id`]: '74' } }
  const policy = document({ Effect: 'Allow', Action: 'iam:ListRoles', Resource: '*', Condition: asks })
  const role = await makeRole(server.clients, 'Deploys', { trust, policy })
  const run = (more: JWTPayload = {}) =>
    github.sign({
      ...{ aud: 'sts.amazonaws.com', sub: 'repo:octo/shop:environment:production', repository_id: '74' },
      ...{ job_workflow_ref: 'octo/automation/.github/workflows/deploy.yml@main', environment: 'production', ...more },
    })
  const { Credentials } = await enter(role, await run())
  await assert.rejects(server.clientsWith(keysOf(Credentials)).iam.send(new ListRolesCommand({})), {
    name: 'AccessDenied',
  })
  await enter(role, await run({ repository_id: 74 }))
  await assert.rejects(enter(role, await run({ repository_id: '75' })), denied)
  await assert.rejects(enter(role, await run({ environment: undefined })), denied)
  await assert.rejects(enter(role, await run({ job_workflow_ref: 'eve/x/.github/workflows/x.yml@main' })), denied)
  // Of a provider without a row nothing but the keys of every provider is known.
  const asking = trustingCompany({ [`${company.name}:repository_id`]: '74' })
  const other = await makeRole(server.clients, 'NoRow', { trust: asking })
  await assert.rejects(enter(other, await sign({ repository_id: '74' })), denied)
})

test('Google needs no registration, and its own keys tell users apart', async () => {
  const name = 'accounts.google.com'
  const trust = trustingProvider(name, { StringEquals: { [`${name}:aud`]: 'app', [`${name}:oaud`]: 'backend' } })
  const role = await makeRole(server.clients, 'Google', { trust })
  await enter(role, await google.sign({ aud: 'backend', azp: 'app', sub: 'g-ann' }))
  await assert.rejects(enter(role, await google.sign({ aud: 'other', sub: 'g-ann' })), denied)
})

test('a user pool of this server, registered, is believed without being asked over the network', async () => {
  const people = await makeUserPool(server)
  await addUser(server, people, 'ann')
  const { OpenIDConnectProviderArn: provider } = await server.clients.iam.send(
    new CreateOpenIDConnectProviderCommand({ Url: `http://${people.issuer}`, ClientIDList: [people.clientId] }),
  )
  const trust = trustingProvider(provider!, { StringEquals: { [`${people.issuer}:aud`]: people.clientId } })
  const role = await makeRole(server.clients, 'Pool', { trust })
  const { IdToken, AccessToken } = await tokensOf(server, people, 'ann')
  await enter(role, IdToken)
  await assert.rejects(enter(role, AccessToken), { name: 'InvalidIdentityTokenException' })
})

test("Facebook's access tokens are shown to Facebook", async () => {
  const name = 'graph.facebook.com'
  const trust = trustingProvider(name, { StringEquals: { [`${name}:app_id`]: '424242', [`${name}:id`]: '1001' } })
  const role = await makeRole(server.clients, 'Facebook', { trust })
  const answer = await enter(role, 'fb-ann', { ProviderId: name })
  assert.deepEqual([answer.Provider, answer.Audience, answer.SubjectFromWebIdentityToken], [name, '424242', '1001'])
  await assert.rejects(enter(role, 'forged', { ProviderId: name }), { name: 'IDPRejectedClaimException' })
  await assert.rejects(enter(role, 'broken', { ProviderId: name }), { name: 'IDPCommunicationErrorException' })
})
