/** "Send a new code" wherever a code was sent, in a real browser that runs no scripts. */
import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { SetUserPoolMfaConfigCommand } from '@aws-sdk/client-cognito-identity-provider'
import type { Page } from 'playwright-core'
import { languages } from '../../src/pages/text/choose.ts'
import { codeIn, openVisitor } from '../support/hosted.ts'
import { password } from '../support/people.ts'
import { openPages, type Pages, type Place } from './site.ts'

let pages: Pages
before(async () => {
  pages = await openPages()
})
after(() => pages?.close())

let waited = 0
const wait = (ms: number) => {
  waited += ms
  pages.server.world.clock.advance(ms)
}
afterEach(() => wait(-waited))

const SmsConfiguration = { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms', ExternalId: 'x' }
const email = 'someone@example.com'
const phone_number = '+14255550123'
const verified = { email, email_verified: 'true', phone_number, phone_number_verified: 'true' }

const again = (page: Page) => page.getByRole('button', { name: 'Send a new code' }).click()
const resent = (page: Page) => page.getByText('A new code is on its way.').waitFor()
const tooSoon = (page: Page) => page.getByText('A new code was sent a moment ago.').waitFor()
const messages = () => pages.server.world.outbox.length

/** A place whose users need a second factor by that channel. */
async function withFactor(kind: 'email' | 'sms', managed = false): Promise<Place> {
  const place = await pages.make({ managed, pool: kind === 'sms' ? { SmsConfiguration } : {} })
  await pages.server.clients.idp.send(
    new SetUserPoolMfaConfigCommand({
      ...{ UserPoolId: place.id, MfaConfiguration: 'ON' },
      ...(kind === 'sms'
        ? { SmsMfaConfiguration: { SmsConfiguration } }
        : { EmailMfaConfiguration: { Message: 'Your code is {####}', Subject: 'Code' } }),
    }),
  )
  return place
}

async function signIn(page: Page, place: Place, name: string): Promise<void> {
  await page.goto(place.address('/oauth2/authorize'))
  await page.getByLabel('Username').fill(name)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByLabel('Code').waitFor()
}

async function answer(page: Page, code: string): Promise<void> {
  await page.getByLabel('Code').fill(code)
  await page.getByRole('button', { name: 'Continue' }).click()
}

/** The former code is worth nothing, and the new one signs in. */
async function newCodeCounts(page: Page, to: string, first: string): Promise<void> {
  const code = pages.server.world.codeSentTo(to)
  if (code !== first) {
    await answer(page, first)
    await page.getByRole('alert').waitFor()
  }
  await answer(page, code)
}

for (const [kind, managed, to] of [
  ['email', false, email],
  ['email', true, email],
  ['sms', false, phone_number],
  ['sms', true, phone_number],
] as const) {
  const where = managed ? 'managed login' : 'the classic pages'
  test(`a second factor by ${kind} is sent again at ${where}, not twice within half a minute`, async () => {
    const place = await withFactor(kind, managed)
    await place.add('ada', verified)
    await pages.visit(async (page) => {
      await signIn(page, place, 'ada')
      const first = pages.server.world.codeSentTo(to)
      const before = messages()
      await again(page)
      await resent(page)
      await page
        .getByText(kind === 'email' ? 'A code was sent to s***@e***' : 'A code was sent to +*******0123')
        .waitFor()
      assert.equal(messages(), before + 1)
      await again(page)
      await tooSoon(page)
      assert.equal(messages(), before + 1)
      wait(31_000)
      await again(page)
      await resent(page)
      assert.equal(messages(), before + 2)
      await newCodeCounts(page, to, first)
      assert.equal((await place.claimsAt(page))['cognito:username'], 'ada')
    })
  })
}

test('an address that is just being set up is sent another code, and becomes the user’s by it', async () => {
  const place = await withFactor('email')
  await place.add('eva')
  await pages.visit(async (page) => {
    await page.goto(place.address('/login'))
    await page.getByLabel('Username').fill('eva')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Email address').fill('eva@example.com')
    await page.getByRole('button', { name: 'Continue' }).click()
    const first = pages.server.world.codeSentTo('eva@example.com')
    await again(page)
    await resent(page)
    await newCodeCounts(page, 'eva@example.com', first)
    await place.claimsAt(page)
  })
  const { attributes } = await place.look('eva')
  assert.deepEqual([attributes['email'], attributes['email_verified']], ['eva@example.com', 'true'])
})

for (const [factor, button, to] of [
  ['EMAIL_OTP', 'Email me a code', email],
  ['SMS_OTP', 'Text me a code', phone_number],
] as const) {
  test(`${factor}: a sign-in that begins with a code begins anew, for a name that nobody has as well`, async () => {
    const place = await pages.make({
      managed: true,
      client: { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] },
      pool: {
        SmsConfiguration,
        AutoVerifiedAttributes: ['email'],
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', factor] } },
      },
    })
    await place.add('bob', verified)
    const begin = async (page: Page, name: string) => {
      await page.goto(place.address('/oauth2/authorize'))
      await page.getByLabel('Username').fill(name)
      await page.getByRole('button', { name: 'Next' }).click()
      await page.getByRole('button', { name: button }).click()
      await page.getByLabel('Code').waitFor()
    }
    const press = async (page: Page) => {
      await again(page)
      await resent(page)
      await again(page)
      await tooSoon(page)
    }
    await pages.visit(async (page) => {
      await begin(page, 'bob')
      const first = pages.server.world.codeSentTo(to)
      await press(page)
      await newCodeCounts(page, to, first)
      assert.equal((await place.claimsAt(page))['cognito:username'], 'bob')
    })
    await pages.visit(async (page) => {
      await begin(page, 'nobody')
      const before = messages()
      await press(page)
      assert.equal(messages(), before)
      await answer(page, '00000000')
      assert.equal(await page.getByRole('alert').textContent(), languages['en']?.failures.code)
    })
  })
}

