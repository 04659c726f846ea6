import assert from 'node:assert/strict'
import { after, before, describe, type TestContext, test } from 'node:test'
import {
  AdminDisableUserCommand,
  AdminUserGlobalSignOutCommand,
  CreateResourceServerCommand,
  CreateUserPoolDomainCommand,
  DeleteResourceServerCommand,
  UpdateResourceServerCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import {
  ask,
  basic,
  callback,
  challengeOf,
  codeIn,
  type HostedPool,
  makeHosted,
  makeVerifier,
  openVisitor,
  redeem,
  requestOf,
} from '../support/hosted.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf } from '../support/sign-in.ts'

let server: TestServer
let pool: HostedPool
before(async () => {
  server = await startTestServer()
  pool = await makeHosted(server)
  await pool.add('ann', { email: 'ann@example.com', name: 'Ann', phone_number: '+14255550123' })
})
after(() => server.close())

/** For the rest of the test: the SDK signs with the machine's own clock. */
const advance = (t: TestContext, ms: number) => {
  server.world.clock.advance(ms)
  t.after(() => server.world.clock.advance(-ms))
}
const signedIn = async (more: Record<string, string | undefined> = {}, of = pool) =>
  openVisitor().signIn(of, requestOf(of, more), 'ann')
const tokensOf = async (more: Record<string, string | undefined> = {}, of = pool) => {
  const told = await redeem(of, codeIn(await signedIn(more, of)))
  assert.equal(told.status, 200, JSON.stringify(told.body))
  return told
}

describe('GET /oauth2/authorize', () => {
  const authorize = (query: string) => openVisitor().go(`${pool.url}/oauth2/authorize?${query}`)
  const back = async (more: Record<string, string | undefined>) => (await authorize(requestOf(pool, more))).location

  test('sends a browser that is not signed in to the sign-in page, with the same query', async () => {
    const query = requestOf(pool)
    const seen = await authorize(query)
    assert.equal(seen.status, 302)
    assert.equal(seen.location, `/domains/${pool.domain}/login?${query}`)
  })

  test('tells the app what is wrong with its request', async () => {
    const wrong = (error: string) => `${callback}?error=${error}&state=the-state`
    assert.equal(await back({ response_type: undefined }), wrong('invalid_request'))
    assert.equal(await back({ response_type: 'token id_token' }), wrong('invalid_request'))
    assert.equal(await back({ response_type: 'token' }), `${callback}#error=unauthorized_client&state=the-state`)
    assert.equal(await back({ code_challenge: 'x'.repeat(43) }), wrong('invalid_request'))
    assert.equal(await back({ code_challenge_method: 'S256' }), wrong('invalid_request'))
    assert.equal(await back({ prompt: 'none login' }), wrong('invalid_request'))
    assert.equal(await back({ max_age: 'soon' }), wrong('invalid_request'))
    assert.equal(await back({ resource: 'http://api.example' }), wrong('invalid_request'))
    assert.equal(await back({ prompt: 'none' }), wrong('login_required'))
    const scope = `${callback}?error_description=invalid_scope&error=invalid_request&state=the-state`
    assert.equal(await back({ scope: 'openid phone' }), scope)
    assert.equal(await back({ scope: 'email' }), scope)
    assert.equal(await back({ scope: 'offline_access' }), scope)
  })

  test('shows its own page where the address or the client cannot be trusted', async () => {
    const error = `/domains/${pool.domain}/error?`
    const id = pool.client.id
    assert.equal(
      await back({ redirect_uri: 'https://evil.example/' }),
      `${error}error=redirect_mismatch&client_id=${id}`,
    )
    assert.equal(await back({ client_id: 'nobody' }), `${error}error=Client+does+not+exist`)
    assert.equal(await back({ client_id: undefined }), `${error}error=Required+parameters+missing`)
    assert.match(await back({ identity_provider: 'Google' }), /error=Login\+option\+is\+not\+available/)
    const shown = await openVisitor().go(`${pool.url}/error?error=redirect_mismatch`)
    assert.equal(shown.status, 400)
    assert.match(shown.text, /An error was encountered with the requested page\./)
  })

  test('takes the client’s only address where the request names none', async () => {
    const seen = await signedIn({ redirect_uri: undefined })
    assert.ok(seen.location.startsWith(`${callback}?code=`), seen.location)
    const told = await ask(`${pool.url}/oauth2/token`, {
      grant_type: 'authorization_code',
      client_id: pool.client.id,
      code: codeIn(seen),
    })
    assert.equal(told.status, 200)
  })

  test('a browser that has signed in gets a code at once, unless the app wants it otherwise', async (t) => {
    const visitor = openVisitor()
    await visitor.signIn(pool, requestOf(pool), 'ann')
    const again = async (more: Record<string, string>) =>
      (await visitor.go(`${pool.url}/oauth2/authorize?${requestOf(pool, more)}`)).location
    assert.match(await again({}), /callback\?code=/)
    assert.match(await again({ prompt: 'none' }), /callback\?code=/)
    assert.match(await again({ prompt: 'login' }), /\/login\?/)
    advance(t, 10_000)
    assert.match(await again({ max_age: '5' }), /\/login\?/)
    assert.match(await again({ max_age: '60' }), /callback\?code=/)
    const other = await pool.addOAuthClient()
    assert.match(await again({ client_id: other.id }), /callback\?code=/)
    advance(t, 60 * 60_000)
    assert.match(await again({}), /\/login\?/)
  })

  test('a session of the browser ends with a sign-out everywhere and with the user’s right to sign in', async () => {
    const people = await makeHosted(server)
    await people.add('ann')
    const { idp } = server.clients
    const UserPoolId = people.id
    const again = async (end: () => Promise<unknown>) => {
      const visitor = openVisitor()
      await visitor.signIn(people, requestOf(people), 'ann')
      await end()
      return (await visitor.go(`${people.url}/oauth2/authorize?${requestOf(people)}`)).location
    }
    const signOut = () => idp.send(new AdminUserGlobalSignOutCommand({ UserPoolId, Username: 'ann' }))
    assert.match(await again(signOut), /\/login\?/)
    const disable = () => idp.send(new AdminDisableUserCommand({ UserPoolId, Username: 'ann' }))
    assert.match(await again(disable), /\/login\?/)
  })
})

describe('POST /oauth2/token', () => {
  test('gives tokens for a code: with PKCE, nonce, and what the scopes open', async () => {
    const verifier = makeVerifier()
    const seen = await signedIn({
      code_challenge: challengeOf(verifier),
      code_challenge_method: 'S256',
      nonce: 'n-1',
      resource: 'https://api.example',
    })
    assert.equal(seen.status, 303)
    assert.equal(new URL(seen.location).searchParams.get('state'), 'the-state')
    const { status, headers, body } = await redeem(pool, codeIn(seen), { code_verifier: verifier })
    assert.equal(status, 200)
    assert.equal(headers.get('cache-control'), 'no-store')
    assert.equal(headers.get('content-type'), 'application/json;charset=UTF-8')
    assert.deepEqual(Object.keys(body).sort(), [
      'access_token',
      'expires_in',
      'id_token',
      'refresh_token',
      'token_type',
    ])
    const access = claimsOf(body['access_token'])
    assert.deepEqual(
      [access['scope'], access['version'], access['aud'], access['client_id'], access['token_use']],
      ['openid email', 2, 'https://api.example', pool.client.id, 'access'],
    )
    const id = claimsOf(body['id_token'])
    assert.deepEqual(
      [id['nonce'], id['email'], id['name'], id['aud']],
      ['n-1', 'ann@example.com', undefined, pool.client.id],
    )
    assert.equal(typeof id['at_hash'], 'string')
    assert.equal(id['email_verified'], false)
  })

  test('gives no ID token without the scope openid', async () => {
    const { body } = await tokensOf({ scope: 'aws.cognito.signin.user.admin' })
    assert.equal(body['id_token'], undefined)
    assert.equal(claimsOf(body['access_token'])['scope'], 'aws.cognito.signin.user.admin')
  })

  test('openid alone opens all that the client can read; without a scope all of the client’s are granted', async () => {
    const alone = claimsOf((await tokensOf({ scope: 'openid' })).body['id_token'])
    assert.deepEqual([alone['name'], alone['phone_number']], ['Ann', '+14255550123'])
    const all = claimsOf((await tokensOf({ scope: undefined })).body['access_token'])
    assert.equal(all['scope'], 'openid email profile aws.cognito.signin.user.admin')
  })

  test('refreshes with the same scope, and says the same exact refusals', async () => {
    const { body } = await tokensOf()
    const refresh = (token: string) =>
      ask(`${pool.url}/oauth2/token`, { grant_type: 'refresh_token', client_id: pool.client.id, refresh_token: token })
    const fresh = await refresh(body['refresh_token'] ?? '')
    assert.equal(fresh.status, 200)
    assert.equal(fresh.body['refresh_token'], undefined)
    assert.equal(claimsOf(fresh.body['access_token'])['scope'], 'openid email')
    assert.equal(claimsOf(fresh.body['id_token'])['email'], 'ann@example.com')
    assert.deepEqual([(await refresh('x')).status, (await refresh('x')).body], [400, { error: 'invalid_grant' }])
    assert.deepEqual((await refresh('')).body, { error: 'invalid_request' })
  })

  test('refuses in AWS’s words what it cannot grant', async (t) => {
    const url = `${pool.url}/oauth2/token`
    const { id } = pool.client
    const refusal = async (form: Record<string, string>, headers = {}) => {
      const { status, body } = await ask(url, form, headers)
      assert.equal(status, 400)
      return body
    }
    assert.deepEqual(await refusal({ client_id: id }), { error: 'invalid_request' })
    assert.deepEqual(await refusal({ grant_type: 'password', client_id: id }), { error: 'unsupported_grant_type' })
    assert.deepEqual(await refusal({ grant_type: 'constructor', client_id: id }), { error: 'unsupported_grant_type' })
    assert.deepEqual(await refusal({ grant_type: 'client_credentials', client_id: id }), {
      error: 'unauthorized_client',
    })
    assert.deepEqual(await refusal({ grant_type: 'authorization_code', client_id: id }), { error: 'invalid_request' })
    assert.deepEqual(await refusal({ grant_type: 'authorization_code', client_id: 'nobody' }), {
      error: 'invalid_client',
    })
    const other = await redeem(pool, codeIn(await signedIn()), { redirect_uri: 'https://app.example/' })
    assert.deepEqual(other.body, { error: 'unauthorized_client', error_description: 'invalid_redirect' })
    const plain = await fetch(url, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
    assert.deepEqual([plain.status, await plain.json()], [400, { error: 'invalid_request' }])
    assert.equal((await fetch(url)).status, 400)
    const late = codeIn(await signedIn())
    advance(t, 5 * 60_000)
    assert.deepEqual((await redeem(pool, late)).body, { error: 'invalid_grant' })
  })

  test('a refresh token gives no scope whose resource server is gone', async () => {
    const { idp } = server.clients
    const named = { UserPoolId: pool.id, Identifier: 'fleeting', Name: 'fleeting' }
    const Scopes = [
      { ScopeName: 'read', ScopeDescription: 'r' },
      { ScopeName: 'write', ScopeDescription: 'w' },
    ]
    await idp.send(new CreateResourceServerCommand({ ...named, Scopes }))
    const client = await pool.addOAuthClient({ AllowedOAuthScopes: ['openid', 'fleeting/read', 'fleeting/write'] })
    const scope = 'openid fleeting/read fleeting/write'
    const { body } = await tokensOf({ scope }, { ...pool, client })
    assert.equal(claimsOf(body['access_token'])['scope'], scope)
    const refreshed = async () => {
      const form = { grant_type: 'refresh_token', client_id: client.id, refresh_token: body['refresh_token'] ?? '' }
      const { body: fresh } = await ask(`${pool.url}/oauth2/token`, form)
      return claimsOf(fresh['access_token'])['scope']
    }
    await idp.send(new UpdateResourceServerCommand({ ...named, Scopes: Scopes.slice(1) }))
    assert.equal(await refreshed(), 'openid fleeting/write')
    await idp.send(new DeleteResourceServerCommand({ UserPoolId: pool.id, Identifier: 'fleeting' }))
    assert.equal(await refreshed(), 'openid')
  })

  test('a machine gets a token by Basic or by form, for scopes of resource servers', async () => {
    const Scopes = [
      { ScopeName: 'read', ScopeDescription: 'r' },
      { ScopeName: 'write', ScopeDescription: 'w' },
    ]
    const { idp } = server.clients
    await idp.send(new CreateResourceServerCommand({ UserPoolId: pool.id, Identifier: 'api', Name: 'api', Scopes }))
    const machine = await pool.addOAuthClient({
      GenerateSecret: true,
      AllowedOAuthFlows: ['client_credentials'],
      AllowedOAuthScopes: ['api/read'],
      CallbackURLs: [],
      LogoutURLs: [],
    })
    const url = `${pool.url}/oauth2/token`
    const grant = { grant_type: 'client_credentials' }
    const { status, body } = await ask(url, grant, basic(machine))
    assert.equal(status, 200)
    assert.deepEqual(Object.keys(body).sort(), ['access_token', 'expires_in', 'token_type'])
    const claims = claimsOf(body['access_token'])
    assert.deepEqual([claims['scope'], claims['sub'], claims['username']], ['api/read', machine.id, undefined])
    const posted = { ...grant, client_id: machine.id, client_secret: machine.secret ?? '' }
    assert.equal((await ask(url, posted)).status, 200)
    assert.deepEqual((await ask(url, { ...grant, scope: 'api/write' }, basic(machine))).body, {
      error: 'invalid_grant',
    })
    assert.deepEqual((await ask(url, { ...grant, scope: 'api/none' }, basic(machine))).body, { error: 'invalid_scope' })
    const secret = { error: 'invalid_client', error_description: 'invalid_client_secret' }
    assert.deepEqual((await ask(url, grant, basic(machine, 'wrong'))).body, secret)
    assert.deepEqual((await ask(url, { ...grant, client_id: machine.id })).body, secret)
  })

  test('the implicit flow gives tokens in the fragment, and no refresh token', async () => {
    const client = await pool.addOAuthClient({ AllowedOAuthFlows: ['implicit'] })
    const seen = await signedIn({ client_id: client.id, response_type: 'token', nonce: 'n-2' })
    const { hash, search } = new URL(seen.location)
    assert.equal(search, '')
    const given = new URLSearchParams(hash.slice(1))
    assert.deepEqual([...given.keys()].sort(), ['access_token', 'expires_in', 'id_token', 'state', 'token_type'])
    assert.equal(claimsOf(given.get('id_token') ?? '')['nonce'], 'n-2')
  })
})

describe('/oauth2/userInfo', () => {
  const info = async (token: string, method = 'GET') => {
    const answer = await fetch(`${pool.url}/oauth2/userInfo`, { method, headers: { authorization: `Bearer ${token}` } })
    return { status: answer.status, says: answer.headers.get('www-authenticate'), body: await answer.json(), answer }
  }

  test('tells what the scopes open, every value a string', async () => {
    const { body } = await tokensOf()
    const { status, body: claims, answer } = await info(body['access_token'] ?? '')
    assert.equal(status, 200)
    assert.equal(answer.headers.get('access-control-allow-origin'), '*')
    const { sub, ...rest } = claims as Record<string, string>
    assert.equal(sub, claimsOf(body['access_token'])['sub'])
    assert.deepEqual(rest, { email: 'ann@example.com', email_verified: 'false', username: 'ann' })
    const profile = (await tokensOf({ scope: 'openid profile' })).body['access_token'] ?? ''
    assert.equal(((await info(profile, 'POST')).body as Record<string, string>)['name'], 'Ann')
  })

  test('refuses what is no token, what has ended, and what lacks openid', async () => {
    assert.equal((await fetch(`${pool.url}/oauth2/userInfo`)).status, 400)
    assert.equal((await info('nonsense')).status, 401)
    const api = await info(await pool.tokenOf('ann'))
    assert.equal(api.status, 401)
    assert.equal(
      api.says,
      'Bearer error="invalid_token", error_description="Access token does not contain openid scope"',
    )
    const other = await makeHosted(server)
    await other.add('ann')
    const foreign = await tokensOf({}, other)
    assert.equal((await info(foreign.body['access_token'] ?? '')).status, 401)
  })
})

describe('POST /oauth2/revoke', () => {
  test('ends the session of a refresh token, and says nothing of unknown ones', async () => {
    const { body } = await tokensOf()
    const url = `${pool.url}/oauth2/revoke`
    const client_id = pool.client.id
    const revoked = await ask(url, { client_id, token: body['refresh_token'] ?? '' })
    assert.deepEqual([revoked.status, revoked.body], [200, {}])
    assert.equal((await ask(url, { client_id, token: body['refresh_token'] ?? '' })).status, 200)
    const info = await fetch(`${pool.url}/oauth2/userInfo`, {
      headers: { authorization: `Bearer ${body['access_token']}` },
    })
    assert.equal(info.status, 401)
    assert.deepEqual((await ask(url, { client_id })).body, { error: 'invalid_request' })
    const access = await ask(url, { client_id, token: body['access_token'] ?? '' })
    assert.deepEqual([access.status, access.body], [400, { error: 'unsupported_token_type' }])
    const nobody = await ask(url, { client_id: 'nobody', token: 'x' })
    assert.deepEqual([nobody.status, nobody.body], [401, { error: 'invalid_client' }])
  })
})

describe('GET /logout', () => {
  test('ends the browser’s session, a copy of its cookie included, and goes to a registered address', async () => {
    const visitor = openVisitor()
    await visitor.signIn(pool, requestOf(pool), 'ann')
    const copy = visitor.jar.get('cognito') ?? assert.fail('no session')
    const out = new URLSearchParams({ client_id: pool.client.id, logout_uri: 'https://app.example/bye' })
    const seen = await visitor.go(`${pool.url}/logout?${out}`)
    assert.deepEqual([seen.status, seen.location], [302, 'https://app.example/bye'])
    assert.equal(visitor.jar.has('cognito'), false)
    visitor.jar.set('cognito', copy)
    assert.match((await visitor.go(`${pool.url}/oauth2/authorize?${requestOf(pool)}`)).location, /\/login\?/)
  })

  test('goes to a new sign-in where the app names its callback', async () => {
    const seen = await openVisitor().go(`${pool.url}/logout?${requestOf(pool)}`)
    assert.equal(seen.location, `/domains/${pool.domain}/login?${requestOf(pool)}`)
  })
})

describe('domains', () => {
  test('answer by Host as by path, and know only their own pool’s clients', async () => {
    const other = await makeHosted(server)
    const host = `${other.domain}.auth.localhost:${new URL(server.endpoint).port}`
    const byHost = await openVisitor().go(`http://${host}/login?${requestOf(other)}`)
    assert.equal(byHost.status, 200)
    const link = await openVisitor().go(`http://${host}/confirmUser?client_id=x`)
    assert.match(link.text, /This link is not valid/)
    const foreign = await openVisitor().go(`${other.url}/oauth2/authorize?${requestOf(pool)}`)
    assert.match(foreign.location, /error=Client\+does\+not\+exist/)
    assert.equal((await openVisitor().go(`${server.endpoint}/domains/nobodys/login`)).status, 404)
  })
})

describe('cookies', () => {
  const sentBy = async (secure: boolean) => {
    const settings = secure ? { publicUrl: 'https://id.example.com' } : {}
    const place = await startTestServer({ settings })
    try {
      const people = await makeHosted(place)
      await people.add('ann')
      return (await openVisitor().signIn(people, requestOf(people), 'ann')).headers.getSetCookie()
    } finally {
      await place.close()
    }
  }

  test('are kept from scripts and other sites, for an hour, and below https from the open network', async () => {
    const [session = ''] = await sentBy(true)
    assert.match(session, /^cognito=[\w-]{43}; Path=\/domains\/\w+; Max-Age=3600; Secure; HttpOnly; SameSite=Lax$/)
    const [plain = ''] = await sentBy(false)
    assert.match(plain, /; Max-Age=3600; HttpOnly; SameSite=Lax$/)
  })
})

describe('custom domains', () => {
  test('answer by their own name, and a foreign name has no pages', async () => {
    const place = await makeHosted(server)
    const name = 'auth.photos.example'
    await server.clients.idp.send(
      new CreateUserPoolDomainCommand({
        UserPoolId: place.id,
        Domain: name,
        CustomDomainConfig: { CertificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/1' },
      }),
    )
    const { port } = new URL(server.endpoint)
    const at = (host: string) => openVisitor().go(`http://${host}:${port}/login?${requestOf(place)}`)
    assert.equal((await at(name)).status, 200)
    assert.equal((await at('auth.others.example')).status, 404)
    // A prefix is no name of its own.
    assert.equal((await at(`${place.domain}.example`)).status, 404)
  })
})
