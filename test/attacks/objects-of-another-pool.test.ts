import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  DeleteGroupCommand,
  DeleteUserPoolClientCommand,
  DeleteUserPoolCommand,
  DescribeUserPoolClientCommand,
  GetGroupCommand,
  ListGroupsCommand,
  ListUserPoolClientsCommand,
  ListUsersInGroupCommand,
  UpdateGroupCommand,
  UpdateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { account, allowing, assume, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
/** Two pools, each with a client; group and user are of the first. */
let [first, second, clientId] = ['', '', '']
const idp = () => server.clients.idp
const GroupName = 'team'
const Username = 'ann'

before(async () => {
  server = await startTestServer()
  const makePool = async () => (await idp().send(new CreateUserPoolCommand({ PoolName: 'x' }))).UserPool?.Id ?? ''
  first = await makePool()
  second = await makePool()
  const made = await idp().send(
    new CreateUserPoolClientCommand({ UserPoolId: first, ClientName: 'x', GenerateSecret: true }),
  )
  clientId = made.UserPoolClient?.ClientId ?? ''
  await idp().send(new CreateGroupCommand({ UserPoolId: first, GroupName, Precedence: 1 }))
  await idp().send(new AdminCreateUserCommand({ UserPoolId: first, Username, MessageAction: 'SUPPRESS' }))
  await idp().send(new AdminAddUserToGroupCommand({ UserPoolId: first, GroupName, Username }))
})
after(() => server.close())

/** The first pool is as it was made. */
async function assertUntouched() {
  const { UserPoolClient } = await idp().send(
    new DescribeUserPoolClientCommand({ UserPoolId: first, ClientId: clientId }),
  )
  assert.equal(UserPoolClient?.ClientName, 'x')
  assert.equal((await idp().send(new GetGroupCommand({ UserPoolId: first, GroupName }))).Group?.Precedence, 1)
  const { Users } = await idp().send(new ListUsersInGroupCommand({ UserPoolId: first, GroupName }))
  assert.deepEqual(
    Users?.map((user) => user.Username),
    [Username],
  )
}

describe('81: another pool’s', () => {
  test('client is not found, changed or deleted through one’s own pool', async () => {
    const ids = { UserPoolId: second, ClientId: clientId }
    const refusal = { name: 'ResourceNotFoundException', message: `User pool client ${clientId} does not exist.` }
    await assert.rejects(idp().send(new DescribeUserPoolClientCommand(ids)), refusal)
    await assert.rejects(idp().send(new UpdateUserPoolClientCommand({ ...ids, ClientName: 'stolen' })), refusal)
    await assert.rejects(idp().send(new DeleteUserPoolClientCommand(ids)), refusal)
    assert.deepEqual((await idp().send(new ListUserPoolClientsCommand({ UserPoolId: second }))).UserPoolClients, [])
    await assertUntouched()
  })

  test('groups and users are not found, joined or deleted through one’s own pool', async () => {
    const ids = { UserPoolId: second, GroupName }
    const noGroup = { name: 'ResourceNotFoundException', message: 'Group not found.' }
    await assert.rejects(idp().send(new GetGroupCommand(ids)), noGroup)
    await assert.rejects(idp().send(new UpdateGroupCommand({ ...ids, Precedence: 9 })), noGroup)
    await assert.rejects(idp().send(new DeleteGroupCommand(ids)), noGroup)
    await assert.rejects(idp().send(new ListUsersInGroupCommand(ids)), noGroup)
    assert.deepEqual((await idp().send(new ListGroupsCommand({ UserPoolId: second }))).Groups, [])
    const noUser = { name: 'UserNotFoundException' }
    await assert.rejects(idp().send(new AdminListGroupsForUserCommand({ UserPoolId: second, Username })), noUser)
    await idp().send(new CreateGroupCommand({ UserPoolId: second, GroupName }))
    await assert.rejects(idp().send(new AdminAddUserToGroupCommand({ ...ids, Username })), noUser)
    await assert.rejects(idp().send(new AdminRemoveUserFromGroupCommand({ ...ids, Username })), noUser)
    await idp().send(new DeleteGroupCommand(ids))
    await assertUntouched()
  })

  test('objects are out of reach of a policy for one’s own pool, in whichever region the request is signed', async () => {
    const policy = allowing('cognito-idp:*', [
      `arn:aws:cognito-idp:us-east-1:${account}:userpool/${second}`,
      `arn:aws:cognito-idp:eu-west-1:${account}:userpool/*`,
    ])
    const role = await makeRole(server.clients, 'second-only', { policy })
    const { idp: own, keys: credentials } = await assume(server, server.clients, role)

    await own.send(new ListGroupsCommand({ UserPoolId: second }))
    await assert.rejects(own.send(new ListGroupsCommand({ UserPoolId: first })), { name: 'AccessDeniedException' })
    await assert.rejects(own.send(new DeleteUserPoolCommand({ UserPoolId: first })), { name: 'AccessDeniedException' })

    // The policy speaks of any pool of that region; the pool of another region is none of them.
    const { endpoint } = server
    const abroad = new CognitoIdentityProviderClient({ endpoint, region: 'eu-west-1', credentials, maxAttempts: 1 })
    await assert.rejects(abroad.send(new ListGroupsCommand({ UserPoolId: first })), {
      name: 'ResourceNotFoundException',
    })
    await assert.rejects(abroad.send(new DeleteUserPoolCommand({ UserPoolId: first })), {
      name: 'ResourceNotFoundException',
    })
    abroad.destroy()
    await assertUntouched()
  })
})
