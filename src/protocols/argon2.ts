/** Password hashes: Argon2id (RFC 9106) in PHC strings, in a bounded queue so that hashing cannot take all memory. */
import { hash, parseOptions, verify } from '@node-rs/argon2'
import { hashCheck } from './password-hashes.ts'
import { createQueue } from './queue.ts'

/** Longer passwords are never hashed. AWS: PasswordType, at most 256 characters. */
export const longestPassword = 256

export type HashingRules = {
  readonly memoryKiB: number
  readonly passes: number
  readonly lanes: number
  /** Hashes computed at a time: each holds `memoryKiB` and a thread of the pool. */
  readonly atWork: number
  /** Hashes waiting before the next is turned away with QueueFull. */
  readonly waiting: number
}

/**
 * `hashPassword` refuses passwords that are too long with a RangeError: the caller has checked. `verifyPassword` takes
 * any Argon2id string made here, also with other costs, and the hashes others made that password-hashes.ts knows, all in
 * one queue; it says no to everything else.
 */
export function createPasswordHashing({ memoryKiB, passes, lanes, atWork, waiting }: HashingRules) {
  const run = createQueue({ atWork, waiting })
  // The library's default algorithm is Argon2id, its default version 1.3, its salt 16 random bytes, its hash 32.
  const costs = { memoryCost: memoryKiB, timeCost: passes, parallelism: lanes }

  /** A string from elsewhere could name a gigabyte: only costs up to four times ours are computed. */
  function isOurs(phc: string): boolean {
    if (!phc.startsWith('$argon2id$')) return false
    try {
      const { memoryCost, timeCost, parallelism } = parseOptions(phc)
      return memoryCost <= 4 * memoryKiB && timeCost <= 4 * passes && parallelism <= 4 * lanes
    } catch {
      return false
    }
  }

  return {
    async hashPassword(password: string): Promise<string> {
      if (password.length > longestPassword) throw new RangeError('The password is too long to be hashed.')
      return run(() => hash(password, costs))
    },

    async verifyPassword(phc: string, password: string): Promise<boolean> {
      if (password.length > longestPassword) return false
      const check = isOurs(phc) ? (given: string) => verify(phc, given) : hashCheck(phc)
      return check ? run(() => check(password)) : false
    },
  }
}
