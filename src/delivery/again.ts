/**
 * Trying again, where that is safe and while somebody can be expected to wait. Safe is what was certainly not taken: the
 * provider never got it, or says that it did not take it. A message that may have been taken is not sent again.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { DeliveryError } from './failure.ts'

export type Outcome =
  | 'taken'
  | {
      readonly failure: DeliveryError
      /** Milliseconds until it may be tried again, `soon` where nobody says when, `never` where that is not safe. */
      readonly again: number | 'soon' | 'never'
    }

/** For all tries together, in milliseconds: the caller waits. */
export const patience = 15_000

const pauses = [250, 1_000]

/** Tries at most three times within the patience; an attempt is told how long it may take. Rejects with the last failure. */
export async function persist(now: () => number, attempt: (msLeft: number) => Promise<Outcome>): Promise<void> {
  const end = now() + patience
  for (const between of [...pauses, undefined]) {
    const outcome = await attempt(Math.max(1, end - now()))
    if (outcome === 'taken') return
    const { failure, again } = outcome
    if (again === 'never' || between === undefined) throw failure
    const wait = again === 'soon' ? between : again
    if (now() + wait >= end) throw failure
    await pause(wait)
  }
}

/** Retry-After in milliseconds, RFC 9110 10.2.3: seconds or a date; undefined if there is none that can be read. */
export function readRetryAfter(value: string | undefined, now: number): number | undefined {
  if (value === undefined) return undefined
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1_000
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
