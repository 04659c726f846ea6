import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { after, test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { createModPow } from './mod-pow.ts'
import { QueueFull } from './queue.ts'
import { N } from './srp.ts'

const pool = createModPow({ threads: 2, waiting: 1000 })
after(() => pool.close())

const bytesOf = (n: bigint, length = 384) => Buffer.from(n.toString(16).padStart(2 * length, '0'), 'hex')
const number = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)

function reference(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = base % N
  for (let e = exponent; e > 0n; e >>= 1n) {
    if (e & 1n) result = (result * square) % N
    square = (square * square) % N
  }
  return result
}

test('agrees with plain arithmetic on any base and exponent', async () => {
  const bases = fc.oneof(fc.bigInt({ min: 0n, max: N + 10n }), fc.bigInt({ min: 0n, max: 300n }))
  const exponents = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), fc.bigInt({ min: 0n, max: 300n }))
  await fc.assert(
    fc.asyncProperty(bases, exponents, async (base, exponent) => {
      const result = await pool.modPow(bytesOf(base), bytesOf(exponent, 32))
      assert.equal(result.length, 384)
      assert.equal(number(result), reference(base, exponent))
    }),
    { numRuns: 60 },
  )
})

test('agrees at the edges that OpenSSL refuses', async () => {
  for (const base of [0n, 1n, 2n, N - 2n, N - 1n, N, N + 1n]) {
    for (const exponent of [0n, 1n, 2n, 3n, 2n ** 255n + 1n]) {
      const result = number(await pool.modPow(bytesOf(base), bytesOf(exponent, 32)))
      assert.equal(result, reference(base, exponent), `${base} ^ ${exponent}`)
    }
  }
})

test('takes short bytes, and no exponent at all as zero', async () => {
  assert.equal(number(await pool.modPow(Uint8Array.of(2), Uint8Array.of(10))), 1024n)
  assert.equal(number(await pool.modPow(Uint8Array.of(5), Uint8Array.of())), 1n)
})

test('turns the next one away when the queue is full, and serves those in it', async () => {
  const small = createModPow({ threads: 1, waiting: 1 })
  const jobs = Array.from({ length: 5 }, () => small.modPow(Uint8Array.of(3), randomBytes(32)))
  const results = await Promise.allSettled(jobs)
  // Two are with the thread, one waits.
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'],
  )
  assert.ok(results[4]?.status === 'rejected' && results[4].reason instanceof QueueFull)
  await small.close()
})

test('closing rejects what is not done, and what comes later', async () => {
  const closing = createModPow({ threads: 1, waiting: 100 })
  const jobs = Array.from({ length: 10 }, () => closing.modPow(Uint8Array.of(3), randomBytes(32)))
  const settled = Promise.allSettled(jobs)
  await closing.close()
  assert.ok((await settled).every(({ status }) => status === 'rejected'))
  await assert.rejects(closing.modPow(Uint8Array.of(3), Uint8Array.of(3)), /closed/)
})

test('a thread that dies takes only its own jobs with it', async () => {
  const mortal = createModPow({ threads: 1, waiting: 100 })
  const started = once(process, 'worker') as Promise<[Worker]>
  const jobs = Array.from({ length: 10 }, () => mortal.modPow(Uint8Array.of(3), randomBytes(32)))
  const settled = Promise.allSettled(jobs)
  const [worker] = await started
  await worker.terminate()
  const lost = (await settled).filter(({ status }) => status === 'rejected')
  assert.equal(lost.length, 2)
  assert.equal(number(await mortal.modPow(Uint8Array.of(2), Uint8Array.of(10))), 1024n)
  await mortal.close()
})
