/** The password policy while somebody types a new password, in a real browser: ticked off by a script, in words without. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AdminCreateUserCommand } from '@aws-sdk/client-cognito-identity-provider'
import type { Page } from 'playwright-core'
import { languages } from '../../src/pages/text/choose.ts'
import { password } from '../support/people.ts'
import { openPages, type Pages, type Place } from './site.ts'

const Policies = {
  PasswordPolicy: {
    MinimumLength: 10,
    ...{ RequireLowercase: true, RequireUppercase: true, RequireNumbers: true, RequireSymbols: true },
  },
}
const written = 'At least 10 characters, a lower case letter, an upper case letter, a number, a symbol'
const scripts = { javaScriptEnabled: true }

let pages: Pages
/** Classic pages, and managed login. */
const places: Place[] = []
before(async () => {
  pages = await openPages()
  for (const managed of [false, true]) {
    places.push(await pages.make({ managed, pool: { Policies, AutoVerifiedAttributes: ['email'] } }))
  }
})
after(() => pages?.close())

let invited = 0
/** Ways to the pages that ask for a new password, by what the page calls it. */
const ways: Readonly<
  Record<string, { readonly reach: (page: Page, place: Place) => Promise<unknown>; readonly field: string }>
> = {
  'sign-up': { field: 'Password', reach: (page, place) => page.goto(place.address('/signup')) },
  recovery: {
    field: 'New password',
    reach: async (page, place) => {
      await page.goto(place.address('/forgotPassword'))
      await page.getByLabel('Username').fill('anybody')
      await page.getByRole('button', { name: 'Send the code' }).click()
      await page.getByRole('heading', { name: 'Set a new password' }).waitFor()
    },
  },
  'the first sign-in of an invited user': {
    field: 'New password',
    reach: async (page, place) => {
      const Username = `invited${++invited}`
      await pages.server.clients.idp.send(
        new AdminCreateUserCommand({
          ...{ UserPoolId: place.id, Username, TemporaryPassword: `${password}-long` },
          MessageAction: 'SUPPRESS',
        }),
      )
      await page.goto(place.address('/login'))
      await page.getByLabel('Username').fill(Username)
      await page.getByLabel('Password').fill(`${password}-long`)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByRole('heading', { name: 'Choose a new password' }).waitFor()
    },
  },
}

const met = (page: Page) => page.locator('.checks li.met').allTextContents()
/** What is before the words: more than a colour. */
const mark = (page: Page, words: string) =>
  page
    .locator('.checks li', { hasText: words })
    .evaluate((item) => getComputedStyle(item, '::before').content.replaceAll('"', ''))

for (const [way, { reach, field }] of Object.entries(ways)) {
  test(`at ${way} each rule is ticked off as it is kept, and said, on both kinds of pages`, async () => {
    for (const place of places) {
      await pages.visit(async (page) => {
        await reach(page, place)
        const input = page.getByLabel(field, { exact: true })
        assert.equal(await page.getByText(written).isVisible(), false)
        assert.deepEqual(await met(page), [])
        await input.pressSequentially('abcD')
        assert.deepEqual(await met(page), ['a lower case letter', 'an upper case letter'])
        assert.deepEqual([await mark(page, 'a lower case letter'), await mark(page, 'a number')], ['✓', '○'])
        await page.locator('[aria-live]', { hasText: 'Still missing: At least 10 characters, a number' }).waitFor()
        await input.pressSequentially('efg 12')
        assert.equal((await met(page)).length, 5)
        await page.locator('[aria-live]', { hasText: 'The password meets all requirements.' }).waitFor()
        await input.press('Backspace')
        assert.equal((await met(page)).includes('At least 10 characters'), false)
        assert.match(await input.getAttribute('aria-describedby').then(String), /policy/)
      }, scripts)
    }
  })

  test(`at ${way} the policy is there in words where no script runs`, async () => {
    for (const place of places) {
      await pages.visit(async (page) => {
        await reach(page, place)
        assert.equal(await page.getByText(written).isVisible(), true)
        assert.equal(await page.locator('.checks').first().isVisible(), false)
      })
    }
  })
}

