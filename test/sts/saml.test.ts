/** AssumeRoleWithSAML through the SDK, with assertions that a library which is not ours has signed and encrypted. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { CreateSAMLProviderCommand, ListRolesCommand } from '@aws-sdk/client-iam'
import {
  AssumeRoleWithSAMLCommand,
  type AssumeRoleWithSAMLCommandInput,
  GetCallerIdentityCommand,
} from '@aws-sdk/client-sts'
import { account, allowing, document, keysOf, makeRole, postForm } from '../support/roles.ts'
import {
  assertionXml,
  encode,
  encryptXml,
  type IdpKey,
  idpEntity,
  makeIdpKey,
  makeMetadata,
  type ResponseOptions,
  responseXml,
  signXml,
} from '../support/saml-messages.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let key: IdpKey
let provider: string
let role: string

before(async () => {
  server = await startTestServer()
  key = await makeIdpKey()
  const made = await server.clients.iam.send(
    new CreateSAMLProviderCommand({ Name: 'Office', SAMLMetadataDocument: makeMetadata({ keys: [key] }) }),
  )
  provider = made.SAMLProviderArn!
  role = await makeRole(server.clients, 'Office', { trust: trusting(), policy: allowing('iam:ListRoles') })
})
after(() => server.close())

function trusting(condition: object = { 'saml:aud': 'https://signin.aws.amazon.com/saml' }, actions: string[] = []) {
  return document({
    Effect: 'Allow',
    Principal: { Federated: provider },
    Action: ['sts:AssumeRoleWithSAML', ...actions],
    Condition: { StringEquals: condition },
  })
}

const names = 'https://aws.amazon.com/SAML/Attributes/'
const attribute = (name: string, ...values: string[]) =>
  `<saml:Attribute Name="${name}">${values.map((one) => `<saml:AttributeValue>${one}</saml:AttributeValue>`).join('')}</saml:Attribute>`

type Wanted = ResponseOptions & { attributes?: string; roles?: string[]; session?: string | undefined; by?: IdpKey }
function optionsFor({
  attributes = '',
  roles = [role],
  session = 'ada@example.com',
  ...more
}: Wanted): ResponseOptions {
  const recipient = 'https://signin.aws.amazon.com/saml'
  const offered = attribute(`${names}Role`, ...roles.map((one) => `${one},${provider}`))
  const named = session === '' ? '' : attribute(`${names}RoleSessionName`, session)
  return {
    now: server.world.now(),
    recipient,
    destination: recipient,
    audience: 'urn:amazon:webservices',
    ...more,
    attributes: `<saml:AttributeStatement>${offered}${named}${attributes}</saml:AttributeStatement>`,
  }
}
const asserting = ({ by = key, ...wanted }: Wanted = {}) =>
  encode(signXml(responseXml(optionsFor(wanted)), 'Assertion', by))
const enter = (SAMLAssertion: string, more: Partial<AssumeRoleWithSAMLCommandInput> = {}) =>
  server.clients.sts.send(
    new AssumeRoleWithSAMLCommand({ RoleArn: role, PrincipalArn: provider, SAMLAssertion, ...more }),
  )
const denied = { name: 'AccessDenied', message: 'Not authorized to perform sts:AssumeRoleWithSAML' }
const invalid = (message: string) => ({ name: 'InvalidIdentityTokenException', message })

describe('AssumeRoleWithSAML', () => {
  test('refuses the wrong type', async () => {
    const { status, text } = await postForm(server.endpoint, {
      Action: 'AssumeRoleWithSAML',
      Version: '2011-06-15',
      RoleArn: role,
      PrincipalArn: provider,
      SAMLAssertion: 'AAAA',
      DurationSeconds: 'long',
    })
    assert.equal(status, 400)
    assert.match(text, /<Code>MalformedInput<\/Code>/)
  })

  test('refuses the wrong value: a short duration, an unknown provider, what is no response', async () => {
    await assert.rejects(enter(asserting(), { DurationSeconds: 1 }), { name: 'ValidationError' })
    const PrincipalArn = provider.replace('Office', 'Nobody')
    await assert.rejects(enter(asserting(), { PrincipalArn }), invalid("Specified provider doesn't exist"))
    await assert.rejects(enter('eA=='), invalid('Invalid SAML response'))
  })

  test('does it, and says what the assertion says', async () => {
    const { Credentials, PackedPolicySize, ...answer } = await enter(asserting())
    assert.deepEqual(
      [answer.Subject, answer.SubjectType, answer.Issuer, answer.Audience],
      ['ada', 'persistent', idpEntity, 'https://signin.aws.amazon.com/saml'],
    )
    const name = createHash('sha1').update(`${idpEntity}${account}/Office`).digest('base64')
    assert.equal(answer.NameQualifier, name)
    assert.match(answer.AssumedRoleUser!.Arn!, /assumed-role\/Office\/ada@example.com$/)
    assert.equal(PackedPolicySize, undefined)
    const { iam, sts } = server.clientsWith(keysOf(Credentials))
    await sts.send(new GetCallerIdentityCommand({}))
    await iam.send(new ListRolesCommand({}))
  })

  test('gives only a role that the assertion offers and that trusts the provider', async () => {
    const other = await makeRole(server.clients, 'Other', { trust: trusting() })
    await assert.rejects(
      enter(asserting(), { RoleArn: other }),
      invalid("SAML Assertion doesn't contain the requested Role and Metadata in the attributes"),
    )
    const closed = await makeRole(server.clients, 'Closed', {
      trust: trusting({ 'saml:iss': 'https://other.example' }),
    })
    await assert.rejects(enter(asserting({ roles: [closed] }), { RoleArn: closed }), denied)
    const both = asserting({ roles: [role, other] })
    await enter(both, { RoleArn: other })
    // Tools ask for several roles with one assertion.
    await enter(both)
  })

  test('has the keys of SAML: in the trust policy, and the subject afterwards', async () => {
    const uid = attribute('urn:oid:0.9.2342.19200300.100.1.1', 'ada')
    const trust = trusting({ 'saml:uid': 'ada', 'saml:doc': `${account}/Office`, 'saml:sub_type': 'persistent' })
    const policy = document({
      Effect: 'Allow',
      Action: 'iam:ListRoles',
      Resource: '*',
      Condition: { StringEquals: { 'saml:sub': 'ada', 'aws:FederatedProvider': provider } },
    })
    const keyed = await makeRole(server.clients, 'Keyed', { trust, policy })
    const { Credentials } = await enter(asserting({ roles: [keyed], attributes: uid }), { RoleArn: keyed })
    await server.clientsWith(keysOf(Credentials)).iam.send(new ListRolesCommand({}))
    await assert.rejects(enter(asserting({ roles: [keyed] }), { RoleArn: keyed }), denied)
  })

  test('takes tags, a source identity and a shorter session from the assertion', async () => {
    const attributes = [
      attribute(`${names}PrincipalTag:team`, 'blue'),
      attribute(`${names}TransitiveTagKeys`, 'team'),
      attribute(`${names}SourceIdentity`, 'ada'),
      attribute(`${names}SessionDuration`, '900'),
    ].join('')
    await assert.rejects(enter(asserting({ attributes })), denied)
    const trust = trusting({ 'aws:RequestTag/team': 'blue' }, ['sts:TagSession', 'sts:SetSourceIdentity'])
    const policy = document({
      Effect: 'Allow',
      Action: 'iam:ListRoles',
      Resource: '*',
      Condition: { StringEquals: { 'aws:PrincipalTag/team': 'blue', 'aws:SourceIdentity': 'ada' } },
    })
    const tagged = await makeRole(server.clients, 'TaggedBySaml', { trust, policy })
    const answer = await enter(asserting({ roles: [tagged], attributes }), { RoleArn: tagged, DurationSeconds: 3600 })
    assert.equal(answer.SourceIdentity, 'ada')
    const seconds = (answer.Credentials!.Expiration!.getTime() - server.world.now()) / 1000
    assert.ok(seconds > 890 && seconds <= 901, `${seconds}`)
    await server.clientsWith(keysOf(answer.Credentials)).iam.send(new ListRolesCommand({}))
  })

  test('takes no tags that a policy could read as patterns', async () => {
    for (const [key, value] of [
      ['team', 'b*'],
      ['te*m', 'blue'],
      ['team', 'x'.repeat(257)],
    ] as const) {
      const attributes = attribute(`${names}PrincipalTag:${key}`, value)
      await assert.rejects(enter(asserting({ attributes })), { name: 'InvalidIdentityTokenException' }, key + value)
    }
  })

  test('needs a session name of the right form', async () => {
    await assert.rejects(enter(asserting({ session: '' })), invalid('RoleSessionName is required in AuthnResponse'))
    await assert.rejects(
      enter(asserting({ session: 'a b' })),
      invalid('RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}'),
    )
  })

  test('opens encrypted assertions, and takes no others where that is required', async () => {
    const opener = await makeIdpKey('opener')
    const made = await server.clients.iam.send(
      new CreateSAMLProviderCommand({
        Name: 'Sealed',
        SAMLMetadataDocument: makeMetadata({ keys: [key] }),
        AssertionEncryptionMode: 'Required',
        AddPrivateKey: opener.privatePem,
      }),
    )
    const sealed = made.SAMLProviderArn!
    const trust = document({
      Effect: 'Allow',
      Principal: { Federated: sealed },
      Action: 'sts:AssumeRoleWithSAML',
      Condition: { StringEquals: { 'saml:aud': 'https://signin.aws.amazon.com/saml' } },
    })
    const RoleArn = await makeRole(server.clients, 'Sealed', { trust })
    const offered = attribute(`${names}Role`, `${RoleArn},${sealed}`)
    const options = optionsFor({ roles: [], attributes: offered })
    const assertion = signXml(assertionXml(options), 'Assertion', key)
    const open = encode(signXml(responseXml(options), 'Assertion', key))
    await assert.rejects(enter(open, { RoleArn, PrincipalArn: sealed }), invalid('Invalid SAML response'))
    const encrypted = await encryptXml(assertion, opener)
    await enter(encode(responseXml(options, encrypted)), { RoleArn, PrincipalArn: sealed })
  })
})

describe('assertions that are refused', () => {
  test('cases 61 and 68: what another key signed, or nobody, lets nobody in', async () => {
    const other = await makeIdpKey('other')
    await assert.rejects(enter(asserting({ by: other })), invalid('Response signature invalid'))
    await assert.rejects(enter(encode(responseXml(optionsFor({})))), invalid('Response signature invalid'))
  })

  test('case 67: an assertion for somebody else, or older than five minutes, lets nobody in', async () => {
    await assert.rejects(enter(asserting({ recipient: 'https://other.example/acs' })), invalid('Invalid SAML response'))
    await assert.rejects(enter(asserting({ audience: 'urn:other' })), invalid('Invalid SAML response'))
    const now = server.world.now()
    await assert.rejects(enter(asserting({ issued: now - 301_000, until: now + 600_000, from: now - 600_000 })), {
      name: 'ExpiredTokenException',
    })
    await assert.rejects(enter(asserting({ issuer: 'https://other.example' })), {
      name: 'InvalidIdentityTokenException',
    })
  })
})
