import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { Kind, Resource } from './resource.ts'
import { deleteResource, insertResource, readChildren, readResource, readResources, updateResource } from './store.ts'

const account = '000000000000'
const made = (id: string, more: Partial<Resource<unknown>> = {}): Resource<unknown> => ({
  ...{ region: 'r', kind: 'crl' as Kind, id, name: 'n', enabled: true, parent: '', document: { a: [1, 'ü'] } },
  ...{ tags: [{ Key: 'k', Value: 'v' }], createdAt: 1, updatedAt: 2 },
  ...more,
})
const key = (id: string, more: object = {}) => ({ region: 'r', kind: 'crl' as Kind, id, ...more })

eachEngine(({ open }) => {
  test('a resource is what was written, in its account, region and kind alone', async () => {
    const db = await open()
    await insertResource(db, account, made('1'))
    assert.deepEqual(await readResource(db, account, key('1')), made('1'))
    for (const elsewhere of [key('2'), key('1', { region: 's' }), key('1', { kind: 'profile' })])
      assert.equal(await readResource(db, account, elsewhere), undefined)
    assert.equal(await readResource(db, '111111111111', key('1')), undefined)
  })

  test('lists go by id, after one, and hold their own kind', async () => {
    const db = await open()
    for (const id of ['c', 'a', 'b', 'd']) await insertResource(db, account, made(id))
    await insertResource(db, account, made('a', { kind: 'profile' }))
    const ids = (await readResources(db, account, key(''), 'a', 2)).map(({ id }) => id)
    assert.deepEqual(ids, ['b', 'c'])
  })

  test('the children of a parent are its enabled ones', async () => {
    const db = await open()
    await insertResource(db, account, made('1', { parent: 'p' }))
    await insertResource(db, account, made('2', { parent: 'p', enabled: false }))
    await insertResource(db, account, made('3', { parent: 'q' }))
    assert.deepEqual(
      (await readChildren(db, account, key(''), 'p')).map(({ id }) => id),
      ['1'],
    )
  })

  test('a change keeps what cannot change; a removal happens once', async () => {
    const db = await open()
    await insertResource(db, account, made('1'))
    const changed = made('1', { name: 'm', enabled: false, document: {}, tags: [], updatedAt: 9, createdAt: 9 })
    assert.equal(await updateResource(db, account, changed), 1)
    assert.deepEqual(await readResource(db, account, key('1')), { ...changed, createdAt: 1 })
    assert.equal(await updateResource(db, account, made('2')), 0)
    assert.equal(await deleteResource(db, account, key('1')), true)
    assert.equal(await deleteResource(db, account, key('1')), false)
  })
})
