/** Authentication levels: what tokens say of how their user signed in, and signing in towards a level. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AdminSetUserMFAPreferenceCommand,
  AdminSetUserPasswordCommand,
  AssociateSoftwareTokenCommand,
  type ChallengeNameType,
  CompleteWebAuthnRegistrationCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  SetUserPoolMfaConfigCommand,
  StartWebAuthnRegistrationCommand,
  VerifySoftwareTokenCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { fromBase32 } from '../../src/protocols/base32.ts'
import { totp } from '../../src/protocols/totp.ts'
import { makeAuthenticator } from '../support/authenticator.ts'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf, srpClient } from '../support/sign-in.ts'

const flows = {
  ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_USER_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'].map(
    (flow) => flow as 'ALLOW_USER_AUTH',
  ),
}
const settings = {
  AcrConfiguration: { Level4: { AcrValue: 'urn:corp:top' } },
  Policies: {
    SignInPolicy: {
      AllowedFirstAuthFactors: ['PASSWORD' as const, 'EMAIL_OTP' as const, 'WEB_AUTHN' as const],
    },
  },
}
const level = (n: number) => (n === 4 ? 'urn:corp:top' : `urn:cognito:loa:${n}`)

let server: TestServer
let pool: TestPool
let lite: TestPool
before(async () => {
  server = await startTestServer()
  pool = await makePool(server, settings, flows)
  lite = await makePool(server, { UserPoolTier: 'LITE' }, { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] })
  await send(
    new SetUserPoolMfaConfigCommand({
      ...{ UserPoolId: pool.id, MfaConfiguration: 'OPTIONAL' },
      SoftwareTokenMfaConfiguration: { Enabled: true },
      WebAuthnConfiguration: { RelyingPartyId: 'localhost' },
    }),
  )
})
after(() => server.close())

const send: TestServer['clients']['idp']['send'] = ((command: never) => server.clients.idp.send(command)) as never
type Text = Record<string, string>
const choose = (USERNAME: string, more: Text) =>
  send(
    new InitiateAuthCommand({ AuthFlow: 'USER_AUTH', ClientId: pool.clientId, AuthParameters: { USERNAME, ...more } }),
  )
const byPassword = (USERNAME: string, more: Text = {}) =>
  choose(USERNAME, { PREFERRED_CHALLENGE: 'PASSWORD', PASSWORD: password, ...more })
type Asked = { Session?: string | undefined }
const answer = (ChallengeName: ChallengeNameType, { Session }: Asked, ChallengeResponses: Text) =>
  send(new RespondToAuthChallengeCommand({ ClientId: pool.clientId, ChallengeName, Session, ChallengeResponses }))

type Answered = {
  AuthenticationResult?: { AccessToken?: string | undefined; IdToken?: string | undefined } | undefined
}
const said = ({ AuthenticationResult: tokens }: Answered) => {
  const [access, id] = [claimsOf(tokens?.AccessToken), claimsOf(tokens?.IdToken)]
  assert.deepEqual([id['acr'], id['amr']], [access['acr'], access['amr']])
  return [access['acr'], access['amr']]
}
const tokenOf = (answered: Answered) => answered.AuthenticationResult?.AccessToken ?? assert.fail('no token')

const addApp = async (name: string) => {
  const AccessToken = await pool.tokenOf(name)
  const { SecretCode } = await send(new AssociateSoftwareTokenCommand({ AccessToken }))
  const code = () => totp(fromBase32(SecretCode ?? '') ?? Buffer.alloc(0), server.world.now())
  await send(new VerifySoftwareTokenCommand({ AccessToken, UserCode: code() }))
  server.world.clock.advance(30_000)
  return code
}
const addPasskey = async (name: string) => {
  const AccessToken = await pool.tokenOf(name)
  const authenticator = makeAuthenticator(server.endpoint)
  const { CredentialCreationOptions } = await send(new StartWebAuthnRegistrationCommand({ AccessToken }))
  const Credential = authenticator.create(CredentialCreationOptions as never)
  await send(new CompleteWebAuthnRegistrationCommand({ AccessToken, Credential: Credential as never }))
  return (parameters: Text | undefined) =>
    JSON.stringify(authenticator.get(JSON.parse(parameters?.['CREDENTIAL_REQUEST_OPTIONS'] ?? '{}')))
}

describe('tokens say how their user signed in', () => {
  test('by a password, and a refresh keeps it', async () => {
    await pool.add('ann')
    const first = await byPassword('ann')
    assert.deepEqual(said(first), [level(1), ['pwd']])
    const REFRESH_TOKEN = first.AuthenticationResult?.RefreshToken ?? ''
    const refreshed = await send(
      new InitiateAuthCommand({
        ...{ AuthFlow: 'REFRESH_TOKEN_AUTH', ClientId: pool.clientId },
        AuthParameters: { REFRESH_TOKEN },
      }),
    )
    assert.deepEqual(said(refreshed), [level(1), ['pwd']])
  })

  test('by SRP as by the password itself', async () => {
    await pool.add('sri')
    const srp = srpClient(pool.id)
    const asked = await choose('sri', { PREFERRED_CHALLENGE: 'PASSWORD_SRP', SRP_A: srp.A })
    const done = await answer(
      'PASSWORD_VERIFIER',
      asked,
      srp.answer(asked.ChallengeParameters, password, server.world.now()),
    )
    assert.deepEqual(said(done), [level(1), ['pwd']])
  })

  test('by a code to an address', async () => {
    await pool.add('eve', { email: 'eve@example.com' })
    const asked = await choose('eve', { PREFERRED_CHALLENGE: 'EMAIL_OTP' })
    const code = server.world.codeSentTo('eve@example.com')
    const done = await answer('EMAIL_OTP', asked, { USERNAME: 'eve', EMAIL_OTP_CODE: code })
    assert.deepEqual(said(done), [level(2), ['email_otp']])
  })

  test('by a password and an app: mfa, and the highest level under the pool’s own name', async () => {
    await pool.add('tom')
    const code = await addApp('tom')
    await send(
      new AdminSetUserMFAPreferenceCommand({
        ...{ UserPoolId: pool.id, Username: 'tom' },
        SoftwareTokenMfaSettings: { Enabled: true },
      }),
    )
    const done = await answer('SOFTWARE_TOKEN_MFA', await byPassword('tom'), {
      ...{ USERNAME: 'tom', SOFTWARE_TOKEN_MFA_CODE: code() },
    })
    assert.deepEqual(said(done), ['urn:corp:top', ['pwd', 'otp', 'mfa']])
  })

  test('by a passkey alone, which is the third level', async () => {
    await pool.add('pat')
    const sign = await addPasskey('pat')
    const asked = await choose('pat', { PREFERRED_CHALLENGE: 'WEB_AUTHN' })
    const done = await answer('WEB_AUTHN', asked, { USERNAME: 'pat', CREDENTIAL: sign(asked.ChallengeParameters) })
    const [acr, amr] = said(done)
    assert.equal(acr, level(3))
    assert.match(String(amr), /^[sh]wk$/)
  })

  test('not in the Lite plan', async () => {
    await lite.add('lee')
    const done = await send(
      new InitiateAuthCommand({
        ...{ AuthFlow: 'USER_PASSWORD_AUTH', ClientId: lite.clientId },
        AuthParameters: { USERNAME: 'lee', PASSWORD: password },
      }),
    )
    assert.deepEqual(said(done), [undefined, undefined])
  })
})

describe('a sign-in towards a level', () => {
  test('asks for the factor that reaches it, though MFA is optional and the user never switched it on', async () => {
    await pool.add('ida')
    const code = await addApp('ida')
    const asked = await byPassword('ida', { TARGET_ACR_VALUES: level(4) })
    assert.equal(asked.ChallengeName, 'SOFTWARE_TOKEN_MFA')
    const done = await answer('SOFTWARE_TOKEN_MFA', asked, { USERNAME: 'ida', SOFTWARE_TOKEN_MFA_CODE: code() })
    assert.deepEqual(said(done), [level(4), ['pwd', 'otp', 'mfa']])
  })

  test('by SRP too', async () => {
    await pool.add('sam')
    const code = await addApp('sam')
    const srp = srpClient(pool.id)
    const asked = await choose('sam', {
      ...{ PREFERRED_CHALLENGE: 'PASSWORD_SRP', SRP_A: srp.A },
      TARGET_ACR_VALUES: level(4),
    })
    const more = await answer(
      'PASSWORD_VERIFIER',
      asked,
      srp.answer(asked.ChallengeParameters, password, server.world.now()),
    )
    assert.equal(more.ChallengeName, 'SOFTWARE_TOKEN_MFA')
    const done = await answer('SOFTWARE_TOKEN_MFA', more, { USERNAME: 'sam', SOFTWARE_TOKEN_MFA_CODE: code() })
    assert.deepEqual(said(done), [level(4), ['pwd', 'otp', 'mfa']])
  })

  test('offers only the ways that lead there', async () => {
    await pool.add('wil', { email: 'wil@example.com' })
    await addPasskey('wil')
    const names = async (TARGET_ACR_VALUES: string) => (await choose('wil', { TARGET_ACR_VALUES })).AvailableChallenges
    assert.deepEqual(await names(level(1)), ['PASSWORD_SRP', 'PASSWORD', 'EMAIL_OTP', 'WEB_AUTHN'])
    // Of the password because of the app that the user might have.
    assert.deepEqual(await names(level(3)), ['PASSWORD_SRP', 'PASSWORD', 'WEB_AUTHN'])
    assert.deepEqual(await names(level(4)), ['PASSWORD_SRP', 'PASSWORD'])
  })

  test('takes the first level of the list that can be reached, and skips unknown names', async () => {
    await pool.add('lou')
    const names = `urn:unknown ${level(4)} ${level(1)}`
    assert.deepEqual(said(await byPassword('lou', { TARGET_ACR_VALUES: names })), [level(1), ['pwd']])
  })

  test('refuses the wrong value, and never offers to set something up', async () => {
    await pool.add('max')
    const refusedWith = (more: Text, sentence: string) =>
      refused(byPassword('max', more), 'InvalidParameterException', sentence)
    await refusedWith({ TARGET_ACR_VALUES: 'urn:unknown' }, 'TARGET_ACR_VALUES names no authentication level.')
    await refusedWith({ ACCESS_TOKEN: 'x' }, 'Missing required parameter TARGET_ACR_VALUES')
    await refusedWith({ TARGET_ACR_VALUES: level(1), MAX_AGE: 'old' }, 'MAX_AGE must be a number.')
    await refusedWith(
      { TARGET_ACR_VALUES: level(4) },
      'The user cannot satisfy any of the requested authentication levels.',
    )
  })
})

describe('a step-up from an access token', () => {
  test('asks only for what is missing, and leaves the old token valid', async () => {
    await pool.add('uma')
    const code = await addApp('uma')
    const ACCESS_TOKEN = tokenOf(await byPassword('uma'))
    const asked = await choose('uma', { TARGET_ACR_VALUES: level(4), ACCESS_TOKEN })
    assert.equal(asked.ChallengeName, 'SOFTWARE_TOKEN_MFA')
    const done = await answer('SOFTWARE_TOKEN_MFA', asked, { USERNAME: 'uma', SOFTWARE_TOKEN_MFA_CODE: code() })
    assert.deepEqual(said(done), [level(4), ['pwd', 'otp', 'mfa']])
    assert.notEqual(claimsOf(tokenOf(done))['event_id'], claimsOf(ACCESS_TOKEN)['event_id'])
    await refused(
      choose('uma', { TARGET_ACR_VALUES: `${level(4)} ${level(3)}`, ACCESS_TOKEN: tokenOf(done) }),
      'InvalidParameterException',
      'The access token already satisfies the requested authentication level.',
    )
  })

  test('may go by a passkey, where the user has no second factor', async () => {
    await pool.add('vic')
    const sign = await addPasskey('vic')
    const ACCESS_TOKEN = tokenOf(await byPassword('vic'))
    const given = { TARGET_ACR_VALUES: level(3), ACCESS_TOKEN }
    assert.deepEqual((await choose('vic', given)).AvailableChallenges, ['WEB_AUTHN'])
    const asked = await choose('vic', { ...given, PREFERRED_CHALLENGE: 'WEB_AUTHN' })
    const done = await answer('WEB_AUTHN', asked, { USERNAME: 'vic', CREDENTIAL: sign(asked.ChallengeParameters) })
    assert.equal(said(done)[0], level(3))
    assert.match(String(said(done)[1]), /^pwd,[sh]wk,mfa$/)
  })

  test('asks for everything again when the sign-in is older than MAX_AGE', async () => {
    await pool.add('zoe')
    const code = await addApp('zoe')
    const ACCESS_TOKEN = tokenOf(await byPassword('zoe'))
    const given = { TARGET_ACR_VALUES: level(4), ACCESS_TOKEN, MAX_AGE: '20' }
    assert.equal((await choose('zoe', given)).ChallengeName, 'SOFTWARE_TOKEN_MFA')
    server.world.clock.advance(30_000)
    const asked = await choose('zoe', given)
    assert.deepEqual(asked.AvailableChallenges, ['PASSWORD_SRP', 'PASSWORD'])
    const more = await answer('PASSWORD', asked, { USERNAME: 'zoe', PASSWORD: password })
    const done = await answer('SOFTWARE_TOKEN_MFA', more, { USERNAME: 'zoe', SOFTWARE_TOKEN_MFA_CODE: code() })
    assert.equal(said(done)[0], level(4))
  })

  test('attack: a token of another user, of another client, or of another pool is no beginning', async () => {
    await pool.add('abe')
    await pool.add('bea')
    await addApp('abe')
    const other = await pool.addClient(flows)
    const tokens = [await pool.tokenOf('abe', other), await lite.tokenOf('lee')]
    for (const ACCESS_TOKEN of tokens)
      await refused(
        choose('abe', { TARGET_ACR_VALUES: level(4), ACCESS_TOKEN }),
        'NotAuthorizedException',
        'Invalid Access Token',
      )
    const ACCESS_TOKEN = tokenOf(await byPassword('bea'))
    await refused(
      choose('abe', { TARGET_ACR_VALUES: level(4), ACCESS_TOKEN }),
      'NotAuthorizedException',
      'The access token is of another user.',
    )
  })

  test('attack: any failed step ends it', async () => {
    await pool.add('fay')
    const code = await addApp('fay')
    const ACCESS_TOKEN = tokenOf(await byPassword('fay'))
    const asked = await choose('fay', { TARGET_ACR_VALUES: level(4), ACCESS_TOKEN })
    const given = (SOFTWARE_TOKEN_MFA_CODE: string) => ({ USERNAME: 'fay', SOFTWARE_TOKEN_MFA_CODE })
    const wrong = code().replace(/./g, (digit) => String((Number(digit) + 5) % 10))
    await refused(answer('SOFTWARE_TOKEN_MFA', asked, given(wrong)), 'CodeMismatchException')
    await refused(answer('SOFTWARE_TOKEN_MFA', asked, given(code())), 'NotAuthorizedException', /only be used once/)
  })

  test('attack: a stolen token is no way past a temporary password', async () => {
    await pool.add('hal')
    const code = await addApp('hal')
    const ACCESS_TOKEN = tokenOf(await byPassword('hal'))
    await send(
      new AdminSetUserPasswordCommand({
        UserPoolId: pool.id,
        Username: 'hal',
        Password: 'Other-1word',
        Permanent: false,
      }),
    )
    const asked = await choose('hal', { TARGET_ACR_VALUES: level(4), ACCESS_TOKEN })
    assert.equal(asked.ChallengeName, 'SELECT_CHALLENGE')
    assert.ok(code())
  })
})
