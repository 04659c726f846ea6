import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { ServerCertificate } from './server-certificate.ts'
import {
  insertCertificate,
  readCertificate,
  readCertificates,
  readNameOwner,
  removeCertificate,
  updateCertificate,
} from './store.ts'

const account = '000000000000'
const certificate = (name: string, more: Partial<ServerCertificate> = {}): ServerCertificate => ({
  ...{ id: `ASCA${name}`, name, path: '/', body: 'b', chain: undefined, tags: [] },
  ...{ uploadedAt: 1_700_000_000_123, validUntil: 1_800_000_000_000 },
  ...more,
})

eachEngine((engine) => {
  test('a certificate comes back as it was written, by its exact name', async () => {
    const db = await engine.open()
    const written = certificate('C', { path: '/a/', chain: 'c', tags: [{ Key: 'k', Value: 'v' }] })
    assert.equal(await insertCertificate(db, account, written), true)
    assert.equal(await insertCertificate(db, account, certificate('c')), false)
    assert.deepEqual(await readCertificate(db, account, 'C'), written)
    assert.equal(await readCertificate(db, account, 'c'), undefined)
    assert.equal(await readNameOwner(db, account, 'c'), 'ASCAC')
  })

  test('a change touches only what it names, and only that certificate', async () => {
    const db = await engine.open()
    const one = certificate('C', { tags: [{ Key: 'k', Value: 'v' }] })
    await insertCertificate(db, account, one)
    assert.equal(await updateCertificate(db, account, { ...one, id: 'ASCANAMESAKE' }, { path: '/x/' }), false)
    assert.equal(await updateCertificate(db, account, one, { name: 'D', path: '/x/' }), true)
    assert.deepEqual(await readCertificate(db, account, 'D'), { ...one, name: 'D', path: '/x/' })
    assert.equal(await removeCertificate(db, account, one), false)
    assert.equal(await removeCertificate(db, account, { ...one, name: 'D' }), true)
  })

  test('certificates are listed by folded name under a path', async () => {
    const db = await engine.open()
    await insertCertificate(db, account, certificate('b', { path: '/x/' }))
    await insertCertificate(db, account, certificate('A', { path: '/x/y/' }))
    await insertCertificate(db, account, certificate('c', { path: '/x-y/' }))
    const names = async (prefix: string, after?: string) =>
      (await readCertificates(db, account, { prefix, after, limit: 10 })).map(({ name }) => name)
    assert.deepEqual(await names('/'), ['A', 'b', 'c'])
    assert.deepEqual(await names('/x/'), ['A', 'b'])
    assert.deepEqual(await names('/', 'a'), ['b', 'c'])
  })
})
