/**
 * The worker of mod-pow.ts: base ^ exponent mod N by OpenSSL's Diffie-Hellman, which is six times faster than BigInt and
 * takes the same time for every exponent of a length. JavaScript that imports nothing of ours: each thread that read
 * TypeScript would hold a compiler of its own, 13 MB.
 */
import { createDiffieHellman, DiffieHellman, getDiffieHellman } from 'node:crypto'
import { parentPort } from 'node:worker_threads'

/** SRP's N is that of group 15 of RFC 3526. */
const group15 = getDiffieHellman('modp15')
const prime = group15.getPrime()
const toBigInt = (bytes) => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)
const toBytes = (n) => Buffer.from(n.toString(16).padStart(2 * prime.length, '0'), 'hex')
const N = toBigInt(prime)

/**
 * Diffie-Hellman in SRP's group, with a private key that can be set. Node gives the objects of the groups that OpenSSL
 * knows no setter; the one of the ordinary objects works on them. Should a version of Node end that, an ordinary object
 * does the same after 1.5 seconds of testing whether N is prime.
 */
function openGroup() {
  const { setPrivateKey } = DiffieHellman.prototype
  let group = group15
  try {
    setPrivateKey.call(group, Uint8Array.of(2))
  } catch {
    group = createDiffieHellman(prime, 2)
  }
  return (base, exponent) => {
    setPrivateKey.call(group, exponent)
    return group.computeSecret(base)
  }
}

const secretOf = openGroup()

/** Big-endian bytes in, 384 bytes out. OpenSSL refuses the public keys 0, 1 and N - 1, and private keys of 0. */
function modPow(base, exponent) {
  const reduced = toBigInt(base) % N
  const even = ((exponent.at(-1) ?? 0) & 1) === 0
  if (exponent.every((byte) => byte === 0)) return toBytes(1n)
  if (reduced <= 1n) return toBytes(reduced)
  if (reduced === N - 1n) return toBytes(even ? 1n : reduced)
  return secretOf(toBytes(reduced), exponent)
}

function answer({ id, base, exponent }) {
  try {
    return { id, result: modPow(base, exponent) }
  } catch (error) {
    // One job that cannot be done must not end the thread and, with it, the jobs of others.
    return { id, failure: String(error) }
  }
}

parentPort?.on('message', (job) => parentPort?.postMessage(answer(job)))
