/** Managed login in a real browser: choosing how to sign in, passkeys, second factors, languages, looks and terms. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  SetUICustomizationCommand,
  SetUserPoolMfaConfigCommand,
  UpdateManagedLoginBrandingCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { fromBase32 } from '../../src/protocols/base32.ts'
import { totp } from '../../src/protocols/totp.ts'
import { openVisitor } from '../support/hosted.ts'
import { password } from '../support/people.ts'
import { addAuthenticator, openPages, type Pages } from './site.ts'

let pages: Pages
before(async () => {
  pages = await openPages()
})
after(() => pages?.close())

const choice = {
  managed: true,
  client: { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] },
  pool: {
    AutoVerifiedAttributes: ['email'],
    Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'WEB_AUTHN'] } },
  },
} satisfies Parameters<Pages['make']>[0]

test('managed login has no pages for a client without a style', async () => {
  const place = await pages.make({ managed: true, style: 'none' })
  const page = await openVisitor().go(place.address('/login'))
  assert.equal(page.status, 403)
  assert.match(page.text, /Login pages unavailable\. Please contact an administrator\./)
})

test('somebody gives their name, chooses a code by e-mail, and is in; somebody else chooses the password', async () => {
  const place = await pages.make(choice)
  await place.add('anna', { email: 'anna@example.com', email_verified: 'true' })
  await pages.visit(async (page) => {
    await page.goto(place.address('/oauth2/authorize'))
    assert.equal(await page.getByLabel('Password').count(), 0)
    await page.getByLabel('Username').fill('anna')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByText('Signing in as anna').waitFor()
    await page.getByRole('button', { name: 'Email me a code' }).click()
    await page.getByText('A code was sent to a***@e***').waitFor()
    await page.getByLabel('Code').fill(pages.server.world.codeSentTo('anna@example.com'))
    await page.getByRole('button', { name: 'Continue' }).click()
    assert.equal((await place.claimsAt(page))['cognito:username'], 'anna')
  })
  await pages.visit(async (page) => {
    await page.goto(place.address('/oauth2/authorize'))
    await page.getByLabel('Username').fill('anna')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByLabel('Password').fill('not this one')
    await page.keyboard.press('Enter')
    assert.equal(await page.getByRole('alert').textContent(), 'Incorrect username or password.')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
    assert.equal((await place.claimsAt(page))['cognito:username'], 'anna')
  })
})

test('a name that nobody has is asked the same', async () => {
  const place = await pages.make(choice)
  await pages.visit(async (page) => {
    await page.goto(place.address('/login'))
    await page.getByLabel('Username').fill('nobody')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('button', { name: 'Email me a code' }).click()
    await page.getByText('A code was sent to').waitFor()
    await page.getByLabel('Code').fill('00000000')
    await page.getByRole('button', { name: 'Continue' }).click()
    assert.equal(await page.getByRole('alert').textContent(), 'This code is not right. Check it and try again.')
  })
})

test('somebody signs up, adds a passkey when it is offered, and signs in with it', async () => {
  const place = await pages.make({ ...choice, terms: true })
  const RelyingPartyId = `${place.domain}.auth.localhost`
  const on = { UserPoolId: place.id, WebAuthnConfiguration: { RelyingPartyId } }
  await pages.server.clients.idp.send(new SetUserPoolMfaConfigCommand(on))
  await pages.visit(
    async (page) => {
      await addAuthenticator(page)
      await page.goto(place.address('/signup'))
      const link = page.getByRole('link', { name: 'Privacy policy' })
      assert.equal(await link.getAttribute('href'), 'https://example.com/privacy-policy')
      await page.getByLabel('Username').fill('bea')
      await page.getByLabel('Email address').fill('bea@example.com')
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign up' }).click()
      await page.getByLabel('Confirmation code').fill(pages.server.world.codeSentTo('bea@example.com'))
      await page.getByRole('button', { name: 'Confirm account' }).click()
      await page.getByRole('button', { name: 'Create a passkey' }).click()
      assert.equal((await place.claimsAt(page))['cognito:username'], 'bea')
      await page.context().clearCookies()
      await page.goto(place.address('/login'))
      await page.getByLabel('Username').fill('bea')
      await page.getByRole('button', { name: 'Next' }).click()
      await page.getByRole('button', { name: 'Use a passkey' }).click()
      await page.getByRole('heading', { name: 'Sign in with a passkey' }).waitFor()
      await page.getByRole('button', { name: 'Use passkey' }).click()
      assert.equal((await place.claimsAt(page))['cognito:username'], 'bea')
    },
    { javaScriptEnabled: true },
  )
})

test('a passkey is added only by somebody who is signed in, and may be left for later', async () => {
  const place = await pages.make(choice)
  const RelyingPartyId = `${place.domain}.auth.localhost`
  const on = { UserPoolId: place.id, WebAuthnConfiguration: { RelyingPartyId } }
  await pages.server.clients.idp.send(new SetUserPoolMfaConfigCommand(on))
  await place.add('cleo')
  await pages.visit(async (page) => {
    const query = new URLSearchParams({ client_id: place.client.id, redirect_uri: pages.callback })
    await page.goto(place.address('/passkeys/add').replace(/\?.*/, `?${query}`))
    await page.getByLabel('Username').fill('cleo')
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByLabel('Password').fill(password)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Add a passkey' }).waitFor()
    await page.getByRole('button', { name: 'Not now' }).click()
    await page.waitForURL(pages.callback)
  })
})

