/** What SRP sign-in needs of a password: salt and verifier, sealed at rest; and stand-ins for users who do not exist. */
import { createHash } from 'node:crypto'
import { padHex } from '../../protocols/srp.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { canonicalName } from '../users/username.ts'
import { readPassword } from './store.ts'

type Owner = { readonly sub: string; readonly username: string }

/** A leaked verifier is as good as a fast hash of the password, so it is sealed, and to its row. */
const purpose = 'srp-verifier'
const bound = (poolId: string, sub: string) => `${poolId}/${sub}`

/** The salt's 16 bytes in hex, as SRP's hashes take it. */
export const randomSalt = (world: World): string => world.random(16).toString('hex')

/** The sealed verifier of a password: g^x mod N, with x as Cognito's clients compute it (see protocols/srp.ts). */
export async function sealedVerifier(
  world: World,
  pool: Pool,
  owner: Owner,
  saltHex: string,
  password: string,
): Promise<string> {
  const poolName = pool.id.slice(pool.id.indexOf('_') + 1)
  const identity = createHash('sha256').update(`${poolName}${owner.username}:${password}`).digest()
  const x = createHash('sha256')
    .update(Buffer.from(padHex(BigInt(`0x${saltHex}`)), 'hex'))
    .update(identity)
    .digest()
  const verifier = await world.slow.modPow(Uint8Array.of(2), x)
  return world.seal.seal(purpose, verifier, bound(pool.id, owner.sub))
}

/** Salt and verifier of the user's password; undefined where none was made or it cannot be opened. */
export async function srpRecord(
  world: World,
  pool: Pool,
  user: { readonly sub: string },
): Promise<{ saltHex: string; verifierHex: string } | undefined> {
  const stored = await readPassword(world.db, pool.id, user.sub)
  const verifier = stored?.srp && world.seal.open(purpose, stored.srp.verifier, bound(pool.id, user.sub))
  return stored?.srp && verifier && { saltHex: stored.srp.salt, verifierHex: verifier.toString('hex') }
}

/**
 * The salt and user id that a name without a user shows, the same at every attempt and for every spelling of the name.
 * AWS: Developer Guide, "Managing user existence error responses".
 */
export function simulatedSrp(world: World, pool: Pool, name: string): { saltHex: string; userId: string } {
  const subject = `${pool.id}/${canonicalName(pool, name)}`
  const saltHex = world.seal.mac('simulated-salt', subject).subarray(0, 16).toString('hex')
  return { saltHex, userId: simulatedSub(world, pool, name) }
}

/** A UUID as real subs are, stable for the name. */
export function simulatedSub(world: World, pool: Pool, name: string): string {
  const bytes = world.seal.mac('simulated-sub', `${pool.id}/${canonicalName(pool, name)}`).subarray(0, 16)
  return uuidOf(bytes)
}

/** A version 4 UUID (RFC 9562 5.4) of sixteen random bytes. */
export function uuidOf(random: Uint8Array): string {
  const bytes = Buffer.from(random)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
