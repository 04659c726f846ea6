/** `poolhouse start`: listens, opens the world, makes the demo workspace where wanted, says where, and ends in order. */
import { join } from 'node:path'
import { pino } from 'pino'
import { type Config, readConfig, SettingError } from '../config.ts'
import { type DemoWorkspace, demoWorkspace } from '../demo/workspace.ts'
import type { ReverseProxy } from '../gateway/proxy.ts'
import { writePrivate } from '../keys.ts'
import { createAppBehind } from '../local-https/both-schemes.ts'
import { fileTls } from '../local-https/files.ts'
import { localTls } from '../local-https/local.ts'
import { openWorld } from '../open-world.ts'
import { type Listener, listen } from '../server.ts'
import type { Answer, Call } from '../wire/http.ts'
import { setRoom } from '../wire/room.ts'
import type { World } from '../world.ts'

export const usage = `Usage: poolhouse start [--dev] [settings]

  --dev            for a laptop: loopback only, known keys, a mailbox, a demo
  --port PORT      4100 otherwise
  --data FOLDER    ./poolhouse-data otherwise

Without --dev it wants POOLHOUSE_MASTER_KEY (\`openssl rand -hex 32\`, once) and a --public-url that clients can reach.
\`poolhouse settings\` lists every setting; docs/operating.md says which of them matter.`

type App = (call: Call) => Promise<Answer>

const notYet: App = async () => ({
  status: 503,
  headers: { 'content-type': 'text/plain', 'retry-after': '1' },
  body: 'Starting.\n',
})

const noRoom = {
  connections: 'There are as many connections as --max-connections allows: new ones are closed.',
  bodies: 'Bodies of requests fill what --body-memory allows: requests are refused with 503.',
}

export async function run(args: string[], environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const wanted = readConfig(args, environment)
  const log = pino({ level: wanted.logLevel, base: { service: 'poolhouse' } }, pino.destination(2))
  const files = wanted.tls && fileTls(wanted.tls, log)
  if (files) process.on('SIGHUP', files.reload)
  const tls = files ?? (wanted.dev ? localTls(wanted.data, log) : undefined)
  setRoom({
    ...(wanted.maxConnections !== undefined && { connections: wanted.maxConnections }),
    ...(wanted.bodyMemory !== undefined && { bodies: wanted.bodyMemory }),
    full: (of) => log.warn(noRoom[of]),
  })
  let app = notYet
  // The port first: a taken port is told before anything is made, and port 0 gives the public URL its number.
  const listener = await listen((call) => app(call), wanted.port, wanted.host, undefined, tls).catch((error) =>
    refusePort(error, wanted),
  )
  const config = withPort(wanted, listener)
  const world = await openWorld(config, log)
  let proxy: ReverseProxy | undefined
  const stop = stopOnce(async (signal) => {
    log.info({ signal }, 'stopping')
    await Promise.all([listener.close(), proxy?.close()])
    files?.close()
    await world.close()
    process.exit(0)
  })
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)

  app = createAppBehind(world, tls)
  const demo = await demoWorkspace(world, config.demo)
  proxy = config.proxy === undefined ? undefined : await openProxy(config.proxy, world, (call) => app(call))
  const facts = factsOf(config, world.rootKeys, demo)
  const file = join(config.data, 'endpoints.json')
  writePrivate(file, `${JSON.stringify(facts, null, 2)}\n`)
  console.log(banner(facts, file, config))
  setTimeout(collectGarbage, 1_000).unref()
}

/** A tenth of what is resident after a start is of use to nobody, and V8 would leave it until it needs room. */
const collectGarbage = () => globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })

/** Loaded where it is used only, as its client of upstreams takes megabytes. */
async function openProxy(file: string, world: World, ask: App): Promise<ReverseProxy> {
  const { startProxy } = await import('../gateway/proxy.ts')
  const proxy = await startProxy(world, file, ask)
  process.on('SIGHUP', () => void proxy.reload())
  return proxy
}

function refusePort(error: unknown, { port, host }: Config): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EADDRINUSE')
    throw new SettingError(`Port ${port} is in use. Stop the other program, or choose another port with --port.`)
  if (code === 'EACCES')
    throw new SettingError(`Port ${port} may not be opened by this user. Choose one above 1023 with --port.`)
  if (code === 'EADDRNOTAVAIL')
    throw new SettingError(`This machine has no address ${host}. Choose another with --host.`)
  throw error
}

/** A second signal while stopping ends the process at once. */
function stopOnce(stop: (signal: string) => Promise<void>): (signal: string) => void {
  let stopping = false
  return (signal) => {
    if (stopping) process.exit(1)
    stopping = true
    void stop(signal)
  }
}

function withPort(config: Config, { port }: Listener): Config {
  if (config.port !== 0) return config
  const url = (text: string) => text.replace(/^(https?:\/\/localhost):0$/, `$1:${port}`)
  return { ...config, port, publicUrl: url(config.publicUrl), issuer: url(config.issuer) }
}

/** What endpoints.json holds. */
type Facts = {
  endpoint: string
  /** The same over TLS, where one port speaks both. */
  secureEndpoint: string | undefined
  region: string
  accountId: string
  accessKeyId: string
  secretAccessKey: string
  mailbox: string | undefined
  demo: DemoWorkspace | undefined
}

function factsOf(config: Config, rootKeys: ReadonlyMap<string, string>, demo: DemoWorkspace | undefined): Facts {
  const [accessKeyId = '', secretAccessKey = ''] = [...rootKeys][0] ?? []
  return {
    endpoint: config.publicUrl,
    secureEndpoint:
      config.dev && !config.tls && config.publicUrl.startsWith('http:')
        ? config.publicUrl.replace(/^http:/, 'https:')
        : undefined,
    region: config.region,
    accountId: config.account,
    accessKeyId,
    secretAccessKey,
    mailbox: config.dev ? `${config.publicUrl}/mailbox` : undefined,
    demo,
  }
}

function banner(facts: Facts, file: string, config: Config): string {
  const rows: [string, string | undefined][] = [
    ['Endpoint', facts.endpoint],
    ['HTTPS', facts.secureEndpoint && `${facts.secureEndpoint} (\`poolhouse trust\` has browsers believe it)`],
    ['Photo app', facts.demo?.app],
    ['Mailbox', facts.mailbox],
    ['Keys', config.dev ? `${facts.accessKeyId} / ${facts.secretAccessKey}` : `in ${file}`],
    ['Facts', file],
  ]
  const lines = rows.filter(([, value]) => value).map(([name, value]) => `  ${name.padEnd(10)} ${value}`)
  return [
    '',
    `Poolhouse is ready${config.dev ? ' (development: loopback only, known keys)' : ''}.`,
    '',
    ...lines,
    '',
    `  AWS_ENDPOINT_URL=${facts.endpoint} AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=… aws cognito-idp list-user-pools --max-results 10`,
    '',
  ].join('\n')
}
