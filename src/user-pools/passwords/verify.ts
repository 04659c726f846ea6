/** Whether a password is the user's; a user who does not exist costs the same work and never fits. */
import type { World } from '../../world.ts'
import { srpMayBeUsed } from '../clients/find.ts'
import type { Pool } from '../pools/pool.ts'
import { isImported, openHash } from './imported.ts'
import { preparePassword } from './set.ts'
import { makeSrp, type Owner } from './srp.ts'
import { addSrp, readPassword, replaceHash } from './store.ts'

/** AWS: PasswordType, at most 256 characters; longer ones are never hashed. */
const longest = 256

/** An Argon2id hash of no password, of the strength of real ones; made once for each world, on first use. */
const dummies = new WeakMap<World['slow'], Promise<string>>()

function dummyHash(world: World): Promise<string> {
  let hash = dummies.get(world.slow)
  if (!hash) {
    hash = world.slow.hashPassword(world.random(32).toString('base64url'))
    // A failure (a full queue) must not stick.
    hash.catch(() => dummies.delete(world.slow))
    dummies.set(world.slow, hash)
  }
  return hash
}

/**
 * One hash is verified in every case: the user's own, or a fixed one for unknown users and users without a password.
 * A right password gets its SRP part, if it has none and a client of the pool may use it by now; an imported hash gives
 * way to our own. Until then its own cost may tell by time that it was imported.
 */
export async function passwordFits(
  world: World,
  pool: Pool,
  user: Owner | undefined,
  password: string,
): Promise<boolean> {
  if (password.length > longest) return false
  const dummy = await dummyHash(world)
  // The read is made for unknown users too; no sub is empty.
  const stored = await readPassword(world.db, pool.id, user?.sub ?? '')
  const hash = stored && user ? openHash(world, pool, user.sub, stored.hash) : dummy
  const fits = await world.slow.verifyPassword(hash, password)
  if (!fits || !stored || !user) return false
  if (isImported(stored.hash))
    await replaceHash(world.db, pool.id, user.sub, stored.hash, await preparePassword(world, pool, user, password))
  else if (!stored.srp && (await srpMayBeUsed(world, pool)))
    await addSrp(world.db, pool.id, user.sub, stored.hash, await makeSrp(world, pool, user, password))
  return true
}
