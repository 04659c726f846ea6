/** Attacks on the pages that act for somebody: the account page, passkeys, the choice of factors. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateManagedLoginBrandingCommand,
  ListUserSessionsCommand,
  SetUserPoolMfaConfigCommand,
  SetUserPoolSessionConfigurationCommand,
  UpdateUserPoolDomainCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { codeIn, type HostedPool, makeHosted, openVisitor, redeem, requestOf, type Visitor } from '../support/hosted.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: HostedPool
before(async () => {
  server = await startTestServer()
  pool = await makeHosted(
    server,
    { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_USER_PASSWORD_AUTH'] },
    { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } } },
  )
  await server.clients.idp.send(
    new SetUserPoolSessionConfigurationCommand({
      ...{ UserPoolId: pool.id, UserSessionTracking: 'ENABLED', TokenSession: { MaxPerUser: 10 } },
    }),
  )
})
after(() => server.close())

const at = (path: string, query = requestOf(pool)) => `${pool.url}${path}?${query}`

async function enter(name: string): Promise<Visitor> {
  await pool.add(name)
  const visitor = openVisitor()
  await visitor.signIn(pool, requestOf(pool), name)
  return visitor
}

test('case 13: a form that another site made, or that lacks its token, changes nothing on the account page', async () => {
  const visitor = await enter('alva')
  const page = await visitor.go(at('/account'))
  assert.equal(page.status, 200)
  const token = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? assert.fail()
  const post = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
    visitor.go(at('/account'), { method: 'POST', body: new URLSearchParams({ act: 'profile', ...fields }), headers })
  const name = { 'requiredAttributes[email]': 'thief@example.com' }
  for (const refused of [
    await post(name),
    await post({ ...name, _csrf: 'forged' }),
    await post({ ...name, _csrf: token }, { 'sec-fetch-site': 'cross-site' }),
  ]) {
    assert.equal(refused.status, 303)
  }
  assert.equal((await pool.look('alva')).attributes['email'], undefined)
  await post({ ...name, _csrf: token })
  assert.equal((await pool.look('alva')).attributes['email'], 'thief@example.com')
})

test('a look at the account page ends no session of an app, however few a user may have', async () => {
  const narrow = await makeHosted(server)
  await server.clients.idp.send(
    new SetUserPoolSessionConfigurationCommand({
      ...{ UserPoolId: narrow.id, UserSessionTracking: 'ENABLED', TokenSession: { MaxPerUser: 1 } },
    }),
  )
  await narrow.add('ulf')
  const visitor = openVisitor()
  const scope = 'openid aws.cognito.signin.user.admin'
  const { body } = await redeem(narrow, codeIn(await visitor.signIn(narrow, requestOf(narrow, { scope }), 'ulf')))
  const { text } = await visitor.go(`${narrow.url}/account?${requestOf(narrow)}`)
  assert.equal(text.match(/This browser/g)?.length, 1)
  const AccessToken = body['access_token']
  const { Sessions = [] } = await server.clients.idp.send(new ListUserSessionsCommand({ AccessToken }))
  assert.deepEqual(
    Sessions.map(({ SessionType }) => SessionType),
    ['TOKEN', 'SSO'],
  )
})

test('cases 16 and 18: the new pages are framed by nobody, tell no referrer, and are kept by nobody', async () => {
  const visitor = await enter('berit')
  for (const path of ['/account', '/passkeys/add', '/signedout']) {
    const { headers, status } = await visitor.go(at(path))
    assert.equal(status, 200, path)
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/)
    assert.doesNotMatch(headers.get('content-security-policy') ?? '', /unsafe|\*/)
    assert.equal(headers.get('referrer-policy'), 'no-referrer')
    assert.equal(headers.get('cache-control'), 'no-store')
  }
})

test('cases 59 and 81: nobody ends another’s session or removes another’s passkey by its id', async () => {
  const AccessToken = await (async () => {
    await pool.add('carin')
    return pool.tokenOf('carin')
  })()
  const { Sessions = [] } = await server.clients.idp.send(new ListUserSessionsCommand({ AccessToken }))
  const id = Sessions[0]?.SessionId ?? assert.fail('no session')
  const thief = await enter('dieter')
  for (const act of ['end-session', 'remove-passkey', 'remove-device', 'toString', '__proto__']) {
    const page = await thief.go(at('/account'))
    const sent = await thief.send(page, at('/account'), { act, id })
    assert.equal(sent.status, 303)
  }
  assert.equal((await server.clients.idp.send(new ListUserSessionsCommand({ AccessToken }))).Sessions?.length, 1)
})

test('cases 23 and 24: an account page that is open shuts when its user is signed out everywhere or disabled', async () => {
  const { AdminDisableUserCommand, AdminUserGlobalSignOutCommand } = await import(
    '@aws-sdk/client-cognito-identity-provider'
  )
  for (const [name, Command] of [
    ['edda', AdminUserGlobalSignOutCommand],
    ['fritz', AdminDisableUserCommand],
  ] as const) {
    const visitor = await enter(name)
    const page = await visitor.go(at('/account'))
    assert.equal(page.status, 200)
    await server.clients.idp.send(new Command({ UserPoolId: pool.id, Username: name }))
    const sent = await visitor.send(page, at('/account'), {
      act: 'profile',
      'requiredAttributes[email]': 'x@example.com',
    })
    assert.match(sent.location, /\/login\?/)
    assert.match((await visitor.go(at('/account'))).location, /\/login\?/)
    assert.equal((await pool.look(name)).attributes['email'], undefined)
  }
})

test('case 52: what a page knew at one client is nothing at another', async () => {
  const { idp } = server.clients
  const strict = await makeHosted(server, {}, { AutoVerifiedAttributes: ['email'] })
  await idp.send(
    new SetUserPoolMfaConfigCommand({
      ...{ UserPoolId: strict.id, MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true } },
    }),
  )
  await strict.add('greta')
  const visitor = openVisitor()
  const asked = await visitor.signIn(strict, requestOf(strict), 'greta')
  const page = await visitor.go(new URL(asked.location, strict.url).href)
  const second = await strict.addOAuthClient()
  const elsewhere = `${strict.url}/mfa?${requestOf({ client: second })}`
  const sent = await visitor.go(elsewhere, {
    method: 'POST',
    body: new URLSearchParams(
      [...page.text.matchAll(/type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(([, name = '', value = '']) => [
        name,
        value,
      ]),
    ),
  })
  assert.doesNotMatch(sent.location, /\/mfa\?/)
})

test('case 36: whoever chooses how to sign in is asked the same, whether or not the name is anybody’s', async () => {
  await server.clients.idp.send(
    new UpdateUserPoolDomainCommand({ UserPoolId: pool.id, Domain: pool.domain, ManagedLoginVersion: 2 }),
  )
  await server.clients.idp.send(
    new CreateManagedLoginBrandingCommand({ UserPoolId: pool.id, ClientId: pool.client.id, Settings: {} }),
  )
  await pool.add('known')
  const ask = async (username: string) => {
    const visitor = openVisitor()
    const login = await visitor.go(at('/login'))
    const next = await visitor.send(login, at('/login'), { username })
    const page = await visitor.go(new URL(next.location, pool.url).href)
    return page.text.replaceAll(username, '…').replace(/value="[\w.~+/=-]{60,}"|value="[\w-]{22}\.[\w-]+"/g, '')
  }
  assert.equal(await ask('known'), await ask('nobody'))
})
