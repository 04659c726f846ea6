/** The one table: what was measured, beside its ceiling, its floor and its aim; for people and for programs. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'

export type Row = {
  readonly scenario: string
  /** Turns per second of wall time; undefined for what has no rate. */
  readonly perSecond?: number
  /** Turns per second of CPU time that the server used. */
  readonly perCpuSecond?: number
  /** Milliseconds. */
  readonly p50?: number
  readonly p95?: number
  /** Per CPU second, like the measure it is held against. */
  readonly ceiling?: { readonly name: string; readonly perCpuSecond: number }
  /** Resident memory of the server when the scenario was over. */
  readonly residentMegabytes?: number
  readonly floor: string
  readonly aim: string
  /** Undefined where nothing was promised. */
  readonly floorMet?: boolean
  readonly aimMet?: boolean
  /** What was measured, where it is neither a rate nor a latency. */
  readonly value?: string
}

export type Report = {
  readonly date: string
  readonly machine: string
  readonly engine: string
  readonly commit: string
  readonly rows: readonly Row[]
}

const headings = [
  'scenario',
  'measured /s',
  'per CPU s',
  'p50 ms',
  'p95 ms',
  'ceiling per CPU s',
  'ratio',
  'floor',
  'aim',
  'met',
  'MB after',
]

const rounded = (value: number | undefined, digits = 0) =>
  value === undefined
    ? ''
    : value.toLocaleString('en', { maximumFractionDigits: digits, minimumFractionDigits: digits })

const met = ({ floorMet, aimMet }: Row) => (floorMet === undefined ? '' : aimMet ? 'aim' : floorMet ? 'floor' : 'NO')

const cells = (row: Row): string[] => [
  row.scenario,
  row.value ?? rounded(row.perSecond),
  rounded(row.perCpuSecond),
  rounded(row.p50, 1),
  rounded(row.p95, 1),
  row.ceiling ? `${rounded(row.ceiling.perCpuSecond)} (${row.ceiling.name})` : '',
  row.ceiling && row.perCpuSecond !== undefined ? rounded(row.perCpuSecond / row.ceiling.perCpuSecond, 2) : '',
  row.floor,
  row.aim,
  met(row),
  rounded(row.residentMegabytes),
]

export function printTable(rows: readonly Row[]): string {
  const all = [headings, ...rows.map(cells)]
  const widths = headings.map((_, column) => Math.max(...all.map((line) => line[column]!.length)))
  const right = (column: number) => column >= 1 && column <= 4
  const print = (line: string[]) =>
    `| ${line.map((cell, at) => (right(at) ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!))).join(' | ')} |`
  const rule = `|${widths.map((width, at) => (right(at) ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`
  return [print(headings), rule, ...rows.map((row) => print(cells(row)))].join('\n')
}

const reading = [
  '`measured /s` is wall time, with the load generator on the same machine. `per CPU s` divides by the CPU time that the',
  'server process used (all its threads), and is what ceilings, floors and aims per CPU are held against. Ceilings were',
  'measured in the same run; those made of parts are what one CPU second would do of exactly these parts and nothing else.',
].join('\n')

export const printReport = (report: Report): string =>
  [
    `# Benchmark of ${report.date.slice(0, 10)}, on ${report.engine}`,
    '',
    `${report.machine}; commit ${report.commit}; \`npm run bench\` at ${report.date}.`,
    '',
    printTable(report.rows),
    '',
    reading,
    '',
  ].join('\n')

/** Model, CPUs, memory, Node: what a number means nothing without. */
export const machine = (): string =>
  `${cpus()[0]?.model.trim() || 'unknown CPU'}, ${availableParallelism()} CPUs, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.versions.node} on ${process.platform} ${process.arch}`

/** `<date>.md` and `<date>.json`, and the engine's name in between where it is not SQLite. Answers the path of the first. */
export function keep(report: Report): string {
  const folder = new URL('./results/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  const name = `${report.date.slice(0, 10)}${report.engine === 'SQLite' ? '' : `-${report.engine.toLowerCase()}`}`
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(report, null, 2)}\n`)
  writeFileSync(new URL(`${name}.md`, folder), printReport(report))
  return `bench/results/${name}.md`
}
