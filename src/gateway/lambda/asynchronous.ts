/** What becomes of an asynchronous call that did not succeed. AWS: Lambda Developer Guide, "How Lambda handles errors and retries with asynchronous invocation". */
import { type Job, pauseAfter, type Verdict } from '../../jobs/queue.ts'
import type { InvokeResult } from '../../world.ts'

/** A function that fails is asked twice more: after one minute, and after two. */
const pausesAfterFailures = [60_000, 120_000]
/** What could not be brought to the function is tried for so long; everything is tried once, whenever that is. */
const longestAge = 6 * 60 * 60_000

/** `job` as it was taken for the try that ended so. */
export function judge(result: InvokeResult, job: Job, now: number): Verdict {
  if (result.outcome === 'answered') return 'done'
  const failed = result.outcome === 'failed' || result.outcome === 'timed-out'
  const pause = failed ? pausesAfterFailures[job.failures] : pauseAfter(job.tries)
  const reason = reasonOf(result)
  if (pause === undefined || now + pause - job.made > longestAge) return { givenUp: reason }
  return { again: now + pause, failed, reason }
}

const reasonOf = (result: Exclude<InvokeResult, { outcome: 'answered' }>): string =>
  result.outcome === 'failed'
    ? result.message.slice(0, 200)
    : result.outcome === 'unavailable'
      ? `${result.reason}: ${result.detail}`
      : result.outcome
