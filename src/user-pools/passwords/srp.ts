/** What SRP sign-in needs of a password: salt and verifier, sealed at rest; and stand-ins for users who do not exist. */
import { type Identity, verifierFor } from '../../protocols/srp.ts'
import { uuidOf } from '../../protocols/uuid.ts'
import type { World } from '../../world.ts'
import { aliasesOf, usernameIs } from '../pools/identifiers.ts'
import type { Pool } from '../pools/pool.ts'
import { canonicalName } from '../users/username.ts'
import { readPassword, type Stored } from './store.ts'

/** Whose password: the verifier depends on the username, the sealing on the sub. */
export type Owner = { readonly sub: string; readonly username: string }

/** A leaked verifier is as good as a fast hash of the password, so it is sealed, and to its row. */
const purpose = 'srp-verifier'
const boundTo = (pool: Pool, sub: string) => `${pool.id}/${sub}`

/** Who signs in, as SRP's hashes take it: the pool's name is its id after the underscore. */
export const srpIdentity = (pool: Pool, username: string): Identity => ({
  group: pool.id.slice(pool.id.indexOf('_') + 1),
  name: username,
})

/** A fresh salt and the sealed verifier of the password. */
export async function makeSrp(
  world: World,
  pool: Pool,
  owner: Owner,
  password: string,
): Promise<NonNullable<Stored['srp']>> {
  const salt = world.random(16).toString('hex')
  const verifierHex = await verifierFor(srpIdentity(pool, owner.username), password, salt, world.slow.modPow)
  return { salt, verifier: world.seal.seal(purpose, Buffer.from(verifierHex, 'hex'), boundTo(pool, owner.sub)) }
}

/** Salt and verifier of the user's password; undefined where none was made or it cannot be opened. */
export async function srpRecord(
  world: World,
  pool: Pool,
  user: { readonly sub: string },
): Promise<{ saltHex: string; verifierHex: string } | undefined> {
  const stored = await readPassword(world.db, pool.id, user.sub)
  const verifier = stored?.srp && world.seal.open(purpose, stored.srp.verifier, boundTo(pool, user.sub))
  return stored?.srp && verifier && { saltHex: stored.srp.salt, verifierHex: verifier.toString('hex') }
}

/**
 * The salt and user id that a name without a user shows, the same at every attempt and for every spelling of the name.
 * The user id of a known user is the username: so it is here, and a UUID where the name would be an address.
 * AWS: Developer Guide, "Managing user existence error responses".
 */
export function simulatedSrp(world: World, pool: Pool, name: string): { saltHex: string; userId: string } {
  const canonical = canonicalName(pool, name)
  const saltHex = world.seal.mac('simulated-salt', `${pool.id}/${canonical}`).subarray(0, 16).toString('hex')
  const aliases = aliasesOf(pool)
  const address =
    usernameIs(pool) !== 'free' ||
    (aliases.includes('email') && name.includes('@')) ||
    (aliases.includes('phone_number') && name.startsWith('+'))
  return { saltHex, userId: address ? simulatedSub(world, pool, name) : canonical }
}

/** The sub of a user who does not exist: a UUID as real ones are, the same for every spelling of the name. */
export const simulatedSub = (world: World, pool: Pool, name: string): string =>
  uuidOf(world.seal.mac('simulated-sub', `${pool.id}/${canonicalName(pool, name)}`))
