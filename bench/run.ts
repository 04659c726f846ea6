/**
 * `npm run bench`: starts the product, measures each scenario beside the ceilings of this machine, prints one table and
 * keeps it in bench/results/. Flags (after `--`): --only <part of a name>, --seconds <n>, --rounds <n>, --postgres, --million,
 * --profile, --no-keep.
 */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startPostgres } from '../test/support/postgres.ts'
import { type Product, startProduct } from '../test/support/product.ts'
import { clientsFor } from '../test/support/server.ts'
import { type Ceilings, measureCeilings } from './ceilings.ts'
import { fill } from './crowd.ts'
import type { Load } from './load.ts'
import { cpuSeconds, highestMegabytes, residentMegabytes } from './meter.ts'
import { startNginx } from './nginx.ts'
import { scenario as policy } from './policy.ts'
import { nginxScenario, prepareProxy, proxyScenarios } from './proxy.ts'
import { keep, machine, printTable, type Row } from './report.ts'
import type { Bench, Scenario } from './scenario.ts'
import { crowdScenarios, scenarios } from './scenarios.ts'
import { devCode, writeFunctions } from './sign-in-ways.ts'
import { makePool, makeWorkspace, password, root } from './workspace.ts'

const { values: flags } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '1' },
    postgres: { type: 'boolean', default: false },
    million: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: true },
  },
  allowNegative: true,
})
const seconds = Number(flags.seconds)
const wanted = ({ name }: { name: string }) => name.toLowerCase().includes(flags.only.toLowerCase())
const sizes = [1_000, flags.million ? 1_000_000 : 100_000]

const folder = mkdtempSync(join(tmpdir(), 'poolhouse-bench-'))
const postgres = flags.postgres ? await startPostgres({ durable: true }) : undefined
const engine = postgres ? 'PostgreSQL' : 'SQLite'
const place = { data: join(folder, 'data'), databaseUrl: postgres?.url, masterKey: randomBytes(32).toString('hex') }
const functions = join(folder, 'functions')
writeFunctions(functions)
/** The same at every start, whatever the port: tokens outlive the server that issued them. */
const issuer = 'http://bench.localhost'
const always = ['--issuer', issuer, '--functions', functions, '--dev-code', devCode]
const start = (nodeFlags: readonly string[] = [], flags: readonly string[] = []): Promise<Product> =>
  startProduct({ ...place, nodeFlags, flags: [...always, ...flags] })
/** Outside the checkout, and kept. */
const profiles = join(tmpdir(), 'poolhouse-profiles')
const say = (text: string) => process.stderr.write(`${text}\n`)

