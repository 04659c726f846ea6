import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  AdminGetUserCommand,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let UserPoolId: string | undefined
const idp = () => server.clients.idp
before(async () => {
  server = await startTestServer()
  const Schema = [
    { Name: 'role', AttributeDataType: 'String' as const },
    { Name: 'plan', AttributeDataType: 'String' as const, DeveloperOnlyAttribute: true },
  ]
  UserPoolId = (await idp().send(new CreateUserPoolCommand({ PoolName: 'x', Schema }))).UserPool?.Id
})
after(() => server.close())

const clientThatWrites = async (WriteAttributes?: string[]) =>
  (await idp().send(new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'x', WriteAttributes }))).UserPoolClient
    ?.ClientId
const signUp = (ClientId: string | undefined, Username: string, attributes: Record<string, string>) =>
  idp().send(
    new SignUpCommand({
      ClientId,
      Username,
      Password: 'Passw0rd!',
      UserAttributes: Object.entries(attributes).map(([Name, Value]) => ({ Name, Value })),
    }),
  )
const refused = { name: 'NotAuthorizedException', message: 'A client attempted to write unauthorized attribute' }
const absent = (Username: string) =>
  assert.rejects(idp().send(new AdminGetUserCommand({ UserPoolId, Username })), { name: 'UserNotFoundException' })

test('case 56: nobody signs up with an attribute that the client may not write', async () => {
  const client = await clientThatWrites(['nickname'])
  await assert.rejects(signUp(client, 'ann', { nickname: 'Ann', 'custom:role': 'admin' }), refused)
  await absent('ann')
  await signUp(client, 'ann', { nickname: 'Ann' })
})

test('case 56: no client writes what only the pool or an administrator sets, whatever its list says', async () => {
  const client = await clientThatWrites()
  for (const name of ['sub', 'email_verified', 'phone_number_verified', 'identities', 'dev:custom:plan']) {
    await assert.rejects(signUp(client, 'ben', { email: 'ben@example.com', [name]: 'true' }), refused, name)
  }
  await absent('ben')
  await assert.rejects(clientThatWrites(['email_verified']), {
    name: 'InvalidParameterException',
    message: 'Invalid write attributes specified while creating a client',
  })
})
