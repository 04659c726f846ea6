/** The table of outbound issuers: one for an account. */
import { type Db, sql } from '../../store/db.ts'

export type StoredIssuer = {
  /** Part of the issuer's URL; it stays when the feature is turned off and on again. */
  readonly id: string
  readonly enabled: boolean
  readonly publicKeys: string
  readonly sealedKeys: string
}

type Row = { id: string; enabled: number; public_keys: string; sealed_keys: string }

export async function readIssuer(db: Db, account: string): Promise<StoredIssuer | undefined> {
  const row = await db.get<Row>(
    sql`select id, enabled, public_keys, sealed_keys from outbound_issuers where account = ${account}`,
  )
  return row && { id: row.id, enabled: row.enabled === 1, publicKeys: row.public_keys, sealedKeys: row.sealed_keys }
}

/** Nothing if there is one: another call was faster. The new one is off. */
export async function insertIssuer(
  db: Db,
  account: string,
  made: Omit<StoredIssuer, 'enabled'>,
  now: number,
): Promise<void> {
  await db.run(sql`
    insert into outbound_issuers (account, id, enabled, public_keys, sealed_keys, created_at)
    values (${account}, ${made.id}, 0, ${made.publicKeys}, ${made.sealedKeys}, ${now})
    on conflict do nothing`)
}

/** Turns it on or off; false if it was so. */
export const switchIssuer = async (db: Db, account: string, enabled: boolean): Promise<boolean> =>
  (await db.run(sql`
    update outbound_issuers set enabled = ${enabled ? 1 : 0}
    where account = ${account} and enabled = ${enabled ? 0 : 1}`)) === 1
