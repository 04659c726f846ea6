/** Sign-in by sending the password, for users and for administrators; states of users, and temporary passwords. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AdminCreateUserCommand,
  AdminDisableUserCommand,
  AdminInitiateAuthCommand,
  AdminResetUserPasswordCommand,
  AdminRespondToAuthChallengeCommand,
  CreateUserPoolClientCommand,
  type CreateUserPoolCommandInput,
  InitiateAuthCommand,
  RespondToAuthChallengeCommand,
  type RespondToAuthChallengeCommandInput,
  SignUpCommand,
  VerifyUserAttributeCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { secretHash } from '../../src/user-pools/clients/secret-hash.ts'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { claimsOf } from '../support/sign-in.ts'

const flows = { ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_ADMIN_USER_PASSWORD_AUTH'] as const }
const open = { ...flows, ExplicitAuthFlows: [...flows.ExplicitAuthFlows] }
const hiding = { ...open, PreventUserExistenceErrors: 'ENABLED' as const }
const wrong = 'Wrong-Passw0rd'

let server: TestServer
let pool: TestPool
let hidingClient: string

before(async () => {
  server = await startTestServer()
  pool = await makePool(server, { AliasAttributes: ['email'] }, open)
  hidingClient = await pool.addClient(hiding)
  await pool.add('ann', { email: 'ann@example.com', email_verified: 'true' })
})
after(() => server.close())

type Parameters = Record<string, string>
const signIn = (AuthParameters: Parameters, ClientId = pool.clientId) =>
  server.clients.idp.send(new InitiateAuthCommand({ AuthFlow: 'USER_PASSWORD_AUTH', ClientId, AuthParameters }))
const adminSignIn = (AuthParameters: Parameters, of = pool) =>
  server.clients.idp.send(
    new AdminInitiateAuthCommand({
      ...{ UserPoolId: of.id, ClientId: of.clientId, AuthParameters },
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
    }),
  )
const as = (USERNAME: string, PASSWORD = password) => ({ USERNAME, PASSWORD })

describe('USER_PASSWORD_AUTH', () => {
  test('refuses the wrong type', async () => {
    const sent = { AuthFlow: 'USER_PASSWORD_AUTH', ClientId: pool.clientId, AuthParameters: { PASSWORD: [] } }
    const { body } = await server.post('AWSCognitoIdentityProviderService.InitiateAuth', sent)
    assert.equal(body.__type, 'SerializationException')
  })
  test('refuses the wrong value', async () => {
    await refused(signIn({ USERNAME: 'ann' }), 'InvalidParameterException', 'Missing required parameter PASSWORD')
    await refused(signIn(as('ann', wrong)), 'NotAuthorizedException', 'Incorrect username or password.')
    await refused(signIn(as('nobody')), 'UserNotFoundException', 'User does not exist.')
    const closed = await pool.addClient({ ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH'] })
    const sentence = 'USER_PASSWORD_AUTH flow not enabled for this client'
    await refused(signIn(as('ann'), closed), 'InvalidParameterException', sentence)
  })
  test('signs in by the username, the sub or an alias', async () => {
    const first = await signIn(as('ann'))
    const { sub } = claimsOf(first.AuthenticationResult?.IdToken)
    for (const name of ['ann@example.com', String(sub)]) {
      const { AuthenticationResult } = await signIn(as(name))
      assert.equal(claimsOf(AuthenticationResult?.IdToken)['cognito:username'], 'ann')
    }
  })
})

describe('ADMIN_USER_PASSWORD_AUTH', () => {
  test('refuses the wrong type', async () => {
    const sent = { UserPoolId: pool.id, ClientId: pool.clientId, AuthFlow: 'ADMIN_USER_PASSWORD_AUTH' }
    const call = new AdminInitiateAuthCommand({ ...sent, AuthParameters: 7 } as never)
    await refused(server.clients.idp.send(call), 'SerializationException')
  })
  test('refuses the wrong value, and public callers', async () => {
    await refused(adminSignIn(as('ann', wrong)), 'NotAuthorizedException', 'Incorrect username or password.')
    const asPublic = new InitiateAuthCommand({
      ...{ ClientId: pool.clientId, AuthParameters: as('ann') },
      AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
    })
    const sentence = 'Initiate Auth method not supported'
    await refused(server.clients.idp.send(asPublic), 'InvalidParameterException', sentence)
    const { clientId } = await makePool(server, {}, {})
    const other = await makePool(server)
    await refused(adminSignIn(as('ann'), other), 'InvalidParameterException', 'Auth flow not enabled for this client')
    await refused(adminSignIn(as('ann'), { ...pool, clientId }), 'ResourceNotFoundException')
  })
  test('signs in, by its old name too', async () => {
    assert.ok((await adminSignIn(as('ann'))).AuthenticationResult?.RefreshToken)
    const old = new AdminInitiateAuthCommand({
      ...{ UserPoolId: pool.id, ClientId: pool.clientId, AuthParameters: as('ann') },
      AuthFlow: 'ADMIN_NO_SRP_AUTH',
    })
    assert.ok((await server.clients.idp.send(old)).AuthenticationResult?.AccessToken)
  })
})

describe('a client with a secret', () => {
  test('must prove it for exactly the name it sends', async () => {
    const made = await server.clients.idp.send(
      new CreateUserPoolClientCommand({ ...open, UserPoolId: pool.id, ClientName: 's', GenerateSecret: true }),
    )
    const { ClientId = '', ClientSecret = '' } = made.UserPoolClient ?? {}
    const without = `Client ${ClientId} is configured with secret but SECRET_HASH was not received`
    await refused(signIn(as('ann'), ClientId), 'NotAuthorizedException', without)
    const hash = (name: string) => ({ SECRET_HASH: secretHash(ClientSecret, name, ClientId) })
    const other = { ...as('ann@example.com'), ...hash('ann') }
    const sentence = `Unable to verify secret hash for client ${ClientId}`
    await refused(signIn(other, ClientId), 'NotAuthorizedException', sentence)
    const right = { ...as('ann@example.com'), ...hash('ann@example.com') }
    assert.ok((await signIn(right, ClientId)).AuthenticationResult)
  })
})

describe('the state of a user', () => {
  const generic = ['NotAuthorizedException', 'Incorrect username or password.'] as const
  /** Each user in a state of their own. */
  const states: Record<string, { make(name: string): Promise<unknown>; refusal: readonly [string, string] }> = {
    unconfirmed: {
      make: (Username) =>
        server.clients.idp.send(
          new SignUpCommand({
            ...{ ClientId: pool.clientId, Username, Password: password },
            UserAttributes: [{ Name: 'email', Value: `${Username}@example.com` }],
          }),
        ),
      refusal: ['UserNotConfirmedException', 'User is not confirmed.'],
    },
    disabled: {
      make: async (Username) => {
        await pool.add(Username)
        await server.clients.idp.send(new AdminDisableUserCommand({ UserPoolId: pool.id, Username }))
      },
      refusal: ['NotAuthorizedException', 'User is disabled.'],
    },
    reset: {
      make: async (Username) => {
        await pool.add(Username, { email: `${Username}@example.com`, email_verified: 'true' })
        await server.clients.idp.send(new AdminResetUserPasswordCommand({ UserPoolId: pool.id, Username }))
      },
      refusal: ['PasswordResetRequiredException', 'Password reset required for the user'],
    },
  }
  for (const [name, { make, refusal }] of Object.entries(states)) {
    test(`${name} is told to LEGACY clients at once, and to others with the right password only`, async () => {
      await make(name)
      await refused(signIn(as(name, wrong)), ...refusal)
      await refused(signIn(as(name)), ...refusal)
      await refused(signIn(as(name, wrong), hidingClient), ...generic)
      if (name !== 'reset') await refused(signIn(as(name), hidingClient), ...refusal)
    })
  }
})

