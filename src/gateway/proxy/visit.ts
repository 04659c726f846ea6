/** One request on its way through the proxy: read once, cleaned of what only we may say, refused where it could be read in two ways. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Readable } from 'node:stream'
import type { TLSSocket } from 'node:tls'
import { canonicalAddress } from '../../protocols/networks.ts'
import type { Call } from '../../wire/http.ts'
import type { Authorized } from '../api-authorizers/authorized.ts'
import { isReserved, spelledPlain } from '../reserved-headers.ts'
import { plainPath } from './match.ts'

export type Request = IncomingMessage | Http2ServerRequest
export type Response = ServerResponse | Http2ServerResponse

/** What steps learn on the way. */
export type Visit = {
  readonly call: Call
  /** In lower case, without a port. */
  readonly host: string
  /** What rules are held against. */
  readonly matched: string
  readonly hasBody: boolean
  /** For the upstream, besides those of the client. */
  readonly headers: Record<string, string>
  /** For the client, besides those of the upstream. */
  readonly cookies: string[]
  authorized?: Authorized
}

/** A request that is not passed on, with the status it is told; `reason` is for the log. */
export type Unfit = { readonly status: number; readonly reason: string }

export type Facts = {
  /** Lower-case names that some route sets for its upstream: nobody else may. */
  readonly reserved: ReadonlySet<string>
  readonly isTrusted: (address: string) => boolean
  readonly encodedSlashes: 'refuse' | 'pass'
}

/** RFC 9110 7.6.1: of the connection. */
const perHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
])

function isDropped(name: string, { reserved }: Facts): boolean {
  const plain = spelledPlain(name)
  return perHop.has(plain) || reserved.has(plain) || isReserved(plain)
}

/** AWS: more than 30 addresses in X-Forwarded-For are refused with 463. */
const mostForwarded = 30

const unfit = (status: number, reason: string): Unfit => ({ status, reason })

export const isUnfit = (value: Visit | Unfit): value is Unfit => 'reason' in value

const isHttp2 = (request: Request): request is Http2ServerRequest => request.httpVersionMajor === 2

/** The one authority a request is for. RFC 9112 3.2: none or several are refused, and so is a target that names another. */
function authorityOf(request: Request): string | Unfit {
  if (isHttp2(request)) {
    const [authority, host] = [request.headers[':authority'], request.headers['host']]
    if (authority !== undefined && host !== undefined && authority !== host) return unfit(400, 'two hosts')
    return authority ?? host ?? unfit(401, 'no host')
  }
  let hosts = 0
  for (let at = 0; at < request.rawHeaders.length; at += 2)
    if (request.rawHeaders[at]?.length === 4 && request.rawHeaders[at]?.toLowerCase() === 'host') hosts++
  if (hosts > 1) return unfit(400, 'two hosts')
  // AWS: HTTP/1.0 without a Host header is refused with 401 where somebody would have to sign in.
  return request.headers.host ?? unfit(400, 'no host')
}

