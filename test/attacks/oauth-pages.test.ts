import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AdminCreateUserCommand,
  CreateIdentityProviderCommand,
  CreateResourceServerCommand,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import {
  ask,
  basic,
  callback,
  codeIn,
  type HostedPool,
  makeHosted,
  openVisitor,
  redeem,
  requestOf,
} from '../support/hosted.ts'
import { password, refused } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: HostedPool
before(async () => {
  server = await startTestServer()
  pool = await makeHosted(server)
  await pool.add('ann', { email: 'ann@example.com' })
})
after(() => server.close())

const loginUrl = (of = pool, more: Record<string, string> = {}) => `${of.url}/login?${requestOf(of, more)}`

test('case 12: a refresh token is nothing to another client, nor without the secret of its own', async () => {
  const client = await pool.addOAuthClient({ GenerateSecret: true })
  const own = { ...pool, client }
  const code = codeIn(await openVisitor().signIn(pool, requestOf(own), 'ann'))
  const { body } = await redeem(own, code, { client_secret: client.secret ?? '' })
  const refresh = (form: Record<string, string>) =>
    ask(`${pool.url}/oauth2/token`, {
      grant_type: 'refresh_token',
      refresh_token: body['refresh_token'] ?? '',
      ...form,
    })
  assert.deepEqual((await refresh({ client_id: pool.client.id })).body, { error: 'invalid_grant' })
  const noSecret = { error: 'invalid_client', error_description: 'invalid_client_secret' }
  assert.deepEqual((await refresh({ client_id: client.id })).body, noSecret)
  assert.deepEqual((await refresh({ client_id: client.id, client_secret: 'wrong' })).body, noSecret)
  const url = `${pool.url}/oauth2/revoke`
  const foreign = await ask(url, { client_id: pool.client.id, token: body['refresh_token'] ?? '' })
  assert.equal(foreign.status, 401)
  assert.equal((await refresh({ client_id: client.id, client_secret: client.secret ?? '' })).status, 200)
})

test('case 13: a form from another site, without our token, or with one of another browser does nothing', async () => {
  const signsIn = async (
    visitor: ReturnType<typeof openVisitor>,
    csrf: string,
    headers: Record<string, string> = {},
  ) => {
    const body = new URLSearchParams({ _csrf: csrf, username: 'ann', password })
    const seen = await visitor.go(loginUrl(), { method: 'POST', body, headers })
    return seen.location.startsWith(callback)
  }
  const visitor = openVisitor()
  await visitor.go(loginUrl())
  const token = visitor.jar.get('XSRF-TOKEN') ?? assert.fail('no token')
  const stranger = openVisitor()
  await stranger.go(loginUrl())
  assert.equal(await signsIn(visitor, ''), false)
  assert.equal(await signsIn(visitor, stranger.jar.get('XSRF-TOKEN') ?? ''), false)
  assert.equal(await signsIn(openVisitor(), token), false)
  assert.equal(await signsIn(visitor, token, { 'sec-fetch-site': 'cross-site' }), false)
  assert.equal(await signsIn(visitor, token, { 'sec-fetch-site': 'same-site' }), false)
  // Planted by a neighbouring host: equal, but not ours.
  const planted = openVisitor()
  planted.jar.set('XSRF-TOKEN', 'made-up')
  assert.equal(await signsIn(planted, 'made-up'), false)
  assert.equal(await signsIn(visitor, token, { 'sec-fetch-site': 'same-origin' }), true)
})

test('cases 16 and 18: pages cannot be framed, run nothing but our own files, are not kept, and tell nobody where one came from', async () => {
  const visitor = openVisitor()
  for (const path of ['/login', '/signup', '/forgotPassword', '/error']) {
    const { headers, text } = await visitor.go(`${pool.url}${path}?${requestOf(pool)}`)
    const policy = headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'none'/)
    assert.match(policy, /frame-ancestors 'none'/)
    assert.doesNotMatch(policy, /unsafe|script-src(?! 'nonce-[\w-]{22}'(;|$))|\*/)
    assert.equal(headers.get('x-frame-options'), 'DENY')
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.doesNotMatch(text, /<script(?! src="[\w./-]+" nonce="[\w-]{22}" defer><\/script>)|\son\w+="|style="/)
  }
})

