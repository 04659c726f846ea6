/** SAML at a domain, request by request: what a browser brings back is taken once, in that browser, from that provider. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import {
  AdminGetUserCommand,
  CreateIdentityProviderCommand,
  UpdateIdentityProviderCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { printLogoutRequest } from '../../src/protocols/saml/requests.ts'
import {
  type HostedPool,
  makeHosted,
  type OAuthClient,
  openVisitor,
  requestOf,
  type Visitor,
} from '../support/hosted.ts'
import {
  assertionXml,
  encode,
  encryptXml,
  type IdpKey,
  makeIdpKey,
  makeMetadata,
  type ResponseOptions,
  responseXml,
  signXml,
} from '../support/saml-messages.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: HostedPool
let client: OAuthClient
let key: IdpKey
const entity = (name: string) => `https://${name.toLowerCase()}.example/entity`

before(async () => {
  server = await startTestServer()
  key = await makeIdpKey()
  pool = await makeHosted(server, {}, { Schema: [{ Name: 'groups', AttributeDataType: 'String', Mutable: true }] })
  await addProvider('Company', { IDPInit: 'true' })
  await addProvider('Other', {}, ' WantAuthnRequestsSigned="true"')
  await addProvider('Ending', { IDPSignout: 'true' })
  client = await pool.addOAuthClient({ SupportedIdentityProviders: ['Company', 'Other', 'Ending'] })
})
after(() => server?.close())

const addProvider = (name: string, details: Record<string, string> = {}, role = '') =>
  server.clients.idp.send(
    new CreateIdentityProviderCommand({
      ...{ UserPoolId: pool.id, ProviderName: name, ProviderType: 'SAML' },
      AttributeMapping: { email: 'mail', 'custom:groups': 'groups' },
      ProviderDetails: { MetadataFile: makeMetadata({ entity: entity(name), keys: [key], role }), ...details },
    }),
  )

const acs = () => `http://${pool.domain}.auth.localhost:${new URL(server.endpoint).port}/saml2/idpresponse`

type Begun = { state: string; requestId: string; xml: string; sent: URLSearchParams }

async function begin(visitor: Visitor, provider = 'Company', more: Record<string, string> = {}): Promise<Begun> {
  const query = requestOf({ client }, { identity_provider: provider, ...more })
  const seen = await visitor.go(`${pool.url}/oauth2/authorize?${query}`)
  const sent = new URL(seen.location).searchParams
  const xml = inflateRawSync(Buffer.from(sent.get('SAMLRequest') ?? '', 'base64')).toString()
  return { state: sent.get('RelayState') ?? '', requestId: / ID="([^"]+)"/.exec(xml)?.[1] ?? '', xml, sent }
}

let serial = 0
const respond = (options: ResponseOptions = {}, provider = 'Company') => {
  const now = server.world.now()
  return encode(
    signXml(
      responseXml({
        ...{ now, id: `_${++serial}`, issuer: entity(provider), audience: `urn:amazon:cognito:sp:${pool.id}` },
        ...{ recipient: acs(), destination: acs(), ...options },
      }),
      'Assertion',
      key,
    ),
  )
}

const post = (visitor: Visitor, SAMLResponse: string, RelayState: string) =>
  visitor.go(`${pool.url}/saml2/idpresponse`, {
    method: 'POST',
    body: new URLSearchParams({ SAMLResponse, RelayState }),
    headers: { origin: 'https://idp.example', 'sec-fetch-site': 'cross-site' },
  })

/** As a browser: our cookies do not travel with the post, they do with the redirect that follows. */
async function comeBack(visitor: Visitor, response: string, state: string) {
  const posted = await post(openVisitor(), response, state)
  if (posted.status !== 303 || !posted.location.includes('/saml2/')) return posted
  return visitor.go(new URL(posted.location, pool.url).href)
}

const errorIn = (location: string) => new URL(location, pool.url).searchParams
const invalid = 'Invalid samlResponse or relayState from identity provider'

test('a response is taken in the browser that began, and once', async () => {
  const visitor = openVisitor()
  const { state, requestId } = await begin(visitor)
  const response = respond({ inResponseTo: requestId })
  const back = await comeBack(visitor, response, state)
  assert.match(errorIn(back.location).get('code') ?? '', /./)
  assert.equal(errorIn(back.location).get('state'), 'the-state')
  assert.equal(errorIn((await comeBack(visitor, response, state)).location).get('error'), invalid)
})

