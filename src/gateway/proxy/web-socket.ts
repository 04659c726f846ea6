/** WebSockets: the handshake goes through the route's steps like any request, then bytes go both ways untouched. RFC 6455. */
import { type IncomingMessage, request as requestHttp, STATUS_CODES } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ConnectionOptions, checkServerIdentity } from 'node:tls'
import type { Answer } from '../../wire/http.ts'
import type { Upstream } from './upstream.ts'
import type { Visit } from './visit.ts'

/** Whether a request wants the one protocol that is passed on. */
export const isWebSocket = ({ method, headers, httpVersion }: IncomingMessage): boolean =>
  method === 'GET' && httpVersion === '1.1' && headers.upgrade?.toLowerCase() === 'websocket'

/** An answer to somebody who asked for another protocol, by hand because node has let go of the connection. */
export function answerUpgrade(socket: Duplex, { status, headers, cookies = [], body = '' }: Answer): void {
  const bytes = typeof body === 'string' || body instanceof Uint8Array ? Buffer.from(body) : Buffer.alloc(0)
  const lines = [
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ...cookies.map((value) => `set-cookie: ${value}`),
    ...[`content-length: ${bytes.length}`, 'connection: close'],
  ]
  socket.end(Buffer.concat([Buffer.from(`${head(status)}${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]))
}

const head = (status: number) => `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\n`

/** Who the upstream must be: node would take the Host header's word, which is the client's. */
const identityOf = (hostname: string): ConnectionOptions => ({
  ...(isIP(hostname) === 0 && { servername: hostname }),
  checkServerIdentity: (_, certificate) => checkServerIdentity(hostname, certificate),
})

export type Joined = 'joined' | 'refused' | { readonly failed: string }

/** Joins the client with an upstream. An upstream that refuses has its answer passed on. `first` is what came early. */
export function joinWebSocket(visit: Visit, socket: Socket, first: Buffer, upstream: Upstream): Promise<Joined> {
  const target = upstream.next()
  if (!target) return Promise.resolve({ failed: 'no target' })
  const { origin } = target
  const hostname = origin.hostname.replace(/^\[|\]$/g, '')
  const { call } = visit
  const cookies = visit.cookies.map((value) => `set-cookie: ${value}\r\n`).join('')
  const make = origin.protocol === 'https:' ? requestHttps : requestHttp
  return new Promise((resolve) => {
    const asked = make({
      host: hostname,
      port: origin.port || undefined,
      path: call.query === '' ? call.path : `${call.path}?${call.query}`,
      headers: { ...call.headers, ...visit.headers, connection: 'Upgrade', upgrade: 'websocket' },
      agent: false,
      timeout: upstream.idleTimeoutMs,
      ...(origin.protocol === 'https:' && { ...upstream.tls, ...identityOf(hostname) }),
    })
    asked.on('timeout', () => asked.destroy(new Error('The upstream did not answer in time.')))
    asked.on('error', (error) => resolve({ failed: error.message }))
    socket.once('close', () => asked.destroy())
    asked.on('response', (answer) => {
      const { headers, statusCode = 502 } = answer
      const kept = rawPairs(answer.rawHeaders).filter(
        ([name]) => !/^(connection|transfer-encoding|keep-alive)$/i.test(name),
      )
      const lines = kept.map(([name, value]) => `${name}: ${value}\r\n`).join('')
      socket.write(`${head(statusCode)}${lines}${cookies}connection: close\r\n\r\n`, 'latin1')
      answer.pipe(socket)
      if (headers['content-length'] === '0') socket.end()
      resolve('refused')
    })
    asked.on('upgrade', (answer, other, early) => {
      const lines = rawPairs(answer.rawHeaders).map(([name, value]) => `${name}: ${value}\r\n`)
      socket.write(`${head(101)}${lines.join('')}${cookies}\r\n`, 'latin1')
      if (early.length > 0) socket.write(early)
      if (first.length > 0) other.write(first)
      join(socket, other, upstream.idleTimeoutMs)
      resolve('joined')
    })
    asked.end()
  })
}

/** Either end's end is the other's. Everything passes the client's connection, so that its silence is everybody's. */
function join(client: Socket, upstream: Duplex, idleMs: number): void {
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.pipe(to)
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
  }
  client.setTimeout(idleMs, () => client.destroy())
}

const rawPairs = (raw: readonly string[]): [string, string][] =>
  Array.from({ length: raw.length / 2 }, (_, at) => [raw[2 * at] ?? '', raw[2 * at + 1] ?? ''])
