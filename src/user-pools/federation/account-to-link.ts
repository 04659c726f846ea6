/**
 * The account that a new subject may open by its provider's linking policy: the one native account with the same e-mail
 * address, verified on both sides. See docs/decisions/0030-linking-policy.md.
 */
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { usersWithEmail } from '../users/by-email.ts'
import { standsAlone } from '../users/identities.ts'
import type { User } from '../users/user.ts'
import { linkingPolicy } from './linking-policy.ts'
import type { Assertion, IdentityProvider } from './provider.ts'

/** Undefined unless there is exactly one: a choice between two would be a guess. */
export async function accountToLink(
  world: World,
  pool: Pool,
  provider: IdentityProvider,
  { attributes }: Pick<Assertion, 'attributes'>,
  mapped: Readonly<Record<string, string>>,
): Promise<User | undefined> {
  if (linkingPolicy(provider) === 'never') return undefined
  const email = mapped['email']
  // The provider's own word that it has verified the address: as it is mapped, or as OpenID Connect has it of its claim.
  const standard = provider.mapping['email'] === 'email' ? attributes['email_verified'] : undefined
  const verified = mapped['email_verified'] ?? standard
  if (!email || String(verified).toLowerCase() !== 'true') return undefined
  const found = await usersWithEmail(world, pool, email, 20)
  const [only, ...others] = found.filter(
    (user) => !standsAlone(user.attributes) && user.attributes['email_verified'] === 'true',
  )
  return only && others.length === 0 && only.status === 'CONFIRMED' ? only : undefined
}
