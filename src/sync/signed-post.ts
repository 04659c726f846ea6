/** JSON posted to somebody's address, signed so that the receiver knows who posts: the form of our other webhooks. */
import { createHmac } from 'node:crypto'
import type { Fetched, HttpDestination, World } from '../world.ts'

/** `x-poolhouse-signature: sha256=<HMAC-SHA-256 of the body under the secret, in hex>`. Rejects with a FetchError. */
export const signedPost = (
  world: Pick<World, 'fetch'>,
  { url, secret }: HttpDestination,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Fetched> =>
  world.fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...headers,
      'x-poolhouse-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
    body,
  })