test('who must have a second factor chooses between an app, whose QR code is a picture, and codes by e-mail', async () => {
  const place = await pages.make({ managed: true })
  await pages.server.clients.idp.send(
    new SetUserPoolMfaConfigCommand({
      UserPoolId: place.id,
      MfaConfiguration: 'ON',
      SoftwareTokenMfaConfiguration: { Enabled: true },
      EmailMfaConfiguration: { Message: 'Your code is {####}', Subject: 'Code' },
    }),
  )
  for (const name of ['dan', 'eva']) await place.add(name)
  const begin = (name: string, act: Parameters<Pages['visit']>[0]) =>
    pages.visit(async (page, context) => {
      await page.goto(place.address('/login'))
      await page.getByLabel('Username').fill(name)
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      await act(page, context)
      assert.equal((await place.claimsAt(page))['cognito:username'], name)
    })
  await begin('dan', async (page) => {
    await page.getByLabel('A code from an authenticator app').check()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByRole('img', { name: 'Picture to scan' }).waitFor()
    const secret = fromBase32((await page.locator('code').textContent()) ?? '') ?? assert.fail('no key')
    await page.getByLabel('Code').fill(totp(secret, pages.server.world.now()))
    await page.getByRole('button', { name: 'Continue' }).click()
  })
  await begin('eva', async (page) => {
    await page.getByLabel('A code by email').check()
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByLabel('Email address').fill('eva@example.com')
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.getByText('A code was sent to e***@e***').waitFor()
    await page.getByLabel('Code').fill(pages.server.world.codeSentTo('eva@example.com'))
    await page.getByRole('button', { name: 'Continue' }).click()
  })
})

test('the pages speak the language of the link and remember it; else the browser’s; the pool’s own where it has one', async () => {
  const texts = { ar: { signIn: { title: 'تسجيل الدخول', button: 'دخول' } } }
  const place = await pages.make({ managed: true, style: { Settings: { texts } } })
  await pages.visit(
    async (page) => {
      await page.goto(place.address('/login'))
      assert.equal(await page.locator('html').getAttribute('lang'), 'it')
      await page.goto(place.address('/login', { lang: 'de' }))
      await page.getByLabel('Benutzername').waitFor()
      await page.goto(place.address('/forgotPassword'))
      await page.getByRole('heading', { name: 'Passwort vergessen?' }).waitFor()
      await page.goto(place.address('/login', { lang: 'ar' }))
      await page.getByRole('heading', { name: 'تسجيل الدخول' }).waitFor()
      assert.equal(await page.locator('html').getAttribute('dir'), 'rtl')
      await page.goto(place.address('/login', { lang: 'xx' }))
      assert.equal(await page.locator('html').getAttribute('lang'), 'ar')
    },
    { locale: 'it-IT' },
  )
})

test('the settings of a style become colours, for light and dark, with the logo of each', async () => {
  const png = Buffer.from(
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
    'base64',
  )
  const asset = { Category: 'FORM_LOGO', Extension: 'PNG', Bytes: png } as const
  const place = await pages.make({
    managed: true,
    style: {
      Settings: {
        categories: { global: { colorSchemeMode: 'DYNAMIC' } },
        components: {
          form: { logo: { enabled: true } },
          primaryButton: {
            lightMode: { defaults: { backgroundColor: '112233ff' } },
            darkMode: { defaults: { backgroundColor: 'aabbccff' } },
          },
        },
      },
      Assets: [
        { ...asset, ColorMode: 'LIGHT' },
        { ...asset, ColorMode: 'DARK', Bytes: Buffer.concat([png, Buffer.alloc(1)]) },
      ],
    },
  })
  const seen = (colorScheme: 'light' | 'dark') =>
    pages.visit(
      async (page) => {
        await page.goto(place.address('/login'))
        const color = await page
          .getByRole('button', { name: 'Sign in' })
          .evaluate((button) => getComputedStyle(button).backgroundColor)
        const image = page.locator('img.logo')
        return {
          color,
          source: await image.evaluate((img) => (img as HTMLImageElement).currentSrc),
          width: await image.evaluate((img) => (img as HTMLImageElement).naturalWidth),
        }
      },
      { colorScheme, javaScriptEnabled: true },
    )
  const [light, dark] = [await seen('light'), await seen('dark')]
  assert.deepEqual([light.color, dark.color], ['rgb(17, 34, 51)', 'rgb(170, 187, 204)'])
  assert.notEqual(light.source, dark.source)
  assert.equal(light.width, 1)
})

