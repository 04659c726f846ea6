import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AdminAddUserToGroupCommand,
  AdminCreateUserCommand,
  AdminDeleteUserCommand,
  AdminListGroupsForUserCommand,
  AdminRemoveUserFromGroupCommand,
  CreateGroupCommand,
  type CreateGroupCommandInput,
  CreateUserPoolCommand,
  DeleteGroupCommand,
  GetGroupCommand,
  ListGroupsCommand,
  ListUsersInGroupCommand,
  UpdateGroupCommand,
  type UpdateGroupCommandInput,
} from '@aws-sdk/client-cognito-identity-provider'
import { sql } from '../../src/store/db.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let UserPoolId: string
const idp = () => server.clients.idp
before(async () => {
  server = await startTestServer()
  UserPoolId = await makePool()
  await makeUser('ann')
})
after(() => server.close())

const makePool = async () =>
  (await idp().send(new CreateUserPoolCommand({ PoolName: 'test' }))).UserPool?.Id ?? assert.fail('no pool')
const makeUser = (Username: string, pool = UserPoolId) =>
  idp().send(
    new AdminCreateUserCommand({
      UserPoolId: pool,
      Username,
      MessageAction: 'SUPPRESS',
      TemporaryPassword: 'Passw0rd!',
    }),
  )
const create = async (GroupName: string, more: Partial<CreateGroupCommandInput> = {}) =>
  (await idp().send(new CreateGroupCommand({ UserPoolId, GroupName, ...more }))).Group ?? assert.fail('no group')
const add = (Username: string, GroupName: string, pool = UserPoolId) =>
  idp().send(new AdminAddUserToGroupCommand({ UserPoolId: pool, Username, GroupName }))

const wrong = <Value>(value: unknown): Value => value as Value
const serialization = { name: 'SerializationException' }
const invalid = (message: string | RegExp) => ({ name: 'InvalidParameterException', message })
const noGroup = { name: 'ResourceNotFoundException', message: 'Group not found.' }
const noUser = { name: 'UserNotFoundException', message: 'User does not exist.' }
const RoleArn = 'arn:aws:iam::000000000000:role/editors'

describe('CreateGroup', () => {
  test('refuses the wrong type', () => assert.rejects(create('x', { Precedence: wrong('1') }), serialization))

  test('refuses the wrong value', async () => {
    await assert.rejects(
      create('with space'),
      invalid(/^1 validation error detected: Value 'with space' at 'groupName' failed/),
    )
    await assert.rejects(
      create('x', { Precedence: -1 }),
      invalid(/at 'precedence' failed.*greater than or equal to 0$/),
    )
    await assert.rejects(
      create('x', { Precedence: 2 ** 31 }),
      invalid(/at 'precedence' failed.*less than or equal to 2147483647$/),
    )
    await assert.rejects(create('x', { RoleArn: 'not an arn at all, really' }), invalid(/at 'roleArn' failed/))
    const foreign = RoleArn.replace('000000000000', '111111111111')
    await assert.rejects(create('x', { RoleArn: foreign }), invalid(/^Cross-account pass role is not allowed\.$/))
    await create('taken')
    await assert.rejects(create('taken'), {
      name: 'GroupExistsException',
      message: 'A group with the name already exists',
    })
  })

  test('makes no more groups than AWS lets a pool have', async () => {
    const full = await makePool()
    const { db } = server.world
    await db.run(sql`insert into pool_counts (pool_id, what, many) values (${full}, 'groups', 9999)`)
    await create('last', { UserPoolId: full })
    await assert.rejects(create('more', { UserPoolId: full }), { name: 'LimitExceededException' })
    await assert.rejects(create('last', { UserPoolId: full }), { name: 'GroupExistsException' })
    await idp().send(new DeleteGroupCommand({ UserPoolId: full, GroupName: 'last' }))
    await create('more', { UserPoolId: full })
  })

  test('makes a group and leaves out what was not set', async () => {
    const { CreationDate, LastModifiedDate, ...rest } = await create('plain')
    assert.deepEqual(rest, { GroupName: 'plain', UserPoolId })
    assert.ok(CreationDate instanceof Date)
    assert.deepEqual(LastModifiedDate, CreationDate)
    const full = await create('full', { Description: 'All of it', RoleArn, Precedence: 0 })
    assert.deepEqual([full.Description, full.RoleArn, full.Precedence], ['All of it', RoleArn, 0])
  })
})

