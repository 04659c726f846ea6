/** OpenID Connect and SAML providers over the wire. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { IAMClient } from '@aws-sdk/client-iam'
import * as api from '@aws-sdk/client-iam'
import { findOidcProvider } from '../../src/iam/oidc-providers/find.ts'
import { findSamlProvider } from '../../src/iam/saml-providers/find.ts'
import { account, allowing, document, makeRole } from '../support/roles.ts'
import { makeIdpKey, makeMetadata } from '../support/saml-messages.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let iam: IAMClient
before(async () => {
  server = await startTestServer()
  iam = server.clients.iam
})
after(() => server.close())

const arn = (kind: string, name: string) => `arn:aws:iam::${account}:${kind}-provider/${name}`
const createOidc = (Url: string, more: Partial<api.CreateOpenIDConnectProviderCommandInput> = {}) =>
  iam.send(new api.CreateOpenIDConnectProviderCommand({ Url, ...more }))
const getOidc = (OpenIDConnectProviderArn: string) =>
  iam.send(new api.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))

describe('OpenID Connect providers', () => {
  test('are made, shown without the scheme of their URL, listed and removed, also twice', async () => {
    const thumbprint = 'ab'.repeat(20)
    const made = await createOidc('https://id.example.com/realms/a', {
      ClientIDList: ['one', 'two', 'one'],
      ThumbprintList: [thumbprint],
      Tags: [{ Key: 'k', Value: 'v' }],
    })
    const OpenIDConnectProviderArn = made.OpenIDConnectProviderArn!
    assert.equal(OpenIDConnectProviderArn, arn('oidc', 'id.example.com/realms/a'))
    const shown = await getOidc(OpenIDConnectProviderArn)
    assert.deepEqual(
      [shown.Url, shown.ClientIDList, shown.ThumbprintList, shown.Tags],
      ['id.example.com/realms/a', ['one', 'two'], [thumbprint], [{ Key: 'k', Value: 'v' }]],
    )
    await assert.rejects(createOidc('https://id.example.com/realms/a'), {
      name: 'EntityAlreadyExistsException',
      message: 'Provider with url https://id.example.com/realms/a already exists.',
    })
    const { OpenIDConnectProviderList } = await iam.send(new api.ListOpenIDConnectProvidersCommand({}))
    assert.deepEqual(OpenIDConnectProviderList, [{ Arn: OpenIDConnectProviderArn }])
    const found = await findOidcProvider(server.world, 'https://id.example.com/realms/a')
    assert.deepEqual([found!.arn, found!.clientIds], [OpenIDConnectProviderArn, ['one', 'two']])
    for (const issuer of [
      'https://id.example.com/realms/A',
      'http://id.example.com/realms/a',
      'https://id.example.com',
    ])
      assert.equal(await findOidcProvider(server.world, issuer), undefined, issuer)
    const remove = () => iam.send(new api.DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))
    await remove()
    await remove()
    await assert.rejects(getOidc(OpenIDConnectProviderArn), {
      name: 'NoSuchEntityException',
      message: `OpenIDConnect Provider not found for arn ${OpenIDConnectProviderArn}`,
    })
  })

  test('take https addresses only, without query and secrets', async () => {
    for (const url of [
      ...['ftp://example.com', 'example.com', 'https://example.com?x=1', 'https://a:b@example.com'],
      ...['https://example.com#x', 'javascript:alert(1)'],
    ]) {
      await assert.rejects(createOidc(url), {
        name: 'InvalidInputException',
        message: 'Invalid Open ID Connect Provider URL',
      })
    }
    await assert.rejects(createOidc('https://example.com', { ThumbprintList: ['g'.repeat(40)] }), {
      name: 'InvalidInputException',
    })
    await assert.rejects(createOidc('https://example.com', { ThumbprintList: Array(6).fill('a'.repeat(40)) }), {
      message: 'Thumbprint list must contain fewer than 5 entries.',
    })
    const ids = Array.from({ length: 101 }, (_, index) => `client-${index}`)
    await assert.rejects(createOidc('https://example.com', { ClientIDList: ids }), {
      message: 'Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100',
    })
  })

  test('their clients, thumbprints and tags change, twice the same without an error', async () => {
    const { OpenIDConnectProviderArn } = await createOidc('https://changing.example.com', { ClientIDList: ['a'] })
    const of = { OpenIDConnectProviderArn }
    for (let times = 0; times < 2; times += 1) {
      await iam.send(new api.AddClientIDToOpenIDConnectProviderCommand({ ...of, ClientID: 'b' }))
      await iam.send(new api.RemoveClientIDFromOpenIDConnectProviderCommand({ ...of, ClientID: 'a' }))
    }
    const ThumbprintList = ['c'.repeat(40)]
    await iam.send(new api.UpdateOpenIDConnectProviderThumbprintCommand({ ...of, ThumbprintList }))
    await iam.send(new api.TagOpenIDConnectProviderCommand({ ...of, Tags: [{ Key: 'k', Value: 'v' }] }))
    const shown = await getOidc(OpenIDConnectProviderArn!)
    assert.deepEqual([shown.ClientIDList, shown.ThumbprintList], [['b'], ThumbprintList])
    const tags = async () => (await iam.send(new api.ListOpenIDConnectProviderTagsCommand(of))).Tags
    assert.deepEqual(await tags(), [{ Key: 'k', Value: 'v' }])
    await iam.send(new api.UntagOpenIDConnectProviderCommand({ ...of, TagKeys: ['k'] }))
    assert.deepEqual(await tags(), [])
  })
})

describe('SAML providers', () => {
  test('are made, shown, changed, listed and removed', async () => {
    const key = await makeIdpKey()
    const SAMLMetadataDocument = makeMetadata({ keys: [key] })
    const { SAMLProviderArn } = await iam.send(
      new api.CreateSAMLProviderCommand({ Name: 'corp', SAMLMetadataDocument, Tags: [{ Key: 'k', Value: 'v' }] }),
    )
    assert.equal(SAMLProviderArn, arn('saml', 'corp'))
    const of = { SAMLProviderArn }
    const shown = await iam.send(new api.GetSAMLProviderCommand(of))
    assert.equal(shown.SAMLMetadataDocument, SAMLMetadataDocument)
    assert.match(shown.SAMLProviderUUID!, /^[A-Z0-9]{22,64}$/)
    assert.equal(shown.ValidUntil!.getUTCFullYear(), shown.CreateDate!.getUTCFullYear() + 100)
    await assert.rejects(iam.send(new api.CreateSAMLProviderCommand({ Name: 'corp', SAMLMetadataDocument })), {
      name: 'EntityAlreadyExistsException',
    })
    const listed = await iam.send(new api.ListSAMLProvidersCommand({}))
    assert.deepEqual(
      listed.SAMLProviderList!.map(({ Arn }) => Arn),
      [SAMLProviderArn],
    )
    const renewed = makeMetadata({ keys: [key, await makeIdpKey('next')] })
    await iam.send(new api.UpdateSAMLProviderCommand({ ...of, SAMLMetadataDocument: renewed }))
    assert.equal((await findSamlProvider(server.world, SAMLProviderArn!))!.metadata, renewed)
    await iam.send(new api.TagSAMLProviderCommand({ ...of, Tags: [{ Key: 'l', Value: 'w' }] }))
    await iam.send(new api.UntagSAMLProviderCommand({ ...of, TagKeys: ['K'] }))
    assert.deepEqual((await iam.send(new api.ListSAMLProviderTagsCommand(of))).Tags, [{ Key: 'l', Value: 'w' }])
    await iam.send(new api.DeleteSAMLProviderCommand(of))
    await assert.rejects(iam.send(new api.GetSAMLProviderCommand(of)), { name: 'NoSuchEntityException' })
    await assert.rejects(iam.send(new api.DeleteSAMLProviderCommand(of)), { name: 'NoSuchEntityException' })
  })

  test('take no metadata that cannot be read', async () => {
    for (const SAMLMetadataDocument of [
      'x'.repeat(1000),
      `<!DOCTYPE a [<!ENTITY x "y">]><a>${'&x;'.repeat(400)}</a>`,
      `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="a">${' '.repeat(1000)}</EntityDescriptor>`,
    ]) {
      await assert.rejects(iam.send(new api.CreateSAMLProviderCommand({ Name: 'bad', SAMLMetadataDocument })), {
        name: 'InvalidInputException',
        message: 'Could not parse metadata',
      })
    }
  })

  test('hold two keys that open assertions, never show them, and demand encryption only with one', async () => {
    const key = await makeIdpKey()
    const SAMLMetadataDocument = makeMetadata({ keys: [key] })
    const create = (more: Partial<api.CreateSAMLProviderCommandInput>) =>
      iam.send(new api.CreateSAMLProviderCommand({ Name: 'keyed', SAMLMetadataDocument, ...more }))
    await assert.rejects(create({ AssertionEncryptionMode: 'Required' }), { name: 'InvalidInputException' })
    await assert.rejects(create({ AddPrivateKey: 'no key' }), { name: 'InvalidInputException' })
    const { SAMLProviderArn } = await create({ AssertionEncryptionMode: 'Required', AddPrivateKey: key.privatePem })
    const of = { SAMLProviderArn }
    await iam.send(new api.UpdateSAMLProviderCommand({ ...of, AddPrivateKey: key.privatePem }))
    await assert.rejects(iam.send(new api.UpdateSAMLProviderCommand({ ...of, AddPrivateKey: key.privatePem })), {
      name: 'LimitExceededException',
    })
    const shown = await iam.send(new api.GetSAMLProviderCommand(of))
    assert.deepEqual([shown.AssertionEncryptionMode, shown.PrivateKeyList!.length], ['Required', 2])
    assert.ok(!JSON.stringify(shown).includes('PRIVATE KEY'))
    const [first] = shown.PrivateKeyList!
    await iam.send(new api.UpdateSAMLProviderCommand({ ...of, RemovePrivateKey: first!.KeyId }))
    await assert.rejects(iam.send(new api.UpdateSAMLProviderCommand({ ...of, RemovePrivateKey: first!.KeyId })), {
      name: 'NoSuchEntityException',
    })
    const found = await findSamlProvider(server.world, SAMLProviderArn!)
    assert.deepEqual(
      found!.privateKeys.map(({ pem }) => pem),
      [key.privatePem],
    )
  })
})

test('what is wrong with a policy that is accepted stands in the log', async () => {
  const lines: Record<string, unknown>[] = []
  const { log } = server.world
  const warn = log.warn.bind(log)
  log.warn = ((line: Record<string, unknown>, ...rest: []) => {
    lines.push(line)
    warn(line, ...rest)
  }) as typeof log.warn
  await makeRole(server.clients, 'Hinted', { policy: allowing('s3:GetObject', 'arn:aws:s3:::b') })
  const PolicyDocument = document({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' })
  await iam.send(new api.CreatePolicyCommand({ PolicyName: 'Hinted', PolicyDocument }))
  log.warn = warn
  assert.deepEqual(
    lines.map(({ rule, role, policy }) => ({ rule, role, policy })),
    [
      { rule: 'bucket-is-no-object', role: 'Hinted', policy: 'p' },
      { rule: 'allow-not-action', role: undefined, policy: 'Hinted' },
    ],
  )
})
