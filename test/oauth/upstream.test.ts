/** Sign-in by providers elsewhere, one request at a time: what the provider is asked, what becomes of its answer. */
import assert from 'node:assert/strict'
import { createVerify, generateKeyPairSync } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import {
  AdminDisableProviderForUserCommand,
  AdminDisableUserCommand,
  AdminLinkProviderForUserCommand,
  CreateIdentityProviderCommand,
  type CreateIdentityProviderCommandInput,
  GetUserCommand,
  ListUsersCommand,
  ListUsersInGroupCommand,
  UpdateIdentityProviderCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { extend } from '../support/extensions.ts'
import {
  ask,
  callback,
  codeIn,
  type HostedPool,
  makeHosted,
  openVisitor,
  redeem,
  requestOf,
  type Seen,
  type Visitor,
} from '../support/hosted.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf } from '../support/sign-in.ts'
import { askedOf, type Liar, type Person, startLiar } from '../support/upstream.ts'

let server: TestServer
let pool: HostedPool
let liar: Liar
before(async () => {
  liar = await startLiar()
  const social = {
    authorize_url: `${liar.issuer}/authorize`,
    token_url: `${liar.issuer}/token`,
    attributes_url: `${liar.issuer}/me`,
  }
  server = await startTestServer({
    settings: {
      socialProviders: {
        Google: {
          ...social,
          attributes_url: `${liar.issuer}/people?personFields=`,
          jwks_uri: `${liar.issuer}/keys`,
          oidc_issuer: liar.issuer,
        },
        SignInWithApple: {
          authorize_url: social.authorize_url,
          token_url: social.token_url,
          jwks_uri: `${liar.issuer}/keys`,
          oidc_issuer: liar.issuer,
        },
        Facebook: { ...social, attributes_url: `${liar.issuer}/me?fields=` },
        LoginWithAmazon: social,
      },
    },
  })
  pool = await makeHosted(
    server,
    {},
    {
      UsernameConfiguration: { CaseSensitive: false },
      Schema: [
        { Name: 'tier', AttributeDataType: 'String', Mutable: true, StringAttributeConstraints: { MaxLength: '2048' } },
      ],
    },
  )
  await provide({
    AttributeMapping: {
      email: 'email',
      email_verified: 'email_verified',
      name: 'name',
      'custom:tier': 'tier',
      nickname: 'roles',
    },
    IdpIdentifiers: ['corp.example'],
  })
  const shared = { client_id: 'liar-client', client_secret: 'liar-secret', authorize_scopes: 'openid email' }
  await provide({
    ProviderName: 'Google',
    ProviderType: 'Google',
    ProviderDetails: shared,
    AttributeMapping: { email: 'email', birthdate: 'birthdays' },
  })
  await provide({
    ProviderName: 'Facebook',
    ProviderType: 'Facebook',
    ProviderDetails: { ...shared, authorize_scopes: 'public_profile, email' },
    AttributeMapping: { name: 'name' },
  })
  await provide({
    ProviderName: 'LoginWithAmazon',
    ProviderType: 'LoginWithAmazon',
    ProviderDetails: { ...shared, authorize_scopes: 'profile' },
  })
  const { client_secret: _, ...apple } = shared
  await provide({
    ProviderName: 'SignInWithApple',
    ProviderType: 'SignInWithApple',
    ProviderDetails: {
      ...apple,
      authorize_scopes: 'email name',
      team_id: 'TEAM',
      key_id: 'KEY',
      private_key: appleKey.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    },
    AttributeMapping: { email: 'email', given_name: 'firstName', family_name: 'lastName' },
  })
  Object.assign(pool, {
    client: await pool.addOAuthClient({
      SupportedIdentityProviders: ['COGNITO', 'Corp', 'Google', 'Facebook', 'LoginWithAmazon', 'SignInWithApple'],
    }),
  })
})
after(async () => {
  await server.close()
  await liar.close()
})
const appleKey = generateKeyPairSync('ec', { namedCurve: 'P-256' })

const provide = (more: Partial<CreateIdentityProviderCommandInput>) =>
  server.clients.idp.send(
    new CreateIdentityProviderCommand({
      UserPoolId: pool.id,
      ProviderName: 'Corp',
      ProviderType: 'OIDC',
      ProviderDetails: liar.details(),
      ...more,
    }),
  )
const start = (visitor: Visitor, provider = 'Corp', more: Record<string, string> = {}) =>
  visitor.go(
    `${pool.url}/oauth2/authorize?${requestOf(pool, { identity_provider: provider, scope: 'openid email profile aws.cognito.signin.user.admin', ...more })}`,
  )
const back = (visitor: Visitor, parameters: Record<string, string>) =>
  visitor.go(`${pool.url}/oauth2/idpresponse?${new URLSearchParams(parameters)}`)

/** From the app to the provider, which says `claims`, and back. */
async function signIn(
  claims: Person,
  { visitor = openVisitor(), provider = 'Corp', userInfo = {} as Person, more = {} as Record<string, string> } = {},
): Promise<Seen> {
  const asked = askedOf((await start(visitor, provider, more)).location)
  liar.replies['/token'] = {
    body: { access_token: 'upstream-token', id_token: liar.idToken({ nonce: asked['nonce'], ...claims }) },
  }
  liar.replies['/me'] = { body: { sub: claims['sub'], ...userInfo } }
  return back(visitor, { state: asked['state'] ?? '', code: 'the-code' })
}
async function tokensOf(seen: Seen) {
  const { body, status } = await redeem(pool, codeIn(seen))
  assert.equal(status, 200, JSON.stringify(body))
  return { id: claimsOf(body['id_token']), access: claimsOf(body['access_token']), body }
}
const told = (seen: Seen) => Object.fromEntries(new URL(seen.location).searchParams)

describe('the way to the provider', () => {
  test('carries client, address, scope, state, nonce and PKCE, and what the app wished', async () => {
    const seen = await start(openVisitor(), 'Corp', {
      login_hint: 'ann@corp.example',
      prompt: 'login',
      acr_values: 'urn:cognito:loa:2',
    })
    assert.equal(seen.status, 302)
    const { state, nonce, code_challenge, ...rest } = askedOf(seen.location)
    assert.deepEqual(rest, {
      client_id: 'liar-client',
      redirect_uri: `${pool.url}/oauth2/idpresponse`,
      scope: 'openid email',
      response_type: 'code',
      code_challenge_method: 'S256',
      login_hint: 'ann@corp.example',
      prompt: 'login',
      acr_values: 'urn:cognito:loa:2',
    })
    for (const random of [state, nonce, code_challenge]) assert.match(random ?? '', /^[\w-]{32,43}$/)
  })

  test('is found by an identifier, and by the domain of an e-mail address', async () => {
    const go = (idp_identifier: string) =>
      openVisitor().go(`${pool.url}/oauth2/authorize?${requestOf(pool, { idp_identifier })}`)
    for (const identifier of ['corp.example', 'Ann@CORP.example']) {
      assert.ok((await go(identifier)).location.startsWith(`${liar.issuer}/authorize?`))
    }
  })

  test('is closed for a provider that the client does not offer, and for one that is not there', async () => {
    const shown = `/domains/${pool.domain}/error?error=Login+option+is+not+available.+Please+try+another+one`
    assert.equal((await start(openVisitor(), 'Nobody')).location, shown)
    const client = await pool.addOAuthClient({ SupportedIdentityProviders: ['COGNITO'] })
    const query = requestOf({ ...pool, client }, { identity_provider: 'Corp' })
    assert.equal((await openVisitor().go(`${pool.url}/oauth2/authorize?${query}`)).location, shown)
  })

  test('begins at a button of the sign-in page', async () => {
    const page = await openVisitor().go(`${pool.url}/login?${requestOf(pool)}`)
    const link = /href="([^"]*identity_provider=Corp[^"]*)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&')
    const seen = await openVisitor().go(new URL(link ?? assert.fail(page.text), pool.url).href)
    assert.ok(seen.location.startsWith(`${liar.issuer}/authorize?`))
  })
})

test('an app that wants a fresh sign-in is not given an old one of the provider’s', async () => {
  const seconds = Math.floor(Date.now() / 1000)
  const wish = { more: { max_age: '300' } }
  const stale = await signIn({ sub: 'old-session', auth_time: seconds - 600 }, wish)
  assert.deepEqual(told(stale), {
    ...{ error: 'invalid_request', error_description: 'Bad id_token auth_time', state: 'the-state' },
  })
  for (const claims of [{ auth_time: seconds - 290 }, {}]) codeIn(await signIn({ sub: 'old-session', ...claims }, wish))
  codeIn(await signIn({ sub: 'old-session', auth_time: seconds - 600 }))
})

test('a provider that repeats no nonce, and names its user in the user info only, is one where it is said to be', async () => {
  await assert.rejects(provide({ ProviderName: 'Wrapper', ProviderDetails: liar.details({ send_nonce: 'no' }) }), {
    ...{ name: 'InvalidParameterException', message: 'send_nonce must be true or false.' },
  })
  await provide({ ProviderName: 'Wrapper', ProviderDetails: liar.details({ send_nonce: 'false' }) })
  const client = await pool.addOAuthClient({ SupportedIdentityProviders: ['Wrapper'] })
  const query = requestOf({ client }, { identity_provider: 'Wrapper' })
  const visitor = openVisitor()
  const asked = askedOf((await visitor.go(`${pool.url}/oauth2/authorize?${query}`)).location)
  assert.equal(asked['nonce'], undefined)
  liar.replies['/token'] = { body: { access_token: 'x', id_token: liar.idToken({}) } }
  liar.replies['/me'] = { body: { sub: 'octocat' } }
  codeIn(await back(visitor, { state: asked['state'] ?? '', code: 'c' }))
  assert.equal((await pool.look('wrapper_octocat')).status, 'EXTERNAL_PROVIDER')
})

test('a provider whose own name ends with a slash, which AWS takes in no oidc_issuer, is the same provider', async () => {
  const slash = await startLiar()
  const configuration = '/.well-known/openid-configuration'
  const { body } = slash.replies[configuration] as { body: Person }
  slash.replies[configuration] = { body: { ...body, issuer: `${slash.issuer}/` } }
  try {
    await provide({ ProviderName: 'Slash', ProviderDetails: slash.details() })
    const client = await pool.addOAuthClient({ SupportedIdentityProviders: ['Slash'] })
    const begin = async (visitor: Visitor) =>
      askedOf(
        (await visitor.go(`${pool.url}/oauth2/authorize?${requestOf({ client }, { identity_provider: 'Slash' })}`))
          .location,
      )
    for (const [iss, fits] of [
      [`${slash.issuer}/`, true],
      [`${slash.issuer}//`, false],
    ] as const) {
      const visitor = openVisitor()
      const asked = await begin(visitor)
      const id_token = slash.idToken({ nonce: asked['nonce'], sub: 'sam', iss })
      slash.replies['/token'] = { body: { access_token: 'x', id_token } }
      slash.replies['/me'] = { body: { sub: 'sam' } }
      const seen = await back(visitor, { state: asked['state'] ?? '', code: 'c', iss: `${slash.issuer}/` })
      assert.equal(told(seen)['error_description'], fits ? undefined : `Bad id_token issuer ${iss}`)
    }
  } finally {
    await slash.close()
  }
})

describe('somebody new', () => {
  test('becomes a user of the provider, and the app gets its code', async () => {
    const seen = await signIn(
      { sub: 'Ann-1', email: 'ann@corp.example', email_verified: true, tier: 'gold', roles: ['a b', 'c&d'] },
      { userInfo: { name: 'Ann', email: 'other@corp.example' } },
    )
    assert.equal(told(seen)['state'], 'the-state')
    const { id, access, body } = await tokensOf(seen)
    assert.equal(id['cognito:username'], 'corp_ann-1')
    assert.equal(id['email'], 'ann@corp.example', 'the ID token wins')
    assert.equal(id['email_verified'], true)
    assert.equal(id['name'], 'Ann')
    assert.equal(id['custom:tier'], 'gold')
    assert.equal(id['nickname'], '[a+b,c%26d]')
    assert.deepEqual(id['cognito:groups'], [`${pool.id}_Corp`])
    const [identity] = id['identities'] as Record<string, unknown>[]
    assert.match(String(identity?.['dateCreated']), /^\d{13}$/)
    assert.deepEqual(
      { ...identity, dateCreated: '' },
      {
        userId: 'Ann-1',
        providerName: 'Corp',
        providerType: 'OIDC',
        issuer: liar.issuer,
        primary: 'true',
        dateCreated: '',
      },
    )
    assert.equal(access['username'], 'corp_ann-1')
    const asked = liar.asked.findLast(({ path }) => path === '/token')
    const form = new URLSearchParams(asked?.body)
    assert.equal(form.get('client_secret'), 'liar-secret')
    assert.match(form.get('code_verifier') ?? '', /^[\w-]{43}$/)
    assert.equal(liar.asked.findLast(({ path }) => path === '/me')?.authorization, 'Bearer upstream-token')
    const user = await pool.look('corp_ann-1')
    assert.equal(user.status, 'EXTERNAL_PROVIDER')
    const refreshed = await ask(`${pool.url}/oauth2/token`, {
      grant_type: 'refresh_token',
      client_id: pool.client.id,
      refresh_token: body['refresh_token'] ?? '',
    })
    assert.equal(claimsOf(refreshed.body['id_token'])['cognito:username'], 'corp_ann-1')
    const self = await server.clients.idp.send(new GetUserCommand({ AccessToken: body['access_token'] }))
    assert.ok(
      self.UserAttributes?.some(({ Name, Value }) => Name === 'identities' && Value?.includes('"primary":true')),
    )
  })

  test('is found in ListUsers by name, and in the group of the provider', async () => {
    const { Users } = await server.clients.idp.send(
      new ListUsersCommand({ UserPoolId: pool.id, Filter: 'username ^= "corp_"' }),
    )
    assert.ok(Users?.some(({ Username }) => Username === 'corp_ann-1'))
    const group = await server.clients.idp.send(
      new ListUsersInGroupCommand({ UserPoolId: pool.id, GroupName: `${pool.id}_Corp` }),
    )
    assert.ok(group.Users?.some(({ Username }) => Username === 'corp_ann-1'))
  })

  test('is remembered by the browser, and a session of the provider serves a request for it', async () => {
    const visitor = openVisitor()
    await signIn({ sub: 'Bea' }, { visitor })
    assert.equal((await tokensOf(await start(visitor))).id['cognito:username'], 'corp_bea')
    assert.ok((await start(visitor, 'Google')).location.startsWith(`${liar.issuer}/authorize?`))
  })

  test('is not remembered at clients that offer another way to sign in', async () => {
    const visitor = openVisitor()
    await signIn({ sub: 'Bob' }, { visitor })
    for (const [provider, served] of [
      ['COGNITO', false],
      ['Google', false],
      ['Corp', true],
    ] as const) {
      const client = await pool.addOAuthClient({ SupportedIdentityProviders: [provider] })
      const query = requestOf({ ...pool, client }, { prompt: 'none' })
      const { location } = await visitor.go(`${pool.url}/oauth2/authorize?${query}`)
      assert.match(location, served ? /\?code=/ : /error=login_required/, provider)
    }
  })

  test('must bring what the pool requires', async () => {
    const strict = await makeHosted(server, {}, { Schema: [{ Name: 'email', Required: true }] })
    const made = {
      UserPoolId: strict.id,
      ProviderName: 'Corp',
      ProviderType: 'OIDC' as const,
      ProviderDetails: liar.details(),
      AttributeMapping: { email: 'email' },
    }
    await server.clients.idp.send(new CreateIdentityProviderCommand(made))
    const client = await strict.addOAuthClient({ SupportedIdentityProviders: ['Corp'] })
    const before = pool
    pool = { ...strict, client }
    try {
      assert.equal(told(await signIn({ sub: 'x' }))['error_description'], 'attributes required: [email]')
      assert.equal(
        told(await signIn({ sub: 'x', email: 'not an address' }))['error_description'],
        'Invalid email address format.',
      )
    } finally {
      pool = before
    }
  })
})

describe('somebody known', () => {
  test('brings changed attributes, keeps absent ones, loses blank ones', async () => {
    await signIn(
      { sub: 'cleo', email: 'cleo@corp.example', email_verified: true, tier: 'gold' },
      { userInfo: { name: 'Cleo' } },
    )
    await signIn({ sub: 'cleo', email: 'cleo2@corp.example', tier: '' })
    const { attributes } = await pool.look('corp_cleo')
    assert.equal(attributes['email'], 'cleo2@corp.example')
    assert.equal(attributes['email_verified'], 'false', 'nobody verified the new one')
    assert.equal(attributes['name'], 'Cleo')
    assert.equal(attributes['custom:tier'], undefined)
  })

  test('is refused when disabled', async () => {
    await signIn({ sub: 'dan' })
    await server.clients.idp.send(new AdminDisableUserCommand({ UserPoolId: pool.id, Username: 'corp_dan' }))
    assert.deepEqual(told(await signIn({ sub: 'dan' })), {
      error_description: 'User is disabled.',
      error: 'invalid_request',
      state: 'the-state',
    })
  })

  test('keeps the case of the provider’s subject, whatever the pool does with names', async () => {
    await signIn({ sub: 'eVe' })
    const seen = told(await signIn({ sub: 'EvE' }))
    assert.equal(seen['error_description'], 'Already found an entry for username corp_eve')
  })
})

describe('a linked subject', () => {
  const link = (username: string, name: string, value: string) =>
    server.clients.idp.send(
      new AdminLinkProviderForUserCommand({
        UserPoolId: pool.id,
        DestinationUser: { ProviderName: 'Cognito', ProviderAttributeValue: username },
        SourceUser: { ProviderName: 'Corp', ProviderAttributeName: name, ProviderAttributeValue: value },
      }),
    )

  test('opens the native account, and no longer when it is unlinked', async () => {
    const sub = await pool.add('nat', { email: 'nat@example.com', email_verified: 'true' })
    await link('nat', 'Cognito_Subject', 'nat-there')
    const { id } = await tokensOf(await signIn({ sub: 'nat-there', tier: 'silver' }))
    assert.equal(id['sub'], sub)
    assert.equal(id['cognito:username'], 'nat')
    assert.equal(id['custom:tier'], 'silver')
    assert.equal(id['cognito:groups'], undefined)
    assert.equal((id['identities'] as { primary: string }[])[0]?.primary, 'false')
    await server.clients.idp.send(
      new AdminDisableProviderForUserCommand({
        UserPoolId: pool.id,
        User: { ProviderName: 'Corp', ProviderAttributeName: 'Cognito_Subject', ProviderAttributeValue: 'nat-there' },
      }),
    )
    assert.notEqual((await tokensOf(await signIn({ sub: 'nat-there' }))).id['sub'], sub)
  })

  test('is bound by its first sign-in where it was linked by an attribute', async () => {
    const sub = await pool.add('ida')
    await link('ida', 'email', 'ida@corp.example')
    const claims = { email: 'ida@corp.example', email_verified: true }
    assert.equal((await tokensOf(await signIn({ sub: 'ida-1', ...claims }))).id['sub'], sub)
    assert.equal((await tokensOf(await signIn({ sub: 'ida-1' }))).id['sub'], sub, 'by the subject now')
    assert.notEqual((await tokensOf(await signIn({ sub: 'ida-2', ...claims }))).id['sub'], sub, 'and by nothing else')
  })
})

describe('the linking policy', () => {
  const policy = (linking_policy: string) =>
    server.clients.idp.send(
      new UpdateIdentityProviderCommand({
        UserPoolId: pool.id,
        ProviderName: 'Corp',
        ProviderDetails: liar.details({ linking_policy }),
      }),
    )
  after(() => policy('never'))
  const claims = (name: string) => ({ sub: `${name}-there`, email: `${name}@policy.example`, email_verified: true })
  const addNative = (name: string) => pool.add(name, { email: `${name}@policy.example`, email_verified: 'true' })

  test('never, as at AWS, makes an account of its own', async () => {
    const sub = await addNative('una')
    assert.notEqual((await tokensOf(await signIn(claims('una')))).id['sub'], sub)
  })

  test('verified-email opens the one account with that address', async () => {
    await policy('verified-email')
    const sub = await addNative('vera')
    assert.equal((await tokensOf(await signIn(claims('vera')))).id['sub'], sub)
  })

  test('ask has the account signed in to once, in this browser', async () => {
    await policy('ask')
    const sub = await addNative('walt')
    const visitor = openVisitor()
    const seen = await signIn(claims('walt'), { visitor })
    assert.match(seen.location, /\/login\?/)
    const page = await visitor.go(new URL(seen.location, pool.url).href)
    assert.match(page.text, /Sign in once to connect/)
    const after = await visitor.send(page, new URL(seen.location, pool.url).href, {
      username: 'walt',
      password: 'Passw0rd!',
    })
    assert.equal((await tokensOf(after)).id['sub'], sub)
    assert.equal((await tokensOf(await signIn(claims('walt')))).id['sub'], sub)
  })

  test('ask leaves the accounts apart for somebody who says so, and for nobody who was not asked', async () => {
    await policy('ask')
    const sub = await addNative('wanda')
    const unasked = await signIn(claims('wanda'), { more: { link: 'no' } })
    assert.match(unasked.location, /\/login\?/, 'a link that says so is not enough')
    const visitor = openVisitor()
    const seen = await signIn(claims('wanda'), { visitor })
    const page = await visitor.go(new URL(seen.location, pool.url).href)
    const link = /href="([^"]*link=no)"[^>]*>Keep my accounts apart/.exec(page.text)?.[1]?.replaceAll('&amp;', '&')
    const there = await visitor.go(new URL(link ?? assert.fail(page.text), pool.url).href)
    const asked = askedOf(there.location)
    liar.replies['/token'] = {
      body: { access_token: 'x', id_token: liar.idToken({ nonce: asked['nonce'], ...claims('wanda') }) },
    }
    const { id } = await tokensOf(await back(visitor, { state: asked['state'] ?? '', code: 'c' }))
    assert.notEqual(id['sub'], sub)
    assert.equal((await tokensOf(await signIn(claims('wanda')))).id['sub'], id['sub'], 'and nobody asks again')
  })
})

