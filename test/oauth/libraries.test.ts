import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CreateResourceServerCommand } from '@aws-sdk/client-cognito-identity-provider'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { extend } from '../support/extensions.ts'
import { callback, fetchHere, type HostedPool, makeHosted, openVisitor } from '../support/hosted.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: HostedPool
before(async () => {
  server = await startTestServer()
  pool = await makeHosted(server, { GenerateSecret: true })
  await pool.add('ann', { email: 'ann@example.com' })
})
after(() => server.close())

/** The visitor's part: from the address the library made to the one the browser comes back with. */
async function visit(address: URL): Promise<URL> {
  const visitor = openVisitor()
  const first = await visitor.go(address.href)
  const at = new URL(first.location, address).href
  const page = await visitor.go(at)
  return new URL((await visitor.send(page, at, { username: 'ann', password: 'Passw0rd!' })).location)
}

test('openid-client: discovery, code with PKCE and nonce, userInfo, refresh, revocation', async () => {
  const configuration = await client.discovery(
    new URL(`${server.endpoint}/${pool.id}`),
    pool.client.id,
    pool.client.secret,
    undefined,
    { execute: [client.allowInsecureRequests], [client.customFetch]: fetchHere as client.CustomFetch },
  )
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()]
  const address = client.buildAuthorizationUrl(configuration, {
    redirect_uri: callback,
    scope: 'openid email',
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
  })
  const checks = { pkceCodeVerifier, expectedState, expectedNonce }
  const tokens = await client.authorizationCodeGrant(configuration, await visit(address), checks)
  const { sub, email } = tokens.claims() ?? assert.fail('no ID token')
  assert.equal(email, 'ann@example.com')
  const info = await client.fetchUserInfo(configuration, tokens.access_token, sub)
  assert.equal(info['username'], 'ann')
  const fresh = await client.refreshTokenGrant(configuration, tokens.refresh_token ?? '')
  assert.equal(fresh.claims()?.sub, sub)
  await client.tokenRevocation(configuration, tokens.refresh_token ?? '')
  await assert.rejects(client.refreshTokenGrant(configuration, tokens.refresh_token ?? ''), { error: 'invalid_grant' })
  await assert.rejects(client.fetchUserInfo(configuration, fresh.access_token, sub))
})

test('oauth4webapi: code with PKCE at a public client, ID token verified with at_hash; client credentials', async () => {
  const options = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: fetchHere as typeof fetch } as const
  const issuer = new URL(`${server.endpoint}/${pool.id}`)
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
  const { id } = await pool.addOAuthClient()
  const web = { client_id: id }
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const address = new URL(as.authorization_endpoint ?? assert.fail('no endpoint'))
  address.search = new URLSearchParams({
    client_id: id,
    response_type: 'code',
    redirect_uri: callback,
    scope: 'openid',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  }).toString()
  const parameters = oauth.validateAuthResponse(as, web, await visit(address), state)
  const none = oauth.None()
  const answer = await oauth.authorizationCodeGrantRequest(as, web, none, parameters, callback, verifier, options)
  const tokens = await oauth.processAuthorizationCodeResponse(as, web, answer, { requireIdToken: true })
  await oauth.validateApplicationLevelSignature(as, answer, options)
  const sub = oauth.getValidatedIdTokenClaims(tokens)?.sub ?? assert.fail('no ID token')
  const info = await oauth.userInfoRequest(as, web, tokens.access_token, options)
  assert.equal((await oauth.processUserInfoResponse(as, web, sub, info))['email'], 'ann@example.com')

  const Scopes = [{ ScopeName: 'read', ScopeDescription: 'Read' }]
  const resources = { UserPoolId: pool.id, Identifier: 'photos', Name: 'Photos', Scopes }
  await server.clients.idp.send(new CreateResourceServerCommand(resources))
  const machine = await pool.addOAuthClient({
    GenerateSecret: true,
    AllowedOAuthFlows: ['client_credentials'],
    AllowedOAuthScopes: ['photos/read'],
  })
  const proofs = [oauth.ClientSecretBasic(machine.secret ?? ''), oauth.ClientSecretPost(machine.secret ?? '')]
  for (const proof of proofs) {
    const itself = { client_id: machine.id }
    const granted = await oauth.clientCredentialsGrantRequest(as, itself, proof, { scope: 'photos/read' }, options)
    const { access_token } = await oauth.processClientCredentialsResponse(as, itself, granted)
    assert.equal(access_token.split('.').length, 3)
  }
})

/** A client that may do everything that is on, for a library to do it all. */
async function makeAble() {
  const Scopes = [{ ScopeName: 'write', ScopeDescription: 'Write' }]
  const resources = { UserPoolId: pool.id, Identifier: `able${++able}`, Name: 'Able', Scopes }
  await server.clients.idp.send(new CreateResourceServerCommand(resources))
  const scope = `able${able}/write`
  const machine = await pool.addOAuthClient({
    ...{ GenerateSecret: true, AllowedOAuthFlows: ['client_credentials'], AllowedOAuthScopes: [scope] },
  })
  const web = await pool.addOAuthClient({ GenerateSecret: true })
  await extend(server, pool, web.id, { deviceGrant: true, introspection: true, pushedRequests: 'allowed' })
  return { machine, web, scope }
}
let able = 0

