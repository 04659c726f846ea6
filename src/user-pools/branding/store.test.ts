import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { type Db, sql } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import * as store from './store.ts'
import type { Style } from './style.ts'

async function prepare(db: Db, poolId: string, ...clients: string[]) {
  const settings = completeSettings({})
  await insertPool(db, { id: poolId, region: 'us-east-1', name: poolId, settings, own: [], createdAt: 1 })
  for (const id of clients) {
    await db.run(sql`
      insert into clients (pool_id, id, name, settings, secrets, srp, created_at, modified_at)
      values (${poolId}, ${id}, 'app', '{}', '[]', 0, 1, 1)`)
  }
}

const look = (clientId: string, css: string, modifiedAt: number) => ({
  ...{ poolId: 'p', clientId, css, cssVersion: '20260101000000', imageId: undefined, modifiedAt },
})
const style = (id: string, clientId: string): Style => ({
  ...{ poolId: 'p', id, clientId, createdAt: 1, modifiedAt: 1, settings: { a: 1 } },
})
const asset = (imageId: string): store.NewAsset => ({
  ...{ category: 'FORM_LOGO', resourceId: undefined, imageId, image: 'AAAA' },
  colorMode: 'LIGHT',
  extension: 'PNG',
})

eachEngine((engine) => {
  test('a client’s own classic look is before the pool’s; replaced, it keeps the time it was made', async () => {
    const db = await engine.open()
    await prepare(db, 'p')
    assert.equal(await store.readCustomization(db, 'p', 'c'), undefined)
    await store.writeCustomization(db, look('ALL', 'all', 1), undefined)
    await store.writeCustomization(db, look('c', 'own', 2), 'AAAA')
    assert.equal((await store.readCustomization(db, 'p', 'c'))?.css, 'own')
    assert.equal((await store.readCustomization(db, 'p', 'other'))?.css, 'all')
    const again = await store.writeCustomization(db, look('c', 'new', 9), undefined)
    assert.deepEqual([again.createdAt, again.modifiedAt, again.css], [2, 9, 'new'])
    await store.deleteCustomization(db, 'p', 'c')
    assert.equal((await store.readCustomization(db, 'p', 'c'))?.css, 'all')
  })

  test('a client has one style and a pool no more than it may, however many are made at once', async () => {
    const db = await engine.open()
    await prepare(db, 'p', 'a', 'b', 'c')
    const made = await Promise.all([1, 2].map((n) => store.insertStyle(db, style(`s${n}`, 'a'), [], 2)))
    assert.deepEqual(made.toSorted(), ['made', 'taken'])
    const more = await Promise.all(['b', 'c'].map((id) => store.insertStyle(db, style(`s-${id}`, id), [], 2)))
    assert.deepEqual(more.toSorted(), ['full', 'made'])
  })

  test('changes leave what they do not name; images go with their style, and a style with its client', async () => {
    const db = await engine.open()
    await prepare(db, 'p', 'a')
    await store.insertStyle(db, style('s', 'a'), [asset('one'), asset('two')], 9)
    assert.equal(await store.readImage(db, 'p', 'two'), 'AAAA')
    assert.equal(await store.readImage(db, 'q', 'two'), undefined)
    const changed = await store.changeStyle(db, 'p', 's', { modifiedAt: 5, assets: [asset('three')] })
    assert.deepEqual([changed?.settings, changed?.modifiedAt], [{ a: 1 }, 5])
    assert.deepEqual(
      (await store.readAssets(db, 'p', 's')).map(({ imageId }) => imageId),
      ['three'],
    )
    assert.equal((await store.changeStyle(db, 'p', 's', { modifiedAt: 6, settings: null }))?.settings, undefined)
    assert.equal(await store.changeStyle(db, 'p', 'x', { modifiedAt: 6 }), undefined)
    await db.run(sql`delete from clients where pool_id = 'p' and id = 'a'`)
    assert.equal(await store.readStyleOf(db, 'p', 'a'), undefined)
    assert.equal(await store.readImage(db, 'p', 'three'), undefined)
  })
})
