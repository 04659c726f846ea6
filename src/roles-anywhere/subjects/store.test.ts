import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { readSubject, readSubjects, saveSubject } from './store.ts'
import type { Subject } from './subject.ts'

const account = '000000000000'
const seen = (seenAt: number) => ({ seenAt, serialNumber: '1', issuer: 'CN=i', certificate: 'pem', failed: false })
const subject = (id: string, at: number): Subject => ({
  ...{ region: 'r', id, subject: 'CN=s', credentials: [seen(at)], properties: [] },
  ...{ createdAt: 1, updatedAt: at, seenAt: at },
})

eachEngine(({ open }) => {
  test('a subject is made once and changed from then on', async () => {
    const db = await open()
    await saveSubject(db, account, 'r', 'a', (before) => {
      assert.equal(before, undefined)
      return subject('a', 1)
    })
    await saveSubject(db, account, 'r', 'a', (before) => {
      assert.deepEqual(before, subject('a', 1))
      return subject('a', 2)
    })
    assert.deepEqual(await readSubject(db, account, 'r', 'a'), subject('a', 2))
    assert.equal(await readSubject(db, account, 's', 'a'), undefined)
  })

  test('two who come at once are both counted', async () => {
    const db = await open()
    const come = () =>
      saveSubject(db, account, 'r', 'a', (before) => ({
        ...subject('a', 1),
        credentials: [...(before?.credentials ?? []), seen(1)],
      }))
    await Promise.all([come(), come(), come()])
    assert.equal((await readSubject(db, account, 'r', 'a'))?.credentials.length, 3)
  })

  test('lists go by id, after one', async () => {
    const db = await open()
    for (const id of ['b', 'a', 'c']) await saveSubject(db, account, 'r', id, () => subject(id, 1))
    assert.deepEqual(
      (await readSubjects(db, account, 'r', 'a', 5)).map(({ id }) => id),
      ['b', 'c'],
    )
  })
})
