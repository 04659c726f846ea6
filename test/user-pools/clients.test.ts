import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CreateUserPoolClientCommand,
  type CreateUserPoolClientCommandInput,
  CreateUserPoolCommand,
  DeleteUserPoolClientCommand,
  DeleteUserPoolCommand,
  DescribeUserPoolClientCommand,
  ListUserPoolClientsCommand,
  UpdateUserPoolClientCommand,
  type UpdateUserPoolClientCommandInput,
} from '@aws-sdk/client-cognito-identity-provider'
import { sql } from '../../src/store/db.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let UserPoolId: string
let otherPool: string
const idp = () => server.clients.idp
const makePool = async () =>
  (await idp().send(new CreateUserPoolCommand({ PoolName: 'test' }))).UserPool?.Id ?? assert.fail('no pool')
before(async () => {
  server = await startTestServer()
  UserPoolId = await makePool()
  otherPool = await makePool()
})
after(() => server.close())

const create = async (input: Partial<CreateUserPoolClientCommandInput> = {}) =>
  (await idp().send(new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'test', ...input }))).UserPoolClient ??
  assert.fail('no client')
const describeClient = async (ClientId: string | undefined, pool = UserPoolId) =>
  (await idp().send(new DescribeUserPoolClientCommand({ UserPoolId: pool, ClientId }))).UserPoolClient ??
  assert.fail('no client')

const wrong = <Value>(value: unknown): Value => value as Value
const serialization = { name: 'SerializationException' }
const invalid = (message: string | RegExp) => ({ name: 'InvalidParameterException', message })
const notFound = (id = 'nobody') => ({
  name: 'ResourceNotFoundException',
  message: `User pool client ${id} does not exist.`,
})

describe('CreateUserPoolClient', () => {
  test('refuses the wrong type', async () => {
    await assert.rejects(create({ GenerateSecret: wrong('yes') }), serialization)
    await assert.rejects(create({ RefreshTokenValidity: wrong('30') }), serialization)
    await assert.rejects(create({ CallbackURLs: wrong('https://a.example') }), serialization)
  })

  test('refuses the wrong value', async () => {
    await assert.rejects(
      create({ ClientName: 'a/b' }),
      invalid(/^1 validation error detected: Value 'a\/b' at 'clientName' failed/),
    )
    await assert.rejects(create({ ExplicitAuthFlows: [wrong('ANY')] }), invalid(/Member must satisfy enum value set/))
    await assert.rejects(create({ AccessTokenValidity: 25 }), invalid('Invalid range for token validity.'))
    await assert.rejects(create({ GenerateSecret: true, ClientSecret: 'x'.repeat(24) }), invalid(/GenerateSecret/))
    // Sensitive members are refused without their value.
    await assert.rejects(create({ ClientSecret: 'too short' }), (error: Error) => !error.message.includes('too short'))
    await assert.rejects(create({ UserPoolId: 'us-east-1_doesNotEx' }), {
      name: 'ResourceNotFoundException',
      message: 'User pool us-east-1_doesNotEx does not exist.',
    })
  })

  test('makes no more clients than AWS lets a pool have', async () => {
    const full = await makePool()
    await server.world.db.run(sql`insert into pool_counts (pool_id, what, many) values (${full}, 'clients', 999)`)
    const { ClientId } = await create({ UserPoolId: full })
    await assert.rejects(create({ UserPoolId: full }), { name: 'LimitExceededException' })
    await idp().send(new DeleteUserPoolClientCommand({ UserPoolId: full, ClientId }))
    await create({ UserPoolId: full })
  })

  test('makes a public client that looks as AWS’s does', async () => {
    const { ClientId, CreationDate, LastModifiedDate, ...rest } = await create()
    assert.match(ClientId ?? '', /^[a-z0-9]{26}$/)
    assert.deepEqual(CreationDate, LastModifiedDate)
    assert.deepEqual(rest, {
      UserPoolId,
      ClientName: 'test',
      RefreshTokenValidity: 30,
      TokenValidityUnits: {},
      AllowedOAuthFlowsUserPoolClient: false,
      EnableTokenRevocation: true,
      EnablePropagateAdditionalUserContextData: false,
      AuthSessionValidity: 3,
    })
  })

  test('makes a client with a secret, its own or the caller’s', async () => {
    const generated = await create({ GenerateSecret: true })
    assert.match(generated.ClientSecret ?? '', /^[a-z0-9]{52}$/)
    const given = await create({ ClientSecret: 'a+secret+of+the+callers+own' })
    assert.equal(given.ClientSecret, 'a+secret+of+the+callers+own')
    assert.equal((await describeClient(given.ClientId)).ClientSecret, 'a+secret+of+the+callers+own')
  })
})

