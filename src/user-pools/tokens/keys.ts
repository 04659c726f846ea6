/** The keys that sign a pool's tokens: two RSA pairs, one for ID tokens and one for access tokens. AWS: "Verifying JSON web tokens". */
import { createPublicKey, type KeyObject } from 'node:crypto'
import {
  findKey,
  generateRsaPair,
  keyId,
  type PublishedKey,
  printJwks,
  type Remembered,
  type RsaJwk,
} from '../../protocols/rsa.ts'
import type { World } from '../../world.ts'
import { insertKey, type Purpose, readKeys, type StoredKey } from './store.ts'

/** The order in which the key set lists them. */
const purposes: readonly Purpose[] = ['id', 'access']

export type SigningKey = PublishedKey & {
  readonly purpose: Purpose
  readonly alg: 'RS256'
  readonly publicKey: KeyObject
  readonly privatePem: string
}

/** Every key of one pool, the newest of each purpose first. */
type PoolKeys = readonly SigningKey[]

/** Kept in memory: opening and parsing a key costs more than a signature. Keyed by what lives as long as the process. */
const remembered = new WeakMap<World['seal'], Map<string, Remembered<SigningKey>>>()
const mostPools = 1_000

/** The pool's keys, made now if it has none. The pool must exist. */
export function poolKeys(world: World, poolId: string): Promise<PoolKeys> {
  return (cacheOf(world).get(poolId) ?? remember(world, poolId)).keys
}

/** The key that signs now. */
export async function signingKey(world: World, poolId: string, purpose: Purpose): Promise<SigningKey> {
  const key = (await poolKeys(world, poolId)).find((one) => one.purpose === purpose)
  if (!key) throw new Error(`The pool ${poolId} has no key for ${purpose} tokens.`)
  return key
}

/** The key a token names. */
export function verificationKey(world: World, poolId: string, kid: string): Promise<SigningKey | undefined> {
  const held = cacheOf(world).get(poolId) ?? remember(world, poolId)
  return findKey(held, kid, world.now(), () => remember(world, poolId))
}

/** The key set as RFC 7517 5 prints it: ID token keys first, as AWS's sets have them by convention. */
export const jwks = async (world: World, pool: { readonly id: string }) => printJwks(await poolKeys(world, pool.id))

function cacheOf(world: World): Map<string, Remembered<SigningKey>> {
  let cache = remembered.get(world.seal)
  if (!cache) {
    cache = new Map()
    remembered.set(world.seal, cache)
  }
  return cache
}

function remember(world: World, poolId: string): Remembered<SigningKey> {
  const cache = cacheOf(world)
  const read = { keys: loadOrMake(world, poolId), readAt: world.now() }
  cache.delete(poolId)
  cache.set(poolId, read)
  const oldest = cache.keys().next().value
  if (cache.size > mostPools && oldest !== undefined) cache.delete(oldest)
  // A failure must not stick.
  read.keys.catch(() => cache.get(poolId) === read && cache.delete(poolId))
  return read
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
    const publicJwk = JSON.parse(key.publicJwk) as RsaJwk
    const publicKey = createPublicKey({ key: publicJwk, format: 'jwk' })
    return { purpose: key.purpose, kid: key.kid, alg: 'RS256', publicJwk, publicKey, privatePem: pem.toString() }
  })
  return purposes.flatMap((purpose) => keys.filter((key) => key.purpose === purpose))
}

async function makeKey(world: World, poolId: string, purpose: Purpose): Promise<StoredKey> {
  const { privatePem, publicJwk } = await generateRsaPair()
  return {
    purpose,
    kid: keyId(world.random),
    publicJwk: JSON.stringify(publicJwk),
    sealedPrivate: world.seal.seal(seal, privatePem, bound(poolId, purpose)),
  }
}
