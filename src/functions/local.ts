/** The processes of local functions: reused while warm, as many at a time as allowed, replaced when their code changes. */
import { type FSWatcher, watch } from 'node:fs'
import { availableParallelism } from 'node:os'
import type { Logger } from 'pino'
import type { InvokeCall, InvokeResult } from '../world.ts'
import { type Running, startProcess } from './process.ts'
import type { LocalFunction } from './settings.ts'

/** Of all functions together. */
const mostProcesses = Math.max(16, 8 * availableParallelism())
/**
 * That load their code at the same time: more would only load more slowly, until their calls' time is over and they are ended
 * before they were of use. A function without a process is not kept waiting.
 */
const mostLoading = Math.max(2, availableParallelism())
const mostWaiting = 1_000
const idleMs = 5 * 60_000
/**
 * Where there is room for no more, a function that has a process takes another's place only after it stood idle so long: the
 * functions of one sign-in would otherwise end each other's processes at every step.
 */
const spareMs = 1_000

type Warm = {
  readonly name: string
  readonly running: Running
  busy: boolean
  stale: boolean
  /** When it was last given back, on the clock of `performance`. */
  idleSince: number
  timer: NodeJS.Timeout
}
type Waiting = { readonly name: string; readonly setting: LocalFunction; take(warm: Warm): void }

export type LocalFunctions = {
  invoke(name: string, setting: LocalFunction, arn: string, event: string, call: InvokeCall): Promise<InvokeResult>
  close(): Promise<void>
}

export type About = {
  readonly log: Logger
  readonly region: string
  /** Whether a change of the code is looked for. */
  readonly reload: boolean
  /** Further variables of a function, such as the key of a sender. */
  environmentOf(setting: LocalFunction): Readonly<Record<string, string>>
}

export function createLocalFunctions({ log, region, reload, environmentOf }: About): LocalFunctions {
  const processes = new Set<Warm>()
  const queue: Waiting[] = []
  const watchers = new Map<string, FSWatcher>()
  let closed = false

  const retire = (warm: Warm) => {
    processes.delete(warm)
    clearTimeout(warm.timer)
    warm.running.end()
  }

  const start = (name: string, setting: LocalFunction): Warm | undefined => {
    const running = startProcess(name, setting, { log, region, environment: environmentOf(setting) })
    if (!running) return undefined
    const warm: Warm = { name, running, busy: true, stale: false, idleSince: 0, timer: setTimeout(() => {}, 0) }
    running.onGone(() => {
      processes.delete(warm)
      clearTimeout(warm.timer)
      serve()
    })
    running.onLoaded(() => serve())
    processes.add(warm)
    if (reload) watchFor(name, setting)
    return warm
  }

  /** A warm process, a new one, or none for now; `missing` where the code is. */
  const find = (name: string, setting: LocalFunction): Warm | 'none' | 'missing' => {
    const own = [...processes].filter((warm) => warm.name === name)
    const idle = own.find((warm) => !warm.busy && !warm.stale && warm.running.alive)
    if (idle) {
      clearTimeout(idle.timer)
      idle.busy = true
      return idle
    }
    if (own.length >= setting.concurrency) return 'none'
    const loading = [...processes].filter(({ busy, running }) => busy && running.alive && !running.loaded)
    if (own.length > 0 && loading.length >= mostLoading) return 'none'
    if (processes.size >= mostProcesses) {
      const spareSince = own.length === 0 ? Number.POSITIVE_INFINITY : performance.now() - spareMs
      const other = [...processes].find((warm) => !warm.busy && warm.idleSince <= spareSince)
      if (!other) return 'none'
      retire(other)
    }
    return start(name, setting) ?? 'missing'
  }

  const giveBack = (warm: Warm) => {
    warm.busy = false
    warm.idleSince = performance.now()
    if (closed || warm.stale || !warm.running.alive) retire(warm)
    else {
      warm.timer = setTimeout(() => retire(warm), idleMs)
      warm.timer.unref()
    }
    serve()
  }

  const serve = () => {
    for (const waiting of [...queue]) {
      const warm = find(waiting.name, waiting.setting)
      if (typeof warm === 'string') continue
      queue.splice(queue.indexOf(waiting), 1)
      waiting.take(warm)
    }
  }

  /** Waits for a process; undefined when none came free in time. */
  const wait = (name: string, setting: LocalFunction, timeoutMs: number): Promise<Warm | undefined> => {
    if (queue.length >= mostWaiting) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      const waiting: Waiting = {
        name,
        setting,
        take: (warm) => {
          clearTimeout(timer)
          resolve(warm)
        },
      }
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(waiting), 1)
        resolve(undefined)
      }, timeoutMs)
      queue.push(waiting)
      setTimeout(serve, spareMs).unref()
    })
  }

  const watchFor = (name: string, setting: LocalFunction) => {
    if (watchers.has(name)) return
    try {
      const watcher = watch(setting.path, { recursive: true, persistent: false }, () => {
        for (const warm of processes) {
          if (warm.name !== name) continue
          warm.stale = true
          if (!warm.busy) retire(warm)
        }
      })
      watcher.on('error', () => {})
      watchers.set(name, watcher)
    } catch (error) {
      log.warn({ err: error, function: name }, 'Changes of the function are not seen: restart to load them.')
    }
  }

  return {
    async invoke(name, setting, arn, event, call) {
      const { timeoutMs } = call
      const deadline = Date.now() + timeoutMs
      const found = closed ? 'none' : find(name, setting)
      if (found === 'missing')
        return { outcome: 'failed', message: `Error: Cannot find module '${setting.handler.split('.')[0]}'` }
      const warm = found === 'none' ? await wait(name, setting, timeoutMs) : found
      if (!warm) return { outcome: 'throttled' }
      try {
        return await warm.running.call(arn, event, { ...call, timeoutMs: Math.max(1, deadline - Date.now()) })
      } finally {
        giveBack(warm)
      }
    },
    async close() {
      closed = true
      for (const watcher of watchers.values()) watcher.close()
      const ended = [...processes].map(
        (warm) => new Promise<void>((resolve) => (warm.running.alive ? warm.running.onGone(resolve) : resolve())),
      )
      for (const warm of [...processes]) retire(warm)
      await Promise.all(ended)
    },
  }
}
