/** A pool of HTTP servers: whose turn it is, who is well, and the connections that are kept to each. */
import { readFileSync } from 'node:fs'
import type { Logger } from 'pino'
import { Pool } from 'undici'
import type { UpstreamSettings } from './settings.ts'

export type Target = {
  readonly origin: URL
  readonly pool: Pool
  healthy: boolean
  /** Requests under way, those that wait for a connection included. */
  running: number
  /** More than these are not taken: whoever waits that long is better told at once. */
  readonly most: number
  /** Checks in a row that said the opposite of `healthy`. */
  against: number
}

export type Upstream = {
  readonly name: string
  readonly settings: UpstreamSettings
  readonly retries: number
  readonly idleTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly tls: { readonly ca?: string; readonly rejectUnauthorized: boolean }
  /** The next in turn that is well and not in the list; if nobody is well, any, as a check may err. */
  next(without?: readonly Target[]): Target | undefined
  /** What is asked already is answered still. */
  close(): Promise<void>
}

const usual = {
  connections: 256,
  connectTimeoutMs: 3_000,
  responseTimeoutMs: 30_000,
  idleTimeoutMs: 60_000,
  retries: 1,
}
const check = { path: '/', intervalMs: 10_000, timeoutMs: 5_000, healthyAfter: 2, unhealthyAfter: 2 }

/** For a connection, at each target. */
const mostWaiting = 1_000

/** Upstreams are named by the operator's own file, so private addresses are the rule and the guarded client is not asked. */
export function openUpstream(name: string, settings: UpstreamSettings, log: Logger): Upstream {
  const { connections, connectTimeoutMs, responseTimeoutMs, idleTimeoutMs, retries } = { ...usual, ...settings }
  const { ca, verify = true } = settings.tls ?? {}
  const tls = { ...(ca !== undefined && { ca: readFileSync(ca, 'utf8') }), rejectUnauthorized: verify }
  const targets = settings.targets.map(
    (origin): Target => ({
      origin: new URL(origin),
      pool: new Pool(new URL(origin).origin, {
        ...{ connections, pipelining: 1, allowH2: false, maxHeaderSize: 65_536 },
        ...{ headersTimeout: responseTimeoutMs, bodyTimeout: idleTimeoutMs, keepAliveTimeout: 30_000 },
        connect: { timeout: connectTimeoutMs, ...tls },
      }),
      healthy: true,
      running: 0,
      most: connections + mostWaiting,
      against: 0,
    }),
  )
  let turn = 0
  const next = (without: readonly Target[] = []): Target | undefined => {
    if (targets.length === 1) return without.length === 0 ? targets[0] : undefined
    const left = targets.filter((one) => !without.includes(one))
    const well = left.filter(({ healthy }) => healthy)
    const choice = well.length > 0 ? well : left
    return choice[turn++ % choice.length]
  }
  const checks = settings.healthCheck && startChecks(name, targets, { ...check, ...settings.healthCheck }, log)
  return {
    ...{ name, settings, retries, idleTimeoutMs, connectTimeoutMs, tls, next },
    async close() {
      clearInterval(checks)
      await Promise.all(targets.map(({ pool }) => pool.close()))
    },
  }
}

function startChecks(name: string, targets: readonly Target[], rules: typeof check, log: Logger): NodeJS.Timeout {
  const ask = async (target: Target) => {
    const well = await isWell(target, rules)
    if (well === target.healthy) target.against = 0
    else if (++target.against >= (well ? rules.healthyAfter : rules.unhealthyAfter)) {
      Object.assign(target, { healthy: well, against: 0 })
      log.warn({ upstream: name, target: target.origin.origin }, well ? 'target is well again' : 'target is not well')
    }
  }
  const all = () => {
    for (const target of targets) void ask(target)
  }
  all()
  return setInterval(all, rules.intervalMs).unref()
}

async function isWell({ pool }: Target, { path, timeoutMs }: typeof check): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(timeoutMs)
    const { statusCode, body } = await pool.request({
      method: 'GET',
      path,
      signal,
      headers: { 'user-agent': 'poolhouse-health' },
    })
    await body.dump()
    return statusCode >= 200 && statusCode < 400
  } catch {
    return false
  }
}
