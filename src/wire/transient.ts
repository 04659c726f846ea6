/**
 * Streams whose pieces nobody else holds. The memory of a piece goes back as soon as the piece is written: left to the
 * collector, pieces of 64 KiB make it walk the whole heap many times a second, and each one is cold memory.
 */
import type { ServerResponse } from 'node:http'
import { type Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isMarkedAsUntransferable } from 'node:worker_threads'

const transients = new WeakSet<Readable>()

/** Says so of a stream. */
export function transient<T extends Readable>(body: T): T {
  transients.add(body)
  return body
}

/** Frees memory that nobody looks at any more. Who does finds nothing there: never another's bytes. Node's own pool stays. */
export function release({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && !isMarkedAsUntransferable(buffer)) buffer.transfer(0)
}

/** Frees what pieces lie in, one after the other: neighbours may share it, so each one waits for the first elsewhere. */
export function releaser(): (piece: Uint8Array) => void {
  let last: Uint8Array | undefined
  return (piece) => {
    if (last && last.buffer !== piece.buffer) release(last)
    last = piece
  }
}

/** Sends a body after its head. What breaks off on either side breaks off the other. */
export const sendBody = (body: Readable, response: ServerResponse): Promise<void> =>
  transients.has(body) ? pipeline(body, releasing(response)) : pipeline(body, response)

function releasing(response: ServerResponse): Writable {
  const written = releaser()
  const sink = new Writable({
    write(piece: Buffer, _, done) {
      response.write(piece, (error) => {
        if (!error) written(piece)
        done(error)
      })
    },
    final: (done) => void response.end(() => done()),
    destroy(error, done) {
      if (error) response.destroy()
      done(error)
    },
  })
  response.once('close', () => {
    if (!response.writableFinished) sink.destroy(new Error('The peer went away.'))
  })
  return sink
}
