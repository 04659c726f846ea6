/**
 * The checks of the OpenID Foundation's plans for a basic OP and a config OP, each under the name of its module there,
 * by `openid-client`, whose relying party is certified, and by requests of our own where a module sends odd ones. What
 * the plans want and Cognito does otherwise is checked as Cognito has it, and said.
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { createRemoteJWKSet, customFetch, jwtVerify } from 'jose'
import * as client from 'openid-client'
import { extend } from '../support/extensions.ts'
import { callback, fetchHere, type HostedPool, makeHosted, openVisitor, type Visitor } from '../support/hosted.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf } from '../support/sign-in.ts'

const everyScope = 'openid email phone profile'

let server: TestServer
let pool: HostedPool
let op: client.Configuration
let visitor: Visitor
before(async () => {
  server = await startTestServer()
  pool = await makeHosted(server, {
    GenerateSecret: true,
    AllowedOAuthScopes: everyScope.split(' '),
    CallbackURLs: [callback, `${callback}/2`],
    DefaultRedirectURI: callback,
  })
  await pool.add('ann', {
    ...{
      email: 'ann@example.com',
      email_verified: 'true',
      phone_number: '+14255550123',
      phone_number_verified: 'true',
    },
    ...{ name: 'Ann Example', given_name: 'Ann', family_name: 'Example', birthdate: '1990-01-02' },
  })
  op = await discover(client.ClientSecretBasic(pool.client.secret))
})
after(() => server.close())
beforeEach(() => {
  visitor = openVisitor()
})

const discover = (proof: client.ClientAuth) =>
  client.discovery(new URL(`${server.endpoint}/${pool.id}`), pool.client.id, pool.client.secret, proof, {
    execute: [client.allowInsecureRequests],
    [client.customFetch]: fetchHere as client.CustomFetch,
  })

const state = 'a state &=?'
const request = (more: Record<string, string> = {}) => ({
  ...{ redirect_uri: callback, scope: 'openid', state, nonce: 'the nonce' },
  ...more,
})

/** Follows the browser to where it has to sign in, or to the app. */
async function open(parameters: Record<string, string>): Promise<URL> {
  const address = client.buildAuthorizationUrl(op, parameters)
  const seen = await visitor.go(address.href)
  return new URL(seen.location, address)
}

/** The whole way of somebody who may have to sign in; where the app is reached. */
async function authorize(parameters: Record<string, string>): Promise<URL> {
  const at = await open(parameters)
  return isApp(at) ? at : signIn(at)
}
const isApp = (address: URL) => address.href.startsWith(callback)
const isSignIn = (address: URL) => address.pathname.endsWith('/login')

async function signIn(at: URL): Promise<URL> {
  assert.ok(isSignIn(at), at.href)
  const page = await visitor.go(at.href)
  const seen = await visitor.send(page, at.href, { username: 'ann', password: 'Passw0rd!' })
  return new URL(seen.location, at)
}

const redeem = (at: URL, checks: client.AuthorizationCodeGrantChecks = {}, from = op) =>
  client.authorizationCodeGrant(from, at, { expectedState: state, expectedNonce: 'the nonce', ...checks })

const tokensFor = async (more: Record<string, string> = {}) => redeem(await authorize(request(more)))
const infoOf = async (more: Record<string, string>) => {
  const { access_token: token, claims } = await tokensFor(more)
  return client.fetchUserInfo(op, token, claims()?.sub ?? assert.fail('no ID token'))
}
const errorAt = (at: URL) => [at.searchParams.get('error'), at.searchParams.get('state')]

describe('config OP: oidcc-discovery-endpoint-verification', () => {
  test('the document names this issuer, and every endpoint and value that a client needs', () => {
    const document = op.serverMetadata()
    assert.equal(document.issuer, `${server.endpoint}/${pool.id}`)
    for (const name of ['authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri'] as const) {
      assert.ok(URL.canParse(document[name] ?? ''), name)
    }
    assert.ok(document.response_types_supported?.includes('code'))
    assert.ok(document.subject_types_supported?.includes('public'))
    assert.ok(document['id_token_signing_alg_values_supported']?.includes('RS256'))
    assert.ok(document.scopes_supported?.includes('openid'))
    assert.equal(document['request_uri_parameter_supported'], false, 'left out it would mean true')
  })

  test('the key set holds public signing keys only, each with its own id', async () => {
    const { keys } = (await (await fetchHere(op.serverMetadata().jwks_uri ?? '')).json()) as {
      keys: Record<string, string>[]
    }
    assert.ok(keys.length > 0)
    assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length)
    for (const key of keys) {
      assert.deepEqual([key['kty'], key['use'], key['alg']], ['RSA', 'sig', 'RS256'])
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi']) assert.ok(!(secret in key))
    }
  })
})

