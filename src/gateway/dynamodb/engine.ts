/**
 * The embedded DynamoDB: the optional package `dynalite` in processes of its own, one for each region that has tables,
 * its files in the data folder, reached by a socket in a folder that is ours alone.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { longestStop, within } from '../../background.ts'
import { AwsError, fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Input } from '../forward/json-service.ts'
import { type Incoming, send } from '../forward/pools.ts'

const program = fileURLToPath(new URL('./engine-process.ts', import.meta.url))
const startMs = 20_000

type Engine = { readonly child: ChildProcess; readonly folder: string; readonly socketPath: string }

const enginesOf = new WeakMap<World['db'], Map<string, Promise<Engine>>>()

/** An optional dependency: whoever forwards every table does without. */
export function isInstalled(): boolean {
  try {
    import.meta.resolve('dynalite')
    return true
  } catch {
    return false
  }
}

/** Each takes a process: whoever may make tables does not choose how many there are by naming regions. */
const mostRegions = 16

const root = ({ settings }: World) => join(settings.dataFolder, 'dynamodb')

const folderOf = (world: World, region: string) => join(root(world), region)

/** Whether a table was ever made there: nobody starts a process by naming a region. */
export const hasTables = (world: World, region: string): boolean => existsSync(folderOf(world, region))

function refuseOneMore(world: World, region: string) {
  if (hasTables(world, region) || !existsSync(root(world)) || readdirSync(root(world)).length < mostRegions) return
  fail('LimitExceededException', `The embedded DynamoDB keeps tables of at most ${mostRegions} regions.`, {
    status: 400,
  })
}

async function start(world: World, region: string): Promise<Engine> {
  refuseOneMore(world, region)
  const data = folderOf(world, region)
  mkdirSync(data, { recursive: true, mode: 0o700 })
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-dynamodb-'))
  const socketPath = join(folder, 'socket')
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', program, data, socketPath], {
    env: { AWS_REGION: region, AWS_ACCOUNT_ID: world.settings.account, TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000)
  })
  child.once('exit', (code, signal) => {
    enginesOf.get(world.db)?.delete(region)
    rmSync(folder, { recursive: true, force: true })
    if (code !== 0) world.log.error({ region, code, signal, said }, 'the embedded DynamoDB ended')
  })
  const ready = once(child.stdout as NonNullable<typeof child.stdout>, 'data', { signal: AbortSignal.timeout(startMs) })
  const early = once(child, 'exit').then(() => 'ended')
  const first = await Promise.race([ready, early]).catch(() => 'late')
  if (!Array.isArray(first)) {
    child.kill('SIGKILL')
    throw new AwsError('ServiceUnavailable', 'The embedded DynamoDB could not be started.', {
      status: 503,
      detail: said.includes('lock') ? `${data} is in use by another process.` : said,
    })
  }
  return { child, folder, socketPath }
}

function engineOf(world: World, region: string): Promise<Engine> {
  const engines = enginesOf.get(world.db) ?? new Map<string, Promise<Engine>>()
  enginesOf.set(world.db, engines)
  const known = engines.get(region)
  if (known) return known
  const engine = start(world, region)
  engines.set(region, engine)
  engine.catch(() => engines.delete(region))
  return engine
}

const target = {
  origin: 'http://localhost',
  ...{ connections: 64, connectTimeoutMs: 3_000, responseTimeoutMs: 15_000, idleTimeoutMs: 15_000 },
}

/** dynalite looks whether there is a signature, not at it: who signed was settled before. */
const shownSignature = (region: string) =>
  `AWS4-HMAC-SHA256 Credential=local/20000101/${region}/dynamodb/aws4_request, SignedHeaders=host, Signature=0`

/** Asks the engine of a region. Refuses where the package is not installed. */
export async function askEngine(world: World, region: string, operation: string, input: object): Promise<Incoming> {
  if (!isInstalled()) {
    fail('NotImplemented', 'No server is set up for this table (--upstreams), and dynalite is not installed.', {
      status: 501,
    })
  }
  refuseEndless(input)
  const { child, socketPath } = await engineOf(world, region)
  const body = Buffer.from(JSON.stringify(input))
  const answer = send(
    world,
    { ...target, socketPath },
    {
      method: 'POST',
      path: '/',
      headers: {
        ...{ host: 'localhost', 'content-type': 'application/x-amz-json-1.0', 'x-amz-date': '20000101T000000Z' },
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        authorization: shownSignature(region),
        'content-length': String(body.length),
      },
      body,
    },
  )
  return answer.catch((error: unknown) => {
    // It does one thing at a time: what it does not get done would keep everybody waiting. The next request starts another.
    if (error instanceof AwsError && error.status === 504) child.kill('SIGKILL')
    throw error
  })
}

/** dynalite's parser takes several times as long for every parenthesis inside another. */
const deepest = 6
/** AWS: "Quotas in Amazon DynamoDB", expression parameters; dynalite has no limit. */
const longest = 4096
const expressions = [
  ...['ConditionExpression', 'FilterExpression', 'KeyConditionExpression'],
  ...['ProjectionExpression', 'UpdateExpression'],
]

/** Refuses expressions that the engine would not come to the end of. */
function refuseEndless(input: object): void {
  const { TransactItems, RequestItems } = input as Input
  const members = (Array.isArray(TransactItems) ? TransactItems : []).flatMap((one) => Object.values(one as Input))
  for (const part of [input, ...members, ...Object.values(RequestItems ?? {})] as Input[]) {
    for (const kind of expressions) {
      const text = part[kind]
      if (typeof text !== 'string') continue
      const refuse = (why: string) => fail('ValidationException', `Invalid ${kind}: ${why}`)
      const size = Buffer.byteLength(text)
      if (size > longest) refuse(`Expression size has exceeded the maximum allowed size; expression size: ${size}`)
      if (depthOf(text) > deepest)
        refuse(`The embedded DynamoDB knows expressions of up to ${deepest} parentheses inside each other.`)
    }
  }
}

/** How many parentheses stand inside each other; endless where one is not closed. */
function depthOf(text: string): number {
  let [open, most] = [0, 0]
  for (const mark of text) {
    if (mark === '(') most = Math.max(most, ++open)
    if (mark === ')') open--
  }
  return open === 0 ? most : Number.POSITIVE_INFINITY
}

/** Ends the processes in order: their databases are closed before the folder may be opened again. */
export async function closeEngines({ db }: Pick<World, 'db'>): Promise<void> {
  const engines = [...(enginesOf.get(db)?.values() ?? [])]
  enginesOf.delete(db)
  await Promise.all(
    engines.map(async (engine) => {
      const { child } = await engine.catch(() => ({ child: undefined }))
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.stdio[3]?.destroy()
      await within(longestStop, ended)
      child.kill('SIGKILL')
    }),
  )
}
