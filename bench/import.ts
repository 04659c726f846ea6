/**
 * Import: half a million users from one file, and what they cost in time and memory. `node bench/import.ts [users]`
 * Prints rows per second and the peak of resident memory, of which the process itself takes a part before it begins.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { migrate } from '../src/store/migrate.ts'
import { openSqlite } from '../src/store/sqlite.ts'
import { csvHeader } from '../src/user-pools/imports/columns.ts'
import { receiveFile } from '../src/user-pools/imports/file.ts'
import { insertJob, readJob, startJob } from '../src/user-pools/imports/store.ts'
import { workOnce } from '../src/user-pools/imports/worker.ts'
import { requirePool } from '../src/user-pools/pools/find.ts'
import { completeSettings } from '../src/user-pools/pools/settings.ts'
import { insertPool } from '../src/user-pools/pools/store.ts'
import { testWorld } from '../test/support/world.ts'

const users = Number(process.argv[2] ?? 500_000)
const folder = mkdtempSync(join(tmpdir(), 'poolhouse-bench-'))
const database = await openSqlite(join(folder, 'poolhouse.db'))
await migrate(database)
const world = await testWorld({ database })

const settings = {
  ...completeSettings({}),
  AutoVerifiedAttributes: ['email' as const],
  AliasAttributes: ['email' as const],
}
await insertPool(database, {
  id: 'us-east-1_bench',
  region: 'us-east-1',
  name: 'bench',
  settings,
  own: [],
  createdAt: 1,
})
const pool = await requirePool(world, 'us-east-1_bench')
const header = csvHeader(pool)

/** The file, some thousand rows at a time. */
async function* file(): AsyncGenerator<Buffer> {
  let rows = [header.join()]
  for (let n = 0; n < users; n += 1) {
    const values: Record<string, string> = {
      'cognito:username': `user-${n}`,
      email: `user-${n}@example.com`,
      email_verified: 'TRUE',
      given_name: `Given ${n}`,
      family_name: `Family ${n % 1_000}`,
    }
    rows.push(header.map((name) => values[name] ?? '').join())
    if (rows.length < 1_000) continue
    yield Buffer.from(`${rows.join('\n')}\n`)
    rows = []
  }
  yield Buffer.from(`${rows.join('\n')}\n`)
}

const job = {
  poolId: pool.id,
  id: 'import-bench',
  name: 'bench',
  roleArn: 'arn',
  algorithm: undefined,
  createdAt: world.now(),
}
await insertJob(database, job)
const read = async () => (await readJob(database, job.poolId, job.id)) ?? process.exit(1)

const megabytes = (bytes: number) => `${Math.round(bytes / 1_048_576)} MB`
const began = process.memoryUsage.rss()
let peak = began
const sampling = setInterval(() => {
  peak = Math.max(peak, process.memoryUsage.rss())
}, 20)

const uploading = performance.now()
await receiveFile(world, await read(), file())
const uploaded = performance.now()
await startJob(database, await read(), world.now())
const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
const running = performance.now()
await workOnce(world, new AbortController().signal)
const ran = performance.now()
delay.disable()
clearInterval(sampling)

const { status, imported } = await read()
console.table({
  status,
  imported,
  'upload, s': ((uploaded - uploading) / 1_000).toFixed(1),
  'import, s': ((ran - running) / 1_000).toFixed(1),
  'rows /s': Math.round(imported / ((ran - running) / 1_000)),
  'event loop held, median ms': (delay.percentile(50) / 1e6).toFixed(1),
  'event loop held, 99 % ms': (delay.percentile(99) / 1e6).toFixed(1),
  'event loop held, most ms': (delay.max / 1e6).toFixed(1),
  'memory before': megabytes(began),
  'memory, peak': megabytes(peak),
})
await world.close()
rmSync(folder, { recursive: true, force: true })
