/** The listener: node:http in, with TLS on the same port; Call and Answer inside; limits on time, and an orderly end. */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createServer as createTlsServer, type SecureContext } from 'node:tls'
import type { Answer, Call } from './wire/http.ts'

export type Listener = {
  /** The port it got, for those that asked for 0. */
  readonly port: number
  /** Stops listening, lets running requests finish, then closes what idles. */
  close(): Promise<void>
}

/** In milliseconds. */
export type Waits = {
  /** For the head of a request. */
  readonly headers: number
  /** A peer that sends or takes nothing for this long is gone. Uploads may last as long as they move. */
  readonly silence: number
  /** Longest orderly end: what still runs then is cut off. */
  readonly shutdown: number
}

/** The certificates of a listener that speaks TLS. */
export type Tls = {
  /** Whether the port answers HTTP without TLS, too. */
  readonly plain: boolean
  /** For visitors that name no host, or one that has no certificate; in PEM. */
  usual(): { readonly cert: string; readonly key: string }
  /** The certificate of a host (RFC 6066 3); undefined where it has none of its own. */
  contextFor(name: string): SecureContext | undefined
}

const usualWaits: Waits = { headers: 20_000, silence: 60_000, shutdown: 25_000 }
/** How long a refused upload may go on arriving, so that its sender gets to read the refusal. */
const linger = 2_000
/** How often an ending server looks for connections that have become idle. */
const lookAgain = 50

export function listen(
  app: (call: Call) => Promise<Answer>,
  port: number,
  host: string,
  waits = usualWaits,
  tls?: Tls,
): Promise<Listener> {
  const server = createServer({
    headersTimeout: waits.headers,
    connectionsCheckingInterval: waits.headers,
    requestTimeout: 0,
    keepAliveTimeout: 65_000,
    maxHeaderSize: 32_768,
  })
  server.timeout = waits.silence
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
  server.on('clientError', (_, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  })
  const undecided = tls ? tellApart(server, tls, waits.headers) : new Set<Socket>()
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () => {
          const closed = close(server, waits.shutdown)
          for (const socket of undecided) socket.destroy()
          return closed
        },
      }),
    )
  })
}

/** The first byte of a TLS connection: a handshake record. RFC 8446 5.1. No method of HTTP begins with it. */
const handshake = 0x16

const plainRefused =
  'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: 28\r\n\r\nThis port speaks HTTPS only.'

/**
 * Puts a reader of the first byte before the server: a handshake goes through TLS, everything else straight on. A peer
 * has the time of a request's head for that byte, and again for the handshake. Answers the connections that are neither
 * yet, which nobody else knows.
 */
function tellApart(server: Server, tls: Tls, wait: number): Set<Socket> {
  const serveHttp = server.listeners('connection')[0] as (this: Server, socket: Socket) => void
  server.removeAllListeners('connection')
  let pair = { cert: '', key: '' }
  const secure = createTlsServer({
    handshakeTimeout: wait,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    SNICallback: (name, done) => {
      try {
        done(null, tls.contextFor(name))
      } catch (error) {
        done(error as Error)
      }
    },
  })
  const undecided = new Set<Socket>()
  secure.on('secureConnection', (socket) => serveHttp.call(server, socket))
  // A visitor who does not trust the certificate, or speaks something else: nothing of ours.
  secure.on('tlsClientError', (_, socket) => socket.destroy())

  function decide(socket: Socket, first: Buffer): void {
    socket.pause()
    socket.unshift(first)
    if (first[0] === handshake) {
      const usual = tls.usual()
      if (usual !== pair) secure.setSecureContext(usual)
      pair = usual
      // Servers of node:http let a peer end its half first; a broken handshake must not be waited on so.
      socket.allowHalfOpen = false
      secure.emit('connection', socket)
    } else if (tls.plain) serveHttp.call(server, socket)
    else socket.end(plainRefused)
    process.nextTick(() => socket.resume())
  }
  server.on('connection', (socket: Socket) => {
    const drop = () => socket.destroy()
    undecided.add(socket)
    socket.setTimeout(wait, drop)
    socket.on('error', drop)
    socket.once('close', () => undecided.delete(socket))
    socket.once('data', (first: Buffer) => {
      undecided.delete(socket)
      socket.setTimeout(0, drop)
      socket.removeListener('timeout', drop)
      try {
        decide(socket, first)
      } catch {
        // The certificate cannot be made or read.
        socket.destroy()
      }
    })
  })
  return undecided
}

async function serve(
  app: (call: Call) => Promise<Answer>,
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
  body: Readable,
): Promise<void> {
  try {
    const answer = await app(callOf(request, body))
    await write(request, response, answer, !server.listening)
  } catch {
    // The peer went away, or a download broke off: nothing can be told any more but the broken connection itself.
    response.destroy()
  }
}

function callOf(request: IncomingMessage, body: Readable): Call {
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
    await pipeline(body, response)
  } else {
    if (body !== undefined && answer.headers['content-length'] === undefined)
      response.setHeader('content-length', Buffer.byteLength(body))
    else if (
      body === undefined &&
      answer.status !== 204 &&
      answer.status !== 304 &&
      answer.headers['content-length'] === undefined
    )
      response.setHeader('content-length', 0)
    response.writeHead(answer.status)
    response.end(request.method === 'HEAD' ? undefined : body)
  }
  if (unread) {
    request.resume()
    setTimeout(() => request.destroy(), linger).unref()
  }
}

function close(server: Server, longest: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), longest)
    const look = setInterval(() => server.closeIdleConnections(), lookAgain)
    server.close(() => {
      clearTimeout(force)
      clearInterval(look)
      resolve()
    })
    server.closeIdleConnections()
  })
}
