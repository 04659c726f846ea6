/** Proofs that a client has a key, sent along with a request: DPoP (RFC 9449), and thumbprints of keys (RFC 7638). */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { isJwsAlg, verifyJws } from './jws.ts'
import { readJwt } from './jwt.ts'

/** The members that make a thumbprint, in the order of their names. RFC 7638 3.2, RFC 8037 2. */
const required: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  OKP: ['crv', 'kty', 'x'],
  RSA: ['e', 'kty', 'n'],
}

type Jwk = Readonly<Record<string, unknown>>

/** The thumbprint of a public key, base64url of SHA-256. Undefined for what is none. */
export function thumbprint(jwk: Jwk): string | undefined {
  const names = typeof jwk['kty'] === 'string' && Object.hasOwn(required, jwk['kty']) ? required[jwk['kty']] : undefined
  if (!names?.every((name) => typeof jwk[name] === 'string')) return undefined
  const canonical = JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]])))
  return createHash('sha256').update(canonical).digest('base64url')
}

export type Wanted = {
  /** The method and addresses of the request; it may be known under several. */
  readonly method: string
  readonly urls: readonly string[]
  /** The access token that comes along. */
  readonly accessToken?: string | undefined
}

export type Proof = {
  readonly jkt: string
  readonly jti: string
  /** Epoch milliseconds. */
  readonly issuedAt: number
  readonly nonce: string | undefined
}

/** Proofs are fresh: clocks may be this far apart, and requests underway this long. In milliseconds. */
export const proofLife = 300_000
const ahead = 60_000

/** Members of private and symmetric keys. 4.3, number 7. */
const secret = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth']

/** Without query and fragment, in the form that the URL standard gives it. 4.3, number 9. */
function plain(url: unknown): string | undefined {
  if (typeof url !== 'string' || !URL.canParse(url)) return undefined
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`
}

/**
 * What the proof proves, or why it is none. Its jti must be new and its nonce, where one is wanted, ours: both are the
 * caller's to check.
 */
export function readProof(text: string, wanted: Wanted, now: number): Proof | { readonly wrong: string } {
  const jwt = readJwt(text)
  if (!jwt) return { wrong: 'it is not a JWT' }
  const { header, unverified: claims, signed, signature } = jwt
  const { typ, alg, jwk } = header
  if (typ !== 'dpop+jwt') return { wrong: 'typ' }
  if (!isJwsAlg(alg)) return { wrong: 'alg' }
  if (Object.hasOwn(header, 'crit') || typeof jwk !== 'object' || jwk === null) return { wrong: 'jwk' }
  if (secret.some((name) => Object.hasOwn(jwk, name))) return { wrong: 'jwk is not public' }
  const jkt = thumbprint(jwk as Jwk)
  const key = jkt && readKey(jwk as Jwk)
  if (!key || !verifyJws(alg, key, signed, signature)) return { wrong: 'signature' }
  // From here on the claims are what the key's owner said.
  const { jti, htm, htu, iat, ath, nonce } = claims
  if (typeof jti !== 'string' || jti.length === 0 || jti.length > 256) return { wrong: 'jti' }
  if (htm !== wanted.method) return { wrong: 'htm' }
  const asked = plain(htu)
  if (asked === undefined || !wanted.urls.some((url) => plain(url) === asked)) return { wrong: 'htu' }
  if (typeof iat !== 'number') return { wrong: 'iat' }
  const age = now - iat * 1000
  if (!(age <= proofLife && age >= -ahead)) return { wrong: 'iat' }
  if (wanted.accessToken !== undefined && ath !== hashOf(wanted.accessToken)) return { wrong: 'ath' }
  if (nonce !== undefined && typeof nonce !== 'string') return { wrong: 'nonce' }
  return { jkt, jti, issuedAt: iat * 1000, nonce }
}

const hashOf = (accessToken: string) => createHash('sha256').update(accessToken, 'ascii').digest('base64url')

function readKey({ kty, n, e, crv, x, y }: Jwk): KeyObject | undefined {
  try {
    return createPublicKey({ key: { kty, n, e, crv, x, y } as Record<string, string>, format: 'jwk' })
  } catch {
    return undefined
  }
}
