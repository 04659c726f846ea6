import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { testWorld } from '../../../test/support/world.ts'
import { createSeal } from '../../protocols/seal.ts'
import { signingKey } from './keys.ts'
import { readKeys } from './store.ts'

eachEngine((engine) => {
  test('nodes that make the first key together end with one key', async () => {
    const world = await testWorld({ database: await engine.open() })
    // Each node has a seal of its own over the same master key, and so a memory of its own.
    const masterKey = Buffer.alloc(32, 7)
    const nodes = [1, 2, 3].map(() => ({ ...world, seal: createSeal(masterKey) }))
    const keys = await Promise.all(nodes.map((node) => signingKey(node)))
    assert.equal(new Set(keys.map(({ privatePem }) => privatePem)).size, 1)
    const stored = await readKeys(world.db, world.settings.account)
    assert.deepEqual(
      stored.map(({ kid }) => kid),
      ['us-east-11'],
    )
    assert.doesNotMatch(JSON.stringify(stored), /PRIVATE KEY/)
    await world.close()
  })
})
