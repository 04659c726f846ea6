/** One address that the proxy listens on: HTTP/1.1, and with TLS HTTP/2; limits on time, and an orderly end. */
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createSecureServer, type Http2SecureServer, type ServerHttp2Session } from 'node:http2'
import type { AddressInfo, Socket } from 'node:net'
import { Readable } from 'node:stream'
import { freeBody } from '../../wire/body.ts'
import type { Answer } from '../../wire/http.ts'
import { http2Limits } from '../../wire/http-limits.ts'
import { guardSession } from '../../wire/http2-guard.ts'
import { mostConnections, NoRoom, tellFull } from '../../wire/room.ts'
import type { World } from '../../world.ts'
import { errorPage } from '../load-balancer/failure.ts'
import { writeAnswer } from './answer.ts'
import { failure, isUpstream, type Led, lead } from './answer-request.ts'
import { forward } from './forward.ts'
import type { Table } from './routes.ts'
import type { ListenerSettings } from './settings.ts'
import { type Facts, isUnfit, type Request, type Response, readVisit, type Visit } from './visit.ts'
import { answerUpgrade, isWebSocket, joinWebSocket } from './web-socket.ts'

export type OpenListener = {
  readonly settings: ListenerSettings
  /** The port it got, for those that asked for 0. */
  readonly port: number
  /** New certificates for connections to come, and the rest of what may change without a new socket. */
  change(settings: ListenerSettings): void
  /** Stops listening; what runs may finish. WebSockets and what takes too long are cut off. */
  close(): Promise<void>
}

/** In milliseconds: as the load balancer has them, where it is known. */
export const waits = { headers: 20_000, silence: 60_000, keepAlive: 65_000, shutdown: 25_000, lookAgain: 50 }

/** AWS: a request's head may have 64 KB. Four shards of a session and two tokens fit. */
const mostHead = 65_536

type Current = { table: Table; isTrusted: (address: string) => boolean }

/** `current` is read for each request: whoever replaces it changes the routes of requests to come. */
export async function openListener(
  world: World,
  first: ListenerSettings,
  current: () => Current,
): Promise<OpenListener> {
  let settings = first
  const sockets = new Set<Socket>()
  const silent = new Set<Socket>()
  const server = first.tls ? secureServer(first.tls) : plainServer()
  server.maxConnections = mostConnections()
  server.on('drop', () => tellFull('connections'))
  const facts = (): Facts => ({
    reserved: current().table.reserved,
    isTrusted: current().isTrusted,
    encodedSlashes: settings.encodedSlashes ?? 'refuse',
  })
  const place: Place = { world, sockets, ending: () => !server.listening, name: () => settings.name, facts, current }
  // Connections that never asked for anything: node waits for their heads, an end does not.
  server.on(first.tls ? 'secureConnection' : 'connection', (socket: Socket & { alpnProtocol?: string }) => {
    if (socket.alpnProtocol === 'h2') return
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
  })
  server.on('request', (request: Request, response: Response) => {
    silent.delete(request.socket)
    void serve(place, request, response, request)
  })
  // The go-ahead is given when somebody reads: a refused upload is never sent.
  server.on('checkContinue', (request: Request, response: Response) => {
    void serve(place, request, response, whenRead(request, response))
  })
  server.on(
    'upgrade',
    (request: IncomingMessage, socket: Socket, head: Buffer) => void upgrade(place, request, socket, head),
  )
  server.on('connect', (_: unknown, socket: Socket | object) => {
    if ('write' in socket) answerUpgrade(socket as Socket, errorPage(405))
  })
  server.on('clientError', (_: Error, socket: Socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n')
  })
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session)
    guardSession(session, http2Limits.waste)
    session.on('close', () => sessions.delete(session))
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ port: first.port, ...(first.host !== undefined && { host: first.host }) }, () => {
      server.off('error', reject)
      server.on('error', (error: Error) => world.log.error({ err: error }, 'listener'))
      const { port } = server.address() as AddressInfo
      resolve({
        get settings() {
          return settings
        },
        port,
        change(next) {
          settings = next
          if (next.tls && 'setSecureContext' in server) server.setSecureContext(contextOf(next.tls))
        },
        close: () => close(server, [sockets, silent], sessions),
      })
    })
  })
}

const limits = {
  headersTimeout: waits.headers,
  connectionsCheckingInterval: waits.headers,
  requestTimeout: 0,
  keepAliveTimeout: waits.keepAlive,
  maxHeaderSize: mostHead,
}

function plainServer(): Server {
  const server = createServer(limits)
  server.timeout = waits.silence
  return server
}

const contextOf = ({ certificate, key, minVersion }: NonNullable<ListenerSettings['tls']>) => ({
  cert: readFileSync(certificate),
  key: readFileSync(key),
  minVersion: minVersion ?? ('TLSv1.2' as const),
})

function secureServer(tls: NonNullable<ListenerSettings['tls']>): Http2SecureServer {
  const server = createSecureServer({
    ...contextOf(tls),
    ...limits,
    allowHTTP1: true,
    settings: { maxHeaderListSize: mostHead, maxConcurrentStreams: http2Limits.requests },
    maxSessionInvalidFrames: http2Limits.invalidFrames,
    maxSessionRejectedStreams: http2Limits.rejectedStreams,
    streamResetBurst: http2Limits.waste.burst,
    streamResetRate: http2Limits.waste.perSecond,
  })
  server.setTimeout(waits.silence)
  return server
}

