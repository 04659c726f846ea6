/** The headers of a signed POST to an AWS service, or to what speaks as one. */
import { sha256 } from '../wire/sigv4-key.ts'
import { signRequest } from '../wire/sigv4-sign.ts'

export type ToSign = {
  readonly url: string
  readonly region: string
  readonly service: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Lower-case names. */
  readonly plain: Readonly<Record<string, string>>
  readonly body: string
  /** Epoch milliseconds. */
  readonly now: number
}

/** The headers that were given, those that the signature needs, and the signature over them all. */
export function signedHeaders({ url, plain, body, now, ...by }: ToSign): Record<string, string> {
  const { host, pathname: path, search } = new URL(url)
  const { region, service } = by
  const { headers } = signRequest({
    ...{ method: 'POST', host, path, query: search.slice(1), headers: plain },
    ...{ payloadHash: sha256(Buffer.from(body)), keys: by, region, service, now },
  })
  return headers
}
