import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import * as store from './store.ts'

const makePool = (db: Db, id: string) =>
  insertPool(db, { id, region: 'us-east-1', name: id, settings: completeSettings({}), own: [], createdAt: 1 })

const makeUser = (db: Db, poolId: string, sub: string) =>
  db.run(sql`
    insert into users (pool_id, sub, username, status, enabled, attributes, created_at, modified_at)
    values (${poolId}, ${sub}, ${sub}, 'CONFIRMED', 1, '{}', 1, 1)`)

const makeGroup = (db: Db, poolId: string, name: string, precedence?: number) =>
  store.insertGroup(db, {
    poolId,
    name,
    precedence,
    description: 'of old',
    roleArn: undefined,
    createdAt: 1,
    modifiedAt: 1,
  })

eachEngine((engine) => {
  test('a name belongs to the group that had it first, in its pool', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await makePool(db, 'q')
    assert.equal(await makeGroup(db, 'p', 'team', 3), 1)
    assert.equal(await makeGroup(db, 'p', 'team', 4), undefined)
    assert.equal(await makeGroup(db, 'q', 'team'), 1)
    assert.equal((await store.readGroup(db, 'p', 'team'))?.precedence, 3)
  })

  test('the groups of a pool are counted as they come and go, however many at once', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    const names = ['a', 'b', 'c', 'd', 'a']
    const counts = await Promise.all(names.map((name) => makeGroup(db, 'p', name)))
    assert.deepEqual(counts.filter(Boolean).sort(), [1, 2, 3, 4])
    await Promise.all(['a', 'a', 'nobody'].map((name) => store.deleteGroup(db, 'p', name)))
    assert.equal(await makeGroup(db, 'p', 'e'), 4)
  })

  test('nobody is in more groups than may be, even by parallel requests; who is in one stays', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await makeUser(db, 'p', 'ann')
    const names = ['a', 'b', 'c', 'd']
    for (const name of names) await makeGroup(db, 'p', name)
    const join = (name: string) => store.addMember(db, 'p', name, { sub: 'ann', now: 1, most: 2 })
    const joined = await Promise.all(names.map(join))
    assert.deepEqual(joined.sort(), ['full', 'full', 'member', 'member'])
    const [first] = await store.readGroupsOf(db, 'p', 'ann')
    assert.equal(await join(first?.name ?? ''), 'member')
    assert.equal((await store.readGroupsOf(db, 'p', 'ann')).length, 2)
  })

  test('an update changes what it names', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await makeGroup(db, 'p', 'team', 3)
    const group = await store.updateGroup(db, 'p', 'team', { precedence: 0 }, 9)
    assert.deepEqual([group?.precedence, group?.description, group?.modifiedAt], [0, 'of old', 9])
    assert.equal(await store.updateGroup(db, 'p', 'nobody', {}, 9), undefined)
  })

  test('the groups of a user come by precedence, then name, those without precedence last', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await makeUser(db, 'p', 'ann')
    const groups: [string, number?][] = [['none'], ['b', 5], ['a', 5], ['first', 0], ['other', 1]]
    for (const [name, precedence] of groups) await makeGroup(db, 'p', name, precedence)
    for (const name of ['none', 'b', 'a', 'first']) await store.addMember(db, 'p', name, { sub: 'ann', now: 1 })
    assert.deepEqual(
      (await store.readGroupsOf(db, 'p', 'ann')).map(({ name }) => name),
      ['first', 'a', 'b', 'none'],
    )
  })

  test('who joins twice is a member once, and nobody joins a group that is not there', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await makeUser(db, 'p', 'ann')
    await makeGroup(db, 'p', 'team')
    assert.equal(await store.addMember(db, 'p', 'team', { sub: 'ann', now: 1 }), 'member')
    assert.equal(await store.addMember(db, 'p', 'team', { sub: 'ann', now: 2 }), 'member')
    assert.equal(await store.addMember(db, 'p', 'teams', { sub: 'ann', now: 1 }), 'no group')
    assert.deepEqual(await store.readMembers(db, 'p', 'team', undefined, 9), [{ sub: 'ann', joinedAt: 1 }])
  })

  test('a new group does not inherit the members of an old one of its name', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await makeGroup(db, 'p', 'team')
    await makeGroup(db, 'p', 'team-admin')
    for (let user = 0; user < 501; user++) {
      await makeUser(db, 'p', `${user}`)
      await store.addMember(db, 'p', 'team', { sub: `${user}`, now: 1 })
    }
    await store.addMember(db, 'p', 'team-admin', { sub: '0', now: 1 })
    assert.equal(await store.deleteGroup(db, 'p', 'team'), true)
    assert.equal(await store.deleteGroup(db, 'p', 'team'), false)
    await makeGroup(db, 'p', 'team')
    assert.deepEqual(await store.readMembers(db, 'p', 'team', undefined, 9), [])
    assert.equal((await store.readMembers(db, 'p', 'team-admin', undefined, 9)).length, 1)
  })

  test('members come in the order of their joining, page by page, and deleted users are none', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await makeGroup(db, 'p', 'team')
    const joined: [string, number][] = [
      ['c', 1],
      ['b', 2],
      ['a', 2],
      ['d', 3],
    ]
    for (const [sub, at] of joined) {
      await makeUser(db, 'p', sub)
      await store.addMember(db, 'p', 'team', { sub: sub, now: at })
    }
    const first = await store.readMembers(db, 'p', 'team', undefined, 2)
    assert.deepEqual(
      first.map(({ sub }) => sub),
      ['c', 'a'],
    )
    assert.deepEqual(
      (await store.readMembers(db, 'p', 'team', first[1], 9)).map(({ sub }) => sub),
      ['b', 'd'],
    )
    await db.run(sql`delete from users where pool_id = 'p' and sub = 'b'`)
    assert.equal((await store.readMembers(db, 'p', 'team', undefined, 9)).length, 3)
  })
})
