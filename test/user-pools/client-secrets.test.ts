import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AddUserPoolClientSecretCommand,
  CreateUserPoolClientCommand,
  DeleteUserPoolClientSecretCommand,
  DescribeUserPoolClientCommand,
  InitiateAuthCommand,
  ListUserPoolClientSecretsCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { secretHash } from '../../src/user-pools/clients/secret-hash.ts'
import { makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: TestPool
const idp = () => server.clients.idp
before(async () => {
  server = await startTestServer()
  pool = await makePool(server)
  await pool.add('ann')
})
after(() => server.close())

const wrong = <Value>(value: unknown): Value => value as Value
const chosen = 'aSecretOfMyOwn1234567890'

async function makeClient(): Promise<{ ClientId: string; secret: string }> {
  const { UserPoolClient } = await idp().send(
    new CreateUserPoolClientCommand({
      UserPoolId: pool.id,
      ClientName: 'confidential',
      GenerateSecret: true,
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH'],
    }),
  )
  return { ClientId: UserPoolClient?.ClientId ?? '', secret: UserPoolClient?.ClientSecret ?? '' }
}
const add = async (ClientId: string, ClientSecret?: string) =>
  (await idp().send(new AddUserPoolClientSecretCommand({ UserPoolId: pool.id, ClientId, ClientSecret })))
    .ClientSecretDescriptor ?? assert.fail('no descriptor')
const list = async (ClientId: string) =>
  (await idp().send(new ListUserPoolClientSecretsCommand({ UserPoolId: pool.id, ClientId }))).ClientSecrets ?? []
const remove = (ClientId: string, ClientSecretId: string | undefined) =>
  idp().send(new DeleteUserPoolClientSecretCommand({ UserPoolId: pool.id, ClientId, ClientSecretId }))
const signIn = (ClientId: string, secret: string) =>
  idp().send(
    new InitiateAuthCommand({
      ClientId,
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: 'ann', PASSWORD: password, SECRET_HASH: secretHash(secret, 'ann', ClientId) },
    }),
  )

describe('AddUserPoolClientSecret', () => {
  test('refuses the wrong type', () => refused(add(pool.clientId, wrong(1)), 'SerializationException'))

  test('refuses the wrong value', async () => {
    const { ClientId } = await makeClient()
    await refused(add(ClientId, 'short'), 'InvalidParameterException', /at 'clientSecret' failed/)
    await refused(add('absent'), 'ResourceNotFoundException', 'User pool client absent does not exist.')
    await refused(add(pool.clientId), 'InvalidParameterException')
    await add(ClientId)
    await refused(add(ClientId), 'LimitExceededException', 'Client secrets cannot exceed limit of 2 secrets.')
  })

  test('makes a second secret, and shows it only if it was generated', async () => {
    const { ClientId, secret } = await makeClient()
    const made = await add(ClientId)
    assert.match(made.ClientSecretValue ?? '', /^[a-z0-9]{52}$/)
    assert.match(made.ClientSecretId ?? '', new RegExp(`^${ClientId}--\\d+$`))
    assert.ok(made.ClientSecretCreateDate instanceof Date)
    for (const one of [secret, made.ClientSecretValue ?? '']) {
      assert.ok((await signIn(ClientId, one)).AuthenticationResult?.AccessToken)
    }
    const other = await makeClient()
    assert.equal((await add(other.ClientId, chosen)).ClientSecretValue, undefined)
    assert.ok((await signIn(other.ClientId, chosen)).AuthenticationResult?.AccessToken)
  })

  test('of two made at once the third secret is refused', async () => {
    const { ClientId } = await makeClient()
    const made = await Promise.allSettled([add(ClientId), add(ClientId), add(ClientId)])
    assert.equal(made.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.equal((await list(ClientId)).length, 2)
  })
})

describe('ListUserPoolClientSecrets', () => {
  test('refuses the wrong type', () => refused(list(wrong(1)), 'SerializationException'))
  test('refuses the wrong value', () => refused(list('absent'), 'ResourceNotFoundException'))

  test('names both, newest first, without their values', async () => {
    const { ClientId, secret } = await makeClient()
    const [first] = await list(ClientId)
    const second = await add(ClientId, chosen)
    const secrets = await list(ClientId)
    assert.deepEqual(
      secrets.map(({ ClientSecretId }) => ClientSecretId),
      [second.ClientSecretId, first?.ClientSecretId],
    )
    assert.ok(secrets.every(({ ClientSecretValue }) => ClientSecretValue === undefined))
    assert.ok(!JSON.stringify(secrets).includes(secret))
    assert.deepEqual(await list(pool.clientId), [])
  })
})

describe('DeleteUserPoolClientSecret', () => {
  test('refuses the wrong type', () => refused(remove(pool.clientId, wrong(1)), 'SerializationException'))

  test('refuses the wrong value', async () => {
    const { ClientId } = await makeClient()
    const [only] = await list(ClientId)
    await refused(remove(ClientId, `${ClientId}--1`), 'ResourceNotFoundException')
    await refused(remove(ClientId, only?.ClientSecretId), 'InvalidParameterException')
    const other = await makeClient()
    await add(other.ClientId)
    await refused(remove(other.ClientId, only?.ClientSecretId), 'ResourceNotFoundException')
  })

  test('from then on the secret proves nothing, and a new one may be added', async () => {
    const { ClientId, secret } = await makeClient()
    const [old] = await list(ClientId)
    await add(ClientId, chosen)
    await remove(ClientId, old?.ClientSecretId)
    await refused(
      signIn(ClientId, secret),
      'NotAuthorizedException',
      `Unable to verify secret hash for client ${ClientId}`,
    )
    assert.ok((await signIn(ClientId, chosen)).AuthenticationResult)
    const described = await idp().send(new DescribeUserPoolClientCommand({ UserPoolId: pool.id, ClientId }))
    assert.equal(described.UserPoolClient?.ClientSecret, chosen)
    await add(ClientId)
  })
})
