/** A client's secrets: two may live at once, so that one can replace the other without a pause. AWS: API_AddUserPoolClientSecret. */

import { timingSafeEqual } from 'node:crypto'
import type { ClientSecretDescriptorType } from '@aws-sdk/client-cognito-identity-provider'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { lowerAlphanumeric, randomText } from '../pools/random-text.ts'
import type { Client } from './client.ts'

/** In clear; epoch milliseconds. */
export type Secret = { readonly value: string; readonly createdAt: number }

export const mostSecrets = 2

export const makeSecret = (world: Pick<World, 'random'>): string => randomText(world, lowerAlphanumeric, 52)

/** AWS: `<client-id>--<epoch-create-time>`. unproved: that the time is in milliseconds. */
const secretId = (clientId: string, { createdAt }: Secret): string => `${clientId}--${createdAt}`

export const describeSecret = (clientId: string, secret: Secret): ClientSecretDescriptorType => ({
  ClientSecretId: secretId(clientId, secret),
  ClientSecretCreateDate: new Date(secret.createdAt),
})

/** The secrets with one more, newest first. A public client stays public: its users prove nothing. */
export function addSecret(secrets: readonly Secret[], added: Secret): readonly Secret[] {
  // unproved: the sentence.
  if (secrets.length === 0) fail('InvalidParameterException', 'The client is not configured with a client secret.')
  if (secrets.length >= mostSecrets) {
    fail('LimitExceededException', `Client secrets cannot exceed limit of ${mostSecrets} secrets.`)
  }
  // Two secrets of one moment would share an id.
  const newest = Math.max(...secrets.map(({ createdAt }) => createdAt))
  return [{ ...added, createdAt: Math.max(added.createdAt, newest + 1) }, ...secrets]
}

/** The secrets without that one. The last one stays. unproved: both sentences. */
export function removeSecret(secrets: readonly Secret[], clientId: string, id: string): readonly Secret[] {
  const kept = secrets.filter((secret) => secretId(clientId, secret) !== id)
  if (kept.length === secrets.length) fail('ResourceNotFoundException', `Client secret ${id} does not exist.`)
  if (kept.length === 0) fail('InvalidParameterException', 'The last secret of a client cannot be deleted.')
  return kept
}

/** Whether the secret itself is one of the client's, in constant time; a client without secrets wants none. */
export function holdsSecret({ secrets }: Pick<Client, 'secrets'>, given: string | undefined): boolean {
  if (secrets.length === 0) return given === undefined
  const bytes = Buffer.from(given ?? '')
  return secrets.some((secret) => bytes.length === secret.length && timingSafeEqual(bytes, Buffer.from(secret)))
}