describe('social providers', () => {
  test('Google answers with an ID token, and its People API with what no ID token has', async () => {
    liar.replies['/people'] = { body: { birthdays: [{ text: '01/02/1990' }] } }
    const { id } = await tokensOf(await signIn({ sub: 'g1', email: 'g@gmail.example' }, { provider: 'Google' }))
    assert.equal(id['cognito:username'], 'google_g1')
    assert.equal(id['birthdate'], '01/02/1990')
    assert.equal((id['identities'] as { issuer: unknown }[])[0]?.issuer, null)
    assert.equal(liar.asked.at(-1)?.path, '/people?personFields=birthdays')
  })

  test('Facebook is asked for its token by GET and for the fields of the mapping', async () => {
    const { id } = await tokensOf(await signIn({}, { provider: 'Facebook', userInfo: { id: '77', name: 'Fay' } }))
    assert.equal(id['cognito:username'], 'facebook_77')
    assert.equal(id['name'], 'Fay')
    assert.equal(liar.asked.at(-1)?.path, '/me?fields=name,id')
    const token = liar.asked.at(-2)
    assert.equal(token?.method, 'GET')
    assert.match(token?.path ?? '', /client_secret=liar-secret/)
  })

  test('Amazon is known by user_id', async () => {
    const { id } = await tokensOf(
      await signIn({}, { provider: 'LoginWithAmazon', userInfo: { user_id: 'amzn1.account.X' } }),
    )
    assert.equal(id['cognito:username'], 'loginwithamazon_amzn1.account.x')
  })

  test('Apple posts its answer; names come with the first one, the address from the ID token alone', async () => {
    const visitor = openVisitor()
    const asked = askedOf((await start(visitor, 'SignInWithApple')).location)
    assert.equal(asked['response_mode'], 'form_post')
    const id_token = liar.idToken({
      sub: 'apple-1',
      nonce: asked['nonce'],
      email: 'real@apple.example',
      email_verified: 'true',
    })
    liar.replies['/token'] = { body: { access_token: 'x', id_token } }
    const user = JSON.stringify({ name: { firstName: 'Adam', lastName: 'Smith' }, email: 'forged@apple.example' })
    // Without cookies: so it is when the form is another site's.
    const posted = await openVisitor().go(`${pool.url}/oauth2/idpresponse`, {
      method: 'POST',
      body: new URLSearchParams({ state: asked['state'] ?? '', code: 'c', user }),
    })
    assert.equal(posted.status, 303)
    const { id } = await tokensOf(await visitor.go(new URL(posted.location, pool.url).href))
    assert.deepEqual([id['given_name'], id['family_name'], id['email']], ['Adam', 'Smith', 'real@apple.example'])
    const secret = new URLSearchParams(liar.asked.at(-1)?.body).get('client_secret') ?? ''
    const [header, claims, signature = ''] = secret.split('.')
    const right = createVerify('sha256')
      .update(`${header}.${claims}`)
      .verify({ key: appleKey.publicKey, dsaEncoding: 'ieee-p1363' }, signature, 'base64url')
    assert.equal(right, true)
    assert.deepEqual(JSON.parse(Buffer.from(header ?? '', 'base64url').toString()), { alg: 'ES256', kid: 'KEY' })
    const { iss, sub, aud } = claimsOf(secret)
    assert.deepEqual([iss, sub, aud], ['TEAM', 'liar-client', liar.issuer])
    // Later there are no names, and the old ones stay.
    await signIn({ sub: 'apple-1' }, { provider: 'SignInWithApple' })
    assert.equal((await pool.look('signinwithapple_apple-1')).attributes['given_name'], 'Adam')
  })
})

