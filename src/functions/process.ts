/** One process of a local function: how it is started with almost no rights, called, watched and ended. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Logger } from 'pino'
import type { InvokeCall, InvokeResult } from '../world.ts'
import { logLines, type Tail } from './output.ts'
import { entryOf, type LocalFunction } from './settings.ts'

const runtime = fileURLToPath(new URL('./runtime.js', import.meta.url))
/** Lambda's six megabytes, twice for JSON in JSON, and an envelope. */
const mostAnswerBytes = 13 * 1024 * 1024
/** What Node itself takes beside the function's heap. */
const ownMegabytes = 128
const pageBytes = 4096

export type Running = {
  /** One call at a time. */
  call(arn: string, event: string, call: InvokeCall): Promise<InvokeResult>
  readonly alive: boolean
  /** Whether the function's code is loaded, as the process says. */
  readonly loaded: boolean
  end(): void
  onLoaded(listener: () => void): void
  /** Called once, when the process is gone. */
  onGone(listener: () => void): void
}

/** Folders above the function from which its imports may be read. */
function modulesAbove(folder: string): string[] {
  const found: string[] = []
  for (let at = dirname(folder); ; at = dirname(at)) {
    if (existsSync(join(at, 'node_modules'))) found.push(join(at, 'node_modules'))
    if (dirname(at) === at) return found
  }
}

export type Surroundings = {
  readonly log: Logger
  readonly region: string
  /** Further variables, such as the sender's key. */
  readonly environment: Readonly<Record<string, string>>
}

/** Starts it. Undefined where the handler's file is missing. */
export function startProcess(name: string, setting: LocalFunction, about: Surroundings): Running | undefined {
  const entry = entryOf(setting)
  if (!entry) return undefined
  const root = entry.file === setting.path ? dirname(setting.path) : setting.path
  const readable = [runtime, setting.path, ...modulesAbove(setting.path)]
  const child = spawn(
    process.execPath,
    [
      '--permission',
      ...readable.map((path) => `--allow-fs-read=${path}`),
      // node:sqlite opens files without asking the permission model (Node 24).
      '--no-experimental-sqlite',
      `--max-old-space-size=${setting.memory}`,
      '--disable-warning=ExperimentalWarning',
      ...[runtime, entry.file, entry.name, name, String(setting.memory)],
    ],
    {
      cwd: root,
      env: {
        TZ: 'UTC',
        LANG: 'en_US.UTF-8',
        AWS_LAMBDA_FUNCTION_NAME: name,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(setting.memory),
        AWS_REGION: about.region,
        AWS_DEFAULT_REGION: about.region,
        LAMBDA_TASK_ROOT: root,
        _HANDLER: setting.handler,
        ...about.environment,
        ...setting.environment,
      },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    },
  )
  return watch(child, name, setting, about.log)
}

type Child = ReturnType<typeof spawn>

function watch(child: Child, name: string, setting: LocalFunction, log: Logger): Running {
  const pipe = child.stdio[3] as Socket
  const output = [logLines(child.stdout, log, name, 'stdout'), logLines(child.stderr, log, name, 'stderr')]
  const gone = new Set<() => void>()
  const warmed = new Set<() => void>()
  let alive = true
  let loaded = false
  let ended = false
  let waiting: { id: string; settle(result: InvokeResult): void } | undefined
  let unread: Buffer[] = []
  let size = 0

  const die = (how: string) => {
    if (!alive) return
    alive = false
    // AWS: "Runtime.ExitError".
    waiting?.settle({ outcome: 'failed', message: `RequestId: ${waiting.id} Error: Runtime exited with ${how}` })
    for (const listener of gone) listener()
  }
  const end = () => {
    ended = true
    child.kill('SIGKILL')
  }
  child.on('error', (error) => die(`error: ${error.message}`))
  child.on('exit', (code, signal) => {
    const how = signal ? 'error: signal: killed' : code ? `error: exit status ${code}` : 'success'
    // An answer written just before the end is still in the pipe.
    pipe.once('close', () => die(how))
    if (pipe.destroyed) die(how)
  })
  pipe.on('error', () => end())
  pipe.on('data', (part: Buffer) => {
    size += part.length
    if (size > mostAnswerBytes) {
      waiting?.settle({ outcome: 'failed', message: 'Response payload size exceeded maximum allowed payload size.' })
      return end()
    }
    unread.push(part)
    if (!part.includes(10)) return
    const lines = Buffer.concat(unread).toString().split('\n')
    const rest = Buffer.from(lines.pop() ?? '')
    unread = [rest]
    size = rest.length
    for (const line of lines) {
      if (!loaded && line === '{"loaded":true}') {
        loaded = true
        for (const listener of warmed) listener()
      }
      const result = readAnswer(line, waiting?.id)
      if (result) waiting?.settle(result)
    }
  })

  return {
    // One that was killed dies a little later: it must not be given another call.
    get alive() {
      return alive && !ended
    },
    get loaded() {
      return loaded
    },
    end,
    onLoaded: (listener) => void warmed.add(listener),
    onGone: (listener) => void gone.add(listener),
    call: (arn, event, { requestId, timeoutMs, clientContext, identity }) =>
      new Promise((resolve) => {
        const tail: Tail = { text: '' }
        const settle = (result: InvokeResult) => {
          waiting = undefined
          clearTimeout(timer)
          clearInterval(scale)
          const told = result.outcome === 'answered' || result.outcome === 'failed'
          resolve(told ? { ...result, log: () => tail.text } : result)
        }
        const timer = setTimeout(() => {
          end()
          settle({ outcome: 'timed-out' })
        }, timeoutMs)
        const scale = setInterval(() => {
          void weighs(child.pid).then((megabytes) => {
            if (megabytes > setting.memory + ownMegabytes) end()
          })
        }, 100)
        waiting = { id: requestId, settle }
        for (const lines of output) lines.begin(requestId, tail)
        if (!alive) return settle({ outcome: 'failed', message: `RequestId: ${requestId} Error: Runtime exited` })
        pipe.write(
          `${JSON.stringify({ id: requestId, arn, event, deadline: Date.now() + timeoutMs, clientContext, identity })}\n`,
        )
      }),
  }
}

/** What the process wrote is not to be trusted: anything but an answer to this call is nothing. */
function readAnswer(line: string, id: string | undefined): InvokeResult | undefined {
  try {
    const read = JSON.parse(line) as Record<string, unknown> | null
    if (id === undefined || read?.['id'] !== id) return undefined
    if (typeof read['error'] === 'string') return { outcome: 'failed', message: read['error'] }
    if (typeof read['result'] === 'string') return { outcome: 'answered', payload: read['result'] }
  } catch {
    // not ours
  }
  return undefined
}

/** Resident megabytes, buffers included; the heap's own limit knows nothing of those. Linux only, elsewhere 0. */
async function weighs(pid: number | undefined): Promise<number> {
  if (process.platform !== 'linux' || pid === undefined) return 0
  const text = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '')
  return (Number(text.split(' ')[1] ?? 0) * pageBytes) / 1024 / 1024
}
