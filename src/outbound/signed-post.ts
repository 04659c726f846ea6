/** What is posted to somebody's own address, signed so that the receiver knows who posts, and that it is not an old post. */
import { createHmac } from 'node:crypto'
import type { Fetched, HttpDestination, World } from '../world.ts'
import type { Limits } from './aws-transport.ts'

/**
 * `x-poolhouse-timestamp`: seconds since 1970; `x-poolhouse-signature`: `sha256=` and the HMAC-SHA-256 in hex of the
 * timestamp, a dot and the body under the secret. One form for functions, log destinations, streams, pushes and SMS.
 */
export function signatureHeaders(secret: string | Buffer, body: string, now: number): Record<string, string> {
  const timestamp = String(Math.floor(now / 1000))
  const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')
  return { 'x-poolhouse-timestamp': timestamp, 'x-poolhouse-signature': `sha256=${signature}` }
}

/** JSON, unless the headers say otherwise. Rejects with a FetchError. */
export const postSigned = (
  world: Pick<World, 'fetch' | 'now'>,
  { url, secret }: HttpDestination,
  body: string,
  headers: Readonly<Record<string, string>>,
  limits: Limits = {},
): Promise<Fetched> =>
  world.fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers, ...signatureHeaders(secret, body, world.now()) },
    body,
    ...limits,
  })
