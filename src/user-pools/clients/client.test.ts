import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Pool } from '../pools/pool.ts'
import { completeSchema } from '../pools/schema.ts'
import { newSchema } from '../pools/schema-rules.ts'
import { completeSettings } from '../pools/settings.ts'
import { allowsFlow, lifetimesOf, mayUseSrp } from './client.ts'
import { readable, writable } from './permissions.ts'
import { checkRedirectUrl } from './redirect-url.ts'
import { checkSecretHash } from './secret-hash.ts'
import { completeClient, type WantedClient } from './settings.ts'
import { checkClient } from './settings-rules.ts'

const pool: Pool = {
  id: 'us-east-1_abcdefghi',
  region: 'us-east-1',
  name: 'test',
  createdAt: 0,
  modifiedAt: 0,
  settings: completeSettings({}),
  schema: completeSchema(
    newSchema([
      { Name: 'email', Required: true },
      { Name: 'tenant', AttributeDataType: 'String' },
      { Name: 'plan', AttributeDataType: 'String', DeveloperOnlyAttribute: true },
    ]),
  ),
}
const check = (wanted: WantedClient, confidential = false) =>
  checkClient({
    settings: completeClient(wanted),
    pool,
    confidential,
    doing: 'creating',
    customScopes: new Set(['orders/read']),
    providers: new Set(['Facebook']),
  })

describe('the secret hash', () => {
  const id = '3n4b5urk1ft4fl3mg5e62d9ado'
  const secret = 's3cr3ts3cr3ts3cr3ts3cr3t'
  const confidential = { id, secrets: [secret] }
  // printf 'alice3n4b5urk1ft4fl3mg5e62d9ado' | openssl dgst -sha256 -hmac 's3cr3ts3cr3ts3cr3ts3cr3t' -binary | base64
  const ofAlice = 'SBwwLmOQyFFfZ5OS1+rWR+WAN1sVhdl4GcrBhVaTxDg='

  test('is HMAC-SHA-256 over username and client id, as OpenSSL and Python compute it', () => {
    checkSecretHash(confidential, 'alice', ofAlice)
    checkSecretHash(confidential, 'jörg@example.com', 'cvyvu6yw0R4PP65t728yHBXgqf3oFDHeNsnkAyw1w54=')
  })

  test('is demanded of a client with a secret', () => {
    assert.throws(() => checkSecretHash(confidential, 'alice', undefined), {
      name: 'NotAuthorizedException',
      message: `Client ${id} is configured with secret but SECRET_HASH was not received`,
    })
  })

  test('is refused when it is another user’s, another client’s, cut short or empty', () => {
    const message = `Unable to verify secret hash for client ${id}`
    const wrong: [{ id: string; secrets: string[] }, string, string][] = [
      [confidential, 'Alice', ofAlice],
      [{ id, secrets: ['another secret another secret'] }, 'alice', ofAlice],
      [confidential, 'alice', ofAlice.slice(0, -1)],
      [confidential, 'alice', ''],
      [{ id, secrets: [] }, 'alice', ofAlice],
    ]
    for (const [client, username, given] of wrong) {
      assert.throws(() => checkSecretHash(client, username, given), { name: 'NotAuthorizedException', message })
    }
  })

  test('may be made with any of the live secrets, and is not asked of a public client', () => {
    checkSecretHash({ id, secrets: ['a newer secret, also live'].concat(secret) }, 'alice', ofAlice)
    checkSecretHash({ id, secrets: [] }, 'alice', undefined)
  })
})

describe('lifetimes of tokens', () => {
  test('are an hour, an hour and thirty days unless set', () => {
    assert.deepEqual(lifetimesOf(completeClient({})), { access: 3_600_000, id: 3_600_000, refresh: 2_592_000_000 })
  })

  test('are counted in the units given: hours, hours and days unless set', () => {
    const wanted: WantedClient = {
      AccessTokenValidity: 2,
      IdTokenValidity: 30,
      RefreshTokenValidity: 90,
      TokenValidityUnits: { IdToken: 'minutes', RefreshToken: 'minutes' },
    }
    assert.deepEqual(lifetimesOf(completeClient(wanted)), { access: 7_200_000, id: 1_800_000, refresh: 5_400_000 })
  })

  const seconds = { AccessToken: 'seconds', IdToken: 'seconds', RefreshToken: 'seconds' } as const
  const edges: readonly [WantedClient, boolean][] = [
    [{ AccessTokenValidity: 299 }, false],
    [{ AccessTokenValidity: 300 }, true],
    [{ AccessTokenValidity: 86_400 }, true],
    [{ IdTokenValidity: 299 }, false],
    [{ IdTokenValidity: 86_400 }, true],
    [{ RefreshTokenValidity: 3_599 }, false],
    [{ RefreshTokenValidity: 3_600 }, true],
    [{ RefreshTokenValidity: 315_360_000 }, true],
  ]
  for (const [wanted, right] of edges) {
    test(`${right ? 'may' : 'may not'} be ${JSON.stringify(wanted)} seconds`, () => {
      const rest = { AccessTokenValidity: 300, IdTokenValidity: 300, RefreshTokenValidity: 86_400 }
      const run = () => check({ ...rest, ...wanted, TokenValidityUnits: seconds })
      if (right) run()
      else assert.throws(run, { name: 'InvalidParameterException', message: 'Invalid range for token validity.' })
    })
  }

  test('may not exceed that of the refresh token, nor may a day be exceeded in days', () => {
    assert.throws(
      () => check({ AccessTokenValidity: 2, RefreshTokenValidity: 1, TokenValidityUnits: { RefreshToken: 'hours' } }),
      {
        message: 'Access and Id Token expiration times must be less than or equal to refresh token expiration times.',
      },
    )
    assert.throws(() => check({ IdTokenValidity: 2, TokenValidityUnits: { IdToken: 'days' } }), {
      message: 'Invalid range for token validity.',
    })
    assert.throws(() => check({ RefreshTokenValidity: 3651 }), { message: 'Invalid range for token validity.' })
  })
})

