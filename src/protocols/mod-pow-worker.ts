/**
 * The worker of mod-pow.ts: base ^ exponent mod N by OpenSSL's Diffie-Hellman, which is six times faster than BigInt and
 * takes the same time for every exponent of a length.
 */
import { createDiffieHellman, DiffieHellman, getDiffieHellman } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { N } from './srp.ts'

export type Job = { readonly id: number; readonly base: Uint8Array; readonly exponent: Uint8Array }
export type Done =
  | { readonly id: number; readonly result: Uint8Array }
  | { readonly id: number; readonly failure: string }

const size = 384
const toBytes = (n: bigint) => Buffer.from(n.toString(16).padStart(2 * size, '0'), 'hex')
const toBigInt = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)

/**
 * Diffie-Hellman in SRP's group, with a private key that can be set. N is group 15 of RFC 3526, which OpenSSL knows, but
 * Node gives the objects of known groups no setter; the one of the ordinary objects works on them. Should a version of
 * Node end that, an ordinary object does the same after 1.5 seconds of testing whether N is prime.
 */
function openGroup(): (base: Uint8Array, exponent: Uint8Array) => Buffer {
  const setPrivateKey = DiffieHellman.prototype.setPrivateKey as (this: unknown, key: Uint8Array) => void
  let group: Pick<DiffieHellman, 'computeSecret'> = getDiffieHellman('modp15')
  try {
    setPrivateKey.call(group, Uint8Array.of(2))
  } catch {
    group = createDiffieHellman(toBytes(N), 2)
  }
  return (base, exponent) => {
    setPrivateKey.call(group, exponent)
    return group.computeSecret(base)
  }
}

const secretOf = openGroup()

/** Big-endian bytes in, 384 bytes out. OpenSSL refuses the public keys 0, 1 and N - 1, and private keys of 0. */
export function modPow(base: Uint8Array, exponent: Uint8Array): Uint8Array {
  const reduced = toBigInt(base) % N
  const even = ((exponent.at(-1) ?? 0) & 1) === 0
  if (exponent.every((byte) => byte === 0)) return toBytes(1n)
  if (reduced <= 1n) return toBytes(reduced)
  if (reduced === N - 1n) return toBytes(even ? 1n : reduced)
  return secretOf(toBytes(reduced), exponent)
}

function answer({ id, base, exponent }: Job): Done {
  try {
    return { id, result: modPow(base, exponent) }
  } catch (error) {
    // One job that cannot be done must not end the thread and, with it, the jobs of others.
    return { id, failure: String(error) }
  }
}

parentPort?.on('message', (job: Job) => parentPort?.postMessage(answer(job)))
