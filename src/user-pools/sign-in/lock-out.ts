/**
 * The lock-out after failed attempts: five are free, then each doubles the wait. AWS: Developer Guide, "Lockout behavior".
 * Pure: what is known of a name and the time go in, what is known next comes out. Times in epoch milliseconds.
 */

export type Lock = {
  readonly failures: number
  /** The last attempt that counted. */
  readonly triedAt: number
  readonly lockedUntil: number
  /** Attempts admitted whose outcome is not known yet. */
  readonly pending: number
  /** When pending attempts are given up: whoever made them is gone. */
  readonly pendingUntil: number
}

export const freeFailures = 5
const second = 1_000
export const forgotten = 15 * 60 * second
const longestLock = forgotten
/** Longer than any attempt takes, a full queue of hashes included. */
const longestAttempt = 60 * second

/** How long a name is locked after its n-th failure: 2^(n-5) seconds, at most 15 minutes. */
export const lockAfter = (failures: number): number =>
  failures < freeFailures ? 0 : Math.min(2 ** (failures - freeFailures) * second, longestLock)

export type Admission = { readonly next: Lock } | 'locked' | 'busy'

/**
 * Whether an attempt may begin, and what is then known. Attempts under way count as if they had failed, so that parallel
 * guesses gain nothing; an attempt beyond the free ones is `busy` until those before it are decided.
 */
export function admit(lock: Lock | undefined, now: number): Admission {
  const known = lock && settled(lock, now)
  if (!known)
    return { next: { failures: 0, triedAt: now, lockedUntil: 0, pending: 1, pendingUntil: now + longestAttempt } }
  if (now < known.lockedUntil) return 'locked'
  const mayPend = Math.max(1, freeFailures - known.failures)
  if (known.pending >= mayPend) return 'busy'
  return { next: { ...known, pending: known.pending + 1, pendingUntil: now + longestAttempt } }
}

/** What time alone has changed: abandoned attempts have failed, and old failures are forgotten. */
function settled(lock: Lock, now: number): Lock | undefined {
  if (lock.pending > 0 && now < lock.pendingUntil) return lock
  const failures = lock.failures + lock.pending
  const triedAt = lock.pending > 0 ? Math.max(lock.triedAt, lock.pendingUntil) : lock.triedAt
  if (now >= triedAt + forgotten) return undefined
  return { ...lock, failures, triedAt, pending: 0 }
}

/** An admitted attempt has failed. */
export function failed(lock: Lock | undefined, now: number): Lock {
  const failures = (lock?.failures ?? 0) + 1
  return {
    failures,
    triedAt: now,
    lockedUntil: Math.max(lock?.lockedUntil ?? 0, now + lockAfter(failures)),
    pending: Math.max(0, (lock?.pending ?? 0) - 1),
    pendingUntil: lock?.pendingUntil ?? now,
  }
}

/** An admitted attempt was right, or could not be made: it counts neither way. Undefined: nothing is left to know. */
export function released(lock: Lock | undefined): Lock | undefined {
  if (!lock) return undefined
  const pending = Math.max(0, lock.pending - 1)
  return pending === 0 && lock.failures === 0 ? undefined : { ...lock, pending }
}

/** The user has signed in: failures are forgotten. */
export const cleared = (lock: Lock | undefined): Lock | undefined =>
  lock && lock.pending > 0 ? { ...lock, failures: 0, lockedUntil: 0 } : undefined

/** When a row may be swept without changing any answer. */
export const forgetAt = (lock: Lock): number =>
  Math.max(lock.triedAt, lock.lockedUntil, lock.pending > 0 ? lock.pendingUntil : 0) + forgotten
