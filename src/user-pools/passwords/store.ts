/** Tables passwords and former_passwords: the only SQL on them. */
import type { Db } from '../../store/db.ts'
import { join, sql } from '../../store/db.ts'

/** `srp` is the salt in hex and the sealed verifier; undefined in pools where no client may use SRP. */
export type Stored = {
  readonly hash: string
  readonly srp: { readonly salt: string; readonly verifier: string } | undefined
}

type Row = { hash: string; srp_salt: string | null; srp_verifier: string | null }

export async function readPassword(db: Db, poolId: string, sub: string): Promise<Stored | undefined> {
  const row = await db.get<Row>(sql`
    select hash, srp_salt, srp_verifier from passwords where pool_id = ${poolId} and sub = ${sub}`)
  if (!row) return undefined
  const srp =
    row.srp_salt !== null && row.srp_verifier !== null ? { salt: row.srp_salt, verifier: row.srp_verifier } : undefined
  return { hash: row.hash, srp }
}

export async function writePassword(
  db: Db,
  poolId: string,
  sub: string,
  { hash, srp }: Stored,
  now: number,
): Promise<void> {
  await db.run(sql`
    insert into passwords (pool_id, sub, hash, srp_salt, srp_verifier, set_at)
    values (${poolId}, ${sub}, ${hash}, ${srp?.salt}, ${srp?.verifier}, ${now})
    on conflict (pool_id, sub) do update
    set hash = excluded.hash, srp_salt = excluded.srp_salt, srp_verifier = excluded.srp_verifier, set_at = excluded.set_at`)
}

/** Passwords of users who have none yet, without an SRP part. */
export async function insertPasswords(
  db: Db,
  poolId: string,
  added: readonly { readonly sub: string; readonly hash: string }[],
  now: number,
): Promise<void> {
  if (added.length === 0) return
  const rows = added.map(({ sub, hash }) => sql`(${poolId}, ${sub}, ${hash}, ${now})`)
  await db.run(sql`insert into passwords (pool_id, sub, hash, set_at) values ${join(rows)}`)
}

/** Puts another hash of the same password in the place of one; nothing if the password was changed meanwhile. */
export async function replaceHash(
  db: Db,
  poolId: string,
  sub: string,
  hash: string,
  { hash: other, srp }: Stored,
): Promise<void> {
  await db.run(sql`
    update passwords set hash = ${other}, srp_salt = ${srp?.salt}, srp_verifier = ${srp?.verifier}
    where pool_id = ${poolId} and sub = ${sub} and hash = ${hash}`)
}

/** Adds the SRP part to a password that has none; nothing if the password was changed meanwhile. */
export async function addSrp(
  db: Db,
  poolId: string,
  sub: string,
  hash: string,
  srp: NonNullable<Stored['srp']>,
): Promise<void> {
  await db.run(sql`
    update passwords set srp_salt = ${srp.salt}, srp_verifier = ${srp.verifier}
    where pool_id = ${poolId} and sub = ${sub} and hash = ${hash} and srp_salt is null`)
}

/** The hashes of the passwords before the present one, newest first. */
export async function readFormer(db: Db, poolId: string, sub: string, count: number): Promise<string[]> {
  const rows = await db.all<{ hash: string }>(sql`
    select hash from former_passwords where pool_id = ${poolId} and sub = ${sub}
    order by replaced_at desc, hash limit ${count}`)
  return rows.map((row) => row.hash)
}

/** Moves the present password among the former ones, of which the newest `keep` stay. */
export async function retirePassword(db: Db, poolId: string, sub: string, now: number, keep: number): Promise<void> {
  if (keep > 0)
    await db.run(sql`
      insert into former_passwords (pool_id, sub, replaced_at, hash)
      select pool_id, sub, ${now}, hash from passwords where pool_id = ${poolId} and sub = ${sub}
      on conflict do nothing`)
  await db.run(sql`
    delete from former_passwords where pool_id = ${poolId} and sub = ${sub} and hash not in (
      select hash from former_passwords where pool_id = ${poolId} and sub = ${sub}
      order by replaced_at desc, hash limit ${keep})`)
}
