/** The product as a process of its own, for tests and benchmarks that end it abruptly, weigh it or start several. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../poolhouse.js', import.meta.url))

/**
 * The flags of `npm start`: a small young generation, and an old one that is collected when it is half as large again as
 * what lives in it, keep memory low and cost no throughput; so does a collection after the start.
 */
const shipped = ['--max-semi-space-size=4', '--heap-growing-percent=50', '--expose-gc']

export type Product = {
  /** `http://127.0.0.1:<port>`: no look-up of a name, no second address family. */
  readonly endpoint: string
  readonly port: number
  readonly pid: number
  /** Milliseconds from the start of the process to its announcement. */
  readonly startedIn: number
  /** Everything it logged so far. */
  log(): string
  /** Sends the signal at once; resolves when the process is gone, with its exit code, or null if the signal ended it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>
}

export type ProductOptions = {
  /** The data folder. */
  readonly data: string
  readonly databaseUrl?: string
  readonly masterKey?: string
  /** Further flags of `start`. */
  readonly flags?: readonly string[]
  /** Flags of node, such as `--cpu-prof`. */
  readonly nodeFlags?: readonly string[]
}

/** What ran is over: its exit code and all it printed. */
export class ProductEnded extends Error {
  readonly code: number | null
  constructor(code: number | null, said: string) {
    super(`The product ended with ${code}: ${said}`)
    this.code = code
  }
}

/** Starts `poolhouse start --dev` on a free port. Rejects with ProductEnded if it ends before it is ready. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  const { data, databaseUrl, masterKey, flags = [], nodeFlags = [] } = options
  const asked = ['start', '--dev', '--port', '0', '--no-demo', '--log-level', 'warn', '--data', data]
  const began = performance.now()
  const child = spawn(
    process.execPath,
    [...shipped, ...nodeFlags, program, ...asked, ...(databaseUrl ? ['--database-url', databaseUrl] : []), ...flags],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...(masterKey && { POOLHOUSE_MASTER_KEY: masterKey }) },
    },
  )
  alive.add(child)
  const ended = once(child, 'close').then(([code]) => {
    alive.delete(child)
    return code as number | null
  })
  let log = ''
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text
  })
  const ready = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text
      if (said.includes('Poolhouse is ready')) resolve()
    })
  })
  const early = await Promise.race([ready, ended])
  if (early !== undefined) throw new ProductEnded(early, said + log)
  const startedIn = performance.now() - began
  for (const held of [child, child.stdout as Socket, child.stderr as Socket]) held.unref()
  const facts = JSON.parse(readFileSync(join(data, 'endpoints.json'), 'utf8')) as { endpoint: string }
  const { port } = new URL(facts.endpoint)
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port: Number(port),
    pid: child.pid ?? 0,
    startedIn,
    log: () => log,
    end(signal) {
      for (const held of [child, child.stdout as Socket, child.stderr as Socket]) held.ref()
      child.kill(signal)
      return ended
    },
  }
}

/** A test that fails leaves no process behind, nor is its own kept alive by one. */
const alive = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})