const recover = async (page: Page, place: Place, name: string) => {
  await page.goto(place.address('/forgotPassword'))
  await page.getByLabel('Username').fill(name)
  await page.getByRole('button', { name: 'Send the code' }).click()
  await page.getByRole('heading', { name: 'Set a new password' }).waitFor()
}

test('a recovery is sent another code, which sets the password', async () => {
  const place = await pages.make({ pool: { AutoVerifiedAttributes: ['email'] } })
  await place.add('gil', { email, email_verified: 'true' })
  await pages.visit(async (page) => {
    await recover(page, place, 'gil')
    await again(page)
    await resent(page)
    await again(page)
    await tooSoon(page)
    await page.getByLabel('Code').fill(pages.server.world.codeSentTo(email))
    await page.getByLabel('New password', { exact: true }).fill('Recovered-1!')
    await page.getByLabel('New password again').fill('Recovered-1!')
    await page.getByRole('button', { name: 'Change password' }).click()
    await page.getByText('Your password was changed.').waitFor()
  })
})

const unreachable: [string, Record<string, string> | undefined][] = [
  ['a name that nobody has', undefined],
  ['a user without a verified address', { email: 'unverified@example.com' }],
]
for (const client of ['ENABLED', 'LEGACY'] as const) {
  for (const [who, attributes] of unreachable) {
    test(`case 36: recovery tells nobody apart from ${who}, however often a code is asked for or tried (${client})`, async () => {
      const place = await pages.make({
        client: { PreventUserExistenceErrors: client },
        pool: { AutoVerifiedAttributes: ['email'] },
      })
      await place.add('known', verified)
      if (attributes) await place.add('other', attributes)
      /** What the pages say from the first request on until no more are taken. */
      const said = async (username: string) => {
        const visitor = openVisitor()
        const follow = async (location: string) => {
          const at = new URL(location, place.url).href
          return { at, page: await visitor.go(at) }
        }
        const begin = `${place.url}/forgotPassword?${place.address('/').split('?')[1]}`
        const sent = await visitor.send(await visitor.go(begin), begin, { username })
        let { at, page } = await follow(sent.location)
        const heard: string[] = []
        const note = () =>
          heard.push(/(?:role="alert"|class="notice" role="status")>([^<]*)/.exec(page.text)?.[1] ?? '')
        const send = async (fields: Record<string, string>, which: number) => {
          const next = await visitor.send(page, at, fields, which)
          ;({ at, page } = await follow(next.location))
          note()
        }
        const guess = { code: '000000', new_password: 'Another-pass-1', confirm_password: 'Another-pass-1' }
        await send({ ...guess, new_password: 'short', confirm_password: 'short' }, 0)
        await send({ ...guess, code: ' ' }, 0)
        for (let tries = 0; tries < 7; tries += 1) await send(guess, 0)
        for (let asked = 0; asked < 30; asked += 1) {
          await send({ resend: 'yes' }, 1)
          wait(16_000)
        }
        return heard
      }
      const known = await said('known')
      assert.ok(known.includes(languages['en']?.confirm.soon ?? ''))
      assert.ok(known.includes(languages['en']?.failures.tooMany ?? ''))
      wait(3_600_000)
      assert.deepEqual(await said(attributes ? 'other' : 'nobody'), known)
    })
  }
}

