/**
 * A request of HTTP/2 as a Call: what it would have been in HTTP/1.1, refused where the two could be read differently.
 * Of the grammar nghttp2 has seen to what RFC 9113 8.2 and 8.3 ask: names in lower case, no control characters, each
 * pseudo-header once and before the rest, no headers of a connection, no more body than announced.
 */
import { randomUUID } from 'node:crypto'
import { METHODS } from 'node:http'
import type { IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2'
import { Readable } from 'node:stream'
import { type Call, whenGone } from './http.ts'
import { mostHead } from './http-limits.ts'

/** Of the connection. */
export type Peer = Pick<Call, 'address' | 'secure'>

/** The status that a request is refused with. */
export type Unfit = 400 | 417

/** Those that HTTP/1.1 knows here; a tunnel is none of our business. */
const methods: ReadonlySet<string> = new Set(METHODS.filter((method) => method !== 'CONNECT'))

/** RFC 9113 8.3.1: path and query, never a fragment; an absolute address would name another host. */
const pathForm = /^\/[\x21\x22\x24-\x7e\x80-\xff]*$/
/** RFC 3986 3.2, without the user part that RFC 9113 8.3.1 forbids. */
const hostForm = /^(?:[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

export function readCall(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  raw: readonly string[],
  { address, secure }: Peer,
): Call | Unfit {
  const { ':method': method = '', ':path': target = '', expect } = headers
  const host = hostOf(raw)
  if (host === undefined || !methods.has(method) || sizeOf(raw) > mostHead) return 400
  if (!pathForm.test(target) && !(target === '*' && method === 'OPTIONS')) return 400
  if (expect !== undefined && !/^100-continue$/i.test(expect)) return 417
  const mark = target.indexOf('?')
  return {
    ...{ id: randomUUID(), method, address, secure },
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    headers: headersOf(stream, headers, host),
    rawHeaders: rawHeadersOf(raw, host),
    body: bodyOf(stream, expect !== undefined),
    whenGone: whenGone(stream),
  }
}

/** The one host that a request is for, said once or twice in the same words. RFC 9113 8.3.1. */
function hostOf(raw: readonly string[]): string | undefined {
  let host: string | undefined
  for (let at = 0; at < raw.length; at += 2) {
    if (raw[at] !== ':authority' && raw[at] !== 'host') continue
    if (host !== undefined && raw[at + 1] !== host) return undefined
    host = raw[at + 1] as string
  }
  return host !== undefined && hostForm.test(host) ? host : undefined
}

/** As RFC 9113 6.5.2 counts. Peers that do not acknowledge our settings are not held to them by nghttp2. */
function sizeOf(raw: readonly string[]): number {
  let size = 16 * raw.length
  for (const text of raw) size += text.length
  return size
}

/** Node has joined cookies with `; ` (RFC 9113 8.2.3) and other headers that came several times with `, `. */
function headersOf(
  { endAfterHeaders }: ServerHttp2Stream,
  given: IncomingHttpHeaders,
  host: string,
): Record<string, string> {
  const headers: Record<string, string> = { host }
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || name.startsWith(':')) continue
    headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  // A body of which nobody knows the length: readers look for this as its sign, as RFC 9112 6.3 has it.
  if (!endAfterHeaders && headers['content-length'] === undefined) headers['transfer-encoding'] = 'chunked'
  return headers
}

/** Signers of HTTP/2 sign the host under either name: AWS's SDKs `:authority`, others `host`. */
function rawHeadersOf(raw: readonly string[], host: string): string[] {
  const headers = [':authority', host, 'host', host]
  for (let at = 0; at < raw.length; at += 2) {
    const [name = '', value = ''] = [raw[at], raw[at + 1]]
    if (!name.startsWith(':') && name !== 'host') headers.push(name, value)
  }
  return headers
}

const nothing = () =>
  new Readable({
    read() {
      this.push(null)
    },
  })

/**
 * The body as a stream of its own, so that a reader who gives it up does not take the answer with it. Node ends a stream
 * that was reset as if it were whole: here it breaks. The go-ahead, where it is waited for, is given when somebody reads.
 */
function bodyOf(stream: ServerHttp2Stream, goAhead: boolean): Readable {
  if (stream.endAfterHeaders) return nothing()
  let whole = false
  let begun = false
  const begin = () => {
    begun = true
    if (goAhead && !stream.headersSent && !stream.closed) stream.additionalHeaders({ ':status': 100 })
    stream.on('data', (part: Buffer) => {
      if (!body.destroyed && !body.push(part)) stream.pause()
    })
    stream.on('end', () => {
      whole = !stream.closed
      if (whole) body.push(null)
    })
  }
  const body: Readable = new Readable({
    read() {
      if (!begun) begin()
      stream.resume()
    },
  })
  // Told to whoever reads; for everybody else a sender that went away is no failure.
  body.on('error', () => {})
  stream.once('close', () => {
    if (!whole) body.destroy(new Error('The request broke off.'))
  })
  return body
}
