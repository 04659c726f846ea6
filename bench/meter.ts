/** What a process costs: CPU time and resident memory, as the operating system counts them, all threads included. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

const linux = process.platform === 'linux'
/** Linux prints times in ticks of USER_HZ, which is 100 on every platform that Node runs on. */
const ticksPerSecond = 100

const ps = (column: string, pid: number) =>
  execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim()

/** CPU seconds used so far, user and system together. */
export function cpuSeconds(pid: number): number {
  if (linux) {
    // proc_pid_stat(5): the name in parentheses may hold anything, so fields are counted from its end.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  }
  return ps('time', pid)
    .split(/[:-]/)
    .reduce((total, part) => total * 60 + Number(part), 0)
}

/** proc_pid_status(5): a line in kilobytes, here in megabytes. */
const statusMegabytes = (line: string, pid: number) =>
  Number(new RegExp(`^${line}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024

/** Resident memory in megabytes. */
export const residentMegabytes = (pid: number): number =>
  linux ? statusMegabytes('VmRSS', pid) : Number(ps('rss', pid)) / 1024

/** The most that was ever resident; undefined where the system does not tell. */
export const highestMegabytes = (pid: number): number | undefined => (linux ? statusMegabytes('VmHWM', pid) : undefined)

export type Rate = {
  readonly perSecond: number
  /** Per second of CPU time of whoever did the work. */
  readonly perCpuSecond: number
}

/** Work done by this process, with `together` of it under way at any time. */
export async function rate(ms: number, together: number, work: (turn: number) => Promise<unknown>): Promise<Rate> {
  await work(0) // threads start, keys are parsed, statements are prepared
  let done = 0
  let begun = 1
  const [start, used] = [performance.now(), process.cpuUsage()]
  const lane = async () => {
    while (performance.now() - start < ms) {
      await work(begun++)
      done++
    }
  }
  await Promise.all(Array.from({ length: together }, lane))
  const { user, system } = process.cpuUsage(used)
  return { perSecond: (done * 1000) / (performance.now() - start), perCpuSecond: (done * 1e6) / (user + system) }
}