test('a sign-up is sent another code; five in an hour, after which the last one still counts', async () => {
  const place = await pages.make({ pool: { AutoVerifiedAttributes: ['email'] } })
  await pages.visit(async (page) => {
    await page.goto(place.address('/signup'))
    await page.getByLabel('Username').fill('ivy')
    await page.getByLabel('Email address').fill('ivy@example.com')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign up' }).click()
    for (let asked = 0; asked < 5; asked += 1) {
      await again(page)
      await resent(page)
      wait(31_000)
    }
    await again(page)
    assert.equal(await page.getByRole('alert').textContent(), 'Too many attempts. Try again later.')
    await page.getByLabel('Confirmation code').fill(pages.server.world.codeSentTo('ivy@example.com'))
    await page.getByRole('button', { name: 'Confirm account' }).click()
    assert.equal((await place.claimsAt(page))['cognito:username'], 'ivy')
  })
})

test('codes of a second factor end at thirty in an hour, and the last one still counts', async () => {
  const place = await withFactor('email')
  await place.add('max', verified)
  const visitor = openVisitor()
  const asked = await visitor.signIn(place, place.address('/').split('?')[1] ?? '', 'max')
  let at = new URL(asked.location, place.url).href
  let page = await visitor.go(at)
  for (let sent = 1; sent <= 30; sent += 1) {
    const next = await visitor.send(page, at, { resend: 'yes' }, 1)
    at = new URL(next.location, place.url).href
    page = await visitor.go(at)
    assert.match(page.text, sent < 30 ? /A new code is on its way/ : /Too many attempts/)
    wait(31_000)
  }
  const code = pages.server.world.codeSentTo(email)
  assert.ok(codeIn(await visitor.send(page, at, { code })))
})

test('a button that is pressed twice sends one code, and either page takes it', async () => {
  const place = await withFactor('email')
  await place.add('kim', verified)
  for (const [first, second] of [[0, 1] as const, [1, 0] as const]) {
    wait(31_000)
    const visitor = openVisitor()
    const asked = await visitor.signIn(place, place.address('/').split('?')[1] ?? '', 'kim')
    const at = new URL(asked.location, place.url).href
    const page = await visitor.go(at)
    const before = messages()
    const answers = await Promise.all([0, 1].map(() => visitor.send(page, at, { resend: 'yes' }, 1)))
    assert.equal(messages(), before + 1)
    const shown = await Promise.all(answers.map(({ location }) => visitor.go(new URL(location, place.url).href)))
    const code = pages.server.world.codeSentTo(email)
    const took = await visitor.send(shown[first] ?? assert.fail(), at, { code })
    assert.ok(codeIn(took))
    const late = await visitor.send(shown[second] ?? assert.fail(), at, { code })
    assert.equal(late.status, 303)
  }
})

test('case 48: new codes are no new guesses: wrong ones lock the user out, however many codes they are spread over', async () => {
  const place = await withFactor('email')
  await place.add('nia', verified)
  const visitor = openVisitor()
  const asked = await visitor.signIn(place, place.address('/').split('?')[1] ?? '', 'nia')
  const at = new URL(asked.location, place.url).href
  let page = await visitor.go(at)
  const step = async (fields: Record<string, string>, which: number) => {
    const { location } = await visitor.send(page, at, fields, which)
    page = await visitor.go(new URL(location, place.url).href)
  }
  let guesses = 0
  for (; guesses < 20 && !page.text.includes('Too many attempts. Wait a while'); guesses += 1) {
    const code = pages.server.world.codeSentTo(email)
    await step({ code: code === '000000' ? '000001' : '000000' }, 0)
    if (!page.text.includes('name="code"')) continue
    await step({ resend: 'yes' }, 1)
    wait(31_000)
  }
  assert.ok(guesses > 5 && guesses < 15, `${guesses} guesses`)
})

test('where the sign-in is over its time, it begins again, with the name that was given', async () => {
  const place = await withFactor('email')
  await place.add('lou', verified)
  await pages.visit(async (page) => {
    await signIn(page, place, 'lou')
    wait(4 * 60_000)
    const before = messages()
    await again(page)
    assert.equal(await page.getByRole('alert').textContent(), 'Something went wrong. Please try again.')
    assert.equal(await page.getByLabel('Username').inputValue(), 'lou')
    assert.equal(messages(), before)
  })
})

for (const [lang, text] of Object.entries(languages)) {
  test(`the button and what it says are in ${lang}`, async () => {
    const place = await pages.make({ managed: true })
    await pages.visit(
      async (page) => {
        await page.goto(place.address('/forgotPassword', { lang }))
        await page.locator('input[name=username]').fill('anybody')
        await page.locator('main button').click()
        const press = page.getByRole('button', { name: text.confirm.resend })
        await press.click()
        await page.getByText(text.confirm.resent).waitFor()
        await press.click()
        await page.getByText(text.confirm.soon).waitFor()
      },
      { locale: lang },
    )
  })
}

test('no page asked the browser for anything its policy forbids', () => {
  assert.deepEqual(
    pages.complaints.filter((text) => !text.includes('favicon')),
    [],
  )
})
