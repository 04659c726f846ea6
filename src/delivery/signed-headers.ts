/** Signature Version 4 on the sender's side: the headers of a signed POST. AWS: IAM User Guide, "Create a signed AWS API request". */
import { canonicalRequest } from '../wire/sigv4-canonical.ts'
import { scopeText, sha256, sign, signingKey, stringToSign } from '../wire/sigv4-key.ts'

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
  const date = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')
  const headers: Record<string, string> = { ...plain, host, 'x-amz-date': date }
  const names = Object.keys(headers).sort()
  const canonical = canonicalRequest(
    { method: 'POST', path, query: search.slice(1), rawHeaders: Object.entries(headers).flat() },
    { signedHeaders: names, payloadHash: sha256(Buffer.from(body)), s3: false, without: [] },
  )
  const scope = { date: date.slice(0, 8), region: by.region, service: by.service }
  const signature = sign(signingKey(by.secretAccessKey, scope), stringToSign(date, scope, canonical))
  const credential = `${by.accessKeyId}/${scopeText(scope)}`
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  }
}