test('case 13: a response that another browser brings signs nobody in, and is spent', async () => {
  const [victim, attacker] = [openVisitor(), openVisitor()]
  const { state, requestId } = await begin(attacker)
  const posted = await post(attacker, respond({ inResponseTo: requestId, nameId: 'attacker' }), state)
  const there = new URL(posted.location, pool.url).href
  for (const visitor of [victim, attacker]) {
    const seen = await visitor.go(there)
    assert.match(seen.location, /\/error\?error=/)
    assert.equal(visitor.jar.has('cognito'), false)
  }
})

test('case 14: the response of one provider is none for a sign-in by another', async () => {
  const visitor = openVisitor()
  const { state, requestId } = await begin(visitor, 'Other')
  const back = errorIn((await comeBack(visitor, respond({ inResponseTo: requestId }), state)).location)
  assert.deepEqual(
    [back.get('error'), back.get('error_description'), back.get('state')],
    ['server_error', 'Invalid SAML response received: Issuer is not the identity provider. ', 'the-state'],
  )
})

test('case 67: of many who bring one assertion one is signed in', async () => {
  const only = await pool.addOAuthClient({ SupportedIdentityProviders: ['Company'] })
  const relay = new URLSearchParams({
    ...{ identity_provider: 'Company', client_id: only.id, redirect_uri: 'https://app.example/callback' },
    ...{ response_type: 'code', scope: 'openid' },
  }).toString()
  const response = respond({ nameId: 'eve' })
  const seen = await Promise.all([1, 2, 3, 4, 5].map(() => post(openVisitor(), response, relay)))
  assert.deepEqual([...new Set(seen.map(({ status }) => status))], [303])
  const answers = seen.map(({ location }) => errorIn(location))
  assert.equal(answers.filter((one) => one.has('code')).length, 1)
  const told = new Set(answers.map((one) => one.get('error_description')).filter(Boolean))
  assert.deepEqual([...told], ['Invalid SAML response received: SAML Assertion was used already. '])
})

test('case 67: an answer to no request is not taken for one, and not after six minutes', async () => {
  const visitor = openVisitor()
  const { state } = await begin(visitor)
  const told = async (response: string, at = state) =>
    errorIn((await comeBack(visitor, response, at)).location).get('error_description')
  assert.equal(await told(respond()), 'Invalid SAML response received: InResponseTo does not match the request. ')
  const only = await pool.addOAuthClient({ SupportedIdentityProviders: ['Company'] })
  const relay = `identity_provider=Company&client_id=${only.id}&redirect_uri=https://app.example/callback&response_type=code`
  assert.equal(
    await told(respond({ issued: server.world.now() - 361_000 }), relay),
    'Invalid SAML response received: SAML Assertion is expired. ',
  )
  assert.equal(
    await told(respond({ inResponseTo: '_somebodys' }), relay),
    'Invalid SAML response received: InResponseTo does not match the request. ',
  )
})

test('case 72: whoever is signed in unasked is offered no account: they did not go to the provider themselves', async () => {
  const UserPoolId = pool.id
  await addProvider('Asking', { IDPInit: 'true', linking_policy: 'ask' })
  const AttributeMapping = { email: 'mail', email_verified: 'verified' }
  await server.clients.idp.send(
    new UpdateIdentityProviderCommand({ UserPoolId, ProviderName: 'Asking', AttributeMapping }),
  )
  await pool.add('victim', { email: 'victim@example.com', email_verified: 'true' })
  const only = await pool.addOAuthClient({ SupportedIdentityProviders: ['Asking'] })
  const relay = `identity_provider=Asking&client_id=${only.id}&redirect_uri=https://app.example/callback&response_type=code`
  const said = [
    ['mail', 'victim@example.com'],
    ['verified', 'true'],
  ].map(
    ([name, value]) =>
      `<saml:Attribute Name="${name}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute>`,
  )
  const attributes = `<saml:AttributeStatement>${said.join('')}</saml:AttributeStatement>`
  const visitor = openVisitor()
  const seen = await post(visitor, respond({ nameId: 'thief', attributes }, 'Asking'), relay)
  assert.equal(visitor.jar.has('link-offer'), false)
  assert.equal(new URL(seen.location, pool.url).pathname, `/domains/${pool.domain}/oauth2/authorize`)
  const asked = await visitor.go(new URL(seen.location, pool.url).href)
  assert.ok(new URL(asked.location).searchParams.has('SAMLRequest'), 'the provider is asked who this is')
})

