/** Federation under attack: forged, swapped and replayed answers, providers that lie, links nobody allowed. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import {
  AdminDisableProviderForUserCommand,
  AdminLinkProviderForUserCommand,
  AdminUpdateUserAttributesCommand,
  CreateIdentityProviderCommand,
  DeleteIdentityProviderCommand,
  UpdateIdentityProviderCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import {
  codeIn,
  type HostedPool,
  makeHosted,
  openVisitor,
  redeem,
  requestOf,
  type Seen,
  type Visitor,
} from '../support/hosted.ts'
import { refused } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf } from '../support/sign-in.ts'
import { askedOf, type Liar, type Person, startLiar } from '../support/upstream.ts'

let server: TestServer
let pool: HostedPool
let liar: Liar
let other: Liar
before(async () => {
  server = await startTestServer()
  liar = await startLiar()
  other = await startLiar()
  pool = await makeHosted(server)
  await provide('Corp', liar.details())
  await provide('Other', other.details())
  Object.assign(pool, {
    client: await pool.addOAuthClient({ SupportedIdentityProviders: ['COGNITO', 'Corp', 'Other'] }),
  })
})
after(async () => {
  await server.close()
  await liar.close()
  await other.close()
})

const AttributeMapping = { email: 'email', email_verified: 'email_verified', name: 'name' }
const provide = (ProviderName: string, ProviderDetails: Record<string, string>, of = { server, pool }) =>
  of.server.clients.idp.send(
    new CreateIdentityProviderCommand({
      ...{ UserPoolId: of.pool.id, ProviderName, ProviderType: 'OIDC', ProviderDetails, AttributeMapping },
    }),
  )
const update = (ProviderDetails: Record<string, string>, ProviderName = 'Corp') =>
  server.clients.idp.send(new UpdateIdentityProviderCommand({ UserPoolId: pool.id, ProviderName, ProviderDetails }))
const start = async (visitor: Visitor, provider = 'Corp') => {
  const query = requestOf(pool, { identity_provider: provider })
  return askedOf((await visitor.go(`${pool.url}/oauth2/authorize?${query}`)).location)
}
const back = (visitor: Visitor, parameters: Record<string, string>) =>
  visitor.go(`${pool.url}/oauth2/idpresponse?${new URLSearchParams(parameters)}`)
const answer = (asked: Record<string, string>, claims: Person, tokens: Person = {}, from = liar) => {
  const id_token = from.idToken({ nonce: asked['nonce'], ...claims })
  from.replies['/token'] = { body: { access_token: 'x', id_token, ...tokens } }
  from.replies['/me'] = { body: { sub: claims['sub'] } }
}
async function signIn(claims: Person, { visitor = openVisitor(), tokens = {} as Person } = {}): Promise<Seen> {
  const asked = await start(visitor)
  answer(asked, claims, tokens)
  return back(visitor, { state: asked['state'] ?? '', code: 'c' })
}
const told = (seen: Seen) => new URL(seen.location, pool.url).searchParams.get('error_description')
const isRefused = (seen: Seen, why: string) => {
  assert.equal(told(seen), why)
  assert.equal(new URL(seen.location).searchParams.has('code'), false)
}
const isShown = (seen: Seen) => assert.equal(seen.location, `/domains/${pool.domain}/error?error=Invalid+state`)
const subOf = async (seen: Seen) => claimsOf((await redeem(pool, codeIn(seen))).body['id_token'])['sub']

describe('case 13: an answer is good once, in the browser and for the provider it was asked of', () => {
  test('case 13: a missing, invented or repeated state is none', async () => {
    const visitor = openVisitor()
    const asked = await start(visitor)
    answer(asked, { sub: 'mallory' })
    isShown(await back(visitor, { code: 'c' }))
    isShown(await back(visitor, { code: 'c', state: 'x'.repeat(43) }))
    isShown(await back(visitor, { code: 'c', state: 'x'.repeat(5000) }))
    isShown(await visitor.go(`${pool.url}/oauth2/idpresponse?code=c&state=${asked['state']}&state=${asked['state']}`))
    assert.ok(codeIn(await back(visitor, { code: 'c', state: asked['state'] ?? '' })))
    isShown(await back(visitor, { code: 'c', state: asked['state'] ?? '' }))
  })

  test('case 13: another browser cannot finish what one began, by GET or by POST', async () => {
    const attacker = openVisitor()
    const asked = await start(attacker)
    answer(asked, { sub: 'mallory' })
    const victim = openVisitor()
    await start(victim)
    isShown(await back(victim, { code: 'c', state: asked['state'] ?? '' }))
    const again = await start(attacker)
    const body = new URLSearchParams({ state: again['state'] ?? '', code: 'c' })
    const posted = await victim.go(`${pool.url}/oauth2/idpresponse`, { method: 'POST', body })
    isShown(await victim.go(new URL(posted.location, pool.url).href))
  })

  test('case 13: a state is forgotten after five minutes, and the first answer that was posted counts', async () => {
    const visitor = openVisitor()
    const asked = await start(visitor)
    server.world.clock.advance(5 * 60_000)
    isShown(await back(visitor, { code: 'c', state: asked['state'] ?? '' }))
    server.world.clock.advance(-5 * 60_000)
    const fresh = await start(visitor)
    const post = (code: string) =>
      openVisitor().go(`${pool.url}/oauth2/idpresponse`, {
        method: 'POST',
        body: new URLSearchParams({ state: fresh['state'] ?? '', code }),
      })
    assert.equal((await post('first')).status, 303)
    isShown(await post('second').then((seen) => ({ ...seen, location: seen.location })))
    answer(fresh, { sub: 'poster' })
    await back(visitor, { state: fresh['state'] ?? '', code: 'third' })
    assert.equal(new URLSearchParams(liar.asked.findLast(({ path }) => path === '/token')?.body).get('code'), 'first')
  })

  test('case 13: the state of one provider asks no other, and that of another domain is none here', async () => {
    const visitor = openVisitor()
    const asked = await start(visitor, 'Other')
    const before = liar.asked.length
    answer(asked, { sub: 'x' }, {}, other)
    assert.ok(codeIn(await back(visitor, { code: 'c', state: asked['state'] ?? '' })))
    assert.equal(liar.asked.length, before, 'the code went to the provider that was asked')
    const elsewhere = await makeHosted(server)
    const there = await start(visitor)
    const seen = await visitor.go(`${elsewhere.url}/oauth2/idpresponse?code=c&state=${there['state']}`)
    assert.match(seen.location, /error=Invalid\+state/)
  })
})

test('case 14: an answer of another issuer is a mix-up', async () => {
  const visitor = openVisitor()
  const asked = await start(visitor)
  answer(asked, { sub: 'x' })
  isRefused(
    await back(visitor, { code: 'c', state: asked['state'] ?? '', iss: other.issuer }),
    'Bad authorization response issuer',
  )
  isRefused(await signIn({ sub: 'x', iss: other.issuer }), `Bad id_token issuer ${other.issuer}`)
  // Who promises to say the issuer must say it.
  const careful = await startLiar()
  const document = careful.replies['/.well-known/openid-configuration'] as { body: object }
  document.body = { ...document.body, authorization_response_iss_parameter_supported: true }
  await provide('Careful', careful.details())
  const client = await pool.addOAuthClient({ SupportedIdentityProviders: ['Careful'] })
  const query = requestOf({ client }, { identity_provider: 'Careful' })
  const go = async () => askedOf((await visitor.go(`${pool.url}/oauth2/authorize?${query}`)).location)
  const first = await go()
  answer(first, { sub: 'x' }, {}, careful)
  isRefused(await back(visitor, { code: 'c', state: first['state'] ?? '' }), 'Bad authorization response issuer')
  const second = await go()
  answer(second, { sub: 'x' }, {}, careful)
  assert.ok(codeIn(await back(visitor, { code: 'c', state: second['state'] ?? '', iss: careful.issuer })))
  await careful.close()
})

describe('case 21: an ID token of somebody else, for somebody else or of another time is none', () => {
  const cases: Record<string, [Person, string]> = {
    'another audience': [{ aud: 'another-client' }, 'Bad id_token audience'],
    'many audiences and no azp': [{ aud: ['liar-client', 'another'] }, 'Bad id_token audience'],
    'another azp': [{ aud: ['liar-client', 'another'], azp: 'another' }, 'Bad id_token audience'],
    'no nonce': [{ nonce: undefined }, 'Bad id_token nonce'],
    'another nonce': [{ nonce: 'replayed' }, 'Bad id_token nonce'],
    'its time over': [{ exp: 1 }, 'Expired id_token'],
    'no expiry': [{ exp: undefined }, 'Expired id_token'],
    'no subject': [{ sub: undefined }, 'Bad user info response'],
    'a subject that is no text': [{ sub: { $ne: '' } }, 'Bad user info response'],
  }
  for (const [name, [claims, why]] of Object.entries(cases)) {
    test(`case 21: ${name}`, async () => isRefused(await signIn({ sub: 'x', ...claims }), why))
  }

  test('case 21: a signature by another key, by none, or by the client’s own secret', async () => {
    const visitor = openVisitor()
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    for (const [how, why] of [
      [{ key: privateKey }, 'Bad id_token signature'],
      [{ header: { alg: 'none' } }, 'Bad id_token'],
      [{ header: { alg: 'HS256' } }, 'Bad id_token'],
      [{ header: { kid: 'unknown' } }, 'Bad id_token'],
      [{ header: { jku: `${other.issuer}/keys` } }, 'Bad id_token'],
    ] as const) {
      const asked = await start(visitor)
      answer(asked, { sub: 'x' }, { id_token: liar.idToken({ sub: 'x', nonce: asked['nonce'] }, how) })
      isRefused(await back(visitor, { code: 'c', state: asked['state'] ?? '' }), why)
    }
  })

  test('case 21: user info about another person', async () => {
    const visitor = openVisitor()
    const asked = await start(visitor)
    answer(asked, { sub: 'x' })
    liar.replies['/me'] = { body: { sub: 'the-victim', email: 'victim@example.com' } }
    isRefused(await back(visitor, { code: 'c', state: asked['state'] ?? '' }), 'Bad user info response')
  })
})

test('case 24: a provider that is gone, or offered no more, signs nobody in who was on the way', async () => {
  await provide('Brief', liar.details())
  const client = await pool.addOAuthClient({ SupportedIdentityProviders: ['Brief'] })
  const visitor = openVisitor()
  const query = requestOf({ client }, { identity_provider: 'Brief' })
  const asked = askedOf((await visitor.go(`${pool.url}/oauth2/authorize?${query}`)).location)
  answer(asked, { sub: 'x' })
  await server.clients.idp.send(new DeleteIdentityProviderCommand({ UserPoolId: pool.id, ProviderName: 'Brief' }))
  isShown(await back(visitor, { code: 'c', state: asked['state'] ?? '' }))
})

test('case 29: where the keys cannot be had nobody is signed in', async () => {
  const silent = await startLiar()
  await provide('Silent', silent.details())
  const client = await pool.addOAuthClient({ SupportedIdentityProviders: ['Silent'] })
  const visitor = openVisitor()
  const query = requestOf({ client }, { identity_provider: 'Silent' })
  for (const keys of [{ status: 500 }, { body: 'nonsense' }, { body: { keys: [] } }]) {
    silent.replies['/keys'] = keys
    const asked = askedOf((await visitor.go(`${pool.url}/oauth2/authorize?${query}`)).location)
    answer(asked, { sub: 'x' }, {}, silent)
    const seen = await back(visitor, { code: 'c', state: asked['state'] ?? '' })
    assert.match(told(seen) ?? '', /^(Timeout in calling jwks uri|Bad id_token)$/)
    server.world.clock.advance(60_000)
  }
  server.world.clock.advance(-180_000)
  await silent.close()
})

describe('case 72: an account is opened by its owner’s proof, never by an address alone', () => {
  const victim = (name: string, verified = 'true') =>
    pool.add(name, { email: `${name}@example.com`, email_verified: verified })
  const policy = (linking_policy: string) => update(liar.details({ linking_policy }))
  after(() => policy('never'))

  test('case 72: an address that the provider has not verified links nothing', async () => {
    for (const linking of ['verified-email', 'ask']) {
      await policy(linking)
      const name = `unverified-${linking}`
      const sub = await victim(name)
      for (const email_verified of [false, undefined, 'yes', 1]) {
        const claims = { sub: `${name}-${email_verified}`, email: `${name}@example.com`, email_verified }
        assert.notEqual(await subOf(await signIn(claims)), sub)
      }
    }
  })

  test('case 72: an account whose owner never proved the address is not linked, so nobody can lay one out', async () => {
    await policy('verified-email')
    const sub = await victim('laid-out', 'false')
    const claims = { sub: 'owner', email: 'laid-out@example.com', email_verified: true }
    assert.notEqual(await subOf(await signIn(claims)), sub)
  })

  test('case 72: that OpenID Connect’s address is verified says nothing of another claim that is mapped to it', async () => {
    await policy('verified-email')
    const sub = await victim('mapped-from')
    const map = (mapping: Record<string, string>) =>
      server.clients.idp.send(
        new UpdateIdentityProviderCommand({ UserPoolId: pool.id, ProviderName: 'Corp', AttributeMapping: mapping }),
      )
    await map({ email: 'upn' })
    const claims = { email: 'thief@example.com', email_verified: true, upn: 'mapped-from@example.com' }
    const seen = await signIn({ sub: 'chose-a-name', ...claims })
    await map(AttributeMapping)
    assert.notEqual(await subOf(seen), sub)
  })

  test('case 72: of two accounts with one address neither is guessed', async () => {
    await policy('verified-email')
    const subs = [
      await victim('twin-a'),
      await pool.add('twin-b', { email: 'twin-a@example.com', email_verified: 'true' }),
    ]
    const seen = await signIn({ sub: 'twin', email: 'twin-a@example.com', email_verified: true })
    assert.equal(subs.includes(String(await subOf(seen))), false)
  })

  test('case 72: a link by an administrator to an address is not taken by who has not verified it', async () => {
    await policy('never')
    const sub = await victim('promised')
    await server.clients.idp.send(
      new AdminLinkProviderForUserCommand({
        UserPoolId: pool.id,
        DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: 'promised' },
        SourceUser: {
          ...{ ProviderName: 'Corp', ProviderAttributeName: 'email', ProviderAttributeValue: 'promised@example.com' },
        },
      }),
    )
    const claims = { sub: 'thief', email: 'promised@example.com', email_verified: false }
    assert.notEqual(await subOf(await signIn(claims)), sub)
  })

  test('case 72: the offer to link is nothing in another browser, nor for another account', async () => {
    await policy('ask')
    await victim('asked')
    const mallory = await pool.add('mallory', { email: 'm@example.com', email_verified: 'true' })
    const visitor = openVisitor()
    const seen = await signIn({ sub: 'asked-there', email: 'asked@example.com', email_verified: true }, { visitor })
    const at = new URL(seen.location, pool.url).href
    const send = async (who: Visitor, username: string) =>
      who.send(await who.go(at), at, { username, password: 'Passw0rd!' })
    assert.ok(codeIn(await send(openVisitor(), 'asked')))
    assert.equal(await subOf(await send(visitor, 'mallory')), mallory)
    const again = await signIn({ sub: 'asked-there', email: 'asked@example.com', email_verified: true })
    assert.match(again.location, /\/login\?/, 'still nobody’s')
  })

  test('case 72: whoever signs up with the name of a federated user is not signed in by the provider', async () => {
    const squatter = await pool.add('Corp_squatted')
    const seen = await signIn({ sub: 'squatted' })
    isRefused(seen, 'Already found an entry for username Corp_squatted')
    assert.ok(squatter)
  })

  test('case 72: a federated profile’s address is nobody’s name to sign in with', async () => {
    const aliased = await makeHosted(server, {}, { AliasAttributes: ['email'] })
    await provide('Corp', liar.details(), { server, pool: aliased })
    const client = await aliased.addOAuthClient({ SupportedIdentityProviders: ['COGNITO', 'Corp'] })
    const owner = await aliased.add('owner', { email: 'owner@example.com', email_verified: 'true' })
    const before = pool
    pool = { ...aliased, client }
    try {
      await signIn({ sub: 'twin', email: 'owner@example.com', email_verified: true })
      assert.equal((await aliased.look('owner@example.com')).attributes['sub'], owner)
      assert.equal((await aliased.look('Corp_twin')).attributes['email'], 'owner@example.com')
      // Nor once it is barred, which an address that somebody else goes by does not prevent.
      const User = { ProviderName: 'Corp', ProviderAttributeName: 'Cognito_Subject', ProviderAttributeValue: 'twin' }
      await server.clients.idp.send(new AdminDisableProviderForUserCommand({ UserPoolId: pool.id, User }))
      isRefused(await signIn({ sub: 'twin' }), 'Already found an entry for username Corp_twin')
      assert.equal((await aliased.look('owner@example.com')).attributes['sub'], owner)
    } finally {
      pool = before
    }
  })
})

describe('case 54: that an address is verified is said of the provider’s, not of one that the user has chosen since', () => {
  const address = 'victim@example.com'
  const choose = (username: string) =>
    server.clients.idp.send(
      new AdminUpdateUserAttributesCommand({
        ...{ UserPoolId: pool.id, Username: username },
        UserAttributes: [{ Name: 'email', Value: address }],
      }),
    )
  const looksUnverified = async (username: string) => {
    const { attributes } = await pool.look(username)
    assert.deepEqual([attributes['email'], attributes['email_verified']], [address, 'false'])
  }

  test('case 54: not where the provider names no address', async () => {
    await signIn({ sub: 'nameless', email: 'own@example.com', email_verified: true })
    await choose('Corp_nameless')
    await signIn({ sub: 'nameless', email_verified: true })
    await looksUnverified('Corp_nameless')
  })

  test('case 54: not where the client may not write the address', async () => {
    await signIn({ sub: 'unwritten', email: 'own@example.com', email_verified: true })
    await choose('Corp_unwritten')
    const before = pool
    const client = await pool.addOAuthClient({ SupportedIdentityProviders: ['Corp'], WriteAttributes: ['name'] })
    pool = { ...pool, client }
    try {
      await signIn({ sub: 'unwritten', email: 'own@example.com', email_verified: true })
    } finally {
      pool = before
    }
    await looksUnverified('Corp_unwritten')
  })
})

describe('case 73: no provider makes the server ask hosts of its own network', () => {
  let guarded: TestServer
  let there: HostedPool
  before(async () => {
    guarded = await startTestServer({ privateHosts: [] })
    there = await makeHosted(guarded)
  })
  after(() => guarded.close())

  test('case 73: not for discovery', async () => {
    const before = liar.asked.length
    for (const oidc_issuer of [liar.issuer, liar.issuer.replace('localhost', '127.0.0.1'), 'http://169.254.169.254']) {
      await refused(
        provide('Inner', liar.details({ oidc_issuer }), { server: guarded, pool: there }),
        'InvalidParameterException',
        'Unable to contact well-known endpoint',
      )
    }
    assert.equal(liar.asked.length, before)
  })

  test('case 73: not for tokens', async () => {
    const urls = Object.fromEntries(
      ['authorize_url', 'token_url', 'attributes_url', 'jwks_uri'].map((name) => [name, `${liar.issuer}/${name}`]),
    )
    await provide('Inner', liar.details(urls), { server: guarded, pool: there })
    const client = await there.addOAuthClient({ SupportedIdentityProviders: ['Inner'] })
    const visitor = openVisitor()
    const query = requestOf({ client }, { identity_provider: 'Inner' })
    const asked = askedOf((await visitor.go(`${there.url}/oauth2/authorize?${query}`)).location)
    const before = liar.asked.length
    const seen = await visitor.go(`${there.url}/oauth2/idpresponse?code=c&state=${asked['state']}`)
    assert.equal(told(seen), 'Connection reset')
    assert.equal(liar.asked.length, before)
  })

  test('case 73: a redirect to another host is not followed, with the secret or the token', async () => {
    const visitor = openVisitor()
    const before = other.asked.length
    const headers = { location: `${other.issuer}/steal` }
    const asked = await start(visitor)
    liar.replies['/token'] = { status: 307, headers }
    isRefused(await back(visitor, { code: 'c', state: asked['state'] ?? '' }), 'Connection reset')
    const again = await start(visitor)
    answer(again, { sub: 'x' })
    liar.replies['/me'] = { status: 302, headers }
    isRefused(await back(visitor, { code: 'c', state: again['state'] ?? '' }), 'Connection reset')
    assert.equal(other.asked.length, before)
  })

  test('case 73: an endless answer ends', async () => {
    const visitor = openVisitor()
    const asked = await start(visitor)
    liar.replies['/token'] = { body: 'x'.repeat(1_000_000) }
    isRefused(await back(visitor, { code: 'c', state: asked['state'] ?? '' }), 'Bad token response')
  })
})

describe('case 74: a secret is shown to those only whom it was given for', () => {
  const moved = (more: Record<string, string>) => {
    const { client_secret: _, ...rest } = liar.details(more)
    return update(rest)
  }

  test('case 74: whoever changes the receiver must know the secret', async () => {
    const changes: Record<string, string>[] = [
      { token_url: `${other.issuer}/token` },
      { oidc_issuer: other.issuer },
      { attributes_url: `${other.issuer}/me` },
      { jwks_uri: `${other.issuer}/keys` },
      { client_id: 'another' },
    ]
    for (const change of changes) {
      await refused(moved(change), 'InvalidParameterException', /client_secret must be given again when/)
    }
    const before = other.asked.filter(({ path }) => path === '/token').length
    assert.ok(codeIn(await signIn({ sub: 'still' })))
    assert.equal(other.asked.filter(({ path }) => path === '/token').length, before)
    await update(liar.details({ token_url: `${other.issuer}/token`, client_secret: 'the-new-secret' }))
    const visitor = openVisitor()
    const asked = await start(visitor)
    other.replies['/token'] = {
      body: { access_token: 'x', id_token: liar.idToken({ sub: 's', nonce: asked['nonce'] }) },
    }
    await back(visitor, { code: 'c', state: asked['state'] ?? '' })
    assert.match(other.asked.findLast(({ path }) => path === '/token')?.body ?? '', /client_secret=the-new-secret/)
    await update(liar.details())
  })

  test('case 74: the endpoints of a social provider are not the caller’s to choose', async () => {
    const { idp } = server.clients
    const details = { client_id: 'g', client_secret: 's', authorize_scopes: 'openid' }
    const made = await idp.send(
      new CreateIdentityProviderCommand({
        ...{ UserPoolId: pool.id, ProviderName: 'Google', ProviderType: 'Google' },
        ProviderDetails: { ...details, token_url: `${other.issuer}/token`, authorize_url: `${other.issuer}/authorize` },
      }),
    )
    assert.equal(made.IdentityProvider?.ProviderDetails?.['token_url'], 'https://www.googleapis.com/oauth2/v4/token')
  })
})
