/**
 * Compact signed tokens: JWT (RFC 7519) in JWS (RFC 7515), with the algorithm fixed by the reader and never by the
 * token (RFC 8725 3.1).
 */
import { type KeyObject, verify } from 'node:crypto'
import type { SigningAlg } from './rsa.ts'

export type { SigningAlg } from './rsa.ts'
export type Claims = Readonly<Record<string, unknown>>

/** An algorithm is a row: the hash of RSASSA-PKCS1-v1_5. There is no `none` and nothing symmetric. */
export const hashOf: Readonly<Record<SigningAlg, 'sha256' | 'sha512'>> = { RS256: 'sha256', RS512: 'sha512' }

export type JwtHeader = { readonly kid: string; readonly alg: SigningAlg; readonly typ?: string }

const encodeJson = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** The compact token. `sign` makes an RSASSA-PKCS1-v1_5 signature of the text with the header's hash. */
export async function signJwt(
  { kid, alg, typ }: JwtHeader,
  claims: Claims,
  sign: (hash: 'sha256' | 'sha512', text: string) => Promise<Uint8Array>,
): Promise<string> {
  // Cognito's header is exactly kid and alg, in this order.
  const text = `${encodeJson({ kid, alg, ...(typ !== undefined && { typ }) })}.${encodeJson(claims)}`
  return `${text}.${Buffer.from(await sign(hashOf[alg], text)).toString('base64url')}`
}

export type UnverifiedJwt = {
  readonly header: Claims
  /** Nobody has vouched for these: they may choose where to look for a key, and nothing else. */
  readonly unverified: Claims
  readonly signed: string
  readonly signature: Buffer
}

/** The bytes of base64url text (RFC 4648 5), or undefined unless it is the one spelling of them. */
function decodePart(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url')
  return bytes.length > 0 && bytes.toString('base64url') === text ? bytes : undefined
}

function decodeObject(text: string): Claims | undefined {
  const bytes = decodePart(text)
  if (!bytes) return undefined
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined
  } catch {
    return undefined
  }
}

/** The parts of a compact token, or undefined if it is none: an encrypted token has five parts and is none. */
export function readJwt(token: string, { longest = 16_384 } = {}): UnverifiedJwt | undefined {
  if (token.length > longest) return undefined
  const [first, second, third, ...more] = token.split('.')
  if (first === undefined || second === undefined || third === undefined || more.length > 0) return undefined
  const [header, unverified, signature] = [decodeObject(first), decodeObject(second), decodePart(third)]
  if (!header || !unverified || !signature) return undefined
  return { header, unverified, signed: `${first}.${second}`, signature }
}

export type JwtRefusal = 'malformed' | 'header' | 'algorithm' | 'key' | 'signature' | 'expired' | 'not-yet'
/** Claims are only ever verified ones: a token that is merely out of its time has them too. */
export type JwtResult =
  | { readonly claims: Claims; readonly kid: string }
  | { readonly refusal: Exclude<JwtRefusal, 'expired' | 'not-yet'> }
  | { readonly refusal: 'expired' | 'not-yet'; readonly claims: Claims }

export type JwtRules = {
  readonly alg: SigningAlg
  /** The public RSA key of a key id, or undefined. The id is the token's own: look it up, never put it into a path. */
  keyFor(kid: string): KeyObject | undefined | Promise<KeyObject | undefined>
}

/** Members that point to keys of the sender's, or change what is signed (RFC 7515 4.1, RFC 7797). */
export const refusedMembers = ['crit', 'jku', 'jwk', 'x5u', 'x5c', 'b64', 'zip', 'enc', 'cty']

/**
 * The claims of a token that the key of its `kid` has signed and whose time has come and not passed. `exp` is required;
 * issuer, audience and use are the caller's to check.
 */
export async function verifyJwt(token: string, { alg, keyFor }: JwtRules, now: number): Promise<JwtResult> {
  const jwt = readJwt(token)
  if (!jwt) return { refusal: 'malformed' }
  const { header, unverified: claims, signed, signature } = jwt
  if (header['alg'] !== alg) return { refusal: 'algorithm' }
  if (refusedMembers.some((name) => Object.hasOwn(header, name))) return { refusal: 'header' }
  const kid = header['kid']
  if (typeof kid !== 'string' || kid.length === 0 || kid.length > 256) return { refusal: 'header' }
  const key = await keyFor(kid)
  if (key?.type !== 'public' || key.asymmetricKeyType !== 'rsa') return { refusal: 'key' }
  if (!verify(hashOf[alg], Buffer.from(signed), key, signature)) return { refusal: 'signature' }
  const { exp, nbf } = claims
  if (typeof exp !== 'number' || now >= exp * 1000) return { refusal: 'expired', claims }
  if (nbf !== undefined && !(typeof nbf === 'number' && now >= nbf * 1000)) return { refusal: 'not-yet', claims }
  return { claims, kid }
}