describe('DescribeUserPoolClient', () => {
  test('refuses the wrong type', () => assert.rejects(describeClient(wrong(['x'])), serialization))

  test('refuses the wrong value', async () => {
    await assert.rejects(
      describeClient('not a client'),
      invalid(/^1 validation error detected: Value at 'clientId' failed/),
    )
    await assert.rejects(describeClient('nobody'), notFound())
  })

  test('describes what was sent, which is what tools that compare rely on', async () => {
    const sent = {
      RefreshTokenValidity: 5,
      AccessTokenValidity: 10,
      IdTokenValidity: 15,
      TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'minutes', RefreshToken: 'hours' },
      ReadAttributes: ['email', 'name'],
      WriteAttributes: ['name'],
      ExplicitAuthFlows: ['ALLOW_USER_SRP_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
      SupportedIdentityProviders: ['COGNITO'],
      CallbackURLs: ['https://a.example/', 'http://localhost:3000'],
      LogoutURLs: ['https://a.example/bye'],
      DefaultRedirectURI: 'https://a.example/',
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'email'],
      AllowedOAuthFlowsUserPoolClient: true,
      PreventUserExistenceErrors: 'ENABLED',
      EnableTokenRevocation: false,
      AuthSessionValidity: 15,
    } satisfies Partial<CreateUserPoolClientCommandInput>
    const client = await describeClient((await create(sent)).ClientId)
    for (const [name, value] of Object.entries(sent)) {
      assert.deepEqual(client[name as keyof typeof client], value, name)
    }
  })

  test('says of rotation how long an old token is forgiven, nothing unless set', async () => {
    const { RefreshTokenRotation } = await create({ RefreshTokenRotation: { Feature: 'ENABLED' } })
    assert.deepEqual(RefreshTokenRotation, { Feature: 'ENABLED', RetryGracePeriodSeconds: 0 })
  })
})

describe('ListUserPoolClients', () => {
  const list = (input: { UserPoolId: string; MaxResults?: number; NextToken?: string }) =>
    idp().send(new ListUserPoolClientsCommand(input))

  test('refuses the wrong type', () => assert.rejects(list({ UserPoolId, MaxResults: wrong('1') }), serialization))

  test('refuses the wrong value', async () => {
    await assert.rejects(list({ UserPoolId, MaxResults: 0 }), invalid(/greater than or equal to 1/))
    await assert.rejects(list({ UserPoolId, NextToken: 'forged' }), invalid('Invalid pagination token.'))
  })

  test('pages through the clients of one pool, without their secrets', async () => {
    const pool = await makePool()
    const made = [1, 2, 3].map(() => create({ UserPoolId: pool, GenerateSecret: true }))
    const ids = (await Promise.all(made)).map(({ ClientId }) => ClientId).sort()
    const first = await list({ UserPoolId: pool, MaxResults: 2 })
    const second = await list({ UserPoolId: pool, MaxResults: 2, NextToken: first.NextToken })
    const all = [...(first.UserPoolClients ?? []), ...(second.UserPoolClients ?? [])]
    assert.deepEqual(
      all.map(({ ClientId }) => ClientId),
      ids,
    )
    assert.deepEqual(Object.keys(all[0] ?? {}).sort(), ['ClientId', 'ClientName', 'UserPoolId'])
    assert.equal(second.NextToken, undefined)
    // A token of one list does not open another.
    await assert.rejects(
      list({ UserPoolId: otherPool, NextToken: first.NextToken }),
      invalid('Invalid pagination token.'),
    )
  })
})

describe('UpdateUserPoolClient', () => {
  const update = async (input: Partial<UpdateUserPoolClientCommandInput> & { ClientId: string | undefined }) =>
    (await idp().send(new UpdateUserPoolClientCommand({ UserPoolId, ...input }))).UserPoolClient

  test('refuses the wrong type', async () => {
    await assert.rejects(update({ ClientId: 'x', EnableTokenRevocation: wrong(1) }), serialization)
  })

  test('refuses the wrong value', async () => {
    await assert.rejects(update({ ClientId: 'nobody' }), notFound())
    const { ClientId } = await create()
    await assert.rejects(
      update({ ClientId, WriteAttributes: ['custom:nope'] }),
      invalid('Invalid write attributes specified while updating a client'),
    )
  })

  test('replaces the settings, and keeps name and secret', async () => {
    const { ClientId, ClientSecret } = await create({
      GenerateSecret: true,
      AuthSessionValidity: 9,
      ReadAttributes: ['email'],
    })
    const client = await update({ ClientId, PreventUserExistenceErrors: 'ENABLED' })
    assert.equal(client?.PreventUserExistenceErrors, 'ENABLED')
    assert.equal(client?.AuthSessionValidity, 3)
    assert.equal(client?.ReadAttributes, undefined)
    assert.equal(client?.ClientName, 'test')
    assert.equal(client?.ClientSecret, ClientSecret)
    assert.deepEqual(await describeClient(ClientId), client)
  })
})

describe('DeleteUserPoolClient', () => {
  const remove = (ClientId: string | undefined, pool = UserPoolId) =>
    idp().send(new DeleteUserPoolClientCommand({ UserPoolId: pool, ClientId }))

  test('refuses the wrong type', () => assert.rejects(remove(wrong({})), serialization))

  test('refuses the wrong value', () => assert.rejects(remove('nobody'), notFound()))

  test('makes the client vanish', async () => {
    const { ClientId } = await create()
    await remove(ClientId)
    await assert.rejects(describeClient(ClientId), notFound(ClientId))
  })
})

test('the clients of a deleted pool are unknown to unsigned callers too', async () => {
  const pool = await makePool()
  const { ClientId } = await create({ UserPoolId: pool })
  await idp().send(new DeleteUserPoolCommand({ UserPoolId: pool }))
  const signUp = { ClientId, Username: 'ann', Password: 'Passw0rd!' }
  const answer = await server.post('AWSCognitoIdentityProviderService.SignUp', signUp)
  assert.equal(answer.body.__type, 'ResourceNotFoundException')
  assert.equal(answer.body.message, `User pool client ${ClientId} does not exist.`)
})
