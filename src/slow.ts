/** The expensive arithmetic of the running server: how strong, how many at a time, and what is said when it is too much. */
import { availableParallelism } from 'node:os'
import { createPasswordHashing } from './protocols/argon2.ts'
import { createModPow } from './protocols/mod-pow.ts'
import { QueueFull } from './protocols/queue.ts'
import { createRsaSigner } from './protocols/rsa.ts'
import { fail } from './wire/errors.ts'
import type { Slow } from './world.ts'

/** About as much as the machine does in two seconds: whoever would wait longer is better told to come back. */
const waitingPerCpu = { hashes: 256, exponentiations: 2_048 }

/**
 * Argon2id at 7 MiB, 5 passes, 1 lane (OWASP, "Password Storage Cheat Sheet") with one hash at a time for each CPU, and
 * one thread of exponentiations for each CPU. A full queue refuses with TooManyRequestsException.
 */
export function createSlow(): Slow & { close(): Promise<void> } {
  const cpus = availableParallelism()
  const { modPow, close } = createModPow({ threads: cpus, waiting: waitingPerCpu.exponentiations * cpus })
  const { hashPassword, verifyPassword } = createPasswordHashing({
    memoryKiB: 7168,
    passes: 5,
    lanes: 1,
    atWork: cpus,
    waiting: waitingPerCpu.hashes * cpus,
  })
  return {
    hashPassword: (password) => hashPassword(password).catch(refuse),
    verifyPassword: (hash, password) => verifyPassword(hash, password).catch(refuse),
    modPow: (base, exponent) => modPow(base, exponent).catch(refuse),
    signRsa: createRsaSigner(),
    close,
  }
}

function refuse(error: unknown): never {
  // unproved: the sentence; reported for Cognito without a source.
  if (error instanceof QueueFull) fail('TooManyRequestsException', 'Too many requests', { detail: 'a queue is full' })
  throw error
}