async function measureAll(): Promise<Row[]> {
  say('ceilings of this machine')
  const ceilings = await measureCeilings(postgres?.url)
  const rows = ceilingRows(ceilings)
  if (wanted(policy)) rows.push(policyRow())
  const crowds = sizes.flatMap(crowdScenarios).filter(wanted)
  if (wanted({ name: 'start' })) rows.push(...(await startRows()))
  const prepared = await prepare(crowds.length > 0)
  const server = await start(flags.profile ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`] : [])
  // After the start has been tidied up.
  await pause(3_000)
  const idle = residentMegabytes(server.pid)
  let turns = 0
  const round = [...scenarios.filter(wanted), ...crowds]
  for (const one of Array.from({ length: Number(flags.rounds) }, () => round).flat()) {
    say(one.name)
    const { row, load } = await measure(one, { ...prepared, port: server.port }, server, ceilings)
    rows.push(row)
    turns += load.turns
  }
  rows.push(memoryRow('idle', idle, 90, 60))
  rows.push(
    memoryRow(`after ${turns.toLocaleString('en')} turns of the above`, residentMegabytes(server.pid), 200, 120),
  )
  const highest = highestMegabytes(server.pid)
  if (highest !== undefined)
    rows.push({ scenario: 'resident memory, highest', value: `${highest.toFixed(0)} MB`, floor: '', aim: '' })
  if (server.log()) say(server.log())
  await server.end('SIGTERM')
  rows.push(...(await proxyRows(prepared, ceilings)))
  if (flags.profile) say(`Profiles are in ${profiles}.`)
  return rows
}

/** The proxy in a process of its own, so that what it needs is nobody else's memory. */
async function proxyRows(prepared: Omit<Bench, 'port' | 'timed'>, ceilings: Ceilings): Promise<Row[]> {
  const proxy = await prepareProxy(folder)
  const chosen = proxyScenarios(proxy, place.masterKey).filter(wanted)
  const rows: Row[] = []
  try {
    if (chosen.length === 0 && !wanted(nginxScenario)) return rows
    const profile = flags.profile ? ['--cpu-prof', `--cpu-prof-dir=${profiles}`] : []
    const server = await start(profile, ['--proxy', proxy.file])
    await proxy.point(prepared.workspace, issuer)
    for (const one of chosen) {
      say(one.name)
      rows.push((await measure(one, { ...prepared, port: proxy.port }, server, ceilings)).row)
    }
    await server.end('SIGTERM')
    const nginx = wanted(nginxScenario) ? await startNginx(folder, proxy.upstreamPort) : undefined
    if (nginx) {
      say(nginxScenario.name)
      rows.push((await measure(nginxScenario, { ...prepared, port: nginx.port }, nginx, ceilings)).row)
      await nginx.end()
    }
    return rows
  } finally {
    proxy.close()
  }
}

/** Everything made before the clock starts. The crowds go into the database while no server has it open. */
async function prepare(withCrowds: boolean): Promise<Omit<Bench, 'port' | 'timed'>> {
  const server = await start()
  const workspace = await makeWorkspace(server.endpoint)
  const clients = clientsFor(server.endpoint, root)
  const crowds = []
  for (const users of withCrowds ? sizes : []) {
    crowds.push({ users, ...(await makePool(clients, `crowd of ${users}`, false)) })
  }
  for (const client of Object.values(clients)) client.destroy()
  await server.end('SIGTERM')
  for (const { poolId, users } of crowds) {
    say(`making ${users.toLocaleString('en')} users`)
    await fill(place, poolId, users, password)
  }
  return { seconds, cpus: availableParallelism(), workspace, crowds }
}

async function measure(one: Scenario, bench: Omit<Bench, 'timed'>, server: Pick<Product, 'pid'>, ceilings: Ceilings) {
  // The first turns compile what the later ones run.
  await one.run({ ...bench, seconds: 0.5, timed: (work) => work() })
  let used = 0
  const load = await one.run({
    ...bench,
    async timed(work) {
      const before = cpuSeconds(server.pid)
      const result = await work()
      used += cpuSeconds(server.pid) - before
      return result
    },
  })
  const resident = { residentMegabytes: residentMegabytes(server.pid) }
  return { load, row: { ...rowOf(one, load, used, ceilings), ...resident } }
}

function rowOf(one: Scenario, load: Load, used: number, ceilings: Ceilings): Row {
  const perCpuSecond = load.turns / used
  const ceiling = { name: one.ceiling.name, perCpuSecond: one.ceiling.of(ceilings) }
  const measured = {
    scenario: one.name,
    perSecond: load.turns / load.seconds,
    perCpuSecond,
    p50: load.p50,
    p95: load.p95,
    ceiling,
  }
  const { floorMs, aimMs } = one
  if (floorMs !== undefined && aimMs !== undefined) {
    const promised = { floor: `p50 ${floorMs} ms`, aim: `p50 ${aimMs} ms` }
    return { ...measured, ...promised, floorMet: load.p50 <= floorMs, aimMet: load.p50 <= aimMs }
  }
  const { floor = 0, aim = 0.8 * ceiling.perCpuSecond } = one
  return {
    ...measured,
    floor: `${floor.toLocaleString('en')} /CPU`,
    aim: one.aim === undefined ? '0.80 of ceiling' : `${aim.toLocaleString('en')} /CPU`,
    floorMet: perCpuSecond >= floor,
    aimMet: perCpuSecond >= aim,
  }
}

const ceilingRows = (ceilings: Ceilings): Row[] =>
  (
    [
      ['RS256-2048 signature', ceilings.signatures],
      ['Argon2id, 7 MiB, 5 passes', ceilings.hashes],
      ['3072-bit exponentiation, 256-bit exponent', ceilings.exponentiations],
      ['node:http JSON answer', ceilings.answers],
      [`${engine} committed insert`, ceilings.commits],
    ] as const
  ).map(([name, rate]) => ({ scenario: `ceiling: ${name}`, ...rate, floor: '', aim: '' }))

function policyRow(): Row {
  say(policy.name)
  const { rate, ceiling, ceilingName } = policy.run(Math.min(seconds, 2))
  return {
    scenario: policy.name,
    perSecond: rate,
    perCpuSecond: rate,
    ceiling: { name: ceilingName, perCpuSecond: ceiling },
    floor: `${policy.floor.toLocaleString('en')} /s`,
    aim: `${policy.aim.toLocaleString('en')} /s`,
    floorMet: rate >= policy.floor,
    aimMet: rate >= policy.aim,
  }
}

/** From the start of the process to its first answer to a request that asks the database; the median of five. */
async function startRows(): Promise<Row[]> {
  say('start to first answer')
  const [floorMs, aimMs] = postgres ? [2_000, 1_000] : [1_000, 500]
  const spans: number[] = []
  const first: number[] = []
  for (let round = 0; round < 6; round += 1) {
    const began = performance.now()
    const server = await start()
    const answer = await fetch(`${server.endpoint}/readyz`)
    if (answer.status !== 200) throw new Error(`/readyz answered ${answer.status}`)
    ;(round === 0 ? first : spans).push(performance.now() - began)
    await server.end('SIGTERM')
  }
  const row = (scenario: string, ms: number): Row => ({
    scenario,
    value: `${ms.toFixed(0)} ms`,
    floor: `${floorMs} ms`,
    aim: `${aimMs} ms`,
    floorMet: ms <= floorMs,
    aimMet: ms <= aimMs,
  })
  const median = spans.sort((one, other) => one - other)[2] ?? Number.NaN
  return [
    row('start to first answer, empty data folder', first[0] ?? Number.NaN),
    row('start to first answer, again', median),
  ]
}

const memoryRow = (when: string, megabytes: number, floor: number, aim: number): Row => ({
  scenario: `resident memory, ${when}`,
  value: `${megabytes.toFixed(0)} MB`,
  floor: `${floor} MB`,
  aim: `${aim} MB`,
  floorMet: megabytes <= floor,
  aimMet: megabytes <= aim,
})

try {
  const rows = await measureAll()
  console.log(`\n${machine()}, ${engine}\n\n${printTable(rows)}\n`)
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  const complete = flags.keep && flags.only === ''
  const report = { date: new Date().toISOString(), machine: machine(), engine, commit, rows }
  if (complete) console.log(`Kept in ${keep(report)}.`)
} finally {
  await postgres?.stop()
  rmSync(folder, { recursive: true, force: true })
}
