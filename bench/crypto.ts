/** What this machine allows: signatures, password hashes and exponentiations per second, which every sign-in is made of. */
import { randomBytes } from 'node:crypto'
import { availableParallelism, cpus } from 'node:os'
import { pathToFileURL } from 'node:url'
import { createModPow } from '../src/protocols/mod-pow.ts'
import { generateRsaPair } from '../src/protocols/rsa.ts'
import { createSlow } from '../src/slow.ts'

/** Operations per second of the whole machine, through the queues and threads that the server uses. */
export type Ceilings = {
  readonly cpus: number
  /** RS256 signatures, 2048 bits. Two per sign-in or refresh. */
  readonly signatures: number
  /** Argon2id, 7 MiB, 5 passes. One per password sign-in. */
  readonly hashes: number
  /** 3072-bit modular exponentiations with a 256-bit exponent. Three per SRP sign-in. */
  readonly exponentiations: number
}

/** Operations per second with `together` under way at any time. */
async function rate(ms: number, together: number, work: () => Promise<unknown>): Promise<number> {
  await work() // threads start, keys are parsed
  let done = 0
  const start = performance.now()
  const lane = async () => {
    while (performance.now() - start < ms) {
      await work()
      done++
    }
  }
  await Promise.all(Array.from({ length: together }, lane))
  return (done * 1000) / (performance.now() - start)
}

/** Measures each kind for `ms` milliseconds. */
export async function ceilings(ms = 2_000): Promise<Ceilings> {
  const slow = createSlow()
  const { privatePem } = await generateRsaPair()
  const [base, exponent] = [randomBytes(384), randomBytes(32)]
  const text = 'x'.repeat(1_000)
  try {
    return {
      cpus: availableParallelism(),
      signatures: await rate(ms, 64, () => slow.signRsa('sha256', privatePem, text)),
      hashes: await rate(ms, 32, () => slow.hashPassword('Correct-Horse-1')),
      exponentiations: await rate(ms, 64, () => slow.modPow(base, exponent)),
    }
  } finally {
    await slow.close()
  }
}

/** Exponentiations per second by number of threads: whether one for each CPU is the right number here. */
export async function exponentiationsByThreads(ms = 2_000): Promise<ReadonlyMap<number, number>> {
  const [base, exponent] = [randomBytes(384), randomBytes(32)]
  const rates = new Map<number, number>()
  for (const threads of new Set([1, Math.max(1, availableParallelism() - 1), availableParallelism()])) {
    const { modPow, close } = createModPow({ threads, waiting: 1_000 })
    rates.set(threads, await rate(ms, 64, () => modPow(base, exponent)))
    await close()
  }
  return rates
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const found = await ceilings()
  const row = (what: string, perSecond: number) =>
    console.log(
      `| ${what.padEnd(48)} | ${perSecond.toFixed(0).padStart(8)} | ${(perSecond / found.cpus).toFixed(0).padStart(8)} |`,
    )
  console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${found.cpus} CPUs, Node ${process.versions.node}\n`)
  console.log(`| ${'operation'.padEnd(48)} | per s    | per CPU  |`)
  console.log(`|${'-'.repeat(50)}|---------:|---------:|`)
  row('RS256-2048 signature', found.signatures)
  row('Argon2id, 7 MiB, 5 passes', found.hashes)
  row('3072-bit exponentiation, 256-bit exponent', found.exponentiations)
  for (const [threads, perSecond] of await exponentiationsByThreads()) {
    row(`  the same with ${threads} thread${threads === 1 ? '' : 's'}`, perSecond)
  }
}
