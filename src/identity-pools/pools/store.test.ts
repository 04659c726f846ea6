import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { Pool } from './pool.ts'
import { changePool, deletePool, insertPool, markDeleted, readPool, readPools } from './store.ts'

const pool = (number: number, more: Partial<Pool> = {}): Pool => ({
  id: `us-east-1:0000000${number}`,
  region: 'us-east-1',
  name: 'app',
  settings: { AllowUnauthenticatedIdentities: true, AllowClassicFlow: false, IdentityPoolTags: { team: 'blue' } },
  roles: { Roles: { authenticated: 'arn' } },
  tagMaps: { p: { UseDefaults: true } },
  createdAt: 1_700_000_000_123,
  modifiedAt: 1_700_000_000_123,
  ...more,
})

eachEngine((engine) => {
  test('a pool comes back as it was written', async () => {
    const db = await engine.open()
    await insertPool(db, pool(1))
    assert.deepEqual(await readPool(db, pool(1).id), pool(1))
    assert.equal(await readPool(db, pool(2).id), undefined)
  })

  test('pools are listed by id within their region, page by page', async () => {
    const db = await engine.open()
    for (const number of [3, 1, 2]) await insertPool(db, pool(number))
    await insertPool(db, pool(4, { region: 'eu-west-1' }))
    const ids = async (after: string, limit: number) =>
      (await readPools(db, 'us-east-1', after, limit)).map(({ id }) => id)
    assert.deepEqual(await ids('', 2), [pool(1).id, pool(2).id])
    assert.deepEqual(await ids(pool(2).id, 2), [pool(3).id])
  })

  test('parallel changes of a pool do not undo each other', async () => {
    const db = await engine.open()
    await insertPool(db, pool(1))
    const add = (key: string) =>
      changePool(db, pool(1).id, 5, ({ tagMaps }) => ({ tagMaps: { ...tagMaps, [key]: { UseDefaults: false } } }))
    await Promise.all(['a', 'b', 'c'].map(add))
    const changed = await readPool(db, pool(1).id)
    assert.deepEqual(Object.keys(changed?.tagMaps ?? {}).sort(), ['a', 'b', 'c', 'p'])
    assert.equal(changed?.modifiedAt, 5)
    assert.equal(await changePool(db, pool(2).id, 5, () => ({})), undefined)
  })

  test('a deleted pool is not found, listed, changed or deleted again, and its row goes only once it is marked', async () => {
    const db = await engine.open()
    await insertPool(db, pool(1))
    assert.equal(await deletePool(db, pool(1).id), 0)
    assert.equal(await markDeleted(db, pool(1).id, 9), true)
    assert.equal(await markDeleted(db, pool(1).id, 9), false)
    assert.equal(await readPool(db, pool(1).id), undefined)
    assert.deepEqual(await readPools(db, 'us-east-1', '', 10), [])
    assert.equal(await changePool(db, pool(1).id, 5, () => ({ name: 'x' })), undefined)
    assert.equal(await deletePool(db, pool(1).id), 1)
  })
})
