import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AdminCreateUserCommand,
  ConfirmForgotPasswordCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { list, makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let folded: TestPool

before(async () => {
  server = await startTestServer()
  folded = await makePool(server, { AliasAttributes: ['email'], UsernameConfiguration: { CaseSensitive: false } })
})
after(() => server.close())

const signUp = (pool: TestPool, Username: string, attributes: Record<string, string> = {}) =>
  server.clients.idp.send(
    new SignUpCommand({ ClientId: pool.clientId, Username, Password: password, UserAttributes: list(attributes) }),
  )

test('case 38: every name and spelling of a user counts against one limit', async () => {
  const sub = await folded.add('victim', { email: 'victim@example.com', email_verified: 'true' })
  const spellings = ['victim', 'VICTIM', 'Victim', sub, 'victim@example.com', 'Victim@Example.COM']
  const guess = (n: number) =>
    server.clients.idp.send(
      new ConfirmForgotPasswordCommand({
        ClientId: folded.clientId,
        Username: spellings[n % spellings.length] ?? '',
        ConfirmationCode: '123456',
        Password: password,
      }),
    )
  for (let n = 0; n < 20; n += 1) await refused(guess(n), 'ExpiredCodeException')
  for (let n = 0; n < spellings.length; n += 1) await refused(guess(n), 'LimitExceededException')
})

test('case 38: spaces never make another name', async () => {
  for (const name of [' victim', 'victim ', 'vic tim', 'victim\u00a0', 'victim\u200b', 'victim\t'])
    await refused(
      signUp(folded, name),
      'InvalidParameterException',
      /^1 validation error detected: Value at 'username' failed/,
    )
})

test('case 47: a name in other letters of case or other composition is taken', async () => {
  await folded.add('Zo\u00eb')
  for (const name of ['zo\u00eb', 'ZO\u00cb', 'zoe\u0308', 'ZOE\u0308'])
    await refused(signUp(folded, name), 'UsernameExistsException', 'User already exists')
})

test('case 47: an alias in other letters of case is the same alias', async () => {
  await folded.add('owner', { email: 'Owner@Example.com', email_verified: 'true' })
  const attributes = list({ email: 'oWNER@eXAMPLE.COM', email_verified: 'true' })
  const claim = server.clients.idp.send(
    new AdminCreateUserCommand({
      UserPoolId: folded.id,
      Username: 'claim',
      UserAttributes: attributes,
      MessageAction: 'SUPPRESS',
    }),
  )
  await refused(claim, 'AliasExistsException', 'An account with the given email already exists.')
})

test('case 47: a look-alike is another name and never somebody else', async () => {
  await folded.add('admin', { email: 'admin@example.com', email_verified: 'true' })
  for (const alike of ['\uff41dmin', '\u0430dmin', 'adm\u0131n', 'admin\uff20example.com']) {
    await refused(folded.look(alike), 'UserNotFoundException')
    await folded.add(alike)
    assert.notEqual((await folded.look(alike)).attributes['sub'], (await folded.look('admin')).attributes['sub'])
  }
})

test('case 47: nobody takes the sub of another for a name', async () => {
  const sub = await folded.add('person')
  for (const name of [sub, sub.toUpperCase()])
    await refused(signUp(folded, name), 'UsernameExistsException', 'User already exists')
})
