/**
 * Streams whose pieces nobody else holds. The memory of a piece goes back as soon as the piece is written: left to the
 * collector, pieces of 64 KiB make it walk the whole heap many times a second, and each one is cold memory.
 */
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isMarkedAsUntransferable } from 'node:worker_threads'

const transients = new WeakSet<Readable>()

/** Says so of a stream. */
export function transient<T extends Readable>(body: T): T {
  transients.add(body)
  return body
}

/**
 * Frees memory that nobody looks at any more. Who does finds nothing there: never another's bytes. Node's own pool stays,
 * and so does what is empty: libraries keep one such buffer for every use, undici's parser among them.
 */
export function release({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > 0 && !isMarkedAsUntransferable(buffer)) buffer.transfer(0)
}

/** Frees what pieces lie in, one after the other: neighbours may share it, so each one waits for the first elsewhere. */
export function releaser(): (piece: Uint8Array) => void {
  let last: Uint8Array | undefined
  return (piece) => {
    if (last && last.buffer !== piece.buffer) release(last)
    last = piece
  }
}

const loose = new WeakSet<Uint8Array>()

/** Says of a piece of a body that whoever writes it holds it last. A part of something larger is left alone. */
export function loosen(piece: Buffer): Buffer {
  if (piece.length === piece.buffer.byteLength) loose.add(piece)
  return piece
}

/** Has a socket free such pieces when they are written. */
export function releaseWritten(socket: Socket): void {
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean
  socket.write = (...given: unknown[]) => {
    const [piece] = given
    if (given.length > 1 || !(piece instanceof Uint8Array) || !loose.has(piece)) return write(...given)
    return write(piece, (error?: Error | null) => {
      if (!error) release(piece)
    })
  }
}

/** Sends a body after its head. What breaks off on either side breaks off the other. */
export const sendBody = (body: Readable, response: ServerResponse): Promise<void> =>
  transients.has(body) ? sendReleasing(body, response) : pipeline(body, response)

/** As `pipeline` does, with a word about every piece when it is written, and without its cost for each of them. */
function sendReleasing(body: Readable, response: ServerResponse): Promise<void> {
  const written = releaser()
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      body.destroy()
      response.destroy()
      reject(error)
    }
    body.on('error', fail)
    body.on('close', () => body.readableEnded || fail(new Error('The body broke off.')))
    response.on('error', fail)
    response.on('close', () => (response.writableFinished ? resolve() : fail(new Error('The peer went away.'))))
    response.on('drain', () => body.resume())
    body.on('end', () => response.end())
    body.on('data', (piece: Buffer) => {
      const more = response.write(piece, (error) => {
        if (!error) written(piece)
      })
      if (!more) body.pause()
    })
    // Gone before anybody listened.
    if (response.destroyed || body.destroyed) fail(new Error('One side was gone before the other began.'))
  })
}
