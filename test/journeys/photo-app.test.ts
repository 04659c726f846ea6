/** The photo app in a real browser, against a real server in development mode: what a newcomer does in the first minute. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { type OwnServer, startOwnServer } from '../../src/commands/demo/server.ts'
import { openBrowser } from '../support/browser.ts'

const password = 'Correct-horse-7'
const patience = 20_000
/** A PNG of one pixel. */
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

let server: OwnServer
let endpoint: string
let browser: Browser

before(async () => {
  // One after the other: what has been opened is known, and closed, if the next one fails.
  server = await startOwnServer(process.env)
  browser = await openBrowser()
  endpoint = JSON.parse(readFileSync(join(server.data, 'endpoints.json'), 'utf8')).endpoint
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

/** A visitor with a browser of one's own; complaints of the page (policy, script errors) fail the test that asks for them. */
async function visit(options: BrowserContextOptions = {}): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })
  context.setDefaultTimeout(patience)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy/i.test(message.text())) complaints.push(message.text())
  })
  await page.goto(`${endpoint}/demo`)
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  return { page, complaints }
}

async function codeFor(email: string): Promise<string> {
  const answer = await fetch(`${endpoint}/mailbox/messages?to=${encodeURIComponent(email)}`)
  const [newest] = (await answer.json()) as { code: string }[]
  assert.ok(newest, `no message to ${email}`)
  return newest.code
}

/** The next view; or, where the form tells a problem instead, that problem. */
async function arrive(page: Page, heading: string): Promise<void> {
  const next = page.getByRole('heading', { name: heading })
  const problem = page.getByRole('alert')
  await next.or(problem).first().waitFor()
  if (await problem.isVisible()) assert.fail(`instead of '${heading}': ${await problem.textContent()}`)
}

async function signUp(page: Page, email: string): Promise<void> {
  await page.getByRole('link', { name: 'Create an account' }).click()
  // Both forms have these fields: the next one must be there before it is filled in.
  await page.getByRole('heading', { name: 'Create an account' }).waitFor()
  await page.getByLabel('E-mail address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Create account' }).click()
  await arrive(page, 'Confirm your address')
}

async function member(page: Page, email: string): Promise<void> {
  await signUp(page, email)
  await page.getByLabel('Code').fill(await codeFor(email))
  await page.getByRole('button', { name: 'Confirm' }).click()
  await arrive(page, 'My pictures')
}

/** No part of the page is wider than the screen. */
const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