test('the app is told why a provider failed, in AWS’s words', async () => {
  const failing = async (reply: Liar['replies'][string]) => {
    const visitor = openVisitor()
    const asked = askedOf((await start(visitor)).location)
    liar.replies['/token'] = reply
    return told(await back(visitor, { state: asked['state'] ?? '', code: 'c' }))
  }
  assert.equal(
    (await failing({ status: 400, body: { error: 'invalid_grant' } }))['error_description'],
    'Corp Error - 400 invalid_grant',
  )
  assert.equal(
    (await failing({ status: 500, body: '<p>secrets' }))['error_description'],
    'Corp Error - 500 error getting token',
  )
  assert.equal((await failing({ body: 'no json' }))['error_description'], 'Bad token response')
  const visitor = openVisitor()
  const asked = askedOf((await start(visitor)).location)
  const refused = await back(visitor, { state: asked['state'] ?? '', error: 'access_denied', error_description: 'No.' })
  assert.deepEqual(told(refused), {
    error_description: 'access_denied: No.',
    error: 'access_denied',
    state: 'the-state',
  })
  assert.ok(refused.location.startsWith(callback))
})

test('a provider that never answers is given up, and the app is told', async () => {
  const visitor = openVisitor()
  const asked = askedOf((await start(visitor)).location)
  const answered = Promise.withResolvers<{ status: number }>()
  liar.replies['/token'] = () => answered.promise
  const seen = await back(visitor, { state: asked['state'] ?? '', code: 'c' })
  assert.equal(told(seen)['error_description'], 'Timeout occurred in calling IdP token endpoint')
  answered.resolve({ status: 500 })
})