test('errors and connected devices keep the look of the client, if it is the pool’s', async () => {
  const components = { primaryButton: { lightMode: { defaults: { backgroundColor: '112233ff' } } } }
  const place = await pages.make({ managed: true, style: { Settings: { components } } })
  const other = await pages.make()
  const shown = async (path: string, client_id: string) =>
    (await openVisitor().go(`${place.url}${path}&${new URLSearchParams({ client_id })}`)).text
  for (const path of ['/error?error=redirect_mismatch', '/device?done=yes', '/device?done=no']) {
    assert.match(await shown(path, place.client.id), /--act:#112233ff/)
    for (const client of [other.client.id, 'x', 'x'.repeat(200)]) {
      assert.doesNotMatch(await shown(path, client), /--act:#112233ff/)
    }
  }
})

test('a style goes back to what Cognito provides, and changes at once', async () => {
  const { idp } = pages.server.clients
  const place = await pages.make({ managed: true, style: 'none' })
  const { CreateManagedLoginBrandingCommand } = await import('@aws-sdk/client-cognito-identity-provider')
  const common = { UserPoolId: place.id, ClientId: place.client.id }
  const Settings = { components: { form: { borderRadius: 33 } } }
  const made = await idp.send(new CreateManagedLoginBrandingCommand({ ...common, Settings }))
  const radius = async () => (await openVisitor().go(place.address('/login'))).text.match(/--round-card:(\d+)px/)?.[1]
  assert.equal(await radius(), '33')
  const { ManagedLoginBrandingId } = made.ManagedLoginBranding ?? assert.fail()
  const back = { UserPoolId: place.id, ManagedLoginBrandingId, UseCognitoProvidedValues: true }
  await idp.send(new UpdateManagedLoginBrandingCommand(back))
  assert.equal(await radius(), '8')
})

test('the classic pages wear the CSS of their client', async () => {
  const place = await pages.make()
  const CSS = `.submitButton-customizable { background-color: #0a7; height: 60px }
.submitButton-customizable:hover { background-color: #085 }
.inputField-customizable { border: 2px solid #123456 }
.label-customizable { color: #654321 }
.background-customizable { background-color: #eeddcc }`
  const { idp } = pages.server.clients
  await idp.send(new SetUICustomizationCommand({ UserPoolId: place.id, ClientId: place.client.id, CSS }))
  await pages.visit(
    async (page) => {
      await page.goto(place.address('/login'))
      const style = (selector: string, name: string) =>
        page
          .locator(selector)
          .first()
          .evaluate((element, of) => getComputedStyle(element).getPropertyValue(of), name)
      assert.equal(await style('button', 'background-color'), 'rgb(0, 170, 119)')
      assert.equal(await style('button', 'height'), '60px')
      assert.equal(await style('#signInFormUsername', 'border-top-color'), 'rgb(18, 52, 86)')
      assert.equal(await style('label', 'color'), 'rgb(101, 67, 33)')
      assert.equal(await style('body', 'background-color'), 'rgb(238, 221, 204)')
      await page.locator('button').first().hover()
      assert.equal(await style('button', 'background-color'), 'rgb(0, 136, 85)')
    },
    { javaScriptEnabled: true },
  )
})

test('no page is larger than 50 KB, and none asked the browser for anything its policy forbids', async () => {
  const place = await pages.make({ ...choice, terms: true })
  for (const path of ['/login', '/signup', '/forgotPassword', '/error']) {
    const { text } = await openVisitor().go(place.address(path))
    assert.ok(Buffer.byteLength(text) < 50_000, path)
  }
  assert.deepEqual(
    pages.complaints.filter((text) => !text.includes('favicon')),
    [],
  )
})

test('an app that asks for a level gets it: a second factor is asked for, and the token says so', async () => {
  const place = await pages.make({ managed: true })
  await pages.server.clients.idp.send(
    new SetUserPoolMfaConfigCommand({
      ...{ UserPoolId: place.id, MfaConfiguration: 'OPTIONAL' },
      EmailMfaConfiguration: { Message: 'Your code is {####}', Subject: 'Code' },
    }),
  )
  await place.add('level', { email: 'level@example.com', email_verified: 'true' })
  await pages.visit(async (page) => {
    await page.goto(place.address('/oauth2/authorize', { acr_values: 'urn:cognito:loa:3' }))
    await page.getByLabel('Username').fill('level')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByLabel('Code').fill(pages.server.world.codeSentTo('level@example.com'))
    await page.getByRole('button', { name: 'Continue' }).click()
    const claims = await place.claimsAt(page)
    assert.equal(claims['acr'], 'urn:cognito:loa:3')
    assert.deepEqual((claims['amr'] as string[]).toSorted(), ['email_otp', 'mfa', 'pwd'])
  })
})
