/** People at the pages, in a real Chromium that runs no scripts. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { AdminCreateUserCommand, SetUserPoolMfaConfigCommand } from '@aws-sdk/client-cognito-identity-provider'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { fromBase32 } from '../../src/protocols/base32.ts'
import { totp } from '../../src/protocols/totp.ts'
import { openBrowser } from '../support/browser.ts'
import { ask, type HostedPool, makeHosted, requestOf } from '../support/hosted.ts'
import { password } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf } from '../support/sign-in.ts'

let server: TestServer
let app: Server
let browser: Browser
let pool: HostedPool
let callback: string
/** What browsers refused to do: a form that the policy stops shows here only. */
const complaints: string[] = []
before(async () => {
  server = await startTestServer()
  app = createServer((_, answer) => answer.end('<title>The app</title>')).listen(0)
  callback = `http://localhost:${(app.address() as AddressInfo).port}/callback`
  pool = await makeHosted(
    server,
    { CallbackURLs: [callback], LogoutURLs: [callback], GenerateSecret: true },
    {
      AutoVerifiedAttributes: ['email'],
      EmailConfiguration: {
        EmailSendingAccount: 'DEVELOPER',
        SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/example.com',
      },
      Schema: [
        { Name: 'email', Required: true },
        { Name: 'given_name', Required: true },
      ],
    },
  )
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  app?.close()
  await server?.close()
})

const query = () => requestOf(pool, { redirect_uri: callback })
const address = (path: string) =>
  `http://${pool.domain}.auth.localhost:${new URL(server.endpoint).port}${path}?${query()}`

async function visit<Value>(act: (page: Page, context: BrowserContext) => Promise<Value>): Promise<Value> {
  const context = await browser.newContext({ javaScriptEnabled: false })
  try {
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    return await act(page, context)
  } finally {
    await context.close()
  }
}

/** The claims of the ID token for the code that the page came back with. */
async function claimsAt(page: Page): Promise<Record<string, unknown>> {
  await page.waitForURL(`${callback}?*`)
  const { id, secret = '' } = pool.client
  const { body } = await ask(`${pool.url}/oauth2/token`, {
    ...{ grant_type: 'authorization_code', client_id: id, client_secret: secret, redirect_uri: callback },
    code: new URL(page.url()).searchParams.get('code') ?? assert.fail(page.url()),
  })
  return claimsOf(body['id_token'])
}

