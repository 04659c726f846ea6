/** A person with a passkey: Chromium's own authenticators register and sign in, in every form that they attest. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CompleteWebAuthnRegistrationCommand,
  InitiateAuthCommand,
  ListWebAuthnCredentialsCommand,
  RespondToAuthChallengeCommand,
  SetUserPoolMfaConfigCommand,
  StartWebAuthnRegistrationCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { openBrowser } from '../support/browser.ts'
import { makePool, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

type Json = Record<string, unknown>

let server: TestServer
let browser: Browser
let pool: TestPool

before(async () => {
  server = await startTestServer()
  browser = await openBrowser()
  pool = await makePool(
    server,
    { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'WEB_AUTHN'] } } },
    { ExplicitAuthFlows: ['ALLOW_USER_AUTH'] },
  )
})
after(async () => {
  await browser?.close()
  await server?.close()
})

const send: TestServer['clients']['idp']['send'] = ((command: never) => server.clients.idp.send(command)) as never

/** A tab with an authenticator of that kind. */
async function open(authenticator: Json): Promise<{ page: Page; session: CDPSession }> {
  const context = await browser.newContext()
  const page = await context.newPage()
  await page.goto(server.endpoint)
  const session = await context.newCDPSession(page)
  await session.send('WebAuthn.enable')
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', automaticPresenceSimulation: true, ...authenticator } as never,
  })
  return { page, session }
}
const platform = { hasResidentKey: true, hasUserVerification: true, isUserVerified: true }

/** As Amplify does it in the browser. */
const create = (page: Page, options: unknown): Promise<object> =>
  page.evaluate(async (json) => {
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(json as never)
    const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential
    return made.toJSON()
  }, options as object)
const get = (page: Page, options: unknown): Promise<object> =>
  page.evaluate(async (json) => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(json as never)
    const used = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential
    return used.toJSON()
  }, options as object)

async function register(page: Page, username: string, overrides: Json = {}): Promise<void> {
  const AccessToken = await pool.tokenOf(username)
  const { CredentialCreationOptions } = await send(new StartWebAuthnRegistrationCommand({ AccessToken }))
  const made = await create(page, { ...(CredentialCreationOptions as unknown as Json), ...overrides })
  await send(new CompleteWebAuthnRegistrationCommand({ AccessToken, Credential: made as never }))
}

async function signIn(page: Page, USERNAME: string) {
  const { Session, ChallengeParameters } = await send(
    new InitiateAuthCommand({
      ...{ AuthFlow: 'USER_AUTH', ClientId: pool.clientId },
      AuthParameters: { USERNAME, PREFERRED_CHALLENGE: 'WEB_AUTHN' },
    }),
  )
  const used = await get(page, JSON.parse(ChallengeParameters?.['CREDENTIAL_REQUEST_OPTIONS'] ?? ''))
  const ChallengeResponses = { USERNAME, CREDENTIAL: JSON.stringify(used) }
  return send(
    new RespondToAuthChallengeCommand({
      ...{ ClientId: pool.clientId, ChallengeName: 'WEB_AUTHN', Session, ChallengeResponses },
    }),
  )
}

describe('a passkey in Chromium', () => {
  test('is registered and signs its person in, twice', async () => {
    await pool.add('ann')
    const { page } = await open(platform)
    await register(page, 'ann')
    const AccessToken = await pool.tokenOf('ann')
    const [passkey] = (await send(new ListWebAuthnCredentialsCommand({ AccessToken }))).Credentials ?? []
    assert.equal(passkey?.RelyingPartyId, 'localhost')
    assert.equal(passkey?.AuthenticatorAttachment, 'platform')
    assert.deepEqual(passkey?.AuthenticatorTransports, ['internal'])
    for (let n = 0; n < 2; n += 1) assert.ok((await signIn(page, 'ann')).AuthenticationResult?.AccessToken)
    await page.context().close()
  })

  test('is not made a second time on the same authenticator', async () => {
    await pool.add('ben')
    const { page } = await open(platform)
    await register(page, 'ben')
    await assert.rejects(register(page, 'ben'), /InvalidStateError/)
    await page.context().close()
  })

  test('with its attestation of the packed form', async () => {
    await pool.add('cal')
    const { page } = await open(platform)
    await register(page, 'cal', { attestation: 'direct' })
    assert.ok((await signIn(page, 'cal')).AuthenticationResult)
    await page.context().close()
  })

  test('on a security key of the U2F kind, with its attestation', async () => {
    await pool.add('dan')
    const { page } = await open({ protocol: 'u2f', transport: 'usb' })
    const authenticatorSelection = { residentKey: 'discouraged', userVerification: 'discouraged' }
    await register(page, 'dan', { attestation: 'direct', authenticatorSelection })
    assert.ok((await signIn(page, 'dan')).AuthenticationResult)
    await page.context().close()
  })

  test('does not work for a person whom the authenticator did not verify, where the pool wants that', async () => {
    await pool.add('eve')
    const { page } = await open({ ...platform, hasUserVerification: false, isUserVerified: false })
    await register(page, 'eve')
    const configure = (UserVerification: 'required' | 'preferred') =>
      send(new SetUserPoolMfaConfigCommand({ UserPoolId: pool.id, WebAuthnConfiguration: { UserVerification } }))
    await configure('required')
    try {
      // The browser itself refuses to ask such an authenticator.
      await assert.rejects(signIn(page, 'eve'), /NotAllowedError/)
    } finally {
      await configure('preferred')
    }
    assert.ok((await signIn(page, 'eve')).AuthenticationResult)
    await page.context().close()
  })
})
