/** Apps of other people's making in a real browser, which believes the local authority: nothing in them is changed for us. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CreateIdentityProviderCommand } from '@aws-sdk/client-cognito-identity-provider'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { type HostedPool, makeHosted } from '../support/hosted.ts'
import { type HttpsServer, startHttpsServer } from '../support/https.ts'
import { password } from '../support/people.ts'
import type { TestServer } from '../support/server.ts'
import { startOidcProvider } from '../support/upstream.ts'
import { amplifyApp, reactApp, type ServedApp, serveApp } from './apps.ts'

let server: HttpsServer
let browser: Browser
let app: ServedApp
let pool: HostedPool
before(async () => {
  server = await startHttpsServer()
  browser = await openBrowser([`--ignore-certificate-errors-spki-list=${server.spki}`])
  app = await serveApp()
  const settings = { CallbackURLs: [app.url], LogoutURLs: [app.url] }
  pool = await makeHosted(server as unknown as TestServer, settings)
  await pool.add('ann', { email: 'ann@example.com' })
})
after(async () => {
  app.close()
  await browser.close()
  await server.close()
})

const domain = () => `${pool.domain}.auth.localhost:${server.port}`
const state = (page: Page, text: RegExp) => page.locator('#state', { hasText: text }).waitFor({ timeout: 20_000 })
async function signIn(page: Page): Promise<void> {
  await page.waitForURL((url) => url.pathname === '/login')
  assert.equal(new URL(page.url()).origin, `https://${domain()}`)
  // Chromium chose it by ALPN.
  assert.equal(await page.evaluate('performance.getEntriesByType("navigation")[0].nextHopProtocol'), 'h2')
  await page.fill('input[name=username]', 'ann')
  await page.fill('input[name=password]', password)
  await page.click('button[name=signInSubmitButton]')
}

test('Amplify v6 signs in with a redirect to https://<prefix>.auth.localhost, refreshes, and signs out', async () => {
  const { id, client } = pool
  await app.show(amplifyApp({ pool: id, client: client.id, endpoint: server.endpoint, domain: domain() }))
  const page = await (await browser.newContext()).newPage()
  await page.goto(app.url)
  await state(page, /^signed out$/)
  await page.click('#in')
  await signIn(page)
  await state(page, new RegExp(`^signed in: ann ann@example.com ${server.secure}/${id}$`))
  await page.click('#fresh')
  await state(page, /^refreshed: true$/)
  await page.click('#out')
  await state(page, /^signed out$/)
  // The browser's session went with it: the next sign-in asks for the password again.
  await page.click('#in')
  await page.waitForURL((url) => url.pathname === '/login')
  await page.context().close()
})

test('Amplify v6 goes straight to the provider that the app names, keeps the app’s state, refreshes, and signs out', async () => {
  const provider = await startOidcProvider({ pat: { email: 'pat@corp.example', email_verified: true } }, () => [
    `https://${domain()}/oauth2/idpresponse`,
  ])
  try {
    const { idp } = server.clients
    const details = { client_id: provider.clientId, client_secret: provider.clientSecret, oidc_issuer: provider.url }
    await idp.send(
      new CreateIdentityProviderCommand({
        ...{ UserPoolId: pool.id, ProviderName: 'Corp', ProviderType: 'OIDC', AttributeMapping: { email: 'email' } },
        ProviderDetails: { ...details, authorize_scopes: 'openid email', attributes_request_method: 'GET' },
      }),
    )
    const federated = await pool.addOAuthClient({
      ...{ CallbackURLs: [app.url], LogoutURLs: [app.url], SupportedIdentityProviders: ['Corp'] },
    })
    const config = { pool: pool.id, client: federated.id, endpoint: server.endpoint, domain: domain() }
    await app.show(amplifyApp({ ...config, provider: { custom: 'Corp' } }))
    const page = await (await browser.newContext()).newPage()
    await page.goto(app.url)
    await state(page, /^signed out$/)
    await page.click('#in')
    await page.waitForURL(`${provider.url}/**`)
    await page.getByPlaceholder('Enter any login').fill('pat')
    await page.getByPlaceholder('and password').fill('any')
    await page.getByRole('button', { name: 'Sign-in' }).click()
    await page.getByRole('button', { name: 'Continue' }).click()
    await state(page, new RegExp(`^signed in: Corp_pat pat@corp.example ${server.secure}/${pool.id}$`))
    assert.equal(await page.title(), 'the cart')
    await page.click('#fresh')
    await state(page, /^refreshed: true$/)
    await page.click('#out')
    await state(page, /^signed out$/)
    // The provider, which was not asked to sign out, knows them still.
    await page.click('#in')
    await state(page, /^signed in: Corp_pat /)
    await page.context().close()
  } finally {
    await provider.close()
  }
})

test('Amplify v6 takes tokens from the address where the client allows the implicit flow', async () => {
  const implicit = await pool.addOAuthClient({
    ...{ CallbackURLs: [app.url], LogoutURLs: [app.url], AllowedOAuthFlows: ['implicit'] },
  })
  const config = { pool: pool.id, client: implicit.id, endpoint: server.endpoint, domain: domain() }
  await app.show(amplifyApp({ ...config, responseType: 'token' }))
  const page = await (await browser.newContext()).newPage()
  await page.goto(app.url)
  await state(page, /^signed out$/)
  await page.click('#in')
  await signIn(page)
  await state(page, new RegExp(`^signed in: ann ann@example.com ${server.secure}/${pool.id}$`))
  await page.click('#out')
  await state(page, /^signed out$/)
  await page.context().close()
})

test('an app on react-oidc-context signs in by discovery over HTTPS, refreshes, and signs out', async () => {
  await app.show(reactApp({ authority: `${server.secure}/${pool.id}`, client: pool.client.id }))
  const page = await (await browser.newContext()).newPage()
  await page.goto(app.url)
  await state(page, /^signed out$/)
  await page.click('#in')
  await signIn(page)
  await state(page, new RegExp(`^signed in: ann ann@example.com ${server.secure}/${pool.id}$`))
  await page.click('#fresh')
  await page.waitForFunction(() => document.title === 'refreshed')
  await page.click('#out')
  await state(page, /^signed out$/)
  await page.context().close()
})
