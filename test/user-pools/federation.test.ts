/** Identity providers of a pool and links to its users, through the SDK. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import {
  AdminDisableProviderForUserCommand,
  AdminGetUserCommand,
  AdminLinkProviderForUserCommand,
  CreateIdentityProviderCommand,
  type CreateIdentityProviderCommandInput,
  CreateUserPoolClientCommand,
  DeleteIdentityProviderCommand,
  DeleteUserPoolCommand,
  DescribeIdentityProviderCommand,
  GetIdentityProviderByIdentifierCommand,
  ListIdentityProvidersCommand,
  type ProviderUserIdentifierType,
  UpdateIdentityProviderCommand,
  type UpdateIdentityProviderCommandInput,
} from '@aws-sdk/client-cognito-identity-provider'
import { removeDeletedPools } from '../../src/user-pools/pools/removal.ts'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { type Liar, startLiar } from '../support/upstream.ts'

let server: TestServer
let pool: TestPool
let liar: Liar
const idp = () => server.clients.idp
before(async () => {
  server = await startTestServer()
  liar = await startLiar()
  pool = await makePool(server, {
    Schema: [
      { Name: 'plan', AttributeDataType: 'String', Mutable: true },
      { Name: 'born', AttributeDataType: 'String', Mutable: false },
    ],
  })
})
after(async () => {
  await server.close()
  await liar.close()
})

const invalid = 'InvalidParameterException'
const gone = 'ResourceNotFoundException'
const wrong = <Value>(value: unknown): Value => value as Value
const google = { client_id: 'g', client_secret: 'gs', authorize_scopes: 'openid email' }
const create = (more: Partial<CreateIdentityProviderCommandInput>) =>
  idp().send(
    new CreateIdentityProviderCommand({
      UserPoolId: pool.id,
      ProviderName: 'Google',
      ProviderType: 'Google',
      ProviderDetails: google,
      ...more,
    }),
  )
const makeOidc = (ProviderName: string, more: Partial<CreateIdentityProviderCommandInput> = {}) =>
  create({ ProviderName, ProviderType: 'OIDC', ProviderDetails: liar.details(), ...more })
const describeOne = async (ProviderName: string) =>
  (await idp().send(new DescribeIdentityProviderCommand({ UserPoolId: pool.id, ProviderName }))).IdentityProvider
const update = (ProviderName: string, more: Partial<UpdateIdentityProviderCommandInput>) =>
  idp().send(new UpdateIdentityProviderCommand({ UserPoolId: pool.id, ProviderName, ...more }))
const remove = (ProviderName: string) =>
  idp().send(new DeleteIdentityProviderCommand({ UserPoolId: pool.id, ProviderName }))

describe('CreateIdentityProvider', () => {
  test('refuses the wrong type', () => refused(create({ ProviderDetails: wrong('x') }), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await refused(create({ ProviderName: '_x' }), invalid, /at 'providerName' failed/)
    await refused(create({ ProviderType: wrong('Twitter') }), invalid, /at 'providerType' failed/)
    await refused(create({ ProviderName: 'Gogol' }), invalid, 'Provider Gogol cannot be of type Google.')
    await refused(makeOidc('Facebook'), invalid, 'Provider Facebook cannot be of type OIDC.')
    await refused(makeOidc('Cognito'), invalid, 'Provider Cognito cannot be of type OIDC.')
    const { client_secret: _, ...halfGoogle } = google
    await refused(
      create({ ProviderDetails: halfGoogle }),
      invalid,
      'clientId, clientSecret and authorizeScopes are all required idp details.',
    )
    await refused(
      create({ ProviderName: 'SignInWithApple', ProviderType: 'SignInWithApple' }),
      invalid,
      'clientId, privateKey, teamId, and keyId are all required idp details.',
    )
    const { oidc_issuer: __, ...halfOidc } = liar.details()
    await refused(
      makeOidc('Half', { ProviderDetails: halfOidc }),
      invalid,
      'clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details.',
    )
    const details = (more: Record<string, string>) => makeOidc('Bad', { ProviderDetails: liar.details(more) })
    await refused(details({ oidc_issuer: 'ftp://x.example' }), invalid, 'OIDC endpoint must start with https://')
    await refused(details({ oidc_issuer: `${liar.issuer}/` }), invalid, /slash/)
    await refused(details({ authorize_scopes: 'email' }), invalid, /openid/)
    await refused(details({ attributes_request_method: 'PUT' }), invalid, /GET or POST/)
    await refused(details({ oidc_issuer: `${liar.issuer}/none` }), invalid, 'Unable to contact well-known endpoint')
    await refused(details({ linking_policy: 'always' }), invalid, /linking_policy/)
    await refused(
      create({ ProviderName: 'Corp', ProviderType: 'SAML', ProviderDetails: {} }),
      invalid,
      'At least one of the MetadataURL or MetadataFile should be provided.',
    )
    await refused(create({ AttributeMapping: { nothing: 'x' } }), invalid, /nothing is not an attribute/)
    await refused(create({ AttributeMapping: { sub: 'x' } }), invalid, /sub is not an attribute/)
    await refused(create({ AttributeMapping: { identities: 'x' } }), invalid)
    await refused(create({ IdpIdentifiers: ['x'] }), invalid, /SAML and OIDC/)
    await refused(create({ AcrMapping: { Level1: 'x' } }), invalid, /OIDC providers only/)
    await refused(create({ UserPoolId: 'us-east-1_nothere12' }), gone)
  })

  test('makes one of each kind, with what AWS adds', async () => {
    const made = (await create({ AttributeMapping: { email: 'email' } })).IdentityProvider
    assert.deepEqual(made?.AttributeMapping, { email: 'email', username: 'sub' })
    assert.deepEqual(made?.ProviderDetails, {
      ...google,
      attributes_url: 'https://people.googleapis.com/v1/people/me?personFields=',
      attributes_url_add_attributes: 'true',
      authorize_url: 'https://accounts.google.com/o/oauth2/v2/auth',
      oidc_issuer: 'https://accounts.google.com',
      token_request_method: 'POST',
      token_url: 'https://www.googleapis.com/oauth2/v4/token',
    })
    await refused(create({}), 'DuplicateProviderException', / already exists in user pool /)
    const facebook = { ...google, api_version: 'v19.0' }
    await create({ ProviderName: 'Facebook', ProviderType: 'Facebook', ProviderDetails: facebook })
    const seen = await describeOne('Facebook')
    assert.equal(seen?.ProviderDetails?.['token_url'], 'https://graph.facebook.com/v19.0/oauth/access_token')
    assert.deepEqual(seen?.AttributeMapping, { username: 'id' })
    await create({ ProviderName: 'LoginWithAmazon', ProviderType: 'LoginWithAmazon' })
    assert.deepEqual((await describeOne('LoginWithAmazon'))?.AttributeMapping, { username: 'user_id' })
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const private_key = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
    const apple = { client_id: 'a', team_id: 't', key_id: 'k', authorize_scopes: 'email name' }
    await create({
      ProviderName: 'SignInWithApple',
      ProviderType: 'SignInWithApple',
      ProviderDetails: { ...apple, private_key },
    })
    const shown = (await describeOne('SignInWithApple'))?.ProviderDetails
    assert.equal(shown?.['private_key'], undefined)
    assert.equal(shown?.['token_url'], 'https://appleid.apple.com/auth/token')
    const oidc = (await makeOidc('Corp', { IdpIdentifiers: ['corp.example'], AcrMapping: { Level2: 'two' } }))
      .IdentityProvider
    assert.equal(oidc?.ProviderDetails?.['token_url'], `${liar.issuer}/token`)
    assert.equal(oidc?.ProviderDetails?.['jwks_uri'], `${liar.issuer}/keys`)
    assert.equal(oidc?.ProviderDetails?.['attributes_url_add_attributes'], 'false')
    assert.deepEqual(oidc?.AcrMapping, { Level2: 'two' })
    await refused(makeOidc('Corp2', { IdpIdentifiers: ['corp.example'] }), 'DuplicateProviderException')
  })

  test('takes endpoints by hand where there is no discovery', async () => {
    const urls = {
      authorize_url: 'https://idp.example/a',
      token_url: 'https://idp.example/t',
      attributes_url: 'https://idp.example/u',
      jwks_uri: 'https://idp.example/k',
    }
    const ProviderDetails = liar.details({ oidc_issuer: 'https://idp.example', ...urls })
    const made = await makeOidc('Manual', { ProviderDetails })
    assert.deepEqual(made.IdentityProvider?.ProviderDetails, {
      ...ProviderDetails,
      attributes_url_add_attributes: 'false',
    })
    await remove('Manual')
  })
})

describe('DescribeIdentityProvider', () => {
  test('refuses the wrong type', () => refused(describeOne(wrong(7)), 'SerializationException'))
  test('refuses the wrong value', () =>
    refused(describeOne('Nobody'), gone, 'Identity provider Nobody does not exist.'))
  test('does it', async () => {
    const seen = await describeOne('Google')
    assert.equal(seen?.ProviderType, 'Google')
    assert.equal(seen?.UserPoolId, pool.id)
    assert.ok(seen?.CreationDate instanceof Date)
  })
})

describe('ListIdentityProviders', () => {
  const list = (more: object = {}) => idp().send(new ListIdentityProvidersCommand({ UserPoolId: pool.id, ...more }))
  test('refuses the wrong type', () => refused(list({ MaxResults: 'x' }), 'SerializationException'))
  test('refuses the wrong value', async () => {
    await refused(list({ MaxResults: 61 }), invalid)
    await refused(list({ NextToken: 'nonsense' }), invalid)
  })
  test('pages through them by name', async () => {
    const names: (string | undefined)[] = []
    let NextToken: string | undefined
    do {
      const seen = await list({ MaxResults: 2, NextToken })
      names.push(...(seen.Providers ?? []).map(({ ProviderName }) => ProviderName))
      NextToken = seen.NextToken
    } while (NextToken)
    assert.deepEqual(names, ['Corp', 'Facebook', 'Google', 'LoginWithAmazon', 'SignInWithApple'])
  })
})

describe('GetIdentityProviderByIdentifier', () => {
  const get = (IdpIdentifier: string) =>
    idp().send(new GetIdentityProviderByIdentifierCommand({ UserPoolId: pool.id, IdpIdentifier }))
  test('refuses the wrong type', () => refused(get(wrong(['x'])), 'SerializationException'))
  test('refuses the wrong value', async () => {
    await refused(get('x'.repeat(41)), invalid)
    await refused(get('other.example'), gone)
  })
  test('does it', async () => assert.equal((await get('corp.example')).IdentityProvider?.ProviderName, 'Corp'))
})

describe('UpdateIdentityProvider', () => {
  test('refuses the wrong type', () =>
    refused(update('Corp', { IdpIdentifiers: wrong('x') }), 'SerializationException'))
  test('refuses the wrong value', async () => {
    await refused(update('Nobody', {}), gone)
    await refused(update('Corp', { ProviderDetails: { client_id: 'x' } }), invalid, /all required idp details/)
    await refused(update('Corp', { AttributeMapping: { nothing: 'x' } }), invalid)
  })
  test('changes what is given and keeps the rest', async () => {
    await update('Corp', { AttributeMapping: { email: 'mail', 'custom:plan': 'tier' }, IdpIdentifiers: ['corp.test'] })
    const seen = await describeOne('Corp')
    assert.deepEqual(seen?.AttributeMapping, { email: 'mail', 'custom:plan': 'tier', username: 'sub' })
    assert.deepEqual(seen?.IdpIdentifiers, ['corp.test'])
    assert.equal(seen?.ProviderDetails?.['client_secret'], 'liar-secret')
    const { client_secret: _, ...withoutSecret } = liar.details({ authorize_scopes: 'openid' })
    await update('Corp', { ProviderDetails: withoutSecret })
    const { ProviderDetails: after } = (await describeOne('Corp')) ?? {}
    assert.equal(after?.['authorize_scopes'], 'openid')
    assert.equal(after?.['client_secret'], 'liar-secret')
  })
})

test('a client offers providers that exist and no others', async () => {
  const make = (SupportedIdentityProviders: string[]) =>
    idp().send(new CreateUserPoolClientCommand({ UserPoolId: pool.id, ClientName: 'c', SupportedIdentityProviders }))
  await refused(make(['Nobody']), invalid, `The provider Nobody does not exist for User Pool ${pool.id}`)
  const made = await make(['COGNITO', 'Google', 'Corp'])
  assert.deepEqual(made.UserPoolClient?.SupportedIdentityProviders, ['COGNITO', 'Google', 'Corp'])
})

const link = (DestinationUser: ProviderUserIdentifierType, SourceUser: ProviderUserIdentifierType) =>
  idp().send(new AdminLinkProviderForUserCommand({ UserPoolId: pool.id, DestinationUser, SourceUser }))
const unlink = (User: ProviderUserIdentifierType) =>
  idp().send(new AdminDisableProviderForUserCommand({ UserPoolId: pool.id, User }))
const native = (ProviderAttributeValue: string) => ({ ProviderName: 'Cognito', ProviderAttributeValue })
const subject = (ProviderName: string, ProviderAttributeValue: string, ProviderAttributeName = 'Cognito_Subject') => ({
  ...{ ProviderName, ProviderAttributeName, ProviderAttributeValue },
})
const identities = async (name: string): Promise<Record<string, unknown>[]> =>
  JSON.parse((await pool.look(name)).attributes['identities'] ?? '[]')

describe('AdminLinkProviderForUser', () => {
  before(async () => {
    await pool.add('lea', { email: 'lea@example.com' })
    await pool.add('leo')
    await pool.add('old', { 'custom:born': '1990' })
  })

  test('refuses the wrong type', () => refused(link(wrong('x'), subject('Google', '1')), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await refused(link(native('nobody'), subject('Google', '1')), 'UserNotFoundException', 'User does not exist.')
    await refused(link(subject('Google', 'none'), subject('Facebook', '1')), 'UserNotFoundException')
    await refused(link(native('lea'), subject('Nobody', '1')), gone)
    await refused(link(native('lea'), native('leo')), invalid)
    await refused(link(native('lea'), subject('Google', '')), invalid)
    await refused(link(native('lea'), subject('Google', 'a@example.com', 'email')), invalid, /Cognito_Subject/)
    await refused(link(native('lea'), subject('Corp', 'x', 'name')), invalid, /that the provider maps/)
    await refused(link(native('old'), subject('Google', '1')), invalid, /immutable attribute custom:born/)
  })

  test('links, shows the identity, and takes a subject once', async () => {
    await link(native('lea'), subject('Google', '1'))
    const [one] = await identities('lea')
    assert.deepEqual(
      { ...one, dateCreated: 0 },
      { userId: '1', providerName: 'Google', providerType: 'Google', issuer: null, primary: false, dateCreated: 0 },
    )
    await refused(
      link(native('lea'), subject('Google', '1')),
      invalid,
      'SourceUser is already linked to DestinationUser',
    )
    await refused(link(native('leo'), subject('Google', '1')), 'AliasExistsException')
    assert.equal((await pool.look('lea')).status, 'CONFIRMED')
  })

  test('links five identities and no more, by the attribute of a mapping, too', async () => {
    for (const value of ['2', '3', '4']) await link(native('lea'), subject('Facebook', value))
    await link(native('lea'), subject('Corp', 'lea@corp.example', 'email'))
    await refused(link(native('lea'), subject('Facebook', '5')), 'LimitExceededException')
    assert.equal((await identities('lea')).length, 5)
  })
})

describe('AdminDisableProviderForUser', () => {
  test('refuses the wrong type', () => refused(unlink(wrong('x')), 'SerializationException'))
  test('refuses the wrong value', async () => {
    await refused(unlink(subject('Google', 'nobody')), 'UserNotFoundException')
    await refused(unlink({ ...native('nobody'), ProviderAttributeName: 'Cognito_Subject' }), 'UserNotFoundException')
    await refused(unlink(native('lea')), invalid)
  })
  test('takes a link away', async () => {
    await unlink(subject('Google', '1'))
    assert.deepEqual(
      (await identities('lea')).map(({ providerName }) => providerName),
      ['Facebook', 'Facebook', 'Facebook', 'Corp'],
    )
    await link(native('leo'), subject('Google', '1'))
  })
  test('ends a native user’s sign-in by password', async () => {
    await unlink({ ...native('leo'), ProviderAttributeName: 'Cognito_Subject' })
    const answer = await server.post('AWSCognitoIdentityProviderService.InitiateAuth', {
      ...{
        AuthFlow: 'USER_PASSWORD_AUTH',
        ClientId: await pool.addClient({ ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] }),
      },
      AuthParameters: { USERNAME: 'leo', PASSWORD: password },
    })
    assert.equal(answer.body.message, 'Incorrect username or password.')
    const seen = await idp().send(new AdminGetUserCommand({ UserPoolId: pool.id, Username: 'leo' }))
    assert.equal(seen.UserStatus, 'EXTERNAL_PROVIDER')
  })
  test('and by every other factor, and gives no way to a new password', async () => {
    const AllowedFirstAuthFactors = ['PASSWORD' as const, 'EMAIL_OTP' as const]
    const other = await makePool(
      server,
      { AutoVerifiedAttributes: ['email'], Policies: { SignInPolicy: { AllowedFirstAuthFactors } } },
      { ExplicitAuthFlows: ['ALLOW_USER_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_ADMIN_USER_PASSWORD_AUTH'] },
    )
    await other.add('leo', { email: 'leo@example.com', email_verified: 'true' })
    const call = (operation: string, more: object) =>
      server.post(`AWSCognitoIdentityProviderService.${operation}`, { ClientId: other.clientId, ...more })
    const ask = (PREFERRED_CHALLENGE?: string) =>
      call('InitiateAuth', {
        AuthFlow: 'USER_AUTH',
        AuthParameters: { USERNAME: 'leo', ...(PREFERRED_CHALLENGE && { PREFERRED_CHALLENGE }) },
      })
    // A sign-in that has begun ends with it, too.
    const begun = await ask('EMAIL_OTP')
    const EMAIL_OTP_CODE = server.world.codeSentTo('leo@example.com')
    const User = { ...native('leo'), ProviderAttributeName: 'Cognito_Subject' }
    await idp().send(new AdminDisableProviderForUserCommand({ UserPoolId: other.id, User }))
    const answer = await call('RespondToAuthChallenge', {
      ...{ ChallengeName: 'EMAIL_OTP', Session: begun.body['Session'] },
      ChallengeResponses: { USERNAME: 'leo', EMAIL_OTP_CODE },
    })
    assert.equal(answer.body.__type, 'NotAuthorizedException')
    const sent = server.world.outbox.length
    for (const factor of [undefined, 'EMAIL_OTP']) {
      const { body } = await ask(factor)
      assert.equal(body.__type, 'NotAuthorizedException', JSON.stringify(body))
    }
    const srp = { AuthFlow: 'USER_SRP_AUTH', AuthParameters: { USERNAME: 'leo', SRP_A: '2' } }
    assert.equal((await call('InitiateAuth', srp)).body.__type, 'NotAuthorizedException')
    const forgot = await call('ForgotPassword', { Username: 'leo' })
    assert.equal(forgot.status, 400, JSON.stringify(forgot.body))
    assert.equal(server.world.outbox.length, sent)
  })
})

describe('DeleteIdentityProvider', () => {
  test('refuses the wrong type', () => refused(remove(wrong({})), 'SerializationException'))
  test('refuses the wrong value', () => refused(remove('Nobody'), gone))
  test('does it, and its identifiers are free again', async () => {
    await remove('Corp')
    await refused(describeOne('Corp'), gone)
    await makeOidc('Corp3', { IdpIdentifiers: ['corp.test'] })
  })
})

test('a pool goes with its providers and identities', async () => {
  await idp().send(new DeleteUserPoolCommand({ UserPoolId: pool.id }))
  await removeDeletedPools(server.world.db)
  await refused(describeOne('Google'), gone)
})
