import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  AdminDisableUserCommand,
  ListUsersCommand,
  type ListUsersCommandInput,
  paginateListUsers,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { list, makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: TestPool
let other: TestPool
let bobsSub: string

before(async () => {
  server = await startTestServer()
  pool = await makePool(server)
  other = await makePool(server)
  await other.add('stranger', { email: 'bob@example.com' })
  bobsSub = await pool.add('bob', {
    email: 'Bob@example.com',
    given_name: 'Bob',
    family_name: 'O"Neil \\ Sons',
    name: 'Bob',
  })
  await pool.add('bobby', { email: 'bobby@example.com', given_name: 'Bobby', phone_number: '+12065550100' })
  await pool.add('Carl', { email: 'carl@example.com', preferred_username: 'team-admin' })
  await pool.add('dora', { email: 'dora@example.com', preferred_username: 'team' })
  const UserAttributes = list({ email: 'new@example.com' })
  await server.clients.idp.send(
    new SignUpCommand({ ClientId: pool.clientId, Username: 'newcomer', Password: password, UserAttributes }),
  )
  await server.clients.idp.send(new AdminDisableUserCommand({ UserPoolId: pool.id, Username: 'dora' }))
})
after(() => server.close())

const find = (input: Partial<ListUsersCommandInput> = {}) =>
  server.clients.idp.send(new ListUsersCommand({ UserPoolId: pool.id, ...input }))
const names = async (Filter: string) => (await find({ Filter })).Users?.map(({ Username }) => Username).sort()

describe('ListUsers', () => {
  test('refuses the wrong type', async () => {
    await refused(find({ Limit: '5' as never }), 'SerializationException')
    await refused(find({ AttributesToGet: 'email' as never }), 'SerializationException')
  })

  test('refuses the wrong value', async () => {
    await refused(
      find({ Limit: 61 }),
      'InvalidParameterException',
      "1 validation error detected: Value '61' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 60",
    )
    await refused(find({ Filter: 'email is "x"' }), 'InvalidParameterException', 'Error while parsing filter.')
    await refused(
      find({ Filter: 'custom:team = "x"' }),
      'InvalidParameterException',
      'Invalid search attribute: custom:team',
    )
    await refused(
      find({ Filter: `email = "${'x'.repeat(256)}"` }),
      'InvalidParameterException',
      /Member must have length less than or equal to 256/,
    )
    await refused(find({ PaginationToken: 'nonsense' }), 'InvalidParameterException')
    await refused(
      find({ UserPoolId: 'us-east-1_nowhere00' }),
      'ResourceNotFoundException',
      'User pool us-east-1_nowhere00 does not exist.',
    )
  })

  test('shows every user of the pool as UserType, and none of another', async () => {
    const { Users, PaginationToken } = await find()
    assert.equal(PaginationToken, undefined)
    assert.deepEqual(Users?.map(({ Username }) => Username).sort(), ['Carl', 'bob', 'bobby', 'dora', 'newcomer'])
    const bob = Users?.find(({ Username }) => Username === 'bob')
    assert.deepEqual(bob?.Attributes?.[0], { Name: 'sub', Value: bobsSub })
    assert.deepEqual([bob?.Enabled, bob?.UserStatus], [true, 'CONFIRMED'])
    assert.ok(bob?.UserCreateDate instanceof Date && bob.UserLastModifiedDate instanceof Date)
  })

  const cases: [filter: string, found: string[]][] = [
    ['', ['Carl', 'bob', 'bobby', 'dora', 'newcomer']],
    ['email = "bob@example.com"', ['bob']],
    ['email ^= "BOB"', ['bob', 'bobby']],
    ['"given_name"^="Bob"', ['bob', 'bobby']],
    ['given_name = "Bob"', ['bob']],
    ['family_name = "O\\"Neil \\\\ Sons"', ['bob']],
    ['name = "Bob"', ['bob']],
    ['phone_number ^= "+1206"', ['bobby']],
    ['phone_number = "+1206"', []],
    ['username = "carl"', []],
    ['username = "Carl"', ['Carl']],
    ['username ^= "bob"', ['bob', 'bobby']],
    ['preferred_username = "team"', ['dora']],
    ['preferred_username ^= "team"', ['Carl', 'dora']],
    ['cognito:user_status = "unconfirmed"', ['newcomer']],
    ['cognito:user_status ^= "CONF"', ['Carl', 'bob', 'bobby', 'dora']],
    ['status = "Disabled"', ['dora']],
    ['status ^= "En"', ['Carl', 'bob', 'bobby', 'newcomer']],
    ['status = "enabled"', []],
    ['email ^= ""', ['Carl', 'bob', 'bobby', 'dora', 'newcomer']],
    ['email = "%"', []],
    ['email ^= "_ob"', []],
  ]
  for (const [filter, found] of cases)
    test(`finds ${found.join(', ') || 'nobody'} by ${filter || 'an empty filter'}`, async () => {
      assert.deepEqual(await names(filter), found)
    })

  test('finds by sub, whole and begun', async () => {
    assert.deepEqual(await names(`sub = "${bobsSub}"`), ['bob'])
    assert.deepEqual(await names(`sub ^= "${bobsSub.slice(0, 30)}"`), ['bob'])
    assert.deepEqual(await names(`sub = "${bobsSub.slice(0, 30)}"`), [])
  })

  test('pages through the SDK without losing or repeating anybody, whatever the filter', async () => {
    for (const [Filter, count] of [
      [undefined, 5],
      ['email ^= ""', 5],
      ['status = "Enabled"', 4],
      ['cognito:user_status = "CONFIRMED"', 4],
      ['username ^= "bob"', 2],
    ] as const)
      for (const pageSize of [1, 2]) {
        const found: (string | undefined)[] = []
        for await (const { Users = [] } of paginateListUsers(
          { client: server.clients.idp, pageSize },
          { UserPoolId: pool.id, Filter },
        )) {
          assert.ok(Users.length <= pageSize)
          found.push(...Users.map(({ Username }) => Username))
        }
        assert.deepEqual([found.length, new Set(found).size], [count, count], `${Filter} ${pageSize}`)
      }
  })

  test('takes a limit of 0 for none', async () => {
    assert.equal((await find({ Limit: 0 })).Users?.length, 5)
  })

  test('shows the attributes asked for, and refuses where somebody lacks one', async () => {
    const { Users } = await find({ Filter: 'given_name ^= "Bob"', AttributesToGet: ['given_name', 'email'] })
    for (const { Attributes } of Users ?? [])
      assert.deepEqual(Attributes?.map(({ Name }) => Name).sort(), ['email', 'given_name'])
    await refused(find({ AttributesToGet: ['given_name'] }), 'InvalidParameterException')
  })

  test('refuses a page token of another pool, another filter or an hour ago', async () => {
    const { PaginationToken } = await find({ Limit: 1 })
    assert.ok(PaginationToken)
    await refused(find({ PaginationToken, UserPoolId: other.id }), 'InvalidParameterException')
    await refused(find({ PaginationToken, Filter: 'name ^= "B"' }), 'InvalidParameterException')
    assert.equal((await find({ PaginationToken })).Users?.length, 4)
    server.world.clock.advance(3_600_001)
    // The signatures go along with the server's clock.
    server.clients.idp.config.systemClockOffset = 3_600_001
    await refused(find({ PaginationToken }), 'InvalidParameterException')
  })
})
