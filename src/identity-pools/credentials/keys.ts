/** The RSA keys that sign the tokens of all identity pools: made on first use, one for the whole server. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import { findKey, generateRsaPair, type PublishedKey, type Remembered, type RsaJwk } from '../../protocols/rsa.ts'
import type { World } from '../../world.ts'
import { insertKey, readKeys, type StoredKey } from './store.ts'

export type SigningKey = PublishedKey & {
  readonly alg: 'RS512'
  readonly publicKey: KeyObject
  readonly privatePem: string
}

/** Kept in memory for as long as the process lives: opening and parsing a key costs more than a signature. */
const remembered = new WeakMap<World['seal'], Remembered<SigningKey>>()

/** Every key, the newest first. */
export const identityKeys = (world: World): Promise<readonly SigningKey[]> =>
  (remembered.get(world.seal) ?? remember(world)).keys

/** The key that signs now. */
export async function signingKey(world: World): Promise<SigningKey> {
  const [key] = await identityKeys(world)
  if (!key) throw new Error('There is no key for the tokens of identity pools.')
  return key
}

/** The key that a token names. */
export const verificationKey = (world: World, kid: string): Promise<SigningKey | undefined> =>
  findKey(remembered.get(world.seal) ?? remember(world), kid, world.now(), () => remember(world))

function remember(world: World): Remembered<SigningKey> {
  const read = { keys: loadOrMake(world), readAt: world.now() }
  remembered.set(world.seal, read)
  // A failure must not stick.
  read.keys.catch(() => remembered.get(world.seal) === read && remembered.delete(world.seal))
  return read
}

async function loadOrMake(world: World): Promise<readonly SigningKey[]> {
  const { account } = world.settings
  const stored = await readKeys(world.db, account)
  if (stored.length > 0) return stored.map((key) => open(world, key))
  // Several nodes may make the first key together: the first to insert wins, and all read what is there.
  await insertKey(world.db, account, await makeKey(world, 1), world.now())
  return (await readKeys(world.db, account)).map((key) => open(world, key))
}

const seal = 'identity-key'

function open(world: World, { number, kid, publicJwk, sealedPrivate }: StoredKey): SigningKey {
  const pem = world.seal.open(seal, sealedPrivate, String(number))
  if (!pem) throw new Error(`The identity pools' key ${kid} was sealed under another master key.`)
  const jwk = JSON.parse(publicJwk) as RsaJwk
  const publicKey = createPublicKey({ key: jwk, format: 'jwk' })
  return { kid, alg: 'RS512', publicJwk: jwk, publicKey, privatePem: pem.toString() }
}

/** AWS's key ids are the region and a running number: `us-east-15`. */
async function makeKey(world: World, number: number): Promise<StoredKey> {
  const { privatePem, publicJwk } = await generateRsaPair()
  return {
    number,
    kid: `${world.settings.region}${number}`,
    publicJwk: JSON.stringify(publicJwk),
    sealedPrivate: world.seal.seal(seal, privatePem, String(number)),
  }
}
