/** HTTP/2 (RFC 9113) on connections that were told to speak it: sessions in, Call and Answer inside, an orderly end. Loaded at the first. */
import { validateHeaderValue } from 'node:http'
import { constants, type OutgoingHttpHeaders, performServerHandshake, type ServerHttp2Stream } from 'node:http2'
import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { type Answer, type Call, lengthOf } from './http.ts'
import { http2Limits, linger, mostHead, type Waits } from './http-limits.ts'
import { type Peer, readCall, type Unfit } from './http2-call.ts'
import { guardSession } from './http2-guard.ts'

type App = (call: Call) => Promise<Answer>

export type Sessions = {
  /** Speaks HTTP/2 on a connection of which nothing is read but what it has in its buffer. */
  take(socket: Socket): void
  /** No new requests; connections close when the running ones are answered. RFC 9113 6.8. */
  close(): void
  /** Cuts off what still runs. */
  cut(): void
}

const options = {
  maxSessionMemory: http2Limits.memory,
  maxHeaderListPairs: http2Limits.fields,
  maxSessionInvalidFrames: http2Limits.invalidFrames,
  maxSessionRejectedStreams: http2Limits.rejectedStreams,
  streamResetBurst: http2Limits.waste.burst,
  streamResetRate: http2Limits.waste.perSecond,
  settings: {
    maxConcurrentStreams: http2Limits.requests,
    maxHeaderListSize: mostHead,
    initialWindowSize: http2Limits.streamWindow,
  },
}

type Open = { close(): void; cut(): void }

export function openSessions(app: App, waits: Waits): Sessions {
  const open = new Set<Open>()
  let ending = false
  return {
    take(socket) {
      if (ending || socket.destroyed) return void socket.destroy()
      const session = openSession(app, waits, socket, () => open.delete(session))
      open.add(session)
    },
    close() {
      ending = true
      for (const session of open) session.close()
    },
    cut() {
      for (const session of open) session.cut()
    },
  }
}

/** `gone` is called once the connection is closed. */
function openSession(app: App, waits: Waits, socket: Socket, gone: () => void): Open {
  const peer: Peer = { address: socket.remoteAddress ?? '', secure: 'encrypted' in socket }
  socket.allowHalfOpen = false
  socket.once('close', gone)
  const session = performServerHandshake(socket, options)
  session.setLocalWindowSize(http2Limits.sessionWindow)
  guardSession(session, http2Limits.waste)

  let running = 0
  const cut = () => void socket.destroy()
  /** A peer that does not close its side is not waited for. */
  const leave = () => {
    session.close()
    if (running === 0) setTimeout(cut, linger).unref()
  }
  // Pings do not keep a session alive: only requests do.
  let idle = setTimeout(leave, waits.headers)
  session.on('stream', (stream, headers, _flags, raw) => {
    stream.on('error', () => {})
    // What is reset may be worked on still, so streams do not tell how much that is.
    if (running >= http2Limits.requests) return stream.close(constants.NGHTTP2_REFUSED_STREAM)
    stream.setTimeout(waits.silence, () => stream.close(constants.NGHTTP2_CANCEL))
    // Of a stream that nobody has touched node resets the rest together with the answer.
    if (stream.endAfterHeaders) stream.resume()
    else stream.pause()
    running += 1
    clearTimeout(idle)
    void serve(stream, () => readCall(stream, headers, raw, peer), app).then(() => {
      running -= 1
      if (running > 0 || session.destroyed) return
      if (session.closed) leave()
      else idle = setTimeout(leave, waits.silence)
    })
  })
  // What peers do wrong is answered by the session itself, and nobody else's affair.
  session.on('error', () => {})
  session.on('close', () => clearTimeout(idle))
  return { close: leave, cut }
}

/** Never rejects. */
async function serve(stream: ServerHttp2Stream, read: () => Call | Unfit, app: App): Promise<void> {
  try {
    const call = read()
    await write(stream, typeof call === 'number' ? { status: call, headers: {} } : await app(call))
    if (typeof call !== 'number') call.body.destroy()
    if (!stream.readableEnded) swallow(stream)
  } catch {
    // The peer went away, or a download broke off: the reset says that what was sent is not all.
    stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  }
}

/**
 * RFC 9113 8.1: the answer is whole, the rest of the request not wanted. Some clients (curl 7) miss an answer that comes
 * together with its reset, so the rest may go on arriving for a while, as in HTTP/1.1.
 */
function swallow(stream: ServerHttp2Stream): void {
  stream.resume()
  const enough = setTimeout(() => stream.close(constants.NGHTTP2_NO_ERROR), linger)
  stream.once('close', () => clearTimeout(enough))
}

/** RFC 9113 8.2.2: of a connection, which HTTP/2 has other words for. */
const ofConnection = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])

function headersOf(answer: Answer): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { ':status': answer.status }
  for (const [name, value] of Object.entries(answer.headers)) {
    // Node checks values for HTTP/1.1 only, and here ends one at a NUL to begin another.
    validateHeaderValue(name, value)
    if (!ofConnection.has(name.toLowerCase())) headers[name] = value
  }
  for (const value of answer.cookies ?? []) validateHeaderValue('set-cookie', value)
  if (answer.cookies?.length) headers['set-cookie'] = [...answer.cookies]
  const length = lengthOf(answer)
  if (length !== undefined) headers['content-length'] = length
  return headers
}

/** What is handed over counts as the session's memory until the peer takes it. */
function* piecesOf(body: string | Uint8Array): Generator<Uint8Array> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  for (let at = 0; at < bytes.length; at += http2Limits.piece) yield bytes.subarray(at, at + http2Limits.piece)
}

async function write(stream: ServerHttp2Stream, answer: Answer): Promise<void> {
  const { body } = answer
  const streamed = body instanceof Readable
  try {
    if (stream.closed) return
    stream.respond(headersOf(answer))
    // A HEAD, or a status without a body: node has ended its side.
    if (!stream.writableEnded) {
      if (streamed) await pipeline(body, stream)
      else if (body !== undefined && body.length > http2Limits.piece) await pipeline(piecesOf(body), stream)
      else stream.end(body)
    }
    await finished(stream, { readable: false })
  } finally {
    if (streamed) body.destroy()
  }
}
