import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AdminResetUserPasswordCommand,
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  ForgotPasswordCommand,
  InitiateAuthCommand,
  ResendConfirmationCodeCommand,
  RespondToAuthChallengeCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import type { World } from '../../src/world.ts'
import { list, makePool, password, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: TestPool
/** The hashes computed and verified so far. */
let hashes = 0

before(async () => {
  server = await startTestServer()
  const { slow } = server.world
  const counted: World['slow'] = {
    ...slow,
    hashPassword: (...args) => {
      hashes += 1
      return slow.hashPassword(...args)
    },
    verifyPassword: (...args) => {
      hashes += 1
      return slow.verifyPassword(...args)
    },
  }
  Object.assign(server.world, { slow: counted })
  pool = await makePool(server, { AutoVerifiedAttributes: ['email'] }, { PreventUserExistenceErrors: 'ENABLED' })
  await pool.add('known', { email: 'known@example.com', email_verified: 'true' })
  const UserAttributes = list({ email: 'fresh@example.com' })
  await server.clients.idp.send(
    new SignUpCommand({ ClientId: pool.clientId, Username: 'fresh', Password: password, UserAttributes }),
  )
})
after(() => server.close())

/** Everything a caller sees: code and sentence of a refusal, or the answer without the address's letters. */
async function seen(call: Promise<object>): Promise<string> {
  try {
    const { $metadata, ...answer } = (await call) as { $metadata: unknown }
    return JSON.stringify(answer).replace(/[a-z]\*\*\*@[a-z]\*\*\*/, '_***@_***')
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
}

/** Each is asked about a known and an unknown user, one after the other, and must cost and answer the same. */
const questions: Record<string, { known: string; ask: (Username: string) => Promise<object> }> = {
  'ConfirmSignUp with a wrong code, after a resend': {
    known: 'fresh',
    ask: async (Username) => {
      const { clientId: ClientId } = pool
      await server.clients.idp.send(new ResendConfirmationCodeCommand({ ClientId, Username }))
      return server.clients.idp.send(new ConfirmSignUpCommand({ ClientId, Username, ConfirmationCode: 'wrong' }))
    },
  },
  ResendConfirmationCode: {
    known: 'fresh',
    ask: (Username) =>
      server.clients.idp.send(new ResendConfirmationCodeCommand({ ClientId: pool.clientId, Username })),
  },
  'ConfirmForgotPassword without a code': {
    known: 'known',
    ask: (Username) => confirm(Username),
  },
  ForgotPassword: {
    known: 'known',
    ask: (Username) => server.clients.idp.send(new ForgotPasswordCommand({ ClientId: pool.clientId, Username })),
  },
  'ConfirmForgotPassword with a wrong code': {
    known: 'known',
    ask: (Username) => confirm(Username),
  },
}

const confirm = (Username: string) =>
  server.clients.idp.send(
    new ConfirmForgotPasswordCommand({
      ClientId: pool.clientId,
      Username,
      ConfirmationCode: 'wrong',
      Password: password,
    }),
  )

for (const [question, { known, ask }] of Object.entries(questions))
  test(`cases 35, 36: ${question} answers for an unknown user as for a known one, with as many hashes`, async () => {
    const cost = async (name: string) => {
      const before = hashes
      return { seen: await seen(ask(name)), hashes: hashes - before }
    }
    assert.deepEqual(await cost('unknown'), await cost(known))
  })

test('case 36: a wrong code is told of nobody that their password must be reset', async () => {
  const SignInPolicy = { AllowedFirstAuthFactors: ['PASSWORD' as const, 'EMAIL_OTP' as const] }
  const client = { ExplicitAuthFlows: ['ALLOW_USER_AUTH' as const], PreventUserExistenceErrors: 'ENABLED' as const }
  const choosing = await makePool(server, { Policies: { SignInPolicy } }, client)
  await choosing.add('reset', { email: 'reset@example.com', email_verified: 'true' })
  const { idp } = server.clients
  await idp.send(new AdminResetUserPasswordCommand({ UserPoolId: choosing.id, Username: 'reset' }))
  const { clientId: ClientId } = choosing
  const guess = async (USERNAME: string) => {
    const AuthParameters = { USERNAME, PREFERRED_CHALLENGE: 'EMAIL_OTP' }
    const { Session } = await idp.send(new InitiateAuthCommand({ ClientId, AuthFlow: 'USER_AUTH', AuthParameters }))
    const ChallengeResponses = { USERNAME, EMAIL_OTP_CODE: '00000000' }
    return idp.send(
      new RespondToAuthChallengeCommand({ ClientId, Session, ChallengeName: 'EMAIL_OTP', ChallengeResponses }),
    )
  }
  assert.equal(await seen(guess('reset')), await seen(guess('nobody')))
})

test('case 36: a delivery that fails is not told where existence is hidden', async () => {
  const { send } = server.world
  Object.assign(server.world, { send: () => Promise.reject(new Error('no route')) })
  try {
    const ask = questions['ForgotPassword']?.ask ?? assert.fail()
    assert.equal(await seen(ask('known')), await seen(ask('unknown')))
  } finally {
    Object.assign(server.world, { send })
  }
})
