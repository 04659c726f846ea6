import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { walksOf } from '../../../test/support/plans.ts'
import type { Database } from '../../store/db.ts'
import { migrate } from '../../store/migrate.ts'
import { openSqlite } from '../../store/sqlite.ts'
import { sweep } from '../../store/sweep.ts'
import { expiring, insertPool, markDeleted } from '../pools/store.ts'
import type { Identity, Login } from './identity.ts'
import { planLinks } from './links.ts'
import {
  deleteIdentity,
  deleteSome,
  insertIdentity,
  readDeveloperUsers,
  readIdentities,
  readIdentity,
  readOwners,
  settle,
  unlinkDeveloper,
  unlinkProviders,
  withLogins,
} from './store.ts'

const poolId = 'us-east-1:1'
const guest = (id: string, more: Partial<Identity> = {}): Identity => ({
  poolId,
  id,
  kind: 'guest',
  mergedInto: undefined,
  createdAt: 1,
  modifiedAt: 1,
  ...more,
})
const login = (provider: string, userId = 'ann'): Login => ({ provider, userId })

const addPool = (db: Database, id: string) =>
  insertPool(db, {
    id,
    region: 'us-east-1',
    name: 'app',
    settings: { AllowUnauthenticatedIdentities: true },
    roles: {},
    tagMaps: {},
    createdAt: 1,
    modifiedAt: 1,
  })

let made = 0
const settled = (db: Database, logins: Login[], named?: string, now = 100) =>
  settle(db, { poolId, logins, named, fresh: `fresh-${made++}`, now }, (owners, survivor) =>
    planLinks(logins, owners, survivor),
  )

