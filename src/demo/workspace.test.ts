/** The demo workspace: when it is made, that it is whole however often its making broke off, and that it stays what it was. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type TestWorld, testWorld } from '../../test/support/world.ts'
import { services } from '../app.ts'
import type { Db } from '../store/db.ts'
import type { World } from '../world.ts'
import { askS3AsRoot, callAsRoot } from './as-root.ts'
import { demoWorkspace } from './workspace.ts'

async function inWorld(work: (world: TestWorld) => Promise<void>, dev = true): Promise<void> {
  const world = await testWorld({ settings: { dev } })
  try {
    await work(world)
  } finally {
    await world.close()
  }
}

/** Everything that a workspace consists of, as its services tell it. */
async function inventory(world: World) {
  const { UserPools = [] } = await callAsRoot(services, world, 'cognito-idp', 'ListUserPools', { MaxResults: 60 })
  const clients = await Promise.all(
    UserPools.map(({ Id = '' }) =>
      callAsRoot(services, world, 'cognito-idp', 'ListUserPoolClients', { UserPoolId: Id, MaxResults: 60 }),
    ),
  )
  const { IdentityPools = [] } = await callAsRoot(services, world, 'cognito-identity', 'ListIdentityPools', {
    MaxResults: 60,
  })
  const { Roles = [] } = await callAsRoot(services, world, 'iam', 'ListRoles', {})
  const objects = await askS3AsRoot(world, { method: 'GET', path: '/photos', query: 'list-type=2' })
  const cors = await askS3AsRoot(world, { method: 'GET', path: '/photos', query: 'cors' })
  return {
    userPools: UserPools.map(({ Id }) => Id),
    clients: clients.flatMap(({ UserPoolClients = [] }) => UserPoolClients.map(({ ClientId }) => ClientId)),
    identityPools: IdentityPools.map(({ IdentityPoolId }) => IdentityPoolId),
    roles: Roles.map(({ Arn }) => Arn),
    pictures: [...String(objects.body).matchAll(/<Key>public\/[\w-]+\.svg</g)].length,
    cors: cors.status,
  }
}

class PowerCut extends Error {}

/** The same world, whose database is gone after so many writes. */
function failingAfter(world: TestWorld, writes: number): World {
  let left = writes
  const spend = <T>(work: () => Promise<T>): Promise<T> => {
    if (left <= 0) return Promise.reject(new PowerCut())
    left -= 1
    return work()
  }
  const db: Db = {
    ...world.db,
    all: (statement) => world.db.all(statement),
    get: (statement) => world.db.get(statement),
    run: (statement) => spend(() => world.db.run(statement)),
    transaction: (work) => spend(() => world.db.transaction(work)),
  }
  return { ...world, db }
}

describe('the demo workspace', () => {
  test('is made in an empty database in development, and is the same after every start', () =>
    inWorld(async (world) => {
      const made = await demoWorkspace(world, undefined)
      assert.ok(made)
      assert.equal(made.app, 'http://localhost:4100/demo')
      assert.deepEqual(await inventory(world), {
        userPools: [made.userPoolId],
        clients: [made.clientId],
        identityPools: [made.identityPoolId],
        roles: [made.guestRoleArn, made.userRoleArn],
        pictures: 4,
        cors: 200,
      })
      assert.deepEqual(await demoWorkspace(world, undefined), made)
      assert.deepEqual(await demoWorkspace(world, true), made)
    }))

  test('is made when asked for, even where something is already', () =>
    inWorld(async (world) => {
      await callAsRoot(services, world, 'cognito-idp', 'CreateUserPool', { PoolName: 'mine' })
      assert.equal(await demoWorkspace(world, undefined), undefined)
      assert.ok(await demoWorkspace(world, true))
    }))

  test('is never made when it is not wanted, nor outside development without being asked for', async () => {
    await inWorld(async (world) => {
      assert.equal(await demoWorkspace(world, false), undefined)
      assert.deepEqual((await inventory(world)).userPools, [])
    })
    await inWorld(async (world) => assert.equal(await demoWorkspace(world, undefined), undefined), false)
  })

  test('is completed by the next start, wherever the one before broke off, and has nothing twice', async () => {
    let survived = 0
    for (let writes = 0; writes < 200; writes += 1) {
      let whole = false
      await inWorld(async (world) => {
        try {
          await demoWorkspace(failingAfter(world, writes), undefined)
          whole = true
        } catch {
          survived += 1
        }
        const made = await demoWorkspace(world, undefined)
        assert.ok(made, `after ${writes} writes`)
        const all = await inventory(world)
        assert.deepEqual(all, {
          userPools: [made.userPoolId],
          clients: [made.clientId],
          identityPools: [made.identityPoolId],
          roles: [made.guestRoleArn, made.userRoleArn],
          pictures: 4,
          cors: 200,
        })
      })
      if (whole) break
    }
    assert.ok(survived > 10, `${survived} places to break off`)
  })
})
