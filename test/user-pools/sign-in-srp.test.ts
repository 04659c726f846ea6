/** Sign-in by SRP as clients do it: the SDK, amazon-cognito-identity-js and Amplify. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AdminCreateUserCommand,
  AdminInitiateAuthCommand,
  AdminRespondToAuthChallengeCommand,
  GetUserCommand,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import {
  AuthenticationDetails,
  CognitoUser,
  CognitoUserPool,
  type CognitoUserSession,
} from 'amazon-cognito-identity-js'
import { Amplify } from 'aws-amplify'
import { confirmSignIn, fetchAuthSession, signIn, signOut } from 'aws-amplify/auth'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf, srpClient } from '../support/sign-in.ts'

let server: TestServer
let pool: TestPool

before(async () => {
  server = await startTestServer()
  pool = await makePool(server)
  await pool.add('ann', { email: 'ann@example.com' })
})
after(() => server.close())

const initiate = (parameters: Record<string, string>, ClientId = pool.clientId) =>
  server.clients.idp.send(new InitiateAuthCommand({ AuthFlow: 'USER_SRP_AUTH', ClientId, AuthParameters: parameters }))

const respond = (ChallengeResponses: Record<string, string>, more: { Session?: string } = {}) =>
  server.clients.idp.send(
    new RespondToAuthChallengeCommand({
      ClientId: pool.clientId,
      ChallengeName: 'PASSWORD_VERIFIER',
      ChallengeResponses,
      ...more,
    }),
  )

describe('InitiateAuth with USER_SRP_AUTH', () => {
  test('refuses the wrong type', async () => {
    const sent = { AuthFlow: 'USER_SRP_AUTH', ClientId: pool.clientId, AuthParameters: { USERNAME: 1 } }
    const { status, body } = await server.post('AWSCognitoIdentityProviderService.InitiateAuth', sent)
    assert.deepEqual([status, body.__type], [400, 'SerializationException'])
  })
  test('refuses the wrong value', async () => {
    await refused(initiate({ SRP_A: '2' }), 'InvalidParameterException', 'Missing required parameter USERNAME')
    await refused(initiate({ USERNAME: 'ann' }), 'InvalidParameterException', 'Missing required parameter SRP_A')
    await refused(initiate({ USERNAME: 'ann', SRP_A: 'no hex' }), 'InvalidParameterException', 'Invalid SRP_A')
    const closed = await pool.addClient({ ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'] })
    const sentence = 'USER_SRP_AUTH flow not enabled for this client'
    await refused(initiate({ USERNAME: 'ann', SRP_A: '2' }, closed), 'InvalidParameterException', sentence)
  })
  test('asks for the proof of the password', async () => {
    const {
      ChallengeName,
      ChallengeParameters = {},
      Session,
    } = await initiate({
      USERNAME: 'ann',
      SRP_A: srpClient(pool.id).A,
    })
    assert.equal(ChallengeName, 'PASSWORD_VERIFIER')
    assert.deepEqual(Object.keys(ChallengeParameters).sort(), [
      'SALT',
      'SECRET_BLOCK',
      'SRP_B',
      'USERNAME',
      'USER_ID_FOR_SRP',
    ])
    assert.equal(ChallengeParameters['USER_ID_FOR_SRP'], 'ann')
    assert.ok(Session && Session.length >= 20 && Session.length <= 2048)
  })
})

describe('RespondToAuthChallenge with PASSWORD_VERIFIER', () => {
  const begun = async () => {
    const client = srpClient(pool.id)
    return { client, asked: await initiate({ USERNAME: 'ann', SRP_A: client.A }) }
  }
  test('refuses the wrong type', async () => {
    const sent = { ChallengeName: 'PASSWORD_VERIFIER', ClientId: pool.clientId, ChallengeResponses: [] }
    const { body } = await server.post('AWSCognitoIdentityProviderService.RespondToAuthChallenge', sent)
    assert.equal(body.__type, 'SerializationException')
  })
  test('refuses the wrong value', async () => {
    const { client, asked } = await begun()
    const answer = client.answer(asked.ChallengeParameters, password)
    const without = { ...answer, TIMESTAMP: '' }
    await refused(respond(without), 'InvalidParameterException', 'Missing required parameter TIMESTAMP')
    const wrong = client.answer(asked.ChallengeParameters, 'Wrong-Passw0rd')
    await refused(respond(wrong), 'NotAuthorizedException', 'Incorrect username or password.')
  })
  test('signs in, with the Session or without it', async () => {
    for (const withSession of [true, false]) {
      const { client, asked } = await begun()
      const answer = client.answer(asked.ChallengeParameters, password)
      const { AuthenticationResult, ChallengeName, ChallengeParameters } = await respond(answer, {
        ...(withSession && asked.Session && { Session: asked.Session }),
      })
      assert.equal(ChallengeName, undefined)
      assert.deepEqual(ChallengeParameters, {})
      assert.equal(AuthenticationResult?.TokenType, 'Bearer')
      assert.equal(AuthenticationResult?.ExpiresIn, 3600)
      assert.equal(claimsOf(AuthenticationResult?.AccessToken)['username'], 'ann')
    }
  })
})

describe('AdminInitiateAuth and AdminRespondToAuthChallenge', () => {
  const common = () => ({ UserPoolId: pool.id, ClientId: pool.clientId })
  test('refuse the wrong type', async () => {
    const wrong = { ...common(), AuthFlow: 'USER_SRP_AUTH', AuthParameters: 'USERNAME' } as never
    await refused(server.clients.idp.send(new AdminInitiateAuthCommand(wrong)), 'SerializationException')
    const answer = { ...common(), ChallengeName: 'PASSWORD_VERIFIER', ChallengeResponses: 'x' } as never
    await refused(server.clients.idp.send(new AdminRespondToAuthChallengeCommand(answer)), 'SerializationException')
  })
  test('refuse the wrong value, and answers of a public sign-in', async () => {
    const admin = new AdminInitiateAuthCommand({ ...common(), AuthFlow: 'USER_PASSWORD_AUTH' })
    await refused(server.clients.idp.send(admin), 'InvalidParameterException', 'Initiate Auth method not supported')
    const client = srpClient(pool.id)
    const { ChallengeParameters } = await initiate({ USERNAME: 'ann', SRP_A: client.A })
    const ChallengeResponses = client.answer(ChallengeParameters, password)
    const answer = { ...common(), ChallengeName: 'PASSWORD_VERIFIER' as const, ChallengeResponses }
    await refused(server.clients.idp.send(new AdminRespondToAuthChallengeCommand(answer)), 'NotAuthorizedException')
  })
  test('sign in by SRP', async () => {
    const client = srpClient(pool.id)
    const asked = await server.clients.idp.send(
      new AdminInitiateAuthCommand({
        ...common(),
        AuthFlow: 'USER_SRP_AUTH',
        AuthParameters: { USERNAME: 'ann', SRP_A: client.A },
      }),
    )
    const done = await server.clients.idp.send(
      new AdminRespondToAuthChallengeCommand({
        ...common(),
        ChallengeName: 'PASSWORD_VERIFIER',
        ChallengeResponses: client.answer(asked.ChallengeParameters, password),
      }),
    )
    const AccessToken = done.AuthenticationResult?.AccessToken ?? ''
    assert.equal((await server.clients.idp.send(new GetUserCommand({ AccessToken }))).Username, 'ann')
  })
})

/** A user with a temporary password, in a pool that requires a name. */
async function invited(username: string): Promise<TestPool> {
  const schema = [{ Name: 'given_name', Required: true, Mutable: true }]
  const strict = await makePool(server, { Schema: schema })
  await server.clients.idp.send(
    new AdminCreateUserCommand({
      UserPoolId: strict.id,
      Username: username,
      TemporaryPassword: password,
      MessageAction: 'SUPPRESS',
    }),
  )
  return strict
}

