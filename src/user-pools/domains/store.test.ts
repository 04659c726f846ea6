import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { Db } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool, markDeleted } from '../pools/store.ts'
import type { Domain } from './domain.ts'
import { findDomain } from './find.ts'
import * as store from './store.ts'

const makePool = (db: Db, id: string) =>
  insertPool(db, { id, region: 'us-east-1', name: id, settings: completeSettings({}), own: [], createdAt: 1 })
const domain = (poolId: string, name: string, kind: Domain['kind'] = 'prefix'): Domain => ({
  ...{ poolId, name, kind, version: '20260101000000' },
  settings: { ManagedLoginVersion: 1 },
})

eachEngine((engine) => {
  test('a name is one pool’s, and a pool has one domain of each kind, however many ask at once', async () => {
    const db = await engine.open()
    for (const id of ['p', 'q']) await makePool(db, id)
    const made = await Promise.all(['p', 'q', 'p', 'q'].map((id) => store.insertDomain(db, domain(id, 'photos'))))
    assert.equal(made.filter(Boolean).length, 1)
    const owner = (await store.readDomain(db, 'photos'))?.poolId ?? ''
    assert.equal(await store.insertDomain(db, domain(owner, 'more')), false)
    assert.equal(await store.insertDomain(db, domain(owner, 'auth.example.com', 'custom')), true)
    const names = (await store.readDomains(db, owner)).map(({ name }) => name)
    assert.deepEqual(names, ['auth.example.com', 'photos'])
  })

  test('a domain is changed and deleted by its own pool only, and not found once the pool is deleted', async () => {
    const db = await engine.open()
    for (const id of ['p', 'q']) await makePool(db, id)
    await store.insertDomain(db, domain('p', 'photos'))
    const change = (of: string) => store.changeDomain(db, of, 'photos', (before) => ({ ...before, version: '2' }))
    assert.equal(await change('q'), undefined)
    assert.equal(await store.deleteDomain(db, 'q', 'photos'), false)
    assert.deepEqual((await findDomain({ db }, 'photos'))?.domain, domain('p', 'photos'))
    await markDeleted(db, 'p', 2, () => {})
    assert.equal(await findDomain({ db }, 'photos'), undefined)
    assert.equal((await change('p'))?.version, '2')
    assert.equal(await store.insertDomain(db, domain('p', 'auth.example.com', 'custom')), false)
  })
})
