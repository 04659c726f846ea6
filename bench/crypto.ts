/** What this machine allows: signatures, password hashes and exponentiations per second, which every sign-in is made of. */
import { randomBytes } from 'node:crypto'
import { availableParallelism, cpus } from 'node:os'
import { createModPow } from '../src/protocols/mod-pow.ts'
import { generateRsaPair } from '../src/protocols/rsa.ts'
import { createSlow } from '../src/slow.ts'
import { type Rate, rate } from './meter.ts'

/** Through the queues and threads that the server uses. */
export type CryptoCeilings = {
  /** RS256 signatures, 2048 bits. Two per sign-in or refresh. */
  readonly signatures: Rate
  /** Argon2id, 7 MiB, 5 passes. One per password sign-in. */
  readonly hashes: Rate
  /** 3072-bit modular exponentiations with a 256-bit exponent. Three per SRP sign-in. */
  readonly exponentiations: Rate
}

/** Measures each kind for `ms` milliseconds. */
export async function cryptoCeilings(ms = 2_000): Promise<CryptoCeilings> {
  const slow = createSlow()
  const { privatePem } = await generateRsaPair()
  const [base, exponent] = [randomBytes(384), randomBytes(32)]
  const text = 'x'.repeat(1_000)
  try {
    return {
      signatures: await rate(ms, 64, () => slow.signRsa('sha256', privatePem, text)),
      hashes: await rate(ms, 32, () => slow.hashPassword('Correct-Horse-1')),
      exponentiations: await rate(ms, 64, () => slow.modPow(base, exponent)),
    }
  } finally {
    await slow.close()
  }
}

/** Exponentiations by number of threads: whether one for each CPU is the right number here. */
export async function exponentiationsByThreads(ms = 2_000): Promise<ReadonlyMap<number, Rate>> {
  const [base, exponent] = [randomBytes(384), randomBytes(32)]
  const rates = new Map<number, Rate>()
  for (const threads of new Set([1, Math.max(1, availableParallelism() - 1), availableParallelism()])) {
    const { modPow, close } = createModPow({ threads, waiting: 1_000 })
    rates.set(threads, await rate(ms, 64, () => modPow(base, exponent)))
    await close()
  }
  return rates
}

if (import.meta.main) {
  const found = await cryptoCeilings()
  const row = (what: string, { perSecond, perCpuSecond }: Rate) =>
    console.log(
      `| ${what.padEnd(48)} | ${perSecond.toFixed(0).padStart(8)} | ${perCpuSecond.toFixed(0).padStart(14)} |`,
    )
  console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${availableParallelism()} CPUs, Node ${process.versions.node}\n`)
  console.log(`| ${'operation'.padEnd(48)} | per s    | per CPU second |`)
  console.log(`|${'-'.repeat(50)}|---------:|---------------:|`)
  row('RS256-2048 signature', found.signatures)
  row('Argon2id, 7 MiB, 5 passes', found.hashes)
  row('3072-bit exponentiation, 256-bit exponent', found.exponentiations)
  for (const [threads, perSecond] of await exponentiationsByThreads()) {
    row(`  the same with ${threads} thread${threads === 1 ? '' : 's'}`, perSecond)
  }
}
