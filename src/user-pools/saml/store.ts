/** Tables saml_metadata, saml_encryption_keys and saml_assertions: the only SQL on them. */
import { type Db, sql } from '../../store/db.ts'

/** What the sweeper may delete. */
export const expiring = [{ table: 'saml_assertions', column: 'expires_at' }] as const

export type StoredMetadata = {
  readonly document: string
  readonly fetchedAt: number
  /** When it is fetched again. */
  readonly freshUntil: number
}

export async function readStoredMetadata(db: Db, poolId: string, url: string): Promise<StoredMetadata | undefined> {
  const row = await db.get<{ document: string; fetched_at: number; fresh_until: number }>(sql`
    select document, fetched_at, fresh_until from saml_metadata where pool_id = ${poolId} and url = ${url}`)
  return row && { document: row.document, fetchedAt: row.fetched_at, freshUntil: row.fresh_until }
}

export async function writeMetadata(db: Db, poolId: string, url: string, one: StoredMetadata): Promise<void> {
  await db.run(sql`
    insert into saml_metadata (pool_id, url, document, fetched_at, fresh_until)
    values (${poolId}, ${url}, ${one.document}, ${one.fetchedAt}, ${one.freshUntil})
    on conflict (pool_id, url) do update set
      document = excluded.document, fetched_at = excluded.fetched_at, fresh_until = excluded.fresh_until`)
}

/** Of several callers who want to fetch at once one may: it moves the time on, and the others keep what there is. */
export async function takeTurn(db: Db, poolId: string, url: string, seen: number, next: number): Promise<boolean> {
  const changed = await db.run(sql`
    update saml_metadata set fresh_until = ${next}
    where pool_id = ${poolId} and url = ${url} and fresh_until = ${seen}`)
  return changed === 1
}

export type StoredKey = { readonly sealedPrivate: string; readonly certificate: string }

export async function readEncryptionKey(db: Db, poolId: string, provider: string): Promise<StoredKey | undefined> {
  const row = await db.get<{ sealed_private: string; certificate: string }>(sql`
    select sealed_private, certificate from saml_encryption_keys
    where pool_id = ${poolId} and provider = ${provider}`)
  return row && { sealedPrivate: row.sealed_private, certificate: row.certificate }
}

/** Keeps the first key; nothing if another node was faster. */
export async function insertEncryptionKey(
  db: Db,
  poolId: string,
  provider: string,
  key: StoredKey,
  now: number,
): Promise<void> {
  await db.run(sql`
    insert into saml_encryption_keys (pool_id, provider, sealed_private, certificate, created_at)
    values (${poolId}, ${provider}, ${key.sealedPrivate}, ${key.certificate}, ${now})
    on conflict (pool_id, provider) do nothing`)
}

export async function deleteEncryptionKey(db: Db, poolId: string, provider: string): Promise<void> {
  await db.run(sql`delete from saml_encryption_keys where pool_id = ${poolId} and provider = ${provider}`)
}

/** False if it is there already: of several who come with the same one is the first. */
export async function insertAssertion(db: Db, poolId: string, hash: string, expiresAt: number): Promise<boolean> {
  const row = await db.get<{ hash: string }>(sql`
    insert into saml_assertions (pool_id, hash, expires_at) values (${poolId}, ${hash}, ${expiresAt})
    on conflict (pool_id, hash) do nothing returning hash`)
  return row !== undefined
}
