/** Attempts to prove who one is: each is reserved before the work, so that no number of parallel guesses beats the lock-out. */
import { setTimeout as pause } from 'node:timers/promises'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import type { User } from '../users/user.ts'
import { canonicalName } from '../users/username.ts'
import { admit, cleared, failed, type Lock, released } from './lock-out.ts'
import { readLock, swapLock } from './store.ts'

/** Whose attempts are counted: a user under all their names, or a name nobody has. */
export const lockName = (pool: Pool, user: User | undefined, name: string): string =>
  canonicalName(pool, user?.username ?? name)

export type Attempt = {
  /** No failure was on record when the attempt began: a success has nothing to clear. */
  readonly clean: boolean
  /** It was wrong: it counts. */
  fail(): Promise<void>
  /** It was right, or could not be decided. */
  release(): Promise<void>
}

const patience = 10_000
const longestPause = 100

/** Reserves an attempt. Refuses while the name is locked; waits while as many as may fail are under way. */
export async function beginAttempt(world: World, pool: Pool, name: string): Promise<Attempt> {
  const key = `${pool.id}/${name}`
  for (const deadline = world.now() + patience; ; ) {
    const before = await readLock(world.db, pool.id, name)
    const admission = admit(before, world.now())
    if (admission === 'locked') return fail('NotAuthorizedException', 'Password attempts exceeded')
    if (admission === 'busy') {
      if (world.now() > deadline) return fail('TooManyRequestsException', 'Too many requests')
      await decided(world, key)
    } else if (await swapLock(world.db, pool.id, name, before, admission.next)) {
      const { next } = admission
      const settle = async (rule: (lock: Lock | undefined) => Lock | undefined) => {
        await change(world, pool, name, rule, next)
        wake(world, key)
      }
      return {
        clean: next.failures === 0,
        fail: () => settle((lock) => failed(lock, world.now())),
        release: () => settle(released),
      }
    }
  }
}

/** Forgets the failures of a name whose user has signed in. */
export const clearFailures = (world: World, pool: Pool, name: string): Promise<void> =>
  change(world, pool, name, cleared)

/** Applies a rule to what is known, until nobody else has changed it meanwhile. `expected` saves a read. */
async function change(
  world: World,
  pool: Pool,
  name: string,
  rule: (lock: Lock | undefined) => Lock | undefined,
  expected?: Lock,
): Promise<void> {
  let before = expected ?? (await readLock(world.db, pool.id, name))
  while (!(await swapLock(world.db, pool.id, name, before, rule(before)))) {
    before = await readLock(world.db, pool.id, name)
  }
}

/** Who waits in this process; other nodes' decisions are found by looking again. */
const waiting = new WeakMap<World['seal'], Map<string, Set<() => void>>>()

async function decided(world: World, key: string): Promise<void> {
  let byKey = waiting.get(world.seal)
  if (!byKey) {
    byKey = new Map()
    waiting.set(world.seal, byKey)
  }
  const waiters = byKey.get(key) ?? new Set()
  byKey.set(key, waiters)
  const woken = new AbortController()
  const wakeUp = () => woken.abort()
  waiters.add(wakeUp)
  await pause(longestPause, undefined, { signal: woken.signal }).catch(() => {})
  waiters.delete(wakeUp)
  if (waiters.size === 0 && byKey.get(key) === waiters) byKey.delete(key)
}

function wake(world: World, key: string): void {
  for (const wakeUp of waiting.get(world.seal)?.get(key) ?? []) wakeUp()
}
