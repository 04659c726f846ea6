/** CUSTOM_AUTH with functions written for AWS Lambda, through the SDK and amazon-cognito-identity-js. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import {
  AdminInitiateAuthCommand,
  type ChallengeNameType,
  type CreateUserPoolClientCommandInput,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from 'amazon-cognito-identity-js'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf, srpClient } from '../support/sign-in.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolhouse-custom-'))
const write = (name: string, body: string) => {
  mkdirSync(join(folder, name))
  writeFileSync(join(folder, name, 'index.mjs'), `export const handler = async (event) => { ${body}; return event }`)
}
const arn = (name: string) => `arn:aws:lambda:us-east-1:000000000000:function:${name}`

let server: TestServer
let pool: TestPool
before(async () => {
  // As the guide's: a password first if it began so, then two right answers, or three tries.
  write(
    'define',
    `const { session } = event.request
    const said = session.map(({ challengeName, challengeResult }) => challengeName + challengeResult).join()
    const right = session.filter((one) => one.challengeName === 'CUSTOM_CHALLENGE' && one.challengeResult)
    event.response.issueTokens = right.length === 2 && right[0].challengeMetadata === 'ROUND_0'
    event.response.failAuthentication = said.includes('PASSWORD_VERIFIERfalse') || (session.length >= 6 && right.length < 2)
    event.response.challengeName = said === 'SRP_Atrue' ? 'PASSWORD_VERIFIER' : 'CUSTOM_CHALLENGE'`,
  )
  write(
    'create',
    `const round = event.request.session.filter((one) => one.challengeName === 'CUSTOM_CHALLENGE').length
    const who = event.request.userNotFound ? 'nobody' : event.request.userAttributes.email
    event.response.publicChallengeParameters = { question: 'word ' + round, who: String(who) }
    event.response.privateChallengeParameters = { answer: 'right ' + round }
    event.response.challengeMetadata = 'ROUND_' + round`,
  )
  write(
    'verify',
    `const { privateChallengeParameters, challengeAnswer, clientMetadata } = event.request
    if (clientMetadata?.broken) throw new Error('No verdict today')
    event.response.answerCorrect = challengeAnswer === privateChallengeParameters.answer`,
  )
  write('nonsense', `event.response.challengeName = 'SMS_MFA'`)
  server = await startTestServer({ functions: folder })
  pool = await makeCustom()
  await pool.add('cy', { email: 'cy@example.com' })
})
after(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

const lambdas = {
  DefineAuthChallenge: arn('define'),
  CreateAuthChallenge: arn('create'),
  VerifyAuthChallengeResponse: arn('verify'),
}
const makeCustom = (client: Partial<CreateUserPoolClientCommandInput> = {}, LambdaConfig: object = lambdas) =>
  makePool(server, { LambdaConfig }, { ExplicitAuthFlows: ['ALLOW_CUSTOM_AUTH'], ...client })

const start = (USERNAME: string, more: Record<string, string> = {}, of = pool, ClientId = of.clientId) =>
  server.clients.idp.send(
    new InitiateAuthCommand({ AuthFlow: 'CUSTOM_AUTH', ClientId, AuthParameters: { USERNAME, ...more } }),
  )
const respond = (
  Session: string | undefined,
  ChallengeResponses: Record<string, string>,
  more: { ChallengeName?: ChallengeNameType; ClientMetadata?: Record<string, string>; of?: TestPool } = {},
) => {
  const { of = pool, ChallengeName = 'CUSTOM_CHALLENGE', ClientMetadata } = more
  const call = { ClientId: of.clientId, ChallengeName, ChallengeResponses, Session, ClientMetadata }
  return server.clients.idp.send(new RespondToAuthChallengeCommand(call))
}
const generic = ['NotAuthorizedException', 'Incorrect username or password.'] as const

describe('InitiateAuth with CUSTOM_AUTH', () => {
  test('refuses the wrong type', async () => {
    const sent = { AuthFlow: 'CUSTOM_AUTH', ClientId: pool.clientId, AuthParameters: { USERNAME: 1 } }
    const { body } = await server.post('AWSCognitoIdentityProviderService.InitiateAuth', sent)
    assert.equal(body.__type, 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    const closed = await pool.addClient({ ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] })
    await refused(
      start('cy', {}, pool, closed),
      'InvalidParameterException',
      'CUSTOM_AUTH flow not enabled for this client',
    )
    const lacking = 'Missing required parameter SRP_A'
    await refused(start('cy', { CHALLENGE_NAME: 'SRP_A' }), 'InvalidParameterException', lacking)
    const none = await makeCustom({}, {})
    await none.add('cy')
    const sentence = 'Custom auth lambda trigger is not configured for the user pool.'
    await refused(start('cy', {}, none), 'InvalidParameterException', sentence)
    const strange = await makeCustom({}, { ...lambdas, DefineAuthChallenge: arn('nonsense') })
    await strange.add('cy')
    await refused(start('cy', {}, strange), 'InvalidLambdaResponseException', 'Unrecognizable lambda output')
    await refused(start('nobody'), 'UserNotFoundException', 'User does not exist.')
  })

  test('asks what the functions ask, until they are content', async () => {
    const first = await start('cy')
    assert.deepEqual(
      [first.ChallengeName, first.ChallengeParameters],
      ['CUSTOM_CHALLENGE', { question: 'word 0', who: 'cy@example.com', USERNAME: 'cy' }],
    )
    assert.ok(!JSON.stringify(first).includes('right'))
    const second = await respond(first.Session, { USERNAME: 'cy', ANSWER: 'right 0' })
    assert.equal(second.ChallengeParameters?.['question'], 'word 1')
    const { AuthenticationResult } = await respond(second.Session, { USERNAME: 'cy', ANSWER: 'right 1' })
    assert.equal(claimsOf(AuthenticationResult?.AccessToken)['username'], 'cy')
  })

  test('works for administrators', async () => {
    const call = { UserPoolId: pool.id, ClientId: pool.clientId, AuthParameters: { USERNAME: 'cy' } }
    const asked = await server.clients.idp.send(new AdminInitiateAuthCommand({ ...call, AuthFlow: 'CUSTOM_AUTH' }))
    assert.equal(asked.ChallengeName, 'CUSTOM_CHALLENGE')
    await refused(respond(asked.Session, { USERNAME: 'cy', ANSWER: 'right 0' }), 'NotAuthorizedException')
  })
})

describe('CUSTOM_CHALLENGE', () => {
  test('refuses the wrong type', async () => {
    const sent = { ChallengeName: 'CUSTOM_CHALLENGE', ClientId: pool.clientId, ChallengeResponses: { ANSWER: 1 } }
    const { body } = await server.post('AWSCognitoIdentityProviderService.RespondToAuthChallenge', sent)
    assert.equal(body.__type, 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    const { Session } = await start('cy')
    await refused(
      respond(Session, { USERNAME: 'cy' }),
      'InvalidParameterException',
      'Missing required parameter ANSWER',
    )
    await refused(respond(undefined, { USERNAME: 'cy', ANSWER: 'x' }), 'InvalidParameterException')
    const broken = { ClientMetadata: { broken: 'yes' } }
    await refused(
      respond(Session, { USERNAME: 'cy', ANSWER: 'right 0' }, broken),
      'UserLambdaValidationException',
      'VerifyAuthChallengeResponse failed with error No verdict today.',
    )
  })

  test('a wrong answer is one more for the functions to judge, and they end it', async () => {
    let asked = await start('cy')
    for (let round = 0; round < 5; round++) {
      asked = await respond(asked.Session, { USERNAME: 'cy', ANSWER: 'wrong' })
      assert.equal(asked.ChallengeName, 'CUSTOM_CHALLENGE')
    }
    await refused(respond(asked.Session, { USERNAME: 'cy', ANSWER: 'wrong' }), ...generic)
  })

  test('case 52: a session is answered once, and by its own user', async () => {
    await pool.add('di', { email: 'di@example.com' })
    const { Session } = await start('cy')
    await refused(respond(Session, { USERNAME: 'di', ANSWER: 'right 0' }), 'NotAuthorizedException')
    await respond(Session, { USERNAME: 'cy', ANSWER: 'right 0' })
    const again = respond(Session, { USERNAME: 'cy', ANSWER: 'right 0' })
    await refused(again, 'NotAuthorizedException', 'Invalid session for the user, session can only be used once.')
  })

  test('case 36: where users are hidden the functions ask nobody too, and let nobody in', async () => {
    const hiding = await makeCustom({ PreventUserExistenceErrors: 'ENABLED' })
    const first = await start('nobody', {}, hiding)
    assert.deepEqual(first.ChallengeParameters, { question: 'word 0', who: 'nobody', USERNAME: 'nobody' })
    const second = await respond(first.Session, { USERNAME: 'nobody', ANSWER: 'right 0' }, { of: hiding })
    await refused(respond(second.Session, { USERNAME: 'nobody', ANSWER: 'right 1' }, { of: hiding }), ...generic)
  })
})

describe('CUSTOM_AUTH that begins with SRP', () => {
  const begin = async (given = password, of = pool) => {
    const client = srpClient(of.id)
    const asked = await start('cy', { CHALLENGE_NAME: 'SRP_A', SRP_A: client.A }, of)
    assert.equal(asked.ChallengeName, 'PASSWORD_VERIFIER')
    const answer = client.answer(asked.ChallengeParameters, given, server.world.now())
    return respond(asked.Session, answer, { ChallengeName: 'PASSWORD_VERIFIER', of })
  }

  test('asks for the password, then what the functions ask', async () => {
    const first = await begin()
    assert.equal(first.ChallengeParameters?.['question'], 'word 0')
    assert.equal(first.AuthenticationResult, undefined)
    const second = await respond(first.Session, { USERNAME: 'cy', ANSWER: 'right 0' })
    assert.ok((await respond(second.Session, { USERNAME: 'cy', ANSWER: 'right 1' })).AuthenticationResult)
  })

  test('a wrong password is told to the function, counts, and locks', async () => {
    const other = await makeCustom()
    await other.add('cy', { email: 'cy@example.com' })
    server.world.clock.stand()
    for (let tries = 0; tries < 5; tries++) await refused(begin('Wrong-Passw0rd', other), ...generic)
    await refused(begin(password, other), 'NotAuthorizedException', 'Password attempts exceeded')
  })

  test('a user with a temporary password chooses another before the functions go on', async () => {
    await pool.add('fo', { email: 'fo@example.com' })
    const { AdminSetUserPasswordCommand } = await import('@aws-sdk/client-cognito-identity-provider')
    await server.clients.idp.send(
      new AdminSetUserPasswordCommand({ UserPoolId: pool.id, Username: 'fo', Password: password, Permanent: false }),
    )
    const client = srpClient(pool.id)
    const asked = await start('fo', { CHALLENGE_NAME: 'SRP_A', SRP_A: client.A })
    const answer = client.answer(asked.ChallengeParameters, password, server.world.now())
    const next = await respond(asked.Session, answer, { ChallengeName: 'PASSWORD_VERIFIER' })
    assert.equal(next.ChallengeName, 'NEW_PASSWORD_REQUIRED')
    const chosen = { USERNAME: 'fo', NEW_PASSWORD: 'My-own-Passw0rd' }
    const last = await respond(next.Session, chosen, { ChallengeName: 'NEW_PASSWORD_REQUIRED' })
    assert.equal(last.ChallengeName, 'CUSTOM_CHALLENGE')
  })
})

test('amazon-cognito-identity-js signs in, without and with the password', async () => {
  const Pool = new CognitoUserPool({ UserPoolId: pool.id, ClientId: pool.clientId, endpoint: server.endpoint })
  for (const details of [{ Username: 'cy' }, { Username: 'cy', Password: password }]) {
    const user = new CognitoUser({ Username: 'cy', Pool })
    user.setAuthenticationFlowType('CUSTOM_AUTH')
    const session = await new Promise<CognitoUserSession>((resolve, onFailure) => {
      const callbacks = {
        onSuccess: resolve,
        onFailure,
        customChallenge: ({ question }: { question: string }) =>
          user.sendCustomChallengeAnswer(question.replace('word', 'right'), callbacks),
      }
      const given = new AuthenticationDetails(details)
      if ('Password' in details) user.authenticateUser(given, callbacks)
      else user.initiateAuth(given, callbacks)
    })
    assert.ok(session.isValid())
  }
})
