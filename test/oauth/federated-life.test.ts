/** What becomes of people from elsewhere when they, their link or their provider is taken away; and failing providers in Chromium. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import {
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminDisableProviderForUserCommand,
  AdminDisableUserCommand,
  AdminEnableUserCommand,
  AdminLinkProviderForUserCommand,
  AdminListUserAuthEventsCommand,
  AdminUserGlobalSignOutCommand,
  CreateIdentityProviderCommand,
  DeleteIdentityProviderCommand,
  UpdateIdentityProviderCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { AxeBuilder } from '@axe-core/playwright'
import { pino } from 'pino'
import type { Browser, Page } from 'playwright-core'
import { tryDue } from '../../src/jobs/queue.ts'
import { providerSignOuts } from '../../src/user-pools/federation/sign-outs.ts'
import { flush } from '../../src/user-pools/risk/event-log.ts'
import { openBrowser } from '../support/browser.ts'
import {
  ask,
  codeIn,
  type HostedPool,
  makeHosted,
  openVisitor,
  redeem,
  requestOf,
  type Seen,
  type Visitor,
} from '../support/hosted.ts'
import { password } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf } from '../support/sign-in.ts'
import { askedOf, type Liar, startLiar } from '../support/upstream.ts'

const logged: Record<string, unknown>[] = []
let server: TestServer
let liar: Liar
let pool: HostedPool
let app: Server
let landing: string
before(async () => {
  liar = await startLiar()
  server = await startTestServer()
  const write = (line: string) => void logged.push(JSON.parse(line) as Record<string, unknown>)
  Object.assign(server.world, { log: pino({ level: 'warn' }, { write }) })
  app = createServer((_, answer) => answer.end('<!doctype html><title>The app</title><h1>The app</h1>')).listen(0)
  landing = `http://localhost:${(app.address() as AddressInfo).port}/callback`
  pool = await makeHosted(server, {}, { UserPoolTier: 'PLUS', UserPoolAddOns: { AdvancedSecurityMode: 'AUDIT' } })
  await provide('Corp')
  const SupportedIdentityProviders = ['COGNITO', 'Corp']
  Object.assign(pool, { client: await pool.addOAuthClient({ SupportedIdentityProviders }) })
})
after(async () => {
  app.close()
  await server.close()
  await liar.close()
})
beforeEach(() => {
  // Each answer of the provider is for its own test.
  delete liar.replies['/token']
})

const provide = (ProviderName: string) =>
  server.clients.idp.send(
    new CreateIdentityProviderCommand({
      ...{ UserPoolId: pool.id, ProviderName, ProviderType: 'OIDC', ProviderDetails: liar.details() },
      AttributeMapping: { email: 'email' },
    }),
  )

/** Somebody goes to the provider, which knows them as `sub`, and comes back. */
async function signIn(sub: string, provider = 'Corp', visitor: Visitor = openVisitor(), of = pool): Promise<Seen> {
  const query = requestOf(of, { identity_provider: provider, scope: 'openid email aws.cognito.signin.user.admin' })
  const asked = askedOf((await visitor.go(`${pool.url}/oauth2/authorize?${query}`)).location)
  const id_token = liar.idToken({ nonce: asked['nonce'], sub, email: `${sub}@corp.example` })
  liar.replies['/token'] = { body: { access_token: 'x', id_token } }
  liar.replies['/me'] = { body: { sub } }
  return visitor.go(
    `${pool.url}/oauth2/idpresponse?${new URLSearchParams({ state: asked['state'] ?? '', code: 'the-code' })}`,
  )
}
const tokensOf = async (seen: Seen, of = pool) => (await redeem(of, codeIn(seen))).body
const refresh = (token: string | undefined, of = pool) =>
  ask(`${pool.url}/oauth2/token`, { grant_type: 'refresh_token', client_id: of.client.id, refresh_token: token ?? '' })
const silently = async (visitor: Visitor, of = pool) => {
  const { location } = await visitor.go(`${pool.url}/oauth2/authorize?${requestOf(of, { prompt: 'none' })}`)
  return new URL(location).searchParams.get('error') ?? 'signed in'
}
const userNamed = (Username: string) => ({ UserPoolId: pool.id, Username })