describe('a temporary password', () => {
  const invite = async (settings: Partial<CreateUserPoolCommandInput> = {}, attributes: Parameters = {}) => {
    const of = await makePool(server, settings, open)
    await server.clients.idp.send(
      new AdminCreateUserCommand({
        ...{ UserPoolId: of.id, Username: 'eve', TemporaryPassword: password, MessageAction: 'SUPPRESS' },
        UserAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
      }),
    )
    return of
  }
  const choose = (of: TestPool, Session: string | undefined, more: Parameters, twin = RespondToAuthChallengeCommand) =>
    server.clients.idp.send(
      new twin({
        ...{ ClientId: of.clientId, ChallengeName: 'NEW_PASSWORD_REQUIRED', Session },
        ChallengeResponses: { USERNAME: 'eve', NEW_PASSWORD: 'My-own-Passw0rd', ...more },
      } as RespondToAuthChallengeCommandInput),
    )
  const schema = ['given_name', 'email'].map((Name) => ({ Name, Required: true, Mutable: true }))

  test('asks for a new one and for what the pool requires, names and values as JSON texts', async () => {
    const of = await invite({ Schema: schema }, { email: 'eve@example.com' })
    const asked = await signIn(as('eve'), of.clientId)
    assert.equal(asked.ChallengeName, 'NEW_PASSWORD_REQUIRED')
    assert.deepEqual(asked.ChallengeParameters, {
      USER_ID_FOR_SRP: 'eve',
      requiredAttributes: '["userAttributes.given_name"]',
      userAttributes: asked.ChallengeParameters?.['userAttributes'],
    })
    const attributes = JSON.parse(asked.ChallengeParameters?.['userAttributes'] ?? '')
    assert.equal(attributes.email, 'eve@example.com')
    assert.equal('sub' in attributes, false)
  })
  test('is refused a new one that breaks the policy, or attributes that are missing, provided or unknown', async () => {
    const of = await invite({ Schema: schema }, { email: 'eve@example.com' })
    const { Session } = await signIn(as('eve'), of.clientId)
    const name = { 'userAttributes.given_name': 'Eve' }
    const missing = 'Invalid attributes given, given_name is missing'
    await refused(choose(of, Session, {}), 'InvalidParameterException', missing)
    const again = { ...name, 'userAttributes.email': 'x@example.com' }
    await refused(choose(of, Session, again), 'NotAuthorizedException', 'Cannot modify an already provided email')
    const unknown = { ...name, 'userAttributes.custom:x': '1' }
    await refused(choose(of, Session, unknown), 'InvalidParameterException', /does not exist in the schema/)
    const verified = { ...name, 'userAttributes.email_verified': 'true' }
    const sentence = 'A client attempted to write unauthorized attribute'
    await refused(choose(of, Session, verified), 'NotAuthorizedException', sentence)
    await refused(choose(of, Session, { ...name, NEW_PASSWORD: 'short' }), 'InvalidPasswordException')
    const long = { ...name, NEW_PASSWORD: `Aa1!${'x'.repeat(253)}` }
    await refused(choose(of, Session, long), 'InvalidParameterException', /less than or equal to 256/)
    // Refusals like these leave the Session usable.
    assert.ok((await choose(of, Session, name)).AuthenticationResult)
  })
  test('gives way to the new one, by the public and the admin twins', async () => {
    const of = await invite()
    const { Session } = await signIn(as('eve'), of.clientId)
    assert.ok((await choose(of, Session, {})).AuthenticationResult?.AccessToken)
    assert.equal((await of.look('eve')).status, 'CONFIRMED')
    await refused(signIn(as('eve'), of.clientId), 'NotAuthorizedException')
    assert.ok((await signIn(as('eve', 'My-own-Passw0rd'), of.clientId)).AuthenticationResult)

    const other = await invite()
    const asked = await adminSignIn(as('eve'), other)
    const done = await server.clients.idp.send(
      new AdminRespondToAuthChallengeCommand({
        ...{ UserPoolId: other.id, ClientId: other.clientId, Session: asked.Session },
        ChallengeName: 'NEW_PASSWORD_REQUIRED',
        ChallengeResponses: { USERNAME: 'eve', NEW_PASSWORD: password },
      }),
    )
    assert.ok(done.AuthenticationResult?.AccessToken)
  })
  test('keeps no address from who has none, and sends a code to one that would replace theirs', async () => {
    const pending = {
      AutoVerifiedAttributes: ['email' as const],
      UserAttributeUpdateSettings: { AttributesRequireVerificationBeforeUpdate: ['email' as const] },
    }
    const first = await invite({ ...pending, Schema: [{ Name: 'email', Required: true, Mutable: true }] })
    const { Session } = await signIn(as('eve'), first.clientId)
    await choose(first, Session, { 'userAttributes.email': 'eve@first.example' })
    const { email, email_verified } = (await first.look('eve')).attributes
    assert.deepEqual([email, email_verified], ['eve@first.example', 'false'])

    const second = await invite(pending, { email: 'eve@old.example', email_verified: 'true' })
    const asked = await signIn(as('eve'), second.clientId)
    const { AuthenticationResult } = await choose(second, asked.Session, { 'userAttributes.email': 'eve@new.example' })
    assert.equal((await second.look('eve')).attributes['email'], 'eve@old.example')
    await server.clients.idp.send(
      new VerifyUserAttributeCommand({
        AccessToken: AuthenticationResult?.AccessToken,
        AttributeName: 'email',
        Code: server.world.codeSentTo('eve@new.example'),
      }),
    )
    assert.equal((await second.look('eve')).attributes['email'], 'eve@new.example')
  })
  test('dies after its days', async (t) => {
    const of = await invite()
    server.world.clock.advance(7 * 86_400_000 + 1)
    t.after(() => server.world.clock.advance(-7 * 86_400_000 - 1))
    const sentence = 'Temporary password has expired and must be reset by an administrator.'
    await refused(signIn(as('eve'), of.clientId), 'NotAuthorizedException', sentence)
  })
})
