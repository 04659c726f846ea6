/** Which identity a caller is, by what they proved: guests by their id alone, users by a login. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { canonicalProvider } from '../pools/providers.ts'
import { refuseIdentity } from './find.ts'
import { type Identity, newIdentityId } from './identity.ts'
import { planLinks, refuseLogins } from './links.ts'
import { type Proof, proveLogins } from './proofs.ts'
import { insertIdentity, readOwners, settle, unlinkProviders } from './store.ts'

type Logins = Readonly<Record<string, string>>

function requireGuestsAllowed({ settings }: Pool) {
  if (settings.AllowUnauthenticatedIdentities) return
  fail('NotAuthorizedException', 'Unauthenticated access is not supported for this identity pool.')
}

/** The id that the logins lead to in the pool; a new guest's without logins. */
export async function identify(world: World, pool: Pool, logins: Logins | undefined): Promise<string> {
  const proofs = await proveLogins(world, pool, logins)
  if (proofs.length > 0) return settleLogins(world, pool, proofs)
  requireGuestsAllowed(pool)
  const now = world.now()
  const id = newIdentityId(world, pool)
  const times = { createdAt: now, modifiedAt: now }
  await insertIdentity(world.db, { poolId: pool.id, id, kind: 'guest', mergedInto: undefined, ...times })
  return id
}

/** An identity that may be given credentials or a token; no proofs for a guest. */
export type Admitted = { readonly id: string; readonly proofs: readonly Proof[] }

/**
 * The identity that the caller may act as: the one named if they are a guest or have one of its logins; after a merge,
 * another. Links what is new. Refuses users and merged identities without logins, and logins of somebody else.
 */
export async function admit(
  world: World,
  pool: Pool,
  identity: Identity,
  logins: Logins | undefined,
): Promise<Admitted> {
  const proofs = await proveLogins(world, pool, logins)
  if (proofs.length > 0) return { id: await settleLogins(world, pool, proofs, identity.id), proofs }
  if (identity.kind !== 'guest') fail('NotAuthorizedException', `Access to Identity '${identity.id}' is forbidden.`)
  requireGuestsAllowed(pool)
  return { id: identity.id, proofs }
}

/** Refuses who cannot prove one of the logins that the identity has. */
export async function requireLogin(world: World, pool: Pool, identity: Identity, logins: Logins): Promise<void> {
  const proofs = await proveLogins(world, pool, logins)
  const owners = proofs.length > 0 ? await readOwners(world.db, pool.id, proofs) : []
  if (!owners.includes(identity.id)) refuseLogins()
}

/** The users of these providers count as new the next time; without any login nobody reaches the identity. */
export async function unlinkLogins(world: World, identity: Identity, providers: readonly string[]): Promise<void> {
  const names = providers.map((name) => canonicalProvider(world.settings, name))
  if (names.length > 0) await unlinkProviders(world.db, identity, names, world.now())
}

async function settleLogins(world: World, pool: Pool, proofs: readonly Proof[], named?: string): Promise<string> {
  // Nearly always everything is as it was, which one read tells.
  const [first, ...others] = await readOwners(world.db, pool.id, proofs)
  const settled = others.length === proofs.length - 1 && others.every((id) => id === first)
  if (first !== undefined && settled && (named === undefined || named === first)) return first
  const settling = { poolId: pool.id, logins: proofs, named, fresh: newIdentityId(world, pool), now: world.now() }
  const id = await settle(world.db, settling, (owners, survivor) => planLinks(proofs, owners, survivor))
  return id ?? refuseIdentity(named ?? '')
}
