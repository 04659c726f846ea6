import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { createSeal } from '../../protocols/seal.ts'
import { insertKey, readKey, readKeys, removeKey, updateKey, updateLastUsed } from '../access-keys/store.ts'
import {
  countGroups,
  insertGroup,
  insertMember,
  readGroup,
  readGroups,
  readGroupsById,
  readGroupsOf,
  readMemberIds,
  removeGroup,
  removeMember,
  updateGroup,
} from '../groups/store.ts'
import { insertProfile, readProfile, removeProfile, updateProfile } from '../login-profiles/store.ts'
import {
  countUsers,
  insertUser,
  readNameOwner,
  readUser,
  readUsers,
  readUsersById,
  removeUser,
  updateUser,
} from './store.ts'
import type { User } from './user.ts'

const account = '000000000000'
const seal = createSeal(new Uint8Array(32))
const user = (name: string, more: Partial<User> = {}): User => ({
  id: `AIDA${name.toUpperCase()}`,
  name,
  path: '/',
  tags: [],
  createdAt: 1,
  ...more,
})
const group = (name: string, path = '/') => ({ id: `AGPA${name.toUpperCase()}`, name, path, createdAt: 1 })
const all = { after: undefined, limit: 10 }

eachEngine((engine) => {
  test('a user comes back as it was written; names that differ in case only are one name', async () => {
    const db = await engine.open()
    const written = user('Ann', { path: '/a/', tags: [{ Key: 'k', Value: 'v' }] })
    assert.equal(await insertUser(db, account, written), true)
    assert.equal(await insertUser(db, account, { ...user('ANN'), id: 'AIDAOTHER' }), false)
    assert.deepEqual(await readUser(db, account, 'Ann'), written)
    assert.equal(await readUser(db, account, 'ann'), undefined)
    assert.equal(await readNameOwner(db, account, 'aNN'), 'AIDAANN')
    assert.deepEqual(await readUsersById(db, account, ['AIDAANN', 'AIDANONE']), [written])
    assert.equal(await countUsers(db, account), 1)
  })

  test('a user is renamed under the same id, and listed below its path', async () => {
    const db = await engine.open()
    for (const [name, path] of [
      ['b', '/team/'],
      ['A', '/team/x/'],
      ['c', '/team-b/'],
    ] as const)
      await insertUser(db, account, user(name, { path }))
    assert.equal(await updateUser(db, account, 'AIDAB', { name: 'Z' }), true)
    const names = (await readUsers(db, account, { prefix: '/team/', ...all })).map(({ name }) => name)
    assert.deepEqual(names, ['A', 'Z'])
    assert.equal(await updateUser(db, account, 'AIDAB', {}), true)
    assert.equal(await removeUser(db, account, 'AIDAB'), true)
    assert.equal(await removeUser(db, account, 'AIDAB'), false)
  })

  test('a user who is in a group cannot be removed; members are found from both ends', async () => {
    const db = await engine.open()
    for (const name of ['a', 'b']) await insertUser(db, account, user(name))
    for (const name of ['g', 'H']) assert.equal(await insertGroup(db, account, group(name)), true)
    assert.equal(await insertGroup(db, account, { ...group('h'), id: 'AGPAOTHER' }), false)
    for (const [u, g] of [
      ['A', 'G'],
      ['A', 'H'],
      ['A', 'H'],
      ['B', 'H'],
    ])
      await insertMember(db, account, `AIDA${u}`, `AGPA${g}`)
    assert.deepEqual(await readMemberIds(db, account, 'AGPAH', all), ['AIDAA', 'AIDAB'])
    assert.deepEqual(await readMemberIds(db, account, 'AGPAH', { after: 'AIDAA', limit: 1 }), ['AIDAB'])
    assert.deepEqual(
      (await readGroupsOf(db, account, 'AIDAA')).map(({ name }) => name),
      ['g', 'H'],
    )
    await assert.rejects(removeUser(db, account, 'AIDAB'))
    assert.equal(await removeMember(db, account, 'AIDAB', 'AGPAH'), true)
    assert.equal(await removeMember(db, account, 'AIDAB', 'AGPAH'), false)
    assert.equal(await removeUser(db, account, 'AIDAB'), true)
  })

  test('a group comes back as it was written, is renamed, listed and removed', async () => {
    const db = await engine.open()
    await insertGroup(db, account, group('G', '/x/'))
    assert.deepEqual(await readGroup(db, account, 'G'), group('G', '/x/'))
    assert.deepEqual(await readGroupsById(db, account, ['AGPAG']), [group('G', '/x/')])
    assert.equal(await updateGroup(db, account, 'AGPAG', { name: 'H', path: '/y/' }), true)
    assert.deepEqual(await readGroups(db, account, { prefix: '/x/', ...all }), [])
    assert.equal((await readGroups(db, account, { prefix: '/y/', ...all }))[0]?.name, 'H')
    assert.equal(await countGroups(db, account), 1)
    assert.equal(await removeGroup(db, account, 'AGPAG'), true)
  })

  test("a key's secret is sealed, opens for its id only, and its use is remembered", async () => {
    const db = await engine.open()
    await insertUser(db, account, user('a'))
    const key = { id: 'AKIAONE', userId: 'AIDAA', createdAt: 5 }
    await insertKey(db, seal, account, key, 'secret')
    assert.deepEqual(await readKey(db, seal, account, 'AKIAONE'), {
      ...key,
      active: true,
      lastUsed: undefined,
      secret: 'secret',
    })
    assert.equal(await readKey(db, createSeal(new Uint8Array(32).fill(1)), account, 'AKIAONE'), undefined)
    assert.equal(await updateKey(db, account, 'AIDAOTHER', 'AKIAONE', false), false)
    assert.equal(await updateKey(db, account, 'AIDAA', 'AKIAONE', false), true)
    await updateLastUsed(db, account, 'AKIAONE', { at: 7, service: 's3', region: 'r' })
    assert.deepEqual(await readKeys(db, account, 'AIDAA'), [
      { ...key, active: false, lastUsed: { at: 7, service: 's3', region: 'r' } },
    ])
    assert.equal(await removeKey(db, account, 'AIDAOTHER', 'AKIAONE'), false)
    assert.equal(await removeKey(db, account, 'AIDAA', 'AKIAONE'), true)
  })

  test('a password that was changed meanwhile is not overwritten', async () => {
    const db = await engine.open()
    await insertUser(db, account, user('a'))
    const profile = { userId: 'AIDAA', hash: 'h1', former: [], resetRequired: true, createdAt: 1, changedAt: 1 }
    assert.equal(await insertProfile(db, account, profile), true)
    assert.equal(await insertProfile(db, account, profile), false)
    assert.deepEqual(await readProfile(db, account, 'AIDAA'), profile)
    const changed = { ...profile, hash: 'h2', former: ['h1'], resetRequired: false, changedAt: 2 }
    assert.equal(await updateProfile(db, account, changed, 'h1'), true)
    assert.equal(await updateProfile(db, account, { ...changed, hash: 'h3' }, 'h1'), false)
    assert.deepEqual(await readProfile(db, account, 'AIDAA'), changed)
    assert.equal(await removeProfile(db, account, 'AIDAA'), true)
    assert.equal(await removeProfile(db, account, 'AIDAA'), false)
  })
})
