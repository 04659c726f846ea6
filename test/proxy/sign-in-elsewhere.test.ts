/** Sign-in with providers of others: one written by others, one that misbehaves as told, and a real browser before a pool of ours. */
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import Provider from 'oidc-provider'
import type { OidcSettings } from '../../src/gateway/load-balancer/settings.ts'
import { openBrowser } from '../support/browser.ts'
import { makeCertificate } from '../support/certificate.ts'
import { makeHosted, openVisitor, type Visitor } from '../support/hosted.ts'
import { password } from '../support/people.ts'
import { startTestProxy, startUpstream, type TestProxy, type Upstream } from '../support/proxy.ts'
import { startTestServer } from '../support/server.ts'
import { type TestWorld, testWorld } from '../support/world.ts'

let world: TestWorld
let upstream: Upstream
let proxy: TestProxy
let base: string
const forward = { type: 'forward', upstream: 'app' } as const
before(async () => {
  world = await testWorld()
  upstream = await startUpstream((_, response, { url }) => response.end(`app ${url}`))
  proxy = await startTestProxy(world, {
    upstreams: { app: { targets: [upstream.url] } },
    routes: [{ actions: [forward] }],
  })
  base = `http://localhost:${proxy.port}`
})
after(async () => {
  await proxy?.close()
  await upstream?.close()
  await world?.close()
})

const lastSeen = () => upstream.seen.at(-1) ?? assert.fail('nothing arrived')
const portOf = (one: Server) => (one.address() as AddressInfo).port

async function follow(visitor: Visitor, url: string) {
  for (let hops = 0; hops < 10; hops++) {
    const seen = await visitor.go(url)
    if (seen.status !== 302 && seen.status !== 303) return { seen, url }
    url = new URL(seen.location, url).href
  }
  return assert.fail(`a loop of redirects at ${url}`)
}

describe('with the provider oidc-provider', () => {
  let server: Server
  before(async () => {
    server = createServer().listen(0)
    const issuer = `http://localhost:${portOf(server)}`
    const provider = new Provider(issuer, {
      clients: [
        { client_id: 'app', client_secret: 'a secret, with: signs', redirect_uris: [`${base}/oauth2/idpresponse`] },
      ],
      claims: { openid: ['sub'], email: ['email', 'email_verified'] },
      pkce: { required: () => false },
      findAccount: async (_: unknown, id: string) => ({
        accountId: id,
        claims: async () => ({ sub: id, email: `${id}@example.org`, email_verified: true }),
      }),
    })
    server.on('request', provider.callback())
    const settings: OidcSettings = {
      type: 'authenticate-oidc',
      Issuer: issuer,
      AuthorizationEndpoint: `${issuer}/auth`,
      TokenEndpoint: `${issuer}/token`,
      UserInfoEndpoint: `${issuer}/me`,
      ClientId: 'app',
      ClientSecret: 'a secret, with: signs',
      Scope: 'openid email',
    }
    await proxy.change({ routes: [{ actions: [settings, forward] }] })
  })
  after(() => {
    server?.closeAllConnections()
    server?.close()
  })

  test('somebody signs in, consents, and is known to the application', async () => {
    const visitor = openVisitor()
    const first = await follow(visitor, `${base}/me?tab=1`)
    const submit = async (page: { seen: { text: string }; url: string }, fields: Record<string, string>) => {
      const action = /<form[^>]*action="([^"]+)"/.exec(page.seen.text)?.[1] ?? assert.fail(page.seen.text)
      const sent = await visitor.go(new URL(action, page.url).href, {
        method: 'POST',
        body: new URLSearchParams(fields),
      })
      return follow(visitor, new URL(sent.location, page.url).href)
    }
    const consent = await submit(first, { prompt: 'login', login: 'grace', password: 'x' })
    const { seen, url } = await submit(consent, { prompt: 'consent' })
    assert.deepEqual([seen.text, url], ['app /me?tab=1', `${base}/me?tab=1`])
    const { headers } = lastSeen()
    assert.equal(headers['x-amzn-oidc-identity'], 'grace')
    const claims = JSON.parse(Buffer.from(headers['x-amzn-oidc-data']?.split('.')[1] ?? '', 'base64url').toString())
    assert.deepEqual([claims.email, claims.email_verified], ['grace@example.org', true])
  })
})