describe('amazon-cognito-identity-js', () => {
  const userOf = (of: TestPool, Username: string) => {
    const Pool = new CognitoUserPool({ UserPoolId: of.id, ClientId: of.clientId, endpoint: server.endpoint })
    return new CognitoUser({ Username, Pool })
  }
  const authenticate = (user: CognitoUser, Username: string, Password: string) =>
    new Promise<CognitoUserSession | { required: string[] }>((resolve, reject) =>
      user.authenticateUser(new AuthenticationDetails({ Username, Password }), {
        onSuccess: resolve,
        onFailure: reject,
        newPasswordRequired: (_, required: string[]) => resolve({ required }),
      }),
    )

  test('signs in', async () => {
    const session = await authenticate(userOf(pool, 'ann'), 'ann', password)
    assert.ok('isValid' in session && session.isValid())
  })
  test('refuses a wrong password in AWS’s words', async () => {
    await refused(
      authenticate(userOf(pool, 'ann'), 'ann', 'Wrong-Passw0rd'),
      'NotAuthorizedException',
      'Incorrect username or password.',
    )
  })
  test('lets an invited user choose a password, after one that breaks the policy', async () => {
    const strict = await invited('eve')
    const user = userOf(strict, 'eve')
    assert.deepEqual(await authenticate(user, 'eve', password), { required: ['given_name'] })
    const choose = (chosen: string) =>
      new Promise<CognitoUserSession>((onSuccess, onFailure) =>
        user.completeNewPasswordChallenge(chosen, { given_name: 'Eve' }, { onSuccess, onFailure }),
      )
    await refused(choose('short'), 'InvalidPasswordException', /Password not long enough/)
    const session = await choose('My-own-Passw0rd')
    assert.equal(session.getIdToken().payload['given_name'], 'Eve')
    assert.equal((await strict.look('eve')).status, 'CONFIRMED')
  })
})

describe('Amplify', () => {
  const configure = (of: TestPool) =>
    Amplify.configure({
      Auth: { Cognito: { userPoolId: of.id, userPoolClientId: of.clientId, userPoolEndpoint: server.endpoint } },
    })

  test('signs in, knows its user, and signs out', async () => {
    configure(pool)
    assert.equal((await signIn({ username: 'ann', password })).isSignedIn, true)
    const { tokens } = await fetchAuthSession()
    assert.equal(tokens?.accessToken.payload['username'], 'ann')
    await signOut()
    assert.equal((await fetchAuthSession()).tokens, undefined)
  })
  test('lets an invited user choose a password', async () => {
    const strict = await invited('zoe')
    configure(strict)
    const { nextStep } = await signIn({ username: 'zoe', password })
    assert.equal(nextStep.signInStep, 'CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED')
    const done = await confirmSignIn({
      challengeResponse: 'My-own-Passw0rd',
      options: { userAttributes: { given_name: 'Zoe' } },
    })
    assert.equal(done.isSignedIn, true)
    await signOut({ global: true })
  })
})
