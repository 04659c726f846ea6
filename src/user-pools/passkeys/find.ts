/** A user's passkeys, for those who ask how the user can sign in. */
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { relyingParty } from './relying-party.ts'
import { listPasskeys, type Passkey } from './store.ts'

/** AWS: Developer Guide, "Passkey sign-in". */
export const mostPasskeys = 20

/** Those that serve: registered for what is the relying party now. */
export async function passkeysOf(world: World, pool: Pool, { sub }: { readonly sub: string }): Promise<Passkey[]> {
  const all = await listPasskeys(world.db, pool.id, sub, mostPasskeys)
  if (all.length === 0) return all
  const rpId = await relyingParty(world, pool)
  return all.filter((passkey) => passkey.rpId === rpId)
}

export const hasPasskeys = async (world: World, pool: Pool, user: { readonly sub: string }): Promise<boolean> =>
  (await passkeysOf(world, pool, user)).length > 0
