/** Every page of hosted login, each brought up in a real browser: for what must hold, or be shown, of all of them. */
import assert from 'node:assert/strict'
import {
  CreateIdentityProviderCommand,
  SetUICustomizationCommand,
  SetUserPoolMfaConfigCommand,
  SetUserPoolSessionConfigurationCommand,
  UpdateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import type { Page } from 'playwright-core'
import { feedbackToken } from '../../src/user-pools/risk/feedback.ts'
import { extend } from '../support/extensions.ts'
import { ask } from '../support/hosted.ts'
import { password } from '../support/people.ts'
import { addAuthenticator, type Pages, type Place } from './site.ts'

export const brands = ['classic', 'managed'] as const
export type Brand = (typeof brands)[number]

/** A company's look, in light and dark. */
const brandColors = {
  categories: { global: { colorSchemeMode: 'DYNAMIC' } },
  componentClasses: {
    buttons: { borderRadius: 24 },
    input: { borderRadius: 12 },
    link: { lightMode: { defaults: { textColor: '6b21a8ff' } }, darkMode: { defaults: { textColor: 'd8b4feff' } } },
  },
  components: {
    form: { borderRadius: 20, logo: { enabled: true } },
    pageBackground: { lightMode: { color: 'f5effbff' }, darkMode: { color: '160d20ff' } },
    primaryButton: {
      lightMode: { defaults: { backgroundColor: '6b21a8ff', textColor: 'ffffffff' } },
      darkMode: { defaults: { backgroundColor: 'd8b4feff', textColor: '1d0b2eff' } },
    },
    secondaryButton: {
      lightMode: { defaults: { borderColor: '6b21a8ff', textColor: '6b21a8ff' } },
      darkMode: { defaults: { borderColor: 'd8b4feff', textColor: 'd8b4feff' } },
    },
  },
  texts: {
    ar: {
      language: 'العربية',
      signIn: {
        title: 'تسجيل الدخول',
        button: 'دخول',
        next: 'التالي',
        password: 'كلمة المرور',
        forgot: 'هل نسيت كلمة المرور؟',
        signUp: 'إنشاء حساب',
        noAccount: 'هل أنت جديد هنا؟',
        or: 'أو',
        provider: 'المتابعة باستخدام {name}',
      },
      username: { free: 'اسم المستخدم', email: 'البريد الإلكتروني' },
    },
  },
}

const logo = (color: string) =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="180" height="40" viewBox="0 0 180 40"><circle cx="20" cy="20" r="16" fill="${color}"/><path d="M12 20a8 8 0 0 1 16 0" fill="none" stroke="#fff" stroke-width="3"/><text x="46" y="28" font-family="sans-serif" font-size="24" font-weight="700" fill="${color}">Harbour</text></svg>`,
  )

export type Branded = { readonly open: Place; readonly strict: Place }

/** A pool with every factor and provider there is, so that each page shows all it can; and one that demands a second factor. */
export const makeBranded = async (pages: Pages, brand: Brand): Promise<Branded> => ({
  open: await makeOne(pages, brand, 'OPTIONAL'),
  strict: await makeOne(pages, brand, 'ON'),
})

async function makeOne(pages: Pages, brand: Brand, MfaConfiguration: 'ON' | 'OPTIONAL'): Promise<Place> {
  const managed = brand === 'managed'
  const choosing = managed && MfaConfiguration === 'OPTIONAL'
  const asset = { Category: 'FORM_LOGO', Extension: 'SVG' } as const
  const place = await pages.make({
    ...{ managed, terms: true },
    client: { ExplicitAuthFlows: choosing ? ['ALLOW_USER_AUTH'] : ['ALLOW_USER_PASSWORD_AUTH'] },
    pool: {
      AutoVerifiedAttributes: ['email'],
      Schema: [{ Name: 'given_name', Required: true, Mutable: true }],
      ...(choosing && {
        Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP', 'WEB_AUTHN'] } },
      }),
    },
    style: {
      Settings: brandColors,
      Assets: [
        { ...asset, ColorMode: 'LIGHT', Bytes: logo('#6b21a8') },
        { ...asset, ColorMode: 'DARK', Bytes: logo('#d8b4fe') },
      ],
    },
  })
  const { idp } = pages.server.clients
  const UserPoolId = place.id
  await idp.send(
    new SetUserPoolMfaConfigCommand({
      UserPoolId,
      ...(choosing && { WebAuthnConfiguration: { RelyingPartyId: `${place.domain}.auth.localhost` } }),
      MfaConfiguration,
      SoftwareTokenMfaConfiguration: { Enabled: true },
      EmailMfaConfiguration: { Message: 'Your code is {####}', Subject: 'Code' },
    }),
  )
  await idp.send(
    new SetUserPoolSessionConfigurationCommand({
      ...{ UserPoolId, UserSessionTracking: 'ENABLED', TokenSession: { MaxPerUser: 10 } },
    }),
  )
  const details = { client_id: 'id', client_secret: 'secret', authorize_scopes: 'openid email' }
  await idp.send(
    new CreateIdentityProviderCommand({
      ...{ UserPoolId, ProviderName: 'Google', ProviderType: 'Google', ProviderDetails: details },
    }),
  )
  await idp.send(
    new UpdateUserPoolClientCommand({
      ...{ UserPoolId, ClientId: place.client.id, SupportedIdentityProviders: ['COGNITO', 'Google'] },
      ...{ AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthFlows: ['code'], CallbackURLs: [pages.callback] },
      AllowedOAuthScopes: ['openid', 'email', 'aws.cognito.signin.user.admin'],
      ExplicitAuthFlows: choosing ? ['ALLOW_USER_AUTH'] : ['ALLOW_USER_PASSWORD_AUTH'],
    }),
  )
  return place
}

/** The classic pages as a pool's own CSS has them; that CSS is for a light page. */
export const classicCss = `.submitButton-customizable { background-color: #0f5c4c; color: #fff; height: 46px; border-radius: 4px }
.submitButton-customizable:hover { background-color: #0a4236 }
.banner-customizable { background-color: #e3f1ee; padding: 20px }
.background-customizable { background-color: #f4f8f7 }
.inputField-customizable { border: 1px solid #4d6b65 }`

export const dressClassic = (pages: Pages, place: Place) =>
  pages.server.clients.idp.send(
    new SetUICustomizationCommand({ UserPoolId: place.id, ClientId: place.client.id, CSS: classicCss }),
  )

type Bring = (page: Page, place: Place, pages: Pages) => Promise<void>

let people = 0
/** Somebody new, so that no page depends on an earlier one. */
async function somebody(place: Place, attributes: Record<string, string> = {}): Promise<string> {
  const name = `person${++people}`
  await place.add(name, { email: `${name}@example.com`, email_verified: 'true', given_name: 'Robin', ...attributes })
  return name
}

async function signIn(page: Page, name: string): Promise<void> {
  await page.getByLabel('Username').fill(name)
  const next = page.getByRole('button', { name: 'Next' })
  if (await next.count()) await next.click()
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).first().click()
}

const begin =
  (path: string): Bring =>
  async (page, place) => {
    await page.goto(place.address(path))
  }

/** Where the pool demands a second factor. */
const demanded =
  (attributes: Record<string, string>, then: (page: Page) => Promise<unknown>): Bring =>
  async (page, place) => {
    const name = await somebody(place, attributes)
    await page.goto(place.address('/login'))
    await signIn(page, name)
    await then(page)
  }

const chooseFirst: Bring = async (page, place) => {
  await page.goto(place.address('/login'))
  await page.getByLabel('Username').fill(await somebody(place))
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('heading', { name: 'Choose how to sign in' }).waitFor()
}

const addPasskey: Bring = async (page, place) => {
  await addAuthenticator(page)
  await page.goto(place.address('/passkeys/add'))
  await signIn(page, await somebody(place))
  await page.getByRole('heading', { name: 'Add a passkey' }).waitFor()
}

/** Somebody types what a device shows, and signs in. */
async function typeDeviceCode(page: Page, place: Place, pages: Pages): Promise<void> {
  await extend(pages.server, place, place.client.id, { deviceGrant: true })
  const asked = { client_id: place.client.id, scope: 'openid' }
  const { body } = await ask(`${place.url}/oauth2/device_authorization`, asked)
  await page.goto(new URL('/device', place.address('/login')).href)
  await page.getByLabel('Code').fill(body['user_code'] ?? assert.fail(JSON.stringify(body)))
  await page.getByRole('button', { name: 'Continue' }).click()
  await signIn(page, await somebody(place))
}

/** Each page by its name; those of managed login alone are marked. */
export const everyPage: Readonly<
  Record<string, { readonly bring: Bring; readonly managedOnly?: true; readonly strict?: true }>
> = {
  'sign-in': { bring: begin('/login') },
  'sign-in-refused': {
    bring: async (page, place) => {
      await page.goto(place.address('/login'))
      await signIn(page, 'nobody')
      await page.getByRole('alert').waitFor()
    },
  },
  choice: { bring: chooseFirst, managedOnly: true },
  'sign-up': { bring: begin('/signup') },
  confirm: {
    bring: async (page, place) => {
      await page.goto(place.address('/signup'))
      const name = `person${++people}`
      await page.getByLabel('Username').fill(name)
      await page.getByLabel('Email address').fill(`${name}@example.com`)
      await page.getByLabel('First name').fill('Robin')
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign up' }).click()
      await page.getByLabel('Confirmation code').waitFor()
    },
  },
  'forgot-password': { bring: begin('/forgotPassword') },
  'new-password': {
    bring: async (page, place) => {
      const name = await somebody(place)
      await page.goto(place.address('/forgotPassword'))
      await page.getByLabel('Username').fill(name)
      await page.getByRole('button', { name: 'Send the code' }).click()
      await page.getByRole('heading', { name: 'Set a new password' }).waitFor()
    },
  },
  code: {
    strict: true,
    bring: demanded({}, (page) => page.getByRole('heading', { name: 'Enter your code' }).waitFor()),
  },
  'set-up-choice': {
    strict: true,
    bring: demanded({ email: '', email_verified: '' }, (page) =>
      page.getByRole('heading', { name: 'Choose a second factor' }).waitFor(),
    ),
  },
  'set-up-app': {
    strict: true,
    bring: demanded({ email: '', email_verified: '' }, async (page) => {
      await page.getByLabel('A code from an authenticator app').check()
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByRole('heading', { name: 'Set up an authenticator app' }).waitFor()
    }),
  },
  'set-up-email': {
    strict: true,
    bring: demanded({ email: '', email_verified: '' }, async (page) => {
      await page.getByLabel('A code by email').check()
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByRole('heading', { name: 'Set up codes by email' }).waitFor()
    }),
  },
  'passkey-add': { bring: addPasskey, managedOnly: true },
  'passkey-use': {
    managedOnly: true,
    bring: async (page, place, pages) => {
      await addPasskey(page, place, pages)
      const name = `person${people}`
      await page.getByRole('button', { name: 'Create a passkey' }).click()
      await page.waitForURL(`${pages.callback}?*`)
      await page.context().clearCookies()
      await page.goto(place.address('/login'))
      await page.getByLabel('Username').fill(name)
      await page.getByRole('button', { name: 'Next' }).click()
      await page.getByRole('button', { name: 'Use a passkey' }).click()
      await page.getByRole('heading', { name: 'Sign in with a passkey' }).waitFor()
    },
  },
  device: {
    bring: async (page, place) => {
      await page.goto(new URL('/device', place.address('/login')).href)
      await page.getByRole('heading', { name: 'Connect a device' }).waitFor()
    },
  },
  'device-refused': {
    bring: async (page, place) => {
      await page.goto(new URL('/device?user_code=BCDFGHJK', place.address('/login')).href)
      await page.getByRole('alert').waitFor()
    },
  },
  'device-confirm': {
    bring: async (page, place, pages) => {
      await typeDeviceCode(page, place, pages)
      await page.getByRole('button', { name: 'Allow' }).waitFor()
    },
  },
  'device-connected': {
    bring: async (page, place, pages) => {
      await typeDeviceCode(page, place, pages)
      await page.getByRole('button', { name: 'Allow' }).click()
      await page.getByRole('status').waitFor()
    },
  },
  account: {
    bring: async (page, place) => {
      const name = await somebody(place)
      await place.tokenOf(name)
      await page.goto(place.address('/account'))
      await signIn(page, name)
      await page.getByRole('heading', { name: 'Your account' }).waitFor()
    },
  },
  'signed-out': { bring: begin('/signedout') },
  'confirm-link': {
    bring: async (page, place) => {
      const given = { client_id: place.client.id, user_name: 'x', confirmation_code: '1' }
      await page.goto(new URL(`/confirmUser?${new URLSearchParams(given)}`, place.address('/login')).href)
      await page.getByRole('heading', { name: 'This link is not valid' }).waitFor()
    },
  },
  feedback: {
    bring: async (page, place, { server }) => {
      const event = { poolId: place.id, sub: 'x', id: 'x', clientId: place.client.id }
      const given = { token: feedbackToken(server.world, event), value: 'Valid' }
      await page.goto(`${server.endpoint}/feedback?${new URLSearchParams(given)}`)
      await page.getByRole('heading', { name: 'Was it you?' }).waitFor()
    },
  },
  error: {
    bring: async (page, place) => {
      await page.goto(place.address('/oauth2/authorize', { redirect_uri: 'https://elsewhere.example/' }))
      await page.getByRole('heading', { name: 'This did not work' }).waitFor()
    },
  },
}

export const namesFor = (brand: Brand): string[] =>
  Object.entries(everyPage)
    .filter(([, { managedOnly }]) => brand === 'managed' || !managedOnly)
    .map(([name]) => name)

export async function bring(name: string, page: Page, { open, strict }: Branded, pages: Pages): Promise<void> {
  const { bring: act, strict: demanding } = everyPage[name] ?? assert.fail(name)
  await act(page, demanding ? strict : open, pages)
}
