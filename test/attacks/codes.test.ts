import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import {
  ConfirmForgotPasswordCommand,
  ConfirmSignUpCommand,
  ForgotPasswordCommand,
  SignUpCommand,
  UpdateUserAttributesCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { passwordFits } from '../../src/user-pools/passwords/verify.ts'
import { requirePool } from '../../src/user-pools/pools/find.ts'
import { requireUser } from '../../src/user-pools/users/find.ts'
import { list, makePool, password, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: TestPool

before(async () => {
  server = await startTestServer()
  pool = await makePool(server, { AutoVerifiedAttributes: ['email'] })
})
after(() => server.close())

const nameOf = (outcome: PromiseSettledResult<unknown>): string =>
  outcome.status === 'fulfilled' ? 'done' : (outcome.reason as Error).name

const tally = (outcomes: PromiseSettledResult<unknown>[]): Record<string, number> => {
  const counts: Record<string, number> = {}
  for (const outcome of outcomes) counts[nameOf(outcome)] = (counts[nameOf(outcome)] ?? 0) + 1
  return counts
}

const reset = (Username: string, ConfirmationCode: string, Password: string) =>
  server.clients.idp.send(
    new ConfirmForgotPasswordCommand({ ClientId: pool.clientId, Username, ConfirmationCode, Password }),
  )

test('case 48: after five wrong codes the right one is worthless', async () => {
  await pool.add('five', { email: 'five@example.com', email_verified: 'true' })
  await server.clients.idp.send(new ForgotPasswordCommand({ ClientId: pool.clientId, Username: 'five' }))
  const code = server.world.codeSentTo('five@example.com')
  for (let n = 0; n < 5; n += 1)
    await assert.rejects(reset('five', `${n}`, 'Second1!x'), { name: 'CodeMismatchException' })
  await assert.rejects(reset('five', code, 'Second1!x'), { name: 'ExpiredCodeException' })
})

test('case 48: parallel guesses are compared five times at most, whatever name of the user they use', async () => {
  const sub = await pool.add('many', { email: 'many@example.com', email_verified: 'true' })
  await server.clients.idp.send(new ForgotPasswordCommand({ ClientId: pool.clientId, Username: 'many' }))
  const guesses = Array.from({ length: 60 }, (_, n) => reset(n % 2 ? 'many' : sub, `guess${n}`, 'Second1!x'))
  const counts = tally(await Promise.allSettled(guesses))
  assert.equal(counts['CodeMismatchException'], 5)
  // One of the hour's twenty went to asking for the code.
  assert.deepEqual(
    [counts['ExpiredCodeException'], counts['LimitExceededException'], counts['done']],
    [14, 41, undefined],
  )
})

test('case 48: whoever is signed in cannot have the pool write to as many addresses as they like', async () => {
  await pool.add('busy', { email: 'busy@example.com', email_verified: 'true' })
  const AccessToken = await pool.tokenOf('busy')
  const move = (index: number) =>
    server.clients.idp.send(
      new UpdateUserAttributesCommand({ AccessToken, UserAttributes: list({ email: `victim${index}@example.com` }) }),
    )
  for (let index = 0; index < 30; index++) await move(index)
  await assert.rejects(move(30), { name: 'LimitExceededException' })
  assert.equal((await pool.look('busy')).attributes['email'], 'victim29@example.com')
  // What sends nothing is not counted.
  const UserAttributes = list({ name: 'Busy' })
  await server.clients.idp.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes }))
})

test('case 50: of fifty who use one sign-up code at once, one confirms', async () => {
  const UserAttributes = list({ email: 'fifty@example.com' })
  await server.clients.idp.send(
    new SignUpCommand({ ClientId: pool.clientId, Username: 'fifty', Password: password, UserAttributes }),
  )
  const ConfirmationCode = server.world.codeSentTo('fifty@example.com')
  const takers = Array.from({ length: 50 }, () =>
    server.clients.idp.send(new ConfirmSignUpCommand({ ClientId: pool.clientId, Username: 'fifty', ConfirmationCode })),
  )
  assert.equal(tally(await Promise.allSettled(takers))['done'], 1)
  assert.equal((await pool.look('fifty')).status, 'CONFIRMED')
})

test('case 50: of many who use one reset code at once, one sets the password', async () => {
  await pool.add('race', { email: 'race@example.com', email_verified: 'true' })
  await server.clients.idp.send(new ForgotPasswordCommand({ ClientId: pool.clientId, Username: 'race' }))
  const code = server.world.codeSentTo('race@example.com')
  const wanted = Array.from({ length: 10 }, (_, n) => `Winner${n}!x`)
  const outcomes = await Promise.allSettled(wanted.map((one) => reset('race', code, one)))
  assert.equal(tally(outcomes)['done'], 1)
  const winner = wanted[outcomes.findIndex(({ status }) => status === 'fulfilled')] ?? ''
  const found = await requirePool(server.world, pool.id)
  assert.equal(await passwordFits(server.world, found, await requireUser(server.world, found, 'race'), winner), true)
})

test('case 53: what a message says does not depend on the Host, Origin or Forwarded headers', async () => {
  await pool.add('host', { email: 'host@example.com', email_verified: 'true' })
  const evil = 'evil.example'
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const sent = request(
      server.endpoint,
      {
        method: 'POST',
        headers: {
          host: evil,
          origin: `https://${evil}`,
          forwarded: `host=${evil};proto=https`,
          'x-forwarded-host': evil,
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': 'AWSCognitoIdentityProviderService.ForgotPassword',
        },
      },
      (answer) => answer.resume().on('end', () => resolve(answer.statusCode)),
    )
    sent.on('error', reject).end(JSON.stringify({ ClientId: pool.clientId, Username: 'host' }))
  })
  const message = server.world.outbox.findLast(({ to }) => to === 'host@example.com')
  assert.equal(status, 200)
  assert.equal(message?.body, `Your verification code is ${message?.code}. `)
  assert.equal(JSON.stringify(message).includes('evil'), false)
})
