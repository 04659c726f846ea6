/** OAuth beyond Cognito through others' certified client libraries, each extension on and off. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import {
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminListUserSessionsCommand,
  AdminRevokeUserSessionCommand,
  AdminUserGlobalSignOutCommand,
  CreateResourceServerCommand,
  DeleteUserCommand,
  GetTokensFromRefreshTokenCommand,
  GetUserCommand,
  RevokeTokenCommand,
  SetUserPoolSessionConfigurationCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { tryDue } from '../../src/jobs/queue.ts'
import { logoutNotices } from '../../src/user-pools/logout-notices/worker.ts'
import { callExtensions, extend } from '../support/extensions.ts'
import {
  ask,
  basic,
  callback,
  codeIn,
  fetchHere,
  type HostedPool,
  makeHosted,
  type OAuthClient,
  openVisitor,
  redeem,
  requestOf,
  type Seen,
  type Visitor,
} from '../support/hosted.ts'
import { password, refused } from '../support/people.ts'
import { assume, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf } from '../support/sign-in.ts'

let server: TestServer
let pool: HostedPool
before(async () => {
  server = await startTestServer()
  pool = await makeHosted(server, { GenerateSecret: true })
  await pool.add('ann', { email: 'ann@example.com' })
})
after(() => server.close())

const configure = (of: OAuthClient, at = pool) =>
  client.discovery(
    new URL(`${server.endpoint}/${at.id}`),
    of.id,
    of.secret ?? { token_endpoint_auth_method: 'none' },
    of.secret === undefined ? client.None() : undefined,
    { execute: [client.allowInsecureRequests], [client.customFetch]: fetchHere as client.CustomFetch },
  )
/** Signs in by whatever page the address leads to; where the browser is sent. */
async function visit(address: URL, visitor: Visitor = openVisitor()): Promise<URL> {
  const first = await visitor.go(address.href)
  const at = new URL(first.location, address).href
  if (!new URL(at).pathname.endsWith('/login')) return new URL(at)
  const page = await visitor.go(at)
  return new URL((await visitor.send(page, at, { username: 'ann', password })).location, at)
}

describe('the document of a client', () => {
  test('is off until it is written, replaced whole, and refuses what it does not know', async () => {
    const { id } = await pool.addOAuthClient()
    const call = (...more: [string, unknown?]) => callExtensions(server, pool.id, id, ...more)
    const first = await call('GET')
    assert.deepEqual([first.status, first.body['dpop'], first.body['deviceGrant']], [200, 'off', false])
    const written = await call('PUT', { dpop: 'required', deviceGrant: true })
    assert.deepEqual([written.status, written.body['dpop'], written.body['deviceGrant']], [200, 'required', true])
    assert.equal((await call('PUT', { introspection: true })).body['dpop'], 'off')
    for (const wrong of ['{', { dpop: 'yes' }, { par: true }, []]) assert.equal((await call('PUT', wrong)).status, 400)
    assert.equal((await call('GET')).body['introspection'], true)
    assert.equal((await call('DELETE')).status, 405)
  })

  test('is nobody’s without a signature, nor by a policy that says no, nor for a client of another pool', async () => {
    const other = await makeHosted(server)
    const strange = await callExtensions(server, pool.id, other.client.id, 'GET')
    assert.deepEqual([strange.status, strange.body['__type']], [400, 'ResourceNotFoundException'])
    const missing = await callExtensions(server, 'us-east-1_nobody', other.client.id, 'GET')
    assert.equal(missing.body['__type'], 'ResourceNotFoundException')
    const unsigned = await callExtensions(
      server,
      pool.id,
      pool.client.id,
      'PUT',
      {},
      { accessKeyId: 'x', secretAccessKey: 'y' },
    )
    assert.ok(unsigned.status === 400 || unsigned.status === 403, String(unsigned.status))
    const policy = document({ Effect: 'Allow', Action: 'cognito-idp:DescribeUserPoolClient', Resource: '*' })
    const role = await makeRole(server.clients, `reader${Date.now()}`, { policy })
    const { keys } = await assume(server, server.clients, role)
    const as = (method: string, body?: object) => callExtensions(server, pool.id, pool.client.id, method, body, keys)
    assert.equal((await as('GET')).status, 200)
    assert.equal((await as('PUT', { introspection: true })).body['__type'], 'AccessDeniedException')
  })

  test('what is off is refused, and discovery does not speak of it', async () => {
    const own = await makeHosted(server, { GenerateSecret: true })
    const url = `${server.endpoint}/${own.id}/.well-known/openid-configuration`
    const text = await (await fetch(url)).text()
    assert.doesNotMatch(text, /pushed|dpop|device|introspect|backchannel/)
    for (const path of ['par', 'device_authorization']) {
      const { status, body } = await ask(`${own.url}/oauth2/${path}`, {}, basic(own.client))
      assert.deepEqual([status, body], [400, { error: 'unauthorized_client' }], path)
    }
    const told = await ask(`${own.url}/oauth2/introspect`, { token: 'x' }, basic(own.client))
    assert.deepEqual([told.status, told.body], [403, { error: 'unauthorized_client' }])
    const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: 'x' }
    assert.deepEqual((await ask(`${own.url}/oauth2/token`, grant, basic(own.client))).body, {
      error: 'unauthorized_client',
    })
  })
})

