import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { deleteIdentity, insertIdentity, readMergedInto } from '../../identity-pools/identities/store.ts'
import { insertPool } from '../../identity-pools/pools/store.ts'
import type { Database } from '../../store/db.ts'
import type { Dataset, SyncRecord } from '../dataset.ts'
import {
  deleteRecords,
  forgetDeleted,
  forgetRemoved,
  nextChange,
  putDataset,
  putRecords,
  readChanged,
  readDataset,
  readDatasets,
  readRecords,
  readStep,
  readUsage,
} from './store.ts'

const poolId = 'us-east-1:1'
const place = (owner: string, stored = 'd') => ({ poolId, owner, stored })
const dataset = (more: Partial<Dataset> = {}): Dataset => ({
  name: 'd',
  alive: true,
  syncCount: 1,
  deletedCount: 0,
  records: 1,
  storage: 10,
  createdAt: 1,
  modifiedAt: 2,
  modifiedBy: 'ann',
  ...more,
})
const record = (key: string, syncCount: number, value: string | undefined = 'v'): SyncRecord => ({
  key,
  value,
  syncCount,
  modifiedAt: 5,
  modifiedBy: 'ann',
  deviceModifiedAt: undefined,
})

const addIdentity = (db: Database, id: string, survivor?: string) =>
  insertIdentity(db, {
    poolId,
    id,
    kind: survivor ? 'merged' : 'user',
    mergedInto: survivor,
    createdAt: 1,
    modifiedAt: 1,
  })

eachEngine((engine) => {
  const open = async () => {
    const db = await engine.open()
    const empty = { settings: { AllowUnauthenticatedIdentities: true }, roles: {}, tagMaps: {} }
    await insertPool(db, { id: poolId, region: 'us-east-1', name: 'app', ...empty, createdAt: 1, modifiedAt: 1 })
    for (const id of ['a', 'b']) await addIdentity(db, id)
    return db
  }

  test('a dataset comes back as it was put, and is replaced by the next', async () => {
    const db = await open()
    assert.equal(await readDataset(db, place('a')), undefined)
    await putDataset(db, place('a'), dataset())
    assert.deepEqual(await readDataset(db, place('a')), dataset())
    await putDataset(db, place('a'), dataset({ alive: false, syncCount: 2, deletedCount: 2, records: 0, storage: 0 }))
    assert.equal((await readDataset(db, place('a')))?.deletedCount, 2)
    assert.deepEqual(await readDatasets(db, poolId, ['a', 'b']), [])
  })

  test('of what is gone the newest is remembered, and all that is there stays', async () => {
    const db = await open()
    await putDataset(db, place('a'), dataset())
    const gone = ['q', 'p', 'o'].map((key, index) => ({ ...record(key, index < 2 ? 1 : 2), value: undefined }))
    await putRecords(db, place('a'), [record('a', 1), ...gone])
    assert.equal(await forgetRemoved(db, place('a'), 3), 0)
    assert.equal(await forgetRemoved(db, place('a'), 2), 1)
    assert.deepEqual([...(await readRecords(db, place('a'))).keys()], ['a', 'o', 'q'])
    const dead = { alive: false, records: 0, storage: 0 }
    for (const [modifiedAt, name] of ['e', 'f', 'g'].entries())
      await putDataset(db, place('a', name), dataset({ ...dead, name, modifiedAt }))
    await putDataset(db, place('b', 'e'), dataset({ ...dead, name: 'e', modifiedAt: 0 }))
    assert.equal(await forgetDeleted(db, place('a'), 3), 0)
    assert.equal(await forgetDeleted(db, place('a'), 1), 2)
    assert.deepEqual(
      (await readStep(db, poolId, { owner: '', stored: '' }, 10)).map(({ owner, name }) => `${owner} ${name}`),
      ['a d', 'a g', 'b e'],
    )
  })

  test('records are read from a count and a key on, in the order of their changes', async () => {
    const db = await open()
    await putDataset(db, place('a'), dataset())
    await putRecords(db, place('a'), [
      record('x', 1),
      record('y', 1),
      record('ü', 2),
      { ...record('z', 3), value: undefined },
    ])
    const keys = async (count: number, key: string, limit = 10) =>
      (await readChanged(db, place('a'), { count, key }, limit)).map((one) => one.key)
    assert.deepEqual(await keys(0, ''), ['x', 'y', 'ü', 'z'])
    assert.deepEqual(await keys(1, 'x', 2), ['y', 'ü'])
    assert.deepEqual(await keys(3, 'z'), [])
    await putRecords(db, place('a'), [record('x', 4, 'new')])
    assert.deepEqual(await keys(3, ''), ['z', 'x'])
    assert.deepEqual((await readRecords(db, place('a'), ['x', 'none'])).get('x'), record('x', 4, 'new'))
    assert.equal((await readRecords(db, place('a'))).size, 4)
    assert.equal(await deleteRecords(db, place('a')), 4)
  })

  test('changes of an identity are numbered without gaps, and their times never go back', async () => {
    const db = await open()
    assert.deepEqual(await nextChange(db, poolId, 'a', 100), { number: 1, at: 100 })
    assert.deepEqual(await nextChange(db, poolId, 'a', 90), { number: 2, at: 100 })
    assert.deepEqual(await nextChange(db, poolId, 'b', 90), { number: 1, at: 90 })
    const many = await Promise.all(Array.from({ length: 10 }, () => nextChange(db, poolId, 'b', 91)))
    assert.deepEqual(
      many.map(({ number }) => number).sort((x, y) => x - y),
      [2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    )
  })

  test('use is counted over live datasets, and a pool is walked in steps', async () => {
    const db = await open()
    await putDataset(db, place('a', 'one'), dataset({ name: 'one' }))
    await putDataset(db, place('a', 'two'), dataset({ name: 'two', modifiedAt: 7 }))
    await putDataset(db, place('b', 'one'), dataset({ name: 'one', alive: false, storage: 99 }))
    assert.deepEqual(await readUsage(db, poolId, ['a']), { storage: 20, modifiedAt: 7, datasets: 2 })
    assert.deepEqual(await readUsage(db, poolId, ['b']), { storage: 0, modifiedAt: 0, datasets: 0 })
    const first = await readStep(db, poolId, { owner: '', stored: '' }, 2)
    assert.deepEqual(
      first.map(({ owner, name }) => [owner, name]),
      [
        ['a', 'one'],
        ['a', 'two'],
      ],
    )
    const rest = await readStep(db, poolId, { owner: 'a', stored: 'two' }, 2)
    assert.deepEqual(
      rest.map(({ owner }) => owner),
      ['b'],
    )
  })

  test('what was merged into an identity is found through any number of merges', async () => {
    const db = await open()
    await addIdentity(db, 'c', 'a')
    await addIdentity(db, 'd', 'c')
    await addIdentity(db, 'e', 'b')
    assert.deepEqual(await readMergedInto(db, poolId, 'a'), ['c', 'd'])
    assert.deepEqual(await readMergedInto(db, poolId, 'd'), [])
  })

  test('with an identity everything of it is gone', async () => {
    const db = await open()
    await putDataset(db, place('a'), dataset())
    await putRecords(db, place('a'), [record('x', 1)])
    await nextChange(db, poolId, 'a', 1)
    await deleteIdentity(db, poolId, 'a')
    assert.equal(await readDataset(db, place('a')), undefined)
    assert.equal((await readRecords(db, place('a'))).size, 0)
  })
})
