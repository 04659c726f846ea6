/** The table of the keys that sign the tokens of identity pools. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'

export type StoredKey = {
  readonly number: number
  readonly kid: string
  readonly publicJwk: string
  readonly sealedPrivate: string
}

/** Newest first. */
export async function readKeys(db: Db, account: string): Promise<StoredKey[]> {
  const rows = await db.all<{ number: number; kid: string; public_jwk: string; sealed_private: string }>(sql`
    select number, kid, public_jwk, sealed_private from identity_keys where account = ${account} order by number desc`)
  return rows.map((row) => ({
    number: row.number,
    kid: row.kid,
    publicJwk: row.public_jwk,
    sealedPrivate: row.sealed_private,
  }))
}

/** Nothing if another node was faster. */
export async function insertKey(db: Db, account: string, key: StoredKey, now: number): Promise<void> {
  await db.run(sql`
    insert into identity_keys (account, number, kid, public_jwk, sealed_private, created_at)
    values (${account}, ${key.number}, ${key.kid}, ${key.publicJwk}, ${key.sealedPrivate}, ${now})
    on conflict do nothing`)
}