test('user info may be signed: by the provider, for us, about the same person', async () => {
  const visit = async (sub: string, claims: Person, by?: Parameters<Liar['idToken']>[1]) => {
    const visitor = openVisitor()
    const asked = askedOf((await start(visitor)).location)
    const id_token = liar.idToken({ nonce: asked['nonce'], sub })
    liar.replies['/token'] = { body: { access_token: 'x', id_token } }
    const body = liar.idToken({ exp: undefined, ...claims }, by)
    liar.replies['/me'] = { body, headers: { 'content-type': 'application/jwt; charset=utf-8' } }
    return back(visitor, { state: asked['state'] ?? '', code: 'c' })
  }
  const { id } = await tokensOf(await visit('sig', { sub: 'sig', name: 'Signed' }))
  assert.equal(id['name'], 'Signed')
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const wrong = [
    await visit('sig', { sub: 'sig', name: 'Forged' }, { key: stranger }),
    await visit('sig', { sub: 'sig', name: 'Forged', aud: 'another-client' }),
    await visit('sig', { sub: 'somebody', name: 'Forged' }),
    await visit('sig', { sub: 'sig', name: 'Forged', iss: 'https://other.example' }),
    await visit('sig', { sub: 'sig', name: 'Forged', exp: 1 }),
  ]
  for (const seen of wrong) assert.equal(told(seen)['error_description'], 'Bad user info response')
  assert.equal((await pool.look('corp_sig')).attributes['name'], 'Signed')
})

