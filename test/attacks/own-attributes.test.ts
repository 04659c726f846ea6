import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AdminResetUserPasswordCommand,
  DeleteUserAttributesCommand,
  DeleteUserCommand,
  GetUserCommand,
  ListDevicesCommand,
  SignUpCommand,
  UpdateUserAttributesCommand,
  VerifyUserAttributeCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { requirePool } from '../../src/user-pools/pools/find.ts'
import { changeAttributes } from '../../src/user-pools/users/change.ts'
import { requireUser } from '../../src/user-pools/users/find.ts'
import { list, makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: TestPool

before(async () => {
  server = await startTestServer()
  pool = await makePool(
    server,
    {
      AutoVerifiedAttributes: ['email'],
      AliasAttributes: ['email'],
      Schema: [
        { Name: 'role', AttributeDataType: 'String', Mutable: true },
        { Name: 'level', AttributeDataType: 'String', Mutable: true, DeveloperOnlyAttribute: true },
      ],
    },
    { WriteAttributes: ['email', 'name'] },
  )
})
after(() => server.close())

const unauthorized = 'A client attempted to write unauthorized attribute'
const update = (AccessToken: string, attributes: Record<string, string>) =>
  server.clients.idp.send(new UpdateUserAttributesCommand({ AccessToken, UserAttributes: list(attributes) }))
const signUp = (ClientId: string, Username: string, attributes: Record<string, string>) =>
  server.clients.idp.send(
    new SignUpCommand({ ClientId, Username, Password: password, UserAttributes: list(attributes) }),
  )

test('case 54: nobody declares their own address verified, by any client', async () => {
  await pool.add('vera', { email: 'vera@example.com' })
  const open = await pool.addClient()
  for (const clientId of [pool.clientId, open]) {
    const token = await pool.tokenOf('vera', clientId)
    for (const name of ['email_verified', 'phone_number_verified']) {
      await refused(update(token, { [name]: 'true' }), 'NotAuthorizedException', unauthorized)
      await refused(
        update(token, { email: 'boss@example.com', [name]: 'true' }),
        'NotAuthorizedException',
        unauthorized,
      )
      await refused(
        signUp(clientId, 'vic', { email: 'vic@example.com', [name]: 'true' }),
        'NotAuthorizedException',
        unauthorized,
      )
    }
    const removal = new DeleteUserAttributesCommand({ AccessToken: token, UserAttributeNames: ['email_verified'] })
    await refused(server.clients.idp.send(removal), 'NotAuthorizedException', unauthorized)
  }
  assert.deepEqual((await pool.look('vera')).attributes['email_verified'], 'false')
})

test('case 55: an address that was only claimed is no name, and takes nothing from its owner', async () => {
  await pool.add('mallory', { email: 'mallory@example.com', email_verified: 'true' })
  const sub = await pool.add('victim', { email: 'victim@example.com', email_verified: 'true' })
  await update(await pool.tokenOf('mallory'), { email: 'victim@example.com' })
  assert.equal((await pool.look('victim@example.com')).attributes['sub'], sub)
  assert.equal((await pool.look('mallory')).attributes['email_verified'], 'false')
  await update(await pool.tokenOf('mallory'), { email: 'nobody@example.com' })
  await refused(pool.look('nobody@example.com'), 'UserNotFoundException')
})

test('case 56: attributes that decide rights are written by nobody whose client may not', async () => {
  await pool.add('ron', { 'custom:role': 'reader' })
  const token = await pool.tokenOf('ron')
  await refused(update(token, { 'custom:role': 'admin' }), 'NotAuthorizedException', unauthorized)
  await refused(update(token, { name: 'Ron', 'custom:role': 'admin' }), 'NotAuthorizedException', unauthorized)
  await refused(signUp(pool.clientId, 'rita', { 'custom:role': 'admin' }), 'NotAuthorizedException', unauthorized)
  const { attributes } = await pool.look('ron')
  assert.deepEqual([attributes['custom:role'], attributes['name']], ['reader', undefined])
})

test('case 56: attributes for developers are closed to every client', async () => {
  await pool.add('dev')
  const token = await pool.tokenOf('dev', await pool.addClient())
  await refused(update(token, { 'dev:custom:level': '9' }), 'NotAuthorizedException', unauthorized)
})

test('case 81: a token changes and shows its own user alone', async () => {
  const other = await makePool(server)
  const [mine, theirs] = [await pool.add('twin'), await other.add('twin')]
  const AccessToken = await pool.tokenOf('twin')
  await update(AccessToken, { name: 'Mine' })
  assert.equal((await other.look('twin')).attributes['name'], undefined)
  const { UserAttributes } = await server.clients.idp.send(new GetUserCommand({ AccessToken }))
  assert.equal(UserAttributes?.[0]?.Value, mine)
  for (const [of, sub] of [
    [pool, theirs],
    [other, mine],
  ] as const)
    await refused(of.look(sub), 'UserNotFoundException')
})

test('case 54: an address put back while another is verified is not verified by that', async () => {
  await pool.add('slow', { email: 'boss@example.com' })
  const { world } = server
  const { id, clientId } = pool
  const of = await requirePool(world, id)
  const before = await requireUser(world, of, 'slow')
  const AccessToken = await pool.tokenOf('slow')
  await update(AccessToken, { email: 'slow@example.com' })
  const Code = world.codeSentTo('slow@example.com')
  await server.clients.idp.send(new VerifyUserAttributeCommand({ AccessToken, AttributeName: 'email', Code }))
  assert.equal((await pool.look('slow')).attributes['email_verified'], 'true')
  // A request that read its user before all that, and writes now.
  const cause = { reason: 'UpdateUserAttribute', operation: 'UpdateUserAttributes', clientId } as const
  await changeAttributes(world, of, before, { email: 'boss@example.com' }, 'update', cause)
  const { email, email_verified } = (await pool.look('slow')).attributes
  assert.deepEqual({ email, email_verified }, { email: 'boss@example.com', email_verified: 'false' })
})

test('case 48: whoever has a token of a user whose password must be reset does nothing with it', async () => {
  await pool.add('reset', { email: 'reset@example.com', email_verified: 'true' })
  const AccessToken = await pool.tokenOf('reset')
  const { idp } = server.clients
  await idp.send(new AdminResetUserPasswordCommand({ UserPoolId: pool.id, Username: 'reset' }))
  const refusal = ['PasswordResetRequiredException', 'Password reset required for the user'] as const
  await refused(update(AccessToken, { email: 'thief@example.com' }), ...refusal)
  await refused(idp.send(new GetUserCommand({ AccessToken })), ...refusal)
  await refused(idp.send(new ListDevicesCommand({ AccessToken })), ...refusal)
  await refused(idp.send(new DeleteUserCommand({ AccessToken })), ...refusal)
})
