import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createQueue, QueueFull } from './queue.ts'

test('never more than so many at work, in the order they came, and the rest turned away', async () => {
  const run = createQueue({ atWork: 2, waiting: 2 })
  const started: number[] = []
  const finish: (() => void)[] = []
  const jobs = [0, 1, 2, 3, 4].map((job) =>
    run(async () => {
      started.push(job)
      await new Promise<void>((resolve) => finish.push(resolve))
      return job
    }),
  )
  await assert.rejects(jobs[4]!, QueueFull)
  assert.deepEqual(started, [0, 1])
  finish[0]!()
  assert.equal(await jobs[0], 0)
  assert.deepEqual(started, [0, 1, 2])
  for (const done of finish) done()
  await jobs[2]
  finish[3]!()
  assert.equal(await jobs[3], 3)
})

test('a job that fails gives its place back', async () => {
  const run = createQueue({ atWork: 1, waiting: 0 })
  await assert.rejects(
    run(async () => Promise.reject(new Error('x'))),
    /x/,
  )
  assert.equal(await run(async () => 1), 1)
})