describe('with a provider that misbehaves', () => {
  let server: Server
  let issuer: string
  let behave: {
    token?: (nonce: string) => Promise<object> | object
    tokenStatus?: number
    info?: unknown
    infoStatus?: number
  } = {}
  let nonce = ''
  let asked: string[] = []
  let key: Awaited<ReturnType<typeof generateKeyPair>>
  const idToken = (claims: object = {}) =>
    new SignJWT({ nonce, sub: 'u1', ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'k' })
      .setIssuer(issuer)
      .setAudience('app')
      .setExpirationTime('10m')
      .sign(key.privateKey)
  before(async () => {
    key = await generateKeyPair('RS256')
    server = createServer(async (request, response) => {
      asked.push(request.url ?? '')
      const json = (status: number, value: unknown) => {
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(typeof value === 'string' ? value : JSON.stringify(value))
      }
      if (request.url === '/.well-known/openid-configuration') return json(200, { issuer, jwks_uri: `${issuer}/jwks` })
      if (request.url === '/jwks') return json(200, { keys: [{ ...(await exportJWK(key.publicKey)), kid: 'k' }] })
      if (request.url === '/token') {
        const usual = async () => ({ access_token: 'at', id_token: await idToken(), expires_in: 3600 })
        return json(behave.tokenStatus ?? 200, await (behave.token ?? usual)(nonce))
      }
      return json(behave.infoStatus ?? 200, behave.info ?? { sub: 'u1' })
    }).listen(0)
    issuer = `http://127.0.0.1:${portOf(server)}`
    await proxy.change({
      routes: [
        {
          actions: [
            {
              type: 'authenticate-oidc',
              ...{ Issuer: issuer, AuthorizationEndpoint: `${issuer}/auth`, TokenEndpoint: `${issuer}/token` },
              ...{ UserInfoEndpoint: `${issuer}/me`, ClientId: 'app', ClientSecret: 's' },
            },
            forward,
          ],
        },
      ],
    })
  })
  after(() => {
    server?.closeAllConnections()
    server?.close()
  })

  /** The way back with a code, after the provider was told how to behave. */
  async function comeBack(how: typeof behave) {
    const visitor = openVisitor()
    const { location } = await visitor.go(`${base}/x`)
    const { searchParams } = new URL(location)
    nonce = searchParams.get('nonce') ?? ''
    behave = how
    asked = []
    const state = searchParams.get('state') ?? ''
    const seen = await visitor.go(`${base}/oauth2/idpresponse?${new URLSearchParams({ code: 'c', state })}`)
    const signedIn = [...visitor.jar.keys()].some((name) => name.startsWith('AWSELB'))
    return { status: seen.status, signedIn, visitor }
  }

  test('one that behaves signs in; no refresh token means that the session goes on until its end', async () => {
    const { status, visitor } = await comeBack({})
    assert.equal(status, 302)
    world.clock.advance(2 * 3_600_000)
    asked = []
    assert.equal((await visitor.go(`${base}/x`)).text, 'app /x')
    assert.deepEqual(asked, [])
    world.clock.advance(-2 * 3_600_000)
  })

  const stranger = async () => (await generateKeyPair('RS256')).privateKey
  const cases: Record<string, [number, () => typeof behave]> = {
    'no ID token': [401, () => ({ token: () => ({ access_token: 'at' }) })],
    'an ID token with another nonce': [
      401,
      () => ({ token: async () => ({ access_token: 'at', id_token: await idToken({ nonce: 'x' }) }) }),
    ],
    'an ID token without a nonce': [
      401,
      () => ({ token: async () => ({ access_token: 'at', id_token: await idToken({ nonce: undefined }) }) }),
    ],
    'an ID token that also names another party': [
      401,
      () => ({ token: async () => ({ access_token: 'at', id_token: await idToken({ azp: 'other' }) }) }),
    ],
    'an ID token of a stranger': [
      401,
      () => ({
        token: async (given) => ({
          access_token: 'at',
          id_token: await new SignJWT({ nonce: given, sub: 'u1' })
            .setProtectedHeader({ alg: 'RS256', kid: 'k' })
            .setIssuer(issuer)
            .setAudience('app')
            .setExpirationTime('10m')
            .sign(await stranger()),
        }),
      }),
    ],
    'an unsigned ID token': [
      401,
      () => ({
        token: (given) => {
          const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
          const id_token = `${part({ alg: 'none' })}.${part({ iss: issuer, aud: 'app', sub: 'u1', nonce: given, exp: 9e9 })}.`
          return { access_token: 'at', id_token }
        },
      }),
    ],
    'claims of another user': [500, () => ({ info: { sub: 'u2' } })],
    'claims without a user': [500, () => ({ info: { email: 'x' } })],
    'claims that are no object': [500, () => ({ info: 'not json' })],
    'claims beyond 11 KB': [500, () => ({ info: { sub: 'u1', groups: 'x'.repeat(11_300) } })],
    'a user-info endpoint that fails': [500, () => ({ infoStatus: 503 })],
    'a token endpoint that fails': [500, () => ({ tokenStatus: 500 })],
    'a code it does not know': [401, () => ({ tokenStatus: 400, token: () => ({ error: 'invalid_grant' }) })],
    'tokens that are no object': [500, () => ({ token: () => [] })],
    'an access token that would break a head': [500, () => ({ token: () => ({ access_token: 'a\r\nb: c' }) })],
  }
  for (const [name, [wanted, how]] of Object.entries(cases))
    test(`${name}: ${wanted}, and nobody is signed in`, async () => {
      const { status, signedIn } = await comeBack(how())
      assert.deepEqual([status, signedIn], [wanted, false])
    })

  test('claims of just under 11 KB fit, in shards of less than 4 KB', async () => {
    const { status, visitor } = await comeBack({ info: { sub: 'u1', groups: 'x'.repeat(11_000) } })
    assert.equal(status, 302)
    const shards = [...visitor.jar].filter(([name]) => name.startsWith('AWSELB'))
    assert.equal(shards.length, 4)
    assert.ok(shards.every(([name, value]) => name.length + value.length < 4_000))
    assert.equal((await visitor.go(`${base}/x`)).text, 'app /x')
    assert.ok((lastSeen().headers['x-amzn-oidc-data']?.length ?? 0) > 11_000)
  })
  test('a provider that is down signs nobody in, and who has a session does not notice', async () => {
    const { visitor } = await comeBack({})
    const { location } = await openVisitor().go(`${base}/x`)
    assert.ok(location.startsWith(`${issuer}/auth`))
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    assert.equal((await visitor.go(`${base}/x`)).text, 'app /x')
    const other = openVisitor()
    const away = new URL((await other.go(`${base}/x`)).location)
    const state = away.searchParams.get('state') ?? ''
    const back = await other.go(`${base}/oauth2/idpresponse?${new URLSearchParams({ code: 'c', state })}`)
    assert.equal(back.status, 500)
  })
})

