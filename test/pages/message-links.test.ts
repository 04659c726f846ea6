/** The pages that links of messages lead to, in a real browser that runs no scripts: what they say, how they look, where they lead on. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AdminListUserAuthEventsCommand,
  type AssetType,
  type CreateUserPoolCommandInput,
} from '@aws-sdk/client-cognito-identity-provider'
import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { languages } from '../../src/pages/text/choose.ts'
import { feedbackToken } from '../../src/user-pools/risk/feedback.ts'
import { openVisitor } from '../support/hosted.ts'
import { makePool, password } from '../support/people.ts'
import { openPages, type Pages, type Place } from './site.ts'

const byLink: Partial<CreateUserPoolCommandInput> = {
  AutoVerifiedAttributes: ['email'],
  VerificationMessageTemplate: { DefaultEmailOption: 'CONFIRM_WITH_LINK' },
}
const watched = { UserPoolTier: 'PLUS', UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' } } as const
const violet = {
  components: { primaryButton: { lightMode: { defaults: { backgroundColor: '6b21a8ff', textColor: 'ffffffff' } } } },
  texts: { de: { confirmLink: { title: 'Willkommen an Bord' } } },
}
const logo: AssetType = {
  Category: 'FORM_LOGO',
  ColorMode: 'LIGHT',
  Extension: 'SVG',
  Bytes: Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40"><circle cx="20" cy="20" r="16"/></svg>',
  ),
}

let pages: Pages
let classic: Place
let managed: Place
before(async () => {
  pages = await openPages()
  classic = await pages.make({ pool: byLink })
  managed = await pages.make({
    managed: true,
    pool: { ...byLink, ...watched },
    style: {
      Settings: { ...violet, components: { ...violet.components, form: { logo: { enabled: true } } } },
      Assets: [logo],
    },
  })
})
after(() => pages?.close())

const linkIn = (body: string) => /<a href="([^"]+)">/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? assert.fail(body)
const newest = () => pages.server.world.outbox.at(-1) ?? assert.fail('nothing was sent')

async function signUp(page: Page, place: Place, name: string): Promise<void> {
  await page.goto(place.address('/signup'))
  await page.getByLabel('Username').fill(name)
  await page.getByLabel('Email address').fill(`${name}@example.com`)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.getByRole('heading', { name: 'Confirm your account' }).waitFor()
}

for (const brand of ['classic', 'managed'] as const) {
  test(`who signs up at ${brand} pages is told of a link, may have a new one, follows it, and signs in`, () =>
    pages.visit(async (page) => {
      const place = brand === 'classic' ? classic : managed
      await signUp(page, place, 'ann')
      await page.getByText('A link was sent to a***@e***. Follow it').waitFor()
      assert.equal(await page.locator('input:not([type=hidden])').count(), 0)
      await page.getByRole('button', { name: 'Send a new link' }).click()
      await page.getByText('A new link is on its way.').waitFor()
      await page.getByRole('button', { name: 'Send a new link' }).click()
      await page.getByText('A new link was sent a moment ago.').waitFor()
      await page.goto(linkIn(newest().body))
      await page.getByRole('heading', { name: 'You are confirmed' }).waitFor()
      assert.equal(await page.locator('img.logo').count(), brand === 'managed' ? 1 : 0)
      const home = new URL(pages.callback)
      const onward = page.getByRole('link', { name: `Go to ${home.host}` })
      assert.equal(await onward.getAttribute('href'), `${home.origin}/`)
      await page.getByRole('link', { name: 'Sign in' }).click()
      await page.getByLabel('Username').fill('ann')
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      assert.equal((await place.claimsAt(page))['email_verified'], true)
    }))
}

test('who asks for a new link and is confirmed already is sent to the sign-in', () =>
  pages.visit(async (page) => {
    await signUp(page, classic, 'ben')
    assert.ok((await openVisitor().go(linkIn(newest().body))).text.includes('You are confirmed'))
    await page.getByRole('button', { name: 'Send a new link' }).click()
    await page.getByText('Your account is confirmed. Sign in to continue.').waitFor()
    assert.equal(await page.getByLabel('Username').inputValue(), 'ben')
  }))

const guessed = (place: Place, base: string, more: Record<string, string> = {}) =>
  `${base}/confirmUser?${new URLSearchParams({ client_id: place.client.id, user_name: 'x', confirmation_code: '1', ...more })}`
const domainOf = (place: Place) => new URL(place.address('/')).origin

test('the look and its images are there under every name of the server, and no other pool’s', () =>
  pages.visit(
    async (page) => {
      const image = () => page.locator('img.logo').evaluate((img) => (img as HTMLImageElement).naturalWidth)
      for (const base of [pages.server.endpoint, managed.url, domainOf(managed)]) {
        await page.goto(guessed(managed, base))
        assert.equal(await image(), 40, base)
        const button = page.getByRole('link', { name: 'Sign in' })
        assert.equal(await button.evaluate((link) => getComputedStyle(link).backgroundColor), 'rgb(107, 33, 168)')
        assert.equal(new URL((await button.getAttribute('href')) ?? '').origin, domainOf(managed))
      }
      for (const base of [classic.url, domainOf(classic)]) {
        await page.goto(guessed(managed, base))
        assert.equal(await page.locator('img.logo').count(), 0)
      }
    },
    { javaScriptEnabled: true },
  ))

test('nothing that a link names besides is on the page, and the page is in no index', async () => {
  const evil = guessed(managed, managed.url, { redirect_uri: 'https://evil.example/', user_name: '<b>evil</b>' })
  const { status, text, headers } = await openVisitor().go(evil)
  assert.equal(status, 400)
  assert.doesNotMatch(text, /evil/)
  assert.equal(headers.get('x-robots-tag'), 'noindex')
  assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/)
})

test('case 36: at a client with a look, a wrong link says the same of everybody', async () => {
  await managed.add('known', { email: 'known@example.com', email_verified: 'true' })
  const said = async (user_name: string) => (await openVisitor().go(guessed(managed, managed.url, { user_name }))).text
  assert.equal(await said('known'), await said('nobody'))
})

test('where a client has no hosted login, or its pages need a style that it lacks, the page is plain and leads nowhere', async () => {
  const bare = await makePool(pages.server, byLink)
  const unstyled = await pages.make({ managed: true, style: 'none', pool: byLink })
  for (const client_id of [bare.clientId, unstyled.client.id, 'x']) {
    const query = new URLSearchParams({ client_id, user_name: 'x', confirmation_code: '1' })
    const { status, text } = await openVisitor().go(`${pages.server.endpoint}/confirmUser?${query}`)
    assert.equal(status, 400)
    assert.match(text, /This link is not valid/)
    assert.doesNotMatch(text, /\/login/)
  }
})

/** A sign-in that was watched, and the word about it in a notice. */
async function noticed(name: string): Promise<{ token: string; said(): Promise<string | undefined> }> {
  await managed.add(name, { email: `${name}@example.com`, email_verified: 'true' })
  await openVisitor().signIn(managed, managed.address('/').split('?')[1] ?? '', name)
  const list = () =>
    pages.server.clients.idp.send(new AdminListUserAuthEventsCommand({ UserPoolId: managed.id, Username: name }))
  const [event] = (await list()).AuthEvents ?? []
  const { sub } = await managed.look(name).then(({ attributes }) => ({ sub: attributes['sub'] ?? assert.fail() }))
  const about = { poolId: managed.id, sub, id: event?.EventId ?? assert.fail('no event'), clientId: managed.client.id }
  return {
    token: feedbackToken(pages.server.world, about),
    said: async () => (await list()).AuthEvents?.[0]?.EventFeedback?.FeedbackValue,
  }
}
const feedback = (token: string, value: string, more = {}) =>
  `${pages.server.endpoint}/feedback?${new URLSearchParams({ token, value, ...more })}`

