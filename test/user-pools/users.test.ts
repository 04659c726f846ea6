import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AdminDeleteUserCommand,
  AdminDisableUserCommand,
  AdminEnableUserCommand,
  AdminGetUserCommand,
  DeleteUserCommand,
  GetUserCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { makePool, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: TestPool

before(async () => {
  server = await startTestServer()
  pool = await makePool(server, { AliasAttributes: ['email'] })
})
after(() => server.close())

const named = (Username: string, UserPoolId = pool.id) => ({ UserPoolId, Username })

for (const Command of [AdminGetUserCommand, AdminDisableUserCommand, AdminEnableUserCommand, AdminDeleteUserCommand]) {
  const call = (input: { UserPoolId: string; Username: string }) =>
    server.clients.idp.send(new Command(input) as AdminGetUserCommand)

  describe(Command.name.replace('Command', ''), () => {
    test('refuses the wrong type', async () => {
      await refused(call(named(5 as never)), 'SerializationException')
    })

    test('refuses the wrong value', async () => {
      await refused(call(named('nobody')), 'UserNotFoundException', 'User does not exist.')
      await refused(
        call(named('x'.repeat(129))),
        'InvalidParameterException',
        /^1 validation error detected: Value at 'username' failed/,
      )
      await refused(
        call(named('x', 'us-east-1_nowhere00')),
        'ResourceNotFoundException',
        'User pool us-east-1_nowhere00 does not exist.',
      )
    })

    test('refuses a caller who has not signed', async () => {
      const target = `AWSCognitoIdentityProviderService.${Command.name.replace('Command', '')}`
      const { body } = await server.post(target, named('nobody'))
      assert.equal(body.__type, 'MissingAuthenticationTokenException')
    })
  })
}

test('AdminGetUser shows a user by username, sub and alias', async () => {
  const sub = await pool.add('ann', { email: 'ann@example.com', email_verified: 'true' })
  for (const name of ['ann', sub, 'ann@example.com']) {
    const found = await server.clients.idp.send(new AdminGetUserCommand(named(name)))
    assert.equal(found.Username, 'ann')
    assert.deepEqual(found.UserAttributes, [
      { Name: 'sub', Value: sub },
      { Name: 'email', Value: 'ann@example.com' },
      { Name: 'email_verified', Value: 'true' },
    ])
    assert.deepEqual([found.Enabled, found.UserStatus], [true, 'CONFIRMED'])
    assert.ok(found.UserCreateDate instanceof Date && found.UserLastModifiedDate instanceof Date)
    assert.ok(found.UserLastModifiedDate >= found.UserCreateDate)
  }
})

test('AdminDisableUser ends the sessions too, and AdminEnableUser does not revive them', async () => {
  await pool.add('bea')
  const AccessToken = await pool.tokenOf('bea')
  await server.clients.idp.send(new AdminDisableUserCommand(named('bea')))
  assert.equal((await pool.look('bea')).enabled, false)
  await refused(
    server.clients.idp.send(new GetUserCommand({ AccessToken })),
    'NotAuthorizedException',
    'User is disabled.',
  )
  await server.clients.idp.send(new AdminEnableUserCommand(named('bea')))
  assert.equal((await pool.look('bea')).enabled, true)
  await refused(
    server.clients.idp.send(new GetUserCommand({ AccessToken })),
    'NotAuthorizedException',
    'Access Token has been revoked',
  )
  await server.clients.idp.send(new GetUserCommand({ AccessToken: await pool.tokenOf('bea') }))
})

test('AdminDeleteUser removes the user, whose name is free again', async () => {
  const sub = await pool.add('cal', { email: 'cal@example.com', email_verified: 'true' })
  await server.clients.idp.send(new AdminDeleteUserCommand(named('cal@example.com')))
  await refused(server.clients.idp.send(new AdminGetUserCommand(named(sub))), 'UserNotFoundException')
  assert.notEqual(await pool.add('cal', { email: 'cal@example.com', email_verified: 'true' }), sub)
})

describe('GetUser', () => {
  const get = (AccessToken: string) => server.clients.idp.send(new GetUserCommand({ AccessToken }))

  test('refuses the wrong type', async () => {
    await refused(get(1 as never), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await refused(get('nonsense'), 'NotAuthorizedException', 'Invalid Access Token')
  })

  test('shows the user to themselves', async () => {
    const sub = await pool.add('dot', { name: 'Dot' })
    const found = await get(await pool.tokenOf('dot'))
    assert.equal(found.Username, 'dot')
    assert.deepEqual(found.UserAttributes, [
      { Name: 'sub', Value: sub },
      { Name: 'name', Value: 'Dot' },
    ])
  })

  test('shows what the client may read and nothing else', async () => {
    await pool.add('eve', { name: 'Eve', nickname: 'E', email: 'eve@example.com' })
    const narrow = await pool.addClient({ ReadAttributes: ['email'] })
    const found = await get(await pool.tokenOf('eve', narrow))
    assert.deepEqual(
      found.UserAttributes?.map(({ Name }) => Name),
      ['sub', 'email'],
    )
  })
})

describe('DeleteUser', () => {
  const remove = (AccessToken: string) => server.clients.idp.send(new DeleteUserCommand({ AccessToken }))

  test('refuses the wrong type', async () => {
    await refused(remove([] as never), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await refused(remove('a.b.c'), 'NotAuthorizedException', 'Invalid Access Token')
  })

  test('deletes the user whose token it is, and the token opens nothing more', async () => {
    await pool.add('fin')
    const token = await pool.tokenOf('fin')
    await remove(token)
    await refused(remove(token), 'UserNotFoundException', 'User does not exist.')
    await refused(server.clients.idp.send(new AdminGetUserCommand(named('fin'))), 'UserNotFoundException')
  })
})
