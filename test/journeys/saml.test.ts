/** People of a company at a real SAML identity provider, in a real browser. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import {
  CreateIdentityProviderCommand,
  GetSigningCertificateCommand,
  UpdateIdentityProviderCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { ask, type HostedPool, makeHosted, type OAuthClient, requestOf } from '../support/hosted.ts'
import { type SamlIdp, startSamlIdp } from '../support/saml-idp.ts'
import { makeMetadata } from '../support/saml-messages.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf } from '../support/sign-in.ts'

let server: TestServer
let app: Server
let idp: SamlIdp
let browser: Browser
let pool: HostedPool
let callback: string
let client: OAuthClient

const claims = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims'
const mapping = { email: `${claims}/emailaddress`, given_name: `${claims}/givenname` }

before(async () => {
  server = await startTestServer()
  app = createServer((_, answer) => answer.end('<title>The app</title>')).listen(0)
  callback = `http://localhost:${(app.address() as AddressInfo).port}/callback`
  idp = await startSamlIdp()
  pool = await makeHosted(server)
  const details = {
    MetadataURL: idp.metadataUrl,
    IDPInit: 'true',
    IDPSignout: 'true',
    RequestSigningAlgorithm: 'rsa-sha256',
  }
  await server.clients.idp.send(
    new CreateIdentityProviderCommand({
      ...{ UserPoolId: pool.id, ProviderName: 'Company', ProviderType: 'SAML', ProviderDetails: details },
      AttributeMapping: mapping,
      IdpIdentifiers: ['company.example'],
    }),
  )
  client = await pool.addOAuthClient({
    SupportedIdentityProviders: ['Company'],
    CallbackURLs: [callback],
    LogoutURLs: [`${callback}?bye`],
  })
  const { Certificate } = await server.clients.idp.send(new GetSigningCertificateCommand({ UserPoolId: pool.id }))
  Object.assign(idp.settings, {
    requestCertificate: Certificate,
    acs: `${site()}/saml2/idpresponse`,
    spEntity: `urn:amazon:cognito:sp:${pool.id}`,
    logoutUrl: `${site()}/saml2/logout`,
  })
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await idp?.close()
  app?.close()
  await server?.close()
})

const site = () => `http://${pool.domain}.auth.localhost:${new URL(server.endpoint).port}`
const authorize = (more: Record<string, string> = { identity_provider: 'Company' }) =>
  `${site()}/oauth2/authorize?${requestOf({ client }, { redirect_uri: callback, ...more })}`

async function visit<Value>(act: (page: Page, context: BrowserContext) => Promise<Value>): Promise<Value> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    return await act(page, context)
  } finally {
    await context.close()
  }
}

async function enter(page: Page, name = 'ada') {
  await page.getByLabel('Name').fill(name)
  await page.getByRole('button', { name: 'Enter' }).click()
}

/** Signs in at the identity provider, which then posts what nobody asked for and nobody takes. */
async function enterThere(page: Page) {
  await page.goto(`${idp.url}/sso?back=1`)
  await enter(page)
  await page.waitForURL(/\/error\?/)
}

async function comeBack(page: Page): Promise<URLSearchParams> {
  await page.waitForURL(`${callback}?*`)
  return new URL(page.url()).searchParams
}

async function claimsAt(page: Page): Promise<Record<string, unknown>> {
  const code = (await comeBack(page)).get('code') ?? assert.fail(page.url())
  const { body } = await ask(`${pool.url}/oauth2/token`, {
    ...{ grant_type: 'authorization_code', client_id: client.id, redirect_uri: callback, code },
  })
  return claimsOf(body['id_token'] ?? assert.fail(JSON.stringify(body)))
}

const update = (details: Record<string, string>) =>
  server.clients.idp.send(
    new UpdateIdentityProviderCommand({ UserPoolId: pool.id, ProviderName: 'Company', ProviderDetails: details }),
  )
const usual = () => ({
  MetadataURL: idp.metadataUrl,
  IDPInit: 'true',
  IDPSignout: 'true',
  RequestSigningAlgorithm: 'rsa-sha256',
})

test('somebody of the company signs in, and the identity provider has verified that it was asked by us', () =>
  visit(async (page) => {
    await page.goto(authorize())
    await enter(page)
    const said = await claimsAt(page)
    assert.equal(said['email'], 'ada@example.com')
    assert.equal(String(said['cognito:username']).toLowerCase(), 'company_ada')
    const [identity] = said['identities'] as Record<string, string>[]
    assert.deepEqual(
      [identity?.['userId'], identity?.['providerName'], identity?.['providerType'], identity?.['issuer']],
      ['ada', 'Company', 'SAML', idp.entity],
    )
    const request = idp.asked.at(-1)
    assert.equal(request?.issuer, `urn:amazon:cognito:sp:${pool.id}`)
    assert.equal(request?.assertionConsumerServiceURL, `${site()}/saml2/idpresponse`)
  }))

test('the identity provider refuses a request that another pool signed: it does look', () =>
  visit(async (page) => {
    const other = await makeHosted(server)
    const { idp: api } = server.clients
    const { Certificate } = await api.send(new GetSigningCertificateCommand({ UserPoolId: other.id }))
    const right = idp.settings.requestCertificate
    idp.settings.requestCertificate = Certificate
    try {
      await page.goto(authorize())
      await enter(page)
      await page.waitForFunction("document.title === 'Refused'")
    } finally {
      idp.settings.requestCertificate = right
    }
  }))

test('the domain of an address finds the company, and what it says of its people is kept up to date', () =>
  visit(async (page) => {
    idp.settings.email = 'ada@company.example'
    await page.goto(authorize({ idp_identifier: 'company.example' }))
    await enter(page)
    assert.equal((await claimsAt(page))['email'], idp.settings.email)
  }))

