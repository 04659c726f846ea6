/** The listener: node:http in, with TLS and HTTP/2 on the same port; Call and Answer inside; limits on time, and an orderly end. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Readable } from 'node:stream'
import { type Answer, type Call, lengthOf, whenGone } from './wire/http.ts'
import { keepAlive, linger, mostHead, usualWaits } from './wire/http-limits.ts'
import type { Sessions } from './wire/http2.ts'
import { createServer } from './wire/node-http.ts'
import { mostConnections, tellFull } from './wire/room.ts'
import { endWith, type Tls, tellApart } from './wire/tell-apart.ts'
import { sendBody } from './wire/transient.ts'

export type Listener = {
  /** The port it got, for those that asked for 0. */
  readonly port: number
  /** Stops listening, lets running requests finish, then closes what idles. */
  close(): Promise<void>
}

type App = (call: Call) => Promise<Answer>

/** How often an ending server looks for connections that have become idle. */
const lookAgain = 50

const malformed = 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n'

export function listen(app: App, port: number, host: string, waits = usualWaits, tls?: Tls): Promise<Listener> {
  const server = createServer({
    headersTimeout: waits.headers,
    connectionsCheckingInterval: waits.headers,
    requestTimeout: 0,
    keepAliveTimeout: keepAlive,
    maxHeaderSize: mostHead,
  })
  server.timeout = waits.silence
  server.maxConnections = mostConnections()
  server.on('drop', () => tellFull('connections'))
  server.on('request', (request, response) => void serve(app, server, request, response, request))
  // The go-ahead is given when somebody reads: a refused upload is never sent.
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    const body = Readable.from(
      (async function* () {
        response.writeContinue()
        yield* request
      })(),
      { objectMode: false },
    )
    void serve(app, server, request, response, body)
  })
  server.on('clientError', (_, socket) => endWith(socket, malformed))
  const serveHttp = server.listeners('connection')[0] as (this: Server, socket: Socket) => void
  server.removeAllListeners('connection')
  // Loaded when somebody first speaks it.
  let sessions: Promise<Sessions> | undefined
  const teller = tellApart(
    {
      http1: (socket) => serveHttp.call(server, socket),
      http2(socket) {
        sessions ??= import('./wire/http2.ts').then(({ openSessions }) => openSessions(app, waits))
        sessions.then(({ take }) => take(socket)).catch(() => socket.destroy())
      },
    },
    tls,
    waits.headers,
  )
  server.on('connection', teller.take)
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () => {
          const closed = close(server, waits.shutdown, sessions)
          teller.drop()
          return closed
        },
      }),
    )
  })
}

async function serve(
  app: App,
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
  body: Readable,
): Promise<void> {
  try {
    const answer = namesOneHost(request) ? app(callOf(request, response, body)) : { status: 400, headers: {} }
    await write(request, response, await answer, !server.listening)
  } catch {
    // The peer went away, or a download broke off: nothing can be told any more but the broken connection itself.
    response.destroy()
  }
}

/** RFC 9112 3.2: said once, and in an absolute target in the same words. Others on the way may go by the second one. */
function namesOneHost({ url = '/', headers: { host = '' }, rawHeaders }: IncomingMessage): boolean {
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]?.length === 4 && rawHeaders[at]?.toLowerCase() === 'host') hosts += 1
  const [, target = host] = url.startsWith('/') ? [] : (/^[a-z]+:\/\/([^/?]*)/i.exec(url) ?? [])
  return hosts <= 1 && target.toLowerCase() === host.toLowerCase()
}

function callOf(request: IncomingMessage, response: ServerResponse, body: Readable): Call {
  const target = request.url ?? '/'
  const origin = target.startsWith('/') ? target : target.replace(/^[a-z]+:\/\/[^/?]*/i, '') || '/'
  const mark = origin.indexOf('?')
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  return {
    id: randomUUID(),
    method: request.method ?? 'GET',
    path: mark < 0 ? origin : origin.slice(0, mark),
    query: mark < 0 ? '' : origin.slice(mark + 1),
    headers,
    rawHeaders: request.rawHeaders,
    body,
    address: request.socket.remoteAddress ?? '',
    secure: 'encrypted' in request.socket,
    whenGone: whenGone(response),
  }
}

/** A small body that nobody read is swallowed by node; only for a large one the connection is given up. */
const isSmall = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) <= 65_536

/** `last`: the server is ending. A connection on which requests follow each other never idles, so it must be told. */
async function write(request: IncomingMessage, response: ServerResponse, answer: Answer, last: boolean): Promise<void> {
  const { body } = answer
  const unread = !request.readableEnded && !isSmall(request)
  if (unread || last) response.setHeader('connection', 'close')
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value)
  if (answer.cookies?.length) response.setHeader('set-cookie', [...answer.cookies])
  if (body instanceof Readable) {
    response.writeHead(answer.status)
    await sendBody(body, response)
  } else {
    const length = lengthOf(answer)
    if (length !== undefined) response.setHeader('content-length', length)
    response.writeHead(answer.status)
    response.end(request.method === 'HEAD' ? undefined : body)
  }
  if (unread) {
    request.resume()
    setTimeout(() => request.destroy(), linger).unref()
  }
}

function close(server: Server, longest: number, sessions: Promise<Sessions> | undefined): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => {
      server.closeAllConnections()
      void sessions?.then(({ cut }) => cut())
    }, longest)
    const look = setInterval(() => server.closeIdleConnections(), lookAgain)
    server.close(() => {
      clearTimeout(force)
      clearInterval(look)
      resolve()
    })
    server.closeIdleConnections()
    void sessions?.then((open) => open.close())
  })
}
