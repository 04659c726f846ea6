/** One request to a server behind the gateway, signed with its own keys, and its answer as it comes. */
import type { Seed } from '../../wire/aws-chunked.ts'
import type { Answer, WhenGone } from '../../wire/http.ts'
import { sha256 } from '../../wire/sigv4-key.ts'
import { signRequest } from '../../wire/sigv4-sign.ts'
import { transient } from '../../wire/transient.ts'
import type { ResourceService, UpstreamServer, World } from '../../world.ts'
import { type Incoming, type OutgoingBody, send, type Target } from './pools.ts'
import { endpointOf } from './upstreams.ts'

/** What a body is sent as; `open` is told the first link of a chain of signed chunks. */
export type StreamBody = { open(seed: Seed | undefined): OutgoingBody; readonly payloadHash: string }

export type Passing = {
  readonly method: string
  /** Percent-encoded, below the endpoint. */
  readonly path: string
  readonly query?: string
  /** Before the endpoint's host, with its dot. */
  readonly subdomain?: string
  /** Lower-case names; all are signed but those that a hop may change. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | StreamBody
  readonly whenGone?: WhenGone | undefined
}

type Reach = { readonly server: UpstreamServer; readonly service: ResourceService; readonly region: string }

/** Of a connection, of the sender's own signature, or made anew here. RFC 9110 7.6.1. */
const notPassed =
  /^(?:connection|keep-alive|proxy-.*|transfer-encoding|te|trailer|upgrade|expect|host|authorization|x-amz-date|x-amz-security-token|x-amz-content-sha256|x-forwarded-.*|forwarded|cookie)$/

/** The headers of a request that mean something to a server behind the gateway. */
export function passedHeaders(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const passed: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined && !notPassed.test(name)) passed[name] = value
  return passed
}

/** The parameters of a query that signed a request here. */
export const isSignature = (name: string): boolean =>
  /^X-Amz-(?:Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Security-Token)$/i.test(name)

const isSigned = (name: string) => name.startsWith('x-amz-') || name === 'content-type' || name === 'content-md5'

/** Sends and answers the head of the answer; refuses with ServiceUnavailable. */
export async function pass(
  world: World,
  { server, service, region }: Reach,
  { method, path, query = '', subdomain = '', headers, body = new Uint8Array(), whenGone }: Passing,
): Promise<Incoming> {
  const base = new URL(endpointOf(server, service, region))
  const host = `${subdomain}${base.host}`
  const whole = `${base.pathname.replace(/\/$/, '')}${path}`
  const bytes = body instanceof Uint8Array
  const signed = server.keys && {
    ...signRequest({
      ...{ method, host, path: whole, query, service, now: world.now() },
      headers: Object.fromEntries(Object.entries(headers).filter(([name]) => isSigned(name))),
      payloadHash: bytes ? sha256(body) : body.payloadHash,
      keys: server.keys,
      region: server.region ?? region,
    }),
  }
  const sized = bytes && (body.length > 0 || (method !== 'GET' && method !== 'HEAD'))
  return send(world, targetOf(server, `${base.protocol}//${host}`), {
    method,
    path: query === '' ? whole : `${whole}?${query}`,
    headers: { ...headers, host, ...signed?.headers, ...(sized && { 'content-length': String(body.length) }) },
    ...(bytes ? body.length > 0 && { body } : { body: body.open(signed?.seed) }),
    whenGone,
  })
}

const targetOf = (server: UpstreamServer, origin: string): Target => {
  const { connections, connectTimeoutMs, responseTimeoutMs, idleTimeoutMs } = server
  return { origin, connections, connectTimeoutMs, responseTimeoutMs, idleTimeoutMs }
}

const perHop = /^(?:connection|keep-alive|proxy-.*|transfer-encoding|te|trailer|upgrade|set-cookie)$/

export function answerHeaders(incoming: Pick<Incoming, 'headers'>): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming.headers))
    if (value !== undefined && !perHop.test(name)) headers[name] = [value].flat().join(', ')
  return headers
}

/** The answer as it came, a piece at a time; one that breaks off breaks the connection of whoever reads it. */
export function passAnswer(incoming: Incoming, method: string): Answer {
  const { statusCode: status, body } = incoming
  const headers = answerHeaders(incoming)
  const cookies = [incoming.headers['set-cookie'] ?? []].flat()
  const head = { status, headers, ...(cookies.length > 0 && { cookies }) }
  if (method !== 'HEAD' && status !== 204 && status !== 304) return { ...head, body: transient(body) }
  body.dump().catch(() => {})
  return head
}

/** The whole answer as bytes; refuses more than so many by ending the connection. */
export async function readAnswer({ body }: Incoming, mostBytes: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of body) {
    size += (part as Buffer).length
    if (size > mostBytes) throw new Error(`An answer of more than ${mostBytes} bytes.`)
    parts.push(part as Buffer)
  }
  return Buffer.concat(parts)
}
