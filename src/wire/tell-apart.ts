/** Stands before the speakers of a port: reads what a connection begins with, leads TLS through its handshake, and hands it on. */
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createServer, type SecureContext, type TLSSocket } from 'node:tls'
import { type Spoken, spokenBy } from './first-bytes.ts'
import { linger } from './http-limits.ts'

/** The certificates of a listener that speaks TLS. */
export type Tls = {
  /** Whether the port answers HTTP without TLS, too. */
  readonly plain: boolean
  /** For visitors that name no host, or one that has no certificate; in PEM. */
  usual(): { readonly cert: string; readonly key: string }
  /** The certificate of a host (RFC 6066 3); undefined where it has none of its own. */
  contextFor(name: string): SecureContext | undefined
}

/** Take a connection from its first byte, which is unread: it flows to HTTP/1.1 by itself, HTTP/2 has to read it. */
export type Speakers = {
  http1(socket: Socket): void
  http2(socket: Socket): void
}

export type Teller = {
  take(socket: Socket): void
  /** Cuts off the connections that are neither yet, which nobody else knows. */
  drop(): void
}

const plainRefused =
  'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: 28\r\n\r\nThis port speaks HTTPS only.'

/** The last word to a peer. One that does not close its side then, or goes on, is not waited for. */
export function endWith(socket: Duplex, word: string): void {
  if (!socket.writable) return
  socket.end(word)
  setTimeout(() => socket.destroy(), linger).unref()
}

/** `wait`: a peer has that many milliseconds for what tells what it speaks, and again for the handshake. */
export function tellApart({ http1, http2 }: Speakers, tls: Tls | undefined, wait: number): Teller {
  const shakeHands = tls && handshaker({ http1, http2 }, tls, wait)
  const undecided = new Set<Socket>()

  function decide(socket: Socket, spoken: Spoken): void {
    if (spoken === 'http/2' && (!tls || tls.plain)) {
      // What has come stays where it is until the session takes it.
      http2(socket)
      return
    }
    if (spoken === 'tls' && shakeHands) shakeHands(socket)
    else if (!tls || tls.plain) http1(socket)
    else endWith(socket, plainRefused)
    process.nextTick(() => socket.resume())
  }

  function take(socket: Socket): void {
    let first: Buffer | undefined
    const drop = () => socket.destroy()
    const late = setTimeout(drop, wait)
    const settle = () => {
      clearTimeout(late)
      undecided.delete(socket)
    }
    const look = (more: Buffer) => {
      first = first ? Buffer.concat([first, more]) : more
      const spoken = spokenBy(first)
      if (spoken === undefined) return
      settle()
      socket.off('data', look)
      socket.off('end', drop)
      socket.pause()
      socket.unshift(first)
      try {
        decide(socket, spoken)
      } catch {
        // The certificate cannot be made or read.
        socket.destroy()
      }
    }
    undecided.add(socket)
    socket.on('error', drop)
    socket.once('close', settle)
    socket.once('end', drop)
    socket.on('data', look)
  }

  return {
    take,
    drop() {
      for (const socket of undecided) socket.destroy()
    },
  }
}

/** RFC 9113 3.2: over TLS a client says by ALPN that it speaks HTTP/2; who says nothing speaks HTTP/1.1. */
function handshaker({ http1, http2 }: Speakers, tls: Tls, wait: number): (socket: Socket) => void {
  let pair = { cert: '', key: '' }
  const secure = createServer({
    handshakeTimeout: wait,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['h2', 'http/1.1'],
    SNICallback: (name, done) => {
      try {
        done(null, tls.contextFor(name))
      } catch (error) {
        done(error as Error)
      }
    },
  })
  secure.on('secureConnection', (socket: TLSSocket) => (socket.alpnProtocol === 'h2' ? http2(socket) : http1(socket)))
  // A visitor who does not trust the certificate, or speaks something else: nothing of ours.
  secure.on('tlsClientError', (_, socket) => socket.destroy())
  return (socket) => {
    const usual = tls.usual()
    if (usual !== pair) secure.setSecureContext(usual)
    pair = usual
    // Servers of node:http let a peer end its half first; a broken handshake must not be waited on so.
    socket.allowHalfOpen = false
    secure.emit('connection', socket)
  }
}
