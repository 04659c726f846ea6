import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Background, inBackground, longestStop } from './background.ts'
import { StoreError } from './store/errors.ts'

const lines: unknown[] = []
const log = { warn: (line: unknown) => void lines.push(line) }

/** Work of so many rounds; the last one ends it. */
function rounds(each: (round: number) => Promise<boolean | undefined>, between = 1): Promise<Background> {
  return new Promise((resolve) => {
    let round = 0
    const work: Background = inBackground({
      ...{ log, between, trouble: 'It failed.' },
      async round() {
        round += 1
        if (round === 5) resolve(work)
        return each(round)
      },
    })
  })
}

test('a round that fails costs a line, an outage of the database none, and the next round comes', async () => {
  lines.length = 0
  const work = await rounds(async (round) => {
    if (round === 1) throw new Error('a bug')
    if (round === 2) throw new StoreError('unavailable', 'away')
    return undefined
  })
  await work.stop()
  assert.equal(lines.length, 1)
})

test('more work, and a call, begin the next round without a pause', async () => {
  await (await rounds(async () => true, 1_000_000)).stop()
  let seen = 0
  const woken = Promise.withResolvers<void>()
  const work = inBackground({
    ...{ log, between: 1_000_000, trouble: 'It failed.' },
    async round() {
      seen += 1
      if (seen === 3) woken.resolve()
      return undefined
    },
  })
  // The first round is under way: a call during a round is not lost.
  work.wake()
  await new Promise((resolve) => setTimeout(resolve, 20))
  work.wake()
  await woken.promise
  await work.stop()
})

test('a stop lets a round finish, does not wait for one that does not end, and begins no other', async () => {
  let begun = 0
  let finished = false
  const quick = inBackground({
    ...{ log, between: 1, trouble: 'It failed.' },
    async round() {
      begun += 1
      await new Promise((resolve) => setTimeout(resolve, 50))
      finished = true
      return true
    },
  })
  await quick.stop()
  assert.deepEqual([begun, finished], [1, true])

  const endless = inBackground({ log, between: 1, trouble: 'It failed.', round: () => new Promise(() => {}) })
  const before = performance.now()
  await endless.stop()
  assert.ok(performance.now() - before >= longestStop - 100, 'it waited a while')
})
