/** Amplify v6 in Chromium, in an app of an origin of its own: every way in, every factor, and what people do with their account. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  type CreateUserPoolClientCommandInput,
  type CreateUserPoolCommandInput,
  SetUserPoolMfaConfigCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import type { Browser, Page } from 'playwright-core'
import { fromBase32 } from '../../src/protocols/base32.ts'
import { totp } from '../../src/protocols/totp.ts'
import { type ServedApp, serveApp } from '../https/apps.ts'
import { openBrowser } from '../support/browser.ts'
import { makePool, password, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { custom } from './custom-functions.ts'

type Auth = typeof import('aws-amplify/auth')
type Name = { [K in keyof Auth]: Auth[K] extends (...given: never[]) => Promise<unknown> ? K : never }[keyof Auth]

/** What an app does with the library, and nothing between: each function by its name. */
const app = `
import { Amplify } from 'aws-amplify'
import * as auth from 'aws-amplify/auth'
globalThis.configure = (pool) => Amplify.configure({ Auth: { Cognito: pool } })
globalThis.call = async (name, input) => {
  try {
    return { done: JSON.stringify(await auth[name](input)) }
  } catch (error) {
    return { name: error.name, message: error.message }
  }
}
document.getElementById('state').textContent = 'ready'
`
declare const configure: (pool: object) => void
declare const call: (name: string, input: unknown) => Promise<{ done?: string; name: string; message: string }>

