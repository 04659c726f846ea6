/**
 * A small load generator: requests written ahead of time as bytes, over keep-alive sockets of its own, because it shares
 * the machine with what it measures and node's HTTP clients cost as much as many an answer.
 */
import { connect, type Socket } from 'node:net'

export type Reply = {
  readonly status: number
  /** Status line and headers. */
  readonly head: string
  readonly body: string
}

/** One request as bytes; see `encode`. */
export type Wire = Buffer

/** What one lane does over and over: some requests after each other, which count as one. */
export type Turn = (ask: (request: Wire) => Promise<Reply>, lane: number, turn: number) => Promise<void>

export type Load = {
  /** Turns done. */
  readonly turns: number
  readonly seconds: number
  /** Of whole turns, in milliseconds. */
  readonly p50: number
  readonly p95: number
}

/** A request of HTTP/1.1 as it travels. */
export function encode(method: string, path: string, headers: Readonly<Record<string, string>>, body = ''): Wire {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const length = method === 'GET' ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`
  return Buffer.from(`${method} ${path} HTTP/1.1\r\nhost: ${host}\r\n${lines.join('')}${length}\r\n${body}`)
}

/** What signatures cover and every request names; the server does not care where it is reached. */
export const host = 'localhost'

export const json = (target: string, input: object, headers: Readonly<Record<string, string>> = {}): Wire =>
  encode(
    'POST',
    '/',
    { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target, ...headers },
    JSON.stringify(input),
  )

const longestWait = 30_000

/** One keep-alive connection; one request at a time. Answers must say their length. */
export async function openLane(port: number): Promise<{ ask(request: Wire): Promise<Reply>; close(): void }> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await connected(socket)
  let held = ''
  let headOnly = false
  let waiting: { resolve(reply: Reply): void; reject(error: Error): void } | undefined
  const settle = (act: (lane: NonNullable<typeof waiting>) => void) => {
    const lane = waiting
    waiting = undefined
    if (lane) act(lane)
  }
  // Latin-1: one character for each byte, so that lengths are lengths.
  socket.setEncoding('latin1')
  socket.setTimeout(longestWait, () => socket.destroy(new Error('No answer came in time.')))
  socket.on('data', (text) => {
    held += text
    const end = held.indexOf('\r\n\r\n')
    if (end < 0) return
    const length = headOnly ? 0 : Number(/\r\ncontent-length: (\d+)/i.exec(held.slice(0, end + 2))?.[1] ?? 0)
    if (held.length < end + 4 + length) return
    const reply = {
      status: Number(held.slice(9, 12)),
      head: held.slice(0, end),
      body: held.slice(end + 4, end + 4 + length),
    }
    held = held.slice(end + 4 + length)
    settle(({ resolve }) => resolve(reply))
  })
  socket.on('error', (error) => settle(({ reject }) => reject(error)))
  socket.on('close', () => settle(({ reject }) => reject(new Error('The server closed the connection.'))))
  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        headOnly = request.subarray(0, 5).toString('latin1') === 'HEAD '
        socket.write(request)
      }),
    close: () => socket.destroy(),
  }
}

const connected = (socket: Socket) =>
  new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })

/** Runs the turn in so many lanes until the time is over or the turns are done, whichever is first. */
export async function drive(
  port: number,
  { lanes, seconds, most = Number.POSITIVE_INFINITY }: { lanes: number; seconds: number; most?: number },
  turn: Turn,
): Promise<Load> {
  const open = await Promise.all(Array.from({ length: lanes }, () => openLane(port)))
  const spans: number[] = []
  let begun = 0
  const start = performance.now()
  const until = start + seconds * 1000
  try {
    await Promise.all(
      open.map(async ({ ask }, lane) => {
        for (let at = performance.now(); at < until && begun < most; ) {
          await turn(ask, lane, begun++)
          const now = performance.now()
          spans.push(now - at)
          at = now
        }
      }),
    )
  } finally {
    for (const { close } of open) close()
  }
  return { turns: spans.length, seconds: (performance.now() - start) / 1000, ...quantiles(spans) }
}

export function quantiles(spans: readonly number[]): { p50: number; p95: number } {
  const sorted = Float64Array.from(spans).sort()
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
  return { p50: at(0.5), p95: at(0.95) }
}

/** The answer's JSON; throws on any refusal, because a benchmark of refusals measures nothing. */
export function good<Answer = Record<string, unknown>>({ status, body }: Reply): Answer {
  if (status !== 200) throw new Error(`The server answered ${status}: ${body.slice(0, 500)}`)
  return (body ? JSON.parse(body) : {}) as Answer
}
