import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import type { InstanceProfile } from './instance-profile.ts'
import { emptyProfile, fillProfile, insertProfile, readProfile, readProfiles, removeProfile } from './store.ts'

const account = '000000000000'
const profile = (name: string, more: Partial<InstanceProfile> = {}): InstanceProfile => ({
  ...{ id: `AIPA${name.toUpperCase()}`, name, path: '/', roleId: undefined, tags: [], createdAt: 1_700_000_000_123 },
  ...more,
})

eachEngine((engine) => {
  test('a profile comes back as it was written, by its exact name', async () => {
    const db = await engine.open()
    const written = profile('P', { path: '/a/', roleId: 'AROAR', tags: [{ Key: 'k', Value: 'v' }] })
    assert.equal(await insertProfile(db, account, written), true)
    assert.equal(await insertProfile(db, account, profile('p', { id: 'AIPAOTHER' })), false)
    assert.deepEqual(await readProfile(db, account, 'P'), written)
    assert.equal(await readProfile(db, account, 'p'), undefined)
    assert.equal(await readProfile(db, '111111111111', 'P'), undefined)
  })

  test('a profile takes one role, and stays while it has it', async () => {
    const db = await engine.open()
    const one = profile('P')
    await insertProfile(db, account, one)
    const filled = await Promise.all(['AROAR', 'AROAS'].map((role) => fillProfile(db, account, one, role)))
    assert.deepEqual(filled.toSorted(), [false, true])
    const { roleId = '' } = (await readProfile(db, account, 'P'))!
    assert.equal(await removeProfile(db, account, one), false)
    assert.equal(await emptyProfile(db, account, one, 'AROAT'), false)
    assert.equal(await emptyProfile(db, account, one, roleId), true)
    assert.equal(await fillProfile(db, account, { ...one, id: 'AIPANAMESAKE' }, roleId), false)
    assert.equal(await removeProfile(db, account, one), true)
    assert.equal(await removeProfile(db, account, one), false)
  })

  test('profiles are listed by folded name, under a path, and by role', async () => {
    const db = await engine.open()
    await insertProfile(db, account, profile('b', { path: '/x/', roleId: 'AROAR' }))
    await insertProfile(db, account, profile('A', { path: '/x/' }))
    await insertProfile(db, account, profile('c', { roleId: 'AROAR' }))
    const names = async (more: object = {}) =>
      (await readProfiles(db, account, { prefix: '/', after: undefined, limit: 10, ...more })).map(({ name }) => name)
    assert.deepEqual(await names(), ['A', 'b', 'c'])
    assert.deepEqual(await names({ prefix: '/x/' }), ['A', 'b'])
    assert.deepEqual(await names({ roleId: 'AROAR' }), ['b', 'c'])
    assert.deepEqual(await names({ after: 'a', limit: 1 }), ['b'])
  })
})
