/** Setting a password: the slow part (Argon2id, SRP verifier) first, then one transaction with what the caller changes. */
import type { Db } from '../../store/db.ts'
import type { World } from '../../world.ts'
import { srpMayBeUsed } from '../clients/find.ts'
import { forgetCode } from '../codes/code.ts'
import type { Pool } from '../pools/pool.ts'
import { setPasswordState } from '../users/confirm.ts'
import type { UserStatus } from '../users/user.ts'
import { policyOf } from './policy.ts'
import { makeSrp, type Owner } from './srp.ts'
import { retirePassword, type Stored, writePassword } from './store.ts'

export type { Owner } from './srp.ts'

/**
 * The hash, and the SRP part where a client of the pool may use it. Outside any transaction: it takes a tenth of a
 * second of another core. The password must have passed the policy.
 */
export async function preparePassword(world: World, pool: Pool, owner: Owner, password: string): Promise<Stored> {
  const hash = await world.slow.hashPassword(password)
  return { hash, srp: (await srpMayBeUsed(world, pool)) ? await makeSrp(world, pool, owner, password) : undefined }
}

const day = 86_400_000

/** When a temporary password set now dies. AWS: TemporaryPasswordValidityDays, 7 when unset or 0. */
export const temporaryEnd = (pool: Pool, now: number): number =>
  now + (policyOf(pool).TemporaryPasswordValidityDays || 7) * day

/** Writes a prepared password and the state it brings, and ends a reset under way; inside the caller's transaction. */
export async function savePassword(
  db: Db,
  pool: Pool,
  sub: string,
  prepared: Stored,
  state: { readonly status?: UserStatus; readonly temporary: boolean; readonly now: number },
): Promise<void> {
  await setPasswordState(db, pool.id, sub, {
    status: state.status ?? (state.temporary ? 'FORCE_CHANGE_PASSWORD' : 'CONFIRMED'),
    temporaryUntil: state.temporary ? temporaryEnd(pool, state.now) : undefined,
    now: state.now,
  })
  await retirePassword(db, pool.id, sub, state.now, Math.max(0, (policyOf(pool).PasswordHistorySize ?? 0) - 1))
  await writePassword(db, pool.id, sub, prepared, state.now)
  // Whoever has asked for a code meanwhile was not the one who set this password.
  await forgetCode(db, pool, { sub }, 'forgot-password')
}

/**
 * Sets a password that has passed the policy. The user becomes CONFIRMED, or FORCE_CHANGE_PASSWORD when it is
 * temporary, unless `status` says otherwise; `also` joins the transaction and may refuse.
 */
export async function setPassword(
  world: World,
  pool: Pool,
  owner: Owner,
  password: string,
  how: { readonly temporary: boolean; readonly status?: UserStatus; readonly also?: (db: Db) => Promise<void> },
): Promise<void> {
  const prepared = await preparePassword(world, pool, owner, password)
  const now = world.now()
  await world.db.transaction(async (db) => {
    await how.also?.(db)
    await savePassword(db, pool, owner.sub, prepared, { ...how, now })
  })
}
