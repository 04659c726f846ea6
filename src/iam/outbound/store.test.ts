import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { insertIssuer, readIssuer, switchIssuer } from './store.ts'

eachEngine((engine) => {
  test('an account has one issuer, made once, which is turned on and off by one call each', async () => {
    const db = await engine.open()
    assert.equal(await readIssuer(db, 'a'), undefined)
    await insertIssuer(db, 'a', { id: 'one', publicKeys: '[]', sealedKeys: 's' }, 1)
    await insertIssuer(db, 'a', { id: 'two', publicKeys: '[]', sealedKeys: 's' }, 2)
    assert.deepEqual(await readIssuer(db, 'a'), { id: 'one', enabled: false, publicKeys: '[]', sealedKeys: 's' })
    const switched = await Promise.all(Array.from({ length: 9 }, () => switchIssuer(db, 'a', true)))
    assert.equal(switched.filter(Boolean).length, 1)
    assert.equal((await readIssuer(db, 'a'))?.enabled, true)
    assert.equal(await switchIssuer(db, 'a', false), true)
    assert.equal(await switchIssuer(db, 'b', true), false)
  })
})
