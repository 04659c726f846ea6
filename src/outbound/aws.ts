/** APIs of AWS, or what speaks as one, as places to send to: their addresses, signed posts, and what AWS's own clients are told. */
import type { KinesisClientConfig } from '@aws-sdk/client-kinesis'
import { sha256 } from '../wire/sigv4-key.ts'
import { type SigningKeys, signRequest } from '../wire/sigv4-sign.ts'
import type { AwsDestination, Fetched, World } from '../world.ts'
import { awsTransport, type Limits } from './aws-transport.ts'

export type ToSign = {
  readonly url: string
  readonly region: string
  readonly service: string
  readonly keys: SigningKeys
  /** Lower-case names. */
  readonly plain: Readonly<Record<string, string>>
  readonly body: string
  /** Epoch milliseconds. */
  readonly now: number
}

/** The headers that were given, those that the signature needs, and the signature over them all. */
export function signedHeaders({ url, plain, body, ...by }: ToSign): Record<string, string> {
  const { host, pathname: path, search } = new URL(url)
  const payloadHash = sha256(Buffer.from(body))
  return signRequest({ ...by, method: 'POST', host, path, query: search.slice(1), headers: plain, payloadHash }).headers
}

/** What is posted: `region` counts where the destination has none of its own. */
export type AwsPost = {
  readonly service: string
  readonly region: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Rejects with a FetchError. */
export function postToAws(
  world: Pick<World, 'fetch' | 'now'>,
  to: AwsDestination,
  { service, headers: plain, body, ...otherwise }: AwsPost,
  timeoutMs?: number,
): Promise<Fetched> {
  const region = to.region ?? otherwise.region
  const url = `${to.endpoint === 'aws' ? `https://${service}.${region}.amazonaws.com` : to.endpoint}/`
  const headers = signedHeaders({ url, region, service, keys: to, plain, body, now: world.now() })
  return world.fetch(url, { method: 'POST', headers, body, timeoutMs })
}

/** The configuration of any of AWS's clients: it asks once, through the one way out. */
export const clientSettings = (
  world: Pick<World, 'fetch'>,
  { endpoint, region, accessKeyId, secretAccessKey, sessionToken }: AwsDestination,
  otherwise: string,
  limits: Limits,
): KinesisClientConfig => ({
  region: region ?? otherwise,
  ...(endpoint !== 'aws' && { endpoint }),
  credentials: { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) },
  maxAttempts: 1,
  requestHandler: awsTransport(world.fetch, limits),
})
