/** SAML providers through the SDK: their details, and their metadata as it is fetched, kept and fetched again. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import {
  CreateIdentityProviderCommand,
  DeleteIdentityProviderCommand,
  DescribeIdentityProviderCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { currentMetadata, newerMetadata } from '../../src/user-pools/saml/metadata.ts'
import { makePool, type TestPool } from '../support/people.ts'
import { type IdpKey, makeIdpKey, makeMetadata } from '../support/saml-messages.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: TestPool
let key: IdpKey
let site: Server
let url: string
/** What the address of the metadata answers. */
let answer: { status: number; body: string; location?: string }
let fetched = 0
before(async () => {
  server = await startTestServer()
  pool = await makePool(server)
  key = await makeIdpKey()
  site = createServer((_, response) => {
    fetched++
    response.writeHead(answer.status, answer.location === undefined ? {} : { location: answer.location })
    response.end(answer.body)
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/metadata`
  answer = { status: 200, body: makeMetadata({ keys: [key] }) }
})
after(async () => {
  site?.close()
  await server?.close()
})

const create = (name: string, details: Record<string, string>, on = server, poolId = pool.id) =>
  on.clients.idp.send(
    new CreateIdentityProviderCommand({
      ...{ UserPoolId: poolId, ProviderName: name, ProviderType: 'SAML', ProviderDetails: details },
    }),
  )

const refused = (message: string | RegExp) => ({ name: 'InvalidParameterException', message })

test('details that are none are refused', async () => {
  const file = makeMetadata({ keys: [key] })
  const wrong: readonly [Record<string, string>, string | RegExp][] = [
    [{}, 'At least one of the MetadataURL or MetadataFile should be provided.'],
    [{ MetadataFile: file, MetadataURL: url }, 'Only one of the MetadataURL or MetadataFile should be provided.'],
    [{ MetadataFile: '<a/>' }, /^Invalid SAML metadata\. /],
    [{ MetadataFile: file.replace(/<md:KeyDescriptor[\s\S]*<\/md:KeyDescriptor>/, '') }, /no signing certificate/],
    [{ MetadataFile: file.replaceAll('SingleSignOnService', 'Other') }, /no SingleSignOnService/],
    [{ MetadataFile: file, IDPInit: 'yes' }, 'IDPInit must be true or false.'],
    [{ MetadataFile: file, EncryptedResponses: '1' }, 'EncryptedResponses must be true or false.'],
    [{ MetadataFile: file, RequestSigningAlgorithm: 'rsa-sha1' }, 'RequestSigningAlgorithm must be rsa-sha256.'],
    [{ MetadataURL: 'ftp://127.0.0.1/' }, 'Error retrieving metadata from ftp://127.0.0.1/'],
  ]
  for (const [details, message] of wrong) await assert.rejects(create('Wrong', details), refused(message))
})

test('metadata whose time is over, or all of whose certificates are, is refused', async () => {
  const past = makeMetadata({ keys: [key], more: ' validUntil="2020-01-01T00:00:00Z"' })
  await assert.rejects(create('Past', { MetadataFile: past }), refused(/has ended/))
  const old = await makeIdpKey('old', Date.now() - 1000)
  await assert.rejects(create('Past', { MetadataFile: makeMetadata({ keys: [old] }) }), refused(/has ended/))
  await create('Half', { MetadataFile: makeMetadata({ keys: [old, key] }) })
})

test('what follows from the metadata is described, and each provider has its own encryption certificate', async () => {
  const details = { MetadataURL: url, EncryptedResponses: 'true' }
  const { IdentityProvider: one } = await create('One', details)
  assert.equal(one?.ProviderDetails?.['SSORedirectBindingURI'], 'https://idp.example.com/sso')
  assert.equal(one?.ProviderDetails?.['SLORedirectBindingURI'], 'https://idp.example.com/slo')
  const { IdentityProvider: two } = await create('Two', details)
  const certificates = [one, two].map((provider) => provider?.ProviderDetails?.['ActiveEncryptionCertificate'])
  assert.match(certificates[0] ?? '', /^MII/)
  assert.notEqual(certificates[0], certificates[1])
  const named = { UserPoolId: pool.id, ProviderName: 'One' }
  const { IdentityProvider: again } = await server.clients.idp.send(new DescribeIdentityProviderCommand(named))
  assert.equal(again?.ProviderDetails?.['ActiveEncryptionCertificate'], certificates[0])
  await server.clients.idp.send(new DeleteIdentityProviderCommand(named))
  const { IdentityProvider: anew } = await create('One', details)
  assert.notEqual(anew?.ProviderDetails?.['ActiveEncryptionCertificate'], certificates[0])
})

test('an address that does not answer, answers something else or too much, is told as AWS tells it, without its words', async () => {
  const good = answer
  const message = `Error retrieving metadata from ${url}`
  for (const bad of [
    { status: 404, body: good.body },
    { status: 200, body: 'the secret of a neighbour' },
    { status: 200, body: 'x'.repeat(1_100_000) },
    { status: 302, body: '', location: 'http://elsewhere.example/' },
  ]) {
    answer = bad
    await assert.rejects(create('Bad', { MetadataURL: url }), refused(message))
  }
  answer = good
})

test('case 73: metadata is not fetched from private addresses, nor by a redirect', async () => {
  const closed = await startTestServer({ privateHosts: [] })
  try {
    const { id } = await makePool(closed)
    const before = fetched
    for (const address of [url, 'http://169.254.169.254/latest/meta-data/', 'http://[::1]/', 'http://localhost:1/'])
      await assert.rejects(
        create('Evil', { MetadataURL: address }, closed, id),
        refused(`Error retrieving metadata from ${address}`),
      )
    assert.equal(fetched, before)
  } finally {
    await closed.close()
  }
})

test('metadata is kept for six hours; what is wrong later never replaces what is known', async () => {
  const { world } = server
  const good = answer
  for (const name of ['kept', 'asked']) await create(name, { MetadataURL: `${url}?${name}` })
  const provider = { poolId: pool.id, name: 'kept', details: { MetadataURL: `${url}?kept` } }
  const before = fetched
  await currentMetadata(world, provider)
  assert.equal(fetched, before)
  world.clock.advance(6 * 3_600_000)
  answer = { status: 200, body: makeMetadata({ keys: [] }) }
  assert.equal((await currentMetadata(world, provider)).metadata.signingKeys.length, 1)
  assert.equal(fetched, before + 1)
  await currentMetadata(world, provider)
  assert.equal(fetched, before + 1, 'after a failure there is a pause')
  const next = await makeIdpKey('next', world.now() + 1e10)
  answer = { status: 200, body: makeMetadata({ keys: [key, next] }) }
  world.clock.advance(60_001)
  assert.equal((await currentMetadata(world, provider)).metadata.signingKeys.length, 2)
  answer = good
})

test('for a key that is not known the metadata is asked again, at most once a minute, by one of many', async () => {
  const { world } = server
  const provider = { poolId: pool.id, name: 'asked', details: { MetadataURL: `${url}?asked` } }
  const known = await currentMetadata(world, provider)
  assert.equal(await newerMetadata(world, provider, known), undefined)
  world.clock.advance(60_001)
  const before = fetched
  const answers = await Promise.all([1, 2, 3, 4].map(() => newerMetadata(world, provider, known)))
  assert.equal(fetched, before + 1)
  assert.ok(answers.some((one) => one !== undefined))
  assert.equal(await newerMetadata(world, provider, await currentMetadata(world, provider)), undefined)
})

test('an address that fails is not asked anew for every response with a key that is not known', async () => {
  const { world } = server
  const good = answer
  const provider = { poolId: pool.id, name: 'failing', details: { MetadataURL: `${url}?failing` } }
  const known = await currentMetadata(world, provider)
  answer = { status: 500, body: '' }
  world.clock.advance(60_001)
  const before = fetched
  for (let response = 0; response < 3; response++) await newerMetadata(world, provider, known)
  assert.equal(fetched, before + 1)
  answer = good
  world.clock.advance(60_001)
  assert.notEqual((await newerMetadata(world, provider, known))?.metadata, undefined)
  assert.equal(fetched, before + 2)
})
