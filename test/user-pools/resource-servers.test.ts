import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CreateResourceServerCommand,
  type CreateResourceServerCommandInput,
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  DeleteResourceServerCommand,
  DescribeResourceServerCommand,
  ListResourceServersCommand,
  UpdateResourceServerCommand,
  type UpdateResourceServerCommandInput,
  UpdateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { refused } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let UserPoolId: string
const idp = () => server.clients.idp
before(async () => {
  server = await startTestServer()
  UserPoolId = await makePool()
})
after(() => server.close())

const makePool = async () =>
  (await idp().send(new CreateUserPoolCommand({ PoolName: 'test' }))).UserPool?.Id ?? assert.fail('no pool')
const scope = (ScopeName: string) => ({ ScopeName, ScopeDescription: `May ${ScopeName}` })
const create = async (Identifier: string, more: Partial<CreateResourceServerCommandInput> = {}) =>
  (await idp().send(new CreateResourceServerCommand({ UserPoolId, Identifier, Name: 'API', ...more }))).ResourceServer
const describeServer = async (Identifier: string, pool = UserPoolId) =>
  (await idp().send(new DescribeResourceServerCommand({ UserPoolId: pool, Identifier }))).ResourceServer
const wrong = <Value>(value: unknown): Value => value as Value
const absent = (id: string) => ['ResourceNotFoundException', `Resource server ${id} does not exist.`] as const

describe('CreateResourceServer', () => {
  test('refuses the wrong type', () => refused(create('typed', { Scopes: wrong('read') }), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await refused(create('with space'), 'InvalidParameterException', /at 'identifier' failed/)
    await refused(create('x', { Name: 'semi;colon' }), 'InvalidParameterException', /at 'name' failed/)
    await refused(create('x', { Scopes: [scope('a/b')] }), 'InvalidParameterException', /scopeName' failed/)
    const many = Array.from({ length: 101 }, (_, index) => scope(`s${index}`))
    await refused(create('x', { Scopes: many }), 'InvalidParameterException', /less than or equal to 100/)
    await refused(
      create('x', { Scopes: [scope('a'), scope('a')] }),
      'InvalidParameterException',
      /Duplicate scope name/,
    )
    await create('taken')
    await refused(create('taken'), 'InvalidParameterException', `taken already exists in user pool ${UserPoolId}.`)
    await refused(create('x', { UserPoolId: 'us-east-1_absent' }), 'ResourceNotFoundException')
  })

  test('makes a server with its scopes', async () => {
    const made = await create('https://api.example.com', { Name: 'The API', Scopes: [scope('read'), scope('write')] })
    assert.deepEqual(made, {
      UserPoolId,
      Identifier: 'https://api.example.com',
      Name: 'The API',
      Scopes: [scope('read'), scope('write')],
    })
  })

  test('a pool holds 25 of them', async () => {
    const pool = await makePool()
    const make = (n: number) => create(`api${n}`, { UserPoolId: pool })
    await Promise.all(Array.from({ length: 25 }, (_, n) => make(n)))
    await refused(make(25), 'LimitExceededException')
  })
})

describe('DescribeResourceServer', () => {
  test('refuses the wrong type', () => refused(describeServer(wrong(1)), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await refused(describeServer('nothing'), ...absent('nothing'))
    await create('mine')
    await refused(describeServer('mine', await makePool()), ...absent('mine'))
  })

  test('answers the server', async () => {
    const made = await create('described', { Scopes: [scope('read')] })
    assert.deepEqual(await describeServer('described'), made)
  })
})

describe('ListResourceServers', () => {
  const list = (pool: string, MaxResults?: number, NextToken?: string) =>
    idp().send(new ListResourceServersCommand({ UserPoolId: pool, MaxResults, NextToken }))

  test('refuses the wrong type', () => refused(list(UserPoolId, wrong('2')), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await refused(list(UserPoolId, 51), 'InvalidParameterException', /less than or equal to 50/)
    await refused(list(UserPoolId, 2, 'forged'), 'InvalidParameterException', 'Invalid pagination token.')
  })

  test('pages through the servers of one pool', async () => {
    const pool = await makePool()
    for (const id of ['c', 'a', 'b']) await create(id, { UserPoolId: pool })
    const first = await list(pool, 2)
    assert.deepEqual(
      first.ResourceServers?.map(({ Identifier }) => Identifier),
      ['a', 'b'],
    )
    const second = await list(pool, 2, first.NextToken)
    assert.deepEqual(
      second.ResourceServers?.map(({ Identifier }) => Identifier),
      ['c'],
    )
    assert.equal(second.NextToken, undefined)
  })
})

describe('UpdateResourceServer', () => {
  const update = async (Identifier: string, more: Partial<UpdateResourceServerCommandInput> = {}) =>
    (await idp().send(new UpdateResourceServerCommand({ UserPoolId, Identifier, Name: 'New', ...more }))).ResourceServer

  test('refuses the wrong type', () => refused(update('x', { Name: wrong(1) }), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await refused(update('nothing'), ...absent('nothing'))
    await create('twice')
    await refused(update('twice', { Scopes: [scope('a'), scope('a')] }), 'InvalidParameterException')
  })

  test('replaces name and scopes', async () => {
    await create('updated', { Scopes: [scope('read')] })
    const changed = await update('updated', { Scopes: [scope('write')] })
    assert.deepEqual([changed?.Name, changed?.Scopes], ['New', [scope('write')]])
    assert.deepEqual((await update('updated'))?.Scopes, [])
    assert.deepEqual((await describeServer('updated'))?.Scopes, [])
  })
})

describe('DeleteResourceServer', () => {
  const remove = (Identifier: string) => idp().send(new DeleteResourceServerCommand({ UserPoolId, Identifier }))

  test('refuses the wrong type', () => refused(remove(wrong([])), 'SerializationException'))
  test('refuses the wrong value', () => refused(remove('nothing'), ...absent('nothing')))

  test('deletes it', async () => {
    await create('deleted')
    await remove('deleted')
    await refused(describeServer('deleted'), ...absent('deleted'))
  })
})

describe('an app client', () => {
  const client = (AllowedOAuthScopes: string[]) =>
    idp().send(new CreateUserPoolClientCommand({ UserPoolId, ClientName: 'app', AllowedOAuthScopes }))

  test('may have the scopes of its pool’s resource servers, and no others', async () => {
    await create('orders', { Scopes: [scope('read')] })
    const made = (await client(['openid', 'orders/read'])).UserPoolClient
    assert.deepEqual(made?.AllowedOAuthScopes, ['openid', 'orders/read'])
    await refused(client(['orders/write']), 'ScopeDoesNotExistException', 'Invalid scope requested: orders/write')
    await refused(client(['orders']), 'ScopeDoesNotExistException', 'Invalid scope requested: orders')
    const other = await makePool()
    await refused(
      idp().send(
        new CreateUserPoolClientCommand({ UserPoolId: other, ClientName: 'app', AllowedOAuthScopes: ['orders/read'] }),
      ),
      'ScopeDoesNotExistException',
    )
    const update = (scopes: string[]) =>
      idp().send(new UpdateUserPoolClientCommand({ UserPoolId, ClientId: made?.ClientId, AllowedOAuthScopes: scopes }))
    await refused(update(['orders/write']), 'ScopeDoesNotExistException')
    await update(['orders/read'])
  })
})