describe('the photo app', { timeout: 180_000 }, () => {
  test('a newcomer signs up, confirms, uploads, sees the picture, is kept out of another folder, deletes and signs out', async () => {
    const { page, complaints } = await visit()
    const email = 'ann@example.com'
    await signUp(page, email)
    const hint = page.getByRole('link', { name: 'Open the development mailbox' })
    assert.equal(await hint.getAttribute('href'), `${endpoint}/mailbox?to=ann%40example.com`)

    const code = await codeFor(email)
    await page.getByLabel('Code').fill(code === '000000' ? '000001' : '000000')
    await page.getByRole('button', { name: 'Confirm' }).click()
    assert.equal(await page.getByRole('alert').textContent(), 'That is not the code. Look again, or ask for a new one.')
    await page.getByLabel('Code').fill(code)
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByRole('heading', { name: 'My pictures' }).waitFor()
    await page.getByText('Nothing here yet.').waitFor()
    assert.match((await page.locator('.expiry').textContent()) ?? '', /^access until /)

    await page.locator('input[type=file]').setInputFiles([
      { name: 'first light.png', mimeType: 'image/png', buffer: pixel },
      // Above 5 MiB, so that it goes in parts.
      { name: 'large.png', mimeType: 'image/png', buffer: Buffer.concat([pixel, Buffer.alloc(6 * 1024 * 1024)]) },
      { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('no picture') },
    ])
    await page.getByRole('status').getByText('Only the pictures among those files are taken.').waitFor()
    await page.locator('.uploads .done').nth(1).waitFor()
    const tile = page.getByRole('button', { name: 'First light, show large' })
    await tile.waitFor()
    assert.equal(await page.locator('.grid .tile').count(), 2)
    await tile.locator('img').evaluate((image) => (image as HTMLImageElement).decode())

    await page.getByRole('button', { name: 'Look into it' }).click()
    const verdict = page.locator('.verdict')
    await verdict.getByText('Refused, as it should be').waitFor()
    assert.match((await verdict.textContent()) ?? '', /403 AccessDenied/)
    assert.match((await verdict.locator('.because').textContent()) ?? '', /^Your credentials open users\/us-east-1:/)
    // The reason crosses origins only if the bucket's rules expose it; here it must be there.
    assert.ok(((await verdict.locator('.why').textContent()) ?? '').length > 20)
    await page.getByRole('button', { name: 'Put a picture into it' }).click()
    await verdict.getByText('PutObject users/').waitFor()
    assert.match((await verdict.textContent()) ?? '', /403 AccessDenied/)

    await tile.click()
    const large = page.getByRole('dialog', { name: 'First light' })
    await large.locator('img').waitFor()
    await large.getByRole('button', { name: 'Delete' }).click()
    await large.getByRole('button', { name: 'Delete for good?' }).click()
    await tile.waitFor({ state: 'detached' })

    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await page.goto(`${endpoint}/demo#/pictures`)
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('a guest sees what is public, may drop into temp/ and is refused elsewhere', async () => {
    const { page, complaints } = await visit()
    await page.getByRole('link', { name: 'Guest view' }).click()
    await page.getByRole('heading', { name: 'You are a guest' }).waitFor()
    await page.getByRole('button', { name: 'Dawn over the bay, show large' }).waitFor()
    assert.equal(await page.locator('.grid .tile').count(), 4)
    await page
      .locator('.grid img')
      .first()
      .evaluate((image) => (image as HTMLImageElement).decode())

    await page.locator('input[type=file]').setInputFiles({ name: 'gift.png', mimeType: 'image/png', buffer: pixel })
    await page.locator('.dropped code').waitFor()
    assert.match((await page.locator('.dropped code').textContent()) ?? '', /^temp\/[0-9a-f]{8}-gift\.png$/)

    for (const name of ['Put a file into public/', 'Read what lies in temp/', 'Open a member’s folder']) {
      await page.getByRole('button', { name }).click()
      await page.locator('.verdict.refused').getByText('403 AccessDenied').waitFor()
      await page.evaluate(() => document.querySelector('.verdict')?.remove())
    }
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('somebody without a mouse signs in: Tab reaches everything, Enter sends, the focus follows', async () => {
    const first = await visit()
    await member(first.page, 'keys@example.com')
    await first.page.context().close()

    const { page } = await visit()
    const reach = async (what: string, is: (focused: string) => boolean) => {
      for (let presses = 0; presses < 20; presses += 1) {
        await page.keyboard.press('Tab')
        const focused = await page.evaluate(() => {
          const element = document.activeElement as HTMLElement
          return element.id || element.textContent || ''
        })
        if (is(focused)) return
      }
      assert.fail(`Tab does not reach ${what}`)
    }
    await reach('the address', (focused) => focused === 'field-email')
    await page.keyboard.type('keys@example.com')
    await reach('the password', (focused) => focused === 'field-password')
    await page.keyboard.type('Wrong-password-1')
    await page.keyboard.press('Enter')
    const problem = page.getByRole('alert')
    await problem.getByText('That e-mail address and password do not fit together.').waitFor()
    assert.equal(await problem.evaluate((element) => element === document.activeElement), true)
    await page.getByLabel('Password', { exact: true }).focus()
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.type(password)
    await page.keyboard.press('Enter')
    const heading = page.getByRole('heading', { name: 'My pictures' })
    await heading.waitFor()
    assert.equal(await heading.evaluate((element) => element === document.activeElement), true)
    await reach('signing out by going round', (focused) => focused === 'Look into it')
    await page.keyboard.press('Enter')
    await page.locator('.verdict.refused').waitFor()
    await page.context().close()
  })

  test('a forgotten password is replaced by code, and the old one is refused', async () => {
    const { page } = await visit()
    const email = 'forgetful@example.com'
    await member(page, email)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('E-mail address').fill(email)
    await page.getByRole('link', { name: 'Forgot the password?' }).click()
    await page.getByRole('heading', { name: 'Forgotten password' }).waitFor()
    // What was typed into the other form came along.
    assert.equal(await page.getByLabel('E-mail address').inputValue(), email)
    await page.getByRole('button', { name: 'Send the code' }).click()
    await page.getByRole('heading', { name: 'Choose a new password' }).waitFor()
    await page.getByLabel('Code').fill(await codeFor(email))
    await page.getByLabel('New password', { exact: true }).fill('Another-horse-8')
    await page.getByRole('button', { name: 'Set the password and sign in' }).click()
    await page.getByRole('heading', { name: 'My pictures' }).waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('E-mail address').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('That e-mail address and password do not fit together.').waitFor()
    await page.context().close()
  })

  test('the steps behind the page are shown with the person’s own claims and no secret', async () => {
    const { page } = await visit()
    await member(page, 'curious@example.com')
    await page.getByRole('link', { name: 'How this works' }).click()
    await page.getByRole('heading', { name: 'Three tokens' }).waitFor()
    const text = (await page.locator('main').textContent()) ?? ''
    assert.match(text, /curious@example\.com/)
    assert.match(text, /ASIA[A-Z0-9]{16}/)
    assert.match(text, /us-east-1:[0-9a-f-]{36}/)
    assert.doesNotMatch(text, /eyJ/)
    await page.context().close()
  })

  test('nothing scrolls sideways on a phone, in any view', async () => {
    const { page } = await visit({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true })
    assert.equal(await overflow(page), 0)
    for (const view of ['sign-up', 'confirm', 'forgot', 'reset', 'guest', 'how']) {
      await page.goto(`${endpoint}/demo#/${view}`)
      await page.locator('main h1, main h2').first().waitFor()
      assert.equal(await overflow(page), 0, view)
    }
    await page.goto(`${endpoint}/demo#/sign-in`)
    await member(page, 'a-rather-long-address-for-a-small-telephone@example.com')
    await page.getByRole('button', { name: 'Look into it' }).click()
    await page.locator('.verdict.refused').waitFor()
    assert.equal(await overflow(page), 0, 'pictures')
    await page.getByRole('link', { name: 'How this works' }).click()
    await page.getByRole('heading', { name: 'Three tokens' }).waitFor()
    assert.equal(await overflow(page), 0, 'how, signed in')
    await page.context().close()
  })
})

describe('what serves the photo app', () => {
  test('allows scripts, styles and connections of its own origin only, and no frame around it', async () => {
    const answer = await fetch(`${endpoint}/demo`)
    const policy = answer.headers.get('content-security-policy') ?? ''
    for (const part of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"])
      assert.ok(policy.includes(part), part)
    assert.doesNotMatch(policy, /unsafe/)
    assert.doesNotMatch(await answer.text(), /<script(?![^>]* src=)|<style|\son\w+=|\sstyle=/)
  })

  test('answers 304 to who has the file, 404 to what is none, 405 to writing', async () => {
    const script = await fetch(`${endpoint}/demo/app.js`)
    assert.equal(script.status, 200)
    assert.equal(script.headers.get('content-type'), 'text/javascript; charset=utf-8')
    const again = await fetch(`${endpoint}/demo/app.js`, {
      headers: { 'if-none-match': script.headers.get('etag') ?? '' },
    })
    assert.equal(again.status, 304)
    for (const path of [
      '/demo/src/main.ts',
      '/demo/../package.json',
      '/demo/%2e%2e/%2e%2e/package.json',
      '/demo/constructor',
    ])
      assert.equal((await fetch(`${endpoint}${path}`)).status, 404, path)
    assert.equal((await fetch(`${endpoint}/demo`, { method: 'POST' })).status, 405)
  })

  test('tells the app its ids and no secret', async () => {
    const config = await (await fetch(`${endpoint}/demo/config.json`)).json()
    assert.deepEqual(Object.keys(config).sort(), [
      'bucket',
      'clientId',
      'domain',
      'endpoint',
      'guestRoleArn',
      'identityPoolId',
      'mailbox',
      'region',
      'userPoolId',
      'userRoleArn',
    ])
  })
})