test('several values, and what the identity provider says of a failure', async () => {
  const visitor = openVisitor()
  const values = ['a b', 'c'].map((one) => `<saml:AttributeValue>${one}</saml:AttributeValue>`).join('')
  const attributes = `<saml:AttributeStatement><saml:Attribute Name="groups">${values}</saml:Attribute></saml:AttributeStatement>`
  const first = await begin(visitor)
  const back = await comeBack(
    visitor,
    respond({ inResponseTo: first.requestId, nameId: 'groupie', attributes }),
    first.state,
  )
  assert.ok(errorIn(back.location).get('code'), back.location)
  const user = await server.clients.idp.send(
    new AdminGetUserCommand({ UserPoolId: pool.id, Username: 'Company_groupie' }),
  )
  assert.equal(user.UserAttributes?.find(({ Name }) => Name === 'custom:groups')?.Value, '[a+b,c]')
  assert.equal(user.UserStatus, 'EXTERNAL_PROVIDER')
  const other = openVisitor()
  const second = await begin(other)
  const status =
    '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Responder"><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/></samlp:StatusCode>'
  const failed = encode(responseXml({ status, inResponseTo: second.requestId, issuer: entity('Company') }, ''))
  assert.equal(
    errorIn((await comeBack(other, failed, second.state)).location).get('error_description'),
    'Invalid SAML response received: The identity provider did not sign the user in. ',
  )
})

test('requests are signed where the provider asks for it, and ask anew where the app does', async () => {
  const plain = await begin(openVisitor())
  assert.equal(plain.sent.has('Signature'), false)
  assert.doesNotMatch(plain.xml, /ForceAuthn/)
  assert.match(plain.xml, new RegExp(`AssertionConsumerServiceURL="[^"]+/domains/${pool.domain}/saml2/idpresponse"`))
  const signed = await begin(openVisitor(), 'Other', { prompt: 'login' })
  assert.equal(signed.sent.get('SigAlg'), 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256')
  assert.match(signed.xml, /ForceAuthn="true"/)
})

test('case 64: of an encrypted assertion nobody is told how far it was read', async () => {
  const made = await addProvider('Secret', { EncryptedResponses: 'true' })
  const certificate = made.IdentityProvider?.ProviderDetails?.['ActiveEncryptionCertificate'] ?? assert.fail()
  const only = await pool.addOAuthClient({ SupportedIdentityProviders: ['Secret'] })
  const now = server.world.now()
  const options = {
    ...{
      now,
      issuer: entity('Secret'),
      audience: `urn:amazon:cognito:sp:${pool.id}`,
      recipient: acs(),
      destination: acs(),
    },
  }
  const [stranger, target] = [await makeIdpKey(), { privatePem: '', certificate }]
  const told = async (assertion: string, change = (xml: string) => xml) => {
    const visitor = openVisitor()
    const query = requestOf({ client: only }, { identity_provider: 'Secret' })
    const sent = new URL((await visitor.go(`${pool.url}/oauth2/authorize?${query}`)).location).searchParams
    const request = inflateRawSync(Buffer.from(sent.get('SAMLRequest') ?? '', 'base64')).toString()
    const inResponseTo = / ID="([^"]+)"/.exec(request)?.[1] ?? ''
    const xml = assertion.replace(/(Recipient="[^"]+")/, `$1 InResponseTo="${inResponseTo}"`)
    const signedXml = assertion.includes('unsigned')
      ? xml
      : signXml(xml, 'Assertion', assertion.includes('stranger') ? stranger : key)
    const sealed = await encryptXml(signedXml, target, {
      encryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#aes256-cbc',
    })
    const response = encode(change(responseXml({ ...options, inResponseTo }, sealed)))
    return errorIn((await comeBack(visitor, response, sent.get('RelayState') ?? '')).location)
  }
  const xml = (nameId: string) => assertionXml({ ...options, nameId, id: `_${++serial}` })
  assert.ok((await told(xml('ada'))).has('code'))
  const broken = (xml: string) =>
    xml.replace(/(CipherValue>)(.{20})(.)(?=[^<]{400})/g, (_, a, b, c) => `${a}${b}${c === 'A' ? 'B' : 'A'}`)
  const answers = [
    await told(xml('stranger')),
    await told(xml('unsigned')),
    await told(xml('ada'), broken),
    await told('<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">unsigned</saml:Issuer>'),
  ].map((one) => one.get('error_description'))
  assert.deepEqual(
    [...new Set(answers)],
    ['Invalid SAML response received: SAML Assertion cannot be decrypted, or its signature is invalid. '],
  )
})

