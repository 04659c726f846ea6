import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  CreateGroupCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  DescribeUserPoolClientCommand,
  DescribeUserPoolCommand,
  GetGroupCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { assume, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

/** What a refusal tells, with the ids taken out that the caller sent. */
const told = async (call: Promise<unknown>, ...ids: string[]) => {
  const error = await call.then(
    () => assert.fail('was not refused'),
    (refusal: Error) => refusal,
  )
  return { name: error.name, message: ids.reduce((text, id) => text.replaceAll(id, '<id>'), error.message) }
}

test('case 37: whoever may not ask learns neither which pools, nor which clients and groups exist', async () => {
  const { idp } = server.clients
  const stranger = await assume(server, server.clients, await makeRole(server.clients, 'stranger'))
  const UserPoolId = (await idp.send(new CreateUserPoolCommand({ PoolName: 'x' }))).UserPool?.Id ?? ''
  const ClientId =
    (await idp.send(new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'x' }))).UserPoolClient?.ClientId ?? ''
  await idp.send(new CreateGroupCommand({ UserPoolId, GroupName: 'known' }))
  const unknownPool = 'us-east-1_doesNotEx'

  const pools = [UserPoolId, unknownPool].map((id) =>
    told(stranger.idp.send(new DescribeUserPoolCommand({ UserPoolId: id })), id),
  )
  const [known, unknown] = await Promise.all(pools)
  assert.equal(known?.name, 'AccessDeniedException')
  assert.deepEqual(known, unknown)

  const clients = [ClientId, 'unknown'].map((id) =>
    told(stranger.idp.send(new DescribeUserPoolClientCommand({ UserPoolId, ClientId: id })), id, UserPoolId),
  )
  const groups = ['known', 'unknown'].map((GroupName) =>
    told(stranger.idp.send(new GetGroupCommand({ UserPoolId, GroupName })), UserPoolId),
  )
  for (const answers of [await Promise.all(clients), await Promise.all(groups)]) {
    assert.equal(answers[0]?.name, 'AccessDeniedException')
    assert.deepEqual(answers[0], answers[1])
  }
})

test('case 37: an unsigned caller is told of a client no more than that its id is unknown', async () => {
  const target = 'AWSCognitoIdentityProviderService.ForgotPassword'
  const { status, body } = await server.post(target, { ClientId: 'unknown', Username: 'ann' })
  assert.equal(status, 400)
  assert.deepEqual(body, {
    __type: 'ResourceNotFoundException',
    message: 'User pool client unknown does not exist.',
  })
})