test('case 17: a sign-in is answered by 303, which no browser answers by posting the password again', async () => {
  assert.equal((await openVisitor().signIn(pool, requestOf(pool), 'ann')).status, 303)
  const wrong = await openVisitor().signIn(pool, requestOf(pool), 'ann', 'wrong')
  assert.equal(wrong.status, 303)
  assert.doesNotMatch(wrong.location, /wrong|password|ann/)
})

test('case 18: the redirect that carries a code is not kept, and asks for silence about where it came from', async () => {
  const { headers } = await openVisitor().signIn(pool, requestOf(pool), 'ann')
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.equal(headers.get('referrer-policy'), 'no-referrer')
})

test('case 20: pages of any origin may ask the token endpoint, and none with cookies', async () => {
  for (const method of ['OPTIONS', 'POST']) {
    const answer = await fetch(`${pool.url}/oauth2/token`, { method, headers: { origin: 'https://evil.example' } })
    assert.equal(answer.headers.get('access-control-allow-origin'), '*')
    assert.equal(answer.headers.get('access-control-allow-credentials'), null)
  }
  const page = await openVisitor().go(loginUrl(), { headers: { origin: 'https://evil.example' } })
  assert.equal(page.headers.get('access-control-allow-origin'), null)
})

test('case 24: a password opens no client that wants a provider to vouch, by way of another client of the browser’s', async () => {
  await server.clients.idp.send(
    new CreateIdentityProviderCommand({
      ...{ UserPoolId: pool.id, ProviderName: 'Google', ProviderType: 'Google' },
      ProviderDetails: { client_id: 'a', client_secret: 'b', authorize_scopes: 'openid' },
    }),
  )
  const client = await pool.addOAuthClient({ SupportedIdentityProviders: ['Google'] })
  const visitor = openVisitor()
  await visitor.signIn(pool, requestOf(pool), 'ann')
  const authorize = async (query: string) => (await visitor.go(`${pool.url}/oauth2/authorize?${query}`)).location
  assert.match(await authorize(requestOf(pool)), /\?code=/)
  assert.match(await authorize(requestOf({ ...pool, client })), /\/login\?/)
  assert.match(await authorize(requestOf({ ...pool, client }, { prompt: 'none' })), /error=login_required/)
})

test('case 25: a machine gets no scope it was not given, and none of a user’s', async () => {
  const Scopes = ['read', 'write'].map((ScopeName) => ({ ScopeName, ScopeDescription: ScopeName }))
  const resources = { UserPoolId: pool.id, Identifier: 'api', Name: 'API', Scopes }
  await server.clients.idp.send(new CreateResourceServerCommand(resources))
  const machine = await pool.addOAuthClient({
    GenerateSecret: true,
    AllowedOAuthFlows: ['client_credentials'],
    AllowedOAuthScopes: ['api/read'],
  })
  const scoped = (scope: string) =>
    ask(`${pool.url}/oauth2/token`, { grant_type: 'client_credentials', scope }, basic(machine))
  assert.deepEqual((await scoped('api/read api/write')).body, { error: 'invalid_grant' })
  for (const scope of ['openid', 'aws.cognito.signin.user.admin', 'api/read openid', 'api/*']) {
    assert.deepEqual((await scoped(scope)).body, { error: 'invalid_scope' }, scope)
  }
  const { body } = await scoped('api/read')
  const headers = { authorization: `Bearer ${body['access_token']}` }
  assert.equal((await fetch(`${pool.url}/oauth2/userInfo`, { headers })).status, 401)
})

