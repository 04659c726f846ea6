/** Functions written for AWS Lambda, in the flows that ask them, through the AWS SDK. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import * as idp from '@aws-sdk/client-cognito-identity-provider'
import { type Handler, startLambda, startReceiver } from '../support/functions-elsewhere.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolhouse-triggers-'))
const write = (file: string, text: string) => {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), text)
}
const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`
const kmsKey = 'arn:aws:kms:us-east-1:000000000000:key/codes'
const password = 'Passw0rd!'

let server: TestServer
before(async () => {
  // As AWS's guide has it: refuses a domain, confirms and verifies the others.
  write(
    'pre-sign-up/index.js',
    `exports.handler = (event, context, callback) => {
      const { email = '' } = event.request.userAttributes
      if (email.endsWith('@refused.example')) return callback(new Error('Registration from this domain is not allowed.'))
      if (event.request.clientMetadata?.auto) {
        event.response.autoConfirmUser = true
        event.response.autoVerifyEmail = true
      }
      callback(null, event)
    }`,
  )
  write(
    'custom-message/index.mjs',
    `export const handler = async (event) => {
      const { codeParameter, usernameParameter, clientMetadata, userAttributes } = event.request
      const place = clientMetadata?.lacking ? '' : codeParameter
      event.response.emailSubject = event.triggerSource
      event.response.emailMessage = [place, usernameParameter ?? '', userAttributes['cognito:user_status'], clientMetadata?.note ?? ''].join('|')
      return event
    }`,
  )
  write(
    'pre-token/index.ts',
    `import type { PreTokenGenerationV2TriggerHandler } from 'aws-lambda'
    export const handler: PreTokenGenerationV2TriggerHandler = async (event) => {
      event.response = {
        claimsAndScopeOverrideDetails: {
          idTokenGeneration: { claimsToAddOrOverride: { source: event.triggerSource, tier: 7, sub: 'forged' } as object, claimsToSuppress: ['email'] },
          accessTokenGeneration: { claimsToAddOrOverride: { tier: 'gold' }, scopesToAdd: ['api/read'] },
          groupOverrideDetails: { groupsToOverride: ['chosen'] },
        },
      } as typeof event.response
      return event
    }`,
  )
  write(
    'pre-token-first/index.js',
    `exports.handler = async (event) => ({ ...event, response: { claimsOverrideDetails: { claimsToAddOrOverride: { plan: 'free' } } } })`,
  )
  write(
    'migrate/index.js',
    `exports.handler = async (event) => {
      const known = event.userName === 'old' && (event.triggerSource === 'UserMigration_ForgotPassword' || event.request.password === 'short')
      if (known) event.response = {
        userAttributes: { email: 'old@example.com', email_verified: 'true', username: 'old' },
        finalUserStatus: 'CONFIRMED', messageAction: 'SUPPRESS',
      }
      const { password } = event.request
      if (event.userName === 'sms') event.response = {
        userAttributes: password === 'none' ? {} : { phone_number: password },
        finalUserStatus: 'CONFIRMED', enableSMSMFA: true, desiredDeliveryMediums: ['SMS'],
      }
      return event
    }`,
  )
  // Refuses by the client metadata, or tells what it was shown.
  write(
    'guard/index.js',
    `exports.handler = async (event) => {
    const told = event.request.validationData ?? event.request.clientMetadata
    if (told?.stop === event.triggerSource) throw new Error(JSON.stringify(event.request))
    return event
  }`,
  )
  write('request-id/index.js', `exports.handler = async (event, context) => { throw new Error(context.awsRequestId) }`)
  server = await startTestServer({ functions: folder })
})
after(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

type Made = { UserPoolId: string; ClientId: string }

async function makePool(
  LambdaConfig: idp.LambdaConfigType,
  more: Partial<idp.CreateUserPoolCommandInput> = {},
  { clients } = server,
): Promise<Made> {
  const { UserPool } = await clients.idp.send(
    new idp.CreateUserPoolCommand({
      PoolName: 'triggers',
      AutoVerifiedAttributes: ['email'],
      EmailConfiguration: {
        EmailSendingAccount: 'DEVELOPER',
        SourceArn: 'arn:aws:ses:us-east-1:000000000000:identity/x@y.z',
      },
      LambdaConfig,
      ...more,
    }),
  )
  const UserPoolId = UserPool?.Id as string
  const { UserPoolClient } = await clients.idp.send(
    new idp.CreateUserPoolClientCommand({
      UserPoolId,
      ClientName: 'app',
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_ADMIN_USER_PASSWORD_AUTH'],
    }),
  )
  return { UserPoolId, ClientId: UserPoolClient?.ClientId as string }
}

const signUp = (
  { ClientId }: Made,
  Username: string,
  email: string,
  ClientMetadata?: Record<string, string>,
  { clients } = server,
) =>
  clients.idp.send(
    new idp.SignUpCommand({
      ...{ ClientId, Username, ClientMetadata },
      Password: password,
      UserAttributes: [{ Name: 'email', Value: email }],
    }),
  )
const signIn = ({ ClientId }: Made, USERNAME: string, PASSWORD = password, ClientMetadata?: Record<string, string>) =>
  server.clients.idp.send(
    new idp.InitiateAuthCommand({
      ...{ ClientId, ClientMetadata },
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME, PASSWORD },
    }),
  )
const makeUser = async ({ UserPoolId }: Made, Username: string, email = `${Username}@example.com`) => {
  const common = { UserPoolId, Username }
  await server.clients.idp.send(
    new idp.AdminCreateUserCommand({
      ...common,
      MessageAction: 'SUPPRESS',
      UserAttributes: [
        { Name: 'email', Value: email },
        { Name: 'email_verified', Value: 'true' },
      ],
    }),
  )
  await server.clients.idp.send(new idp.AdminSetUserPasswordCommand({ ...common, Password: password, Permanent: true }))
}
const claimsOf = (token: string | undefined) =>
  JSON.parse(Buffer.from(token?.split('.')[1] ?? '', 'base64url').toString())
const refused = (name: string, message: string | RegExp) => ({ name, message })

describe('PreSignUp', () => {
  let made: Made
  before(async () => {
    made = await makePool({ PreSignUp: arn('pre-sign-up') })
  })
  const status = async (Username: string) =>
    (await server.clients.idp.send(new idp.AdminGetUserCommand({ UserPoolId: made.UserPoolId, Username }))).UserStatus

  test('refuses in its own words, and nobody is made', async () => {
    await assert.rejects(
      signUp(made, 'bad', 'a@refused.example'),
      refused(
        'UserLambdaValidationException',
        'PreSignUp failed with error Registration from this domain is not allowed..',
      ),
    )
    await assert.rejects(status('bad'), { name: 'UserNotFoundException' })
  })

  test('confirms and verifies at once, and then no code is sent', async () => {
    const sent = server.world.outbox.length
    const { UserConfirmed, CodeDeliveryDetails } = await signUp(made, 'auto', 'auto@example.com', { auto: 'yes' })
    assert.deepEqual([UserConfirmed, CodeDeliveryDetails, server.world.outbox.length], [true, undefined, sent])
    assert.equal(await status('auto'), 'CONFIRMED')
    assert((await signIn(made, 'auto')).AuthenticationResult)
  })

  test('that decides nothing changes nothing', async () => {
    assert.equal((await signUp(made, 'plain', 'plain@example.com')).UserConfirmed, false)
    assert.equal(await status('plain'), 'UNCONFIRMED')
  })

  test('is asked about users an administrator makes', async () => {
    const { UserPoolId } = made
    const UserAttributes = [{ Name: 'email', Value: 'b@refused.example' }]
    await assert.rejects(
      server.clients.idp.send(new idp.AdminCreateUserCommand({ UserPoolId, Username: 'made', UserAttributes })),
      { name: 'UserLambdaValidationException' },
    )
  })
})

describe('one function, written for Lambda', () => {
  test('decides the same from a folder, over HTTP and through an Invoke endpoint', async () => {
    const { handler } = createRequire(import.meta.url)(join(folder, 'pre-sign-up/index.js')) as { handler: Handler }
    const elsewhere = await startLambda(handler)
    const other = await startTestServer({
      functions: JSON.stringify({
        local: { folder: join(folder, 'pre-sign-up') },
        http: { url: `${elsewhere.url}/http`, secret: 's' },
        endpoint: { endpoint: elsewhere.url, accessKeyId: 'test', secretAccessKey: 'test' },
      }),
    })
    try {
      for (const name of ['local', 'http', 'endpoint']) {
        const made = await makePool({ PreSignUp: arn(name) }, {}, other)
        const auto = await signUp(made, 'auto', 'auto@example.com', { auto: 'yes' }, other)
        const plain = await signUp(made, 'plain', 'plain@example.com', {}, other)
        assert.deepEqual([name, auto.UserConfirmed, plain.UserConfirmed], [name, true, false])
        await assert.rejects(
          signUp(made, 'bad', 'a@refused.example', {}, other),
          refused('UserLambdaValidationException', /^PreSignUp failed with error Registration .* not allowed\.\.$/),
        )
      }
    } finally {
      await other.close()
      elsewhere.close()
    }
  })
})

describe('a function’s log', () => {
  test('has the id of the request that asked', async () => {
    const made = await makePool({ PreSignUp: arn('request-id') })
    await assert.rejects(signUp(made, 'a', 'a@example.com'), (error: idp.CognitoIdentityProviderServiceException) => {
      assert.equal(error.message, `PreSignUp failed with error ${error.$metadata.requestId}.`)
      return true
    })
  })
})

describe('a trigger whose function is nowhere', () => {
  test('lets nobody through', async () => {
    const made = await makePool({ PreSignUp: arn('absent'), PreAuthentication: arn('absent') })
    await assert.rejects(
      signUp(made, 'a', 'a@example.com'),
      refused('UnexpectedLambdaException', 'PreSignUp invocation failed due to error ResourceNotFoundException.'),
    )
  })
})

describe('PostConfirmation', () => {
  test('is told after the confirmation, which stays when it refuses', async () => {
    const made = await makePool({ PostConfirmation: arn('guard') })
    const { UserPoolId, ClientId } = made
    await signUp(made, 'ann', 'ann@example.com')
    const confirm = server.clients.idp.send(
      new idp.ConfirmSignUpCommand({
        ...{ ClientId, Username: 'ann' },
        ConfirmationCode: server.world.codeSentTo('ann@example.com'),
        ClientMetadata: { stop: 'PostConfirmation_ConfirmSignUp' },
      }),
    )
    await assert.rejects(
      confirm,
      refused('UserLambdaValidationException', /"cognito:user_status":"CONFIRMED".*"email_verified":"true"/),
    )
    const { UserStatus } = await server.clients.idp.send(new idp.AdminGetUserCommand({ UserPoolId, Username: 'ann' }))
    assert.equal(UserStatus, 'CONFIRMED')
  })

  test('is told of a recovered password', async () => {
    const made = await makePool({ PostConfirmation: arn('guard') })
    const { ClientId } = made
    await makeUser(made, 'bob')
    await server.clients.idp.send(new idp.ForgotPasswordCommand({ ClientId, Username: 'bob' }))
    const confirm = server.clients.idp.send(
      new idp.ConfirmForgotPasswordCommand({
        ...{ ClientId, Username: 'bob', Password: 'N3w-Passw0rd' },
        ConfirmationCode: server.world.codeSentTo('bob@example.com'),
        ClientMetadata: { stop: 'PostConfirmation_ConfirmForgotPassword' },
      }),
    )
    await assert.rejects(confirm, { name: 'UserLambdaValidationException' })
    assert((await signIn(made, 'bob', 'N3w-Passw0rd')).AuthenticationResult)
  })
})

describe('PostConfirmation of a first sign-in by a code', () => {
  test('is told, for the code confirms the user', async () => {
    const made = await makePool(
      { PostConfirmation: arn('request-id') },
      { Policies: { SignInPolicy: { AllowedFirstAuthFactors: ['PASSWORD', 'EMAIL_OTP'] } } },
    )
    const { UserPoolId, ClientId } = made
    await server.clients.idp.send(
      new idp.UpdateUserPoolClientCommand({ ...made, ExplicitAuthFlows: ['ALLOW_USER_AUTH'] }),
    )
    await signUp(made, 'ivy', 'ivy@example.com')
    const { Session } = await server.clients.idp.send(
      new idp.InitiateAuthCommand({
        ...{ ClientId, AuthFlow: 'USER_AUTH' },
        AuthParameters: { USERNAME: 'ivy', PREFERRED_CHALLENGE: 'EMAIL_OTP' },
      }),
    )
    const EMAIL_OTP_CODE = server.world.codeSentTo('ivy@example.com')
    const answer = server.clients.idp.send(
      new idp.RespondToAuthChallengeCommand({
        ...{ ClientId, Session, ChallengeName: 'EMAIL_OTP' },
        ChallengeResponses: { USERNAME: 'ivy', EMAIL_OTP_CODE },
      }),
    )
    await assert.rejects(answer, refused('UserLambdaValidationException', /^PostConfirmation failed with error/))
    const { UserStatus } = await server.clients.idp.send(new idp.AdminGetUserCommand({ UserPoolId, Username: 'ivy' }))
    assert.equal(UserStatus, 'CONFIRMED')
  })
})

describe('CustomMessage', () => {
  let made: Made
  before(async () => {
    made = await makePool({ CustomMessage: arn('custom-message') })
  })
  const last = () => server.world.outbox.at(-1)

  test('words the code of a sign-up, of its repetition and of a recovery', async () => {
    await signUp(made, 'cat', 'cat@example.com', { note: 'hello' })
    assert.deepEqual([last()?.subject, last()?.body], ['CustomMessage_SignUp', `${last()?.code}||UNCONFIRMED|hello`])
    const { ClientId } = made
    await server.clients.idp.send(new idp.ResendConfirmationCodeCommand({ ClientId, Username: 'cat' }))
    assert.equal(last()?.subject, 'CustomMessage_ResendCode')
    await makeUser(made, 'dan')
    await server.clients.idp.send(new idp.ForgotPasswordCommand({ ClientId, Username: 'dan' }))
    assert.deepEqual([last()?.subject, last()?.to], ['CustomMessage_ForgotPassword', 'dan@example.com'])
  })

  test('words an invitation with name and password', async () => {
    await server.clients.idp.send(
      new idp.AdminCreateUserCommand({
        ...{ UserPoolId: made.UserPoolId, Username: 'eve', TemporaryPassword: 'Temp-0rary<>' },
        UserAttributes: [{ Name: 'email', Value: 'eve@example.com' }],
        DesiredDeliveryMediums: ['EMAIL'],
      }),
    )
    assert.deepEqual(
      [last()?.subject, last()?.body],
      ['CustomMessage_AdminCreateUser', 'Temp-0rary&lt;&gt;|eve|FORCE_CHANGE_PASSWORD|'],
    )
  })

  test('words the code of a changed address', async () => {
    await server.clients.idp.send(
      new idp.AdminUpdateUserAttributesCommand({
        ...{ UserPoolId: made.UserPoolId, Username: 'dan' },
        UserAttributes: [{ Name: 'email', Value: 'dan@other.example' }],
      }),
    )
    assert.deepEqual([last()?.subject, last()?.to], ['CustomMessage_UpdateUserAttribute', 'dan@other.example'])
  })

  test('without the place of the code is refused', async () => {
    await assert.rejects(signUp(made, 'fay', 'fay@example.com', { lacking: 'yes' }), {
      name: 'InvalidParameterException',
      message: /^1 validation error detected: Value at 'emailBody' failed to satisfy constraint: /,
    })
  })

  test('may not word e-mail that Cognito sends from its own address', async () => {
    const EmailConfiguration = { EmailSendingAccount: 'COGNITO_DEFAULT' as const }
    const other = await makePool({ CustomMessage: arn('custom-message') }, { EmailConfiguration })
    await assert.rejects(signUp(other, 'gus', 'gus@example.com'), { name: 'InvalidLambdaResponseException' })
  })
})

describe('CustomMessage for codes of users who are known', () => {
  const last = () => server.world.outbox.at(-1)

  test('words the code that verifies an address', async () => {
    const made = await makePool({ CustomMessage: arn('custom-message') })
    await makeUser(made, 'ned')
    const { AuthenticationResult: tokens } = await signIn(made, 'ned')
    await server.clients.idp.send(
      new idp.GetUserAttributeVerificationCodeCommand({
        ...{ AccessToken: tokens?.AccessToken, AttributeName: 'email' },
        ClientMetadata: { note: 'again' },
      }),
    )
    assert.deepEqual(
      [last()?.subject, last()?.body],
      ['CustomMessage_VerifyUserAttribute', `${last()?.code}||CONFIRMED|again`],
    )
  })

  test('words the code of a second factor, without the metadata of InitiateAuth', async () => {
    const made = await makePool({ CustomMessage: arn('custom-message') })
    const { UserPoolId } = made
    await server.clients.idp.send(
      new idp.SetUserPoolMfaConfigCommand({
        ...{ UserPoolId, MfaConfiguration: 'ON' },
        EmailMfaConfiguration: { Message: 'Code {####}', Subject: 'Code' },
      }),
    )
    await makeUser(made, 'moe')
    assert.equal((await signIn(made, 'moe', password, { note: 'unseen' })).ChallengeName, 'EMAIL_OTP')
    assert.deepEqual([last()?.subject, last()?.body], ['CustomMessage_Authentication', `${last()?.code}||CONFIRMED|`])
  })
})

describe('PreAuthentication and PostAuthentication', () => {
  let made: Made
  before(async () => {
    made = await makePool({ PreAuthentication: arn('guard'), PostAuthentication: arn('guard') })
    await makeUser(made, 'hal')
  })

  test('the one is asked before the password is looked at, with the metadata as validation data', async () => {
    await assert.rejects(
      signIn(made, 'hal', 'wrong', { stop: 'PreAuthentication_Authentication' }),
      refused('UserLambdaValidationException', /^PreAuthentication failed with error .*"validationData":\{"stop"/),
    )
  })

  test('the other after every challenge, and its refusal keeps the tokens', async () => {
    const { UserPoolId, ClientId } = made
    const common = { UserPoolId, Username: 'hal', Password: 'Temp-0rary', Permanent: false }
    await server.clients.idp.send(new idp.AdminSetUserPasswordCommand(common))
    const { Session } = await signIn(made, 'hal', 'Temp-0rary')
    const answer = server.clients.idp.send(
      new idp.RespondToAuthChallengeCommand({
        ...{ ClientId, Session },
        ChallengeName: 'NEW_PASSWORD_REQUIRED',
        ChallengeResponses: { USERNAME: 'hal', NEW_PASSWORD: password },
        ClientMetadata: { stop: 'PostAuthentication_Authentication' },
      }),
    )
    await assert.rejects(answer, refused('UserLambdaValidationException', /^PostAuthentication failed with error/))
    assert((await signIn(made, 'hal')).AuthenticationResult)
  })
})

describe('PreTokenGeneration', () => {
  test('the second version changes both tokens and the groups, but nothing that says who it is', async () => {
    const made = await makePool({ PreTokenGenerationConfig: { LambdaVersion: 'V2_0', LambdaArn: arn('pre-token') } })
    await makeUser(made, 'ida')
    const { AuthenticationResult: tokens } = await signIn(made, 'ida')
    const [id, access] = [claimsOf(tokens?.IdToken), claimsOf(tokens?.AccessToken)]
    assert.deepEqual(
      [id.source, id.tier, id.email, id['cognito:groups']],
      ['TokenGeneration_Authentication', 7, undefined, ['chosen']],
    )
    assert.notEqual(id.sub, 'forged')
    assert.deepEqual([access.tier, access['cognito:groups']], ['gold', ['chosen']])
    assert.deepEqual(access.scope.split(' ').sort(), ['api/read', 'aws.cognito.signin.user.admin'])
    const { ClientId } = made
    const refreshed = await server.clients.idp.send(
      new idp.InitiateAuthCommand({
        ...{ ClientId, AuthFlow: 'REFRESH_TOKEN_AUTH' },
        AuthParameters: { REFRESH_TOKEN: tokens?.RefreshToken as string },
      }),
    )
    assert.equal(claimsOf(refreshed.AuthenticationResult?.IdToken).source, 'TokenGeneration_RefreshTokens')
  })

  test('that fails costs nobody the refresh token', async () => {
    const made = await makePool({ PreTokenGeneration: arn('guard') })
    const { UserPoolId, ClientId } = made
    await server.clients.idp.send(
      new idp.UpdateUserPoolClientCommand({
        ...{ UserPoolId, ClientId, ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'] },
        RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 },
      }),
    )
    await makeUser(made, 'rob')
    const { AuthenticationResult: tokens } = await signIn(made, 'rob')
    const RefreshToken = tokens?.RefreshToken
    const refresh = (ClientMetadata: Record<string, string> = {}) =>
      server.clients.idp.send(new idp.GetTokensFromRefreshTokenCommand({ ClientId, RefreshToken, ClientMetadata }))
    await assert.rejects(refresh({ stop: 'TokenGeneration_RefreshTokens' }), { name: 'UserLambdaValidationException' })
    assert((await refresh()).AuthenticationResult?.RefreshToken)
    await assert.rejects(refresh(), { name: 'RefreshTokenReuseException' })
  })

  test('the first version changes the ID token', async () => {
    const made = await makePool({ PreTokenGeneration: arn('pre-token-first') })
    await makeUser(made, 'jan')
    const { AuthenticationResult: tokens } = await signIn(made, 'jan')
    assert.equal(claimsOf(tokens?.IdToken).plan, 'free')
    assert.equal(claimsOf(tokens?.AccessToken).plan, undefined)
  })
})

describe('UserMigration', () => {
  test('lets in whom it knows, whatever the policy, and keeps them', async () => {
    const made = await makePool({ UserMigration: arn('migrate') })
    await assert.rejects(signIn(made, 'old', 'wrong'), { name: 'UserNotFoundException' })
    assert((await signIn(made, 'old', 'short')).AuthenticationResult)
    await assert.rejects(signIn(made, 'old', 'wrong'), { name: 'NotAuthorizedException' })
    assert((await signIn(made, 'old', 'short')).AuthenticationResult)
    await assert.rejects(signIn(made, 'nobody', 'short'), { name: 'UserNotFoundException' })
  })

  for (const PreventUserExistenceErrors of ['LEGACY', 'ENABLED'] as const)
    test(`attack: guesses at passwords elsewhere are locked out like any other (${PreventUserExistenceErrors})`, async () => {
      const made = await makePool({ UserMigration: arn('migrate') })
      await server.clients.idp.send(
        new idp.UpdateUserPoolClientCommand({
          ...made,
          ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
          PreventUserExistenceErrors,
        }),
      )
      const guess = (tried: string) => signIn(made, 'old', tried).catch((error: Error) => error.message)
      server.world.clock.stand()
      for (let tries = 0; tries < 5; tries++)
        assert.doesNotMatch(String(await guess(`wrong${tries}`)), /Password attempts exceeded/)
      assert.equal(await guess('short'), 'Password attempts exceeded')
      server.world.clock.advance(2_000)
      assert.notEqual(typeof (await guess('short')), 'string')
    })

  test('of several first sign-ins at a time all succeed, and one user is made', async () => {
    const made = await makePool({ UserMigration: arn('migrate') })
    await Promise.all(Array.from({ length: 4 }, () => signIn(made, 'old', 'short')))
    const { Users } = await server.clients.idp.send(new idp.ListUsersCommand({ UserPoolId: made.UserPoolId }))
    assert.equal(Users?.length, 1)
  })

  test('may have a newcomer use SMS as second factor, who must then have a number', async () => {
    const made = await makePool({ UserMigration: arn('migrate') })
    const { UserPoolId } = made
    await assert.rejects(signIn(made, 'sms', 'none'), { name: 'InvalidParameterException', message: /phone number/ })
    assert((await signIn(made, 'sms', '+12065550100')).AuthenticationResult)
    const user = await server.clients.idp.send(new idp.AdminGetUserCommand({ UserPoolId, Username: 'sms' }))
    assert.deepEqual(user.UserMFASettingList, ['SMS_MFA'])
  })

  test('helps who forgot their password', async () => {
    const made = await makePool({ UserMigration: arn('migrate') })
    const { ClientId } = made
    await server.clients.idp.send(new idp.ForgotPasswordCommand({ ClientId, Username: 'old' }))
    assert.match(server.world.codeSentTo('old@example.com'), /^\d{6}$/)
  })
})

describe('CustomEmailSender', () => {
  test('gets the code encrypted, opens it with AWS’s client, and nothing is sent beside it', async () => {
    const receiver = await startReceiver()
    const other = await startTestServer({
      functions: JSON.stringify({ sender: { url: receiver.url, secret: 's' } }),
    })
    try {
      const { UserPool } = await other.clients.idp.send(
        new idp.CreateUserPoolCommand({
          PoolName: 'senders',
          AutoVerifiedAttributes: ['email'],
          LambdaConfig: { CustomEmailSender: { LambdaVersion: 'V1_0', LambdaArn: arn('sender') }, KMSKeyID: kmsKey },
        }),
      )
      const { UserPoolClient } = await other.clients.idp.send(
        new idp.CreateUserPoolClientCommand({ UserPoolId: UserPool?.Id, ClientName: 'app' }),
      )
      const ClientId = UserPoolClient?.ClientId
      await other.clients.idp.send(
        new idp.SignUpCommand({
          ...{ ClientId, Username: 'kim', Password: password },
          UserAttributes: [{ Name: 'email', Value: 'kim@example.com' }],
          ClientMetadata: { note: 'x' },
        }),
      )
      const event = await receiver.next()
      assert.equal(event.triggerSource, 'CustomEmailSender_SignUp')
      assert.equal(event.request.type, 'customEmailSenderRequestV1')
      assert.deepEqual(event.request.clientMetadata, { note: 'x' })
      const code = await receiver.open(event.request.code, other.world.seal, kmsKey)
      assert.equal(code.context['userpool-id'], UserPool?.Id)
      await other.clients.idp.send(
        new idp.ConfirmSignUpCommand({ ClientId, Username: 'kim', ConfirmationCode: code.text }),
      )
      assert.deepEqual(other.world.outbox, [])
    } finally {
      await other.close()
      receiver.close()
    }
  })
})

describe('CustomSMSSender', () => {
  test('gets the code of an SMS, which opens the sign-in, and nothing is sent beside it', async () => {
    const receiver = await startReceiver()
    const other = await startTestServer({
      functions: JSON.stringify({ sender: { url: receiver.url, secret: 's' } }),
    })
    try {
      const made = await makePool(
        { CustomSMSSender: { LambdaVersion: 'V1_0', LambdaArn: arn('sender') }, KMSKeyID: kmsKey },
        { SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms', ExternalId: 'x' } },
        other,
      )
      const { UserPoolId, ClientId } = made
      const common = { UserPoolId, Username: 'kay' }
      await other.clients.idp.send(
        new idp.AdminCreateUserCommand({
          ...{ ...common, MessageAction: 'SUPPRESS' },
          UserAttributes: [{ Name: 'phone_number', Value: '+12065550177' }],
        }),
      )
      await other.clients.idp.send(
        new idp.AdminSetUserPasswordCommand({ ...common, Password: password, Permanent: true }),
      )
      await other.clients.idp.send(new idp.SetUserPoolMfaConfigCommand({ UserPoolId, MfaConfiguration: 'ON' }))
      const { Session, ChallengeName } = await other.clients.idp.send(
        new idp.InitiateAuthCommand({
          ...{ ClientId, AuthFlow: 'USER_PASSWORD_AUTH' },
          AuthParameters: { USERNAME: 'kay', PASSWORD: password },
        }),
      )
      assert.equal(ChallengeName, 'SMS_MFA')
      const event = await receiver.next()
      assert.equal(event.triggerSource as string, 'CustomSMSSender_Authentication')
      assert.equal(event.request.type, 'customSMSSenderRequestV1')
      const { text: SMS_MFA_CODE } = await receiver.open(event.request.code, other.world.seal, kmsKey)
      const done = await other.clients.idp.send(
        new idp.RespondToAuthChallengeCommand({
          ...{ ClientId, Session, ChallengeName: 'SMS_MFA' },
          ChallengeResponses: { USERNAME: 'kay', SMS_MFA_CODE },
        }),
      )
      assert(done.AuthenticationResult)
      assert.deepEqual(other.world.outbox, [])
    } finally {
      await other.close()
      receiver.close()
    }
  })
})
