/** People who sign in by a real provider elsewhere (the npm package `oidc-provider`), in a real Chromium. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import {
  CreateIdentityProviderCommand,
  CreateUserPoolClientCommand,
  UpdateIdentityProviderCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { ask, type HostedPool, makeHosted, requestOf } from '../support/hosted.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf } from '../support/sign-in.ts'
import { type RealProvider, startOidcProvider } from '../support/upstream.ts'

let server: TestServer
let app: Server
let browser: Browser
let pool: HostedPool
let provider: RealProvider
let google: RealProvider
let callback: string
let idpresponse = ''
before(async () => {
  const people = {
    ann: { email: 'ann@corp.example', email_verified: true, name: 'Ann Example' },
    gina: { email: 'gina@gmail.example', email_verified: true, name: 'Gina' },
  }
  app = createServer((_, answer) => answer.end('<title>The app</title>')).listen(0)
  callback = `http://localhost:${(app.address() as AddressInfo).port}/callback`
  // Their addresses are known when they listen; ours when we do.
  provider = await startOidcProvider(people, () => [idpresponse || 'http://localhost/'])
  // Google puts the claims into its ID tokens.
  google = await startOidcProvider(people, () => [idpresponse || 'http://localhost/'], { conformIdTokenClaims: false })
  const { url } = google
  server = await startTestServer({
    settings: {
      socialProviders: {
        Google: { authorize_url: `${url}/auth`, token_url: `${url}/token`, jwks_uri: `${url}/jwks`, oidc_issuer: url },
      },
    },
  })
  pool = await makeHosted(server)
  idpresponse = `${base()}/oauth2/idpresponse`
  provider.rotate()
  google.rotate()
  const of = ({ clientId, clientSecret }: RealProvider) => ({
    ...{ client_id: clientId, client_secret: clientSecret, authorize_scopes: 'openid email profile' },
  })
  const AttributeMapping = { email: 'email', email_verified: 'email_verified', name: 'name' }
  const { idp } = server.clients
  const ProviderDetails = { ...of(provider), oidc_issuer: provider.url, attributes_request_method: 'GET' }
  await idp.send(
    new CreateIdentityProviderCommand({
      ...{ UserPoolId: pool.id, ProviderName: 'Corp', ProviderType: 'OIDC', ProviderDetails, AttributeMapping },
    }),
  )
  await idp.send(
    new CreateIdentityProviderCommand({
      ...{ UserPoolId: pool.id, ProviderName: 'Google', ProviderType: 'Google', ProviderDetails: of(google) },
      AttributeMapping,
    }),
  )
  const { UserPoolClient } = await idp.send(
    new CreateUserPoolClientCommand({
      ...{ UserPoolId: pool.id, ClientName: 'web', CallbackURLs: [callback], AllowedOAuthFlows: ['code'] },
      ...{ AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthScopes: ['openid', 'email', 'profile'] },
      SupportedIdentityProviders: ['COGNITO', 'Corp', 'Google'],
    }),
  )
  Object.assign(pool, { client: { id: UserPoolClient?.ClientId, secret: undefined } })
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  app?.close()
  await server?.close()
  await provider?.close()
  await google?.close()
})

const base = () => `http://${pool.domain}.auth.localhost:${new URL(server.endpoint).port}`
const query = (more: Record<string, string> = {}) =>
  requestOf(pool, { redirect_uri: callback, scope: 'openid email profile', ...more })

async function visit<Value>(act: (page: Page) => Promise<Value>): Promise<Value> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    return await act(page)
  } finally {
    await context.close()
  }
}

/** At the provider's own pages: a login, any password, consent. */
async function signInThere(page: Page, login: string): Promise<void> {
  await page.getByPlaceholder('Enter any login').fill(login)
  await page.getByPlaceholder('and password').fill('any')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
}

async function claimsAt(page: Page): Promise<Record<string, unknown>> {
  await page.waitForURL(`${callback}?*`)
  const { body } = await ask(`${pool.url}/oauth2/token`, {
    ...{ grant_type: 'authorization_code', client_id: pool.client.id, redirect_uri: callback },
    code: new URL(page.url()).searchParams.get('code') ?? assert.fail(page.url()),
  })
  return claimsOf(body['id_token'])
}

test('somebody signs in by a button, comes back as the same user, and again after the provider changed its key', () =>
  visit(async (page) => {
    await page.goto(`${base()}/oauth2/authorize?${query()}`)
    await page.getByRole('link', { name: 'Continue with Corp' }).click()
    await signInThere(page, 'ann')
    const claims = await claimsAt(page)
    assert.equal(claims['cognito:username'], 'Corp_ann')
    assert.equal(claims['email'], 'ann@corp.example')
    assert.equal(claims['email_verified'], true)
    assert.equal(claims['name'], 'Ann Example')
    // The browser is remembered here; the app asks for a sign-in of its own.
    provider.rotate()
    server.world.clock.advance(60_000)
    await page.goto(`${base()}/oauth2/authorize?${query({ identity_provider: 'Corp', prompt: 'login' })}`)
    await signInThere(page, 'ann')
    assert.equal((await claimsAt(page))['sub'], claims['sub'])
    server.world.clock.advance(-60_000)
  }))

test('somebody signs in by Google', () =>
  visit(async (page) => {
    await page.goto(`${base()}/oauth2/authorize?${query({ identity_provider: 'Google' })}`)
    await signInThere(page, 'gina')
    const claims = await claimsAt(page)
    assert.equal(claims['cognito:username'], 'Google_gina')
    assert.equal(claims['email'], 'gina@gmail.example')
  }))

test('somebody types their company address where it names the provider', async () => {
  await server.clients.idp.send(
    new UpdateIdentityProviderCommand({ UserPoolId: pool.id, ProviderName: 'Corp', IdpIdentifiers: ['corp.example'] }),
  )
  await visit(async (page) => {
    await page.goto(`${base()}/oauth2/authorize?${query({ idp_identifier: 'ann@corp.example' })}`)
    await page.waitForURL(`${provider.url}/**`)
    await signInThere(page, 'ann')
    assert.equal((await claimsAt(page))['cognito:username'], 'Corp_ann')
  })
})

test('somebody who changes their mind at the provider is back in the app, which is told', () =>
  visit(async (page) => {
    await page.goto(`${base()}/oauth2/authorize?${query({ identity_provider: 'Corp' })}`)
    await page.getByRole('link', { name: 'Cancel' }).click()
    await page.waitForURL(`${callback}?*`)
    assert.equal(new URL(page.url()).searchParams.get('error'), 'access_denied')
  }))

test('two tabs of a browser sign in at once, each for itself', () =>
  visit(async (page) => {
    const other = await page.context().newPage()
    await page.goto(`${base()}/oauth2/authorize?${query({ identity_provider: 'Corp', state: 'one' })}`)
    await other.goto(`${base()}/oauth2/authorize?${query({ identity_provider: 'Google', state: 'two' })}`)
    await signInThere(page, 'ann')
    await page.waitForURL(`${callback}?*state=one*`)
    await signInThere(other, 'gina')
    await other.waitForURL(`${callback}?*state=two*`)
    assert.ok(new URL(other.url()).searchParams.has('code'))
  }))
