/** WCAG 2.2 AA, as far as a program can tell, of every page in both brands, light and dark; its weight; and the keyboard alone. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AxeBuilder } from '@axe-core/playwright'
import { languages } from '../../src/pages/text/choose.ts'
import { password } from '../support/people.ts'
import { type Brand, type Branded, brands, bring, dressClassic, makeBranded, namesFor } from './every-page.ts'
import { openPages, type Pages } from './site.ts'

let pages: Pages
const places = new Map<Brand, Branded>()
before(async () => {
  pages = await openPages()
  for (const brand of brands) places.set(brand, await makeBranded(pages, brand))
})
after(() => pages?.close())

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

for (const brand of brands) {
  for (const name of namesFor(brand)) {
    test(`${name} of the ${brand} pages has nothing that shuts somebody out, in light and in dark`, () =>
      pages.visit(
        async (page) => {
          await bring(name, page, places.get(brand) ?? assert.fail(), pages)
          const bytes = await page.evaluate(() =>
            [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
              .map((entry) => (entry as PerformanceResourceTiming).decodedBodySize)
              .reduce((sum, one) => sum + one, 0),
          )
          assert.ok(bytes > 1_000 && bytes < 50_000, `${bytes} bytes with all that the page loads`)
          for (const colorScheme of ['light', 'dark'] as const) {
            await page.emulateMedia({ colorScheme })
            const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze()
            const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
            assert.deepEqual(found, [], colorScheme)
          }
          // WCAG 1.4.10: no scrolling in two directions at 320 pixels.
          await page.setViewportSize({ width: 320, height: 640 })
          const width = await page.evaluate(() => document.documentElement.scrollWidth)
          assert.ok(width <= 320, `${width} pixels wide`)
        },
        { javaScriptEnabled: true },
      ))
  }
}

test('every page that a link can open reads from right to left, without a flaw, where its language does', async () => {
  const { open } = places.get('managed') ?? assert.fail()
  await pages.visit(
    async (page) => {
      for (const path of ['/login', '/signup', '/forgotPassword', '/signedout', '/device', '/error']) {
        await page.goto(open.address(path, { lang: 'ar' }))
        if (path !== '/device' && path !== '/error') {
          assert.equal(await page.locator('html').getAttribute('dir'), 'rtl', path)
        }
        const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze()
        assert.deepEqual(
          violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`),
          [],
          path,
        )
      }
    },
    { javaScriptEnabled: true },
  )
})

for (const lang of Object.keys(languages)) {
  test(`the pages speak ${lang}, say so, and lack no sentence`, async () => {
    const { strict } = places.get('managed') ?? assert.fail()
    await pages.visit(
      async (page) => {
        for (const path of ['/login', '/signup', '/device']) {
          await page.goto(strict.address(path, { lang }))
          assert.equal(await page.locator('html').getAttribute('lang'), lang)
          const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze()
          assert.deepEqual(
            violations.map(({ id }) => id),
            [],
            path,
          )
          assert.doesNotMatch(await page.locator('body').innerText(), /undefined|\{\w+\}/)
        }
      },
      { javaScriptEnabled: true },
    )
  })
}

test('the pages that links of messages lead to shut nobody out', async () => {
  const { endpoint } = pages.server
  await pages.visit(
    async (page) => {
      for (const path of [
        '/confirmUser?client_id=x&user_name=x&confirmation_code=x',
        '/feedback?token=x&value=Valid',
      ]) {
        await page.goto(`${endpoint}${path}`)
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze()
          const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
          assert.deepEqual(found, [], `${path} ${colorScheme}`)
        }
      }
    },
    { javaScriptEnabled: true },
  )
})

test('the classic pages stay readable in a pool’s own CSS', async () => {
  const place = await pages.make()
  await dressClassic(pages, place)
  await pages.visit(
    async (page) => {
      await page.emulateMedia({ colorScheme: 'dark' })
      await page.goto(place.address('/login'))
      const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze()
      assert.deepEqual(
        violations.map(({ id }) => id),
        [],
      )
    },
    { javaScriptEnabled: true },
  )
})

test('somebody signs in by the keyboard alone, and always sees where they are', async () => {
  const place = await pages.make()
  await place.add('keys')
  await pages.visit(
    async (page) => {
      await page.goto(place.address('/oauth2/authorize'))
      const focused = () =>
        page.evaluate(() => {
          const element = document.activeElement as HTMLElement
          return {
            name: element.getAttribute('name') ?? element.textContent,
            outline: getComputedStyle(element).outlineStyle,
          }
        })
      const seen: (string | null)[] = []
      for (let step = 0; step < 5; step++) {
        await page.keyboard.press('Tab')
        const { name, outline } = await focused()
        assert.notEqual(outline, 'none', name ?? '')
        seen.push(name)
      }
      assert.deepEqual(seen, [
        ...['username', 'password', 'signInSubmitButton', 'Forgot your password?', 'Create an account'],
      ])
      await page.getByLabel('Username').focus()
      await page.keyboard.type('keys')
      await page.keyboard.press('Tab')
      await page.keyboard.type(password)
      await page.keyboard.press('Enter')
      assert.equal((await place.claimsAt(page))['cognito:username'], 'keys')
    },
    { javaScriptEnabled: true },
  )
})