test('who is asked about a sign-in gives either answer, and goes on to a new password or to the sign-in', async () => {
  const { token, said } = await noticed('cleo')
  await pages.visit(async (page) => {
    await page.goto(feedback(token, 'Invalid'))
    await page.getByRole('heading', { name: 'Was it you?' }).waitFor()
    const names = await page.getByRole('button').allTextContents()
    assert.deepEqual(names, ['No, it was not me', 'Yes, it was me'])
    await page.getByRole('button', { name: 'No, it was not me' }).click()
    await page.getByText('Change your password now.').waitFor()
    assert.equal(await said(), 'Invalid')
    await page.getByRole('link', { name: 'Set a new password' }).click()
    await page.getByRole('heading', { name: 'Forgot your password?' }).waitFor()
    await page.goto(feedback(token, 'Invalid'))
    await page.getByRole('button', { name: 'Yes, it was me' }).click()
    await page.getByText('The sign-in is known as yours.').waitFor()
    assert.equal(await said(), 'Valid')
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  })
})

for (const [lang, text] of Object.entries(languages)) {
  test(`a browser that reads ${lang} is answered in it, and led on in it`, async () => {
    const { token } = await noticed(`reader-${lang.toLowerCase()}`)
    const own = lang === 'de' ? 'Willkommen an Bord' : text.confirmLink.title
    await pages.visit(
      async (page) => {
        const heading = () => page.locator('h1').innerText()
        for (const place of [classic, managed]) {
          await page.goto(guessed(place, domainOf(place)))
          assert.equal(await page.locator('html').getAttribute('lang'), lang)
          assert.equal(await heading(), text.confirmLink.invalidTitle)
          await page.getByRole('link', { name: text.signIn.button, exact: true }).click()
          assert.equal(await heading(), text.signIn.title)
          await page.context().clearCookies()
        }
        await page.goto(feedback(token, 'Valid'))
        assert.equal(await heading(), text.feedback.title)
        await page.getByRole('button', { name: text.feedback.validButton }).click()
        await page.getByText(text.feedback.validDone).waitFor()
        await page.goto(feedback('x', 'Valid'))
        await page.getByText(text.feedback.stale).waitFor()
        await page.goto(managed.address('/signup', { lang }))
        await page.locator('input[name=username]').fill(`new-${lang}`)
        await page.locator('input[type=email]').fill('new@example.com')
        await page.locator('input[type=password]').fill(password)
        await page.locator('main form button').click()
        await page.getByRole('button', { name: text.confirmByLink.resend }).waitFor()
        await page.goto(linkIn(newest().body))
        assert.equal(await heading(), own)
      },
      { locale: lang },
    )
  })
}

test('the pages of links shut nobody out, in every look, in light and in dark', async () => {
  const { token } = await noticed('axe')
  await pages.visit(
    async (page) => {
      for (const address of [guessed(managed, managed.url), guessed(classic, classic.url), feedback(token, 'Valid')]) {
        await page.goto(address)
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          const { violations } = await new AxeBuilder({ page }).analyze()
          const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)
          assert.deepEqual(found, [], `${address} ${colorScheme}`)
        }
      }
    },
    { javaScriptEnabled: true },
  )
  assert.deepEqual(
    pages.complaints.filter((text) => !text.includes('favicon') && !/status of (400|404)/.test(text)),
    [],
  )
})
