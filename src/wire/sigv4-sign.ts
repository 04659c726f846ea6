/** Signature Version 4 on the sender's side: the one signer for everything that we ask of others. AWS: IAM User Guide, "Create a signed AWS API request". */
import type { Seed } from './aws-chunked.ts'
import { canonicalRequest } from './sigv4-canonical.ts'
import { scopeText, sign, signingKey, stringToSign } from './sigv4-key.ts'

export type SigningKeys = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string | undefined
}

export type ToSign = {
  readonly method: string
  /** With the port, unless it is the scheme's own. */
  readonly host: string
  /** Percent-encoded. */
  readonly path: string
  /** Without the question mark. */
  readonly query: string
  /** All are signed; lower-case names. */
  readonly headers: Readonly<Record<string, string>>
  /** Hex SHA-256 of the body; for S3 also one of its names. */
  readonly payloadHash: string
  readonly keys: SigningKeys
  readonly region: string
  readonly service: string
  /** Epoch milliseconds. */
  readonly now: number
}

/** The headers to send, and the first link of a chain of signed chunks. */
export type SignedRequest = { readonly headers: Record<string, string>; readonly seed: Seed }

export function signRequest(asked: ToSign): SignedRequest {
  const { method, path, query, payloadHash, keys, now } = asked
  const s3 = asked.service === 's3'
  const date = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')
  const headers: Record<string, string> = {
    ...asked.headers,
    host: asked.host,
    'x-amz-date': date,
    ...(s3 && { 'x-amz-content-sha256': payloadHash }),
    ...(keys.sessionToken !== undefined && { 'x-amz-security-token': keys.sessionToken }),
  }
  const signedHeaders = Object.keys(headers).sort()
  const canonical = canonicalRequest(
    { method, path, query, rawHeaders: Object.entries(headers).flat() },
    { signedHeaders, payloadHash, s3, without: [] },
  )
  const keyScope = { date: date.slice(0, 8), region: asked.region, service: asked.service }
  const key = signingKey(keys.secretAccessKey, keyScope)
  const seedSignature = sign(key, stringToSign(date, keyScope, canonical))
  const scope = scopeText(keyScope)
  const { accessKeyId } = keys
  return {
    headers: {
      ...headers,
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedHeaders.join(';')}, Signature=${seedSignature}`,
    },
    seed: { accessKeyId, seedSignature, signingKey: key, date, scope },
  }
}
