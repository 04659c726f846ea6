/** A request and an answer as the product sees them: raw where signatures need it raw, streamed where bodies may be large. */
import { Readable, type Writable } from 'node:stream'

/** Where to listen for a peer that goes away. */
export type WhenGone = (tell: () => void) => void

/** Listens on what the answer is written to. */
export const whenGone =
  (answer: Writable): WhenGone =>
  (tell) => {
    const look = () => answer.writableFinished || tell()
    if (answer.closed) look()
    else answer.once('close', look)
  }

export type Call = {
  /** The request id: UUID, in every answer and log line. */
  readonly id: string
  readonly method: string
  /** The path as sent, still percent-encoded, never normalised: signatures and object keys depend on it. */
  readonly path: string
  /** The query as sent, without the question mark. */
  readonly query: string
  /** Lower-case names; a repeated header joined with ', '. */
  readonly headers: Readonly<Record<string, string>>
  /** Names and values alternating, exactly as received. */
  readonly rawHeaders: readonly string[]
  readonly body: Readable
  /** The peer's IP address. */
  readonly address: string
  /** Whether the peer spoke TLS to us. */
  readonly secure: boolean
  /** Tells once if the peer goes away before it has its whole answer. */
  readonly whenGone?: WhenGone
}

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Values of Set-Cookie, the one header that comes more than once. */
  readonly cookies?: readonly string[]
  readonly body?: string | Uint8Array | Readable
}

/** The length to announce; undefined where the answer says it itself, is streamed, or by its status has no body. */
export function lengthOf({ status, headers, body }: Answer): number | undefined {
  if (body instanceof Readable || headers['content-length'] !== undefined) return undefined
  if (body !== undefined) return Buffer.byteLength(body)
  return status === 204 || status === 304 ? undefined : 0
}