describe('GetGroup', () => {
  const get = async (GroupName: string, pool = UserPoolId) =>
    (await idp().send(new GetGroupCommand({ UserPoolId: pool, GroupName }))).Group

  test('refuses the wrong type', () => assert.rejects(get(wrong(1)), serialization))

  test('refuses the wrong value', async () => {
    await assert.rejects(get('nobodies'), noGroup)
    // A name is no prefix, and tells case apart.
    await create('team-admin')
    await assert.rejects(get('team'), noGroup)
    await assert.rejects(get('TEAM-ADMIN'), noGroup)
  })

  test('answers the group', async () => {
    const made = await create('got', { Precedence: 7 })
    assert.deepEqual(await get('got'), made)
  })
})

describe('ListGroups', () => {
  const list = (input: { UserPoolId: string; Limit?: number; NextToken?: string }) =>
    idp().send(new ListGroupsCommand(input))

  test('refuses the wrong type', () => assert.rejects(list({ UserPoolId, Limit: wrong('1') }), serialization))

  test('refuses the wrong value', async () => {
    await assert.rejects(list({ UserPoolId, Limit: 61 }), invalid(/less than or equal to 60/))
    await assert.rejects(list({ UserPoolId, NextToken: 'forged' }), invalid('Invalid pagination token.'))
  })

  test('pages through the groups of one pool', async () => {
    const pool = await makePool()
    for (const name of ['c', 'a', 'b']) await create(name, { UserPoolId: pool })
    const first = await list({ UserPoolId: pool, Limit: 2 })
    const second = await list({ UserPoolId: pool, Limit: 2, NextToken: first.NextToken })
    const names = [first, second].map(({ Groups }) => Groups?.map(({ GroupName }) => GroupName))
    assert.deepEqual(names, [['a', 'b'], ['c']])
    assert.equal(second.NextToken, undefined)
    // No limit, and a limit of nothing, are sixty.
    assert.equal((await list({ UserPoolId: pool, Limit: 0 })).Groups?.length, 3)
  })
})

describe('UpdateGroup', () => {
  const update = async (GroupName: string, more: Partial<UpdateGroupCommandInput> = {}) =>
    (await idp().send(new UpdateGroupCommand({ UserPoolId, GroupName, ...more }))).Group

  test('refuses the wrong type', () => assert.rejects(update('x', { Description: wrong({}) }), serialization))

  test('refuses the wrong value', async () => {
    await assert.rejects(update('nobodies', { Precedence: 1 }), noGroup)
    await assert.rejects(update('nobodies', { Precedence: -1 }), invalid(/precedence/))
  })

  test('changes what is given', async () => {
    await create('changed', { Description: 'before', Precedence: 5 })
    const group = await update('changed', { RoleArn, Precedence: 0 })
    assert.deepEqual([group?.Description, group?.RoleArn, group?.Precedence], ['before', RoleArn, 0])
  })
})

describe('DeleteGroup', () => {
  const remove = (GroupName: string) => idp().send(new DeleteGroupCommand({ UserPoolId, GroupName }))

  test('refuses the wrong type', () => assert.rejects(remove(wrong([])), serialization))

  test('refuses the wrong value', () => assert.rejects(remove('nobodies'), noGroup))

  test('takes its members with it', async () => {
    await create('short-lived')
    await add('ann', 'short-lived')
    await remove('short-lived')
    await assert.rejects(remove('short-lived'), noGroup)
    await create('short-lived')
    const { Users } = await idp().send(new ListUsersInGroupCommand({ UserPoolId, GroupName: 'short-lived' }))
    assert.deepEqual(Users, [])
  })
})

