/** The keys that sign a pool's tokens: two RSA pairs, one for ID tokens and one for access tokens. AWS: "Verifying JSON web tokens". */
import { createHash, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { World } from '../../world.ts'
import { insertKey, readKeys, type StoredKey } from './store.ts'

/** The order in which the key set lists them. */
const purposes = ['id', 'access'] as const
export type Purpose = (typeof purposes)[number]

export type PublicJwk = { alg: 'RS256'; e: string; kid: string; kty: 'RSA'; n: string; use: 'sig' }

export type SigningKey = {
  readonly purpose: Purpose
  readonly kid: string
  readonly jwk: PublicJwk
  readonly publicKey: KeyObject
  readonly privatePem: string
}

/** Every key of one pool, the newest of each purpose first. */
type PoolKeys = readonly SigningKey[]

/** Kept in memory: opening and parsing a key costs more than a signature. Keyed by what lives as long as the process. */
const remembered = new WeakMap<World['seal'], Map<string, Promise<PoolKeys>>>()
const mostPools = 1_000

/** The pool's keys, made now if it has none. The pool must exist. */
export function poolKeys(world: World, poolId: string): Promise<PoolKeys> {
  return cacheOf(world).get(poolId) ?? remember(world, poolId, loadOrMake(world, poolId))
}

/** The key that signs now. */
export async function signingKey(world: World, poolId: string, purpose: Purpose): Promise<SigningKey> {
  const key = (await poolKeys(world, poolId)).find((one) => one.purpose === purpose)
  if (!key) throw new Error(`The pool ${poolId} has no key for ${purpose} tokens.`)
  return key
}

/** The key a token names. An unknown one is looked for once more: another node may have rotated. */
export async function verificationKey(world: World, poolId: string, kid: string): Promise<SigningKey | undefined> {
  const find = (keys: PoolKeys) => keys.find((key) => key.kid === kid)
  return find(await poolKeys(world, poolId)) ?? find(await remember(world, poolId, loadOrMake(world, poolId)))
}

/** The key set as RFC 7517 5 prints it. */
export async function jwks(world: World, pool: { readonly id: string }): Promise<{ keys: PublicJwk[] }> {
  return { keys: (await poolKeys(world, pool.id)).map((key) => key.jwk) }
}

function cacheOf(world: World): Map<string, Promise<PoolKeys>> {
  let cache = remembered.get(world.seal)
  if (!cache) {
    cache = new Map()
    remembered.set(world.seal, cache)
  }
  return cache
}

function remember(world: World, poolId: string, keys: Promise<PoolKeys>): Promise<PoolKeys> {
  const cache = cacheOf(world)
  cache.delete(poolId)
  cache.set(poolId, keys)
  const oldest = cache.keys().next().value
  if (cache.size > mostPools && oldest !== undefined) cache.delete(oldest)
  // A failure must not stick.
  keys.catch(() => cache.get(poolId) === keys && cache.delete(poolId))
  return keys
}

async function loadOrMake(world: World, poolId: string): Promise<PoolKeys> {
  const stored = await readKeys(world.db, poolId)
  if (purposes.every((purpose) => stored.some((key) => key.purpose === purpose))) return open(world, poolId, stored)
  const made = await Promise.all(purposes.map((purpose) => makeKey(world, poolId, purpose)))
  // Several nodes may make the first keys together: the first to insert wins, and all read what is there.
  for (const key of made) await insertKey(world.db, poolId, key, world.now())
  return open(world, poolId, await readKeys(world.db, poolId))
}

const seal = 'signing-key'
const bound = (poolId: string, purpose: string) => `${poolId}/${purpose}`

function open(world: World, poolId: string, stored: readonly StoredKey[]): PoolKeys {
  const keys = stored.map((key): SigningKey => {
    const pem = world.seal.open(seal, key.sealedPrivate, bound(poolId, key.purpose))
    if (!pem) throw new Error(`The ${key.purpose} key of the pool ${poolId} was sealed under another master key.`)
    const jwk = JSON.parse(key.publicJwk) as PublicJwk
    const publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    return { purpose: key.purpose, kid: key.kid, jwk, publicKey, privatePem: pem.toString() }
  })
  return purposes.flatMap((purpose) => keys.filter((key) => key.purpose === purpose))
}

const generate = promisify(generateKeyPair)

/** Randomness here is OpenSSL's own: key generation takes none from outside. */
async function makeKey(world: World, poolId: string, purpose: Purpose): Promise<StoredKey> {
  const { publicKey, privateKey } = await generate('rsa', { modulusLength: 2048 })
  const { n, e } = publicKey.export({ format: 'jwk' })
  if (!n || !e) throw new Error('An RSA key without modulus or exponent was generated.')
  // RFC 7638 thumbprint, in base64 with padding: 44 characters, as AWS's kids look.
  const kid = createHash('sha256')
    .update(JSON.stringify({ e, kty: 'RSA', n }))
    .digest('base64')
  const jwk: PublicJwk = { alg: 'RS256', e, kid, kty: 'RSA', n, use: 'sig' }
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
  return {
    purpose,
    kid,
    publicJwk: JSON.stringify(jwk),
    sealedPrivate: world.seal.seal(seal, pem, bound(poolId, purpose)),
  }
}