describe('sign-in flows', () => {
  const flows = (...ExplicitAuthFlows: NonNullable<WantedClient['ExplicitAuthFlows']>) => ({
    settings: { ExplicitAuthFlows },
  })

  test('are SRP, custom and refresh when none are named', () => {
    for (const client of [flows(), { settings: {} }]) {
      assert.equal(allowsFlow(client, 'ALLOW_USER_SRP_AUTH'), true)
      assert.equal(allowsFlow(client, 'ALLOW_CUSTOM_AUTH'), true)
      assert.equal(allowsFlow(client, 'ALLOW_REFRESH_TOKEN_AUTH'), true)
      assert.equal(allowsFlow(client, 'ALLOW_USER_PASSWORD_AUTH'), false)
      assert.equal(allowsFlow(client, 'ALLOW_ADMIN_USER_PASSWORD_AUTH'), false)
      assert.equal(allowsFlow(client, 'ALLOW_USER_AUTH'), false)
    }
  })

  test('are those named, and no others', () => {
    const client = flows('ALLOW_USER_PASSWORD_AUTH')
    assert.equal(allowsFlow(client, 'ALLOW_USER_PASSWORD_AUTH'), true)
    assert.equal(allowsFlow(client, 'ALLOW_USER_SRP_AUTH'), false)
    assert.equal(allowsFlow(client, 'ALLOW_REFRESH_TOKEN_AUTH'), false)
  })

  test('have the names of before, which mean as much', () => {
    assert.equal(allowsFlow(flows('ADMIN_NO_SRP_AUTH'), 'ALLOW_ADMIN_USER_PASSWORD_AUTH'), true)
    assert.equal(allowsFlow(flows('ADMIN_NO_SRP_AUTH'), 'ALLOW_USER_PASSWORD_AUTH'), false)
    assert.equal(allowsFlow(flows('USER_PASSWORD_AUTH'), 'ALLOW_USER_PASSWORD_AUTH'), true)
    assert.equal(allowsFlow(flows('CUSTOM_AUTH_FLOW_ONLY', 'USER_PASSWORD_AUTH'), 'ALLOW_USER_SRP_AUTH'), false)
  })

  test('use SRP by themselves, or as part of choice and custom ones', () => {
    assert.equal(mayUseSrp(flows('ALLOW_USER_AUTH')), true)
    assert.equal(mayUseSrp(flows('ALLOW_CUSTOM_AUTH')), true)
    assert.equal(mayUseSrp(flows('ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH')), false)
  })
})

describe('permissions of a client', () => {
  const client = (lists: Pick<WantedClient, 'ReadAttributes' | 'WriteAttributes'>) => ({ settings: lists })

  test('without lists are to read everything and to write all but what only the pool sets', () => {
    const open = client({})
    for (const name of ['email', 'custom:tenant', 'sub', 'email_verified'])
      assert.equal(readable(pool, open, name), true)
    for (const name of ['email', 'custom:tenant']) assert.equal(writable(pool, open, name), true)
    for (const name of ['sub', 'email_verified', 'phone_number_verified', 'identities', 'dev:custom:plan']) {
      assert.equal(writable(pool, open, name), false, name)
    }
  })

  test('with lists are what they say, and required attributes', () => {
    const closed = client({ ReadAttributes: ['name'], WriteAttributes: ['name'] })
    assert.equal(readable(pool, closed, 'custom:tenant'), false)
    assert.equal(readable(pool, closed, 'sub'), true)
    assert.equal(writable(pool, closed, 'custom:tenant'), false)
    assert.equal(writable(pool, closed, 'email'), true)
  })

  test('never let a list reach what only the pool sets', () => {
    const greedy = client({ WriteAttributes: ['email', 'email_verified', 'sub', 'dev:custom:plan'] })
    for (const name of ['email_verified', 'sub', 'dev:custom:plan'])
      assert.equal(writable(pool, greedy, name), false, name)
  })
})