test('case 67: a sign-out is believed if it is signed, about this session, and meant for us', async () => {
  const visitor = openVisitor()
  const { state, requestId } = await begin(visitor, 'Ending')
  await comeBack(visitor, respond({ inResponseTo: requestId, nameId: 'leaver' }, 'Ending'), state)
  assert.ok(visitor.jar.has('cognito'))
  const logoutUrl = acs().replace('idpresponse', 'logout')
  const request = (
    { nameId = 'leaver', index = 'session-1', issuer = entity('Ending'), to = logoutUrl } = {},
    by: IdpKey | undefined = key,
  ) => {
    const xml = printLogoutRequest({
      ...{ id: `_${++serial}`, now: server.world.now(), destination: to, issuer, nameId, sessionIndex: index },
    })
    return encode(by ? signXml(xml, 'LogoutRequest', by) : xml)
  }
  const send = async (SAMLRequest: string) => {
    const body = new URLSearchParams({ SAMLRequest, RelayState: 'theirs' })
    const posted = await openVisitor().go(`${pool.url}/saml2/logout`, { method: 'POST', body })
    return visitor.go(new URL(posted.location, pool.url).href)
  }
  const wrong = [
    request({}, await makeIdpKey()),
    request({ issuer: entity('Company') }),
    request({ to: 'https://other.example/saml2/logout' }),
    encode(
      printLogoutRequest({
        id: '_u',
        now: server.world.now(),
        destination: logoutUrl,
        issuer: entity('Ending'),
        nameId: 'leaver',
      }),
    ),
  ]
  for (const one of wrong) {
    assert.equal(errorIn((await send(one)).location).get('error'), invalid)
    assert.ok(visitor.jar.has('cognito'))
  }
  const statusOf = (location: string) => {
    const message = Buffer.from(new URL(location).searchParams.get('SAMLResponse') ?? '', 'base64')
    return /StatusCode Value="[^"]*:(\w+)"/.exec(inflateRawSync(message).toString())?.[1]
  }
  for (const other of [request({ nameId: 'somebody' }), request({ index: 'session-2' })]) {
    assert.equal(statusOf((await send(other)).location), 'Requester')
    assert.ok(visitor.jar.has('cognito'))
  }
  const done = await send(request())
  assert.equal(statusOf(done.location), 'Success')
  assert.equal(errorIn(done.location).get('RelayState'), 'theirs')
  assert.equal(visitor.jar.has('cognito'), false)
})

test('whatever else comes to the paths of SAML is answered by the error page', async () => {
  const visitor = openVisitor()
  const wrong: readonly [string, RequestInit][] = [
    ['/saml2/idpresponse', {}],
    ['/saml2/idpresponse?RelayState=nobody', {}],
    ['/saml2/idpresponse', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }],
    ['/saml2/idpresponse', { method: 'POST', body: new URLSearchParams({ SAMLResponse: 'x' }) }],
    [
      '/saml2/idpresponse',
      { method: 'POST', body: new URLSearchParams({ SAMLResponse: 'x', RelayState: 'x'.repeat(9000) }) },
    ],
    [
      '/saml2/idpresponse',
      {
        method: 'POST',
        body: 'SAMLResponse=a&SAMLResponse=b&RelayState=c',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
    ],
    ['/saml2/logout', {}],
    ['/saml2/logout?RelayState=x&SAMLResponse=y', {}],
    [
      '/saml2/logout',
      { method: 'POST', body: new URLSearchParams({ SAMLResponse: 'x', RelayState: 'https://evil.example' }) },
    ],
    ['/saml2/metadata?identity_provider=Nobody', {}],
    ['/saml2/metadata', { method: 'POST' }],
  ]
  for (const [path, init] of wrong) {
    const seen = await visitor.go(`${pool.url}${path}`, init)
    assert.match(seen.location, /\/error\?error=/, `${init.method ?? 'GET'} ${path}: ${seen.status}`)
  }
  // Of a browser that nobody is signed in at nothing is left to end, whoever asks.
  for (const path of ['/saml2/logout?SAMLRequest=x', '/saml2/logout?posted=x']) {
    const seen = await visitor.go(`${pool.url}${path}`)
    assert.match(seen.location, /\/signedout$/)
    const page = await visitor.go(new URL(seen.location, pool.url).href)
    assert.equal(page.status, 200)
    assert.match(page.text, /You are signed out/)
  }
  // Whoever is signed in by a password is not told otherwise.
  const native = openVisitor()
  native.jar.set('cognito', 'some-session')
  assert.match((await native.go(`${pool.url}/saml2/logout?SAMLRequest=x`)).location, /\/error\?error=/)
  const huge = new URLSearchParams({ SAMLResponse: 'x'.repeat(500_000), RelayState: 'x' })
  assert.equal((await visitor.go(`${pool.url}/saml2/idpresponse`, { method: 'POST', body: huge })).status, 413)
})
