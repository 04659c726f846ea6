/** The HTTP of AWS's own clients, through the one way out: what somebody configured as an endpoint is guarded like any address. */
import type { KinesisClientConfig } from '@aws-sdk/client-kinesis'
import type { Fetch, FetchRequest } from '../world.ts'

/** What a client asks of whoever carries its requests. */
type HttpRequest = {
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly query?: Readonly<Record<string, string | string[] | null>>
  readonly method: string
  readonly headers: Record<string, string>
  readonly body?: unknown
}

export type Limits = Pick<FetchRequest, 'timeoutMs' | 'mostBytes'>

/** The `requestHandler` of a client; a request rejects with a FetchError. The same type serves every client. */
export const awsTransport = (fetch: Fetch, limits: Limits): NonNullable<KinesisClientConfig['requestHandler']> =>
  ({
    async handle({ protocol, hostname, port, path, query, method, headers, body }: HttpRequest) {
      const search = Object.entries(query ?? {}).flatMap(([name, value]) =>
        [value ?? ''].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
      )
      const url = `${protocol}//${hostname}${port ? `:${port}` : ''}${path}${search.length > 0 ? `?${search.join('&')}` : ''}`
      const answer = await fetch(url, { method, headers, body: body as string | Uint8Array, ...limits })
      return {
        response: { statusCode: answer.status, headers: plain(answer.headers), body: new Uint8Array(answer.body) },
      }
    },
  }) as NonNullable<KinesisClientConfig['requestHandler']>

const plain = (headers: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value ?? '']))
