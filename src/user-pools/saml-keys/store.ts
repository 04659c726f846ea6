/** Table saml_keys: the only SQL on it. */
import { type Db, sql } from '../../store/db.ts'

export type StoredSamlKey = { readonly sealedPrivate: string; readonly certificate: string }

export async function readSamlKey(db: Db, poolId: string): Promise<StoredSamlKey | undefined> {
  const row = await db.get<{ sealed_private: string; certificate: string }>(sql`
    select sealed_private, certificate from saml_keys where pool_id = ${poolId}`)
  return row && { sealedPrivate: row.sealed_private, certificate: row.certificate }
}

/** Keeps the pool's first key; nothing if another node was faster. */
export async function insertSamlKey(db: Db, poolId: string, key: StoredSamlKey, now: number): Promise<void> {
  await db.run(sql`
    insert into saml_keys (pool_id, sealed_private, certificate, created_at)
    values (${poolId}, ${key.sealedPrivate}, ${key.certificate}, ${now})
    on conflict (pool_id) do nothing`)
}
