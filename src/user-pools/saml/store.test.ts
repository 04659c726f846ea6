import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { Db } from '../../store/db.ts'
import { completeSettings } from '../pools/settings.ts'
import { deletePool, insertPool, markDeleted } from '../pools/store.ts'
import {
  deleteEncryptionKey,
  insertAssertion,
  insertEncryptionKey,
  readEncryptionKey,
  readStoredMetadata,
  takeTurn,
  writeMetadata,
} from './store.ts'

const makePool = (db: Db, id: string) =>
  insertPool(db, { id, region: 'us-east-1', name: id, settings: completeSettings({}), own: [], createdAt: 1 })

const url = 'https://idp.example/metadata'
const metadata = (document: string, fetchedAt: number) => ({ document, fetchedAt, freshUntil: fetchedAt + 10 })

eachEngine((engine) => {
  test('metadata is kept for each pool and address, the newest in place of the former', async () => {
    const db = await engine.open()
    for (const id of ['p', 'q']) await makePool(db, id)
    assert.equal(await readStoredMetadata(db, 'p', url), undefined)
    await writeMetadata(db, 'p', url, metadata('<a/>', 1))
    await writeMetadata(db, 'p', url, metadata('<b/>', 2))
    await writeMetadata(db, 'q', url, metadata('<c/>', 3))
    assert.deepEqual(await readStoredMetadata(db, 'p', url), metadata('<b/>', 2))
    assert.deepEqual(await readStoredMetadata(db, 'q', url), metadata('<c/>', 3))
  })

  test('of many who want to fetch at once one may', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await writeMetadata(db, 'p', url, metadata('<a/>', 1))
    const turns = await Promise.all([1, 2, 3, 4].map(() => takeTurn(db, 'p', url, 11, 50)))
    assert.equal(turns.filter(Boolean).length, 1)
    assert.equal((await readStoredMetadata(db, 'p', url))?.freshUntil, 50)
  })

  test('of several first encryption keys one stays, until the provider is forgotten', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    const key = (name: string) => ({ sealedPrivate: `sealed ${name}`, certificate: name })
    await Promise.all(['a', 'b', 'c'].map((name) => insertEncryptionKey(db, 'p', 'Company', key(name), 1)))
    const kept = await readEncryptionKey(db, 'p', 'Company')
    assert.deepEqual(kept, key(kept?.certificate ?? ''))
    assert.equal(await readEncryptionKey(db, 'p', 'Other'), undefined)
    await deleteEncryptionKey(db, 'p', 'Company')
    assert.equal(await readEncryptionKey(db, 'p', 'Company'), undefined)
  })

  test('of many who come with one assertion one is the first; another pool hears it for itself', async () => {
    const db = await engine.open()
    const heard = await Promise.all([1, 2, 3, 4].map(() => insertAssertion(db, 'p', 'hash', 9)))
    assert.equal(heard.filter(Boolean).length, 1)
    assert.equal(await insertAssertion(db, 'p', 'hash', 9), false)
    assert.equal(await insertAssertion(db, 'q', 'hash', 9), true)
  })

  test('metadata and keys go with their pool', async () => {
    const db = await engine.open()
    await makePool(db, 'p')
    await writeMetadata(db, 'p', url, metadata('<a/>', 1))
    await insertEncryptionKey(db, 'p', 'Company', { sealedPrivate: 's', certificate: 'c' }, 1)
    await markDeleted(db, 'p', 2, () => {})
    await deletePool(db, 'p')
    assert.equal(await readStoredMetadata(db, 'p', url), undefined)
    assert.equal(await readEncryptionKey(db, 'p', 'Company'), undefined)
  })
})
