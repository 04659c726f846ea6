import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testWorld } from '../../../test/support/world.ts'
import { failuresOf, mostOfAll, noteFailure } from './network-failures.ts'

test('failures of many networks have room together: the network that has been quiet the longest is forgotten', async () => {
  const world = await testWorld()
  const fail = (network: string, times: number) => {
    for (let time = 0; time < times; time++) noteFailure(world, 'pool', network, `user-${time}`)
  }
  const known = (network: string) => failuresOf(world, 'pool', network).count
  fail('quiet', 30)
  fail('busy', 250)
  assert.deepEqual([known('quiet'), failuresOf(world, 'pool', 'busy')], [30, { count: 200, users: 200 }])
  for (let other = 0; other < mostOfAll - 230; other++) fail(`other-${other}`, 1)
  assert.equal(known('quiet'), 30)
  fail('busy', 1)
  fail('one-more', 1)
  assert.deepEqual([known('quiet'), known('busy'), known('other-0'), known('one-more')], [0, 200, 1, 1])
  await world.close()
})