test('a level that the app asks for is asked of the provider in its words, and what it proved is in the tokens', async () => {
  const { idp } = server.clients
  const acr = { Level2: 'https://corp/two', Level3: 'https://corp/three' }
  await idp.send(new UpdateIdentityProviderCommand({ UserPoolId: pool.id, ProviderName: 'Corp', AcrMapping: acr }))
  const seen = await start(openVisitor(), 'Corp', { acr_values: 'urn:cognito:loa:3 urn:cognito:loa:2' })
  assert.equal(askedOf(seen.location)['acr_values'], 'https://corp/three https://corp/two')
  const { id } = await tokensOf(await signIn({ sub: 'lev', acr: 'https://corp/three', amr: ['pwd', 'face'] }))
  assert.equal(id['acr'], 'urn:cognito:loa:3')
  assert.deepEqual(id['amr'], ['pwd'])
  const other = await tokensOf(await signIn({ sub: 'lev' }))
  assert.equal(other.id['acr'], 'urn:cognito:loa:1')
  assert.deepEqual(other.id['amr'], ['fed'])
  await idp.send(new UpdateIdentityProviderCommand({ UserPoolId: pool.id, ProviderName: 'Corp', AcrMapping: {} }))
})

test('a request that was pushed goes the way of a button, too, and is used up by its answer', async () => {
  const { client } = pool
  await extend(server, pool, client.id, { pushedRequests: 'allowed' })
  const { body } = await ask(`${pool.url}/oauth2/par`, requestOf(pool))
  const query = new URLSearchParams({ client_id: client.id, request_uri: body['request_uri'] ?? assert.fail() })
  const visitor = openVisitor()
  const login = await visitor.go(`${pool.url}/oauth2/authorize?${query}`)
  const page = await visitor.go(new URL(login.location, pool.url).href)
  const link = /href="([^"]*identity_provider=Corp[^"]*)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&')
  const there = await visitor.go(new URL(link ?? assert.fail(page.text), pool.url).href)
  const asked = askedOf(there.location)
  const id_token = liar.idToken({ nonce: asked['nonce'], sub: 'pushed' })
  liar.replies['/token'] = { body: { access_token: 'x', id_token } }
  liar.replies['/me'] = { body: { sub: 'pushed' } }
  const seen = await back(visitor, { state: asked['state'] ?? '', code: 'c' })
  assert.equal((await tokensOf(seen)).access['username'], 'corp_pushed')
  await extend(server, pool, client.id, {})
})
