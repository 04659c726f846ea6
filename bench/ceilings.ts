/** The ceilings of this machine, measured in the same run as what is held against them. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPostgres } from '../src/store/postgres.ts'
import { openSqlite } from '../src/store/sqlite.ts'
import { type CryptoCeilings, cryptoCeilings } from './crypto.ts'
import { drive, good, json } from './load.ts'
import { cpuSeconds, type Rate } from './meter.ts'
import { commits } from './store.ts'

export type Ceilings = CryptoCeilings & {
  /** A small JSON read and answered by node:http alone. */
  readonly answers: Rate
  /** Committed inserts on the engine that the server uses. */
  readonly commits: Rate
}

export async function measureCeilings(databaseUrl: string | undefined, ms = 1_500): Promise<Ceilings> {
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-bench-'))
  try {
    return {
      ...(await cryptoCeilings(ms)),
      answers: await plainAnswers(ms / 1000),
      commits: await commits(
        databaseUrl ? await openPostgres(databaseUrl) : await openSqlite(join(folder, 'bench.db')),
        ms,
      ),
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function plainAnswers(seconds: number): Promise<Rate> {
  const child = fork(new URL('./plain-server.ts', import.meta.url))
  try {
    const [port] = (await once(child, 'message')) as [number]
    const request = json('Plain.Answer', { AccessToken: 'x'.repeat(1_000) })
    const load = (time: number) =>
      drive(port, { lanes: 16, seconds: time }, async (ask) => {
        good(await ask(request))
      })
    await load(0.3)
    const used = cpuSeconds(child.pid!)
    const { turns, seconds: took } = await load(seconds)
    return { perSecond: turns / took, perCpuSecond: turns / (cpuSeconds(child.pid!) - used) }
  } finally {
    child.kill()
  }
}

/** Units per CPU second of something made of several parts: `{ hashes: 1, signatures: 2 }`. */
export const madeOf = (ceilings: Ceilings, parts: Partial<Record<keyof Ceilings, number>>): number =>
  1 /
  Object.entries(parts).reduce((sum, [name, count]) => sum + count / ceilings[name as keyof Ceilings].perCpuSecond, 0)
