/** The expensive step of SRP, base ^ exponent mod N, in threads of its own so that the event loop never waits for it. */
import { Worker } from 'node:worker_threads'
import { QueueFull } from './queue.ts'

/** Two for each thread: while one is computed the next is on its way. */
const inFlight = 2

/** A thread has nothing to remember: without limits it would take tens of megabytes before it first cleans up. */
const resourceLimits = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 64 }

/** What a thread is sent. */
type Job = { readonly id: number; readonly base: Uint8Array; readonly exponent: Uint8Array }
/** What it answers. */
type Done = { readonly id: number; readonly result: Uint8Array } | { readonly id: number; readonly failure: string }

type Waiting = { job: Job; resolve(result: Buffer): void; reject(error: Error): void }
type Thread = { worker: Worker; jobs: Map<number, Waiting> }

/**
 * Threads that start at the first use, do not keep the process alive while idle, and are replaced if they die.
 * `modPow` rejects with QueueFull when `waiting` jobs are waiting already; exponents may have up to 384 bytes.
 */
export function createModPow({ threads, waiting }: { threads: number; waiting: number }) {
  const pool = new Set<Thread>()
  const line: Waiting[] = []
  let lastId = 0
  let closed = false

  function startThread(): Thread {
    const thread: Thread = {
      worker: new Worker(new URL('./mod-pow-worker.js', import.meta.url), { resourceLimits }),
      jobs: new Map(),
    }
    thread.worker.unref()
    thread.worker.on('message', (done: Done) => {
      const waiting = thread.jobs.get(done.id)
      thread.jobs.delete(done.id)
      feed(thread)
      if ('result' in done) waiting?.resolve(Buffer.from(done.result))
      else waiting?.reject(new Error(done.failure))
    })
    let cause: Error | undefined
    thread.worker.on('error', (error) => {
      cause = error as Error
    })
    thread.worker.on('exit', () => {
      pool.delete(thread)
      for (const job of thread.jobs.values()) job.reject(cause ?? new Error('A thread of modPow ended.'))
      if (line.length > 0 && !closed) feed(startThread())
    })
    pool.add(thread)
    return thread
  }

  /** Hands waiting jobs to the thread, which keeps the process alive as long as it has some. */
  function feed(thread: Thread): void {
    while (thread.jobs.size < inFlight && line.length > 0) {
      const next = line.shift()!
      thread.jobs.set(next.job.id, next)
      thread.worker.postMessage(next.job)
    }
    if (thread.jobs.size > 0) thread.worker.ref()
    else thread.worker.unref()
  }

  function leastBusy(): Thread {
    const idle = [...pool].sort((a, b) => a.jobs.size - b.jobs.size)[0]
    return idle && (idle.jobs.size === 0 || pool.size >= threads) ? idle : startThread()
  }

  return {
    /** Big-endian bytes in, 384 bytes out. */
    modPow(base: Uint8Array, exponent: Uint8Array): Promise<Buffer> {
      if (closed) return Promise.reject(new Error('modPow is closed.'))
      if (line.length >= waiting) return Promise.reject(new QueueFull())
      return new Promise((resolve, reject) => {
        // Copies: a Buffer may lie in node's shared pool, which would be sent along whole, whatever else it holds.
        const job = { id: ++lastId, base: new Uint8Array(base), exponent: new Uint8Array(exponent) }
        line.push({ job, resolve, reject })
        feed(leastBusy())
      })
    },

    /** Ends the threads; what is still waiting is rejected. */
    async close(): Promise<void> {
      closed = true
      for (const { reject } of line.splice(0)) reject(new Error('modPow is closed.'))
      await Promise.all([...pool].map(({ worker }) => worker.terminate()))
    },
  }
}
