import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { Db } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import { customScopes } from './scopes.ts'
import * as store from './store.ts'

const makePool = (db: Db, id: string) =>
  insertPool(db, { id, region: 'us-east-1', name: id, settings: completeSettings({}), own: [], createdAt: 1 })

const server = (poolId: string, identifier: string, ...names: string[]) => ({
  poolId,
  identifier,
  name: 'of old',
  scopes: names.map((ScopeName) => ({ ScopeName, ScopeDescription: ScopeName })),
})

eachEngine((engine) => {
  test('an identifier belongs to the server that had it first, in its pool', async () => {
    const db = await engine.open()
    for (const id of ['p', 'q']) await makePool(db, id)
    assert.equal(await store.insertServer(db, server('p', 'api', 'read'), 9), 'made')
    assert.equal(await store.insertServer(db, server('p', 'api', 'write'), 9), 'taken')
    assert.equal(await store.insertServer(db, server('q', 'api'), 9), 'made')
    assert.deepEqual(await store.readServer(db, 'p', 'api'), server('p', 'api', 'read'))
  })

  test('a pool has no more servers than it may, however many are made at once', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    const made = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((id) => store.insertServer(db, server('p', id), 3)))
    assert.deepEqual(made.toSorted(), ['full', 'full', 'made', 'made', 'made'])
  })

  test('the custom scopes of a pool are those of all its servers, and no other pool’s', async () => {
    const db = await engine.open()
    for (const id of ['p', 'q']) await makePool(db, id)
    await store.insertServer(db, server('p', 'https://api', 'read', 'write'), 9)
    await store.insertServer(db, server('p', 'b', 'read'), 9)
    await store.insertServer(db, server('q', 'c', 'read'), 9)
    assert.deepEqual([...(await customScopes({ db }, 'p'))].sort(), ['b/read', 'https://api/read', 'https://api/write'])
    assert.equal(await store.writeServer(db, { ...server('p', 'b'), name: 'new' }), true)
    assert.equal(await store.writeServer(db, server('p', 'c')), false)
    assert.equal(await store.deleteServer(db, 'p', 'https://api'), true)
    assert.equal(await store.deleteServer(db, 'p', 'https://api'), false)
    assert.deepEqual([...(await customScopes({ db }, 'p'))], [])
  })
})
