/** Tables software_tokens and mfa_preferences: the only SQL on them. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import type { Preferences } from './factors.ts'

/** Seeds are sealed; what is here cannot make a code. */
export type SoftwareToken = {
  readonly seed: string | undefined
  readonly pending: string | undefined
  readonly name: string | undefined
}

export async function readSoftwareToken(db: Db, poolId: string, sub: string): Promise<SoftwareToken | undefined> {
  const row = await db.get<Record<keyof SoftwareToken, string | null>>(
    sql`select seed, pending, name from software_tokens where pool_id = ${poolId} and sub = ${sub}`,
  )
  return row && { seed: row.seed ?? undefined, pending: row.pending ?? undefined, name: row.name ?? undefined }
}

/** Keeps a seed that waits for its first code; one that was verified before stays in force. */
export async function writePending(db: Db, poolId: string, sub: string, pending: string): Promise<void> {
  await db.run(sql`
    insert into software_tokens (pool_id, sub, pending) values (${poolId}, ${sub}, ${pending})
    on conflict (pool_id, sub) do update set pending = excluded.pending`)
}

export type Verified = { readonly seed: string; readonly step: number; readonly name: string | undefined }

/** Puts the seed that waited in force, if it is still the one that waits. */
export const activatePending = async (db: Db, poolId: string, sub: string, verified: Verified): Promise<boolean> =>
  (await db.get(sql`
    update software_tokens set seed = pending, pending = null, last_step = ${verified.step}, name = ${verified.name}
    where pool_id = ${poolId} and sub = ${sub} and pending = ${verified.seed} returning sub`)) !== undefined

/** Puts a seed in force for a user who has none; false if they have one. */
export const insertVerified = async (db: Db, poolId: string, sub: string, verified: Verified): Promise<boolean> =>
  (await db.get(sql`
    insert into software_tokens (pool_id, sub, seed, last_step, name)
    values (${poolId}, ${sub}, ${verified.seed}, ${verified.step}, ${verified.name})
    on conflict (pool_id, sub) do update
    set seed = excluded.seed, last_step = excluded.last_step, name = excluded.name
    where software_tokens.seed is null returning sub`)) !== undefined

/** Uses a step up, and all before it; false if it was used already, or the seed is no longer in force. */
export const takeStep = async (db: Db, poolId: string, sub: string, seed: string, step: number): Promise<boolean> =>
  (await db.get(sql`
    update software_tokens set last_step = ${step}
    where pool_id = ${poolId} and sub = ${sub} and seed = ${seed} and last_step < ${step} returning sub`)) !== undefined

export async function deleteSoftwareToken(db: Db, poolId: string, sub: string): Promise<void> {
  await db.run(sql`delete from software_tokens where pool_id = ${poolId} and sub = ${sub}`)
}

export async function readPreferences(db: Db, poolId: string, sub: string): Promise<Preferences> {
  const row = await db.get<{ enabled: string; preferred: Preferences['preferred'] | null }>(
    sql`select enabled, preferred from mfa_preferences where pool_id = ${poolId} and sub = ${sub}`,
  )
  return {
    enabled: row ? (JSON.parse(row.enabled) as Preferences['enabled']) : [],
    preferred: row?.preferred ?? undefined,
  }
}

export async function writePreferences(
  db: Db,
  poolId: string,
  sub: string,
  { enabled, preferred }: Preferences,
): Promise<void> {
  await db.run(sql`
    insert into mfa_preferences (pool_id, sub, enabled, preferred)
    values (${poolId}, ${sub}, ${JSON.stringify(enabled)}, ${preferred})
    on conflict (pool_id, sub) do update set enabled = excluded.enabled, preferred = excluded.preferred`)
}
