/** Sign-in at the load balancer, before a pool of this server: a browser without scripts walks it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { AdminUserGlobalSignOutCommand } from '@aws-sdk/client-cognito-identity-provider'
import { AlbJwtVerifier } from 'aws-jwt-verify'
import { AlbJwksCache } from 'aws-jwt-verify/alb-cache'
import type { CognitoSettings } from '../../src/gateway/load-balancer/settings.ts'
import { fetchHere, type HostedPool, makeHosted, openVisitor, type Visitor } from '../support/hosted.ts'
import { password } from '../support/people.ts'
import { say, startTestProxy, startUpstream, type TestProxy, tell, type Upstream } from '../support/proxy.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: HostedPool
let client: { id: string; secret: string | undefined }
let upstream: Upstream
let proxy: TestProxy
let base: string
const loadBalancerArn = 'arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/app/photos/50dc6c495c0c9188'

const rule = (more: Partial<CognitoSettings> = {}): CognitoSettings => ({
  type: 'authenticate-cognito',
  UserPoolArn: `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${pool.id}`,
  UserPoolClientId: client.id,
  UserPoolDomain: pool.domain,
  Scope: 'openid email profile',
  ...more,
})

before(async () => {
  server = await startTestServer()
  upstream = await startUpstream((_, response, { url }) => response.end(`app ${url}`))
  const upstreams = { app: { targets: [upstream.url] }, absent: { targets: ['http://127.0.0.1:9'] } }
  const forward = { type: 'forward', upstream: 'app' } as const
  proxy = await startTestProxy(server.world, { loadBalancerArn, upstreams, routes: [{ actions: [forward] }] })
  base = `http://localhost:${proxy.port}`
  pool = await makeHosted(server)
  client = await pool.addOAuthClient({
    GenerateSecret: true,
    CallbackURLs: [`${base}/oauth2/idpresponse`],
    LogoutURLs: [`${base}/bye`],
  })
  await pool.add('ann', { email: 'ann@example.com', name: 'Ann Ünger' })
  await proxy.change({
    routes: [
      { path: '/allow/*', actions: [rule({ OnUnauthenticatedRequest: 'allow' }), forward] },
      { path: '/deny/*', actions: [rule({ OnUnauthenticatedRequest: 'deny' }), forward] },
      { path: '/short/*', actions: [rule({ SessionTimeout: 60, SessionCookieName: 'Short' }), forward] },
      { path: '/bye', actions: [forward] },
      { path: '/fixed/*', actions: [rule(), { type: 'fixed-response', status: 200 }] },
      { path: '/absent/*', actions: [rule(), { type: 'forward', upstream: 'absent' }] },
      {
        path: '/extra/*',
        actions: [rule({ AuthenticationRequestExtraParams: { lang: 'fr', prompt: 'login' } }), forward],
      },
      { actions: [rule(), forward] },
    ],
  })
})
after(async () => {
  await proxy?.close()
  await upstream?.close()
  await server?.close()
})

const lastSeen = () => upstream.seen.at(-1) ?? assert.fail('nothing arrived')

/** Follows redirects until there is a page or an answer of the application. */
async function follow(visitor: Visitor, url: string) {
  for (let hops = 0; hops < 8; hops++) {
    const seen = await visitor.go(url)
    if (seen.status !== 302 && seen.status !== 303) return { seen, url }
    url = new URL(seen.location, url).href
  }
  return assert.fail(`a loop of redirects at ${url}`)
}

/** From any address of the application to its answer, signing in on the way. */
async function signIn(visitor: Visitor, path = '/'): Promise<{ text: string; status: number; url: string }> {
  const { seen: page, url } = await follow(visitor, `${base}${path}`)
  assert.equal(page.status, 200, page.text)
  const sent = await visitor.send(page, url, { username: 'ann', password })
  const { seen, url: at } = await follow(visitor, new URL(sent.location, url).href)
  return { text: seen.text, status: seen.status, url: at }
}

const cookieHeader = (visitor: Visitor) => [...visitor.jar].map(([name, value]) => `${name}=${value}`).join('; ')
const verifier = () =>
  AlbJwtVerifier.create(
    {
      albArn: loadBalancerArn,
      clientId: client.id,
      issuer: `${server.endpoint}/${pool.id}`,
      jwksUri: `${server.endpoint}/public-keys/us-east-1`,
    },
    { jwksCache: new AlbJwksCache({ fetcher: { fetch: async (uri) => (await fetch(uri)).arrayBuffer() } }) },
  )

