/** Whether a token is one of ours: form, issuer, signature, use and time. Everything is read from the verified text only. */
import { verify } from 'node:crypto'
import type { World } from '../../world.ts'
import { findPool } from '../pools/find.ts'
import type { Pool } from '../pools/pool.ts'
import { issuerOf, poolIdOf } from './issuer.ts'
import { type Purpose, verificationKey } from './keys.ts'

export type Claims = Readonly<Record<string, unknown>> & {
  readonly sub: string
  readonly iss: string
  readonly event_id: string
  readonly token_use: Purpose
  /** Seconds, as `iat` is. */
  readonly exp: number
  readonly iat: number
}

/** Why a token is not believed. `use`: a good token of the other kind. */
export type Refused = 'malformed' | 'issuer' | 'signature' | 'use' | 'expired'

export type Verified = { readonly pool: Pool; readonly claims: Claims }

/** Longer than any token we issue, groups and custom attributes included. */
const longest = 65_536

/**
 * The pool and claims of a token of the wanted use, or why not. The algorithm is RS256, whatever the token says, and a
 * header that holds more than `kid` and `alg` is not ours. An expired token is reported with its claims.
 */
export async function verifyToken(
  world: World,
  token: string,
  use: Purpose,
): Promise<Verified | { refused: Refused; claims?: Claims }> {
  const parts = split(token)
  if (!parts) return { refused: 'malformed' }
  const poolId = poolIdOf(parts.payload['iss'])
  const pool = poolId === undefined ? undefined : await findPool(world, poolId)
  if (!pool || parts.payload['iss'] !== issuerOf(world.settings, pool)) return { refused: 'issuer' }
  const key = await verificationKey(world, pool.id, parts.kid)
  if (!key || !verify('sha256', parts.signed, key.publicKey, parts.signature)) return { refused: 'signature' }
  const { payload } = parts
  if (!isClaims(payload)) return { refused: 'malformed' }
  if (key.purpose !== use || payload.token_use !== use) return { refused: 'use' }
  if (payload.exp * 1000 <= world.now()) return { refused: 'expired', claims: payload }
  return { pool, claims: payload }
}

type Parts = { kid: string; payload: Record<string, unknown>; signed: Buffer; signature: Buffer }

function split(token: string): Parts | undefined {
  const match = token.length <= longest && /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(token)
  if (!match) return undefined
  const [, head = '', body = '', signature = ''] = match
  const header = parse(head)
  const payload = parse(body)
  if (!header || !payload || header['alg'] !== 'RS256' || typeof header['kid'] !== 'string') return undefined
  if (Object.keys(header).length !== 2) return undefined
  return {
    kid: header['kid'],
    payload,
    signed: Buffer.from(`${head}.${body}`),
    signature: Buffer.from(signature, 'base64url'),
  }
}

function parse(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

const isClaims = (payload: Record<string, unknown>): payload is Claims =>
  ['sub', 'iss', 'event_id', 'token_use'].every((name) => typeof payload[name] === 'string') &&
  ['exp', 'iat'].every((name) => Number.isSafeInteger(payload[name]))