describe('AdminAddUserToGroup, AdminRemoveUserFromGroup and AdminListGroupsForUser', () => {
  const remove = (Username: string, GroupName: string) =>
    idp().send(new AdminRemoveUserFromGroupCommand({ UserPoolId, Username, GroupName }))
  const list = (Username: string, more: { Limit?: number; NextToken?: string } = {}) =>
    idp().send(new AdminListGroupsForUserCommand({ UserPoolId, Username, ...more }))
  const namesOf = async (Username: string) => (await list(Username)).Groups?.map(({ GroupName }) => GroupName)

  test('refuse the wrong type', async () => {
    const calls = [() => add(wrong(1), 'x'), () => remove('ann', wrong({})), () => list('ann', { Limit: wrong('2') })]
    for (const call of calls) {
      await assert.rejects(call, serialization)
    }
  })

  test('refuse the wrong value', async () => {
    await create('known')
    await assert.rejects(add('ann', 'nobodies'), noGroup)
    await assert.rejects(remove('ann', 'nobodies'), noGroup)
    for (const call of [() => add('stranger', 'known'), () => remove('stranger', 'known'), () => list('stranger')]) {
      await assert.rejects(call, noUser)
    }
    await assert.rejects(list('ann', { NextToken: 'forged' }), invalid('Invalid pagination token.'))
  })

  test('make a user a member once, and no member, once', async () => {
    await makeUser('ben')
    await create('red')
    await create('blue')
    for (const name of ['red', 'red', 'blue']) await add('ben', name)
    assert.deepEqual(await namesOf('ben'), ['blue', 'red'])
    const first = await list('ben', { Limit: 1 })
    const second = await list('ben', { Limit: 1, NextToken: first.NextToken })
    assert.deepEqual(
      [first, second].map(({ Groups }) => Groups?.[0]?.GroupName),
      ['blue', 'red'],
    )
    assert.equal(second.NextToken, undefined)
    for (const name of ['red', 'red']) await remove('ben', name)
    assert.deepEqual(await namesOf('ben'), ['blue'])
  })

  test('put a user into a hundred groups, and no more', async () => {
    const pool = await makePool()
    await makeUser('joiner', pool)
    for (let index = 0; index < 101; index++) await create(`g${index}`, { UserPoolId: pool })
    for (let index = 0; index < 100; index++) await add('joiner', `g${index}`, pool)
    await assert.rejects(add('joiner', 'g100', pool), invalid('A user cannot be a member of more than 100 groups.'))
    await add('joiner', 'g99', pool)
  })

  test('know a user by sub too', async () => {
    const { User } = await makeUser('cleo')
    const sub = User?.Attributes?.find(({ Name }) => Name === 'sub')?.Value ?? ''
    await create('by-sub')
    await add(sub, 'by-sub')
    assert.deepEqual(await namesOf('cleo'), ['by-sub'])
  })
})

describe('ListUsersInGroup', () => {
  const list = (GroupName: string, more: { Limit?: number; NextToken?: string } = {}) =>
    idp().send(new ListUsersInGroupCommand({ UserPoolId, GroupName, ...more }))

  test('refuses the wrong type', () => assert.rejects(list(wrong(1)), serialization))

  test('refuses the wrong value', async () => {
    await assert.rejects(list('nobodies'), noGroup)
    await create('empty')
    await assert.rejects(list('empty', { NextToken: 'forged' }), invalid('Invalid pagination token.'))
  })

  test('pages through the members as ListUsers shows users, without those who were deleted', async () => {
    await create('crew')
    for (const name of ['dan', 'eve', 'fay']) {
      await makeUser(name)
      await add(name, 'crew')
      server.world.clock.advance(1000)
    }
    const first = await list('crew', { Limit: 2 })
    const second = await list('crew', { Limit: 2, NextToken: first.NextToken })
    const names = [first, second].map(({ Users }) => Users?.map(({ Username }) => Username))
    assert.deepEqual(names, [['dan', 'eve'], ['fay']])
    const [dan] = first.Users ?? []
    assert.equal(dan?.UserStatus, 'FORCE_CHANGE_PASSWORD')
    assert.equal(dan?.Attributes?.[0]?.Name, 'sub')
    await idp().send(new AdminDeleteUserCommand({ UserPoolId, Username: 'dan' }))
    assert.deepEqual(
      (await list('crew')).Users?.map(({ Username }) => Username),
      ['eve', 'fay'],
    )
  })
})