describe('somebody from elsewhere', () => {
  test('is out at once when disabled: sessions, refresh, and the way back; and in again when enabled', async () => {
    const visitor = openVisitor()
    const { refresh_token: token } = await tokensOf(await signIn('dora', 'Corp', visitor))
    assert.equal(await silently(visitor), 'signed in')
    await server.clients.idp.send(new AdminDisableUserCommand(userNamed('Corp_dora')))
    assert.equal((await refresh(token)).status, 400)
    assert.equal(await silently(visitor), 'login_required')
    assert.match((await signIn('dora')).location, /error_description=User\+is\+disabled/)
    await server.clients.idp.send(new AdminEnableUserCommand(userNamed('Corp_dora')))
    assert.ok((await tokensOf(await signIn('dora')))['id_token'])
  })

  test('is signed out of every browser by a sign-out everywhere, and the provider is asked again', async () => {
    const [one, two] = [openVisitor(), openVisitor()]
    await signIn('elsa', 'Corp', one)
    const { refresh_token: token } = await tokensOf(await signIn('elsa', 'Corp', two))
    server.world.clock.advance(1)
    await server.clients.idp.send(new AdminUserGlobalSignOutCommand(userNamed('Corp_elsa')))
    assert.deepEqual([await silently(one), await silently(two)], ['login_required', 'login_required'])
    assert.equal((await refresh(token)).status, 400)
    server.world.clock.advance(1)
    assert.ok((await tokensOf(await signIn('elsa', 'Corp', one)))['id_token'])
  })

  test('who is deleted has no session left, and comes back as somebody else', async () => {
    const visitor = openVisitor()
    const tokens = await tokensOf(await signIn('fritz', 'Corp', visitor))
    await server.clients.idp.send(new AdminDeleteUserCommand(userNamed('Corp_fritz')))
    assert.equal((await refresh(tokens['refresh_token'])).status, 400)
    assert.equal(await silently(visitor), 'login_required')
    const again = await tokensOf(await signIn('fritz'))
    assert.notEqual(claimsOf(again['id_token'])['sub'], claimsOf(tokens['id_token'])['sub'])
  })

  test('case 24: is out when the provider is deleted; accounts that were only linked to it stay', async () => {
    await provide('Brief')
    const client = await pool.addOAuthClient({ SupportedIdentityProviders: ['COGNITO', 'Brief'] })
    const of = { ...pool, client }
    const sub = await pool.add('linked')
    await server.clients.idp.send(
      new AdminLinkProviderForUserCommand({
        UserPoolId: pool.id,
        DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: 'linked' },
        SourceUser: {
          ...{ ProviderName: 'Brief', ProviderAttributeName: 'Cognito_Subject' },
          ProviderAttributeValue: 'linked-there',
        },
      }),
    )
    const [own, linked] = [openVisitor(), openVisitor()]
    const ownTokens = await tokensOf(await signIn('gus', 'Brief', own, of), of)
    const linkedTokens = await tokensOf(await signIn('linked-there', 'Brief', linked, of), of)
    assert.equal(claimsOf(linkedTokens['id_token'])['sub'], sub)
    server.world.clock.advance(1)
    const gone = { UserPoolId: pool.id, ProviderName: 'Brief' }
    await server.clients.idp.send(new DeleteIdentityProviderCommand(gone))
    await tryDue(server.world, providerSignOuts)
    assert.equal((await refresh(ownTokens['refresh_token'], of)).status, 400)
    assert.equal(await silently(own, of), 'login_required')
    assert.equal((await refresh(linkedTokens['refresh_token'], of)).status, 200)
    assert.equal(await silently(linked, of), 'signed in')
    // The provider comes back, and with it its people.
    await provide('Brief')
    server.world.clock.advance(1)
    const back = await tokensOf(await signIn('gus', 'Brief', openVisitor(), of), of)
    assert.equal(claimsOf(back['id_token'])['sub'], claimsOf(ownTokens['id_token'])['sub'])
  })

  test('is remembered by the browser though invited with a password that they never needed', async () => {
    const Username = 'invited'
    const { User } = await server.clients.idp.send(
      new AdminCreateUserCommand({ UserPoolId: pool.id, Username, MessageAction: 'SUPPRESS' }),
    )
    await server.clients.idp.send(
      new AdminLinkProviderForUserCommand({
        UserPoolId: pool.id,
        DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: Username },
        SourceUser: {
          ...{ ProviderName: 'Corp', ProviderAttributeName: 'Cognito_Subject' },
          ProviderAttributeValue: 'invited-there',
        },
      }),
    )
    const visitor = openVisitor()
    await tokensOf(await signIn('invited-there', 'Corp', visitor))
    assert.equal(User?.UserStatus, 'FORCE_CHANGE_PASSWORD')
    assert.equal(await silently(visitor), 'signed in')
  })

  test('whose link is taken away opens an account of their own from then on', async () => {
    const sub = await pool.add('native')
    const source = { ProviderName: 'Corp', ProviderAttributeName: 'Cognito_Subject', ProviderAttributeValue: 'hal' }
    await server.clients.idp.send(
      new AdminLinkProviderForUserCommand({
        UserPoolId: pool.id,
        DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: 'native' },
        SourceUser: source,
      }),
    )
    assert.equal(claimsOf((await tokensOf(await signIn('hal')))['id_token'])['sub'], sub)
    await server.clients.idp.send(new AdminDisableProviderForUserCommand({ UserPoolId: pool.id, User: source }))
    const own = claimsOf((await tokensOf(await signIn('hal')))['id_token'])
    assert.equal(own['cognito:username'], 'Corp_hal')
    assert.notEqual(own['sub'], sub)
  })

  test('has their sign-ins in the list of events', async () => {
    await signIn('iris')
    await flush(server.world)
    const { AuthEvents = [] } = await server.clients.idp.send(
      new AdminListUserAuthEventsCommand(userNamed('Corp_iris')),
    )
    assert.deepEqual(
      AuthEvents.map(({ EventType, EventResponse, ChallengeResponses }) => [
        EventType,
        EventResponse,
        ChallengeResponses,
      ]),
      [['SignIn', 'Pass', []]],
    )
  })

  test('reaches their account page by the provider, which has them sign in anew for it', async () => {
    const visitor = openVisitor()
    const account = `${pool.url}/account?${requestOf(pool)}`
    const login = new URL((await visitor.go(account)).location, pool.url).href
    const page = await visitor.go(login)
    const link = /href="([^"]*identity_provider=Corp[^"]*)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&')
    const there = await visitor.go(new URL(link ?? assert.fail(page.text), pool.url).href)
    const asked = askedOf(there.location)
    assert.equal(asked['prompt'], 'login')
    const id_token = liar.idToken({ nonce: asked['nonce'], sub: 'jo', email: 'jo@corp.example' })
    liar.replies['/token'] = { body: { access_token: 'x', id_token } }
    liar.replies['/me'] = { body: { sub: 'jo' } }
    const back = new URLSearchParams({ state: asked['state'] ?? '', code: 'c' })
    const seen = await visitor.go(`${pool.url}/oauth2/idpresponse?${back}`)
    assert.match(seen.location, /\/account\?/)
    assert.match((await visitor.go(new URL(seen.location, pool.url).href)).text, /Your account/)
  })
})

