import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { admit, cleared, failed, forgetAt, forgotten, type Lock, lockAfter, released } from './lock-out.ts'

const second = 1_000

/** The state after an attempt that began and failed at `now`; fails the test if it could not begin. */
function guess(lock: Lock | undefined, now: number): Lock {
  const admission = admit(lock, now)
  assert.ok(typeof admission === 'object', `the attempt is ${String(admission)}`)
  return failed(admission.next, now)
}
const guesses = (count: number, now = 0) => {
  let lock: Lock | undefined
  let at = now
  for (let i = 0; i < count; i += 1) {
    at = Math.max(at, lock?.lockedUntil ?? 0)
    lock = guess(lock, at)
  }
  return lock as Lock
}

describe('the wait after a failure', () => {
  test('is nothing for the first four, a second after the fifth, and doubles up to 15 minutes', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7, 8, 14, 15, 16, 1000].map((n) => lockAfter(n) / second)
    assert.deepEqual(waits, [0, 0, 0, 0, 1, 2, 4, 8, 512, 900, 900, 900])
  })
})

describe('an attempt', () => {
  test('is admitted after four failures at once, and refused after the fifth until a second has passed', () => {
    const lock = guesses(5)
    assert.equal(admit(lock, lock.triedAt), 'locked')
    assert.equal(admit(lock, lock.triedAt + second - 1), 'locked')
    assert.ok(typeof admit(lock, lock.triedAt + second) === 'object')
  })
  test('under way takes one of the free ones, and the one too many waits', () => {
    let lock: Lock | undefined
    for (let i = 0; i < 5; i += 1) {
      const admission = admit(lock, 0)
      assert.ok(typeof admission === 'object')
      lock = admission.next
    }
    assert.equal(admit(lock, 0), 'busy')
    assert.equal(admit(failed(lock, 0), 0), 'busy')
    assert.ok(typeof admit(released(lock), 0) === 'object')
  })
  test('after a lock has run out goes alone', () => {
    const lock = guesses(6)
    const admission = admit(lock, lock.lockedUntil)
    assert.ok(typeof admission === 'object')
    assert.equal(admit(admission.next, lock.lockedUntil), 'busy')
  })
  test('whose maker is gone counts as failed after a minute', () => {
    const first = admit(guesses(4), 0)
    assert.ok(typeof first === 'object')
    const second = admit(first.next, 60_000)
    assert.ok(typeof second === 'object')
    assert.deepEqual([second.next.failures, second.next.pending], [5, 1])
  })
})

describe('failures are forgotten', () => {
  test('after 15 minutes without an attempt, and not before', () => {
    const lock = guesses(4)
    const early = admit(lock, lock.triedAt + forgotten - 1)
    const late = admit(lock, lock.triedAt + forgotten)
    assert.ok(typeof early === 'object' && typeof late === 'object')
    assert.deepEqual([early.next.failures, late.next.failures], [4, 0])
  })
  test('when the user has signed in', () => {
    const admission = admit(guesses(4), 0)
    assert.ok(typeof admission === 'object')
    assert.equal(cleared(released(admission.next)), undefined)
  })
  test('not by a right password alone', () => {
    const admission = admit(guesses(4), 0)
    assert.ok(typeof admission === 'object')
    assert.equal(released(admission.next)?.failures, 4)
  })
})

test('no order of parallel guesses gets more of them into a time than one after the other', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(400)), { maxLength: 200 }), (moves) => {
      let lock: Lock | undefined
      let now = 0
      let tried = 0
      for (const [kind, wait] of moves) {
        now += wait
        if (kind > 0) {
          const admission = admit(lock, now)
          if (typeof admission === 'object') {
            lock = admission.next
            tried += 1
          }
        } else if (lock && lock.pending > 0) lock = failed(lock, now)
      }
      // The most that may have been tried by now: five, and one more after each lock.
      let most = 5
      for (let n = 5, at = lockAfter(5); at <= now; n += 1, at += lockAfter(n)) most += 1
      assert.ok(tried <= most, `${tried} guesses in ${now} ms, ${most} allowed`)
    }),
  )
})

test('a row is kept for as long as it can change an answer', () => {
  const lock = guesses(20)
  assert.equal(admit(lock, lock.lockedUntil - 1), 'locked')
  assert.ok(forgetAt(lock) >= lock.lockedUntil && forgetAt(lock) >= lock.triedAt + forgotten)
})