describe('pushed authorization requests (RFC 9126)', () => {
  test('openid-client pushes its request, and gets tokens for what was pushed', async () => {
    const web = await pool.addOAuthClient({ GenerateSecret: true })
    await extend(server, pool, web.id, { pushedRequests: 'required' })
    const configuration = await configure(web)
    const verifier = client.randomPKCECodeVerifier()
    const expectedState = client.randomState()
    const address = await client.buildAuthorizationUrlWithPAR(configuration, {
      redirect_uri: callback,
      scope: 'openid email',
      state: expectedState,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    assert.deepEqual([...address.searchParams.keys()].sort(), ['client_id', 'request_uri'])
    const tokens = await client.authorizationCodeGrant(configuration, await visit(address), {
      ...{ pkceCodeVerifier: verifier, expectedState },
    })
    assert.equal(tokens.claims()?.['email'], 'ann@example.com')
    // Used up: the same address gives no second answer.
    assert.match((await openVisitor().go(address.href)).location, /\/error\?error=invalid_request_uri/)
  })

  test('a client that must push cannot ask otherwise; the refusals of the request come to the program', async () => {
    const web = await pool.addOAuthClient({ GenerateSecret: true })
    await extend(server, pool, web.id, { pushedRequests: 'required' })
    const bare = await openVisitor().go(`${pool.url}/oauth2/authorize?${requestOf({ client: web })}`)
    assert.match(bare.location, /error=invalid_request/)
    const page = await openVisitor().go(`${pool.url}/login?${requestOf({ client: web })}`)
    assert.match(page.location, /error=invalid_request/)
    const push = (more: Record<string, string>, proof = basic(web)) =>
      ask(`${pool.url}/oauth2/par`, { response_type: 'code', redirect_uri: callback, ...more }, proof)
    assert.equal((await push({})).status, 201)
    assert.deepEqual((await push({ redirect_uri: 'https://evil.example/' })).body['error'], 'invalid_request')
    assert.deepEqual((await push({ response_type: 'token' })).body, { error: 'unauthorized_client' })
    assert.deepEqual((await push({ request_uri: 'urn:x' })).body['error'], 'invalid_request')
    assert.equal((await push({}, {})).status, 400)
    assert.equal((await push({}, basic(web, 'wrong'))).status, 401)
  })

  test('what is added beside a pushed request counts for nothing, and it is its own client’s only', async () => {
    const web = await pool.addOAuthClient({ GenerateSecret: true })
    await extend(server, pool, web.id, { pushedRequests: 'allowed' })
    const form = { response_type: 'code', redirect_uri: callback, scope: 'openid', state: 'pushed' }
    const { body } = await ask(`${pool.url}/oauth2/par`, form, basic(web))
    const uri = body['request_uri'] ?? ''
    const query = new URLSearchParams({ client_id: web.id, request_uri: uri, state: 'forged', scope: 'email' })
    const back = await visit(new URL(`${pool.url}/oauth2/authorize?${query}`))
    assert.equal(back.searchParams.get('state'), 'pushed')
    const second = await ask(`${pool.url}/oauth2/par`, form, basic(web))
    const stolen = new URLSearchParams({ client_id: pool.client.id, request_uri: second.body['request_uri'] ?? '' })
    assert.match((await openVisitor().go(`${pool.url}/oauth2/authorize?${stolen}`)).location, /invalid_request_uri/)
  })
})

describe('tokens bound to keys (RFC 9449)', () => {
  test('openid-client: code, userInfo, refresh and nonces with DPoP at a public client', async () => {
    const web = await pool.addOAuthClient()
    await extend(server, pool, web.id, { dpop: 'required', dpopNonce: true })
    const configuration = await configure(web)
    const DPoP = client.getDPoPHandle(configuration, await client.randomDPoPKeyPair())
    const verifier = client.randomPKCECodeVerifier()
    const address = client.buildAuthorizationUrl(configuration, {
      redirect_uri: callback,
      scope: 'openid email aws.cognito.signin.user.admin',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    const checks = { pkceCodeVerifier: verifier }
    const tokens = await client.authorizationCodeGrant(configuration, await visit(address), checks, undefined, { DPoP })
    assert.equal(tokens.token_type, 'dpop')
    const { cnf, sub } = claimsOf(tokens.access_token)
    assert.equal(typeof (cnf as { jkt: string }).jkt, 'string')
    const info = await client.fetchUserInfo(configuration, tokens.access_token, String(sub), { DPoP })
    assert.equal(info.email, 'ann@example.com')
    const fresh = await client.refreshTokenGrant(configuration, tokens.refresh_token ?? '', undefined, { DPoP })
    assert.deepEqual(claimsOf(fresh.access_token)['cnf'], cnf)

    // Stolen, the tokens are nothing: not as a bearer's, not with another key, and not at the API.
    const bearer = await fetch(`${pool.url}/oauth2/userInfo`, {
      headers: { authorization: `Bearer ${fresh.access_token}` },
    })
    assert.equal(bearer.status, 401)
    const thief = client.getDPoPHandle(configuration, await client.randomDPoPKeyPair())
    await assert.rejects(client.fetchUserInfo(configuration, fresh.access_token, String(sub), { DPoP: thief }))
    await assert.rejects(
      client.refreshTokenGrant(configuration, tokens.refresh_token ?? '', undefined, { DPoP: thief }),
      { error: 'invalid_grant' },
    )
    await refused(
      server.clients.idp.send(new GetUserCommand({ AccessToken: fresh.access_token })),
      'NotAuthorizedException',
    )
    const RefreshToken = tokens.refresh_token ?? ''
    const atApi = new GetTokensFromRefreshTokenCommand({ ClientId: web.id, RefreshToken })
    await refused(server.clients.idp.send(atApi), 'NotAuthorizedException')
    const plain = { grant_type: 'refresh_token', client_id: web.id, refresh_token: RefreshToken }
    assert.equal((await ask(`${pool.url}/oauth2/token`, plain)).body['error'], 'invalid_dpop_proof')
  })

  test('oauth4webapi: a code asked for with dpop_jkt is redeemed by that key alone; machines’ tokens are bound, too', async () => {
    const options = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: fetchHere as typeof fetch } as const
    const web = await pool.addOAuthClient()
    await extend(server, pool, web.id, { dpop: 'allowed' })
    const issuer = new URL(`${server.endpoint}/${pool.id}`)
    const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
    assert.ok(as.dpop_signing_alg_values_supported?.includes('ES256'))
    const [mine, thiefs] = [await oauth.generateKeyPair('ES256'), await oauth.generateKeyPair('ES256')]
    const own = oauth.DPoP({}, mine)
    const dpop_jkt = await own.calculateThumbprint()
    const verifier = oauth.generateRandomCodeVerifier()
    const more = {
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      dpop_jkt,
    }
    const redeemWith = async (DPoP: oauth.DPoPHandle | undefined) => {
      const address = new URL(`${pool.url}/oauth2/authorize?${requestOf({ client: web }, more)}`)
      const back = oauth.validateAuthResponse(as, { client_id: web.id }, await visit(address), 'the-state')
      const how = { ...options, ...(DPoP && { DPoP }) }
      return oauth.authorizationCodeGrantRequest(as, { client_id: web.id }, oauth.None(), back, callback, verifier, how)
    }
    assert.equal((await redeemWith(undefined)).status, 400)
    assert.equal((await redeemWith(oauth.DPoP({}, thiefs))).status, 400)
    const granted = await oauth.processAuthorizationCodeResponse(as, { client_id: web.id }, await redeemWith(own))
    assert.equal((claimsOf(granted.access_token)['cnf'] as { jkt: string }).jkt, dpop_jkt)

    const Scopes = [{ ScopeName: 'read', ScopeDescription: 'Read' }]
    await server.clients.idp.send(
      new CreateResourceServerCommand({ UserPoolId: pool.id, Identifier: 'bound', Name: 'Bound', Scopes }),
    )
    const machine = await pool.addOAuthClient({
      GenerateSecret: true,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: ['bound/read'],
    })
    await extend(server, pool, machine.id, { dpop: 'required' })
    const proof = oauth.ClientSecretBasic(machine.secret ?? '')
    const it = { client_id: machine.id }
    const DPoP = oauth.DPoP({}, await oauth.generateKeyPair('ES256'))
    const answer = await oauth.clientCredentialsGrantRequest(as, it, proof, {}, { ...options, DPoP })
    const { access_token, token_type } = await oauth.processClientCredentialsResponse(as, it, answer)
    assert.equal(token_type, 'dpop')
    assert.equal((claimsOf(access_token)['cnf'] as { jkt: string }).jkt, await DPoP.calculateThumbprint())
    const without = await ask(`${pool.url}/oauth2/token`, { grant_type: 'client_credentials' }, basic(machine))
    assert.equal(without.body['error'], 'invalid_dpop_proof')
  })
})

describe('devices (RFC 8628)', () => {
  const codes = async (of: OAuthClient) => {
    const form = { client_id: of.id, scope: 'openid email' }
    return (await ask(`${pool.url}/oauth2/device_authorization`, form)).body
  }
  const poll = (of: OAuthClient, code = '') =>
    ask(`${pool.url}/oauth2/token`, {
      ...{ grant_type: 'urn:ietf:params:oauth:grant-type:device_code', client_id: of.id, device_code: code },
    })
  /** Types the code, signs in, and answers. */
  async function decide(userCode: string, answer: 'allow' | 'deny', visitor = openVisitor()) {
    const typed = await visitor.go(`${pool.url}/device?user_code=${userCode.toLowerCase().replace('-', ' ')}`)
    const at = await visit(new URL(typed.location, pool.url), visitor)
    assert.match(at.pathname, /\/device\/confirm$/)
    const page = await visitor.go(at.href)
    assert.ok(page.text.includes(userCode.replace('-', ' ')) || page.text.includes(userCode), page.text)
    assert.match(page.text, /ann@example\.com/)
    const said = await visitor.send(page, at.href, { answer })
    return visitor.go(new URL(said.location, at).href)
  }
  const makeClient = async () => {
    const television = await pool.addOAuthClient({ ClientName: 'Television' })
    await extend(server, pool, television.id, { deviceGrant: true })
    return television
  }

  test('openid-client asks for codes and polls until somebody has allowed it', async () => {
    const television = await makeClient()
    const configuration = await configure(television)
    const asked = await client.initiateDeviceAuthorization(configuration, { scope: 'openid email' })
    assert.match(asked.user_code, /^[B-Z]{4}-[B-Z]{4}$/)
    assert.equal(asked.verification_uri, `${pool.url}/device`)
    assert.match((await decide(asked.user_code, 'allow')).text, /connected/)
    const tokens = await client.pollDeviceAuthorizationGrant(configuration, asked)
    assert.equal(tokens.claims()?.['email'], 'ann@example.com')
    assert.ok(tokens.refresh_token)
  })

  test('a device waits, slows down when told, hears a no, and fetches once', async (t) => {
    const television = await makeClient()
    const later = (ms: number) => {
      server.world.clock.advance(ms)
      t.after(() => server.world.clock.advance(-ms))
    }
    const one = await codes(television)
    assert.equal((await poll(television, one['device_code'])).body['error'], 'slow_down')
    later(10_000)
    assert.equal((await poll(television, one['device_code'])).body['error'], 'authorization_pending')
    await decide(one['user_code'] ?? '', 'deny')
    later(10_000)
    assert.equal((await poll(television, one['device_code'])).body['error'], 'access_denied')
    const two = await codes(television)
    await decide(two['user_code'] ?? '', 'allow')
    later(10_000)
    const other = await makeClient()
    assert.equal((await poll(other, two['device_code'])).body['error'], 'invalid_grant')
    assert.equal((await poll(television, two['device_code'])).status, 200)
    assert.equal((await poll(television, two['device_code'])).body['error'], 'invalid_grant')
    const three = await codes(television)
    later(601_000)
    assert.equal((await poll(television, three['device_code'])).body['error'], 'expired_token')
    const late = await openVisitor().go(`${pool.url}/device?user_code=${three['user_code']}`)
    assert.equal(late.status, 400)
    assert.match(late.text, /is not known/)
  })

  test('nothing is allowed without being asked: a session alone and a forged form decide nothing', async () => {
    const television = await makeClient()
    const { user_code: userCode = '', device_code: code } = await codes(television)
    const visitor = openVisitor()
    await visitor.signIn(pool, requestOf(pool), 'ann')
    const typed = await visitor.go(`${pool.url}/device?user_code=${userCode}`)
    const asked = await visitor.go(new URL(typed.location, pool.url).href)
    assert.match(asked.location, /\/device\/confirm\?/)
    const at = new URL(asked.location, pool.url).href
    await visitor.go(at, { method: 'POST', body: new URLSearchParams({ answer: 'allow' }) })
    server.world.clock.advance(10_000)
    assert.equal((await poll(television, code)).body['error'], 'authorization_pending')
    server.world.clock.advance(-10_000)
    const pushed = new URLSearchParams({ client_id: pool.client.id, request_uri: 'urn:poolhouse:device_request:x' })
    assert.match((await visitor.go(`${pool.url}/oauth2/authorize?${pushed}`)).location, /invalid_request_uri/)
  })
})

describe('introspection (RFC 7662)', () => {
  test('openid-client hears what a token is worth, and nothing of one that is worth nothing', async () => {
    const api = await pool.addOAuthClient({ GenerateSecret: true })
    await extend(server, pool, api.id, { introspection: true })
    const configuration = await configure(api)
    const seen = await openVisitor().signIn(pool, requestOf(pool), 'ann')
    const { body } = await redeem(pool, codeIn(seen), { client_secret: pool.client.secret ?? '' })
    const look = (token: string | undefined) => client.tokenIntrospection(configuration, token ?? '')
    const active = await look(body['access_token'])
    assert.deepEqual(
      [active.active, active.username, active.client_id, active.scope, active.token_type],
      [true, 'ann', pool.client.id, 'openid email', 'Bearer'],
    )
    // Another client's refresh token, an ID token, another pool's, and nonsense.
    const elsewhere = await makeHosted(server)
    await elsewhere.add('ann')
    const strange = await redeem(elsewhere, codeIn(await openVisitor().signIn(elsewhere, requestOf(elsewhere), 'ann')))
    for (const token of [body['refresh_token'], body['id_token'], strange.body['access_token'], 'x']) {
      assert.deepEqual(await look(token), { active: false })
    }
    const own = await openVisitor().signIn(pool, requestOf({ client: api }), 'ann')
    const tokens = await redeem({ ...pool, client: api }, codeIn(own), { client_secret: api.secret ?? '' })
    assert.equal((await look(tokens.body['refresh_token'])).username, 'ann')
    const Token = body['refresh_token']
    await server.clients.idp.send(
      new RevokeTokenCommand({ Token, ClientId: pool.client.id, ClientSecret: pool.client.secret }),
    )
    assert.deepEqual(await look(body['access_token']), { active: false })
  })
})

describe('signing out by OpenID Connect', () => {
  test('openid-client: an ID token as a hint and a registered address; what is not registered goes nowhere', async () => {
    const web = await pool.addOAuthClient()
    const out = 'https://app.example/bye'
    const configuration = await configure(web)
    const visitor = openVisitor()
    const seen = await visitor.signIn(pool, requestOf({ client: web }), 'ann')
    const { body } = await redeem({ ...pool, client: web }, codeIn(seen))
    const leave = async (more: Record<string, string>) => {
      const address = client.buildEndSessionUrl(configuration, { id_token_hint: body['id_token'] ?? '', ...more })
      return (await visitor.go(address.href)).location
    }
    assert.match(await leave({ post_logout_redirect_uri: out }), /\/error\?/, 'it is off')
    await extend(server, pool, web.id, { rpInitiatedLogout: true })
    assert.equal(await leave({ post_logout_redirect_uri: out, state: 's 1' }), `${out}?state=s+1`)
    assert.match(await leave({ post_logout_redirect_uri: `${out}/x` }), /redirect_mismatch/)
    assert.match(
      await leave({ post_logout_redirect_uri: out, id_token_hint: 'forged' }),
      /\/error\?error=invalid_request/,
    )
    assert.match(await leave({ post_logout_redirect_uri: out, client_id: pool.client.id }), /\/error\?/)
    assert.match(await leave({}), /\/signedout\?/)
    const again = await visitor.go(`${pool.url}/oauth2/authorize?${requestOf({ client: web })}`)
    assert.match(again.location, /\/login\?/)
    const form = new URLSearchParams({ id_token_hint: body['id_token'] ?? '', post_logout_redirect_uri: out })
    const posted = await visitor.go(`${pool.url}/logout`, { method: 'POST', body: form })
    assert.equal(posted.status, 303)
    assert.equal((await visitor.go(new URL(posted.location, pool.url).href)).location, out)
  })
})

describe('apps are told of the end of sessions (Back-Channel Logout 1.0)', () => {
  /** An app's address for logout tokens. */
  async function listener(t: { after(work: () => void): void }, status = () => 200) {
    const heard: string[] = []
    const app = createServer(async (request, response) => {
      let text = ''
      for await (const part of request) text += part
      heard.push(new URLSearchParams(text).get('logout_token') ?? '')
      response.writeHead(status()).end()
    })
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
    t.after(() => app.close())
    return { heard, uri: `http://127.0.0.1:${(app.address() as AddressInfo).port}/out` }
  }
  async function signedIn(uri: string, name = 'ann') {
    const web = await pool.addOAuthClient()
    await extend(server, pool, web.id, { backchannelLogoutUri: uri })
    const visitor = openVisitor()
    const seen = await visitor.signIn(
      pool,
      requestOf({ client: web }, { scope: 'openid aws.cognito.signin.user.admin' }),
      name,
    )
    const { body } = await redeem({ ...pool, client: web }, codeIn(seen))
    return { web, visitor, body, id: claimsOf(body['id_token'] ?? '') }
  }

  test('the app of a session hears of its end, with a token that jose verifies', async (t) => {
    const { heard, uri } = await listener(t)
    const { web, visitor, id } = await signedIn(uri)
    assert.match(String(id['sid']), /^sso/)
    const stranger = await signedIn((await listener(t)).uri)
    await visitor.go(`${pool.url}/logout?client_id=${web.id}&logout_uri=https://app.example/bye`)
    assert.equal(await tryDue(server.world, logoutNotices), 1)
    assert.equal(await tryDue(server.world, logoutNotices), 0)
    const keys = createRemoteJWKSet(new URL(`${server.endpoint}/${pool.id}/.well-known/jwks.json`))
    const { payload } = await jwtVerify(heard[0] ?? '', keys, {
      issuer: `${server.endpoint}/${pool.id}`,
      audience: web.id,
    })
    assert.equal(decodeProtectedHeader(heard[0] ?? '').typ, 'logout+jwt')
    assert.deepEqual([payload.sub, payload['sid']], [id['sub'], id['sid']])
    assert.deepEqual(payload['events'], { 'http://schemas.openid.net/event/backchannel-logout': {} })
    assert.equal(payload['nonce'], undefined)
    assert.notEqual(stranger.id['sid'], id['sid'])
  })

  test('so is the end of a user: disabled, deleted by an administrator, deleted by themselves', async (t) => {
    const { heard, uri } = await listener(t)
    const { idp } = server.clients
    const UserPoolId = pool.id
    const ends = [
      (Username: string) => idp.send(new AdminDisableUserCommand({ UserPoolId, Username })),
      (Username: string) => idp.send(new AdminDeleteUserCommand({ UserPoolId, Username })),
      (_: string, AccessToken: string) => idp.send(new DeleteUserCommand({ AccessToken })),
    ]
    for (const [index, end] of ends.entries()) {
      const name = `leaver${index}`
      await pool.add(name)
      const { body, id } = await signedIn(uri, name)
      await end(name, body['access_token'] ?? '')
      await tryDue(server.world, logoutNotices)
      assert.equal(claimsOf(heard[index] ?? assert.fail(`${index} was not told`))['sub'], id['sub'])
    }
    assert.equal(heard.length, ends.length)
  })

  test('a sign-out everywhere is told to all, and an app that is down hears of it later', async (t) => {
    let down = true
    const { heard, uri } = await listener(t, () => (down ? 503 : 200))
    await signedIn(uri)
    const Username = 'ann'
    await server.clients.idp.send(new AdminUserGlobalSignOutCommand({ UserPoolId: pool.id, Username }))
    await tryDue(server.world, logoutNotices)
    assert.equal(heard.length, 1)
    await tryDue(server.world, logoutNotices)
    assert.equal(heard.length, 1, 'not before its time')
    down = false
    server.world.clock.advance(5_001)
    t.after(() => server.world.clock.advance(-5_001))
    await tryDue(server.world, logoutNotices)
    assert.equal(heard.length, 2)
    server.world.clock.advance(3_600_000)
    t.after(() => server.world.clock.advance(-3_600_000))
    await tryDue(server.world, logoutNotices)
    assert.equal(heard.length, 2)
    const { payload } = await jwtVerify(
      heard[1] ?? '',
      createRemoteJWKSet(new URL(`${server.endpoint}/${pool.id}/.well-known/jwks.json`)),
    )
    assert.equal(payload['sid'], undefined)
  })
})

describe('sessions of browsers', () => {
  test('are listed beside those of tokens, and revoked with what came of them', async () => {
    const own = await makeHosted(server)
    await own.add('bea')
    const UserPoolId = own.id
    const { idp } = server.clients
    const settings = { UserPoolId, UserSessionTracking: 'ENABLED' as const, TokenSession: { MaxPerUser: 20 } }
    await idp.send(new SetUserPoolSessionConfigurationCommand(settings))
    const list = async () =>
      (await idp.send(new AdminListUserSessionsCommand({ UserPoolId, Username: 'bea' }))).Sessions ?? []
    const visitor = openVisitor()
    const { body } = await redeem(own, codeIn(await visitor.signIn(own, requestOf(own), 'bea')))
    const [token, browser] = await list()
    assert.deepEqual([token?.SessionType, browser?.SessionType], ['TOKEN', 'SSO'])
    assert.equal(token?.OriginSessionId, browser?.SessionId)
    const works = async () =>
      (await fetch(`${own.url}/oauth2/userInfo`, { headers: { authorization: `Bearer ${body['access_token']}` } }))
        .status
    assert.equal(await works(), 200)
    const revoke = (SessionId: string | undefined, RevokeAssociatedSessions?: 'LINKED') =>
      idp.send(new AdminRevokeUserSessionCommand({ UserPoolId, Username: 'bea', SessionId, RevokeAssociatedSessions }))
    await revoke(browser?.SessionId, 'LINKED')
    assert.equal(await works(), 401)
    assert.match((await visitor.go(`${own.url}/oauth2/authorize?${requestOf(own)}`)).location, /\/login\?/)
    assert.deepEqual(await list(), [])

    await redeem(own, codeIn(await visitor.signIn(own, requestOf(own), 'bea')))
    const [second] = await list()
    await revoke(second?.SessionId)
    assert.deepEqual(
      (await list()).map(({ SessionType }) => SessionType),
      ['SSO'],
    )
    const back = await visitor.go(`${own.url}/oauth2/authorize?${requestOf(own)}`)
    await redeem(own, codeIn(back))
    const [third] = await list()
    await revoke(third?.SessionId, 'LINKED')
    assert.deepEqual(await list(), [])
    await refused(revoke(third?.SessionId), 'ResourceNotFoundException')
  })

  test('end with a token that came of them, where RevokeToken is asked for that', async () => {
    const own = await makeHosted(server)
    await own.add('bea')
    const visitor = openVisitor()
    const tokenOf = async (seen: Seen) => String((await redeem(own, codeIn(seen))).body['refresh_token'])
    const revoke = (Token: string, RevokeAssociatedSessions: 'NONE' | 'LINKED') =>
      server.clients.idp.send(new RevokeTokenCommand({ Token, ClientId: own.client.id, RevokeAssociatedSessions }))
    const authorize = () => visitor.go(`${own.url}/oauth2/authorize?${requestOf(own)}`)
    const first = await tokenOf(await visitor.signIn(own, requestOf(own), 'bea'))
    await refused(revoke(first, 'ALL' as 'NONE'), 'InvalidParameterException', /enum value set/)
    await revoke(first, 'NONE')
    const second = await tokenOf(await authorize())
    await revoke(second, 'LINKED')
    assert.match((await authorize()).location, /\/login\?/)
  })
})
