/** The connections to the servers behind the gateway: kept between requests, with times for everything, closed with the world. */
import type { Dispatcher, Pool } from 'undici'
import { AwsError } from '../../wire/errors.ts'
import type { WhenGone } from '../../wire/http.ts'
import { releaseWritten } from '../../wire/transient.ts'
import type { World } from '../../world.ts'

/** Where a request goes: an origin, by TCP or by a socket of this machine. */
export type Target = {
  readonly origin: string
  readonly socketPath?: string
  readonly connections: number
  readonly connectTimeoutMs: number
  readonly responseTimeoutMs: number
  readonly idleTimeoutMs: number
}

export type Outgoing = {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Bytes, or what makes a stream of them: it is asked again only if nothing of the first was read. */
  readonly body?: Uint8Array | OutgoingBody
  /** Nobody waits for the answer of a peer that is gone. */
  readonly whenGone?: WhenGone | undefined
}
export type OutgoingBody = {
  open(): NonNullable<Dispatcher.DispatchOptions['body']>
  /** Whether a byte was taken. */
  started(): boolean
}

export type Incoming = Dispatcher.ResponseData

type Pools = Map<string, Promise<Pool>>
const poolsOf = new WeakMap<World['db'], Pools>()

/** Loaded where it is used only: it takes megabytes. */
async function openPool(target: Target): Promise<Pool> {
  const { Pool, buildConnector } = await import('undici')
  const { connections, socketPath } = target
  const connect = buildConnector({ timeout: target.connectTimeoutMs, ...(socketPath !== undefined && { socketPath }) })
  return new Pool(target.origin, {
    ...{ connections, pipelining: 1, allowH2: false, maxHeaderSize: 65_536, keepAliveTimeout: 10_000 },
    ...{ headersTimeout: target.responseTimeoutMs, bodyTimeout: target.idleTimeoutMs },
    connect: (options, done) =>
      connect(options, (...made) => {
        if (made[1]) releaseWritten(made[1])
        done(...made)
      }),
  })
}

function poolFor(world: Pick<World, 'db'>, target: Target): Promise<Pool> {
  const pools: Pools = poolsOf.get(world.db) ?? new Map()
  poolsOf.set(world.db, pools)
  const name = JSON.stringify(target)
  const pool = pools.get(name) ?? openPool(target)
  pools.set(name, pool)
  return pool
}

export async function closePools(world: Pick<World, 'db'>): Promise<void> {
  const pools = [...(poolsOf.get(world.db)?.values() ?? [])]
  poolsOf.delete(world.db)
  await Promise.all(pools.map(async (pool) => (await pool).destroy()))
}

/** No connection came about: nothing was sent. */
const notSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT'])
/** The connection ended before an answer began, as kept ones may at any moment. */
const cutOff = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])
const tooLate = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'UND_ERR_CONNECT_TIMEOUT'])

const pausesMs = [50, 250]
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

const isStream = (body: Outgoing['body']): body is OutgoingBody => body !== undefined && 'open' in body

/** Only what did not arrive is sent again, or what asks and changes nothing. */
function mayRepeat({ method, body }: Outgoing, error: unknown): boolean {
  if (notSent.has(codeOf(error))) return !isStream(body) || !body.started()
  return cutOff.has(codeOf(error)) && (method === 'GET' || method === 'HEAD')
}

/**
 * Sends the request and answers as soon as the head of the answer is there. Refuses with ServiceUnavailable (503) where
 * nobody answers, and with 504 where nobody answers in time; what the body's own reader throws passes.
 */
export async function send(world: Pick<World, 'db' | 'log'>, target: Target, outgoing: Outgoing): Promise<Incoming> {
  const pool = await poolFor(world, target)
  const { method, path, headers, body, whenGone } = outgoing
  const leaving = new AbortController()
  whenGone?.(() => leaving.abort())
  for (let attempt = 0; ; attempt++) {
    try {
      return await pool.request({
        ...{ method: method as Dispatcher.HttpMethod, path, headers },
        body: (isStream(body) ? body.open() : body) ?? null,
        signal: leaving.signal,
      })
    } catch (error) {
      if (error instanceof AwsError) throw error
      if (leaving.signal.aborted) throw new AwsError('RequestTimeout', 'The client went away.', { status: 400 })
      const wait = pausesMs[attempt]
      if (wait === undefined || !mayRepeat(outgoing, error)) throw unavailable(world, target, error)
      await pause(wait)
    }
  }
}

function unavailable(world: Pick<World, 'log'>, { origin }: Target, error: unknown): AwsError {
  const late = tooLate.has(codeOf(error))
  world.log.warn({ upstream: origin, err: error }, 'a server behind the gateway did not answer')
  return new AwsError(
    'ServiceUnavailable',
    `The server behind this resource did not answer${late ? ' in time' : ''}.`,
    {
      status: late ? 504 : 503,
      detail: String(error),
    },
  )
}