test('case 28: an Authorization header that makes no sense is refused, and breaks nothing', async () => {
  const headers = [
    'Basic',
    'Basic !!!',
    'Basic Og==',
    `Basic ${'A'.repeat(9_000)}`,
    'Bearer',
    'Digest x',
    'Basic YQ==, Basic YQ==',
    'Basic YTolRTAlQTQlQQ==',
  ]
  for (const authorization of headers) {
    const token = await ask(
      `${pool.url}/oauth2/token`,
      { grant_type: 'refresh_token', refresh_token: 'x' },
      { authorization },
    )
    assert.deepEqual([token.status, token.body['error']], [400, 'invalid_client'], authorization)
    const revoke = await ask(`${pool.url}/oauth2/revoke`, { token: 'x' }, { authorization })
    assert.equal(revoke.status, 401, authorization)
    const info = await fetch(`${pool.url}/oauth2/userInfo`, { headers: { authorization } })
    assert.equal(info.status, 400, authorization)
  }
})

test('case 36: the sign-in page says the same of unknown users as of wrong passwords, and recovery tells nobody', async () => {
  const says = async (username: string) => {
    const visitor = openVisitor()
    const { location } = await visitor.signIn(pool, requestOf(pool), username, 'Wrong-passw0rd')
    const { text } = await visitor.go(new URL(location, pool.url).href)
    return /role="alert">([^<]*)/.exec(text)?.[1]
  }
  assert.equal(await says('ann'), 'Incorrect username or password.')
  assert.equal(await says('nobody'), 'Incorrect username or password.')
  const recovers = async (username: string) => {
    const visitor = openVisitor()
    const at = `${pool.url}/forgotPassword?${requestOf(pool)}`
    const { location } = await visitor.send(await visitor.go(at), at, { username })
    return location
  }
  assert.equal(await recovers('nobody'), await recovers('ann'))
})

test('cases 38 and 39: guesses on the page count as those at the API, and lock the user out', async () => {
  await pool.add('ben')
  const visitor = openVisitor()
  for (let guess = 0; guess < 5; guess += 1) await visitor.signIn(pool, requestOf(pool), 'ben', 'Wrong-passw0rd')
  const right = await visitor.signIn(pool, requestOf(pool), 'ben')
  assert.match(right.location, /\/login\?/)
  const { text } = await visitor.go(new URL(right.location, pool.url).href)
  assert.match(text, /Too many attempts/)
})

test('case 51: a challenge that the pages ask is not answered at the API', async () => {
  const { idp } = server.clients
  await idp.send(
    new AdminCreateUserCommand({
      UserPoolId: pool.id,
      Username: 'cat',
      TemporaryPassword: password,
      MessageAction: 'SUPPRESS',
    }),
  )
  const visitor = openVisitor()
  const { location } = await visitor.signIn(pool, requestOf(pool), 'cat')
  assert.match(location, /\/mfa\?/)
  const sealed = visitor.jar.get('page-data') ?? assert.fail('no note')
  const bound = `${pool.id}/${pool.domain}/${pool.client.id}`
  const note = server.world.seal.open('hosted-note', sealed, bound) ?? assert.fail('no note of ours')
  const { challenge } = JSON.parse(note.toString()) as { challenge: { name: string; session: string } }
  assert.equal(challenge.name, 'NEW_PASSWORD_REQUIRED')
  const answer = idp.send(
    new RespondToAuthChallengeCommand({
      ClientId: pool.client.id,
      ChallengeName: 'NEW_PASSWORD_REQUIRED',
      Session: challenge.session,
      ChallengeResponses: { USERNAME: 'cat', NEW_PASSWORD: 'An0ther-pass!' },
    }),
  )
  await refused(answer, 'NotAuthorizedException', 'Invalid session for the user.')
  const at = new URL(location, pool.url).href
  const both = { new_password: 'An0ther-pass!', confirm_password: 'An0ther-pass!' }
  assert.ok((await visitor.send(await visitor.go(at), at, both)).location.startsWith(callback))
})