describe('basic OP', () => {
  test('oidcc-server', async () => {
    const tokens = await tokensFor()
    const claims = tokens.claims() ?? assert.fail('no ID token')
    assert.equal(claims.iss, op.serverMetadata().issuer)
    assert.equal(claims.aud, pool.client.id)
    assert.equal(claims.nonce, 'the nonce')
    assert.ok(claims.exp > claims.iat)
    assert.equal(tokens.token_type, 'bearer')
  })

  test('oidcc-response-type-missing', async () => {
    const address = client.buildAuthorizationUrl(op, request())
    address.searchParams.delete('response_type')
    const at = new URL((await visitor.go(address.href)).location)
    assert.deepEqual(errorAt(at), ['invalid_request', state])
  })

  test('oidcc-idtoken-signature', async () => {
    const { id_token: token = '', access_token: access } = await tokensFor()
    const keys = createRemoteJWKSet(new URL(op.serverMetadata().jwks_uri ?? ''), { [customFetch]: fetchHere })
    const { protectedHeader } = await jwtVerify(token, keys, { algorithms: ['RS256'] })
    assert.ok(protectedHeader.kid)
    assert.ok(claimsOf(token)['at_hash'])
    const forged = `${token.slice(0, -8)}AAAAAAAA`
    await assert.rejects(jwtVerify(forged, keys))
    await jwtVerify(access, keys)
  })

  test('oidcc-userinfo-get, oidcc-userinfo-post-header', async () => {
    const { access_token: token, claims } = await tokensFor({ scope: 'openid email' })
    for (const method of ['GET', 'POST']) {
      const headers = { authorization: `Bearer ${token}` }
      const answer = await fetchHere(op.serverMetadata().userinfo_endpoint ?? '', { method, headers })
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
      const { sub, email } = (await answer.json()) as Record<string, string>
      assert.deepEqual([sub, email], [claims()?.sub, 'ann@example.com'])
    }
  })

  test('oidcc-ensure-request-without-nonce-succeeds-for-code-flow', async () => {
    const { nonce: _, ...without } = request()
    const tokens = await client.authorizationCodeGrant(op, await authorize(without), { expectedState: state })
    assert.equal(tokens.claims()?.nonce, undefined)
  })

  test('oidcc-scope-profile, -email, -phone, -all', async () => {
    const profile = await infoOf({ scope: 'openid profile' })
    assert.deepEqual([profile.name, profile.given_name, profile.birthdate], ['Ann Example', 'Ann', '1990-01-02'])
    assert.equal(profile.email, undefined)
    // The plan wants a boolean; at Cognito every value of userInfo is a string.
    const email = await infoOf({ scope: 'openid email' })
    assert.deepEqual([email.email, String(email.email_verified)], ['ann@example.com', 'true'])
    assert.equal((await infoOf({ scope: 'openid phone' })).phone_number, '+14255550123')
    const all = await infoOf({ scope: everyScope })
    assert.ok(all.name && all.email && all.phone_number)
  })

  test('oidcc-scope-address: a scope that the client has not is refused, as Cognito has it', async () => {
    assert.deepEqual(errorAt(await open(request({ scope: 'openid address' }))), ['invalid_request', state])
  })

  test('oidcc-ensure-other-scope-order-succeeds', async () => {
    assert.equal((await infoOf({ scope: 'email openid' })).email, 'ann@example.com')
  })

  test('oidcc-display-page, -popup; oidcc-ui-locales, oidcc-claims-locales; oidcc-ensure-request-with-unknown-parameter-succeeds', async () => {
    const odd: Record<string, string>[] = [
      { display: 'page' },
      { display: 'popup' },
      { ui_locales: 'se' },
      { claims_locales: 'se' },
      { extra: 'foobar' },
    ]
    for (const more of odd) assert.ok((await tokensFor(more)).claims())
  })

  test('oidcc-prompt-login', async () => {
    const first = (await tokensFor()).claims()
    server.world.clock.advance(2_000)
    const at = await open(request({ prompt: 'login' }))
    assert.ok(isSignIn(at), 'asked again although signed in')
    const again = (await redeem(await signIn(at))).claims()
    assert.equal(again?.sub, first?.sub)
    assert.ok((again?.auth_time ?? 0) > (first?.auth_time ?? 0))
  })

  test('oidcc-prompt-none-not-logged-in', async () => {
    assert.deepEqual(errorAt(await open(request({ prompt: 'none' }))), ['login_required', state])
  })

  test('oidcc-prompt-none-logged-in, oidcc-id-token-hint', async () => {
    const first = await tokensFor()
    const at = await open(request({ prompt: 'none', id_token_hint: first.id_token ?? '' }))
    const silent = (await redeem(at)).claims()
    assert.deepEqual([silent?.sub, silent?.auth_time], [first.claims()?.sub, first.claims()?.auth_time])
  })

  test('oidcc-max-age-1, oidcc-max-age-10000', async () => {
    const first = (await tokensFor()).claims()
    server.world.clock.advance(2_000)
    const lenient = await open(request({ max_age: '10000' }))
    assert.equal((await redeem(lenient, { maxAge: 10_000 })).claims()?.auth_time, first?.auth_time)
    const strict = await open(request({ max_age: '1' }))
    assert.ok(isSignIn(strict))
    const again = (await redeem(await signIn(strict), { maxAge: 1 })).claims()
    assert.ok((again?.auth_time ?? 0) > (first?.auth_time ?? 0))
  })

  test('oidcc-login-hint', async () => {
    const at = await open(request({ login_hint: 'ann' }))
    assert.match((await visitor.go(at.href)).text, /name="username"[^>]*value="ann"/)
  })

  test('oidcc-ensure-request-with-acr-values-succeeds', async () => {
    assert.ok((await tokensFor({ acr_values: '1 2' })).claims())
  })

  test('oidcc-claims-essential: the parameter is no error', async () => {
    const claims = JSON.stringify({ userinfo: { name: { essential: true } } })
    assert.equal((await infoOf({ scope: 'openid profile', claims })).name, 'Ann Example')
  })

  test('oidcc-codereuse, oidcc-codereuse-30seconds', async () => {
    for (const later of [0, 30_000]) {
      const at = await authorize(request({ prompt: 'login' }))
      const { access_token: token, claims } = await redeem(at)
      server.world.clock.advance(later)
      await assert.rejects(redeem(at), { error: 'invalid_grant', status: 400 })
      await assert.rejects(client.fetchUserInfo(op, token, claims()?.sub ?? ''), 'what it gave is revoked')
    }
  })

  test('oidcc-ensure-registered-redirect-uri', async () => {
    const at = await open(request({ redirect_uri: `${callback}/unknown` }))
    assert.match(at.pathname, /\/error$/)
    assert.equal((await visitor.go(at.href)).status, 400)
  })

  test('oidcc-ensure-post-request-succeeds', async () => {
    const address = client.buildAuthorizationUrl(op, request())
    const body = new URLSearchParams(address.searchParams)
    const posted = await visitor.go(`${address.origin}${address.pathname}`, { method: 'POST', body })
    assert.equal(posted.status, 303, 'the browser goes on by GET')
    const seen = await visitor.go(new URL(posted.location, address).href)
    assert.ok((await redeem(await signIn(new URL(seen.location, address)))).claims())
  })

  test('oidcc-server-client-secret-post', async () => {
    const post = await discover(client.ClientSecretPost(pool.client.secret))
    assert.ok((await redeem(await authorize(request()), {}, post)).claims())
  })

  test('oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported', async () => {
    const at = await open(request({ request_uri: 'https://app.example/request.jwt' }))
    assert.deepEqual(errorAt(at), ['request_uri_not_supported', state])
  })

  test('oidcc-unsigned-request-object-…, oidcc-ensure-request-object-with-redirect-uri', async () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const object = `${part({ alg: 'none' })}.${part(request({ redirect_uri: `${callback}/2` }))}.`
    assert.deepEqual(errorAt(await open(request({ request: object }))), ['request_not_supported', state])
  })

  test('oidcc-refresh-token', async () => {
    const first = await tokensFor({ scope: everyScope })
    const fresh = await client.refreshTokenGrant(op, first.refresh_token ?? assert.fail('no refresh token'))
    const [before, now] = [first.claims(), fresh.claims()]
    for (const name of ['iss', 'sub', 'aud', 'auth_time'] as const) assert.deepEqual(now?.[name], before?.[name], name)
    assert.notEqual(fresh.access_token, first.access_token)
    const other = await pool.addOAuthClient({ GenerateSecret: true })
    const stranger = new client.Configuration(op.serverMetadata(), other.id, other.secret)
    client.allowInsecureRequests(stranger)
    stranger[client.customFetch] = fetchHere as client.CustomFetch
    await assert.rejects(client.refreshTokenGrant(stranger, first.refresh_token ?? ''), { error: 'invalid_grant' })
  })

  test('oidcc-ensure-request-with-valid-pkce-succeeds', async () => {
    const verifier = client.randomPKCECodeVerifier()
    const challenge = await client.calculatePKCECodeChallenge(verifier)
    const at = await authorize(request({ code_challenge: challenge, code_challenge_method: 'S256' }))
    assert.ok((await redeem(at, { pkceCodeVerifier: verifier })).claims())
  })
})

test('what must be pushed is not got by naming a document elsewhere', async () => {
  await extend(server, pool, pool.client.id, { pushedRequests: 'required' })
  const at = await open(request({ request_uri: 'https://app.example/request.jwt' }))
  assert.deepEqual(errorAt(at), ['request_uri_not_supported', state])
  await extend(server, pool, pool.client.id, {})
})