/** Somebody types the code of a device and allows it. */
async function allow(address: string): Promise<void> {
  const visitor = openVisitor()
  let at = new URL(address)
  for (let hop = 0; hop < 2; hop++) at = new URL((await visitor.go(at.href)).location, at)
  const login = await visitor.send(await visitor.go(at.href), at.href, { username: 'ann', password: 'Passw0rd!' })
  const confirm = new URL(login.location, at)
  const done = await visitor.send(await visitor.go(confirm.href), confirm.href, { answer: 'allow' })
  assert.match(done.location, /done=yes/)
}

test('openid-client: client credentials, a pushed request, a device, introspection', async () => {
  const { machine, web, scope } = await makeAble()
  const configure = (of: { id: string; secret: string | undefined }) =>
    client.discovery(new URL(`${server.endpoint}/${pool.id}`), of.id, of.secret, undefined, {
      execute: [client.allowInsecureRequests],
      [client.customFetch]: fetchHere as client.CustomFetch,
    })
  const itself = await client.clientCredentialsGrant(await configure(machine), { scope })
  assert.equal(itself.expires_in, 3600)
  assert.equal(itself.refresh_token, undefined)

  const able = await configure(web)
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const pushed = await client.buildAuthorizationUrlWithPAR(able, {
    ...{ redirect_uri: callback, scope: 'openid', code_challenge_method: 'S256' },
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
  })
  const tokens = await client.authorizationCodeGrant(able, await visit(pushed), { pkceCodeVerifier })
  assert.ok(tokens.claims()?.sub)
  assert.equal((await client.tokenIntrospection(able, tokens.access_token)).active, true)

  const device = await client.initiateDeviceAuthorization(able, { scope: 'openid' })
  await allow(device.verification_uri_complete ?? assert.fail('no address'))
  server.world.clock.advance(6_000)
  const fetched = await client.pollDeviceAuthorizationGrant(able, { ...device, interval: 0 })
  assert.equal(fetched.claims()?.sub, tokens.claims()?.sub)
})

test('oauth4webapi: refresh, revocation, a pushed request, a device, introspection', async () => {
  const options = { [oauth.allowInsecureRequests]: true, [oauth.customFetch]: fetchHere as typeof fetch } as const
  const { web } = await makeAble()
  const issuer = new URL(`${server.endpoint}/${pool.id}`)
  const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
  const app = { client_id: web.id }
  const proof = oauth.ClientSecretPost(web.secret ?? '')
  const verifier = oauth.generateRandomCodeVerifier()
  const asked = {
    ...{ response_type: 'code', redirect_uri: callback, scope: 'openid', code_challenge_method: 'S256' },
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  }
  const answer = await oauth.pushedAuthorizationRequest(as, app, proof, asked, options)
  const { request_uri } = await oauth.processPushedAuthorizationResponse(as, app, answer)
  const address = new URL(as.authorization_endpoint ?? assert.fail('no endpoint'))
  address.search = new URLSearchParams({ client_id: web.id, request_uri }).toString()
  const parameters = oauth.validateAuthResponse(as, app, await visit(address), oauth.expectNoState)
  const redeemed = await oauth.authorizationCodeGrantRequest(as, app, proof, parameters, callback, verifier, options)
  const tokens = await oauth.processAuthorizationCodeResponse(as, app, redeemed, { requireIdToken: true })
  const sub = oauth.getValidatedIdTokenClaims(tokens)?.sub

  const again = await oauth.refreshTokenGrantRequest(as, app, proof, tokens.refresh_token ?? '', options)
  const fresh = await oauth.processRefreshTokenResponse(as, app, again)
  assert.equal(oauth.getValidatedIdTokenClaims(fresh)?.sub, sub)
  const look = async () => {
    const seen = await oauth.introspectionRequest(as, app, proof, fresh.access_token, options)
    return (await oauth.processIntrospectionResponse(as, app, seen)).active
  }
  assert.equal(await look(), true)
  const revoked = await oauth.revocationRequest(as, app, proof, tokens.refresh_token ?? '', options)
  await oauth.processRevocationResponse(revoked)
  assert.equal(await look(), false)

  const begun = await oauth.deviceAuthorizationRequest(as, app, proof, { scope: 'openid' }, options)
  const device = await oauth.processDeviceAuthorizationResponse(as, app, begun)
  const poll = async () =>
    oauth.processDeviceCodeResponse(
      as,
      app,
      await oauth.deviceCodeGrantRequest(as, app, proof, device.device_code, options),
    )
  server.world.clock.advance(6_000)
  await assert.rejects(poll(), { error: 'authorization_pending' })
  await allow(device.verification_uri_complete ?? assert.fail('no address'))
  server.world.clock.advance(6_000)
  assert.equal(oauth.getValidatedIdTokenClaims(await poll())?.sub, sub)
})
