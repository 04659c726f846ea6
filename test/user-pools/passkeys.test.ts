/** Passkeys: registered, listed, deleted; and signed in with, as a first factor or as both. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CompleteWebAuthnRegistrationCommand,
  CreateUserPoolDomainCommand,
  DeleteWebAuthnCredentialCommand,
  GetUserAuthFactorsCommand,
  InitiateAuthCommand,
  ListWebAuthnCredentialsCommand,
  RespondToAuthChallengeCommand,
  SetUserMFAPreferenceCommand,
  SetUserPoolMfaConfigCommand,
  StartWebAuthnRegistrationCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { type Authenticator, makeAuthenticator, type Tweaks } from '../support/authenticator.ts'
import { makePool, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf } from '../support/sign-in.ts'

const target = (operation: string) => `AWSCognitoIdentityProviderService.${operation}`
const choice = { ExplicitAuthFlows: ['ALLOW_USER_AUTH' as const] }
const passkeys = {
  Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD' as const, 'WEB_AUTHN' as const] } },
}

let server: TestServer
let pool: TestPool
let bare: TestPool

before(async () => {
  server = await startTestServer()
  pool = await makePool(server, passkeys, choice)
  bare = await makePool(server, {}, choice)
})
after(() => server.close())

const send: TestServer['clients']['idp']['send'] = ((command: never) => server.clients.idp.send(command)) as never

type Creation = Parameters<Authenticator['create']>[0] & Record<string, unknown>
const begin = async (AccessToken: string) => {
  const { CredentialCreationOptions } = await send(new StartWebAuthnRegistrationCommand({ AccessToken }))
  return CredentialCreationOptions as unknown as Creation
}
const complete = (AccessToken: string, Credential: unknown) =>
  send(new CompleteWebAuthnRegistrationCommand({ AccessToken, Credential: Credential as never }))
const list = async (AccessToken: string, more: { MaxResults?: number; NextToken?: string } = {}) =>
  send(new ListWebAuthnCredentialsCommand({ AccessToken, ...more }))
const register = async (username: string, of = pool, authenticator = makeAuthenticator(server.endpoint)) => {
  const token = await of.tokenOf(username)
  await complete(token, authenticator.create(await begin(token)))
  return authenticator
}

type Parameters_ = Record<string, string>
const ask = async (USERNAME: string, of = pool, more: Parameters_ = { PREFERRED_CHALLENGE: 'WEB_AUTHN' }) =>
  send(
    new InitiateAuthCommand({
      AuthFlow: 'USER_AUTH',
      ClientId: of.clientId,
      AuthParameters: { USERNAME, ...more },
    }),
  )
const answer = (USERNAME: string, Session: string | undefined, credential: unknown, of = pool) =>
  send(
    new RespondToAuthChallengeCommand({
      ClientId: of.clientId,
      ChallengeName: 'WEB_AUTHN',
      Session,
      ChallengeResponses: { USERNAME, CREDENTIAL: JSON.stringify(credential) },
    }),
  )
const signIn = async (username: string, authenticator: Authenticator, tweaks: Tweaks = {}, of = pool) => {
  const asked = await ask(username, of)
  assert.equal(asked.ChallengeName, 'WEB_AUTHN')
  const options = JSON.parse(asked.ChallengeParameters?.['CREDENTIAL_REQUEST_OPTIONS'] ?? '')
  return answer(username, asked.Session, authenticator.get(options, tweaks), of)
}

describe('StartWebAuthnRegistration', () => {
  test('refuses the wrong type', async () => {
    const { body } = await server.post(target('StartWebAuthnRegistration'), { AccessToken: 7 })
    assert.equal(body.__type, 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await refused(begin('nonsense'), 'NotAuthorizedException', 'Invalid Access Token')
    await bare.add('ann')
    await refused(
      begin(await bare.tokenOf('ann')),
      'WebAuthnNotEnabledException',
      'Passkeys are not enabled for this user pool.',
    )
  })

  test('does it', async () => {
    const sub = await pool.add('ann')
    const { challenge, ...options } = await begin(await pool.tokenOf('ann'))
    assert.match(challenge, /^[\w-]{43}$/)
    assert.deepEqual(options, {
      rp: { id: 'localhost', name: 'localhost' },
      user: { id: Buffer.from(sub).toString('base64url'), name: 'ann', displayName: 'ann' },
      pubKeyCredParams: [
        { type: 'public-key', alg: -7 },
        { type: 'public-key', alg: -257 },
      ],
      timeout: 300_000,
      excludeCredentials: [],
      authenticatorSelection: { requireResidentKey: true, residentKey: 'required', userVerification: 'preferred' },
      attestation: 'none',
    })
  })

  test('names the domain of the hosted pages, the custom one first, where the pool names none', async () => {
    const other = await makePool(server, passkeys)
    const UserPoolId = other.id
    await other.add('ann')
    const relyingParty = async () => (await begin(await other.tokenOf('ann'))).rp.id
    await send(new CreateUserPoolDomainCommand({ UserPoolId, Domain: 'keys' }))
    assert.match(await relyingParty(), /^keys\.auth\./)
    const CustomDomainConfig = { CertificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/x' }
    await send(new CreateUserPoolDomainCommand({ UserPoolId, Domain: 'login.shop.example', CustomDomainConfig }))
    assert.equal(await relyingParty(), 'login.shop.example')
  })

  test('names the relying party of the pool, and demands what the pool does', async () => {
    const other = await makePool(server, passkeys)
    await send(
      new SetUserPoolMfaConfigCommand({
        UserPoolId: other.id,
        WebAuthnConfiguration: { RelyingPartyId: 'login.example.com', UserVerification: 'required' },
      }),
    )
    await other.add('ann')
    const options = await begin(await other.tokenOf('ann'))
    assert.equal(options.rp.id, 'login.example.com')
    assert.deepEqual(options['authenticatorSelection'], {
      requireResidentKey: true,
      residentKey: 'required',
      userVerification: 'required',
    })
  })
})

describe('CompleteWebAuthnRegistration', () => {
  test('refuses the wrong type', async () => {
    const { body } = await server.post(target('CompleteWebAuthnRegistration'), { AccessToken: 7, Credential: {} })
    assert.equal(body.__type, 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await pool.add('ben')
    const token = await pool.tokenOf('ben')
    const { clientDataJSON } = makeAuthenticator(server.endpoint).create(await begin(token)).response
    for (const wrong of [
      {},
      [],
      'text',
      { id: 'x' },
      { id: 'x', type: 'password', response: {} },
      { id: 'x', type: 'public-key', response: { clientDataJSON: '{}' } },
      { id: 'x', type: 'public-key', response: { clientDataJSON: Buffer.from('[]').toString('base64url') } },
      { id: 'x', type: 'public-key', response: { clientDataJSON } },
      { id: 'x', type: 'public-key', response: { clientDataJSON, attestationObject: 'AAAA' } },
    ]) {
      await begin(token)
      const refusal = complete(token, wrong)
      await assert.rejects(refusal, (error: Error) =>
        ['InvalidParameterException', 'WebAuthnChallengeNotFoundException', 'SerializationException'].includes(
          error.name,
        ),
      )
    }
    assert.deepEqual((await list(token)).Credentials, [])
  })

  test('does it', async () => {
    await pool.add('cal')
    const { id } = await register('cal')
    const { Credentials } = await list(await pool.tokenOf('cal'))
    const [{ CreatedAt, ...credential } = {}] = Credentials ?? []
    assert.ok(Math.abs(Number(CreatedAt) - server.world.now()) < 60_000)
    assert.deepEqual(credential, {
      CredentialId: id,
      FriendlyCredentialName: 'Passkey',
      RelyingPartyId: 'localhost',
      AuthenticatorAttachment: 'platform',
      AuthenticatorTransports: ['internal'],
    })
    const factors = await send(new GetUserAuthFactorsCommand({ AccessToken: await pool.tokenOf('cal') }))
    assert.deepEqual(factors.ConfiguredUserAuthFactors, ['PASSWORD', 'WEB_AUTHN'])
    const excluded = (await begin(await pool.tokenOf('cal')))['excludeCredentials']
    assert.deepEqual(excluded, [{ type: 'public-key', id, transports: ['internal'] }])
  })

  test('refuses the answer of another app client', async () => {
    await pool.add('dan')
    const options = await begin(await pool.tokenOf('dan'))
    const other = await pool.tokenOf('dan', await pool.addClient(choice))
    const made = makeAuthenticator(server.endpoint).create(options)
    await refused(complete(other, made), 'WebAuthnClientMismatchException')
  })

  test('refuses the twenty-first', async () => {
    await pool.add('eve')
    for (let n = 0; n < 20; n += 1) await register('eve')
    await refused(begin(await pool.tokenOf('eve')), 'LimitExceededException')
  })
})

describe('ListWebAuthnCredentials', () => {
  test('refuses the wrong type', async () => {
    const { body } = await server.post(target('ListWebAuthnCredentials'), { AccessToken: 'x', MaxResults: '3' })
    assert.equal(body.__type, 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await pool.add('fay')
    const token = await pool.tokenOf('fay')
    await refused(list(token, { MaxResults: 21 }), 'InvalidParameterException', /validation error/)
    await refused(list(token, { NextToken: 'nonsense' }), 'InvalidParameterException', 'Invalid pagination token.')
  })

  test('does it, page by page', async () => {
    await pool.add('gil')
    const made = new Set<string>()
    for (let n = 0; n < 5; n += 1) made.add((await register('gil')).id)
    const token = await pool.tokenOf('gil')
    const seen: string[] = []
    let NextToken: string | undefined
    do {
      const page = await list(token, { MaxResults: 2, ...(NextToken && { NextToken }) })
      seen.push(...(page.Credentials ?? []).map(({ CredentialId = '' }) => CredentialId))
      NextToken = page.NextToken
    } while (NextToken)
    assert.equal(seen.length, 5)
    assert.deepEqual(new Set(seen), made)
  })
})

describe('DeleteWebAuthnCredential', () => {
  const remove = (AccessToken: string, CredentialId: string) =>
    send(new DeleteWebAuthnCredentialCommand({ AccessToken, CredentialId }))

  test('refuses the wrong type', async () => {
    await refused(remove('x', 7 as never), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await pool.add('hal')
    await refused(remove(await pool.tokenOf('hal'), 'nothing'), 'ResourceNotFoundException', 'Passkey does not exist.')
  })

  test('does it', async () => {
    await pool.add('ian')
    const authenticator = await register('ian')
    const token = await pool.tokenOf('ian')
    const asked = await ask('ian')
    await remove(token, authenticator.id)
    assert.deepEqual((await list(token)).Credentials, [])
    const options = JSON.parse(asked.ChallengeParameters?.['CREDENTIAL_REQUEST_OPTIONS'] ?? '')
    await refused(answer('ian', asked.Session, authenticator.get(options)), 'NotAuthorizedException')
  })
})

describe('WEB_AUTHN', () => {
  test('signs in', async () => {
    await pool.add('jan')
    const authenticator = await register('jan')
    const { AuthenticationResult } = await signIn('jan', authenticator)
    assert.equal(claimsOf(AuthenticationResult?.IdToken)['cognito:username'], 'jan')
    assert.ok((await signIn('jan', authenticator)).AuthenticationResult)
  })

  test('is offered only to those who have a passkey', async () => {
    await pool.add('kim')
    const offered = async () => (await ask('kim', pool, {})).AvailableChallenges
    assert.deepEqual(await offered(), ['PASSWORD_SRP', 'PASSWORD'])
    await register('kim')
    assert.deepEqual(await offered(), ['PASSWORD_SRP', 'PASSWORD', 'WEB_AUTHN'])
  })

  test('can be chosen where it was not preferred', async () => {
    await pool.add('lea')
    const authenticator = await register('lea')
    const { Session } = await ask('lea', pool, {})
    const asked = await send(
      new RespondToAuthChallengeCommand({
        ...{ ClientId: pool.clientId, ChallengeName: 'SELECT_CHALLENGE', Session },
        ChallengeResponses: { USERNAME: 'lea', ANSWER: 'WEB_AUTHN' },
      }),
    )
    const options = JSON.parse(asked.ChallengeParameters?.['CREDENTIAL_REQUEST_OPTIONS'] ?? '')
    assert.deepEqual(options.allowCredentials, [{ type: 'public-key', id: authenticator.id, transports: ['internal'] }])
    assert.ok((await answer('lea', asked.Session, authenticator.get(options))).AuthenticationResult)
  })

  test('stands for both factors where pool and user say so, and then the person must be verified', async () => {
    const strict = await makePool(server, passkeys, choice)
    const configure = (FactorConfiguration: 'SINGLE_FACTOR' | 'MULTI_FACTOR_WITH_USER_VERIFICATION') =>
      send(
        new SetUserPoolMfaConfigCommand({
          UserPoolId: strict.id,
          MfaConfiguration: 'ON',
          SoftwareTokenMfaConfiguration: { Enabled: true },
          WebAuthnConfiguration: { FactorConfiguration },
        }),
      )
    await configure('SINGLE_FACTOR')
    await strict.add('mia')
    const authenticator = await register('mia', strict)
    const offered = async () => (await ask('mia', strict, {})).AvailableChallenges
    assert.deepEqual(await offered(), ['PASSWORD_SRP', 'PASSWORD'])
    await configure('MULTI_FACTOR_WITH_USER_VERIFICATION')
    assert.deepEqual(await offered(), ['PASSWORD_SRP', 'PASSWORD'])
    const AccessToken = await strict.tokenOf('mia')
    await send(new SetUserMFAPreferenceCommand({ AccessToken, WebAuthnMfaSettings: { Enabled: true } }))
    assert.deepEqual(await offered(), ['PASSWORD_SRP', 'PASSWORD', 'WEB_AUTHN'])
    await refused(signIn('mia', authenticator, { verified: false }, strict), 'NotAuthorizedException')
    assert.ok((await signIn('mia', authenticator, {}, strict)).AuthenticationResult)
  })
})