describe('somebody without a session', () => {
  test('is sent to the pool, with what AWS sends, and a nonce of this attempt', async () => {
    const { status, headers, cookies } = await tell(proxy.port, '/a?b=c', {
      headers: { host: `localhost:${proxy.port}` },
    })
    assert.equal(status, 302)
    const { origin, pathname, searchParams } = new URL(String(headers['location']))
    assert.equal(
      `${origin}${pathname}`,
      `http://${pool.domain}.auth.localhost:${new URL(server.endpoint).port}/oauth2/authorize`,
    )
    assert.deepEqual(
      ['client_id', 'redirect_uri', 'response_type', 'scope'].map((name) => searchParams.get(name)),
      [client.id, `${base}/oauth2/idpresponse`, 'code', 'openid email profile'],
    )
    assert.ok((searchParams.get('state') ?? '').length > 40)
    assert.match(cookies[0] ?? '', /^AWSALBAuthNonce=[\w-]{16}; Max-Age=900; Path=\/; HttpOnly; SameSite=Lax$/)
    assert.equal(headers['server'], 'awselb/2.0')
    assert.equal(upstream.seen.length, 0)
  })
  test('is sent with the extra parameters of the rule', async () => {
    const { headers } = await tell(proxy.port, '/extra/x')
    const { searchParams } = new URL(String(headers['location']))
    assert.deepEqual([searchParams.get('lang'), searchParams.get('prompt')], ['fr', 'login'])
  })
  test('is refused where the rule denies, and passes without a name where it allows', async () => {
    const denied = await tell(proxy.port, '/deny/x')
    assert.deepEqual([denied.status, /401/.test(denied.text)], [401, true])
    const allowed = await tell(proxy.port, '/allow/x', { headers: { 'x-amzn-oidc-identity': 'forged' } })
    assert.equal(allowed.text, 'app /allow/x')
    assert.deepEqual(
      Object.keys(lastSeen().headers).filter((name) => name.startsWith('x-amzn-oidc')),
      [],
    )
  })
  test('with an address too long to be carried along is told 507', async () => {
    assert.equal((await tell(proxy.port, `/?${'x'.repeat(9_000)}`)).status, 507)
  })
})

describe('somebody who signs in', () => {
  test('comes back to where they wanted to go, and the application is told who they are in words AWS’s verifier believes', async () => {
    const visitor = openVisitor()
    const { text, url } = await signIn(visitor, '/deep/page?x=1&y=%20')
    assert.equal(url, `${base}/deep/page?x=1&y=%20`)
    assert.equal(text, 'app /deep/page?x=1&y=%20')
    const { headers } = lastSeen()
    const data = headers['x-amzn-oidc-data'] ?? ''
    const claims = await verifier().verify(data)
    assert.deepEqual([claims['email'], claims['name'], claims['username']], ['ann@example.com', 'Ann Ünger', 'ann'])
    assert.equal(headers['x-amzn-oidc-identity'], claims.sub)
    const access = JSON.parse(
      Buffer.from((headers['x-amzn-oidc-accesstoken'] ?? '').split('.')[1] ?? '', 'base64url').toString(),
    )
    assert.equal(access.client_id, client.id)
    const parts = data.split('.')
    for (const part of parts) assert.equal(part.length % 4, 0, 'padded')
    const header = JSON.parse(Buffer.from(parts[0] ?? '', 'base64url').toString())
    assert.deepEqual(Object.keys(header).sort(), ['alg', 'client', 'exp', 'iss', 'kid', 'signer', 'typ'])
    assert.deepEqual([header.alg, header.signer], ['ES256', loadBalancerArn])
    assert.ok(visitor.jar.has('AWSELBAuthSessionCookie-0'))
    assert.equal(visitor.jar.has('AWSALBAuthNonce'), false)
  })
  test('is asked no more while the session lasts, by any rule of the same client', async () => {
    const visitor = openVisitor()
    await signIn(visitor)
    for (const path of ['/', '/deny/x', '/allow/x'])
      assert.equal((await visitor.go(`${base}${path}`)).text, `app ${path}`)
    assert.ok(lastSeen().headers['x-amzn-oidc-data'])
  })
  test('cannot send another identity along', async () => {
    const visitor = openVisitor()
    await signIn(visitor)
    await visitor.go(`${base}/`, { headers: { 'x-amzn-oidc-identity': 'forged', 'x-amzn-oidc-data': 'forged' } })
    assert.doesNotMatch(JSON.stringify(lastSeen().headers), /forged/)
  })
  test('is signed out by cleared shards and the pool’s own logout; by one of both alone they are not', async () => {
    const visitor = openVisitor()
    await signIn(visitor)
    visitor.jar.delete('AWSELBAuthSessionCookie-0')
    visitor.jar.delete('AWSELBAuthSessionCookie-1')
    // The session at the pool is there still: in silence.
    assert.equal((await follow(visitor, `${base}/again`)).seen.text, 'app /again')
    visitor.jar.delete('AWSELBAuthSessionCookie-0')
    visitor.jar.delete('AWSELBAuthSessionCookie-1')
    const out = new URLSearchParams({ client_id: client.id, logout_uri: `${base}/bye` })
    assert.equal((await follow(visitor, `${pool.url}/logout?${out}`)).seen.text, 'app /bye')
    const { seen } = await follow(visitor, `${base}/`)
    assert.match(seen.text, /type="password"/)
  })
})

