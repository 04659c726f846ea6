/** A server of the demo's own: a child process on a free port with an empty data folder, gone without a trace afterwards. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export type OwnServer = {
  /** Holds endpoints.json. */
  readonly data: string
  /** Ends the server and removes its folder. May be called twice. */
  stop(): Promise<void>
}

type Environment = Readonly<Record<string, string | undefined>>

const program = fileURLToPath(new URL('../../../poolhouse.js', import.meta.url))
const longestStart = 60_000
const longestStop = 10_000

/** Starts one and waits until it has written its facts. Refuses with the server's own last words when it ends instead. */
export async function startOwnServer(environment: Environment, args: readonly string[] = []): Promise<OwnServer> {
  const data = await mkdtemp(join(tmpdir(), 'poolhouse-demo-'))
  const child = spawn(
    process.execPath,
    [program, 'start', '--dev', '--port', '0', '--data', data, '--log-level', 'error', ...args],
    { env: withoutSettings(environment), stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let words = ''
  child.stderr?.on('data', (bytes) => {
    words = `${words}${bytes}`.slice(-4000)
  })
  const stop = async () => {
    await end(child)
    await rm(data, { recursive: true, force: true })
  }
  const facts = join(data, 'endpoints.json')
  for (const began = Date.now(); !existsSync(facts); await wait(30)) {
    if (!isRunning(child) || Date.now() - began > longestStart) {
      await stop()
      throw new Error(`The server did not start.\n${words.trim()}`)
    }
  }
  return { data, stop }
}

const isRunning = (child: ChildProcess) => child.exitCode === null && child.signalCode === null

async function end(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const stubborn = setTimeout(() => child.kill('SIGKILL'), longestStop)
  await gone
  clearTimeout(stubborn)
}

/** The demo's server is as fresh as a clone: settings of this shell are for other servers. */
const withoutSettings = (environment: Environment) =>
  Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('POOLHOUSE_')))
