import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { Role } from './role.ts'
import { insertRole, readRole, readRoleIds, readRoles, readRolesById, removeRole, updateRole } from './store.ts'

const account = '000000000000'
const role = (name: string, more: Partial<Role> = {}): Role => ({
  id: `AROA${name.toUpperCase()}`,
  name,
  path: '/',
  description: undefined,
  trust: '{}',
  boundTrust: '{"bound":1}',
  longestSession: 3600,
  tags: [],
  createdAt: 1_700_000_000_123,
  ...more,
})

eachEngine((engine) => {
  test('a role comes back as it was written', async () => {
    const db = await engine.open()
    const written = role('R', { description: 'd', path: '/a/', tags: [{ Key: 'k', Value: 'v' }] })
    assert.equal(await insertRole(db, account, written), true)
    assert.deepEqual(await readRole(db, account, 'R'), written)
    assert.equal(await readRole(db, account, 'r'), undefined)
    assert.equal(await readRole(db, '111111111111', 'R'), undefined)
  })

  test('names that differ in case only are one name', async () => {
    const db = await engine.open()
    assert.equal(await insertRole(db, account, role('Prod')), true)
    assert.equal(await insertRole(db, account, role('PROD', { id: 'AROAOTHER' })), false)
    assert.equal((await readRole(db, account, 'Prod'))?.id, 'AROAPROD')
  })

  test('a change touches only what it names', async () => {
    const db = await engine.open()
    await insertRole(db, account, role('R', { description: 'before' }))
    assert.equal(await updateRole(db, account, 'AROAR', { longestSession: 7200 }), true)
    const changed = await readRole(db, account, 'R')
    assert.equal(changed?.longestSession, 7200)
    assert.equal(changed?.description, 'before')
    assert.equal(await updateRole(db, account, 'AROANONE', { longestSession: 7200 }), false)
  })

  test('a role is removed once', async () => {
    const db = await engine.open()
    await insertRole(db, account, role('R'))
    assert.equal(await removeRole(db, account, 'AROAR'), true)
    assert.equal(await removeRole(db, account, 'AROAR'), false)
    assert.equal(await readRole(db, account, 'R'), undefined)
  })

  test('roles are listed by folded name, page by page, under a path and not beside it', async () => {
    const db = await engine.open()
    for (const [name, path] of [
      ['b', '/team/'],
      ['A', '/team/x/'],
      ['c', '/team-admin/'],
      ['d', '/'],
    ] as const) {
      await insertRole(db, account, role(name, { path }))
    }
    const names = async (prefix: string, after?: string, limit = 10) =>
      (await readRoles(db, account, { prefix, after, limit })).map(({ name }) => name)
    assert.deepEqual(await names('/'), ['A', 'b', 'c', 'd'])
    assert.deepEqual(await names('/', 'a', 2), ['b', 'c'])
    assert.deepEqual(await names('/team/'), ['A', 'b'])
  })

  test('roles are found by names in any case and by ids', async () => {
    const db = await engine.open()
    await insertRole(db, account, role('R'))
    await insertRole(db, account, role('S'))
    const ids = (await readRoleIds(db, account, ['r', 'none'], ['AROAS'])).map(({ id }) => id)
    assert.deepEqual(ids.sort(), ['AROAR', 'AROAS'])
    assert.deepEqual(await readRoleIds(db, account, [], []), [])
    assert.deepEqual(await readRolesById(db, account, ['AROAR', 'AROANONE']), [role('R')])
    assert.deepEqual(await readRolesById(db, account, []), [])
  })
})