describe('a session', () => {
  test('ends at its time-out, whatever the tokens say, and is silently begun anew', async () => {
    const visitor = openVisitor()
    await signIn(visitor, '/short/x')
    assert.equal((await visitor.go(`${base}/short/x`)).status, 200)
    server.world.clock.advance(61_000)
    assert.equal((await visitor.go(`${base}/short/x`)).status, 302)
    assert.equal((await follow(visitor, `${base}/short/x`)).seen.text, 'app /short/x')
  })
  test('that has expired goes to sign-in even where others are refused', async () => {
    const visitor = openVisitor()
    await signIn(visitor)
    const cookie = cookieHeader(visitor)
    const days = 7 * 86_400_000 - 60_000
    // As it can be refreshed it is good until its end.
    server.world.clock.advance(days)
    const headers = { host: `localhost:${proxy.port}`, cookie }
    assert.equal((await tell(proxy.port, '/deny/x', { headers })).status, 200)
    server.world.clock.advance(120_000)
    assert.equal((await tell(proxy.port, '/deny/x', { headers })).status, 302)
    server.world.clock.advance(-days - 120_000)
  })
  test('is refreshed when its access token expires, once for all requests, with a cookie for the browser', async () => {
    const visitor = openVisitor()
    await signIn(visitor)
    const headers = { host: `localhost:${proxy.port}`, cookie: cookieHeader(visitor) }
    await tell(proxy.port, '/', { headers })
    const first = lastSeen().headers['x-amzn-oidc-accesstoken']
    server.world.clock.advance(3_601_000)
    const before = upstream.seen.length
    const answers = await Promise.all(Array.from({ length: 5 }, () => tell(proxy.port, '/', { headers })))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    const accessTokens = new Set(
      upstream.seen.slice(before).map(({ headers: seen }) => seen['x-amzn-oidc-accesstoken']),
    )
    assert.equal(accessTokens.size, 1)
    assert.equal(accessTokens.has(first), false)
    const fresh = answers[0]?.cookies.map((line) => line.split(';')[0]).join('; ') ?? ''
    assert.match(fresh, /^AWSELBAuthSessionCookie-0=/)
    const later = await tell(proxy.port, '/', { headers: { ...headers, cookie: fresh } })
    assert.deepEqual([later.status, later.cookies.length], [200, 0])
    // Whoever answers: a route, nobody, or an upstream that wants no WebSocket.
    const fixed = await tell(proxy.port, '/fixed/x', { headers })
    const absent = await tell(proxy.port, '/absent/x', { headers })
    assert.deepEqual([fixed.status, absent.status], [200, 502])
    for (const { cookies } of [fixed, absent]) assert.match(cookies[0] ?? '', /^AWSELBAuthSessionCookie-0=/)
    for (const path of ['/', '/absent/x']) {
      const lines = [
        'connection: Upgrade',
        'upgrade: websocket',
        ...Object.entries(headers).map((one) => one.join(': ')),
      ]
      const heard = await say(proxy.port, `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
      assert.match(heard, /^HTTP\/1\.1 (200|502) [\s\S]*\r\nset-cookie: AWSELBAuthSessionCookie-0=/i, path)
    }
    server.world.clock.advance(-3_601_000)
  })
  test('case 23: of somebody signed out everywhere ends when it would be refreshed', async () => {
    await pool.add('eve')
    const visitor = openVisitor()
    await signIn(visitor)
    await server.clients.idp.send(new AdminUserGlobalSignOutCommand({ UserPoolId: pool.id, Username: 'ann' }))
    server.world.clock.advance(3_601_000)
    const { status, headers } = await visitor.go(`${base}/`)
    assert.deepEqual([status, headers.get('location')?.includes('/oauth2/authorize')], [302, true])
    server.world.clock.advance(-3_601_000)
  })
  test('is good on every node, and for a while under keys of days gone by', async () => {
    const visitor = openVisitor()
    await signIn(visitor)
    const headers = { host: `localhost:${proxy.port}`, cookie: cookieHeader(visitor) }
    await tell(proxy.port, '/', { headers })
    const kidIn = () =>
      JSON.parse(Buffer.from(lastSeen().headers['x-amzn-oidc-data']?.split('.')[0] ?? '', 'base64url').toString()).kid
    const kid = kidIn()
    const { routes, upstreams } = JSON.parse(readFileSync(proxy.file, 'utf8'))
    const node = await startTestProxy(server.world, { loadBalancerArn, upstreams, routes })
    server.world.clock.advance(2 * 86_400_000)
    assert.equal((await tell(node.port, '/', { headers })).status, 200)
    assert.notEqual(kidIn(), kid)
    assert.equal((await fetch(`${server.endpoint}/public-keys/us-east-1/${kid}`)).status, 200)
    server.world.clock.advance(7 * 86_400_000)
    assert.equal((await fetch(`${server.endpoint}/public-keys/us-east-1/${kid}`)).status, 404)
    server.world.clock.advance(-9 * 86_400_000)
    await node.close()
  })
})

describe('case 13: the way back', () => {
  const begin = async () => {
    const visitor = openVisitor()
    const { location } = await visitor.go(`${base}/`)
    const state = new URL(location).searchParams.get('state') ?? ''
    return {
      visitor,
      state,
      back: (more: Record<string, string>) => visitor.go(`${base}/oauth2/idpresponse?${new URLSearchParams(more)}`),
    }
  }
  const status = async (answer: Promise<{ status: number }>) => (await answer).status

  test('needs a state that is ours, untouched, for this host, and the browser that was sent away', async () => {
    const { visitor, state, back } = await begin()
    assert.equal(await status(back({ code: 'x' })), 401)
    assert.equal(await status(back({ code: 'x', state: 'made-up' })), 401)
    assert.equal(await status(back({ code: 'x', state: `${state.slice(0, -2)}AA` })), 401)
    assert.equal(await status(visitor.go(`${base}/oauth2/idpresponse?code=x&state=${state}&state=${state}`)), 401)
    const elsewhere = { host: `localhost.evil:${proxy.port}`, cookie: cookieHeader(visitor) }
    assert.equal(
      (await tell(proxy.port, `/oauth2/idpresponse?code=x&state=${state}`, { headers: elsewhere })).status,
      401,
    )
    const stranger = openVisitor()
    assert.equal(await status(stranger.go(`${base}/oauth2/idpresponse?code=x&state=${state}`)), 401)
    const another = await begin()
    assert.equal(await status(another.back({ code: 'x', state })), 401, 'the attempt of another browser')
  })
  test('needs a code, and one that the pool knows', async () => {
    const { state, back } = await begin()
    assert.equal(await status(back({ state })), 401)
    assert.equal(await status(back({ state, code: 'guessed' })), 401)
  })
  test('after an error of the provider is 401 for a denial and 561 for the rest', async () => {
    const { state, back } = await begin()
    assert.equal(await status(back({ state, error: 'access_denied' })), 401)
    assert.equal(await status(back({ state, error: 'server_error' })), 561)
  })
  test('is closed after fifteen minutes', async () => {
    const { state, back } = await begin()
    server.world.clock.advance(15 * 60_000)
    assert.equal(await status(back({ state, code: 'x' })), 401)
    server.world.clock.advance(-15 * 60_000)
  })
  test('with a code that somebody else was given signs nobody in: the ID token has another nonce', async () => {
    // The attacker's own sign-in, stopped before the way back.
    const attacker = openVisitor()
    const { seen: page, url } = await follow(attacker, `${base}/`)
    const sent = await attacker.send(page, url, { username: 'ann', password })
    const hop = await attacker.go(new URL(sent.location, url).href)
    const location =
      [sent.location, hop.location].find((one) => one.includes('code=')) ??
      assert.fail(`${sent.location} ${hop.location}`)
    const code = new URL(location).searchParams.get('code') ?? ''
    const victim = await begin()
    assert.equal(await status(victim.back({ state: victim.state, code })), 401)
    assert.equal(
      [...victim.visitor.jar.keys()].some((name) => name.startsWith('AWSELB')),
      false,
    )
  })
  test('of the slower of two tabs leads where it wanted to go', async () => {
    const visitor = openVisitor()
    const slower = await follow(visitor, `${base}/slower`)
    const faster = await follow(visitor, `${base}/faster`)
    const sent = await visitor.send(faster.seen, faster.url, { username: 'ann', password })
    assert.equal((await follow(visitor, new URL(sent.location, faster.url).href)).seen.text, 'app /faster')
    const again = await visitor.send(slower.seen, slower.url, { username: 'ann', password })
    assert.equal((await follow(visitor, new URL(again.location, slower.url).href)).seen.text, 'app /slower')
  })
  test('never leads in circles: a browser that keeps no cookies is told so', async () => {
    const visitor = openVisitor()
    const { seen: page, url } = await follow(visitor, `${base}/`)
    const sent = await visitor.send(page, url, { username: 'ann', password })
    visitor.jar.delete('AWSALBAuthNonce')
    const { seen } = await follow(visitor, new URL(sent.location, url).href)
    assert.equal(seen.status, 401)
  })
})

describe('a session cookie', () => {
  test('that is bent, of another rule, of another host or too long is none', async () => {
    const visitor = openVisitor()
    await signIn(visitor)
    const name = 'AWSELBAuthSessionCookie-0'
    const value = visitor.jar.get(name) ?? ''
    const rest = cookieHeader(visitor).replace(`${name}=${value}`, '')
    const ask = async (cookie: string, path = '/', host = `localhost:${proxy.port}`) =>
      (await tell(proxy.port, path, { headers: { host, cookie } })).status
    assert.equal(await ask(`${name}=${value}; ${rest}`), 200)
    assert.equal(await ask(`${name}=${value.slice(0, -3)}AAA; ${rest}`), 302)
    assert.equal(await ask(`${name}=${value.slice(0, 60)}; ${rest}`), 302)
    assert.equal(await ask(`${name}=${value}; ${rest}`, '/', `other:${proxy.port}`), 302)
    assert.equal(await ask(cookieHeader(visitor).replaceAll('AWSELBAuthSessionCookie', 'Short'), '/short/x'), 302)
    assert.equal(
      await ask([0, 1, 2, 3].map((at) => `AWSELBAuthSessionCookie-${at}=${'x'.repeat(4_000)}`).join('; ')),
      302,
    )
    assert.equal(await ask(`${name}=; AWSELBAuthSessionCookie-1=${value}`), 302)
  })
})

test('the public key of a kid nobody has is not found, and what is found is PEM', async () => {
  assert.equal(
    (await fetchHere(`${server.endpoint}/public-keys/us-east-1/12345678-1234-1234-1234-123456789012`)).status,
    404,
  )
  await signIn(openVisitor())
  const { kid } = JSON.parse(
    Buffer.from(lastSeen().headers['x-amzn-oidc-data']?.split('.')[0] ?? '', 'base64url').toString(),
  )
  const answer = await fetch(`${server.endpoint}/public-keys/us-east-1/${kid}`)
  assert.match(await answer.text(), /^-----BEGIN PUBLIC KEY-----\n/)
})