describe('a provider that fails, in Chromium', () => {
  let browser: Browser
  let web: HostedPool
  before(async () => {
    browser = await openBrowser()
    const client = await pool.addOAuthClient({
      ...{ SupportedIdentityProviders: ['COGNITO', 'Corp'], CallbackURLs: [landing] },
    })
    web = { ...pool, client }
  })
  after(() => browser?.close())

  const site = () => `http://${pool.domain}.auth.localhost:${new URL(server.endpoint).port}`
  async function visit(act: (page: Page) => Promise<void>): Promise<void> {
    const context = await browser.newContext()
    try {
      const page = await context.newPage()
      page.setDefaultTimeout(15_000)
      await act(page)
    } finally {
      await context.close()
    }
  }
  const start = (page: Page) =>
    page.goto(`${site()}/oauth2/authorize?${requestOf(web, { redirect_uri: landing, identity_provider: 'Corp' })}`)
  /** The provider's own page, which sends the browser straight back. */
  const sendBack = (answer: Record<string, string>) => {
    liar.replies['/authorize'] = { body: '<title>The provider</title>', headers: { 'content-type': 'text/html' } }
    return async (page: Page) => {
      await start(page)
      const state = new URL(page.url()).searchParams.get('state') ?? assert.fail(page.url())
      await page.goto(`${site()}/oauth2/idpresponse?${new URLSearchParams({ state, ...answer })}`)
    }
  }
  const failures: readonly (readonly [name: string, reply: Liar['replies'][string]])[] = [
    ['is down', { status: 503, body: 'Maintenance <script>' }],
    ['answers nonsense', { body: '<!doctype html>' }],
    ['gives what is no token', { body: { access_token: 'x', id_token: 'a.b.c' } }],
    [
      'lies about whom the token is for',
      () => ({ body: { access_token: 'x', id_token: liar.idToken({ aud: 'other', sub: 'x' }) } }),
    ],
  ]
  for (const [name, reply] of failures) {
    test(`${name}: the app is told in words, the log knows why, and the next try works`, () =>
      visit(async (page) => {
        logged.length = 0
        const go = sendBack({ code: 'c' })
        liar.replies['/token'] = reply
        await go(page)
        await page.waitForURL(`${landing}?*`)
        const told = new URL(page.url()).searchParams
        assert.equal(told.get('error'), 'invalid_request')
        assert.ok(told.get('error_description'))
        assert.doesNotMatch(told.get('error_description') ?? '', /script|doctype/)
        const line = logged.find(({ msg }) => msg === 'a provider failed')
        assert.equal(line?.['provider'], 'Corp')
        assert.ok(line?.['why'])
        // A way back: the sign-in page is as it was.
        await page.goto(`${site()}/login?${requestOf(web, { redirect_uri: landing })}`)
        await page.getByRole('link', { name: 'Continue with Corp' }).waitFor()
      }))
  }

  test('that cannot be reached stands in the browser’s own way alone: the pool’s sign-in works on', () =>
    visit(async (page) => {
      const { idp } = server.clients
      const broken = { ...liar.details(), authorize_url: 'http://127.0.0.1:9/authorize' }
      const named = { UserPoolId: pool.id, ProviderName: 'Corp' }
      await idp.send(new UpdateIdentityProviderCommand({ ...named, ProviderDetails: broken }))
      await assert.rejects(start(page), /ERR_CONNECTION_REFUSED|ERR_UNSAFE_PORT/)
      await idp.send(new UpdateIdentityProviderCommand({ ...named, ProviderDetails: liar.details() }))
      const again = await page.context().newPage()
      await again.goto(`${site()}/login?${requestOf(web, { redirect_uri: landing })}`)
      await again.getByLabel('Username').waitFor()
    }))

  test('the page that asks whether to link shuts nobody out, and both ways from it lead on', async () => {
    const { idp } = server.clients
    const update = (linking_policy: string) =>
      idp.send(
        new UpdateIdentityProviderCommand({
          ...{ UserPoolId: pool.id, ProviderName: 'Corp', ProviderDetails: liar.details({ linking_policy }) },
          AttributeMapping: { email: 'email', email_verified: 'email_verified' },
        }),
      )
    await update('ask')
    const sub = await pool.add('kim', { email: 'kim@corp.example', email_verified: 'true' })
    liar.replies['/authorize'] = { body: '<title>The provider</title>', headers: { 'content-type': 'text/html' } }
    /** The browser stands at the provider, which sends it back as Kim. */
    const comeBack = async (page: Page) => {
      const { state = '', nonce } = askedOf(page.url())
      const claims = { sub: 'kim', email: 'kim@corp.example', email_verified: true }
      liar.replies['/token'] = { body: { access_token: 'x', id_token: liar.idToken({ nonce, ...claims }) } }
      liar.replies['/me'] = { body: { sub: 'kim' } }
      await page.goto(`${site()}/oauth2/idpresponse?${new URLSearchParams({ state, code: 'c' })}`)
    }
    const subAt = async (page: Page) => {
      await page.waitForURL(`${landing}?*`)
      const code = new URL(page.url()).searchParams.get('code') ?? assert.fail(page.url())
      return claimsOf((await redeem(web, code, { redirect_uri: landing })).body['id_token'])['sub']
    }
    const asked = async (page: Page) => {
      await start(page)
      await comeBack(page)
      await page.getByText('Sign in once to connect your account with Corp.').waitFor()
    }
    await visit(async (page) => {
      await asked(page)
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        const { violations } = await new AxeBuilder({ page }).analyze()
        assert.deepEqual(
          violations.map(({ id }) => id),
          [],
        )
      }
      await page.getByLabel('Username').fill('kim')
      await page.getByLabel('Password').fill(password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      assert.equal(await subAt(page), sub)
    })
    await idp.send(
      new AdminDisableProviderForUserCommand({
        UserPoolId: pool.id,
        User: { ProviderName: 'Corp', ProviderAttributeName: 'Cognito_Subject', ProviderAttributeValue: 'kim' },
      }),
    )
    await visit(async (page) => {
      await asked(page)
      await page.getByRole('link', { name: 'Keep my accounts apart' }).click()
      await page.waitForURL(`${liar.issuer}/**`)
      await comeBack(page)
      assert.notEqual(await subAt(page), sub)
    })
    await update('never')
  })

  test('an answer that comes twice is explained, and says what to do', () =>
    visit(async (page) => {
      let answer = ''
      page.on('request', (one) => {
        if (one.url().includes('/oauth2/idpresponse')) answer = one.url()
      })
      await sendBack({ error: 'access_denied' })(page)
      await page.waitForURL(`${landing}?*`)
      await page.goto(answer)
      await page.getByRole('heading', { name: 'This did not work' }).waitFor()
      await page.getByText('Go back to the application that sent you here and try again.').waitFor()
    }))
})