test('a password that is asked for twice is ticked off when both are the same', async () => {
  for (const place of places) {
    await pages.visit(async (page) => {
      await ways['recovery']?.reach(page, place)
      const same = page.locator('.checks li', { hasText: 'Both passwords are the same' })
      const isMet = () => same.evaluate((item) => item.classList.contains('met'))
      assert.equal(await isMet(), false)
      const [first, second] = [page.getByLabel('New password', { exact: true }), page.getByLabel('New password again')]
      await first.fill('Same-password-1')
      await second.fill('Same-password')
      assert.equal(await isMet(), false)
      await page.locator('[aria-live]', { hasText: 'The two passwords are not the same.' }).waitFor()
      await second.pressSequentially('-1')
      assert.equal(await isMet(), true)
      await first.fill('Another-password-1')
      assert.equal(await isMet(), false)
    }, scripts)
  }
})

test('only the rules of the pool are listed, and nothing is refused by the browser that the server would take', async () => {
  const loose = {
    MinimumLength: 6,
    ...{ RequireLowercase: false, RequireUppercase: false, RequireNumbers: true, RequireSymbols: false },
  }
  const place = await pages.make({ pool: { Policies: { PasswordPolicy: loose }, AutoVerifiedAttributes: ['email'] } })
  await pages.visit(async (page) => {
    await page.goto(place.address('/signup'))
    assert.deepEqual(await page.locator('.checks li').allTextContents(), ['At least 6 characters', 'a number'])
    await page.getByLabel('Username').fill('loose')
    await page.getByLabel('Email address').fill('loose@example.com')
    await page.getByLabel('Password').fill('short')
    await page.getByRole('button', { name: 'Sign up' }).click()
    assert.match(await page.getByRole('alert').innerText(), /Password not long enough/)
    await page.getByLabel('Email address').fill('loose@example.com')
    await page.getByLabel('Password').fill('123456')
    assert.equal((await met(page)).length, 2)
    await page.getByRole('button', { name: 'Sign up' }).click()
    await page.getByLabel('Confirmation code').waitFor()
  }, scripts)
})

for (const [lang, { policy }] of Object.entries(languages)) {
  test(`the rules are ticked off and said in ${lang}`, async () => {
    const place = places[1] ?? assert.fail()
    await pages.visit(async (page) => {
      await page.goto(place.address('/signup', { lang }))
      await page.locator('input[type=password]').pressSequentially('lower')
      assert.deepEqual(await met(page), [policy.lower])
      const rest = [policy.upper, policy.number, policy.symbol].join(', ')
      await page.locator('[aria-live]', { hasText: rest }).waitFor()
      assert.doesNotMatch(await page.locator('[aria-live]').innerText(), /undefined|\{\w+\}/)
      await page.locator('input[type=password]').fill('Complete-password-1')
      await page.locator('[aria-live]', { hasText: policy.met }).waitFor()
    }, scripts)
  })
}

test('a pool’s own CSS colours the ticks by AWS’s names for them', async () => {
  const { SetUICustomizationCommand } = await import('@aws-sdk/client-cognito-identity-provider')
  const place = await pages.make()
  const CSS = `.passwordCheck-valid-customizable { color: #0a5c2a }
.passwordCheck-notValid-customizable { color: #8a1c1c }`
  await pages.server.clients.idp.send(
    new SetUICustomizationCommand({ UserPoolId: place.id, ClientId: place.client.id, CSS }),
  )
  await pages.visit(async (page) => {
    await page.goto(place.address('/signup'))
    await page.getByLabel('Password').fill('a')
    const color = (words: string) =>
      page.locator('.checks li', { hasText: words }).evaluate((item) => getComputedStyle(item).color)
    assert.deepEqual([await color('lower case'), await color('upper case')], ['rgb(10, 92, 42)', 'rgb(138, 28, 28)'])
  }, scripts)
})

test('the script runs by its page’s nonce alone, and no page asked the browser for anything its policy forbids', async () => {
  const place = places[0] ?? assert.fail()
  await pages.visit(async (page) => {
    const answer = await page.goto(place.address('/signup'))
    const policy = answer?.headers()['content-security-policy'] ?? ''
    assert.match(policy, /script-src 'nonce-[\w-]{22}'(;|$)/)
    const login = await page.goto(place.address('/login'))
    assert.doesNotMatch(login?.headers()['content-security-policy'] ?? '', /script-src/)
  })
  assert.deepEqual(
    pages.complaints.filter((text) => !text.includes('favicon')),
    [],
  )
})