test('somebody signs up, confirms with the code, and is back in the app, signed in', () =>
  visit(async (page) => {
    await page.goto(address('/oauth2/authorize'))
    await page.getByRole('link', { name: 'Create an account' }).click()
    await page.getByLabel('Username').fill('dora')
    await page.getByLabel('Email address').fill('dora@example.com')
    await page.getByLabel('First name').fill('Dora <b>')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign up' }).click()
    await page.getByText('A code was sent to d***@e***').waitFor()
    await page.getByLabel('Confirmation code').fill('000000')
    await page.getByRole('button', { name: 'Confirm account' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByRole('button', { name: 'Send a new code' }).click()
    await page.getByText('A new code is on its way.').waitFor()
    await page.getByLabel('Confirmation code').fill(server.world.codeSentTo('dora@example.com'))
    await page.getByRole('button', { name: 'Confirm account' }).click()
    const claims = await claimsAt(page)
    assert.equal(claims['cognito:username'], 'dora')
    assert.equal(claims['email_verified'], true)
  }))

test('somebody signs in after a wrong password, is remembered, signs out, and is asked again', () =>
  visit(async (page) => {
    await pool.add('erin', { email: 'erin@example.com', given_name: 'Erin' })
    await page.goto(address('/oauth2/authorize'))
    await page.getByLabel('Username').fill('erin')
    await page.getByLabel('Password').fill('not this one')
    await page.getByRole('button', { name: 'Sign in' }).click()
    assert.equal(await page.getByRole('alert').textContent(), 'Incorrect username or password.')
    assert.equal(await page.getByLabel('Username').inputValue(), 'erin')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    assert.equal((await claimsAt(page))['cognito:username'], 'erin')
    await page.goto(address('/oauth2/authorize'))
    assert.equal((await claimsAt(page))['cognito:username'], 'erin')
    const out = new URLSearchParams({ client_id: pool.client.id, logout_uri: callback })
    await page.goto(address('/logout').replace(/\?.*/, `?${out}`))
    assert.equal(page.url(), callback)
    await page.goto(address('/oauth2/authorize'))
    await page.getByLabel('Password').waitFor()
  }))

test('an app may send its people on to another site when they come back', () =>
  visit(async (page) => {
    await pool.add('gil', { email: 'gil@example.com', given_name: 'Gil' })
    const home = callback.replace('localhost', '127.0.0.1').replace('/callback', '/home')
    const broker = createServer((_, answer) => answer.writeHead(302, { location: home }).end()).listen(0)
    try {
      const redirect_uri = `http://localhost:${(broker.address() as AddressInfo).port}/callback`
      const client = await pool.addOAuthClient({ CallbackURLs: [redirect_uri] })
      await page.goto(address('/login').replace(/\?.*/, `?${requestOf({ client }, { redirect_uri })}`))
      await page.getByLabel('Username').fill('gil')
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.waitForURL(home)
    } finally {
      broker.close()
    }
  }))

test('somebody invited chooses a password and fills in what the pool requires', () =>
  visit(async (page) => {
    const temporary = { UserPoolId: pool.id, Username: 'finn', TemporaryPassword: password }
    await server.clients.idp.send(
      new AdminCreateUserCommand({
        ...temporary,
        MessageAction: 'SUPPRESS',
        UserAttributes: [{ Name: 'email', Value: 'finn@example.com' }],
      }),
    )
    await page.goto(address('/login'))
    await page.getByLabel('Username').fill('finn')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    const choose = async (first: string, second: string) => {
      await page.getByLabel('New password', { exact: true }).fill(first)
      await page.getByLabel('New password again').fill(second)
      await page.getByLabel('First name').fill('Finn')
      await page.getByRole('button', { name: 'Continue' }).click()
    }
    await choose('Chosen-pass-1', 'Chosen-pass-2')
    assert.equal(await page.getByRole('alert').textContent(), 'The two passwords are not the same.')
    await choose('short', 'short')
    assert.match((await page.getByRole('alert').textContent()) ?? '', /Password not long enough/)
    await choose('Chosen-pass-1', 'Chosen-pass-1')
    assert.equal((await claimsAt(page))['cognito:username'], 'finn')
  }))

test('somebody who forgot the password sets a new one by a code', () =>
  visit(async (page) => {
    await pool.add('gina', { email: 'gina@example.com', email_verified: 'true', given_name: 'Gina' })
    await page.goto(address('/login'))
    await page.getByRole('link', { name: 'Forgot your password?' }).click()
    await page.getByLabel('Username').fill('gina')
    await page.getByRole('button', { name: 'Send the code' }).click()
    await page.getByLabel('Code').fill(server.world.codeSentTo('gina@example.com'))
    await page.getByLabel('New password', { exact: true }).fill('Recovered-1!')
    await page.getByLabel('New password again').fill('Recovered-1!')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('Your password was changed.').waitFor()
    await page.getByLabel('Password').fill('Recovered-1!')
    await page.getByRole('button', { name: 'Sign in' }).click()
    assert.equal((await claimsAt(page))['cognito:username'], 'gina')
  }))

test('a pool with a second factor asks for the code by e-mail, and a wrong one can be corrected', () =>
  visit(async (page) => {
    const { idp } = server.clients
    await pool.add('hugo', { email: 'hugo@example.com', email_verified: 'true', given_name: 'Hugo' })
    await idp.send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId: pool.id,
        MfaConfiguration: 'ON',
        EmailMfaConfiguration: { Message: 'Your code is {####}', Subject: 'Code' },
      }),
    )
    await page.goto(address('/oauth2/authorize'))
    await page.getByLabel('Username').fill('hugo')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('A code was sent to h***@e***').waitFor()
    await page.getByLabel('Code').fill('00000000')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('alert').waitFor()
    await page.getByLabel('Code').fill(server.world.codeSentTo('hugo@example.com'))
    await page.getByRole('button', { name: 'Continue' }).click()
    assert.equal((await claimsAt(page))['cognito:username'], 'hugo')
  }))

test('somebody who must have a second factor sets up an authenticator app, and is asked for its code from then on', () =>
  visit(async (page) => {
    const { idp } = server.clients
    pool = await makeHosted(server, { CallbackURLs: [callback], GenerateSecret: true })
    await pool.add('ida')
    await idp.send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId: pool.id,
        MfaConfiguration: 'ON',
        SoftwareTokenMfaConfiguration: { Enabled: true },
      }),
    )
    const begin = async () => {
      await page.goto(address('/login'))
      await page.getByLabel('Username').fill('ida')
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign in' }).click()
    }
    const answer = async (code: string) => {
      await page.getByLabel('Code').fill(code)
      await page.getByRole('button', { name: 'Continue' }).click()
    }
    await begin()
    await page.getByRole('heading', { name: 'Set up an authenticator app' }).waitFor()
    const secret = fromBase32((await page.locator('code').textContent()) ?? '') ?? assert.fail('no key')
    await answer('000000')
    await page.getByRole('alert').waitFor()
    await answer(totp(secret, server.world.now()))
    assert.equal((await claimsAt(page))['cognito:username'], 'ida')
    await begin()
    await page.getByText('Open your authenticator app').waitFor()
    await answer(totp(secret, server.world.now() + 30_000))
    assert.equal((await claimsAt(page))['cognito:username'], 'ida')
  }))

test('no page asked the browser for anything its policy forbids', () => {
  assert.deepEqual(
    complaints.filter((text) => !text.includes('favicon')),
    [],
  )
})
