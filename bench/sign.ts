/** Signature Version 4 for the load generator: as few hashes as it takes, so that signing does not crowd out what is measured. */
import { emptyHash, sha256, sign, signingKey, stringToSign } from '../src/wire/sigv4-key.ts'
import { encode, host, type Wire } from './load.ts'

export type Keys = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }

export type Signed = {
  readonly method: string
  readonly path: string
  /** Without the question mark; names and values percent-encoded. */
  readonly query?: string
  readonly service: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Hex SHA-256 of the body, for bodies sent again and again. */
  readonly bodyHash?: string
}

const region = 'us-east-1'

/** A signed request, good for the next minutes. */
export function signed(
  keys: Keys,
  { method, path, query = '', service, headers = {}, body = '', bodyHash }: Signed,
): Wire {
  const amzDate = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = { date: amzDate.slice(0, 8), region, service }
  const payload = bodyHash ?? (body === '' ? emptyHash : sha256(Buffer.from(body)))
  const all: Record<string, string> = { ...headers, 'x-amz-date': amzDate, 'x-amz-content-sha256': payload }
  if (keys.sessionToken) all['x-amz-security-token'] = keys.sessionToken
  const covered = Object.entries({ ...all, host }).sort(([one], [other]) => (one < other ? -1 : 1))
  const names = covered.map(([name]) => name).join(';')
  const lines = covered.map(([name, value]) => `${name}:${value}`)
  // S3 signs the path as it travels, every other service encodes it once more.
  const signedPath = service === 's3' ? path : path.split('/').map(encodeURIComponent).join('/')
  const canonical = [method, signedPath, canonicalQuery(query), ...lines, '', names, payload].join('\n')
  const signature = sign(signingKey(keys.secretAccessKey, scope), stringToSign(amzDate, scope, canonical))
  const credential = `${keys.accessKeyId}/${scope.date}/${region}/${service}/aws4_request`
  all['authorization'] = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names}, Signature=${signature}`
  return encode(method, query ? `${path}?${query}` : path, all, body)
}

const canonicalQuery = (query: string) =>
  query
    .split('&')
    .map((pair) => (pair === '' || pair.includes('=') ? pair : `${pair}=`))
    .sort()
    .join('&')