eachEngine((engine) => {
  const open = async () => {
    const db = await engine.open()
    await addPool(db, poolId)
    return db
  }

  test('an identity comes back as it was written, and is found without its pool', async () => {
    const db = await open()
    await insertIdentity(db, guest('g'))
    assert.deepEqual(await readIdentity(db, 'g'), guest('g'))
    assert.equal(await readIdentity(db, 'none'), undefined)
  })

  test('fifty calls at once for one new user make one identity', async () => {
    const db = await open()
    const ids = await Promise.all(Array.from({ length: 50 }, () => settled(db, [login('a')])))
    assert.equal(new Set(ids).size, 1)
    assert.equal((await readIdentities(db, poolId, { after: '', limit: 99, hideMerged: false })).length, 1)
  })

  test('fifty guests at once with the same first login end as one user', async () => {
    const db = await open()
    const guests = Array.from({ length: 50 }, (_, index) => `g${String(index).padStart(2, '0')}`)
    for (const id of guests) await insertIdentity(db, guest(id))
    await Promise.all(guests.map((id) => settled(db, [login('a')], id)))
    const identities = await readIdentities(db, poolId, { after: '', limit: 99, hideMerged: false })
    assert.equal(identities.filter(({ kind }) => kind === 'user').length, 1)
    assert.equal(identities.filter(({ kind }) => kind === 'merged').length, 49)
    assert.equal(identities.flatMap(({ logins }) => logins).length, 1)
  })

  test('a guest with a first login becomes a user and keeps its id', async () => {
    const db = await open()
    await insertIdentity(db, guest('g'))
    assert.equal(await settled(db, [login('a')], 'g'), 'g')
    const [user] = await withLogins(db, poolId, [(await readIdentity(db, 'g')) as Identity])
    assert.deepEqual(user, { ...guest('g'), kind: 'user', modifiedAt: 100, logins: [login('a')] })
  })

  test('a merge moves the logins, disables the other, and the old id leads to the one that stayed', async () => {
    const db = await open()
    const first = await settled(db, [login('a')])
    const second = await settled(db, [login('b')], undefined, 200)
    assert.equal(await settled(db, [login('a'), login('b')], undefined, 300), first)
    const merged = await readIdentity(db, second as string)
    assert.deepEqual([merged?.kind, merged?.mergedInto], ['merged', first])
    assert.deepEqual(await readOwners(db, poolId, [login('a'), login('b')]), [first, first])
    assert.equal(await settled(db, [login('b')], second), first)
  })

  test("an identity has several of a developer's users, listed in order, each taken away alone", async () => {
    const db = await open()
    const user = (userId: string): Login => ({ provider: 'dev', userId, developer: true })
    const id = (await settled(db, [user('b'), user('a'), user('c'), login('x')])) as string
    const at = { poolId, id }
    assert.deepEqual(await readDeveloperUsers(db, at, '', 9), ['a', 'b', 'c'])
    assert.deepEqual(await readDeveloperUsers(db, at, 'a', 1), ['b'])
    const [linked] = await withLogins(db, poolId, [(await readIdentity(db, id)) as Identity])
    assert.deepEqual(linked?.logins, [user('a'), user('b'), user('c'), login('x')])
    assert.equal(await unlinkDeveloper(db, at, user('b'), 500), true)
    assert.equal(await unlinkDeveloper(db, at, user('b'), 600), false)
    assert.equal(await unlinkDeveloper(db, { poolId, id: 'other' }, user('a'), 600), false)
    assert.equal(await unlinkProviders(db, at, ['dev', 'x', 'y'], 700), 1)
    assert.deepEqual(await readOwners(db, poolId, [login('x'), user('b')]), [])
    assert.deepEqual(await readOwners(db, poolId, [user('a'), user('c')]), [id, id])
    assert.equal((await readIdentity(db, id))?.modifiedAt, 700)
  })

  test('of any other provider the database itself keeps a second user out', async () => {
    const db = await open()
    await insertIdentity(db, guest('g'))
    const careless = (logins: Login[]) =>
      settle(db, { poolId, logins, named: 'g', fresh: 'f', now: 1 }, () => ({ keep: 'g', link: logins, merge: [] }))
    await careless([login('a')])
    await careless([login('a', 'bob')])
    assert.deepEqual(await readOwners(db, poolId, [login('a', 'bob')]), [])
  })

  test('a refusal of the plan leaves everything as it was', async () => {
    const db = await open()
    const id = await settled(db, [login('a')])
    await assert.rejects(settled(db, [login('a'), login('c'), login('c', 'bob')]), {
      code: 'ResourceConflictException',
    })
    assert.deepEqual(await readOwners(db, poolId, [login('c'), login('c', 'bob')]), [])
    assert.deepEqual(await readOwners(db, poolId, [login('a')]), [id])
  })

  test('the same user has another identity in another pool, and an id of another pool is none of ours', async () => {
    const db = await open()
    await addPool(db, 'us-east-1:2')
    await insertIdentity(db, guest('elsewhere', { poolId: 'us-east-1:2' }))
    const id = await settled(db, [login('a')])
    assert.deepEqual(await readOwners(db, 'us-east-1:2', [login('a')]), [])
    assert.equal(await settled(db, [login('a')], 'elsewhere'), undefined)
    assert.equal(await settled(db, [login('a')], 'none'), undefined)
    assert.deepEqual(await readOwners(db, poolId, [login('a')]), [id])
  })

  test('identities are listed by id, page by page, with their logins, and merged ones only if wanted', async () => {
    const db = await open()
    for (const id of ['b', 'a', 'c']) await insertIdentity(db, guest(id))
    await settled(db, [login('y'), login('x')], 'a')
    await settled(db, [login('x')], 'c')
    const list = async (hideMerged: boolean, after = '', limit = 10) =>
      (await readIdentities(db, poolId, { after, limit, hideMerged })).map(({ id, logins }) => [
        id,
        ...logins.map(({ provider }) => provider),
      ])
    assert.deepEqual(await list(false), [['a', 'x', 'y'], ['b'], ['c']])
    assert.deepEqual(await list(true), [['a', 'x', 'y'], ['b']])
    assert.deepEqual(await list(false, 'a', 1), [['b']])
  })

  test('a deleted identity takes its logins along, and the user is new the next time', async () => {
    const db = await open()
    const id = await settled(db, [login('a')])
    await deleteIdentity(db, poolId, id as string)
    assert.deepEqual(await readOwners(db, poolId, [login('a')]), [])
    assert.notEqual(await settled(db, [login('a')]), id)
  })

  test('a pool is emptied some at a time, and the sweeper takes what was left', async () => {
    const db = await open()
    for (const id of ['a', 'b', 'c']) await insertIdentity(db, guest(id))
    assert.equal(await deleteSome(db, poolId, 2), 2)
    await markDeleted(db, poolId, 1000)
    assert.equal(await sweep(db, 999, expiring), 0)
    assert.equal(await sweep(db, 1000, expiring), 1)
    assert.deepEqual(await readIdentities(db, poolId, { after: '', limit: 9, hideMerged: false }), [])
  })
})

test('identities and logins are found without a walk through those of the pool', async () => {
  const db = await openSqlite(':memory:')
  await migrate(db)
  await addPool(db, poolId)
  const walks = await walksOf(db, async (asked) => {
    await readOwners(asked, poolId, [login('a'), login('b')])
    await withLogins(asked, poolId, [guest('1'), guest('2')])
    await readIdentities(asked, poolId, { after: '', limit: 10, hideMerged: true })
  })
  assert.deepEqual(walks, [])
  await db.close()
})