test('somebody in a real browser, over TLS, signs in, idles out, is back in silence, and signs out', async () => {
  const server = await startTestServer()
  const { files } = await makeCertificate('localhost')
  const pool = await makeHosted(server)
  const secure = await startTestProxy(server.world, {
    listeners: [{ host: '127.0.0.1', port: 0, tls: files }],
    upstreams: { app: { targets: [upstream.url] } },
    routes: [{ actions: [forward] }],
  })
  const app = `https://localhost:${secure.port}`
  const client = await pool.addOAuthClient({
    GenerateSecret: true,
    CallbackURLs: [`${app}/oauth2/idpresponse`],
    LogoutURLs: [`${app}/bye`],
  })
  await pool.add('ann', { email: 'ann@example.com' })
  const rule = {
    type: 'authenticate-cognito',
    UserPoolArn: `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${pool.id}`,
    ...{ UserPoolClientId: client.id, UserPoolDomain: pool.domain, SessionTimeout: 300 },
  } as const
  await secure.change({ routes: [{ path: '/bye', actions: [forward] }, { actions: [rule, forward] }] })
  const browser = await openBrowser()
  try {
    const context = await browser.newContext({ ignoreHTTPSErrors: true })
    const page = await context.newPage()
    page.setDefaultTimeout(15_000)
    await page.goto(`${app}/inbox?folder=1`)
    await page.getByLabel('Username').fill('ann')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.waitForURL(`${app}/inbox?folder=1`)
    assert.equal(await page.textContent('body'), 'app /inbox?folder=1')
    const shards = (await context.cookies(app)).filter(({ name }) => name.startsWith('AWSELBAuthSessionCookie-'))
    assert.ok(shards.length > 0 && shards.every(({ secure: kept, httpOnly }) => kept && httpOnly))
    server.world.clock.advance(301_000)
    const hops: string[] = []
    page.on('request', (request) => hops.push(new URL(request.url()).pathname))
    await page.goto(`${app}/again`)
    assert.equal(await page.textContent('body'), 'app /again')
    assert.ok(hops.includes('/oauth2/authorize') && hops.includes('/oauth2/idpresponse'), hops.join(' '))
    await context.clearCookies({ name: /^AWSELB/ })
    await page.goto(
      `http://${pool.domain}.auth.localhost:${new URL(server.endpoint).port}/logout?client_id=${client.id}&logout_uri=${encodeURIComponent(`${app}/bye`)}`,
    )
    assert.equal(page.url(), `${app}/bye`)
    await page.goto(`${app}/inbox`)
    await page.getByLabel('Password').waitFor()
  } finally {
    await browser.close()
    await secure.close()
    await server.close()
  }
})
