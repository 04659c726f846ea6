import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AdminCreateUserCommand,
  AdminUpdateUserAttributesCommand,
  ListUsersCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { list, makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: TestPool

before(async () => {
  server = await startTestServer()
  pool = await makePool(server, {
    AutoVerifiedAttributes: ['email'],
    AdminCreateUserConfig: {
      InviteMessageTemplate: {
        EmailSubject: 'For {username}',
        EmailMessage: '<b>{username}</b> {####}',
        SMSMessage: '{username} {####}',
      },
    },
  })
  await pool.add('team', { email: 'team@example.com', preferred_username: 'team' })
  await pool.add('team-admin', { email: 'admin@example.com', preferred_username: 'team-admin' })
})
after(() => server.close())

test('case 60: a name with markup stays text in an e-mail', async () => {
  const Username = '<img/src=x>&"{####}$&'
  const UserAttributes = list({ email: 'html@example.com' })
  await server.clients.idp.send(
    new AdminCreateUserCommand({
      UserPoolId: pool.id,
      Username,
      UserAttributes,
      TemporaryPassword: 'Temp1!xx',
      DesiredDeliveryMediums: ['EMAIL'],
    }),
  )
  const message = server.world.outbox.at(-1)
  assert.equal(message?.body, '<b>&lt;img/src=x&gt;&amp;&quot;{####}$&amp;</b> Temp1!xx')
  assert.equal(message?.subject, `For ${Username}`)
})

test('case 60: no address or name carries a further header or receiver', async () => {
  const hostile = [
    'a@example.com\r\nBcc: all@example.com',
    'a@example.com,b@example.com',
    'a@example.com;b@example.com',
    '"a@example.com" <b@example.com>',
    'a@b@example.com',
    '<a@example.com>',
  ]
  const sent = server.world.outbox.length
  for (const email of hostile) {
    const UserAttributes = list({ email })
    const call = new SignUpCommand({ ClientId: pool.clientId, Username: 'mule', Password: password, UserAttributes })
    await refused(server.clients.idp.send(call), 'InvalidParameterException', 'Invalid email address format.')
  }
  const withNul = list({ email: 'a@example.com\u0000' })
  const call = new SignUpCommand({
    ClientId: pool.clientId,
    Username: 'mule',
    Password: password,
    UserAttributes: withNul,
  })
  await refused(server.clients.idp.send(call), 'InvalidParameterException')
  const named = new SignUpCommand({ ClientId: pool.clientId, Username: 'a\r\nBcc:b', Password: password })
  await refused(server.clients.idp.send(named), 'InvalidParameterException')
  assert.equal(server.world.outbox.length, sent)
})

const find = (Filter: string) => server.clients.idp.send(new ListUsersCommand({ UserPoolId: pool.id, Filter }))
const count = async (filter: string) => (await find(filter)).Users?.length

test('case 82: a filter says one thing: what follows it is refused, what is inside is a value', async () => {
  for (const filter of [
    'email = "x" or email ^= ""',
    'email = "x"; email ^= ""',
    'email ^= ""/*',
    'email" = "x" or "email" ^= "',
    "email = 'x' or '1' = '1'",
  ])
    await refused(find(filter), 'InvalidParameterException', 'Error while parsing filter.')
  for (const value of [`' or 1=1 --`, String.raw`\" or email ^= \"`, '%', '_', '*', '.*', '\ud800'])
    assert.equal(await count(`email = "${value}"`), 0)
  await refused(find('email = "\u0000"'), 'InvalidParameterException')
})

test('case 82: equality finds the whole value, not what begins with it, and SQL wildcards are letters', async () => {
  assert.equal(await count('preferred_username = "team"'), 1)
  assert.equal(await count('preferred_username ^= "team"'), 2)
  assert.equal(await count('username = "team"'), 1)
  assert.equal(await count('preferred_username ^= "%"'), 0)
  assert.equal(await count('preferred_username ^= "t_am"'), 0)
})

test('case 82: a filter that would take a careless pattern minutes is answered', async () => {
  assert.equal(await count(`email = "${'\\\\'.repeat(110)}"`), 0)
  await refused(find(`email = "${'\\'.repeat(241)}`), 'InvalidParameterException', 'Error while parsing filter.')
  await refused(find(`${' '.repeat(250)}x`), 'InvalidParameterException', 'Error while parsing filter.')
})

test('case 60: whatever an attribute holds comes back as it was, and breaks no list', async () => {
  const value = `\u0001\u2028"'\\<>{####}\u{1f600}`
  const UserAttributes = list({ name: value, given_name: 'x'.repeat(2048) })
  await server.clients.idp.send(
    new AdminUpdateUserAttributesCommand({ UserPoolId: pool.id, Username: 'team', UserAttributes }),
  )
  assert.equal((await pool.look('team')).attributes['name'], value)
  assert.equal(await count(`given_name ^= "${'x'.repeat(200)}"`), 1)
  assert.equal(await count(`given_name = "${'x'.repeat(200)}"`), 0)
})
