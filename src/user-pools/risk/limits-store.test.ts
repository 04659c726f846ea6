import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { readProvisioned, writeProvisioned } from './limits-store.ts'

eachEngine((engine) => {
  test('a raised limit is replaced by the next, and is its region’s', async () => {
    const db = await engine.open()
    await writeProvisioned(db, 'us-east-1', 'UserRead', 200)
    await writeProvisioned(db, 'us-east-1', 'UserRead', 300)
    await writeProvisioned(db, 'eu-west-1', 'UserList', 40)
    assert.deepEqual(await readProvisioned(db, 'us-east-1'), { UserRead: 300 })
    assert.deepEqual(await readProvisioned(db, 'ap-south-1'), {})
  })
})