describe('the settings of a client', () => {
  const refusals: readonly [what: string, wanted: WantedClient, message: string, code?: string][] = [
    [
      'unknown attributes to read',
      { ReadAttributes: ['custom:nope'] },
      'Invalid read attributes specified while creating a client',
    ],
    [
      'unknown attributes to write',
      { WriteAttributes: ['email', 'custom:nope'] },
      'Invalid write attributes specified while creating a client',
    ],
    [
      'a write list without a required attribute',
      { WriteAttributes: ['name'] },
      'Invalid write attributes specified while creating a client',
    ],
    [
      'a write list with email_verified',
      { WriteAttributes: ['email', 'email_verified'] },
      'Invalid write attributes specified while creating a client',
    ],
    [
      'a write list with sub',
      { WriteAttributes: ['email', 'sub'] },
      'Invalid write attributes specified while creating a client',
    ],
    [
      'flows of both generations of names',
      { ExplicitAuthFlows: ['USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'] },
      "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names.",
    ],
    [
      'OAuth without flows and scopes',
      { AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthFlows: ['code'], CallbackURLs: ['https://a.example'] },
      'AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.',
    ],
    [
      'the code flow without a callback',
      { AllowedOAuthFlows: ['code'] },
      'CallbackUrls can not be empty when code flow or implicit flow is selected',
    ],
    [
      'client_credentials beside another flow',
      { AllowedOAuthFlows: ['code', 'client_credentials'], CallbackURLs: ['https://a.example'] },
      'client_credentials flow can not be selected along with code flow or implicit flow.',
      'InvalidOAuthFlowException',
    ],
    [
      'client_credentials without a secret',
      { AllowedOAuthFlows: ['client_credentials'] },
      'client_credentials flow can not be selected if client does not have a client secret.',
      'InvalidOAuthFlowException',
    ],
    [
      'a scope nobody defined',
      { AllowedOAuthScopes: ['openid', 'api/read'] },
      'Invalid scope requested: api/read',
      'ScopeDoesNotExistException',
    ],
    [
      'a provider nobody defined',
      { SupportedIdentityProviders: ['COGNITO', 'Google'] },
      'The provider Google does not exist for User Pool us-east-1_abcdefghi',
    ],
    [
      'a default redirect that is no callback',
      { CallbackURLs: ['https://a.example/'], DefaultRedirectURI: 'https://a.example' },
      'The default redirect URI https://a.example is not in the callback URIs list.',
    ],
    [
      'user context without a secret',
      { EnablePropagateAdditionalUserContextData: true },
      'Client Secret is required to set EnablePropagateAdditionalUserContextData as true',
    ],
    [
      'half an analytics application',
      { AnalyticsConfiguration: { ApplicationId: 'ab12' } },
      'Invalid analytics configuration given, either <application arn> or <application id, role arn, external id> are valid',
    ],
  ]
  for (const [what, wanted, message, code = 'InvalidParameterException'] of refusals) {
    test(`never hold ${what}`, () => assert.throws(() => check(wanted), { name: code, message }))
  }

  test('may be those of a machine with a secret, or of a browser with callbacks', () => {
    check({ AllowedOAuthFlows: ['client_credentials'], EnablePropagateAdditionalUserContextData: true }, true)
    check({
      AllowedOAuthFlowsUserPoolClient: true,
      AllowedOAuthFlows: ['code', 'implicit'],
      AllowedOAuthScopes: ['openid', 'email', 'phone', 'profile', 'aws.cognito.signin.user.admin'],
      CallbackURLs: ['https://a.example/back', 'myapp://back', 'http://localhost:3000/'],
      DefaultRedirectURI: 'myapp://back',
      SupportedIdentityProviders: ['COGNITO'],
      WriteAttributes: ['email', 'custom:tenant'],
    })
  })
})

test('a redirect goes over HTTPS, to the user’s own machine, or to an app', () => {
  for (const url of [
    'https://a.example/b?c=d',
    'http://localhost',
    'http://127.0.0.1:8080/x',
    'http://[::1]:3000',
    'com.example.app:/back',
  ]) {
    checkRedirectUrl(url)
  }
  const wrong = [
    '/relative',
    'a.example',
    'http://a.example',
    'http://localhost.evil.example',
    'http://localhost@evil.example',
    'http://user@localhost',
    'https://a.example/#x',
    'https://a.example/#',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://user:pass@a.example',
  ]
  for (const url of wrong) assert.throws(() => checkRedirectUrl(url), { name: 'InvalidParameterException' }, url)
})