test('the identity provider changes its key, and its people come in with the next response', () =>
  visit(async (page) => {
    await idp.changeKey()
    // Less than a minute after the last time, nobody asks again: strangers cannot make us ask.
    await page.goto(authorize())
    await enter(page)
    const refused = await comeBack(page)
    assert.equal(refused.get('error'), 'server_error')
    assert.equal(
      refused.get('error_description'),
      'Invalid SAML response received: SAML Assertion signature is invalid. ',
    )
    server.world.clock.advance(61_000)
    await page.goto(authorize())
    assert.equal((await claimsAt(page))['email'], idp.settings.email)
  }))

test('an encrypted assertion is opened; once the provider must encrypt, one in clear is refused', () =>
  visit(async (page) => {
    const { IdentityProvider: changed } = await update({ ...usual(), EncryptedResponses: 'true' })
    const certificate = changed?.ProviderDetails?.['ActiveEncryptionCertificate']
    assert.ok(certificate)
    await page.goto(authorize())
    await enter(page)
    assert.match((await comeBack(page)).get('error_description') ?? '', /is not encrypted/)
    idp.settings.encryptionCertificate = certificate
    await page.goto(authorize())
    assert.equal((await claimsAt(page))['email'], idp.settings.email)
    idp.settings.encryptionCertificate = undefined
    await update(usual())
  }))

const relayState = (more: Record<string, string> = {}) =>
  new URLSearchParams({
    identity_provider: 'Company',
    client_id: client.id,
    redirect_uri: callback,
    response_type: 'code',
    scope: 'openid email',
    ...more,
  }).toString()

test('a sign-in that begins at the identity provider ends in the app', () =>
  visit(async (page) => {
    await enterThere(page)
    await page.goto(`${idp.url}/start?RelayState=${encodeURIComponent(relayState())}`)
    assert.equal((await claimsAt(page))['email'], idp.settings.email)
  }))

test('case 15: a RelayState leads to registered addresses only, and only where the provider may begin', () =>
  visit(async (page) => {
    await enterThere(page)
    const begin = async (relay: string) => {
      await page.goto(`${idp.url}/start?RelayState=${encodeURIComponent(relay)}`)
      await page.waitForURL(/\/error\?/)
      return new URL(page.url()).searchParams.get('error')
    }
    assert.equal(await begin(relayState({ redirect_uri: 'https://evil.example/' })), 'redirect_mismatch')
    assert.equal(await begin(relayState({ redirect_uri: `${callback}.evil` })), 'redirect_mismatch')
    assert.equal(await begin('https://evil.example/'), 'Invalid samlResponse or relayState from identity provider')
    await update({ ...usual(), IDPInit: 'false' })
    assert.equal(await begin(relayState()), 'Invalid samlResponse or relayState from identity provider')
    await update(usual())
    // A client that has other ways to sign in does not take it.
    const mixed = await pool.addOAuthClient({
      SupportedIdentityProviders: ['COGNITO', 'Company'],
      CallbackURLs: [callback],
    })
    assert.equal(
      await begin(relayState({ client_id: mixed.id })),
      'Invalid samlResponse or relayState from identity provider',
    )
  }))

test('signing out here signs out there, and comes back to the app', () =>
  visit(async (page) => {
    await page.goto(authorize())
    await enter(page)
    await comeBack(page)
    const before = idp.sessions.size
    await page.goto(`${site()}/logout?${new URLSearchParams({ client_id: client.id, logout_uri: `${callback}?bye` })}`)
    await page.waitForURL(`${callback}?bye`)
    assert.equal(idp.sessions.size, before - 1)
    await page.goto(authorize())
    await page.getByLabel('Name').waitFor()
  }))

test('signing out there signs out here, and the identity provider is told so', () =>
  visit(async (page) => {
    await page.goto(authorize())
    await enter(page)
    await comeBack(page)
    const signedIn = authorize({ prompt: 'none' })
    await page.goto(signedIn)
    assert.ok((await comeBack(page)).has('code'))
    const before = idp.sessions.size
    await page.goto(`${idp.url}/slo`)
    await page.waitForURL(`${idp.url}/slo?*`)
    assert.equal(idp.sessions.size, before - 1)
    await page.goto(signedIn)
    assert.equal((await comeBack(page)).get('error'), 'login_required')
  }))

test('an identity provider that takes requests by a form only is asked by one, signed inside', () =>
  visit(async (page) => {
    const file = makeMetadata({
      entity: idp.entity,
      keys: [idp.settings.key],
      signOn: `${idp.url}/sso`,
      logout: `${idp.url}/slo`,
    }).replace(/<md:SingleSignOnService Binding="[^"]+Redirect"[^>]+>/, '')
    await update({ MetadataFile: file, RequestSigningAlgorithm: 'rsa-sha256' })
    await page.goto(authorize())
    await enter(page)
    assert.equal((await claimsAt(page))['email'], idp.settings.email)
    await update(usual())
  }))

test('the metadata of a domain tells an identity provider what it needs', async () => {
  const answer = await fetch(`${pool.url}/saml2/metadata?identity_provider=Company`)
  const text = await answer.text()
  assert.equal(answer.headers.get('content-type'), 'application/samlmetadata+xml; charset=utf-8')
  assert.match(text, new RegExp(`entityID="urn:amazon:cognito:sp:${pool.id}"`))
  assert.match(text, /AuthnRequestsSigned="true"/)
  assert.ok(text.includes(idp.settings.requestCertificate ?? assert.fail()))
})
