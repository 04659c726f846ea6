/** Apps of other people's making in a real browser, which believes the local authority: nothing in them is changed for us. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { type HostedPool, makeHosted } from '../support/hosted.ts'
import { type HttpsServer, startHttpsServer } from '../support/https.ts'
import { password } from '../support/people.ts'
import type { TestServer } from '../support/server.ts'
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
