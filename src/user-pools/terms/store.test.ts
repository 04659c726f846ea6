import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { type Db, sql } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import type { Terms } from './document.ts'
import * as store from './store.ts'

async function prepare(db: Db) {
  const settings = completeSettings({})
  await insertPool(db, { id: 'p', region: 'us-east-1', name: 'p', settings, own: [], createdAt: 1 })
  for (const id of ['a', 'b']) {
    await db.run(sql`
      insert into clients (pool_id, id, name, settings, secrets, srp, created_at, modified_at)
      values ('p', ${id}, 'app', '{}', '[]', 0, 1, 1)`)
  }
}
const terms = (id: string, clientId: string, name: string): Terms => ({
  ...{
    poolId: 'p',
    id,
    clientId,
    name,
    links: { 'cognito:default': 'https://a.example' },
    createdAt: 1,
    modifiedAt: 1,
  },
})

eachEngine((engine) => {
  test('a client has one document of each name, and a pool no more than it may, however many are made at once', async () => {
    const db = await engine.open()
    await prepare(db)
    const same = await Promise.all(['1', '2'].map((id) => store.insertTerms(db, terms(id, 'a', 'terms-of-use'), 2)))
    assert.deepEqual(same.toSorted(), ['made', 'taken'])
    const more = await Promise.all([
      store.insertTerms(db, terms('3', 'a', 'privacy-policy'), 2),
      store.insertTerms(db, terms('4', 'b', 'privacy-policy'), 2),
    ])
    assert.deepEqual(more.toSorted(), ['full', 'made'])
  })

  test('changes leave what they do not name, and take no name that is taken; terms go with their client', async () => {
    const db = await engine.open()
    await prepare(db)
    await store.insertTerms(db, terms('1', 'a', 'terms-of-use'), 9)
    await store.insertTerms(db, terms('2', 'a', 'privacy-policy'), 9)
    assert.equal(await store.changeTerms(db, 'p', '2', { name: 'terms-of-use', modifiedAt: 2 }), 'taken')
    assert.equal(await store.changeTerms(db, 'p', '9', { modifiedAt: 2 }), 'absent')
    assert.deepEqual(await store.changeTerms(db, 'p', '1', { links: {}, modifiedAt: 3 }), {
      ...terms('1', 'a', 'terms-of-use'),
      links: {},
      modifiedAt: 3,
    })
    assert.deepEqual(
      (await store.listTerms(db, 'p', '1', 9)).map(({ id }) => id),
      ['2'],
    )
    assert.equal(await store.deleteTerms(db, 'p', '2'), true)
    assert.equal(await store.deleteTerms(db, 'p', '2'), false)
    await db.run(sql`delete from clients where pool_id = 'p' and id = 'a'`)
    assert.equal(await store.readTerms(db, 'p', '1'), undefined)
  })
})
