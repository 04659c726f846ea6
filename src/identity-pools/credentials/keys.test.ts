import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testWorld } from '../../../test/support/world.ts'
import { identityKeys, verificationKey } from './keys.ts'

test('names of keys that nobody has make the keys be read once in a while, not each time', async (t) => {
  const made = await testWorld()
  t.after(() => made.close())
  made.clock.stand()
  let reads = 0
  const all = ((statement) => {
    reads += 1
    return made.db.all(statement)
  }) as typeof made.db.all
  const world = { ...made, db: { ...made.db, all, run: made.db.run.bind(made.db) } }
  const [known] = await identityKeys(world)
  reads = 0
  for (let turn = 0; turn < 5; turn++) assert.equal(await verificationKey(world, `kid${turn}`), undefined)
  assert.equal(reads, 0)
  made.clock.advance(10_000)
  for (let turn = 0; turn < 5; turn++) assert.equal(await verificationKey(world, `kid${turn}`), undefined)
  assert.equal(reads, 1)
  assert.equal((await verificationKey(world, known?.kid ?? ''))?.kid, known?.kid)
})
