/** JWS signatures of other issuers: every asymmetric algorithm they use (RFC 7518 3.1, RFC 8037), and the keys of a JWK set (RFC 7517). */
import { constants, createPublicKey, type KeyObject, verify } from 'node:crypto'

export type JwsAlg =
  | 'RS256' | 'RS384' | 'RS512'
  | 'PS256' | 'PS384' | 'PS512'
  | 'ES256' | 'ES384' | 'ES512'
  | 'EdDSA' // biome-ignore format: a row per family

type Row = {
  readonly keyType: 'rsa' | 'ec' | 'ed25519'
  readonly hash?: 'sha256' | 'sha384' | 'sha512'
  readonly curve?: string
  readonly pss?: true
}

/** There is no `none` and nothing symmetric: a public key can never serve as an HMAC secret. */
const algorithms: Readonly<Record<JwsAlg, Row>> = {
  RS256: { keyType: 'rsa', hash: 'sha256' },
  RS384: { keyType: 'rsa', hash: 'sha384' },
  RS512: { keyType: 'rsa', hash: 'sha512' },
  PS256: { keyType: 'rsa', hash: 'sha256', pss: true },
  PS384: { keyType: 'rsa', hash: 'sha384', pss: true },
  PS512: { keyType: 'rsa', hash: 'sha512', pss: true },
  ES256: { keyType: 'ec', hash: 'sha256', curve: 'prime256v1' },
  ES384: { keyType: 'ec', hash: 'sha384', curve: 'secp384r1' },
  ES512: { keyType: 'ec', hash: 'sha512', curve: 'secp521r1' },
  EdDSA: { keyType: 'ed25519' },
}

export const jwsAlgs = Object.keys(algorithms) as readonly JwsAlg[]
export const isJwsAlg = (value: unknown): value is JwsAlg =>
  typeof value === 'string' && Object.hasOwn(algorithms, value)

/** RFC 7518 3.3: RSA keys have 2048 bits or more. More than 8192 only cost time. */
const rsaBits = { least: 2048, most: 8192 }

/** Whether a public key may be used with an algorithm at all: its type, curve and size. */
export function keyFits(alg: JwsAlg, key: KeyObject): boolean {
  const { keyType, curve } = algorithms[alg]
  const { namedCurve, modulusLength = 0 } = key.asymmetricKeyDetails ?? {}
  if (key.type !== 'public' || key.asymmetricKeyType !== keyType) return false
  if (keyType === 'rsa') return modulusLength >= rsaBits.least && modulusLength <= rsaBits.most
  return curve === undefined || namedCurve === curve
}

/** Whether the signature is that key's over the text. False for a key that does not fit the algorithm. */
export function verifyJws(alg: JwsAlg, key: KeyObject, signed: string, signature: Uint8Array): boolean {
  if (!keyFits(alg, key)) return false
  const { hash, pss, keyType } = algorithms[alg]
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants
  const how = pss ? { key, padding, saltLength } : keyType === 'ec' ? { key, dsaEncoding: 'ieee-p1363' as const } : key
  return verify(hash ?? null, Buffer.from(signed), how, signature)
}

export type JwksKey = { readonly kid: string | undefined; readonly alg: string | undefined; readonly key: KeyObject }

/** How many keys of a set are looked at. */
const mostKeys = 100

/** The signature keys of a JWK set, in its order; what cannot be read or is for encryption is left out. Undefined if it is no set. */
export function readJwks(document: unknown): readonly JwksKey[] | undefined {
  const listed = typeof document === 'object' && document !== null ? (document as { keys?: unknown }).keys : undefined
  if (!Array.isArray(listed)) return undefined
  return listed.slice(0, mostKeys).flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return []
    const { use, kid, alg, kty, n, e, crv, x, y } = entry as Record<string, unknown>
    if (use !== undefined && use !== 'sig') return []
    try {
      // Only members of public keys: whatever else an entry holds is not read.
      const key = createPublicKey({ key: { kty, n, e, crv, x, y } as Record<string, string>, format: 'jwk' })
      return [{ kid: typeof kid === 'string' ? kid : undefined, alg: typeof alg === 'string' ? alg : undefined, key }]
    } catch {
      return []
    }
  })
}
