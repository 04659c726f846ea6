import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InvokeResult } from '../../world.ts'
import { judge } from './asynchronous.ts'

const hour = 3_600_000
const job = { id: 'j', target: 'arn', body: '{}', made: 1_000, tries: 1, failures: 0 }
const failed: InvokeResult = { outcome: 'failed', message: 'no' }
const absent: InvokeResult = { outcome: 'unavailable', reason: 'ServiceException', detail: 'down' }

test('a function that answered is not asked again', () => {
  assert.equal(judge({ outcome: 'answered', payload: '1' }, job, 2_000), 'done')
})

test('one that failed or took too long is asked twice more, after one minute and after two', () => {
  for (const result of [failed, { outcome: 'timed-out' } as const]) {
    const reason = result.outcome === 'failed' ? 'no' : 'timed-out'
    assert.deepEqual(judge(result, job, 2_000), { again: 62_000, failed: true, reason })
    assert.deepEqual(judge(result, { ...job, tries: 2, failures: 1 }, 2_000), { again: 122_000, failed: true, reason })
    assert.deepEqual(judge(result, { ...job, tries: 3, failures: 2 }, 2_000), { givenUp: reason })
  }
})

test('one that is throttled or cannot be reached is asked for six hours, from one second apart to five minutes', () => {
  const pauses = [1, 2, 3, 9, 10, 500].map((tries) => {
    const verdict = judge({ outcome: 'throttled' }, { ...job, tries }, 2_000)
    assert.ok(verdict !== 'done' && 'again' in verdict)
    assert.equal(verdict.failed, false)
    return verdict.again - 2_000
  })
  assert.deepEqual(pauses, [1_000, 2_000, 4_000, 256_000, 300_000, 300_000])
  const end = job.made + 6 * hour
  assert.deepEqual(judge(absent, job, end - 1_000), { again: end, failed: false, reason: 'ServiceException: down' })
  assert.deepEqual(judge(absent, job, end - 999), { givenUp: 'ServiceException: down' })
})

test('being throttled does not count as failing', () => {
  assert.deepEqual(judge(failed, { ...job, tries: 40, failures: 0 }, 2_000), {
    ...{ again: 62_000, failed: true, reason: 'no' },
  })
})