const whenRead = (request: Request, response: Response): Readable =>
  Readable.from(
    (async function* () {
      ;(response as ServerResponse).writeContinue()
      yield* request
    })(),
    { objectMode: false },
  )

type Place = {
  readonly world: World
  readonly sockets: Set<Socket>
  ending(): boolean
  name(): string | undefined
  facts(): Facts
  current(): Current
}

async function serve(place: Place, request: Request, response: Response, body: Readable): Promise<void> {
  const { world } = place
  const began = performance.now()
  response.on('error', () => {})
  try {
    const visit = readVisit(request, body, place.facts(), world.random)
    if (isUnfit(visit)) {
      world.log.info({ status: visit.status, reason: visit.reason }, 'proxy refused')
      return await writeAnswer(request, response, errorPage(visit.status), true)
    }
    const { table } = place.current()
    const leave = table.use.enter()
    try {
      const found = await lead(world, table, place.name(), visit)
      const status = await give(place, visit, request, response, found)
      note(world, visit, status, began, found.reason)
    } finally {
      leave()
      freeBody(visit.call)
    }
  } catch (error) {
    if (error instanceof NoRoom) return writeAnswer(request, response, later(errorPage(503)), true)
    world.log.error({ err: error }, 'proxy failed')
    response.destroy()
  }
}

const later = (answer: Answer): Answer => ({ ...answer, headers: { ...answer.headers, 'retry-after': '1' } })

/** Whoever was let in may have a new session: they learn of it, whatever they are answered. */
const withCookies = ({ cookies }: Visit, answer: Answer): Answer =>
  cookies.length > 0 ? { ...answer, cookies: [...(answer.cookies ?? []), ...cookies] } : answer

/** AWS: 460 stands in the log for a client that went away. */
async function give(
  place: Place,
  visit: Visit,
  request: Request,
  response: Response,
  { to, route }: Led,
): Promise<number> {
  const answer = async (made: Answer) => {
    await writeAnswer(request, response, withCookies(visit, made), place.ending())
    return made.status
  }
  if (!isUpstream(to)) return answer(to)
  if (place.ending() && !('stream' in response)) response.setHeader('connection', 'close')
  const outcome = await forward(visit, response, to)
  if (outcome.kind === 'gone') return 460
  if (outcome.kind === 'failed') {
    place.world.log.warn({ requestId: visit.call.id, upstream: to.name, detail: outcome.detail }, 'upstream failed')
    return answer(failure(route, visit.call, outcome.status))
  }
  if (outcome.broken !== undefined)
    place.world.log.warn({ requestId: visit.call.id, upstream: to.name, detail: outcome.broken }, 'upstream broke off')
  return outcome.status
}

function note(world: World, { call, host }: Visit, status: number, began: number, reason?: string): void {
  if (!world.log.isLevelEnabled('info')) return
  const ms = Math.round((performance.now() - began) * 10) / 10
  world.log.info({ requestId: call.id, method: call.method, host, status, ms, reason }, 'proxied')
}

async function upgrade(place: Place, request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
  const { world, sockets } = place
  socket.on('error', () => socket.destroy())
  sockets.add(socket)
  socket.on('close', () => sockets.delete(socket))
  try {
    const visit = readVisit(request, Readable.from([]), place.facts(), world.random)
    if (isUnfit(visit)) return answerUpgrade(socket, errorPage(visit.status))
    // A body before another protocol: where one ends and the other begins is told in two ways.
    if (!isWebSocket(request) || visit.hasBody) return answerUpgrade(socket, errorPage(400))
    const { to, route } = await lead(world, place.current().table, place.name(), visit)
    if (!isUpstream(to)) return answerUpgrade(socket, withCookies(visit, to))
    const joined = await joinWebSocket(visit, socket, head, to)
    if (typeof joined === 'string') return
    world.log.warn({ requestId: visit.call.id, upstream: to.name, detail: joined.failed }, 'upstream failed')
    answerUpgrade(socket, withCookies(visit, failure(route, visit.call, 502)))
  } catch (error) {
    world.log.error({ err: error }, 'proxy failed')
    socket.destroy()
  }
}

function close(
  server: Server | Http2SecureServer,
  sockets: readonly Set<Socket>[],
  sessions: Set<ServerHttp2Session>,
): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => {
      if ('closeAllConnections' in server) server.closeAllConnections()
      for (const session of sessions) session.destroy()
    }, waits.shutdown)
    // Both kinds of server have it, of the second the types do not know.
    const closeIdle = () => (server as Server).closeIdleConnections()
    const look = setInterval(closeIdle, waits.lookAgain)
    server.close(() => {
      clearTimeout(force)
      clearInterval(look)
      resolve()
    })
    closeIdle()
    // RFC 9113 6.8: no new streams; those that are open may end.
    for (const session of sessions) session.close()
    for (const socket of sockets.flatMap((set) => [...set])) socket.destroy()
  })
}
