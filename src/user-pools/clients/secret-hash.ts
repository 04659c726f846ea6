/** The proof that a caller knows a client's secret. AWS: Developer Guide, "Computing secret hash values". */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { fail } from '../../wire/errors.ts'
import type { Client } from './client.ts'

/** base64 of HMAC-SHA-256 over username and client id under the secret. */
export const secretHash = (secret: string, username: string, clientId: string): string =>
  createHmac('sha256', secret).update(`${username}${clientId}`).digest('base64')

/**
 * Refuses a missing or wrong hash. `username` is the very string the request names the user by. Any live secret will
 * do. unproved: that a hash sent for a client without a secret is refused, in the sentence of a wrong one.
 */
export function checkSecretHash(
  client: Pick<Client, 'id' | 'secrets'>,
  username: string,
  given: string | undefined,
  wrong = `Unable to verify secret hash for client ${client.id}`,
): void {
  if (client.secrets.length === 0 && given === undefined) return
  if (given === undefined) {
    fail('NotAuthorizedException', `Client ${client.id} is configured with secret but SECRET_HASH was not received`)
  }
  const right = client.secrets.filter((secret) => same(given, secretHash(secret, username, client.id)))
  if (right.length === 0) fail('NotAuthorizedException', wrong)
}

/** Without telling by time how much of it was right. */
function same(given: string, right: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(right)]
  return a.length === b.length && timingSafeEqual(a, b)
}