const hostForm = /^([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?\.?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

/** Framing that two servers could read in two ways. node's parser has refused most of it. RFC 9112 6.1. */
function hasOddFraming(request: Request): boolean {
  const { 'transfer-encoding': coding, 'content-length': length } = request.headers
  if (coding === undefined) return length !== undefined && !/^\d{1,15}$/.test(length)
  return coding.toLowerCase() !== 'chunked' || length !== undefined || request.httpVersion === '1.0' || isHttp2(request)
}

const hasBody = (request: Request): boolean =>
  isHttp2(request)
    ? !request.stream.endAfterHeaders
    : request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0

const clientOf = (peer: string, chain: string | undefined, { isTrusted }: Facts) => {
  const trusted = isTrusted(peer)
  if (!trusted || chain === undefined) return { address: peer, chain: undefined, trusted }
  let address = peer
  for (const hop of chain.split(',').reverse()) {
    const named = canonicalAddress(hop.trim().replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1'))
    if (named === undefined) break
    address = named
    if (!isTrusted(named)) break
  }
  return { address, chain, trusted }
}

const traceForm = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** W3C Trace Context 3.2: one that is no such thing begins anew. */
const traceOf = (given: string | undefined, random: (bytes: number) => Buffer): string =>
  given !== undefined && traceForm.test(given)
    ? given
    : `00-${random(16).toString('hex')}-${random(8).toString('hex')}-01`

/** Reads a request; `body` is what it sends, perhaps only once somebody asks for it. */
export function readVisit(
  request: Request,
  body: Readable,
  facts: Facts,
  random: (bytes: number) => Buffer,
): Visit | Unfit {
  const authority = authorityOf(request)
  if (typeof authority !== 'string') return authority
  const host = hostForm.exec(authority)?.[1]?.toLowerCase().replace(/\.$/, '')
  if (host === undefined) return unfit(400, 'no such host name')
  if (hasOddFraming(request)) return unfit(400, 'framing')
  // AWS: no load balancer passes it. It would show whoever asks what only the application is told.
  if (request.method === 'TRACE') return unfit(405, 'TRACE')
  const target = request.url ?? ''
  const mark = target.indexOf('?')
  const path = mark < 0 ? target : target.slice(0, mark)
  const query = mark < 0 ? '' : target.slice(mark + 1)
  const matched = plainPath(path, facts.encodedSlashes)
  if (matched === undefined || !/^[\x21-\x7e]*$/.test(query) || query.includes('#')) return unfit(400, 'target')
  const forwarded = request.headers['x-forwarded-for']?.toString()
  if (forwarded !== undefined && forwarded.split(',').length > mostForwarded) return unfit(463, 'x-forwarded-for')

  const peer = canonicalAddress(request.socket.remoteAddress ?? '') ?? ''
  const client = clientOf(peer, forwarded, facts)
  const named = client.trusted ? request.headers['x-forwarded-proto']?.toString().split(',').at(-1)?.trim() : undefined
  const secure = named === undefined ? (request.socket as TLSSocket).encrypted === true : named === 'https'
  const headers = cleanHeaders(request, facts)
  headers['host'] = authority
  headers['x-forwarded-for'] = client.chain === undefined ? peer : `${client.chain}, ${peer}`
  headers['x-forwarded-proto'] = secure ? 'https' : 'http'
  headers['x-forwarded-port'] = /:(\d+)$/.exec(authority)?.[1] ?? (secure ? '443' : '80')
  headers['x-forwarded-host'] = authority
  headers['traceparent'] = traceOf(headers['traceparent'], random)
  const call: Call = {
    id: randomUUID(),
    method: request.method ?? 'GET',
    ...{ path, query, headers, body, secure },
    address: client.address,
    get rawHeaders() {
      return rawHeadersOf(request, headers, facts)
    },
  }
  return { call, host, matched, hasBody: hasBody(request), headers: {}, cookies: [] }
}

/** Of a name that came several times node keeps one value or joins them: authorizers and upstream see the same. */
function cleanHeaders(request: Request, facts: Facts): Record<string, string> {
  const named = request.headers['connection']
  const hop = named === undefined || /^(keep-alive|close)$/i.test(named) ? undefined : listed(named)
  // Without a prototype: `constructor` is a header like any other, and only if it came.
  const headers: Record<string, string> = Object.create(null)
  for (const name in request.headers) {
    if (name.charCodeAt(0) === 58 || isDropped(name, facts) || hop?.has(name)) continue
    const value = request.headers[name]
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ')
  }
  return headers
}

const listed = (value: string) => new Set(value.split(',').map((one) => one.trim().toLowerCase()))

/** As they were sent, with our own at the end: for signatures, which in HTTP/2 may name the host `:authority`, and for events. */
function rawHeadersOf(request: Request, headers: Readonly<Record<string, string>>, facts: Facts): string[] {
  const raw: string[] = isHttp2(request) ? [':authority', headers['host'] ?? ''] : []
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const [name = '', value = ''] = [request.rawHeaders[at], request.rawHeaders[at + 1]]
    const lower = name.toLowerCase()
    if (!lower.startsWith(':') && lower !== 'host' && lower in headers && !isDropped(lower, facts))
      raw.push(name, value)
  }
  raw.push('Host', headers['host'] ?? '')
  for (const name of ['For', 'Port', 'Proto'])
    raw.push(`X-Forwarded-${name}`, headers[`x-forwarded-${name.toLowerCase()}`] ?? '')
  return raw
}