const folder = mkdtempSync(join(tmpdir(), 'poolhouse-amplify-'))
const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`

let server: TestServer
let browser: Browser
let site: ServedApp
before(async () => {
  for (const [name, source] of Object.entries(custom)) {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'index.mjs'), source)
  }
  server = await startTestServer({ functions: folder })
  site = await serveApp()
  await site.show(app)
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  site?.close()
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

const SmsConfiguration = { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms', ExternalId: 'x' }
const EmailConfiguration = {
  ...{ EmailSendingAccount: 'DEVELOPER' as const, From: 'us@example.com' },
  SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/us@example.com',
}

/** A browser of its own, in which the app knows the pool. */
async function open(pool: TestPool) {
  const context = await browser.newContext()
  const page = await context.newPage()
  const enter = async () => {
    await page.goto(site.url)
    await page.getByText('ready').waitFor()
    const { id: userPoolId, clientId: userPoolClientId } = pool
    const place = { userPoolId, userPoolClientId, userPoolEndpoint: server.endpoint }
    await page.evaluate((given) => configure(given), place)
  }
  await enter()
  const ask = (name: Name, input?: unknown) =>
    page.evaluate(([called, given]) => call(called as string, given), [name, input] as const)
  return {
    page,
    /** As after a reload: the page forgets, its storage does not. */
    enter,
    async does<N extends Name>(name: N, input?: Parameters<Auth[N]>[0]): Promise<Awaited<ReturnType<Auth[N]>>> {
      const { done, ...error } = await ask(name, input)
      return 'name' in error ? assert.fail(`${name}: ${error.name}: ${error.message}`) : done && JSON.parse(done)
    },
    async fails<N extends Name>(name: N, input: Parameters<Auth[N]>[0], error: string, message?: string) {
      const answer = await ask(name, input)
      assert.equal(answer.name, error, answer.message)
      if (message) assert.equal(answer.message, message)
    },
    close: () => context.close(),
  }
}
type Tab = Awaited<ReturnType<typeof open>>

const makeApp = (
  settings: Partial<CreateUserPoolCommandInput> = {},
  client: Partial<CreateUserPoolClientCommandInput> = {},
) => makePool(server, { EmailConfiguration, SmsConfiguration, ...settings }, client)

/** The code that an authenticator shows, `steps` periods from now. */
function shownBy(secret: string | undefined, steps = 0): string {
  const seed = fromBase32(secret ?? '') ?? assert.fail('no seed')
  return totp(seed, server.world.now() + steps * 30_000)
}

async function withAuthenticator(page: Page) {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const options = { hasResidentKey: true, hasUserVerification: true, isUserVerified: true }
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', automaticPresenceSimulation: true, ...options },
  })
}

const stepOf = ({ nextStep }: { nextStep: { signInStep: string } }) => nextStep.signInStep
const leave = (tab: Tab) => tab.does('signOut')

describe('Amplify v6', () => {
  test('signs up, confirms, signs in by itself, and lasts over a reload', async () => {
    const pool = await makeApp({ AutoVerifiedAttributes: ['email'], UsernameAttributes: ['email'] })
    const tab = await open(pool)
    const username = 'new@example.com'
    const made = await tab.does('signUp', {
      username,
      password,
      options: { userAttributes: { email: username }, autoSignIn: true },
    })
    assert.equal(made.nextStep.signUpStep, 'CONFIRM_SIGN_UP')
    await tab.fails('confirmSignUp', { username, confirmationCode: '000000' }, 'CodeMismatchException')
    await tab.does('resendSignUpCode', { username })
    const confirmationCode = server.world.codeSentTo(username)
    const confirmed = await tab.does('confirmSignUp', { username, confirmationCode })
    assert.equal(confirmed.nextStep.signUpStep, 'COMPLETE_AUTO_SIGN_IN')
    assert.equal((await tab.does('autoSignIn')).isSignedIn, true)
    await tab.enter()
    assert.equal((await tab.does('getCurrentUser')).signInDetails?.loginId, username)
    const { tokens } = await tab.does('fetchAuthSession', { forceRefresh: true })
    assert.ok(tokens)
    await leave(tab)
    await tab.close()
  })

  test('signs in by SRP, changes the password, attributes and their verification, and deletes the user', async () => {
    const pool = await makeApp({ AutoVerifiedAttributes: ['email'] })
    await pool.add('ann', { email: 'ann@example.com', email_verified: 'true' })
    const tab = await open(pool)
    const wrong = { username: 'ann', password: 'Wrong-Passw0rd' }
    await tab.fails('signIn', wrong, 'NotAuthorizedException', 'Incorrect username or password.')
    assert.equal((await tab.does('signIn', { username: 'ann', password })).isSignedIn, true)
    await tab.fails('signIn', { username: 'ann', password }, 'UserAlreadyAuthenticatedException')
    const newPassword = 'An0ther-Passw0rd'
    await tab.does('updatePassword', { oldPassword: password, newPassword })

    const changed = await tab.does('updateUserAttributes', {
      userAttributes: { email: 'other@example.com', given_name: 'Ann' },
    })
    assert.equal(changed.email?.nextStep.updateAttributeStep, 'CONFIRM_ATTRIBUTE_WITH_CODE')
    assert.equal(changed['given_name']?.isUpdated, true)
    await tab.does('sendUserAttributeVerificationCode', { userAttributeKey: 'email' })
    await tab.does('confirmUserAttribute', {
      userAttributeKey: 'email',
      confirmationCode: server.world.codeSentTo('other@example.com'),
    })
    const attributes = await tab.does('fetchUserAttributes')
    assert.deepEqual(
      [attributes.email, attributes.email_verified, attributes.given_name],
      ['other@example.com', 'true', 'Ann'],
    )
    await tab.does('updateUserAttribute', { userAttribute: { attributeKey: 'given_name', value: 'Anne' } })
    await tab.does('deleteUserAttributes', { userAttributeKeys: ['given_name'] })
    assert.equal((await tab.does('fetchUserAttributes')).given_name, undefined)

    await tab.does('signOut', { global: true })
    await tab.fails('getCurrentUser', undefined, 'UserUnAuthenticatedException')
    assert.equal((await tab.does('signIn', { username: 'ann', password: newPassword })).isSignedIn, true)
    await tab.does('deleteUser')
    await tab.fails('signIn', { username: 'ann', password: newPassword }, 'UserNotFoundException')
    await tab.close()
  })

  test('resets a forgotten password', async () => {
    const pool = await makeApp({ AutoVerifiedAttributes: ['email'] })
    await pool.add('rob', { email: 'rob@example.com', email_verified: 'true' })
    const tab = await open(pool)
    const { nextStep } = await tab.does('resetPassword', { username: 'rob' })
    assert.equal(nextStep.resetPasswordStep, 'CONFIRM_RESET_PASSWORD_WITH_CODE')
    const newPassword = 'An0ther-Passw0rd'
    const given = { username: 'rob', newPassword }
    await tab.fails('confirmResetPassword', { ...given, confirmationCode: '000000' }, 'CodeMismatchException')
    const confirmationCode = server.world.codeSentTo('rob@example.com')
    await tab.does('confirmResetPassword', { ...given, confirmationCode })
    assert.equal((await tab.does('signIn', { username: 'rob', password: newPassword })).isSignedIn, true)
    await tab.close()
  })

  test('sets an authenticator up when the pool demands one, and signs in with it', async () => {
    const pool = await makeApp()
    const SoftwareTokenMfaConfiguration = { Enabled: true }
    await server.clients.idp.send(
      new SetUserPoolMfaConfigCommand({ UserPoolId: pool.id, MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration }),
    )
    await pool.add('tom')
    const tab = await open(pool)
    const first = await tab.does('signIn', { username: 'tom', password })
    assert.equal(stepOf(first), 'CONTINUE_SIGN_IN_WITH_TOTP_SETUP')
    const { sharedSecret } = (first.nextStep as { totpSetupDetails: { sharedSecret: string } }).totpSetupDetails
    await tab.fails('confirmSignIn', { challengeResponse: '000000' }, 'EnableSoftwareTokenMFAException')
    assert.equal(stepOf(await tab.does('confirmSignIn', { challengeResponse: shownBy(sharedSecret) })), 'DONE')
    await leave(tab)
    const second = await tab.does('signIn', { username: 'tom', password })
    assert.equal(stepOf(second), 'CONFIRM_SIGN_IN_WITH_TOTP_CODE')
    await tab.fails('confirmSignIn', { challengeResponse: '000000' }, 'CodeMismatchException')
    assert.equal((await tab.does('confirmSignIn', { challengeResponse: shownBy(sharedSecret, 1) })).isSignedIn, true)
    await tab.close()
  })

  test('sets factors up for a signed-in user, prefers one, and chooses among them', async () => {
    const pool = await makeApp()
    await server.clients.idp.send(
      new SetUserPoolMfaConfigCommand({
        ...{ UserPoolId: pool.id, MfaConfiguration: 'OPTIONAL' },
        SoftwareTokenMfaConfiguration: { Enabled: true },
        SmsMfaConfiguration: { SmsConfiguration },
        EmailMfaConfiguration: {},
      }),
    )
    const email = { email: 'sue@example.com', email_verified: 'true' }
    await pool.add('sue', { ...email, phone_number: '+15550100', phone_number_verified: 'true' })
    const tab = await open(pool)
    await tab.does('signIn', { username: 'sue', password })
    const { sharedSecret } = await tab.does('setUpTOTP')
    await tab.does('verifyTOTPSetup', { code: shownBy(sharedSecret) })
    await tab.does('updateMFAPreference', { totp: 'ENABLED', sms: 'ENABLED', email: 'PREFERRED' })
    const preference = await tab.does('fetchMFAPreference')
    assert.equal(preference.preferred, 'EMAIL')
    assert.deepEqual([...(preference.enabled ?? [])].sort(), ['EMAIL', 'SMS', 'TOTP'])
    await leave(tab)
    assert.equal(stepOf(await tab.does('signIn', { username: 'sue', password })), 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE')
    const done = await tab.does('confirmSignIn', { challengeResponse: server.world.codeSentTo('sue@example.com') })
    assert.equal(done.isSignedIn, true)

    await tab.does('updateMFAPreference', { email: 'NOT_PREFERRED' })
    await leave(tab)
    const asked = await tab.does('signIn', { username: 'sue', password })
    assert.equal(stepOf(asked), 'CONTINUE_SIGN_IN_WITH_MFA_SELECTION')
    assert.equal(stepOf(await tab.does('confirmSignIn', { challengeResponse: 'SMS' })), 'CONFIRM_SIGN_IN_WITH_SMS_CODE')
    const sms = { challengeResponse: server.world.codeSentTo('+15550100') }
    assert.equal((await tab.does('confirmSignIn', sms)).isSignedIn, true)
    await tab.close()
  })

  test('answers custom challenges, without and after a password', async () => {
    const functions = ['DefineAuthChallenge', 'CreateAuthChallenge', 'VerifyAuthChallengeResponse']
    const names = ['define', 'create', 'verify'].map(arn)
    const LambdaConfig = Object.fromEntries(functions.map((name, index) => [name, names[index] ?? '']))
    const pool = await makeApp({ LambdaConfig }, { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH', 'ALLOW_USER_SRP_AUTH'] })
    await pool.add('cy')
    const tab = await open(pool)
    const ways = [{ authFlowType: 'CUSTOM_WITHOUT_SRP' as const }, { authFlowType: 'CUSTOM_WITH_SRP' as const }]
    for (const options of ways) {
      const given = { username: 'cy', ...(options.authFlowType === 'CUSTOM_WITH_SRP' && { password }), options }
      const asked = await tab.does('signIn', given)
      assert.equal(stepOf(asked), 'CONFIRM_SIGN_IN_WITH_CUSTOM_CHALLENGE')
      const { additionalInfo } = asked.nextStep as { additionalInfo?: Record<string, string> }
      assert.equal(additionalInfo?.['question'], 'What is it?')
      const answer = { challengeResponse: 'it!', options: { clientMetadata: { more: '!' } } }
      assert.equal((await tab.does('confirmSignIn', answer)).isSignedIn, true)
      await leave(tab)
    }
    await tab.does('signIn', { username: 'cy', options: { authFlowType: 'CUSTOM_WITHOUT_SRP' } })
    await tab.fails('confirmSignIn', { challengeResponse: 'wrong' }, 'NotAuthorizedException')
    await tab.close()
  })

  const choice = { ExplicitAuthFlows: ['ALLOW_USER_AUTH' as const, 'ALLOW_USER_SRP_AUTH' as const] }
  const AllowedFirstAuthFactors = ['PASSWORD' as const, 'EMAIL_OTP' as const, 'SMS_OTP' as const, 'WEB_AUTHN' as const]
  const passwordless = () => makeApp({ Policies: { SignInPolicy: { AllowedFirstAuthFactors } } }, choice)

  test('signs in without a password, by e-mail and by SMS, preferred or chosen', async () => {
    const pool = await passwordless()
    const email = { email: 'pat@example.com', email_verified: 'true' }
    await pool.add('pat', { ...email, phone_number: '+15550101', phone_number_verified: 'true' })
    const tab = await open(pool)
    const ways = [
      ['EMAIL_OTP', 'CONFIRM_SIGN_IN_WITH_EMAIL_CODE', 'pat@example.com'],
      ['SMS_OTP', 'CONFIRM_SIGN_IN_WITH_SMS_CODE', '+15550101'],
    ] as const
    for (const [factor, step, receiver] of ways) {
      const options = { authFlowType: 'USER_AUTH' as const }
      const prefers = { username: 'pat', options: { ...options, preferredChallenge: factor } }
      assert.equal(stepOf(await tab.does('signIn', prefers)), step)
      await tab.fails('confirmSignIn', { challengeResponse: '00000000' }, 'CodeMismatchException')
      const code = () => ({ challengeResponse: server.world.codeSentTo(receiver) })
      assert.equal((await tab.does('confirmSignIn', code())).isSignedIn, true)
      await leave(tab)

      const asked = await tab.does('signIn', { username: 'pat', options })
      assert.equal(stepOf(asked), 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION')
      assert.equal(stepOf(await tab.does('confirmSignIn', { challengeResponse: factor })), step)
      assert.equal((await tab.does('confirmSignIn', code())).isSignedIn, true)
      await leave(tab)
    }
    for (const preferredChallenge of ['PASSWORD', 'PASSWORD_SRP'] as const) {
      const options = { authFlowType: 'USER_AUTH' as const, preferredChallenge }
      assert.equal((await tab.does('signIn', { username: 'pat', password, options })).isSignedIn, true)
      await leave(tab)
    }
    await tab.close()
  })

  test('signs up without a password and goes on by itself', async () => {
    const pool = await makeApp(
      {
        ...{ UsernameAttributes: ['email'], AutoVerifiedAttributes: ['email'] },
        Policies: { SignInPolicy: { AllowedFirstAuthFactors } },
      },
      choice,
    )
    const tab = await open(pool)
    const username = 'light@example.com'
    const options = { userAttributes: { email: username }, autoSignIn: { authFlowType: 'USER_AUTH' as const } }
    await tab.does('signUp', { username, options })
    await tab.does('confirmSignUp', { username, confirmationCode: server.world.codeSentTo(username) })
    assert.equal((await tab.does('autoSignIn')).isSignedIn, true)
    await tab.close()
  })

  test('registers a passkey, lists it, signs in with it, and deletes it', async () => {
    const pool = await passwordless()
    await pool.add('kim', { email: 'kim@example.com', email_verified: 'true' })
    const tab = await open(pool)
    await withAuthenticator(tab.page)
    await tab.does('signIn', { username: 'kim', password })
    await tab.does('associateWebAuthnCredential')
    const { credentials } = await tab.does('listWebAuthnCredentials')
    assert.equal(credentials[0]?.relyingPartyId, 'localhost')
    await leave(tab)
    const options = { authFlowType: 'USER_AUTH' as const, preferredChallenge: 'WEB_AUTHN' as const }
    assert.equal((await tab.does('signIn', { username: 'kim', options })).isSignedIn, true)
    await tab.does('deleteWebAuthnCredential', { credentialId: credentials[0]?.credentialId ?? '' })
    assert.deepEqual((await tab.does('listWebAuthnCredentials')).credentials, [])
    await leave(tab)
    const without = await tab.does('signIn', { username: 'kim', options })
    assert.equal(stepOf(without), 'CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION')
    await tab.close()
  })

  test('remembers its device, signs in on it without the second factor, and forgets it', async () => {
    const DeviceConfiguration = { ChallengeRequiredOnNewDevice: true, DeviceOnlyRememberedOnUserPrompt: true }
    const pool = await makeApp({ DeviceConfiguration })
    const SoftwareTokenMfaConfiguration = { Enabled: true }
    await server.clients.idp.send(
      new SetUserPoolMfaConfigCommand({ UserPoolId: pool.id, MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration }),
    )
    await pool.add('dee')
    const tab = await open(pool)
    const first = await tab.does('signIn', { username: 'dee', password })
    const { sharedSecret } = (first.nextStep as { totpSetupDetails: { sharedSecret: string } }).totpSetupDetails
    await tab.does('confirmSignIn', { challengeResponse: shownBy(sharedSecret) })
    await tab.does('rememberDevice')
    const [device] = await tab.does('fetchDevices')
    assert.ok(device?.id)
    await leave(tab)
    // DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER, by the library, in place of the code.
    assert.equal((await tab.does('signIn', { username: 'dee', password })).isSignedIn, true)
    await tab.does('forgetDevice')
    assert.deepEqual(await tab.does('fetchDevices'), [])
    await leave(tab)
    assert.equal(stepOf(await tab.does('signIn', { username: 'dee', password })), 'CONFIRM_SIGN_IN_WITH_TOTP_CODE')
    await tab.close()
  })
})
